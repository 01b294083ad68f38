"""What training needs of the frozen text space: every text's vector, and each object's class."""

import csv
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from transformers import BertModel

from core.ports import Embeddings
from encoder.text_encoder import DIMENSION, TEXT_ENCODER_SHA256, packaged_model_folder
from encoder.training.cache_lock import filling

_N_NEIGHBOURS = 5
_SURE_SIMILARITY = 0.6
_CHUNK = 4096
_TEXT_BATCH = 256


def embed_texts_cached(texts: Sequence[str], folder: Path) -> Embeddings:
    """Vectors of texts in order; each distinct text is computed once and kept on disk.

    Computed by torch in bfloat16, where serving uses exact numpy: for tens of thousands of training
    texts speed counts more than the fourth decimal (cosine to the exact vector ≥ 0.9999). Processes
    that ask at once wait for each other.

    Returns:
        float32 [N, 384], rows of unit length.
    """
    path = folder / f"texts-{TEXT_ENCODER_SHA256[:16]}.npz"
    with filling(path):
        known, vectors = _read_known(path)
        row_of = {text: row_idx for row_idx, text in enumerate(known)}
        missing = sorted(set(texts) - row_of.keys())
        if missing:
            vectors = np.concatenate([vectors, _embed(missing).astype(np.float16)])
            row_of |= {text: len(known) + offset for offset, text in enumerate(missing)}
            unfinished = path.with_suffix(".part.npz")
            np.savez(unfinished, texts=np.array([*known, *missing]), vectors=vectors)
            unfinished.replace(path)
    return vectors[[row_of[text] for text in texts]].astype(np.float32)


def _read_known(path: Path) -> tuple[list[str], NDArray[np.float16]]:
    if not path.is_file():
        return [], np.empty((0, DIMENSION), dtype=np.float16)
    with np.load(path) as kept:
        return kept["texts"].tolist(), kept["vectors"]


def _embed(texts: Sequence[str]) -> Embeddings:
    folder = packaged_model_folder()
    model = BertModel.from_pretrained(folder, local_files_only=True)
    model.requires_grad_(requires_grad=False)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    token_ids = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
    by_length = sorted(range(len(texts)), key=lambda text_idx: len(token_ids[text_idx]))
    vectors = np.empty((len(texts), model.config.hidden_size), dtype=np.float32)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        for _, same_length in groupby(by_length, key=lambda text_idx: len(token_ids[text_idx])):
            for chosen in batched_indices(list(same_length), _TEXT_BATCH):
                ids = torch.tensor([token_ids[text_idx] for text_idx in chosen])
                mean = model(ids).last_hidden_state.float().mean(dim=1)
                vectors[chosen] = torch.nn.functional.normalize(mean, dim=-1).numpy()
    return vectors


def batched_indices(indices: list[int], n: int) -> Iterator[list[int]]:
    """Cut a list into runs of at most n."""
    return (indices[start : start + n] for start in range(0, len(indices), n))


def read_goods(path: Path) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The Locarno list of goods: names, and the main class of each (int64 [M])."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return tuple(row["goods_en"] for row in rows), np.array([int(row["class"]) for row in rows])


def nearest_goods(
    labels: Embeddings, goods: Embeddings, goods_classes: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Which Locarno class an object's name is nearest to, and how much it names a product at all.

    Args:
        labels: float32 [N, D], vectors of object names.
        goods: float32 [M, D], vectors of the Locarno goods.
        goods_classes: int64 [M].

    Returns:
        int64 [N], the class most of the five nearest goods agree on, −1 where the nearest is
        further than similarity 0.6 or fewer than three agree; float32 [N], similarity of the
        nearest.
    """
    classes = np.full(len(labels), -1, dtype=np.int64)
    nearest = np.zeros(len(labels), dtype=np.float32)
    for start in range(0, len(labels), _CHUNK):
        similarities = labels[start : start + _CHUNK] @ goods.T
        top = np.argpartition(-similarities, _N_NEIGHBOURS, axis=1)[:, :_N_NEIGHBOURS]
        nearest[start : start + _CHUNK] = similarities.max(axis=1)
        for offset, neighbours in enumerate(goods_classes[top]):
            found, votes = np.unique(neighbours, return_counts=True)
            sure = nearest[start + offset] >= _SURE_SIMILARITY and votes.max() * 2 > _N_NEIGHBOURS
            classes[start + offset] = found[votes.argmax()] if sure else -1
    return classes, nearest
