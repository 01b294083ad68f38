"""Whether a page is running text or a drawing, told from its pixels. Pure."""

import numpy as np
from numpy.typing import NDArray

from core.ports import GreyImage
from ingestion.ink_parts import InkParts, measure_ink

_LETTER_HEIGHT = (0.0035, 0.016)
"""Smallest and largest letter, as shares of the page's height: 12 and 53 px at 300 dpi."""
_MIN_LETTERS = 12
_MIN_SPAN = 0.15
"""Share of the page's width that a line of text runs across."""
_MIN_DENSITY = 0.4
"""Share of a line's length that its letters cover."""


def count_text_lines(page: GreyImage) -> int:
    """Count the lines of running text on a page, in the better filled half of it.

    Title pages have two columns whose lines do not stand level, hence the halves. The few words
    of a drawing sheet, its labels and header, make no line of text.

    Args:
        page: uint8 [H, W], 0 ink, 255 paper, upright.
    """
    parts = measure_ink(page)
    smallest, largest = (share * page.shape[0] for share in _LETTER_HEIGHT)
    is_letter = (
        (parts.height >= smallest) & (parts.height <= largest) & (parts.width <= 2.5 * largest)
    )
    is_left = parts.right <= page.shape[1] / 2
    return max(
        _count_lines(parts, np.flatnonzero(is_letter & half), page.shape[1])
        for half in (is_left, ~is_left)
    )


def _count_lines(parts: InkParts, letters: NDArray[np.int64], width_px: int) -> int:
    if letters.size < _MIN_LETTERS:
        return 0
    tall = float(np.median(parts.height[letters]))
    n_lines = 0
    for line in _levels(parts, letters):
        left, right = parts.left[line].min(), parts.right[line].max()
        height = parts.bottom[line].max() - parts.top[line].min()
        covered = parts.width[line].sum() / max(right - left, 1)
        n_lines += bool(
            line.size >= _MIN_LETTERS
            and height <= 2.5 * tall
            and right - left >= _MIN_SPAN * width_px
            and covered >= _MIN_DENSITY
        )
    return n_lines


def _levels(parts: InkParts, letters: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Letters in rows with white between one row and the next."""
    ordered = letters[np.argsort(parts.top[letters], kind="stable")]
    reach = np.maximum.accumulate(parts.bottom[ordered])
    breaks = np.flatnonzero(parts.top[ordered][1:] >= reach[:-1]) + 1
    return list(np.split(ordered, breaks))
