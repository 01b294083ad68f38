"""What cannot be the word FIG, told by its strokes: far cheaper than reading it."""

import numpy as np

from ingestion.ink_parts import InkParts
from ingestion.ink_runs import InkMask
from ingestion.label_candidates import LabelCandidate

_MIN_JOINED_ASPECT = 1.8
"""A word and its number whose letters all touch are longer than that."""
_N_STROKES = 3
_MIN_CROSSED_SHARE = 0.3
"""A line along the word meets the strokes of F, I and G over so much of its height: 0.55 and more
on 2,631 real and drawn labels."""
_MIN_INK = 0.075
"""The strokes of a word cover so much of its box: 0.106 and more of 690 rows of real sheets that
were read as FIG with a number, 0.098 of the thinnest of 21 type faces."""
_MIN_BAR = 0.2
"""F and G have a stroke along the word, at least so long as a share of the height: 0.3 and more of
those rows, 0.45 of drawn and typeset words. Hatching and broken lines have none."""


def may_say_figure(parts: InkParts, row: LabelCandidate) -> bool:
    """False where a row lacks the strokes of the word FIG, in whichever turn it is read.

    Args:
        parts: The sheet it was found on.
        row: The row.
    """
    if row.parts.size == 1 and row.aspect < _MIN_JOINED_ASPECT:
        return False
    step = parts.step
    own = np.zeros(len(parts) + 1, dtype=bool)
    own[row.parts + 1] = True
    ink = own[
        parts.numbered[
            row.top // step : -(-row.bottom // step), row.left // step : -(-row.right // step)
        ]
    ]
    if np.count_nonzero(ink) < _MIN_INK * ink.size:
        return False
    along = ink if row.upright else ink.T
    n_strokes = (along[:, 1:] > along[:, :-1]).sum(axis=1) + along[:, 0]
    if (n_strokes >= _N_STROKES).mean() < _MIN_CROSSED_SHARE:
        return False
    third = len(along) // 3  # between it and the last one every letter has its stroke
    if n_strokes[third : len(along) - third].mean() < _N_STROKES:
        return False
    tallest = (parts.height if row.upright else parts.width)[row.parts].max()
    return _has_run(along, int(_MIN_BAR * tallest / step))


def _has_run(ink: InkMask, length: int) -> bool:
    """True where so many pixels of ink lie side by side in one row of a mask."""
    joined = 1
    while joined < length:
        shift = min(joined, length - joined)
        ink = ink[:, shift:] & ink[:, :-shift]
        joined += shift
    return bool(ink.any())
