"""Searches: a query and its pictures in, ranked publications out."""

import time
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from core.errors import IndexNotReady, QueryInvalid
from core.ports import Encoder, GreyImage
from search.asked import Asked, read_asked
from search.boost import is_raised
from search.class_votes import N_NEIGHBOURS, ClassSuggestion, Level, vote
from search.conditions import passes_class_filter
from search.facets import FACET_DEPTH, Facets, count_all, count_ranked
from search.hits import FigureHit, PublicationHit, SearchResult
from search.index import FigureIndex
from search.orientation import Orientations
from search.query import SearchQuery
from search.ranking import MatchGroup
from search.retrieval import Retrieval

LEAK_DEPTH = 50
"""How many unfiltered publications are looked at for what a class filter hides."""
EMPTY_INDEX = (
    "the index holds no figures: nothing was taken in yet, or it is being rebuilt; take archives in"
    " with `limn ingest`, or wait for `limn reindex`"
)


class SearchService:
    """Answers searches from one index with one encoder."""

    def __init__(self, index: FigureIndex, encoder: Encoder) -> None:
        self._index = index
        self._encoder = encoder
        self._orientations = Orientations(encoder)

    def search(self, query: SearchQuery, images: Sequence[GreyImage] = ()) -> SearchResult:
        """Rank publications (or figures) for a query.

        Args:
            query: What is asked.
            images: Query pictures, uint8 [H, W]: views of one design. Several are paired with a
                publication's views, see `search.assignment`.

        Raises:
            QueryInvalid: Nothing is asked, an indexed figure is unknown, or too many pictures.
            IndexUnavailable: Qdrant does not answer.
            IndexNotReady: There are no figures in the index.
        """
        started = time.perf_counter()
        clock = _Clock()
        asked = self._asked(query, images)
        clock.lap("encode")
        search = Retrieval(self._index, query, asked)
        depth = query.offset + query.limit
        groups = search.groups(query, depth)[query.offset : depth]
        if not groups and not self._index.count():
            raise IndexNotReady(EMPTY_INDEX)
        clock.lap("search")
        branches = search.branches_of([m for group in groups for m in group.matches], depth)
        if asked.words:
            clock.lap("explain")
        hidden = 0
        if query.has_class_filter and not asked.is_listing:
            hidden = _count_hidden(query, search.groups(query.without_class_filter(), LEAK_DEPTH))
            clock.lap("leak")
        hits = tuple(
            _hit(rank, group, branches, boost=_boost(query, asked, group))
            for rank, group in enumerate(groups, query.offset + 1)
        )
        total_ms = (time.perf_counter() - started) * 1000
        return SearchResult(hits, total_ms, MappingProxyType(clock.laps_ms), hidden)

    def _asked(self, query: SearchQuery, images: Sequence[GreyImage]) -> Asked:
        laid = self._orientations.tolerated(query.orientation, len(images))
        return read_asked(self._index, self._encoder, query, images, laid)

    def facets(self, query: SearchQuery, images: Sequence[GreyImage] = ()) -> Facets:
        """Count what a search is spread over; its page and level play no part.

        Raises:
            QueryInvalid: As `search`.
            IndexUnavailable: Qdrant does not answer.
        """
        asked = self._asked(query, images)
        if asked.is_listing:
            return count_all(self._index, query)
        whole = query.model_copy(update={"group": "publication"})
        return count_ranked(Retrieval(self._index, whole, asked).groups(whole, FACET_DEPTH))

    def suggest_classes(
        self, query: SearchQuery, images: Sequence[GreyImage] = ()
    ) -> dict[Level, tuple[ClassSuggestion, ...]]:
        """Classes for pictures that have none, by a vote of the most similar publications.

        Args:
            query: What is asked beside the pictures; its classes play no part, its words neither.
            images: As in `search`.

        Raises:
            QueryInvalid: As `search`, and where there is no picture.
            IndexUnavailable: Qdrant does not answer.
        """
        wide = query.without_class_filter().without_class_boost()
        whole = wide.model_copy(update={"group": "publication", "text": None})
        if not (images or query.asks_by_picture):
            raise QueryInvalid("classes are suggested for a picture: give one, or a figure id")
        asked = self._asked(whole, images)
        found = Retrieval(self._index, whole, asked).groups(whole, 2 * N_NEIGHBOURS)
        levels: tuple[Level, ...] = ("locarno_class", "locarno", "us_class_main")
        return {level: vote(found, level) for level in levels}


class _Clock:
    """Wall time of the parts of one search."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self.laps_ms: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps_ms[name] = (now - self._last) * 1000
        self._last = now


def _count_hidden(query: SearchQuery, unfiltered: Sequence[MatchGroup]) -> int:
    codes = {g.publication_id: g.matches[0].payload.get("locarno", ()) for g in unfiltered}
    return sum(not passes_class_filter(query, locarno) for locarno in codes.values())


def _boost(query: SearchQuery, asked: Asked, group: MatchGroup) -> float:
    is_cosine = asked.pictures and not asked.words
    return query.class_boost if is_cosine and is_raised(query, group) else 0.0


def _hit(
    rank: int, group: MatchGroup, branches: Mapping[str, str], *, boost: float
) -> PublicationHit:
    facts = group.matches[0].payload
    return PublicationHit(
        rank=rank,
        publication_id=group.publication_id,
        title=str(facts.get("title", "")),
        locarno=tuple(facts.get("locarno", ())),
        score=group.score,
        figures=tuple(
            FigureHit(
                figure_id=match.figure_id,
                view=str(match.payload.get("view", "unknown")),
                label=match.payload.get("label"),
                score=match.score,
                branch=branches[match.figure_id],
                query_view=match.query_view,
                orientation=match.orientation,
            )
            for match in group.matches
        ),
        class_boost=boost,
    )
