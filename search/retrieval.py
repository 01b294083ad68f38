"""One search's branches, asked of the index and merged into one ranking.

Rankings are read in tiers: a page within the first 30 comes from the first 30, a page beyond it
from the first 300 less those listed already, and so on. What a rank holds never depends on which
page is asked for, so pages join without gap or repeat while the index stays as it is. An engine
cuts equal scores where it stands; so those equal to the last one read wait for the next tier, which
reads all of them, and equal scores are in order of id wherever a page ends.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from qdrant_client import models

from search import schema
from search.asked import BRANCH_NEWEST, BRANCH_TEXT_TO_IMAGE, Asked
from search.boost import is_raised, raise_matching, raised
from search.branches import Branch
from search.collapsing import collapse
from search.conditions import build_class_filter, build_filter
from search.contributions import contributions
from search.figure_queries import PayloadKeys
from search.hit_building import HIT_KEYS
from search.index import FigureIndex
from search.multi_view import RANKING_KEYS, ViewRanking
from search.query import MAX_DEPTH, SearchQuery
from search.query_picture import BRANCH_IMAGE, QueryPicture
from search.ranking import Match, MatchGroup, merge_figures, merge_views

FIGURES_PER_HIT = 8
"""Best figures listed with a publication."""
TIERS = (30, 300, MAX_DEPTH)


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
        by_publication = query.group == "publication"
        listed: list[MatchGroup] = []
        seen: set[str] = set()
        for tier in TIERS:
            found = self._first(query, tier + 1)
            complete = len(found) <= tier or tier == MAX_DEPTH
            certain = found if complete else _above_last(found)
            new = [group for group in certain if _key(query, group) not in seen]
            seen.update(_key(query, group) for group in new)
            listed += collapse(new, by_publication=by_publication) if query.collapse else new
            if len(listed) >= depth or complete:
                break
        return tuple(listed[:depth])

    def complete(self, groups: Sequence[MatchGroup]) -> tuple[MatchGroup, ...]:
        """Groups of a ranking with all that a page shows: best figures and `HIT_KEYS` of each.

        What left the index since it was ranked is left out.
        """
        if self.asked.is_listing:
            return tuple(groups)  # they came with everything
        if self._is_paired:
            return tuple(self._with_figures(groups))
        laid = self._with_orientations(groups) if self._is_turned else groups
        return self.with_facts(laid, HIT_KEYS)

    def _with_figures(self, groups: Sequence[MatchGroup]) -> list[MatchGroup]:
        ids = [group.publication_id for group in groups]
        scored = {
            group.publication_id: group
            for group in self._views(self.query).score_publications(ids, payload=HIT_KEYS)
        }
        return [
            raised(self.boost_of(group), replace(scored[group.publication_id], twins=group.twins))
            for group in groups
            if group.publication_id in scored
        ]

    def _with_orientations(self, groups: Sequence[MatchGroup]) -> list[MatchGroup]:
        matches = [match for group in groups for match in group.matches]
        laid = {m.figure_id: m for m in self._views(self.query).score_figures(matches)}
        return [
            raised(self.boost_of(group), replace(group, matches=(laid[m.figure_id],)))
            for group in groups
            for m in group.matches
            if m.figure_id in laid
        ]

    def with_facts(
        self, groups: Sequence[MatchGroup], payload: PayloadKeys = True
    ) -> tuple[MatchGroup, ...]:
        """Groups with whole payloads, or other keys than the `RANKING_KEYS` of a ranking."""
        figures = [match.figure_id for group in groups for match in group.matches]
        facts = self.index.payloads(figures, payload)

        def told(match: Match) -> Match:
            return replace(match, payload=facts.get(match.figure_id, match.payload))

        return tuple(replace(g, matches=tuple(map(told, g.matches))) for g in groups)

    def by_words(self, n_wanted: int) -> tuple[MatchGroup, ...]:
        """The publications whose words lie nearest to the pictures as drawn, with all their facts.

        Pictures and words share one space; publications without words are not among them.
        """
        rankings = [
            self.index.query(
                [replace(picture.as_drawn, using=schema.TEXT)],
                condition=self._condition(self.query),
                limit=n_wanted,
                group_size=1,
                exact=self.query.exact,
            )
            for picture in self.asked.pictures
        ]
        return merge_views(rankings, 1)[:n_wanted]

    @property
    def _is_paired(self) -> bool:
        """Whether query pictures alone rank publications."""
        by_publication = self.query.group == "publication"
        return by_publication and bool(self.asked.pictures) and not self.asked.words

    @property
    def _is_turned(self) -> bool:
        """Whether figures are ranked by pictures that were asked in several orientations."""
        pictures = () if self.asked.words else self.asked.pictures
        return any(len(picture.branches) > 1 for picture in pictures)

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
        if self._is_paired and len(self.asked.pictures) > 1:
            return self._views(query).first(n_wanted)
        group_size = (FIGURES_PER_HIT if self.asked.words else 1) if by_publication else None
        rankings = [
            self.index.query(
                branches,
                condition=self._condition(query),
                limit=n_wanted,
                group_size=group_size,
                exact=query.exact,
                fusion=query.fusion,
                payload=RANKING_KEYS,
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
        """What is asked in one call each: the fused branches, or every picture."""
        if self.asked.words:
            return [self.fused]
        return [(picture.laid,) for picture in self.asked.pictures]

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
        condition = self._condition(self.query)
        found = self.index.query(
            [picture.laid], condition=condition, limit=1, group_size=None, exact=self.query.exact
        )
        alone = replace(self._views(self.query), pictures=(picture,))
        for match in alone.score_figures([match for group in found for match in group.matches]):
            return next(b for b in picture.branches if b.orientation == match.orientation)
        return picture.as_drawn

    def explain(self, figure_ids: Sequence[str], depth: int) -> Mapping[str, Mapping[str, float]]:
        """The branches' shares of each figure's score, largest first, by figure id.

        Args:
            figure_ids: Figures of the first `depth` groups.
            depth: As in `groups`.
        """
        if not self.asked.words:
            name = BRANCH_NEWEST if self.asked.is_listing else BRANCH_IMAGE
            return {figure: {name: 1.0} for figure in figure_ids}
        rankings = self.index.rankings(
            self.fused,
            figure_ids,
            condition=self._condition(self.query),
            limit=next((tier for tier in TIERS if depth <= tier), MAX_DEPTH) + 1,
            exact=self.query.exact,
        )
        shares = {f: contributions(rankings, f, self.query.fusion) for f in figure_ids}
        return {figure: share or {BRANCH_TEXT_TO_IMAGE: 1.0} for figure, share in shares.items()}

    def boost_of(self, group: MatchGroup) -> float:
        """What was added to a group's cosines for its class."""
        is_cosine = self.asked.pictures and not self.asked.words
        return self.query.class_boost if is_cosine and is_raised(self.query, group) else 0.0

    def similarities(self, groups: Sequence[MatchGroup]) -> tuple[float | None, ...]:
        """How similar the query pictures are to each group: cosine, or mean of the paired ones."""
        if not self.asked.pictures:
            return (None,) * len(groups)
        if not self.asked.words:
            return tuple(group.score - self.boost_of(group) for group in groups)
        if self.query.group == "figure":
            return (None,) * len(groups)
        own = {
            group.publication_id: group.score
            for group in self._views(self.query).score_publications(
                [group.publication_id for group in groups]
            )
        }
        return tuple(own[group.publication_id] for group in groups)

    def _views(self, query: SearchQuery) -> ViewRanking:
        return ViewRanking(
            self.index,
            self.asked.pictures,
            self._condition(query),
            FIGURES_PER_HIT,
            query.exact,
        )

    def _condition(self, query: SearchQuery) -> models.Filter | None:
        return build_filter(query, excluded_publications=self.asked.own_publications)


def _above_last(found: Sequence[MatchGroup]) -> list[MatchGroup]:
    return [group for group in found if group.score > found[-1].score]


def _key(query: SearchQuery, group: MatchGroup) -> str:
    return group.publication_id if query.group == "publication" else group.matches[0].figure_id


def list_newest(index: FigureIndex, query: SearchQuery, depth: int) -> tuple[MatchGroup, ...]:
    """The newest publications that pass a query's filters, each with its first figure, score 0."""
    found = index.listing.newest(build_filter(query), views=query.views, limit=depth)
    matches = [Match(str(f["figure_id"]), str(f["publication_id"]), 0.0, f) for f in found]
    return tuple(MatchGroup(match.publication_id, (match,)) for match in matches)


def _shared(branches: Sequence[Branch], share: float) -> tuple[Branch, ...]:
    whole = sum(branch.weight for branch in branches)
    return tuple(replace(branch, weight=share * branch.weight / whole) for branch in branches)
