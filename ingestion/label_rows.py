"""Rows of characters read as figure labels: their word, their number, the ink they are made of."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ingestion.ink_parts import InkParts
from ingestion.label_candidates import (
    LabelCandidate,
    reading_frame,
    subrow,
)
from ingestion.label_crops import candidate_ink, crop_candidate
from ingestion.label_reader import Reading, parse_label, read_crops
from ingestion.label_weight import read_weighed

_MIN_CONFIDENCE = 0.35
"""A figure label read with less is no label."""
_MIN_NUMBER_CONFIDENCE = 0.5
"""A number read with less is not told: the label stays, its text is None."""
_MISREAD_SUFFIX = ("(o)", "(O)", "(0)")
"""A round letter between brackets: sooner an ``a`` whose stem was lost than a fifteenth view."""
_HEAD_SLACK = 0.05
_FACES_BACK = (180, 270)
"""Quarter turns after which the foot of a letter is where its rows or columns begin."""
_TAIL_GAP = 0.9
"""Ink this many character heights behind a number is no part of it unless it can be read."""
_STRAIGHT_EDGE, _WAISTED_EDGE = 0.025, 0.035
"""How far the left edge of a B and of an 8 strays from a line (RMS, in widths): in 150 fonts and
18 drawn hands 99 % of B stay under the first, 99 % of 8 above the second."""
_UNDERLINE_LENGTH = 0.6
"""Least length of an underline, as a share of its label's."""
_CHARACTER_MARGIN_PX = 6
"""Paper beside a character that is read alone; without it a clear 6 reads as nothing."""
_SPIKE_SLACK_PX = 4
"""The reader may tell a character this many crop columns before it begins."""


@dataclass(frozen=True, slots=True, eq=False)
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

    @property
    def size(self) -> int:
        """Height of its characters in pixels."""
        return min(self.right - self.left, self.bottom - self.top)


@dataclass(frozen=True, slots=True, eq=False)
class LoneWord:
    """The word FIG without a number that could be read."""

    row: LabelCandidate
    label: PrintedLabel
    is_followed: bool
    """True where characters stand behind it in its row."""


def read_rows(
    parts: InkParts, tried: list[tuple[LabelCandidate, int]]
) -> tuple[list[PrintedLabel], list[LoneWord]]:
    """Read rows, each turned by its quarter turns.

    Returns:
        Figure labels, and the rows that hold the word FIG without a number.
    """
    labels, words, shorter = [], [], []
    for (candidate, turn), (crop, reading) in zip(tried, read_weighed(parts, tried), strict=True):
        understood = parse_label(reading)
        if understood is None or understood.confidence < _MIN_CONFIDENCE:
            continue
        column_px = reading.starts_px[understood.first]
        row = _without_head(parts, candidate, turn, column_px / crop.shape[1])
        unread = _unread_parts(parts, candidate, turn, reading, crop.shape[1])
        if (lettering := _without_tail(parts, candidate, turn, unread)) is not None:
            shorter.append((lettering, turn))
            continue
        told = (understood.label or "", understood.confidence)
        text, confidence = _complete(parts, candidate, turn, unread, told)
        if understood.label is None and (text is None or not text[:1].isdigit()):
            word = label_of(parts, row, turn, None, understood.confidence)
            words.append(LoneWord(row, word, bool(unread)))
            continue
        if text is not None and text[-2:-1].isdigit() and text[-1] in "8B":
            text = text[:-1] + _eight_or_b(parts, row, turn, text[-1])
        sure = confidence >= _MIN_NUMBER_CONFIDENCE and not (text or "").endswith(_MISREAD_SUFFIX)
        labels.append(label_of(parts, row, turn, text if sure else None, confidence))
    if shorter:
        more_labels, more_words = read_rows(parts, shorter)
        return labels + more_labels, words + more_words
    return labels, words


def _unread_parts(
    parts: InkParts, row: LabelCandidate, turn: int, reading: Reading, crop_width_px: int
) -> list[int]:
    """Characters behind the last one that was read: more ink in the number than was told."""
    understood = parse_label(reading)
    if understood is None:
        return []
    frame = reading_frame(parts, turn)
    start, end = frame.start[row.parts], frame.end[row.parts]
    column_px = 2 + (start - start.min()) / (end.max() - start.min()) * (crop_width_px - 4)
    height = frame.high[row.parts] - frame.low[row.parts]
    tall = height >= 0.55 * height.max()
    n_read = sum(character.isalnum() for character in reading.text[understood.number :])
    word_px = reading.starts_px[understood.number - 1]
    behind = tall & (column_px > reading.starts_px[-1] + _SPIKE_SLACK_PX)
    if (tall & (column_px > word_px)).sum() <= n_read:
        return []
    return [int(part) for part in row.parts[behind][np.argsort(start[behind], kind="stable")]]


def _complete(
    parts: InkParts,
    row: LabelCandidate,
    turn: int,
    unread: list[int],
    told: tuple[str, float],
) -> tuple[str | None, float]:
    """A number with the characters the reader passed over, each read alone.

    Returns:
        The number and its confidence; None where one of them cannot be read either.
    """
    text, confidence = told
    for reading in _read_characters(parts, row, turn, unread):
        if len(reading.text) != 1 or not reading.text.isalnum():
            return None, confidence
        text += reading.text
        confidence = min(confidence, reading.confidence)
    return text, confidence


def _read_characters(
    parts: InkParts, row: LabelCandidate, turn: int, characters: list[int]
) -> list[Reading]:
    """Parts of a row, each read alone, with as much paper around it as in a row."""
    crops = [crop_candidate(parts, subrow(parts, row, np.array([p])), turn) for p in characters]
    around = ((0, 0), (_CHARACTER_MARGIN_PX, _CHARACTER_MARGIN_PX))
    return read_crops([np.pad(crop, around, constant_values=255) for crop in crops])


def _without_tail(
    parts: InkParts, row: LabelCandidate, turn: int, unread: list[int]
) -> LabelCandidate | None:
    """The row without a piece of drawing behind its number: too far off or too long for a letter.

    Returns:
        None where nothing of the sort stands there.
    """
    frame = reading_frame(parts, turn)
    size = int(frame.high[row.parts].max() - frame.low[row.parts].min())
    for part in unread:
        before = row.parts[frame.start[row.parts] < frame.start[part]]
        if before.size == 0:
            return None
        gap = int(frame.start[part] - frame.end[before].max())
        too_long = frame.end[part] - frame.start[part] > 2 * size
        if not too_long and gap < _TAIL_GAP * size:
            continue
        (alone,) = _read_characters(parts, row, turn, [part])
        if too_long or not (len(alone.text) == 1 and alone.text.isalnum()):
            return subrow(parts, row, before)
    return None


def with_full_stop(parts: InkParts, row: LabelCandidate, turn: int, reading: Reading) -> Reading:
    """Digits with the full stop the reader passed over, where its ink stands between two of them.

    What has several dots between its characters is no number; nothing is read then.

    Args:
        parts: The sheet it was found on.
        row: The row.
        turn: Clockwise quarter turns that make it upright, in degrees.
        reading: What the row says.
    """
    frame = reading_frame(parts, turn)
    height = frame.high - frame.low
    size = int(height[row.parts].max())
    low, high = int(frame.low[row.parts].min()), int(frame.high[row.parts].max())
    first, last = int(frame.start[row.parts].min()), int(frame.end[row.parts].max())
    side = np.maximum(height, frame.end - frame.start)
    dots = np.flatnonzero(
        (side >= 0.08 * size)
        & (side <= 0.3 * size)
        & (frame.start > first)
        & (frame.end < last)
        & (frame.low >= low - size // 10)
        & (frame.high <= high + size // 10)
    )
    if len(dots) > 1:  # "12:30"
        return replace(reading, text="")
    base = (frame.low if turn in _FACES_BACK else frame.high) - (
        low if turn in _FACES_BACK else high
    )
    stops = dots[np.abs(base[dots]) <= 0.15 * size]
    digits = row.parts[height[row.parts] >= 0.55 * size]
    if not reading.text.isdigit() or len(digits) != len(reading.text) or len(stops) != 1:
        return reading
    behind = int((frame.start[digits] < frame.start[stops[0]]).sum())
    return replace(reading, text=f"{reading.text[:behind]}.{reading.text[behind:]}")


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
    frame = reading_frame(parts, turn)
    start, end = frame.start[candidate.parts], frame.end[candidate.parts]
    begins = start.min() + max(0.0, share - _HEAD_SLACK) * (end.max() - start.min())
    kept = candidate.parts[(start + end) / 2 >= begins]
    return subrow(parts, candidate, kept) if kept.size else candidate


def label_of(
    parts: InkParts, candidate: LabelCandidate, turn: int, text: str | None, confidence: float
) -> PrintedLabel:
    """Take along what is too small or too flat to be a candidate: full stops, dots, underlines."""
    size = min(candidate.right - candidate.left, candidate.bottom - candidate.top)
    slack = max(2 * parts.step, size // 5)
    inside = (
        (parts.left >= candidate.left - slack)
        & (parts.top >= candidate.top - slack)
        & (parts.right <= candidate.right + slack)
        & (parts.bottom <= candidate.bottom + slack)
    )
    lines = _underlines(parts, candidate, turn)
    own = np.union1d(np.flatnonzero(inside), np.union1d(lines, candidate.parts))
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


def _eight_or_b(parts: InkParts, row: LabelCandidate, turn: int, read: str) -> str:
    """The last character of a number, told by its left edge: straight on a B, waisted on an 8.

    Returns:
        ``"8"`` or ``"B"``; `read` where the edge is neither or the character touches others.
    """
    frame = reading_frame(parts, turn)
    height = frame.high[row.parts] - frame.low[row.parts]
    tall = row.parts[height >= 0.7 * height.max()]
    last = tall[np.argmax(frame.end[tall])]
    ink = candidate_ink(parts, subrow(parts, row, np.array([last])), turn)
    ink = ink[len(ink) // 4 : len(ink) - len(ink) // 4]  # between the serifs
    ink = ink[ink.any(axis=1)]
    if len(ink) < 6 or ink.shape[1] > 2.4 * len(ink):
        return read
    edge, y = ink.argmax(axis=1), np.arange(len(ink))
    bend = edge - np.polyval(np.polyfit(y, edge, 1), y)
    waist = float(np.sqrt(np.mean(bend**2))) / ink.shape[1]
    return "B" if waist < _STRAIGHT_EDGE else "8" if waist > _WAISTED_EDGE else read


def _underlines(parts: InkParts, row: LabelCandidate, turn: int) -> NDArray[np.int64]:
    """Flat strokes of about the label's length right below or above it."""
    frame = reading_frame(parts, turn)
    start, end = int(frame.start[row.parts].min()), int(frame.end[row.parts].max())
    low, high = int(frame.low[row.parts].min()), int(frame.high[row.parts].max())
    length, size = end - start, high - low
    slack = size // 2
    reach = frame.end - frame.start
    return np.flatnonzero(
        (frame.high - frame.low <= max(size // 5, 3 * parts.step))
        & (reach >= _UNDERLINE_LENGTH * length)
        & (frame.start >= start - size)
        & (frame.end <= end + size)
        & (np.minimum(np.abs(frame.low - high), np.abs(low - frame.high)) <= slack)
    )
