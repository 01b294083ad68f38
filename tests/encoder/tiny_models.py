"""Tiny image–text models with random weights, written as hubs keep them."""

import json
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    CLIPConfig,
    CLIPImageProcessorPil,
    CLIPModel,
    PreTrainedTokenizerFast,
    SiglipConfig,
    SiglipImageProcessorPil,
    SiglipModel,
)

SIDE_PX = 32
N_TOKENS = 16
_TOWER = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
}
_TEXT = {
    **_TOWER,
    "vocab_size": 40,
    "max_position_embeddings": N_TOKENS,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
_VISION = {**_TOWER, "image_size": SIDE_PX, "patch_size": 8}


def write_tiny_clip(folder: Path, *, seed: int = 1) -> Path:
    """A CLIP whose images and texts have 12 dimensions."""
    torch.manual_seed(seed)
    config = CLIPConfig(text_config=_TEXT, vision_config=_VISION, projection_dim=12)
    CLIPModel(config).save_pretrained(folder)
    pixels = CLIPImageProcessorPil(
        size={"shortest_edge": SIDE_PX}, crop_size={"height": SIDE_PX, "width": SIDE_PX}
    )
    _write_processors(folder, pixels, "CLIPProcessor", "CLIPImageProcessor")
    return folder


def write_tiny_siglip(folder: Path) -> Path:
    """A SigLIP of 16 dimensions."""
    torch.manual_seed(2)
    config = SiglipConfig(text_config={**_TEXT, "projection_size": 16}, vision_config=_VISION)
    SiglipModel(config).save_pretrained(folder)
    pixels = SiglipImageProcessorPil(size={"height": SIDE_PX, "width": SIDE_PX})
    _write_processors(folder, pixels, "SiglipProcessor", "SiglipImageProcessor")
    return folder


def write_tiny_sentence_transformer(folder: Path, clip: Path) -> Path:
    """The CLIP saved again by sentence-transformers."""
    SentenceTransformer(str(clip), device="cpu").save(str(folder), create_model_card=False)
    return folder


def _write_processors(folder: Path, pixels: object, processor: str, image_processor: str) -> None:
    """Image processor and tokenizer, with the class names that hubs' files carry."""
    pixels.save_pretrained(folder)
    path = folder / "preprocessor_config.json"
    settings = json.loads(path.read_text())
    settings |= {"image_processor_type": image_processor, "processor_class": processor}
    path.write_text(json.dumps(settings))
    _letters().save_pretrained(folder)


def _letters() -> PreTrainedTokenizerFast:
    """One token a letter."""
    special = ["<pad>", "<s>", "</s>", "<unk>"]
    vocabulary = {token: i for i, token in enumerate([*special, *"abcdefghijklmnopqrstuvwxyz"])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)]
    )
    names = dict(zip(("pad_token", "bos_token", "eos_token", "unk_token"), special, strict=True))
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=N_TOKENS, **names)
