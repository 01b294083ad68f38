"""Names of objects in an encoder's text space: the 5,021 goods of the Locarno Classification.

`goods.csv` lists them (14th edition, WIPO), `goods.bin` their vectors in the frozen text space
at four bits a value: computing them anew takes half a minute. Other text spaces are computed once
and kept in a folder. `benchmarks/build_goods_vocabulary.py` makes both files.
"""

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.ports import Embeddings, Encoder

_N_PROBES = 4
_SAME_SPACE = 0.97
"""Cosine of a name's own vector and its packed one: 0.99 at least in the frozen text space."""
_LEVELS = 8
_OUTERMOST = 2.7
"""Standard deviations that the outermost level lies from the mean: least error by trial."""


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """M names, the Locarno class each belongs to, and their vectors.

    Attributes:
        classes: str [M], ``"06"``.
        vectors: float32 [M, D], rows of unit length.
        digest: Changes with the names.
    """

    names: tuple[str, ...]
    classes: NDArray[np.str_]
    vectors: Embeddings
    digest: str


def extend(
    vocabulary: Vocabulary, learnt: Sequence[tuple[str, str]], encoder: Encoder
) -> Vocabulary:
    """The vocabulary and more names, each with its Locarno class or ``""``."""
    if not learnt:
        return vocabulary
    classes, names = zip(*learnt, strict=True)
    digest = hashlib.sha256(repr((vocabulary.digest, tuple(learnt))).encode()).hexdigest()[:12]
    return Vocabulary(
        (*vocabulary.names, *names),
        np.concatenate([vocabulary.classes, np.array(classes)]),
        np.concatenate([vocabulary.vectors, encoder.encode_texts(names)]),
        digest,
    )


@cache
def _goods() -> tuple[tuple[str, ...], NDArray[np.str_], str]:
    content = (files("encoder.describing") / "goods.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(content.splitlines()))
    digest = hashlib.sha256(content.encode()).hexdigest()[:12]
    return tuple(row["name"] for row in rows), np.array([row["class"] for row in rows]), digest


def load_vocabulary(encoder: Encoder, folder: Path) -> Vocabulary:
    """The goods in an encoder's text space.

    Args:
        encoder: Gives the space.
        folder: Where the vectors of other spaces than the frozen one are kept; a damaged file is
            made anew.
    """
    names, classes, digest = _goods()
    packed = unpack_vectors((files("encoder.describing") / "goods.bin").read_bytes(), len(names))
    probes = encoder.encode_texts(names[:_N_PROBES])
    if probes.shape[1] == packed.shape[1] and bool(
        ((probes * packed[:_N_PROBES]).sum(axis=1) >= _SAME_SPACE).all()
    ):
        return Vocabulary(names, classes, packed, digest)
    path = folder / f"goods-{digest}-{encoder.encoder_id}.npy"
    vectors = _read_kept(path, (len(names), probes.shape[1]))
    if vectors is None:
        vectors = encoder.encode_texts(names)
        _keep(path, vectors)
    return Vocabulary(names, classes, vectors, digest)


def _read_kept(path: Path, shape: tuple[int, int]) -> Embeddings | None:
    try:
        vectors = np.load(path)
    except (OSError, ValueError, EOFError):  # not there, or cut short
        return None
    return vectors if vectors.shape == shape and vectors.dtype == np.float32 else None


def _keep(path: Path, vectors: Embeddings) -> None:
    """Written beside and renamed, so that nobody reads half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{id(vectors):x}.part")
    with unfinished.open("wb") as file:
        np.save(file, vectors)
    unfinished.replace(path)


def pack_vectors(vectors: Embeddings) -> bytes:
    """Four bits a value, in steps about each dimension's mean.

    Args:
        vectors: float32 [M, D], rows of unit length; D even.

    Returns:
        D float32 means and D step widths, then M · D / 2 bytes.
    """
    means = vectors.mean(axis=0)
    spread = np.maximum(vectors.std(axis=0), np.finfo(np.float32).eps)
    steps = spread * _OUTERMOST / (_LEVELS - 0.5)
    levels = np.clip(np.floor((vectors - means) / steps), -_LEVELS, _LEVELS - 1).astype(np.int8)
    pairs = ((levels[:, ::2] + _LEVELS) << 4 | (levels[:, 1::2] + _LEVELS)).astype(np.uint8)
    packed: bytes = np.stack([means, steps]).astype("<f4").tobytes() + pairs.tobytes()
    return packed


def unpack_vectors(packed: bytes, n_vectors: int) -> Embeddings:
    """What `pack_vectors` packed, to a cosine of 0.99 and better; float32 [M, D]."""
    dimension = len(packed) * 2 // (16 + n_vectors)
    means, steps = np.frombuffer(packed, "<f4", 2 * dimension).reshape(2, dimension)
    pairs = np.frombuffer(packed, np.uint8, offset=8 * dimension).reshape(n_vectors, -1)
    levels = np.stack([pairs >> 4, pairs & 15], axis=2).reshape(n_vectors, dimension)
    vectors = (levels.astype(np.float32) - (_LEVELS - 0.5)) * steps + means
    unit: Embeddings = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit.astype(np.float32)
