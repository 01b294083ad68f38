"""One search's branches, asked of the index and merged into one ranking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from search.asked import BRANCH_IMAGE, BRANCH_NEWEST, BRANCH_TEXT_TO_IMAGE, Asked
from search.boost import raise_matching
from search.conditions import build_class_filter, build_filter
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
        if self.asked.is_listing:
            return list_newest(self.index, query, depth)
        if query.has_class_boost and not self.asked.words:
            wide, narrow = (
                self._ranked(q, depth) for q in (query.without_class_boost(), query.within_class())
            )
            return raise_matching(query, wide, narrow)[:depth]
        return self._ranked(query, depth)

    def _ranked(self, query: SearchQuery, depth: int) -> tuple[MatchGroup, ...]:
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
        """All branches with their shares: pictures `image_weight`, words the rest.

        Where classes raise what matches, each looks within them once more, with `class_boost` of
        its weight.
        """
        share = self.query.image_weight if self.asked.pictures else 0
        every = (*_shared(self.asked.pictures, share), *_shared(self.asked.words, 1 - share))
        branches = tuple(branch for branch in every if branch.weight > 0)
        if not self.query.has_class_boost:
            return branches
        within, boost = build_class_filter(self.query), self.query.class_boost
        return branches + tuple(
            replace(branch, weight=branch.weight * boost, within=within) for branch in branches
        )

    def branches_of(self, matches: Sequence[Match], depth: int) -> Mapping[str, str]:
        """The branch that ranked each figure highest."""
        if not self.asked.words:
            name = BRANCH_NEWEST if self.asked.is_listing else BRANCH_IMAGE
            return {match.figure_id: name for match in matches}
        ids = [match.figure_id for match in matches]
        condition = build_filter(self.query, excluded_publications=self.asked.own_publications)
        ranks = self.index.ranks(
            self.fused, ids, condition=condition, limit=depth, exact=self.query.exact
        )
        return {figure: best_branch(figure, ranks) or BRANCH_TEXT_TO_IMAGE for figure in ids}


def list_newest(index: FigureIndex, query: SearchQuery, depth: int) -> tuple[MatchGroup, ...]:
    """The newest publications that pass a query's filters, each with its first figure, score 0."""
    found = index.listing.newest(build_filter(query), views=query.views, limit=depth)
    matches = [Match(str(f["figure_id"]), str(f["publication_id"]), 0.0, f) for f in found]
    return tuple(MatchGroup(match.publication_id, (match,)) for match in matches)


def _shared(branches: Sequence[Branch], share: float) -> tuple[Branch, ...]:
    whole = sum(branch.weight for branch in branches)
    return tuple(replace(branch, weight=share * branch.weight / whole) for branch in branches)
