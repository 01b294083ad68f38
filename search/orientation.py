"""Query pictures mirrored and turned, for drawings that show the same thing another way round.

The index holds every figure once, as drawn; the query brings its variants. Encoders differ in what
they tell apart: one that averages a drawing with its mirror images gives all mirrored variants the
same vector. So a probe drawing is embedded in all eight variants once, and of those that an
encoder cannot tell apart one is kept. Each variant left costs one embedding and one search. Whoever
has drawn asks again and again, with other filters, other words, for the next page: the last
drawings' vectors are kept.
"""

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np

from core.ports import Embeddings, Encoder, GreyImage

_SAME = 0.9999
"""Cosine from which two variants of the probe count as one."""


_MAX_SIDE_BY_SIDE = 4
_KEPT_PICTURES = 32


class Orientation(StrEnum):
    """How a query picture was laid before it was compared; turns are counter-clockwise."""

    AS_DRAWN = "as drawn"
    MIRRORED = "mirrored"
    TURNED_90 = "turned 90°"
    TURNED_180 = "turned 180°"
    TURNED_270 = "turned 270°"
    MIRRORED_90 = "mirrored, turned 90°"
    MIRRORED_180 = "mirrored, turned 180°"
    MIRRORED_270 = "mirrored, turned 270°"

    @property
    def is_mirrored(self) -> bool:
        """Left and right exchanged before any turn."""
        return self.value.startswith("mirrored")

    @property
    def n_quarter_turns(self) -> int:
        """Counter-clockwise."""
        return next((n for n in (1, 2, 3) if f"{90 * n}°" in self.value), 0)


Tolerance: TypeAlias = Literal["auto", "as-drawn", "mirrored", "any"]
"""How a query picture may be laid. ``auto`` is ``any`` for one picture and ``mirrored`` for
several: the more views are asked, the less a turned one adds to finding the same design, while
each costs eight searches."""
_TOLERATED: Mapping[str, tuple[Orientation, ...]] = MappingProxyType(
    {
        "as-drawn": (Orientation.AS_DRAWN,),
        "mirrored": (Orientation.AS_DRAWN, Orientation.MIRRORED),
        "any": tuple(Orientation),
    }
)


def lay(image: GreyImage, orientation: Orientation) -> GreyImage:
    """A picture mirrored first, then turned.

    Args:
        image: uint8 [H, W].
        orientation: How.

    Returns:
        uint8 [H, W], or [W, H] after one or three quarter turns.

    Example:
        >>> lay(np.array([[0, 255]], np.uint8), Orientation.MIRRORED_90).tolist()
        [[0], [255]]
    """
    mirrored = image[:, ::-1] if orientation.is_mirrored else image
    return np.ascontiguousarray(np.rot90(mirrored, orientation.n_quarter_turns))


class Orientations:
    """The orientations worth asking an encoder, probed once, and the last pictures laid so."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._kept: dict[str, tuple[Orientation, ...]] = {}
        self._lock = threading.Lock()
        self._laid: OrderedDict[tuple[bytes, tuple[Orientation, ...]], Embeddings] = OrderedDict()

    def tolerated(self, tolerance: Tolerance, n_images: int) -> tuple[Orientation, ...]:
        """How `n_images` query pictures are laid, as drawn first."""
        if tolerance == "auto":
            tolerance = "any" if n_images == 1 else "mirrored"
        if n_images == 0 or tolerance == "as-drawn":
            return _TOLERATED["as-drawn"]
        if tolerance not in self._kept:
            self._kept[tolerance] = told_apart(self._encoder, _TOLERATED[tolerance])
        return self._kept[tolerance]

    def embed(
        self, images: Sequence[GreyImage], orientations: tuple[Orientation, ...]
    ) -> list[Embeddings]:
        """Each picture in every orientation, float32 [V, D]; only those not kept are embedded.

        Args:
            images: uint8 [H, W].
            orientations: From `tolerated`.
        """
        keys = [(_digest(image), orientations) for image in images]
        with self._lock:
            found = {key: self._laid[key] for key in keys if key in self._laid}
        new = {key: image for key, image in zip(keys, images, strict=True) if key not in found}
        if new:
            found.update(
                zip(new, embed_laid(self._encoder, [*new.values()], orientations), strict=True)
            )
        with self._lock:
            for key in keys:
                self._laid[key] = found[key]
                self._laid.move_to_end(key)
            while len(self._laid) > _KEPT_PICTURES:
                self._laid.popitem(last=False)
        return [found[key] for key in keys]


def told_apart(encoder: Encoder, orientations: Sequence[Orientation]) -> tuple[Orientation, ...]:
    """Those orientations that an encoder embeds differently from the ones before them."""
    rows = encoder.encode_images([lay(_probe(), orientation) for orientation in orientations])
    kept: list[int] = []
    for i, row in enumerate(rows):
        if not kept or float((rows[kept] @ row).max()) < _SAME:
            kept.append(i)
    return tuple(orientations[i] for i in kept)


def embed_laid(
    encoder: Encoder, images: Sequence[GreyImage], orientations: Sequence[Orientation]
) -> Embeddings:
    """Embed every picture in every orientation, as many side by side as there are cores.

    Returns:
        float32 [N, V, D].
    """
    laid = [lay(image, orientation) for image in images for orientation in orientations]
    n_parts = min(len(laid), _MAX_SIDE_BY_SIDE, os.cpu_count() or 1)
    if n_parts == 1:
        rows = encoder.encode_images(laid)
    else:
        parts = [
            laid[i * len(laid) // n_parts : (i + 1) * len(laid) // n_parts] for i in range(n_parts)
        ]
        with ThreadPoolExecutor(n_parts) as pool:
            rows = np.concatenate(list(pool.map(encoder.encode_images, parts)))
    return rows.reshape(len(images), len(orientations), -1)


def _digest(image: GreyImage) -> bytes:
    """Of the pixels and the shape they are in."""
    return hashlib.sha256(f"{image.shape}".encode() + image.tobytes()).digest()


def _probe() -> GreyImage:
    """An F with a slanted foot: it equals none of its mirror images and turns."""
    picture = np.full((64, 64), 255, np.uint8)
    picture[8:56, 16:20] = 0
    picture[8:12, 16:48] = 0
    picture[26:30, 16:36] = 0
    for step in range(16):
        picture[40 + step, 20 + step : 23 + step] = 0
    return picture
