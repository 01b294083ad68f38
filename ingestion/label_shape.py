"""What cannot be the word FIG, told by its strokes: far cheaper than reading it."""

import numpy as np

from ingestion.ink_parts import InkParts
from ingestion.label_candidates import LabelCandidate

_MIN_JOINED_ASPECT = 1.8
"""A word and its number whose letters all touch are longer than that."""
_N_STROKES = 3
_MIN_CROSSED_SHARE = 0.3
"""A line along the word meets the strokes of F, I and G over so much of its height: 0.55 and more
on 2,631 real and drawn labels."""
_MIN_INK = 0.05
"""The strokes of a word cover so much of its box: 0.085 and more of every row that was read as FIG
on 610 real sheets, even of thin letters set wide."""


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
    return bool((n_strokes >= _N_STROKES).mean() >= _MIN_CROSSED_SHARE)
