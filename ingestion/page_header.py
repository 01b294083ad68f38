"""The printed page header of sheets taken from patent PDFs.

``U.S. Patent   Mar. 3, 2009   Sheet 1 of 5   US D587,550 S`` across the top of the page, older
styles with ``Des. 297,556``, or the lower edge of such a line where a crop cut through it. Office
images of the weekly archives carry none, so a row is only taken for a header when it reads as one
or is cut by the page's edge as one: drawing ink is never given up for a guess.
"""

import re
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from ingestion.ink_parts import InkParts
from ingestion.label_candidates import LabelCandidate, crop_candidate
from ingestion.label_reader import read_crops

_BAND = 0.12
"""Headers lie in this share of the page at its top."""
_MAX_HEIGHT_PX = 110
_MIN_SPAN = 0.4
"""Share of the page's width that a header runs across."""
_WORD_GAP = 1.6
"""Gap between the header's entries, in line heights."""
_MIN_GAP_BELOW_PX = 24
_ENTRIES = re.compile(
    r"(?i)^s?h?e{1,2}t\d+o?f\d+$"  # Sheet 1 of 5
    r"|^\D{2,6}\d{1,2}[.,]{1,2}(?:18|19|20)\d{2}$"  # Mar. 3, 2009
    r"|^(?:us)?\W?d\D{0,4}\d{3}\D{1,3}\d{3}s?\d?$"  # US D587,550 S and Des. 296,245
)
_OFFICE = "u.s.patent"
_OFFICE_LIKENESS = 0.75
"""A letter or two misread still make the office's name."""


def find_header(parts: InkParts) -> NDArray[np.bool_]:
    """Parts that belong to a printed page header.

    Args:
        parts: The page's ink as it lies; headers run along its top whichever way the drawing lies.

    Returns:
        bool [P].
    """
    header = np.zeros(len(parts), dtype=bool)
    for line in _top_lines(parts):
        if not (_reads_as_header(parts, line) or _is_cut_header(parts, line)):
            break
        header[line] = True
    return header


def _top_lines(parts: InkParts) -> list[NDArray[np.int64]]:
    """The rows of small parts at the top of the page, each with white above and below."""
    height, width = parts.ink.shape
    order = np.argsort(parts.top, kind="stable")
    lines: list[NDArray[np.int64]] = []
    start = 0
    while start < order.size and len(lines) < 3:
        bottom, end = 0, start
        while end < order.size and (end == start or parts.top[order[end]] <= bottom + 2):
            bottom = max(bottom, int(parts.bottom[order[end]]))
            end += 1
        line = order[start:end]
        next_top = int(parts.top[order[end]]) if end < order.size else height
        tall = bottom - int(parts.top[line].min())
        span = int(parts.right[line].max() - parts.left[line].min())
        if bottom > _BAND * height or tall > _MAX_HEIGHT_PX or span < _MIN_SPAN * width:
            break
        if next_top - bottom < max(4, tall // 5):
            break
        lines.append(line)
        start = end
    return lines


def _words(parts: InkParts, line: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """The line's entries, left to right."""
    ordered = line[np.argsort(parts.left[line], kind="stable")]
    tall = int(parts.bottom[line].max() - parts.top[line].min())
    reach = np.maximum.accumulate(parts.right[ordered])
    breaks = np.flatnonzero(parts.left[ordered][1:] - reach[:-1] > _WORD_GAP * tall) + 1
    return np.split(ordered, breaks)


def _reads_as_header(parts: InkParts, line: NDArray[np.int64]) -> bool:
    words = [
        LabelCandidate(
            word,
            int(parts.left[word].min()),
            int(parts.top[word].min()),
            int(parts.right[word].max()),
            int(parts.bottom[word].max()),
            upright=True,
        )
        for word in _words(parts, line)
    ]
    if not 2 <= len(words) <= 8:
        return False
    readings = read_crops([crop_candidate(parts, word, 0) for word in words])
    return sum(_is_entry(reading.text) for reading in readings) >= 2


def _is_entry(text: str) -> bool:
    likeness = SequenceMatcher(None, text.lower(), _OFFICE).ratio()
    return likeness >= _OFFICE_LIKENESS or _ENTRIES.match(text) is not None


def _is_cut_header(parts: InkParts, line: NDArray[np.int64]) -> bool:
    """True for the lower edge of a header line: pieces of letters that hang on the page's edge."""
    words = _words(parts, line)
    bottom = int(parts.bottom[line].max())
    below = parts.top[(parts.top >= bottom)]
    gap_below = int(below.min()) - bottom if below.size else bottom
    hangs = float((parts.top[line] <= 2 * parts.step).mean())
    letters = [word for word in words if word.size >= 3]
    return (
        2 <= len(words) <= 8
        and len(letters) >= 2
        and hangs >= 0.6
        and bottom <= _MAX_HEIGHT_PX // 2
        and gap_below >= _MIN_GAP_BELOW_PX
    )
