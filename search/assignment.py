"""Several query views against a publication's views: the best one-to-one pairing. Pure.

A product drawn from five sides is the same design when each side finds a partner of its own; the
one pair of views that happens to look alike proves less. So every query view is paired with at
most one view of the publication, and the pairing with the largest sum of similarities counts
(Kuhn 1955, by SciPy's `linear_sum_assignment`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Similarities = NDArray[np.float32]
"""float32 [Q, F], query views against the figures of one publication."""


@dataclass(frozen=True, slots=True)
class ViewPair:
    """A query view and the figure it was paired with, both by position."""

    query_idx: int
    figure_idx: int
    similarity: float


@dataclass(frozen=True, slots=True)
class Assignment:
    """The best pairing.

    Attributes:
        score: Mean over all query views, in [-1, 1]; see `assign_views`.
        pairs: Best first, equal ones by query view.
    """

    score: float
    pairs: tuple[ViewPair, ...]


def assign_views(similarities: Similarities, missing: float) -> Assignment:
    """Pair query views with figures.

    Args:
        similarities: float32 [Q, F], F ≥ 1.
        missing: What a query view counts that gets no partner because the publication has fewer
            views than the query: the similarity of a figure that has nothing to do with it, so
            that the publication is neither punished nor rewarded for views it lacks.

    Example:
        >>> found = assign_views(np.array([[0.9, 0.8], [0.7, 0.1]], np.float32), missing=0.0)
        >>> [(pair.query_idx, pair.figure_idx) for pair in found.pairs], round(found.score, 2)
        ([(0, 1), (1, 0)], 0.75)
    """
    n_views = similarities.shape[0]
    if n_views == 1:
        best = int(similarities[0].argmax())
        score = float(similarities[0, best])
        return Assignment(score, (ViewPair(0, best, score),))
    rows, columns = linear_sum_assignment(similarities, maximize=True)
    pairs = [
        ViewPair(int(q), int(f), float(similarities[q, f]))
        for q, f in zip(rows, columns, strict=True)
    ]
    total = sum(pair.similarity for pair in pairs) + missing * (n_views - len(pairs))
    pairs.sort(key=lambda pair: (-pair.similarity, pair.query_idx))
    return Assignment(total / n_views, tuple(pairs))
