"""Any image–text model as encoder: tiny ones, made here."""

import json
import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import CLIPImageProcessorPil, CLIPModel, SiglipModel

from core.errors import CheckpointInvalid
from encoder.checkpoint import load_encoder
from tests.encoder.tiny_models import (
    N_TOKENS,
    write_tiny_clip,
    write_tiny_sentence_transformer,
    write_tiny_siglip,
)

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return write_tiny_clip(tmp_path_factory.mktemp("clip") / "Tiny CLIP")


@pytest.fixture(scope="module")
def siglip(tmp_path_factory):
    return write_tiny_siglip(tmp_path_factory.mktemp("siglip") / "siglip")


@pytest.fixture(scope="module")
def sentence_transformer(tmp_path_factory, clip):
    return write_tiny_sentence_transformer(tmp_path_factory.mktemp("st") / "st-clip", clip)


@pytest.fixture(scope="module")
def encoders(clip, siglip, sentence_transformer):
    return {path.name: open_model(path) for path in (clip, siglip, sentence_transformer)}


@pytest.fixture
def copied(clip, tmp_path):
    return shutil.copytree(clip, tmp_path / "copy")


def open_model(folder, batch_size=2):
    return load_encoder(str(folder), n_threads=1, batch_size=batch_size)


@pytest.mark.parametrize(
    ("name", "dimension"), [("Tiny CLIP", 12), ("siglip", 16), ("st-clip", 12)]
)
def test_figures_and_words_become_unit_rows_in_order(encoders, drawings, name, dimension):
    encoder = encoders[name]
    images = encoder.encode_images(drawings)
    texts = encoder.encode_texts(["chair", "a much longer description of a chair", "lamp"])
    assert encoder.dimension == dimension
    assert images.shape == (5, dimension)
    assert texts.shape == (3, dimension)
    for vectors in (images, texts):
        assert vectors.dtype == np.float32
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    alone = np.concatenate([encoder.encode_images([drawing]) for drawing in drawings])
    assert alone == pytest.approx(images, abs=1e-5)
    assert encoder.encode_texts(["chair"])[0] == pytest.approx(texts[0], abs=1e-5)
    assert encoder.encode_images([]).shape == encoder.encode_texts([]).shape == (0, dimension)


def test_clip_vectors_are_those_of_transformers(encoders, clip):
    tall = np.full((200, 90), 255, np.uint8)
    tall[5:195, 10:14] = tall[5:195, 70:74] = tall[5:9, 10:74] = 0  # its own square: 92 % ink high
    square = np.full((207, 207), 255, np.uint8)
    square[8:198, 71:135] = tall[5:195, 10:74]
    pixels = CLIPImageProcessorPil.from_pretrained(clip)(
        Image.fromarray(square).convert("RGB"), return_tensors="pt"
    )
    with torch.inference_mode():
        expected = CLIPModel.from_pretrained(clip).get_image_features(**pixels).pooler_output[0]
    found = encoders["Tiny CLIP"].encode_images([tall])[0]
    assert found == pytest.approx((expected / expected.norm()).numpy(), abs=1e-5)


def test_siglip_reads_texts_padded_as_in_its_training(encoders, siglip):
    letters = [1, *(4 + ord(letter) - ord("a") for letter in "lamp"), 2]
    full = torch.tensor([letters + [0] * (N_TOKENS - len(letters))])
    with torch.inference_mode():
        features = SiglipModel.from_pretrained(siglip).get_text_features(input_ids=full)
    expected = features.pooler_output[0]
    found = encoders["siglip"].encode_texts(["lamp"])[0]
    assert found == pytest.approx((expected / expected.norm()).numpy(), abs=1e-5)


def test_a_saved_copy_gives_the_same_vectors_under_another_id(encoders, drawings):
    one, other = encoders["Tiny CLIP"], encoders["st-clip"]
    assert one.encode_images(drawings) == pytest.approx(other.encode_images(drawings), abs=1e-6)
    assert one.encode_texts(["urn"]) == pytest.approx(other.encode_texts(["urn"]), abs=1e-6)
    assert one.encoder_id.startswith("tiny-clip-")
    assert other.encoder_id.startswith("st-clip-")


def test_encoder_id_follows_the_content(encoders, copied):
    path = copied / "preprocessor_config.json"
    settings = json.loads(path.read_text())
    path.write_text(json.dumps({**settings, "image_mean": [0.4, 0.4, 0.4]}))
    changed = open_model(copied).encoder_id
    assert changed.removeprefix("copy") != encoders["Tiny CLIP"].encoder_id.removeprefix(
        "tiny-clip"
    )


def test_weights_that_are_missing_are_not_made_up(copied):
    weights = load_file(copied / "model.safetensors")
    vision = {name: value for name, value in weights.items() if not name.startswith("text_")}
    save_file(vision, copied / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CheckpointInvalid, match="lacks weights its configuration asks for"):
        open_model(copied)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("model.safetensors", b"cut short"),
        ("config.json", b"{"),
        ("config.json", b'{"model_type": "unheard-of"}'),
        ("preprocessor_config.json", None),
    ],
)
def test_a_folder_that_cannot_be_loaded_is_named(copied, file, content):
    if content is None:
        (copied / file).unlink()
    else:
        (copied / file).write_bytes(content)
    with pytest.raises(CheckpointInvalid, match="copy"):
        open_model(copied)


def test_a_model_of_words_alone_is_refused():
    from encoder.text_encoder import packaged_model_folder

    with pytest.raises(CheckpointInvalid, match="embeds no images"):
        open_model(packaged_model_folder())


def test_a_hub_model_is_read_from_the_cache_without_asking_the_hub(
    clip, encoders, drawings, tmp_path, monkeypatch
):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    commit = "0123456789abcdef0123456789abcdef01234567"
    cached = tmp_path / "models--some-lab--tiny-clip"
    shutil.copytree(clip, cached / "snapshots" / commit)
    (cached / "refs").mkdir()
    (cached / "refs/main").write_text(commit)
    encoder = open_model("some-lab/tiny-clip")
    assert encoder.encoder_id.startswith("some-lab-tiny-clip-")
    expected = encoders["Tiny CLIP"].encode_images(drawings)
    assert encoder.encode_images(drawings) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("name", ["no/such/folder at all", "nobody/nothing"])
def test_what_is_neither_folder_nor_on_a_hub_is_refused(name, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(CheckpointInvalid, match=f"{name} is n"):
        open_model(name)
