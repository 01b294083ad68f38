"""Printed figure labels of a sheet: where they stand, what they say, and which way is up."""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ingestion.ink_parts import InkParts
from ingestion.label_candidates import (
    LabelCandidate,
    extend_row,
    find_candidates,
)
from ingestion.label_crops import crop_candidate
from ingestion.label_reader import parse_hague_label, read_crops
from ingestion.label_rows import (
    LoneWord,
    PrintedLabel,
    label_of,
    read_rows,
    with_full_stop,
)
from ingestion.label_shape import may_say_figure

_MIN_WORD_ASPECT = 1.1
"""A row that says FIG is longer than high."""
_HAGUE_ASPECT = 4.0
_MIN_HAGUE_CONFIDENCE = 0.5
_MIN_WORD_CONFIDENCE = {False: 0.9, True: 0.7}
"""The word FIG without a readable number is believed from here on: drawings look like it often
enough, less often with further characters behind it."""
_SURE_CONFIDENCE = 0.8
"""Labels read with less must stand free of other ink."""
_SETTLING_CONFIDENCE = 0.7
"""A number read with that settles the turn, the one the document tells being read first: on all
sheets of `bench_cutting` no row read in a wrong one said FIG and a number with more than 0.56."""
_MAX_READ = 160
"""Rows read along and across a sheet, the most isolated first: labels stand free, texture does
not."""
_HAGUE_SIZES = (0.7, 1.4)
"""Reproduction numbers of a sheet differ in height by no more."""


def find_labels(
    parts: InkParts, usable: NDArray[np.bool_], *, landscape: bool
) -> tuple[int, list[PrintedLabel]]:
    """Find the figure labels of a sheet and the quarter turn that makes them read upright.

    The labels' own reading direction decides; the document's word for it (`landscape`) says where
    to begin, and decides where no label says FIG.

    Args:
        parts: The sheet's ink as it lies.
        usable: bool [P], parts that may be labels (no page header).
        landscape: True where the document says that the sheet lies on its side.

    Returns:
        Clockwise quarter turns in degrees, and the labels that read upright after them.
    """

    @cache
    def rows(along: bool) -> list[LabelCandidate]:
        found = [*find_candidates(parts, upright=along)]
        return found if usable.all() else [row for row in found if usable[row.parts].all()]

    told = 90 if landscape else 0
    found = _read_figure_words(parts, rows, told)
    if found:
        votes = dict.fromkeys((told, 0, 90, 180, 270), 0.0)
        for label in found:
            votes[label.rotation_deg] += label.confidence * (1.0 if label.label else 0.5)
        rotation_deg = max(votes, key=lambda turn: votes[turn])
        return rotation_deg, [label for label in found if label.rotation_deg == rotation_deg]
    for turn in dict.fromkeys((told, 0, 90, 270, 180)):
        labels = _read_hague_numbers(parts, rows(turn % 180 == 0), turn)
        sure = [label for label in labels if label.confidence >= _SURE_CONFIDENCE]
        if labels and (turn == told or sure):
            return turn, labels
    return told, []


def _read_figure_words(
    parts: InkParts, rows: Callable[[bool], list[LabelCandidate]], told: int
) -> list[PrintedLabel]:
    """Every row that reads as FIG: in the turn told, and in others until one reads surely.

    Args:
        parts: The sheet's ink.
        rows: Tells the rows along the page, or those across it: half of all turns need not ask.
        told: Clockwise quarter turns that the document tells, in degrees.
    """
    words: dict[bool, list[LabelCandidate]] = {}
    believed: list[PrintedLabel] = []
    lone: list[PrintedLabel] = []
    for turn in dict.fromkeys((told, 0, 90, 270, 180)):
        if turn == 180 and (believed or lone):  # seldom printed, and costs as much as the others
            break
        along = turn % 180 == 0
        if along not in words:
            words[along] = _most_isolated(parts, [r for r in rows(along) if _is_word(parts, r)])
        labels, unnumbered = _read_turned(parts, words[along], turn)
        believed += labels
        lone += unnumbered
        if any(label.label and label.confidence >= _SETTLING_CONFIDENCE for label in labels):
            break
    return _without_doubles(believed, lone)


def _is_word(parts: InkParts, row: LabelCandidate) -> bool:
    return row.aspect >= _MIN_WORD_ASPECT and may_say_figure(parts, row)


def _read_turned(
    parts: InkParts, candidates: list[LabelCandidate], turn: int
) -> tuple[list[PrintedLabel], list[PrintedLabel]]:
    """Candidates that read as FIG in a turn.

    Returns:
        Labels that are believed, and the word without a number where it may be one.
    """
    labels, words = read_rows(parts, [(row, turn) for row in candidates if not row.is_piece])
    told = np.zeros(len(parts), dtype=bool)
    for label in labels:
        told[label.parts] |= label.label is not None and label.confidence >= _SURE_CONFIDENCE
    pieces = [row for row in candidates if row.is_piece and not told[row.parts].all()]
    more_labels, more_words = read_rows(parts, [(row, turn) for row in pieces])
    labels, words = labels + more_labels, words + more_words
    extended = [extend_row(parts, word.row, turn) for word in words]
    was_read = {frozenset(row.parts.tolist()) for row in candidates}
    longer = [row for row in extended if row and frozenset(row.parts.tolist()) not in was_read]
    completed, _ = read_rows(parts, [(row, turn) for row in longer])
    believed = [
        label
        for label in labels + completed
        if label.confidence >= _SURE_CONFIDENCE
        or (_stands_free(parts, label) and not _is_framed(parts, label))
    ]
    lone = [
        label
        for word, row in zip(words, extended, strict=True)
        if word.label.confidence >= _MIN_WORD_CONFIDENCE[word.is_followed]
        for label in (_unnumbered(parts, word, row),)
        if _stands_free(parts, label) and not _is_framed(parts, label)
    ]
    return believed, lone


def _unnumbered(parts: InkParts, word: LoneWord, extended: LabelCandidate | None) -> PrintedLabel:
    """The word FIG as a label, with the ink of the number behind it that could not be read."""
    if extended is None:
        return word.label
    turn, confidence = word.label.rotation_deg, word.label.confidence
    whole = label_of(parts, extended, turn, None, confidence)
    return whole if _stands_free(parts, whole) else word.label


def _without_doubles(labels: list[PrintedLabel], lone: list[PrintedLabel]) -> list[PrintedLabel]:
    """Labels of one size that share no ink, the surest first, and words only where no label is.

    Of two labels that say the same the larger one names the figure; the other is a callout ("see
    FIG. 3") and stays in the drawing it points from.
    """
    kept: list[PrintedLabel] = []
    words = [word for word in lone if not any(_overlap(word, label) for label in labels)]
    for label in sorted(labels, key=lambda label: -label.confidence) + words:
        same_size = not kept or 0.5 <= label.size / kept[0].size <= 2.0
        if not same_size or any(_overlap(label, other) for other in kept):
            continue
        twins = [other for other in kept if label.label is not None and other.label == label.label]
        if any(other.size >= label.size for other in twins):
            continue
        kept = [*(other for other in kept if other not in twins), label]
    return kept


def _stands_free(parts: InkParts, label: PrintedLabel) -> bool:
    """True where a third of the label's height around it is white, specks and grain aside."""
    around, step = max(label.size // 3, 2 * parts.step), parts.step
    near = parts.numbered[
        max(label.top - around, 0) // step : -(-(label.bottom + around) // step),
        max(label.left - around, 0) // step : -(-(label.right + around) // step),
    ]
    foreign = np.setdiff1d(np.unique(near[near > 0]) - 1, label.parts)
    sides = np.maximum(parts.width[foreign], parts.height[foreign])
    return not bool((sides > label.size // 6).any())


def _overlap(one: PrintedLabel, other: PrintedLabel) -> bool:
    return (
        one.left < other.right
        and other.left < one.right
        and one.top < other.bottom
        and other.top < one.bottom
    )


def _read_hague_numbers(
    parts: InkParts, candidates: list[LabelCandidate], turn: int
) -> list[PrintedLabel]:
    """Reproduction numbers such as ``1.1``: free of other ink and framed by none, of one size."""
    short = [row for row in candidates if row.aspect <= _HAGUE_ASPECT and row.parts.size <= 6]
    tried = _most_isolated(parts, [row for row in short if not _is_framed(parts, row)])
    crops = [crop_candidate(parts, row, turn) for row in tried]
    labels = []
    for row, reading in zip(tried, read_crops(crops), strict=True):
        text = parse_hague_label(with_full_stop(parts, row, turn, reading))
        if text is not None and reading.confidence >= _MIN_HAGUE_CONFIDENCE:
            told = text if _is_told_whole(parts, row, text) else None
            labels.append(label_of(parts, row, turn, told, reading.confidence))
    kept: list[PrintedLabel] = []
    for label in sorted(labels, key=lambda label: (label.label is None, -label.confidence)):
        low, high = (share * (kept[0] if kept else label).size for share in _HAGUE_SIZES)
        told_before = label.label is not None and any(k.label == label.label for k in kept)
        is_double = told_before or any(_overlap(label, other) for other in kept)
        if low <= label.size <= high and not is_double and _stands_free(parts, label):
            kept.append(label)
    return kept


def _is_told_whole(parts: InkParts, row: LabelCandidate, text: str) -> bool:
    """True where the row has no more characters than were read of it."""
    sides = parts.height[row.parts] if row.upright else parts.width[row.parts]
    n_tall = int((sides >= 0.55 * sides.max()).sum())
    return n_tall <= sum(character.isdigit() for character in text)


def _is_framed(parts: InkParts, row: LabelCandidate | PrintedLabel) -> bool:
    """True for characters within the outline of something larger: words on the drawn product."""
    height, width = parts.ink.shape
    around = (
        (parts.left < row.left)
        & (parts.top < row.top)
        & (parts.right > row.right)
        & (parts.bottom > row.bottom)
    )
    page_border = (parts.width > 0.9 * width) & (parts.height > 0.9 * height)
    left, top = row.left // parts.step, row.top // parts.step
    right, bottom = -(-row.right // parts.step), -(-row.bottom // parts.step)
    sides = (
        parts.numbered[top:bottom, :left],
        parts.numbered[top:bottom, right:],
        parts.numbered[:top, left:right],
        parts.numbered[bottom:, left:right],
    )
    return any(
        all((side == part + 1).any() for side in sides)
        for part in np.flatnonzero(around & ~page_border)
    )


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
