"""The printed page header of sheets taken from patent PDFs.

``U.S. Patent   Mar. 3, 2009   Sheet 1 of 5   US D587,550 S`` along an edge of the page, older
styles with ``Des. 297,556``, or the lower edge of such a line where a crop cut through it. Office
images of the weekly archives carry none, so a line is only taken for a header when it reads as one
or is cut by the page's edge as one: drawing ink is never given up for a guess.
"""

import re
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from ingestion.ink_parts import InkParts
from ingestion.label_candidates import LabelCandidate, link_rows, rows_by_number
from ingestion.label_crops import crop_candidate
from ingestion.label_reader import read_crops

_BAND = 0.12
"""Headers lie in this share of the page at its edge."""
_LETTER_HEIGHT_PX = (14, 110)
_WORD_GAP = 0.8
"""Widest gap within a word, in letter heights."""
_MAX_WORDS = 24
_MIN_LETTERS = 8
_MAX_LINES = 4
_MAX_TILT = 0.03
"""Slope of a header on a page scanned askew."""
_MIN_ENTRIES = 2
_ENTRIES = (
    re.compile(r"s?h?e{1,3}[tl]\d{0,3}of\d{0,3}|s?h?e{1,3}[tl]\d{1,3}[o0]?f?\d{1,3}"),
    re.compile(r"[a-z]{1,4}[.,]{0,2}\d{1,2}[.,]{0,2}(?:18|19|20)\d{2}"),
    re.compile(r"d(?:es)?\W{0,2}(?:\d{2,3}\W?\d{3}|[\dsoilzb]{2,3},[\dsoilzb]{3})"),
)
"""``Sheet 1 of 5``, ``Mar. 3, 2009``, ``US D587,550 S`` or ``Des. 296,245``, also misread."""
_OFFICE = "patent"
_OFFICE_LIKENESS = 0.75
"""A letter or two misread still make the office's name."""
_MIN_SPAN = 0.4
"""Share of the page's width that a header runs across."""
_ENTRY_GAP_PX = 58
"""Least gap between the entries of a header cut by the edge."""
_MIN_GAP_BELOW_PX = 24


def find_header(parts: InkParts) -> NDArray[np.bool_]:
    """Parts that belong to a printed page header.

    Args:
        parts: The page's ink as it lies; headers run along one edge, whichever way the drawing
            lies, and a header cut by the page's edge along its top.

    Returns:
        bool [P].
    """
    for turn in (0, 90, 270, 180):
        header = _read_header(parts.turned(turn))
        if header.any():
            return header
    return _cut_header(parts)


def _read_header(parts: InkParts) -> NDArray[np.bool_]:
    """A line at the page's top that says what headers say."""
    height = parts.ink.shape[0]
    low, high = _LETTER_HEIGHT_PX
    in_band = parts.bottom <= max(_BAND * height, 2 * high)
    letters = np.flatnonzero(in_band & (parts.height >= low) & (parts.height <= high))
    header = np.zeros(len(parts), dtype=bool)
    if letters.size < _MIN_LETTERS:
        return header
    span = int(parts.right[letters].max() - parts.left[letters].min())
    if span < _MIN_SPAN * parts.ink.shape[1]:
        return header
    for line in _lines(_words(parts, letters)):
        if _runs_across(parts, line) and _says_header(parts, line):
            header |= _along(parts, line) & in_band
    return header


def _words(parts: InkParts, letters: NDArray[np.int64]) -> list[LabelCandidate]:
    row_of = link_rows(
        parts.left[letters],
        parts.right[letters],
        parts.top[letters],
        parts.bottom[letters],
        max_gap=_WORD_GAP,
    )
    return sorted(rows_by_number(parts, letters, row_of), key=lambda word: word.left)


def _lines(words: list[LabelCandidate]) -> list[list[LabelCandidate]]:
    """Words of one size, left to right, that stand on one line; of the lines the uppermost."""
    lines: list[list[LabelCandidate]] = []
    for word in words:
        for line in lines:
            last = line[-1]
            size = last.bottom - last.top
            slack = 0.5 * size + _MAX_TILT * max(word.left - last.right, 0)
            same_size = 0.5 <= (word.bottom - word.top) / size <= 2
            if same_size and abs(word.bottom + word.top - last.bottom - last.top) / 2 <= slack:
                line.append(word)
                break
        else:
            lines.append([word])
    whole = [line for line in lines if sum(word.parts.size for word in line) >= _MIN_LETTERS]
    return sorted(whole, key=lambda line: line[0].top)[:_MAX_LINES]


def _runs_across(parts: InkParts, line: list[LabelCandidate]) -> bool:
    span = max(word.right for word in line) - min(word.left for word in line)
    return bool(span >= _MIN_SPAN * parts.ink.shape[1])


def _says_header(parts: InkParts, line: list[LabelCandidate]) -> bool:
    crops = [crop_candidate(parts, word, 0) for word in line[:_MAX_WORDS]]
    words = [reading.text.lower() for reading in read_crops(crops)]
    text = "".join(words)
    entries = sum(entry.search(text) is not None for entry in _ENTRIES)
    office = any(
        SequenceMatcher(None, word[-len(_OFFICE) :], _OFFICE).ratio() >= _OFFICE_LIKENESS
        for word in words
    )
    return entries + office >= _MIN_ENTRIES


def _along(parts: InkParts, line: list[LabelCandidate]) -> NDArray[np.bool_]:
    """Everything of a letter's size on the line, its full stops and broken letters with it."""
    across = np.array([(word.left + word.right) / 2 for word in line])
    middle = np.array([(word.top + word.bottom) / 2 for word in line])
    size = float(np.median([word.bottom - word.top for word in line]))
    slope, offset = np.polyfit(across, middle, 1)
    x, y = (parts.left + parts.right) / 2, (parts.top + parts.bottom) / 2
    near = np.abs(y - (slope * x + offset)) <= 0.9 * size
    return np.asarray(near & (parts.height <= 1.6 * size))


def _cut_header(parts: InkParts) -> NDArray[np.bool_]:
    """The lower edge of a header line: pieces of letters that hang on the page's upper edge."""
    header = np.zeros(len(parts), dtype=bool)
    order = np.argsort(parts.top, kind="stable")
    tops, reach = parts.top[order], np.maximum.accumulate(parts.bottom[order])
    ends = np.flatnonzero(tops[1:] - reach[:-1] >= _MIN_GAP_BELOW_PX)
    if ends.size == 0:
        return header
    line, bottom = order[: ends[0] + 1], int(reach[ends[0]])
    entries = _entries(parts, line)
    span = int(parts.right[line].max() - parts.left[line].min())
    if (
        2 <= len(entries) <= 8
        and sum(entry.size >= 3 for entry in entries) >= 2
        and span >= _MIN_SPAN * parts.ink.shape[1]
        and float((parts.top[line] <= 2 * parts.step).mean()) >= 0.6
        and bottom <= _LETTER_HEIGHT_PX[1] // 2
    ):
        header[line] = True
    return header


def _entries(parts: InkParts, line: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """The line's entries, left to right."""
    ordered = line[np.argsort(parts.left[line], kind="stable")]
    reach = np.maximum.accumulate(parts.right[ordered])
    breaks = np.flatnonzero(parts.left[ordered][1:] - reach[:-1] > _ENTRY_GAP_PX) + 1
    return np.split(ordered, breaks)
