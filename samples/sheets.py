"""Drawing sheets: figures and their labels laid out on paper, some sheets lying sideways."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.ports import GreyImage
from samples.choices import between, chance, one_of
from samples.designs import Design, DesignView, common_scale, cropped
from samples.lettering import Lettering

_SHEET_MARGIN_PX = 20
_FRONT_PAGE_MARGIN_PX = 8
_UPRIGHT_PX = (1850, 2700)
"""Widest and highest what stands on an upright sheet; the other way round on one that lies."""


@dataclass(frozen=True, slots=True)
class DrawnSheet:
    """One page image, as stored."""

    image: GreyImage
    """uint8 [H, W], 0 or 255; turned 90° counter-clockwise where `landscape`."""
    landscape: bool
    labels: tuple[str, ...]
    """Figure numbers on it, in reading order; empty on the front-page copy."""


def draw_sheets(design: Design, hand: Lettering, labels: Sequence[str]) -> list[DrawnSheet]:
    """Lay all views of a design out on sheets.

    Args:
        design: What is drawn; all its views at one scale but where a sheet is too small.
        hand: Writes the labels.
        labels: Printed number of each view.

    Returns:
        The front-page copy (the first figure, unlabelled), then the sheets.
    """
    rng = np.random.default_rng([design.seed, 7])
    sheets: list[DrawnSheet] = []
    longest = int(between(rng, 900, 1400))
    for group in _groups(rng, design):
        landscape = _lies(rng, design, [design.views[idx] for idx in group])
        beside = len(group) > 1 and _beside(design, [design.views[idx] for idx in group], landscape)
        box = _cell(len(group), longest, landscape=landscape, beside=beside)
        figures = _draw_group(design, group, box)
        if not sheets:
            first = figures[0]
        cells = [
            _labelled(rng, figure, hand.label(labels[idx]), hand)
            for figure, idx in zip(figures, group, strict=True)
        ]
        page = cropped(_joined(rng, cells, beside=beside), _SHEET_MARGIN_PX)
        page = np.rot90(page) if landscape else page
        sheets.append(DrawnSheet(page, landscape, tuple(labels[idx] for idx in group)))
    return [DrawnSheet(cropped(first, _FRONT_PAGE_MARGIN_PX), False, ()), *sheets]


def _groups(rng: np.random.Generator, design: Design) -> list[list[int]]:
    """Which figures share a sheet: one to three each, in order."""
    n = len(design.views)
    habit = one_of(rng, "single", "pairs", "pairs", "threes", "first alone")
    if habit == "single":
        return [[idx] for idx in range(n)]
    size = 3 if habit == "threes" else 2
    start = 1 if habit != "pairs" or n % 2 else 0
    groups = [[0]] if start else []
    return groups + [list(range(at, min(at + size, n))) for at in range(start, n, size)]


def _lies(rng: np.random.Generator, design: Design, views: Sequence[DesignView]) -> bool:
    widths, heights = np.stack([design.extent(view) for view in views]).T
    wide = len(views) == 1 and widths[0] > 1.4 * heights[0]
    return chance(rng, 0.6 if wide else 0.1)


def _beside(design: Design, views: Sequence[DesignView], landscape: bool) -> bool:
    """Whether figures stand side by side rather than below each other."""
    box = _UPRIGHT_PX[::-1] if landscape else _UPRIGHT_PX
    n = len(views)
    across = common_scale(design, views, int(box[0] / n), box[1])
    return across > common_scale(design, views, box[0], int(box[1] / n))


def _cell(n: int, longest_px: int, *, landscape: bool, beside: bool) -> tuple[int, int]:
    """Width and height each of n figures on a sheet may have."""
    width, height = _UPRIGHT_PX[::-1] if landscape else _UPRIGHT_PX
    width, height = (width // n - 120, height) if beside else (width, height // n - 220)
    return min(width, longest_px), min(height, longest_px)


def _draw_group(design: Design, group: Sequence[int], box: tuple[int, int]) -> list[GreyImage]:
    """Draw the figures of a sheet at one scale, at most a quarter above the design's own."""
    views = [design.views[idx] for idx in group]
    longest = max(box)
    scale = min(
        common_scale(design, views, *box),
        common_scale(design, design.views, longest, longest) * 1.25,
    )
    return [design.drawn(view, pixels_per_unit=scale) for view in views]


def _labelled(
    rng: np.random.Generator, figure: GreyImage, label: GreyImage, hand: Lettering
) -> GreyImage:
    """A figure with its label centred below it, or above it at the left for numbers like 1.1."""
    gap = int(between(rng, 60, 150))
    width = max(figure.shape[1], label.shape[1])
    shift = int(between(rng, -0.1, 0.1) * max(width - label.shape[1], 0))
    paper = np.full((figure.shape[0] + gap + label.shape[0], width), 255, np.uint8)
    above = hand.wording == "{}"
    figure_top, label_top = (label.shape[0] + gap, 0) if above else (0, figure.shape[0] + gap)
    left = 0 if above else (width - label.shape[1]) // 2 + shift
    _stamp(paper, figure, figure_top, (width - figure.shape[1]) // 2)
    _stamp(paper, label, label_top, left)
    return paper


def _joined(rng: np.random.Generator, cells: Sequence[GreyImage], *, beside: bool) -> GreyImage:
    """Cells in a row or a column, centred on each other, with room between."""
    gap = int(between(rng, 110, 220))
    heights, widths = zip(*(cell.shape for cell in cells), strict=True)
    room = gap * (len(cells) - 1)
    size = (max(heights), sum(widths) + room) if beside else (sum(heights) + room, max(widths))
    paper = np.full(size, 255, np.uint8)
    at = 0
    for cell in cells:
        top = size[0] - cell.shape[0] if beside else at
        left = at if beside else (size[1] - cell.shape[1]) // 2
        _stamp(paper, cell, top, left)
        at += (cell.shape[1] if beside else cell.shape[0]) + gap
    return paper


def _stamp(paper: GreyImage, image: GreyImage, top: int, left: int) -> None:
    spot = paper[top : top + image.shape[0], left : left + image.shape[1]]
    np.minimum(spot, image, out=spot)
