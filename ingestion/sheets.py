"""Sheet pixels → upright, separated, labelled figures. Pure: no files, no settings."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from core.ports import GreyImage
from core.records import Box
from ingestion.figure_split import group_parts
from ingestion.ink_parts import InkParts, measure_ink
from ingestion.label_rows import PrintedLabel
from ingestion.page_header import find_header
from ingestion.sheet_labels import find_labels

_MARGIN_PX = 12
_SPECK_SIDE_PX = 9
_SPECK_DISTANCE_PX = 90


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
    header: Box | None = None
    """Where a printed page header was removed from the upright sheet."""


def cut_sheet(page: GreyImage, *, landscape: bool) -> CutSheet:
    """Turn a sheet upright, separate its figures and read their labels.

    Args:
        page: uint8 [H, W], 0 ink, 255 paper.
        landscape: True where the document says that the sheet lies on its side.

    Returns:
        The upright sheet and its figures; a blank sheet has none.
    """
    lying = measure_ink(page)
    header = find_header(lying)
    rotation_deg, printed = find_labels(lying, ~header, landscape=landscape)
    upright = np.rot90(page, -rotation_deg // 90)
    parts = lying.turned(rotation_deg)
    drawing = ~header & ~_specks(parts)
    for label in printed:
        drawing[label.parts] = False
    boxes = [_bounds(parts, label.parts) for label in printed]
    group_of = group_parts(parts, drawing, boxes)
    named: list[tuple[PrintedLabel, Box] | None] = [*zip(printed, boxes, strict=True)]
    figures = [
        _cut_figure(upright, parts, group_of == group, label)
        for group, label in enumerate(named or [None])
        if (group_of == group).any()
    ]
    removed = _bounds(parts, np.flatnonzero(header)) if header.any() else None
    return CutSheet(rotation_deg, upright, tuple(_in_reading_order(figures)), removed)


def _cut_figure(
    upright: GreyImage,
    parts: InkParts,
    own: NDArray[np.bool_],
    named: tuple[PrintedLabel, Box] | None,
) -> CutFigure:
    """Crop a figure's parts and paint paper over every other part in the crop.

    Args:
        upright: uint8 [H, W].
        parts: The ink of `upright`.
        own: bool [P], the figure's parts, at least one.
        named: Its label and where that stands, if it has one.
    """
    tight = _bounds(parts, np.flatnonzero(own))
    height, width = upright.shape
    left, top = max(tight.x_px - _MARGIN_PX, 0), max(tight.y_px - _MARGIN_PX, 0)
    right = min(tight.x_px + tight.width_px + _MARGIN_PX, width)
    bottom = min(tight.y_px + tight.height_px + _MARGIN_PX, height)
    place = Box(left, top, right - left, bottom - top)
    pixels = np.array(upright[top:bottom, left:right], order="C")
    _paint_over(pixels, place, parts, ~own)
    printed, label_box = named or (None, None)
    return CutFigure(
        box=place,
        pixels=pixels,
        label=printed.label if printed else None,
        label_confidence=printed.confidence if printed and printed.label else 0.0,
        label_box=label_box,
    )


def _paint_over(pixels: GreyImage, place: Box, parts: InkParts, foreign: NDArray[np.bool_]) -> None:
    """Paint paper over the parts of others and over the grey edge around their ink.

    Args:
        pixels: uint8 [h, w], a piece of the upright sheet, painted in place.
        place: Where it lies on the sheet.
        parts: The ink of the sheet.
        foreign: bool [P], what to paint over.
    """
    edge = 2 * parts.step
    left, top = place.x_px, place.y_px
    right, bottom = left + place.width_px, top + place.height_px
    near = np.flatnonzero(
        foreign
        & (parts.left - edge < right)
        & (parts.right + edge > left)
        & (parts.top - edge < bottom)
        & (parts.bottom + edge > top)
    )
    if near.size == 0:
        return
    columns = np.arange(
        max(int(parts.left[near].min()) - edge, left),
        min(int(parts.right[near].max()) + edge, right),
    )
    rows = np.arange(
        max(int(parts.top[near].min()) - edge, top),
        min(int(parts.bottom[near].max()) + edge, bottom),
    )
    across, down = (columns + parts.offset[0]) // parts.step, (rows + parts.offset[1]) // parts.step
    # one cell more all around, from which ink outside grows into the piece
    first_x, first_y = max(across[0] - 1, 0), max(down[0] - 1, 0)
    numbered = parts.numbered[first_y : down[-1] + 2, first_x : across[-1] + 2]
    others = np.concatenate(([False], foreign)).take(numbered)
    blank = _grown(others) & ((numbered == 0) | others)
    window = pixels[rows[0] - top : rows[-1] + 1 - top, columns[0] - left : columns[-1] + 1 - left]
    window[blank[np.ix_(down - first_y, across - first_x)]] = 255


def _grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A mask with the eight neighbours of every set pixel; `ndimage` takes ten times as long."""
    tall = mask.copy()
    tall[1:] |= mask[:-1]
    tall[:-1] |= mask[1:]
    grown = tall.copy()
    grown[:, 1:] |= tall[:, :-1]
    grown[:, :-1] |= tall[:, 1:]
    return grown


def _specks(parts: InkParts) -> NDArray[np.bool_]:
    """Tiny parts that lie far from all other ink: dust of the scan, no drawing.

    Returns:
        bool [P].
    """
    small = np.maximum(parts.width, parts.height) <= _SPECK_SIDE_PX
    specks = np.zeros(len(parts), dtype=bool)
    suspects = np.flatnonzero(small)
    if suspects.size == 0:
        return specks
    centres = np.stack(((parts.left + parts.right) // 2, (parts.top + parts.bottom) // 2), axis=1)
    nearest = np.full(suspects.size, np.inf)
    if suspects.size > 1:
        places = centres[suspects]
        nearest = np.asarray(cKDTree(places).query(places, k=2)[0])[:, 1]
    for idx in suspects[nearest > _SPECK_DISTANCE_PX]:
        x, y = centres[idx] // parts.step
        reach = _SPECK_DISTANCE_PX // parts.step
        around = parts.numbered[max(y - reach, 0) : y + reach, max(x - reach, 0) : x + reach]
        specks[idx] = not ((around > 0) & (around != idx + 1)).any()
    return specks


def _bounds(parts: InkParts, chosen: NDArray[np.int64]) -> Box:
    left, top = int(parts.left[chosen].min()), int(parts.top[chosen].min())
    return Box(
        left, top, int(parts.right[chosen].max()) - left, int(parts.bottom[chosen].max()) - top
    )


def _in_reading_order(figures: list[CutFigure]) -> list[CutFigure]:
    """Row by row from the top; figures that overlap by half their height stand in one row."""
    waiting = sorted(figures, key=lambda figure: figure.box.y_px)
    ordered: list[CutFigure] = []
    while waiting:
        first = waiting[0].box
        middle = first.y_px + first.height_px / 2
        row = [figure for figure in waiting if figure.box.y_px <= middle]
        ordered += sorted(row, key=lambda figure: figure.box.x_px)
        waiting = [figure for figure in waiting if figure.box.y_px > middle]
    return ordered
