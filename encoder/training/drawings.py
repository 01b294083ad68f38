"""The packed drawing cache: line art at one bit a pixel, with what is known of each object.

A cache folder holds `pixels.bin` (packed bits, row by row), `objects.json` (one entry an object:
label, texts, class, publication, family), `object_idx.npy` (which object each drawing shows) and,
written last, `done.json`. A folder without `done.json` is unfinished; `encoder.training.packing`
goes on with it.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import SourceInvalid
from core.ports import GreyImage
from encoder.preprocess import PreprocessConfig, prepare

CACHE_SIZE_PX = 192
"""Side of a cached drawing; above the network's input so that crops keep detail."""
_FULL_INK = 0.4
_CANONICAL = PreprocessConfig(size_px=CACHE_SIZE_PX, margin=0.02)


PIXELS_FILE = "pixels.bin"
OBJECTS_FILE = "objects.json"
OWNERS_FILE = "object_idx.npy"
DONE_FILE = "done.json"
N_BYTES = CACHE_SIZE_PX**2 // 8
"""Of a packed drawing."""
_BLOCK = 4096
"""Drawings read together where all are read."""


@dataclass(frozen=True, slots=True)
class DrawnObject:
    """What is drawn, as far as a data set tells."""

    label: str
    """Object name; equal labels are the same kind of thing. Empty where nobody named it."""
    texts: tuple[str, ...]
    """Descriptions; a training step samples one. None where the source has no words: terms that
    compare drawings with texts then leave the object out."""
    locarno: str | None = None
    """Class the source itself states, ``"06"``, or subclass, ``"06-01"``; None where it does not
    say."""
    publication_id: str | None = None
    """Publication the drawings are of; None where they are of none."""
    family: tuple[str, ...] = ()
    """Numbers that members of its family share, ``"DM083932"``; none where unknown."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """One rendered view of one object; equal `object_key`s are the same object."""

    object_key: str
    drawn: DrawnObject
    image: GreyImage
    """uint8 [H, W], 0 ink, 255 paper."""


@dataclass(frozen=True)
class DrawingSet:
    """A finished cache folder, its pixels memory-mapped."""

    name: str
    objects: tuple[DrawnObject, ...]
    object_idx: NDArray[np.int64]
    """int64 [N], index into `objects`."""
    packed: NDArray[np.uint8]
    """uint8 [M, S·S/8], most significant bit first, 1 = ink."""
    rows: NDArray[np.int64]
    """int64 [N], where each drawing lies in `packed`."""
    size_px: int
    n_unreadable: int = 0
    """Drawings that could not be made and are not here."""

    def sha256(self) -> str:
        """Of the pixels and whose they are."""
        digest = hashlib.sha256()
        for start in range(0, len(self.rows), _BLOCK):
            digest.update(self.packed[self.rows[start : start + _BLOCK]].tobytes())
        digest.update(self.object_idx.tobytes())
        return digest.hexdigest()

    def packed_at(self, drawing_idx: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Some drawings as they are kept: uint8 [B, S·S/8]."""
        return np.asarray(self.packed[self.rows[drawing_idx]])

    def iter_packed(self) -> Iterator[NDArray[np.uint8]]:
        """All drawings in order, some thousands at a time: uint8 [n, S·S/8]."""
        for start in range(0, len(self.rows), _BLOCK):
            yield np.asarray(self.packed[self.rows[start : start + _BLOCK]])

    def keep(self, kept: NDArray[np.bool_]) -> "DrawingSet":
        """The set with some of its drawings, and the objects they show.

        Args:
            kept: bool [N].
        """
        owners, object_idx = np.unique(self.object_idx[kept], return_inverse=True)
        objects = tuple(self.objects[owner] for owner in owners)
        return replace(self, objects=objects, object_idx=object_idx, rows=self.rows[kept])


def pack(image: GreyImage) -> NDArray[np.uint8]:
    """One drawing as the cache keeps it: uint8 [S·S/8]."""
    return np.packbits(prepare(image, _CANONICAL)[0] > _FULL_INK)


def is_built(folder: Path, *, recipe: str) -> bool:
    """Whether the folder is a finished cache of this very recipe."""
    done = folder / DONE_FILE
    return done.is_file() and json.loads(done.read_text(encoding="utf-8"))["recipe"] == recipe


def read_drawing_set(folder: Path) -> DrawingSet:
    """Open a finished cache; its pixels stay on disk until they are used.

    Raises:
        SourceInvalid: If there is none, or one that holds no drawing.
    """
    if not (folder / DONE_FILE).is_file():
        raise SourceInvalid(f"{folder} holds no finished drawing cache ({DONE_FILE} is not there)")
    done = json.loads((folder / DONE_FILE).read_text(encoding="utf-8"))
    if done["n_drawings"] == 0:
        raise SourceInvalid(f"{folder} holds a drawing cache without a drawing")
    n_bytes = done["size_px"] ** 2 // 8
    packed = np.memmap(
        folder / PIXELS_FILE, dtype=np.uint8, mode="r", shape=(done["n_drawings"], n_bytes)
    )
    return DrawingSet(
        folder.name,
        tuple(_iter_objects(folder)),
        np.load(folder / OWNERS_FILE),
        packed,
        np.arange(done["n_drawings"]),
        done["size_px"],
        done.get("n_unreadable", 0),
    )


def _iter_objects(folder: Path) -> Iterator[DrawnObject]:
    for entry in json.loads((folder / OBJECTS_FILE).read_text(encoding="utf-8")):
        yield DrawnObject(
            entry["label"],
            tuple(entry["texts"]),
            entry["locarno"],
            entry.get("publication_id"),
            tuple(entry.get("family", ())),
        )
