"""Rows that are not read surely, read again: bold letters thinned, others without a rim of paper.

The counters of bold letters fill up: "Fig." set in them reads as nothing the reader was trained on.
Of 400 labels drawn by the pens of `samples.lettering` the boldest fifth are read with 0.91 when
thinned, with 0.73 as printed.

A row's box on a halved sheet may be a pixel too wide on each side: nothing at 300 dpi, but letters
of 24 pixels are no longer scaled by a whole number.
"""

import numpy as np

from core.ports import GreyImage
from ingestion.ink_parts import InkParts
from ingestion.ink_runs import InkMask
from ingestion.label_candidates import LabelCandidate
from ingestion.label_crops import candidate_ink, crop_candidate, normalise_crop
from ingestion.label_reader import Reading, parse_label, read_crops

_HEAVY_PEN = 0.115
"""Pen width, as a share of a row's height, from which on its letters are bold."""
_LIGHT_PEN = 0.09
"""What bold letters are thinned to."""
_CLEAR_CONFIDENCE = 0.8
"""A row that reads as a label with that is not read again."""


def read_weighed(
    parts: InkParts, tried: list[tuple[LabelCandidate, int]]
) -> list[tuple[GreyImage, Reading]]:
    """Read rows; where that is not sure, thinned or without their rim too.

    Args:
        parts: The sheet they were found on.
        tried: Each row with the clockwise quarter turns that make it upright, in degrees.

    Returns:
        What each says and the crop it was read from: of two readings the surer.
    """
    crops = [crop_candidate(parts, candidate, turn) for candidate, turn in tried]
    readings = list(zip(crops, read_crops(crops), strict=True))
    others = {
        idx: crop
        for idx, (_, reading) in enumerate(readings)
        if _may_be_unclear(reading)
        and (crop := _other_crop(candidate_ink(parts, *tried[idx]))) is not None
    }
    for (idx, crop), again in zip(others.items(), read_crops([*others.values()]), strict=True):
        if _sureness(again) > _sureness(readings[idx][1]):
            readings[idx] = crop, again
    return readings


def _may_be_unclear(reading: Reading) -> bool:
    """True for what could be a label or its word and is not read surely."""
    understood = parse_label(reading)
    confidence = understood.confidence if understood else 0.0
    return "F" in reading.text.upper() and confidence < _CLEAR_CONFIDENCE


def _sureness(reading: Reading) -> float:
    """How surely a reading tells a whole label; 0 where it tells none."""
    understood = parse_label(reading)
    return understood.confidence if understood and understood.label else 0.0


def _other_crop(ink: InkMask) -> GreyImage | None:
    """Another crop of the same row; None where it would be the same."""
    thinned = thinned_crop(ink)
    if thinned is not None:
        return thinned
    tight = _without_rim(ink)
    return normalise_crop(tight) if tight.shape != ink.shape else None


def thinned_crop(ink: InkMask) -> GreyImage | None:
    """The crop of bold letters as a lighter pen had written them; None where they are not bold.

    Args:
        ink: bool [H, W], a row's ink alone, upright, tight.

    Returns:
        uint8 [28, W], W ≤ 224, 0 ink, 255 paper.
    """
    pen_px, height = min(_middle_run(ink), _middle_run(ink.T)), len(ink)
    worn = round((pen_px - _LIGHT_PEN * height) / 2)
    if pen_px < _HEAVY_PEN * height or not 1 <= worn < pen_px / 2:
        return None
    thin = _without_rim(_worn(_worn(ink, worn).T, worn).T)
    return normalise_crop(thin) if thin.size else None


def _without_rim(ink: InkMask) -> InkMask:
    """Ink without the rows and columns of paper around it."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if rows.size == 0:
        return ink[:0, :0]
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _worn(ink: InkMask, n_px: int) -> InkMask:
    """Ink without `n_px` pixels at its upper and lower edges."""
    tall = np.pad(ink, ((n_px, n_px), (0, 0)))
    shifted = [tall[down : down + len(ink)] for down in range(2 * n_px + 1)]
    return np.asarray(np.logical_and.reduce(shifted))


def _middle_run(ink: InkMask) -> float:
    """Middle length of the runs of ink along the rows."""
    flat = np.pad(ink, ((0, 0), (1, 1))).reshape(-1)
    edges = np.flatnonzero(flat[1:] != flat[:-1])
    return float(np.median(edges[1::2] - edges[::2])) if edges.size else 0.0
