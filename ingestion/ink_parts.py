"""Connected parts of a sheet's ink, measured once and shared by every later step."""

from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from core.ports import GreyImage
from ingestion.ink_runs import InkMask, number_parts

_INK_SHARE = 0.25
"""Grey values darker than paper by this share of the way to ink are ink: a thin line that was
scaled down or scanned in grey stays whole."""
_MIN_CONTRAST = 60
"""With less between its lightest and its darkest a page is blank, or black all over."""
_BLANK_LEVEL = 160
_HALVED_ABOVE_PX = 1200
"""Sheets with a longer side than this are analysed at half size."""


@dataclass(frozen=True, slots=True)
class InkParts:
    """Every connected part of the ink, as arrays over parts.

    Boxes are in full-size pixels, `left`/`top` inclusive, `right`/`bottom` exclusive; at half
    size they are rounded outwards. Part p has number p + 1 in `numbered`.
    """

    ink: InkMask
    """bool [H, W], full size."""
    numbered: NDArray[np.int32]
    """int32 [H / step, W / step], 0 paper."""
    step: int
    """Full-size pixels per analysed pixel: 1 or 2."""
    offset: tuple[int, int]
    """Full-size pixels, right and down, from the first analysed pixel to the first of `ink`."""
    left: NDArray[np.int64]
    top: NDArray[np.int64]
    right: NDArray[np.int64]
    bottom: NDArray[np.int64]

    @property
    def width(self) -> NDArray[np.int64]:
        return self.right - self.left

    @property
    def height(self) -> NDArray[np.int64]:
        return self.bottom - self.top

    def __len__(self) -> int:
        return len(self.left)

    def turned(self, rotation_deg: int) -> "InkParts":
        """The same parts, in the same order, on the sheet turned clockwise by quarter turns."""
        turned = self
        for _ in range(rotation_deg // 90):
            turned = turned._turned_once()
        return turned

    def _turned_once(self) -> "InkParts":
        height = self.ink.shape[0]
        right, down = self.offset
        return replace(
            self,
            ink=np.rot90(self.ink, -1),
            numbered=np.rot90(self.numbered, -1),
            offset=(self.numbered.shape[0] * self.step - down - height, right),
            left=height - self.bottom,
            top=self.left,
            right=height - self.top,
            bottom=self.right,
        )


def measure_ink(page: GreyImage) -> InkParts:
    """Find the connected parts of a sheet's ink.

    Args:
        page: uint8 [H, W], 0 ink, 255 paper.
    """
    ink = page < ink_level(page)
    step = 2 if max(page.shape, default=0) > _HALVED_ABOVE_PX else 1
    found = number_parts(shrink(ink, step))
    height, width = ink.shape
    return InkParts(
        ink=ink,
        numbered=found.numbered,
        step=step,
        offset=(0, 0),
        left=found.left * step,
        top=found.top * step,
        right=np.minimum(found.right * step, width),
        bottom=np.minimum(found.bottom * step, height),
    )


def ink_level(page: GreyImage) -> int:
    """The grey value under which a page's pixels are ink.

    Args:
        page: uint8 [H, W], 0 ink, 255 paper; most of it paper.

    Returns:
        A value in [0, 255].
    """
    sample = np.ascontiguousarray(page[::3, ::3])
    if sample.size == 0:
        return _BLANK_LEVEL
    lightest, ink = float(sample.max()), float(sample.min() and page.min())
    half_is_lightest = 2 * np.count_nonzero(sample == lightest) > sample.size
    paper = lightest if half_is_lightest else float(np.median(sample))
    if lightest - paper > _MIN_CONTRAST:  # more ink than paper
        paper = lightest
    if paper - ink < _MIN_CONTRAST:
        return _BLANK_LEVEL
    return round(paper - _INK_SHARE * (paper - ink))


def shrink(ink: InkMask, step: int) -> InkMask:
    """Scale ink down; a pixel is ink where any pixel under it is.

    Args:
        ink: bool [H, W].
        step: Whole factor, ≥ 1.

    Returns:
        bool [⌈H / step⌉, ⌈W / step⌉].
    """
    if step == 1:
        return ink
    height, width = ink.shape
    rows = np.zeros((-(-height // step), width + -width % step), dtype=bool)
    for first in range(step):
        every = ink[first::step]
        rows[: len(every), :width] |= every
    if step == 2:  # two pixels of a byte each, looked at as one number
        return np.asarray(rows.view(np.uint16) != 0)
    return reduce(np.logical_or, (rows[:, first::step] for first in range(step)))
