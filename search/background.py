"""The background sample of a collection, fetched once and again when the collection has changed."""

import threading
from dataclasses import dataclass

import numpy as np

from search.calibration import MIN_PUBLICATIONS, WEAK, Background, Scale, build_background
from search.index import FigureIndex
from search.listing import leading
from search.multi_view import MISSING_VIEW
from search.query_picture import QueryPicture

N_SAMPLED = 300
"""Publications in the background, with all their figures."""
_STALE = 0.1
"""Share by which the number of publications may change before the sample is taken anew."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Turns the scores of one query into numbers of designs.

    Attributes:
        n_designs: Publications in the collection, or figures where figures are ranked.
    """

    n_designs: int
    background: Background
    scale: Scale
    by_publication: bool

    def expected_by_chance(self, similarity: float) -> float:
        """How many designs of the collection are expected to be this similar by chance."""
        background = self.background
        tail = background.publication_tail if self.by_publication else background.figure_tail
        return self.n_designs * tail.chance(self.scale.standardise(similarity))


class BackgroundKeeper:
    """Keeps the background of one collection.

    The sample is the publications whose first figure has the lowest point ids. These are hashes,
    so it is random, the same in every process, and stays mostly the same while the collection
    grows.
    """

    def __init__(self, index: FigureIndex) -> None:
        self._index = index
        self._lock = threading.Lock()
        self._kept: tuple[int, Background | None] | None = None

    def calibrate(
        self, pictures: tuple[QueryPicture, ...], *, by_publication: bool, exact: bool
    ) -> Calibration | None:
        """Calibrate one query.

        Args:
            pictures: One or more.
            by_publication: Whether publications are ranked, or figures.
            exact: Take the sample of the collection as it is now, however little changed.

        Returns:
            None for a collection too small to say.
        """
        n_publications = self._index.count(leading(None, views=()))
        if n_publications < MIN_PUBLICATIONS:
            return None
        background = self._background(n_publications, exact=exact)
        if background is None:
            return None
        views = [picture.rows for picture in pictures]
        if by_publication:
            scale = background.publication_scale(views, MISSING_VIEW)
            return Calibration(n_publications, background, scale, by_publication=True)
        scale = background.figure_scale(views)
        return Calibration(self._index.count(), background, scale, by_publication=False)

    def _background(self, n_publications: int, *, exact: bool) -> Background | None:
        with self._lock:
            if self._kept is not None:
                n_then, background = self._kept
                changed = abs(n_publications - n_then)
                if changed == 0 or (not exact and changed <= _STALE * n_then):
                    return background
            figures = self._index.listing.sample(N_SAMPLED)
            starts = np.cumsum([0, *(len(rows) for rows in figures[:-1])])
            background = build_background(np.concatenate(figures), starts)
            self._kept = (n_publications, background)
            return background


def is_weak(expected_by_chance: float | None) -> bool:
    """Whether so many designs are expected to be as similar that a hit says little."""
    return expected_by_chance is not None and expected_by_chance >= WEAK
