"""The packed drawing cache: line art at one bit a pixel, with what is known of each object.

A cache folder holds `pixels.bin` (packed bits, row by row), `objects.json` (one entry an object:
label, texts, class), `object_idx.npy` (which object each drawing shows) and, written last,
`done.json`. A folder without `done.json` is unfinished and is built anew.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.ports import GreyImage
from encoder.preprocess import PreprocessConfig, prepare

CACHE_SIZE_PX = 192
"""Side of a cached drawing; above the network's input so that crops keep detail."""
_FULL_INK = 0.4
_CANONICAL = PreprocessConfig(size_px=CACHE_SIZE_PX, margin=0.02)


@dataclass(frozen=True, slots=True)
class DrawnObject:
    """What is drawn, as far as a data set tells."""

    label: str
    """Object name; equal labels are the same kind of thing."""
    texts: tuple[str, ...]
    """Descriptions, at least one; a training step samples one."""
    locarno: str | None = None
    """Class the source itself states, ``"06"``; None where it does not say."""


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
    """uint8 [N, S·S/8], most significant bit first, 1 = ink."""
    size_px: int

    def sha256(self) -> str:
        """Of the pixels and whose they are."""
        digest = hashlib.sha256(self.packed.tobytes())
        digest.update(self.object_idx.tobytes())
        return digest.hexdigest()

    def unpack(self, drawing_idx: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Bits of some drawings: uint8 [B, S, S], 1 = ink."""
        bits = np.unpackbits(self.packed[drawing_idx], axis=1)
        return bits.reshape(len(drawing_idx), self.size_px, self.size_px)


def pack(image: GreyImage) -> NDArray[np.uint8]:
    """One drawing as the cache keeps it: uint8 [S·S/8]."""
    return np.packbits(prepare(image, _CANONICAL)[0] > _FULL_INK)


def write_drawing_set(folder: Path, drawings: Iterable[Drawing], *, recipe: str) -> int:
    """Render and pack a whole set; blank drawings are left out.

    Args:
        folder: Cache folder, made if missing.
        drawings: Views in any order.
        recipe: What made them; a cache of another recipe is not reused.

    Returns:
        Number of drawings written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "done.json").unlink(missing_ok=True)
    known: dict[str, int] = {}
    objects: list[DrawnObject] = []
    object_idx: list[int] = []
    with (folder / "pixels.bin").open("wb") as pixels:
        for drawing in drawings:
            bits = pack(drawing.image)
            if not bits.any():
                continue
            if drawing.object_key not in known:
                known[drawing.object_key] = len(objects)
                objects.append(drawing.drawn)
            object_idx.append(known[drawing.object_key])
            pixels.write(bits.tobytes())
    np.save(folder / "object_idx.npy", np.asarray(object_idx, dtype=np.int64))
    (folder / "objects.json").write_text(
        json.dumps([asdict(drawn) for drawn in objects], ensure_ascii=False), encoding="utf-8"
    )
    done = {"recipe": recipe, "size_px": CACHE_SIZE_PX, "n_drawings": len(object_idx)}
    (folder / "done.json").write_text(json.dumps(done), encoding="utf-8")
    return len(object_idx)


def is_built(folder: Path, *, recipe: str) -> bool:
    """Whether the folder is a finished cache of this very recipe."""
    done = folder / "done.json"
    return done.is_file() and json.loads(done.read_text(encoding="utf-8"))["recipe"] == recipe


def read_drawing_set(folder: Path) -> DrawingSet:
    """Open a finished cache; its pixels stay on disk until they are used."""
    done = json.loads((folder / "done.json").read_text(encoding="utf-8"))
    n_bytes = done["size_px"] ** 2 // 8
    packed = np.memmap(
        folder / "pixels.bin", dtype=np.uint8, mode="r", shape=(done["n_drawings"], n_bytes)
    )
    return DrawingSet(
        folder.name,
        tuple(_iter_objects(folder)),
        np.load(folder / "object_idx.npy"),
        packed,
        done["size_px"],
    )


def _iter_objects(folder: Path) -> Iterator[DrawnObject]:
    for entry in json.loads((folder / "objects.json").read_text(encoding="utf-8")):
        yield DrawnObject(entry["label"], tuple(entry["texts"]), entry["locarno"])
