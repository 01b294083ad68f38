"""How many designs would be this similar by chance: scores comparable between queries. Pure.

A cosine of 0.6 is a find for one drawing and nothing for another that looks like everything. So a
score is placed among the scores that the same query gives to a fixed random sample of the corpus,
the background: z = (score - median) / spread, the spread being the interquartile range over 1.349.
The upper tail of z has nearly one shape whatever is asked; it is pooled over the background's
figures asking the background itself, publications of their own and copies left out. Beyond the
pooled values it is carried on as an exponential, the simplest tail of extreme values (Pickands
1975, shape 0). The chance of one random design times the size of the corpus is the number of
designs expected to be this similar by chance, as BLAST reports it for sequences (Altschul et al.
1990). Divided by a hit's rank it estimates the share of chance finds down to there (Benjamini &
Hochberg 1995, with every design unrelated).

Random designs may be truly alike: a corpus full of bottles makes bottles expected. That is meant.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.ports import Embeddings
from search.assignment import assign_views

MIN_PUBLICATIONS = 40
"""Of fewer that differ, a background says too little; nothing is calibrated."""
WEAK = 1.0
"""A hit is weak where so many designs of the corpus, or more, are expected to be as similar."""
_IQR_OF_NORMAL = 1.349
_COPY = 0.9999
_TAIL = 50
_MAX_ASKING = 500


@dataclass(frozen=True, slots=True, eq=False)
class Tail:
    """Upper tail of standardised background scores.

    Attributes:
        scores: float64 [M] ascending.
    """

    scores: NDArray[np.float64]

    def chance(self, z: float) -> float:
        """Probability that a random design reaches `z`, in (0, 1]."""
        n = len(self.scores)
        n_above = n - int(np.searchsorted(self.scores, z, side="left"))
        if n_above >= _TAIL:
            return n_above / n
        beyond = self.scores[-_TAIL:]
        scale = max(float(np.mean(beyond - beyond[0])), 1e-9)
        return _TAIL / n * float(np.exp(-max(z - beyond[0], 0.0) / scale))


@dataclass(frozen=True, slots=True)
class Scale:
    """Where one query's background scores lie."""

    middle: float
    spread: float

    def standardise(self, score: float) -> float:
        """The score in spreads above the middle."""
        return (score - self.middle) / self.spread


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """A fixed random sample of the corpus.

    Attributes:
        rows: float32 [B, D], figures, those of one publication side by side.
        starts: int64 [P], where each publication's figures begin.
        publication_tail: For scores of publications.
        figure_tail: For scores of single figures.
    """

    rows: Embeddings
    starts: NDArray[np.int64]
    publication_tail: Tail
    figure_tail: Tail

    def publication_scale(self, views: list[Embeddings], missing: float) -> Scale:
        """Where the background's publications score for a query.

        Args:
            views: One float32 [V, D] a query view, its orientations.
            missing: As in `assign_views`.
        """
        best = self._best(views)  # (Q, B)
        if len(views) == 1:
            return scale_of(np.maximum.reduceat(best[0], self.starts))
        ends = [*self.starts[1:], best.shape[1]]
        scores = [
            assign_views(best[:, start:end], missing).score
            for start, end in zip(self.starts, ends, strict=True)
        ]
        return scale_of(np.asarray(scores))

    def figure_scale(self, views: list[Embeddings]) -> Scale:
        """Where the background's figures score for a query, by their best view."""
        return scale_of(self._best(views).max(axis=0))

    def _best(self, views: list[Embeddings]) -> Embeddings:
        return np.stack([(rows @ self.rows.T).max(axis=0) for rows in views])


def scale_of(scores: NDArray[np.floating]) -> Scale:
    """Median and interquartile range over 1.349; related designs among them hardly move either."""
    low, middle, high = np.quantile(scores, [0.25, 0.5, 0.75])
    return Scale(float(middle), max(float(high - low) / _IQR_OF_NORMAL, 1e-6))


def build_background(rows: Embeddings, starts: NDArray[np.int64]) -> Background | None:
    """Let a sample ask itself.

    Args:
        rows: float32 [B, D], as `Background`.
        starts: int64 [P].

    Returns:
        None where too few publications differ to say anything.
    """
    n_figures = np.diff([*starts, len(rows)])
    publication = np.repeat(np.arange(len(starts)), n_figures)
    asking = np.arange(0, len(rows), max(1, len(rows) // _MAX_ASKING))
    cosines = rows[asking] @ rows.T  # (A, B)
    by_figure, by_publication = [], []
    for row, own in zip(cosines, publication[asking], strict=True):
        others = (publication != own) & (row < _COPY)
        best = np.maximum.reduceat(row, starts)
        other = best[(np.arange(len(starts)) != own) & (best < _COPY)]
        if len(other) >= MIN_PUBLICATIONS - 1:
            by_figure.append(_standardised(row[others]))
            by_publication.append(_standardised(other))
    if len(by_publication) < MIN_PUBLICATIONS:
        return None
    return Background(rows, starts, _tail(by_publication), _tail(by_figure))


def _standardised(scores: NDArray[np.floating]) -> NDArray[np.float64]:
    scale = scale_of(scores)
    return (np.asarray(scores, np.float64) - scale.middle) / scale.spread


def _tail(standardised: list[NDArray[np.float64]]) -> Tail:
    return Tail(np.sort(np.concatenate(standardised)))
