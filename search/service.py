"""Searches: a query and its pictures in, ranked publications out."""

import time
from collections.abc import Sequence
from types import MappingProxyType

from core.errors import IndexNotReady, QueryInvalid
from core.ports import Encoder, GreyImage
from core.walled_off import WalledOff
from search.asked import Asked, read_asked
from search.background import BackgroundKeeper
from search.class_votes import N_NEIGHBOURS, ClassSuggestion, Level, vote
from search.comparison import Comparisons, compare
from search.conditions import passes_class_filter
from search.facets import (
    FACET_DEPTH,
    Facets,
    count_all,
    count_listed,
    count_ranked,
    frequent_values,
)
from search.hit_building import build_hit, hidden_hit, weak_from
from search.hits import HiddenHit, PublicationHit, SearchResult
from search.index import FigureIndex
from search.orientation import Orientations
from search.query import SearchQuery
from search.ranking import MatchGroup
from search.retrieval import Retrieval, list_newest

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
        self._backgrounds = BackgroundKeeper(index)
        self._walled_off = WalledOff(
            lambda hidden_uploads: SearchService(index.without(hidden_uploads), encoder)
        )

    def without(self, hidden_uploads: frozenset[str]) -> "SearchService":
        """The same searches, to which what came with some uploads does not exist.

        The last ones asked for are kept, with their background samples.
        """
        if not hidden_uploads:
            return self
        return self._walled_off.without(hidden_uploads)

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
        groups = search.complete(search.groups(query, depth)[query.offset : depth])
        n_figures = self._index.count()
        if not n_figures:
            raise IndexNotReady(EMPTY_INDEX)
        clock.lap("search")
        hits = self._hits(search, groups)
        clock.lap("explain")
        hidden: tuple[HiddenHit, ...] = ()
        if query.has_class_filter and not asked.is_listing:
            hidden = self._hidden(search)
            clock.lap("leak")
        return SearchResult(
            hits=hits,
            total_ms=(time.perf_counter() - started) * 1000,
            timings_ms=MappingProxyType(clock.laps_ms),
            hidden=hidden,
            weak_from=None if asked.words else weak_from(hits),
            n_figures=n_figures,
        )

    def warm_up(self) -> None:
        """Do once what the first search would wait for.

        Vectors are read, the background is sampled, and the encoder shows what it tells apart.

        Raises:
            IndexUnavailable: Qdrant does not answer.
        """
        first = list_newest(self._index, SearchQuery(), 1)
        if first:
            likes = (first[0].matches[0].figure_id,)
            self.search(SearchQuery(text="warm", figure_ids=likes))
            self.search(SearchQuery(figure_ids=likes))
            self._orientations.tolerated("auto", 1)

    def _hits(self, search: Retrieval, groups: Sequence[MatchGroup]) -> tuple[PublicationHit, ...]:
        query, pictures = search.query, search.asked.pictures
        similarities = search.similarities(groups)
        calibration = None
        if any(similarity is not None for similarity in similarities):
            by_publication = query.group == "publication"
            calibration = self._backgrounds.calibrate(
                pictures, by_publication=by_publication, exact=query.exact
            )
        figures = [match.figure_id for group in groups for match in group.matches]
        shares = search.explain(figures, query.offset + query.limit)
        return tuple(
            build_hit(rank, group, shares, search.boost_of(group), similarity, calibration)
            for rank, (group, similarity) in enumerate(
                zip(groups, similarities, strict=True), query.offset + 1
            )
        )

    def _hidden(self, search: Retrieval) -> tuple[HiddenHit, ...]:
        """What of the same search the class filter hides."""
        query = search.query
        wide = search.groups(query.without_class_filter(), LEAK_DEPTH)
        out = {
            rank: group
            for rank, group in enumerate(wide, 1)
            if not passes_class_filter(query, group.matches[0].payload.get("locarno", ()))
        }
        facts = self._index.payloads([group.matches[0].figure_id for group in out.values()])
        return tuple(
            hidden_hit(rank, group, facts.get(group.matches[0].figure_id, {}))
            for rank, group in out.items()
        )

    def _asked(self, query: SearchQuery, images: Sequence[GreyImage]) -> Asked:
        return read_asked(self._index, self._encoder, query, images, self._orientations)

    def facets(self, query: SearchQuery, images: Sequence[GreyImage] = ()) -> Facets:
        """Count what a search is spread over; its page and level play no part.

        Raises:
            QueryInvalid: As `search`.
            IndexUnavailable: Qdrant does not answer.
        """
        asked = self._asked(query, images)
        if asked.is_listing:
            return count_all(self._index, query)
        whole = query.model_copy(update={"group": "publication", "collapse": False})
        search = Retrieval(self._index, whole, asked)
        return count_ranked(search.with_facts(search.groups(whole, FACET_DEPTH)))

    def choices(self) -> dict[str, list[str]]:
        """What filters can be chosen from, most frequent first; see `facets.CHOICES`.

        Raises:
            IndexUnavailable: Qdrant does not answer.
        """
        return frequent_values(self._index)

    def count_listed(self, query: SearchQuery) -> int | None:
        """How many publications pass the filters of a query that asks for no likeness.

        Returns:
            None for several views at once: the index can only count their figures.

        Raises:
            IndexUnavailable: Qdrant does not answer.
        """
        return count_listed(self._index, query)

    def compare(
        self, query: SearchQuery, images: Sequence[GreyImage], publication_ids: Sequence[str]
    ) -> Comparisons:
        """Pair the views of given publications with the query pictures.

        Args:
            query: For figures that are liked and disliked; its words and filters play no part.
            images: As in `search`.
            publication_ids: Those of the query may be among them.

        Raises:
            QueryInvalid: As `search`, and where there is no picture.
            IndexUnavailable: Qdrant does not answer.
        """
        if not (images or query.asks_by_picture):
            raise QueryInvalid("views are compared with a picture: give one, or a figure id")
        asked = self._asked(query.model_copy(update={"text": None}), images)
        return compare(self._index, asked, publication_ids)

    def suggest_classes(
        self, query: SearchQuery, images: Sequence[GreyImage] = ()
    ) -> dict[Level, tuple[ClassSuggestion, ...]]:
        """Classes for pictures that have none, by a vote of the most similar publications.

        Those that look most alike vote, and those whose words lie nearest to the pictures.

        Args:
            query: What is asked beside the pictures; its classes play no part, its words neither.
            images: As in `search`.

        Raises:
            QueryInvalid: As `search`, and where there is no picture.
            IndexUnavailable: Qdrant does not answer.
        """
        wide = query.without_class_filter().without_class_boost()
        whole = wide.model_copy(update={"group": "publication", "text": None, "collapse": False})
        if not (images or query.asks_by_picture):
            raise QueryInvalid("classes are suggested for a picture: give one, or a figure id")
        asked = self._asked(whole, images)
        search = Retrieval(self._index, whole, asked)
        alike = search.with_facts(search.groups(whole, 2 * N_NEIGHBOURS))
        told_alike = search.by_words(2 * N_NEIGHBOURS)
        levels: tuple[Level, ...] = ("locarno_class", "locarno", "us_class_main")
        return {level: vote((alike, told_alike), level) for level in levels}


class _Clock:
    """Wall time of the parts of one search."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self.laps_ms: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps_ms[name] = (now - self._last) * 1000
        self._last = now
