"""One search's branches, asked of the index and merged into one ranking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from search.asked import BRANCH_IMAGE, BRANCH_TEXT_TO_IMAGE, Asked
from search.conditions import build_filter
from search.index import Branch, FigureIndex
from search.query import SearchQuery
from search.ranking import Match, MatchGroup, best_branch, merge_figures, merge_views

FIGURES_PER_HIT = 8
"""Best figures listed with a publication."""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """One search's branches, ready to be asked with one filter or another."""

    index: FigureIndex
    query: SearchQuery
    asked: Asked

    def groups(self, query: SearchQuery, depth: int) -> tuple[MatchGroup, ...]:
        """The first `depth` groups that pass `query`'s filters."""
        by_publication = query.group == "publication"
        condition = build_filter(query, excluded_publications=self.asked.own_publications)
        pictures = [(picture,) for picture in self.asked.pictures]
        rankings = [
            self.index.query(
                branches,
                condition=condition,
                limit=depth,
                group_size=FIGURES_PER_HIT if by_publication else None,
                exact=query.exact,
            )
            for branches in ([self.fused] if self.asked.words else pictures)
        ]
        if len(rankings) == 1:
            return rankings[0]
        if by_publication:
            return merge_views(rankings, FIGURES_PER_HIT)[:depth]
        return merge_figures(rankings)[:depth]

    @property
    def fused(self) -> tuple[Branch, ...]:
        """All branches with their shares: pictures `image_weight`, words the rest."""
        if not self.asked.pictures:
            return self.asked.words
        share = self.query.image_weight
        pictures = _shared(self.asked.pictures, share)
        return tuple(b for b in (*pictures, *_shared(self.asked.words, 1 - share)) if b.weight > 0)

    def branches_of(self, matches: Sequence[Match], depth: int) -> Mapping[str, str]:
        """The branch that ranked each figure highest."""
        if not self.asked.words:
            return {match.figure_id: BRANCH_IMAGE for match in matches}
        ids = [match.figure_id for match in matches]
        condition = build_filter(self.query, excluded_publications=self.asked.own_publications)
        ranks = self.index.ranks(
            self.fused, ids, condition=condition, limit=depth, exact=self.query.exact
        )
        return {figure: best_branch(figure, ranks) or BRANCH_TEXT_TO_IMAGE for figure in ids}


def _shared(branches: Sequence[Branch], share: float) -> tuple[Branch, ...]:
    weight = share / len(branches)
    return tuple(Branch(b.name, b.using, b.vector, weight) for b in branches)
