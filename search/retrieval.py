"""One search's branches, asked of the index and merged into one ranking.

Rankings are read in tiers: a page within the first 100 comes from the first 100, a page beyond it
from the first 1,000 less those listed already, and so on. What a rank holds never depends on which
page is asked for, so pages join without gap or repeat while the index stays as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from search.asked import BRANCH_NEWEST, BRANCH_TEXT_TO_IMAGE, Asked
from search.boost import raise_matching
from search.branches import Branch
from search.conditions import build_class_filter, build_filter
from search.index import FigureIndex
from search.multi_view import ViewRanking
from search.query import MAX_DEPTH, SearchQuery
from search.query_picture import BRANCH_IMAGE, QueryPicture
from search.ranking import Match, MatchGroup, best_branch, merge_figures, merge_views

FIGURES_PER_HIT = 8
"""Best figures listed with a publication."""
TIERS = (100, 1000, MAX_DEPTH)


@dataclass(frozen=True)
class Retrieval:
    """One search's branches, ready to be asked with one filter or another."""

    index: FigureIndex
    query: SearchQuery
    asked: Asked

    def groups(self, query: SearchQuery, depth: int) -> tuple[MatchGroup, ...]:
        """The first `depth` groups that pass `query`'s filters."""
        if self.asked.is_listing:
            return list_newest(self.index, query, depth)
        listed: dict[str, MatchGroup] = {}
        for tier in TIERS:
            found = self._first(query, tier)
            for group in found:
                key = group.publication_id
                if query.group == "figure":
                    key = group.matches[0].figure_id
                if len(listed) < tier:
                    listed.setdefault(key, group)
            if len(listed) >= depth or len(found) < tier:
                break
        return tuple(listed.values())[:depth]

    def _first(self, query: SearchQuery, n_wanted: int) -> tuple[MatchGroup, ...]:
        """The first groups of a ranking that is read `n_wanted` deep."""
        if query.has_class_boost and not self.asked.words:
            wide, narrow = (
                self._ranked(q, n_wanted)
                for q in (query.without_class_boost(), query.within_class())
            )
            return raise_matching(query, wide, narrow)[:n_wanted]
        return self._ranked(query, n_wanted)

    def _ranked(self, query: SearchQuery, n_wanted: int) -> tuple[MatchGroup, ...]:
        by_publication = query.group == "publication"
        condition = build_filter(query, excluded_publications=self.asked.own_publications)
        if by_publication and len(self.asked.pictures) > 1 and not self.asked.words:
            return ViewRanking(
                self.index, self.asked.pictures, condition, FIGURES_PER_HIT, query.exact
            ).first(n_wanted)
        rankings = [
            self.index.query(
                branches,
                condition=condition,
                limit=n_wanted,
                group_size=FIGURES_PER_HIT if by_publication else None,
                exact=query.exact,
            )
            for branches in self._asked_alone
        ]
        if len(rankings) == 1:
            return rankings[0]
        if by_publication:
            return merge_views(rankings, FIGURES_PER_HIT)[:n_wanted]
        return merge_figures(rankings)[:n_wanted]

    @property
    def _asked_alone(self) -> list[tuple[Branch, ...]]:
        """What is asked in one call each: the fused branches, or every picture as it is laid."""
        if self.asked.words:
            return [self.fused]
        return [(branch,) for picture in self.asked.pictures for branch in picture.branches]

    @cached_property
    def fused(self) -> tuple[Branch, ...]:
        """All branches with their shares: pictures `image_weight`, words the rest.

        Where classes raise what matches, each looks within them once more, with `class_boost` of
        its weight.
        """
        pictures = [self._best_laid(picture) for picture in self.asked.pictures]
        share = self.query.image_weight if pictures else 0
        every = (*_shared(pictures, share), *_shared(self.asked.words, 1 - share))
        branches = tuple(branch for branch in every if branch.weight > 0)
        if not self.query.has_class_boost:
            return branches
        within, boost = build_class_filter(self.query), self.query.class_boost
        return branches + tuple(
            replace(branch, weight=branch.weight * boost, within=within) for branch in branches
        )

    def _best_laid(self, picture: QueryPicture) -> Branch:
        """The orientation that finds the most similar figure: one branch takes part in a fusion."""
        if len(picture.branches) == 1:
            return picture.as_drawn
        condition = build_filter(self.query, excluded_publications=self.asked.own_publications)

        def best_score(branch: Branch) -> float:
            found = self.index.query(
                [branch], condition=condition, limit=1, group_size=None, exact=self.query.exact
            )
            return found[0].score if found else 0.0

        return max(picture.branches, key=best_score)

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
