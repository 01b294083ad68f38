"""Publications ranked for several query pictures by the best pairing of views.

The engine lists, for each query picture alone, the publications with the most similar figure. The
mean of a publication's best similarities bounds its paired score from above, so candidates are
scored in order of that bound, all their views with all query pictures, until no bound can reach
the last place any more: Fagin's threshold algorithm (Fagin, Lotem & Naor 2003). A publication
in none of the lists is bounded by the lists' last scores; an exact search lengthens the lists
until that bound is out of reach too, so that it misses nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from qdrant_client import models

from core.ports import Embeddings
from search.assignment import assign_views
from search.branches import Branch
from search.figure_queries import FigureQueries, PayloadKeys
from search.query_picture import QueryPicture
from search.ranking import Match, MatchGroup, order, order_groups

MISSING_VIEW = 0.0
"""What a query view counts that a publication has no figure left for. Unrelated drawings have
cosines about 0 with this kind of encoder (0.03 in the middle for 40 real patents)."""
RANKING_KEYS = ("locarno", "family", "picture")
"""What ranking looks at; the rest of the payload is fetched for the hits of a page."""
_SCORED_TOGETHER = 100
_LENGTHENING = 4
_ROUNDING = 1e-5


@dataclass(frozen=True, slots=True)
class ViewRanking:
    """Ranks publications for query pictures among what passes a filter.

    Attributes:
        pictures: Two or more.
        figures_per_hit: Most figures kept of a publication.
        exact: No approximation at all.
    """

    index: FigureQueries
    pictures: tuple[QueryPicture, ...]
    condition: models.Filter | None
    figures_per_hit: int
    exact: bool

    def first(self, n_wanted: int) -> tuple[MatchGroup, ...]:
        """The first `n_wanted` publications by paired score; fewer where no more pass."""
        scored: dict[str, MatchGroup] = {}
        depth = n_wanted
        while True:
            bounds, unseen = self._bounds(depth)
            self._score(scored, bounds, n_wanted)
            ranked = order_groups(scored.values())[:n_wanted]
            certain = unseen is None or (
                len(ranked) == n_wanted and ranked[-1].score > unseen + _ROUNDING
            )
            if certain or not self.exact:
                return ranked
            depth *= _LENGTHENING

    def _bounds(self, depth: int) -> tuple[dict[str, float], float | None]:
        """What each listed publication can score at most, and any other one.

        Returns:
            Bounds by publication id, best first; None where the lists hold every publication.
        """
        lists = [
            {group.publication_id: max(group.score, MISSING_VIEW) for group in found}
            for found in (self._nearest(picture, depth) for picture in self.pictures)
        ]
        ends = [min(best.values(), default=MISSING_VIEW) for best in lists]
        bounds = {
            publication: float(
                np.mean([best.get(publication, end) for best, end in zip(lists, ends, strict=True)])
            )
            for publication in dict.fromkeys(p for best in lists for p in best)
        }
        best_first = sorted(bounds.items(), key=lambda pair: (-pair[1], pair[0]))
        complete = any(len(best) < depth for best in lists)
        return dict(best_first), None if complete else float(np.mean(ends))

    def _nearest(self, picture: QueryPicture, depth: int) -> tuple[MatchGroup, ...]:
        """The first `depth` publications for one picture in any of its orientations."""
        return self.index.query(
            [picture.laid],
            condition=self.condition,
            limit=depth,
            group_size=1,
            exact=self.exact,
            payload=(),
        )

    def _score(
        self, scored: dict[str, MatchGroup], bounds: dict[str, float], n_wanted: int
    ) -> None:
        """Score publications in order of their bounds while one may reach the first `n_wanted`."""
        waiting = [publication for publication in bounds if publication not in scored]
        while waiting:
            if len(scored) >= n_wanted:
                last = sorted((group.score for group in scored.values()), reverse=True)
                if bounds[waiting[0]] < last[n_wanted - 1] - _ROUNDING:
                    return
            batch, waiting = waiting[:_SCORED_TOGETHER], waiting[_SCORED_TOGETHER:]
            for group in self.score_publications(batch):
                scored[group.publication_id] = group

    def score_publications(
        self, publication_ids: Sequence[str], *, payload: PayloadKeys = RANKING_KEYS
    ) -> tuple[MatchGroup, ...]:
        """The paired scores of given publications, in no order; figures come with their payload."""
        if not publication_ids:
            return ()
        branches, figures, cosines = self._compared(publication_ids, payload)
        positions: dict[str, list[int]] = {}
        for i, figure in enumerate(figures):
            positions.setdefault(figure.publication_id, []).append(i)
        return tuple(
            self._group([figures[i] for i in own], cosines[:, own], branches)
            for own in positions.values()
        )

    def score_figures(self, matches: Sequence[Match]) -> tuple[Match, ...]:
        """Figures with their similarity in the best orientation of the best picture, and which.

        Figures that left the index are left out.
        """
        if not matches:
            return ()
        publication_ids = [match.publication_id for match in matches]
        branches, figures, cosines = self._compared(publication_ids, ())
        best = {
            figure.figure_id: (i, int(cosines[:, i].argmax())) for i, figure in enumerate(figures)
        }
        return tuple(
            _laid(match, float(cosines[m, i]), branches[m])
            for match in matches
            if match.figure_id in best
            for i, m in (best[match.figure_id],)
        )

    def _compared(
        self, publication_ids: Sequence[str], payload: PayloadKeys
    ) -> tuple[list[Branch], tuple[Match, ...], Embeddings]:
        """Every orientation of every picture, M of them, against figures; float32 [M, F]."""
        branches = [branch for picture in self.pictures for branch in picture.branches]
        figures, cosines = self.index.similarities(
            np.concatenate([picture.rows for picture in self.pictures]),
            list(dict.fromkeys(publication_ids)),
            condition=self.condition,
            payload=payload,
        )
        return branches, figures, cosines

    def _group(
        self, figures: Sequence[Match], cosines: Embeddings, branches: Sequence[Branch]
    ) -> MatchGroup:
        """One publication.

        Args:
            figures: F of them, by id.
            cosines: float32 [M, F], every branch against every figure.
            branches: M of them, of the pictures in turn.
        """
        bounds = np.cumsum([0, *(len(picture.branches) for picture in self.pictures)])
        spans = list(pairwise(bounds))
        best = np.stack([cosines[start:end].max(axis=0) for start, end in spans])  # (Q, F)
        laid = np.stack([start + cosines[start:end].argmax(axis=0) for start, end in spans])

        def match(query_idx: int, figure_idx: int) -> Match:
            branch = branches[int(laid[query_idx, figure_idx])]
            return _laid(figures[figure_idx], float(best[query_idx, figure_idx]), branch)

        assignment = assign_views(best, MISSING_VIEW)
        paired = [match(pair.query_idx, pair.figure_idx) for pair in assignment.pairs]
        taken = {pair.figure_idx for pair in assignment.pairs}
        others = order(
            match(int(best[:, i].argmax()), i) for i in range(len(figures)) if i not in taken
        )
        kept = (*paired, *others)[: self.figures_per_hit]
        return MatchGroup(figures[0].publication_id, kept, assignment.score)


def _laid(figure: Match, similarity: float, branch: Branch) -> Match:
    # Written out: `dataclasses.replace` takes four times as long, for every figure of a page.
    return Match(
        figure.figure_id,
        figure.publication_id,
        similarity,
        figure.payload,
        branch.query_view,
        branch.orientation,
    )
