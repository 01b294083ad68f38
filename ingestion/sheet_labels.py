"""Printed figure labels of a sheet: where they stand, what they say, and which way is up."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ingestion.ink_parts import InkParts
from ingestion.label_candidates import LabelCandidate, crop_candidate, find_candidates
from ingestion.label_reader import Reading, parse_hague_label, parse_label, read_crops

_MIN_CONFIDENCE = 0.35
"""A figure label read with less is no label."""
_MIN_NUMBER_CONFIDENCE = 0.5
"""A number read with less is not told: the label stays, its text is None."""
_MIN_HAGUE_CONFIDENCE = 0.7
_MIN_WORD_CONFIDENCE = 0.9
"""The word FIG without a number is believed from here on: drawings look like it often enough."""
_MAX_READ = 160
"""Candidates read per sheet, the most isolated first: labels stand free, texture does not."""
_HEAD_SLACK = 0.05
_HAGUE_BAND = 0.12
"""Hague reproduction numbers stand in this share of the sheet at its top."""


@dataclass(frozen=True, slots=True)
class PrintedLabel:
    """A figure label on the sheet as it lies."""

    label: str | None
    """``"3A"``; None where only the word FIG could be read."""
    confidence: float
    left: int
    top: int
    right: int
    bottom: int
    parts: NDArray[np.int64]
    """Its ink: indices of parts."""
    rotation_deg: int
    """Clockwise quarter turns that make it upright."""


def find_labels(
    parts: InkParts, usable: NDArray[np.bool_], *, landscape: bool
) -> tuple[int, list[PrintedLabel]]:
    """Find the figure labels of a sheet and the quarter turn that makes them read upright.

    The labels' own reading direction decides; the document's word for it (`landscape`) decides
    where no label says FIG.

    Args:
        parts: The sheet's ink as it lies.
        usable: bool [P], parts that may be labels (no page header).
        landscape: True where the document says that the sheet lies on its side.

    Returns:
        Clockwise quarter turns in degrees, and the labels that read upright after them.
    """
    candidates = _most_isolated(parts, [c for c in find_candidates(parts) if usable[c.parts].all()])
    told = 90 if landscape else 0
    found = _read_figure_words(parts, candidates, (0, 90, 270))
    if not found:
        found = _read_figure_words(parts, candidates, (180,))
    if found:
        votes = dict.fromkeys((told, 0, 90, 180, 270), 0.0)
        for label in found:
            votes[label.rotation_deg] += label.confidence * (1.0 if label.label else 0.5)
        rotation_deg = max(votes, key=lambda turn: votes[turn])
        return rotation_deg, [label for label in found if label.rotation_deg == rotation_deg]
    return told, _read_hague_numbers(parts, candidates, told)


def _read_figure_words(
    parts: InkParts, candidates: list[LabelCandidate], turns: tuple[int, ...]
) -> list[PrintedLabel]:
    tried = [
        (candidate, turn)
        for candidate in candidates
        for turn in turns
        if candidate.upright == (turn % 180 == 0)
    ]
    crops = [crop_candidate(parts, candidate, turn) for candidate, turn in tried]
    labels = []
    for (candidate, turn), crop, reading in zip(tried, crops, read_crops(crops), strict=True):
        understood = parse_label(reading)
        if understood is None or understood.confidence < (
            _MIN_WORD_CONFIDENCE if understood.label is None else _MIN_CONFIDENCE
        ):
            continue
        column_px = reading.starts_px[understood.first]
        row = _without_head(parts, candidate, turn, column_px / crop.shape[1])
        sure = understood.label is not None and understood.confidence >= _MIN_NUMBER_CONFIDENCE
        text = understood.label if sure else None
        labels.append(_label(parts, row, turn, text, understood.confidence))
    return labels


def _read_hague_numbers(
    parts: InkParts, candidates: list[LabelCandidate], turn: int
) -> list[PrintedLabel]:
    """Reproduction numbers such as ``1.1``: alone at the top edge of the upright sheet."""
    height, width = parts.ink.shape
    at_top = [
        candidate
        for candidate in candidates
        if candidate.upright == (turn % 180 == 0)
        and (
            candidate.top < _HAGUE_BAND * height
            if turn == 0
            else candidate.right < _HAGUE_BAND * width or candidate.left < _HAGUE_BAND * width
        )
    ]
    readings: list[Reading] = read_crops([crop_candidate(parts, c, turn) for c in at_top])
    return [
        _label(parts, candidate, turn, parse_hague_label(reading), reading.confidence)
        for candidate, reading in zip(at_top, readings, strict=True)
        if parse_hague_label(reading) and reading.confidence >= _MIN_HAGUE_CONFIDENCE
    ]


def _most_isolated(parts: InkParts, candidates: list[LabelCandidate]) -> list[LabelCandidate]:
    """The candidates with the least foreign ink around them, at most `_MAX_READ`."""
    if len(candidates) <= _MAX_READ:
        return candidates
    step = parts.step
    inked = np.pad((parts.numbered > 0).cumsum(0, dtype=np.int32).cumsum(1), ((1, 0), (1, 0)))

    def ink_in(left: int, top: int, right: int, bottom: int) -> int:
        x0, x1 = max(left, 0) // step, min(right // step, inked.shape[1] - 1)
        y0, y1 = max(top, 0) // step, min(bottom // step, inked.shape[0] - 1)
        return int(inked[y1, x1] - inked[y0, x1] - inked[y1, x0] + inked[y0, x0])

    def crowding(candidate: LabelCandidate) -> float:
        left, top, right, bottom = candidate.left, candidate.top, candidate.right, candidate.bottom
        around = (bottom - top if candidate.upright else right - left) // 2
        outer = ink_in(left - around, top - around, right + around, bottom + around)
        inner = ink_in(left, top, right + step, bottom + step)
        return (outer - inner) / (around * (right - left + bottom - top))

    return sorted(candidates, key=crowding)[:_MAX_READ]


def _without_head(
    parts: InkParts, candidate: LabelCandidate, turn: int, share: float
) -> LabelCandidate:
    """The candidate without the ink before its word FIG (a dash of the drawing, a leader).

    Args:
        parts: The sheet it was found on.
        candidate: The row.
        turn: Clockwise quarter turns that make it upright, in degrees.
        share: Where the word begins, as a share of the row's length.
    """
    share = max(0.0, share - _HEAD_SLACK)
    across, down = candidate.right - candidate.left, candidate.bottom - candidate.top
    left, right = parts.left[candidate.parts], parts.right[candidate.parts]
    top, bottom = parts.top[candidate.parts], parts.bottom[candidate.parts]
    kept = {
        0: (left + right) / 2 >= candidate.left + share * across,
        180: (left + right) / 2 <= candidate.right - share * across,
        90: (top + bottom) / 2 <= candidate.bottom - share * down,
        270: (top + bottom) / 2 >= candidate.top + share * down,
    }[turn]
    if not kept.any():
        return candidate
    return replace(
        candidate,
        parts=candidate.parts[kept],
        left=int(left[kept].min()),
        top=int(top[kept].min()),
        right=int(right[kept].max()),
        bottom=int(bottom[kept].max()),
    )


def _label(
    parts: InkParts, candidate: LabelCandidate, turn: int, text: str | None, confidence: float
) -> PrintedLabel:
    """Take along the full stops and dots that are too small to be candidates themselves."""
    size = min(candidate.right - candidate.left, candidate.bottom - candidate.top)
    slack = max(2 * parts.step, size // 5)
    inside = (
        (parts.left >= candidate.left - slack)
        & (parts.top >= candidate.top - slack)
        & (parts.right <= candidate.right + slack)
        & (parts.bottom <= candidate.bottom + slack)
    )
    own = np.union1d(np.flatnonzero(inside), candidate.parts)
    return PrintedLabel(
        text,
        confidence,
        int(parts.left[own].min()),
        int(parts.top[own].min()),
        int(parts.right[own].max()),
        int(parts.bottom[own].max()),
        own,
        turn,
    )
