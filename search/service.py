"""Searches: a query and its pictures in, ranked publications out."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from core.errors import QueryInvalid
from core.ports import Encoder, GreyImage
from search import schema
from search.conditions import build_filter, passes_class_filter
from search.index import Branch, FigureIndex
from search.query import SearchQuery
from search.ranking import Match, MatchGroup, best_branch, merge_figures, merge_views

MAX_IMAGES = 32
"""Query pictures of one search."""
FIGURES_PER_HIT = 8
"""Best figures listed with a publication."""
LEAK_DEPTH = 50
"""How many unfiltered publications are looked at for what a class filter hides."""

BRANCH_IMAGE = "image"
BRANCH_TEXT_TO_IMAGE = "text-image"
BRANCH_TEXT = "text"
BRANCH_WORDS = "words"


@dataclass(frozen=True, slots=True)
class FigureHit:
    """One figure of a hit.

    Attributes:
        score: See `SearchResult`.
        branch: What found it: ``image`` (picture against picture), ``text-image`` (words against
            picture), ``text`` (words against description) or ``words`` (BM25).
    """

    figure_id: str
    view: str
    label: str | None
    score: float
    branch: str


@dataclass(frozen=True, slots=True)
class PublicationHit:
    """One ranked publication with its best figures, best first.

    Attributes:
        rank: 1 for the best; pages continue the count.
        locarno: All its codes, main first.
        score: That of its best figure.
    """

    rank: int
    publication_id: str
    title: str
    locarno: tuple[str, ...]
    score: float
    figures: tuple[FigureHit, ...]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found.

    Scores: picture queries ("more like this" included) give the cosine between query and figure,
    in [-1, 1], comparable between queries of one encoder; with several pictures, that of the best
    one. As soon as text takes part, the score is a fused rank score (reciprocal rank), which
    orders this result and compares with no other.

    Attributes:
        timings_ms: Parts of `total_ms`: ``encode``, ``search`` and, where a class filter is set,
            ``leak``; ``explain`` where text takes part.
        hidden_by_filter: How many of the first 50 publications of the same search without its
            Locarno filter that filter hides; 0 without one.
    """

    hits: tuple[PublicationHit, ...]
    total_ms: float
    timings_ms: Mapping[str, float]
    hidden_by_filter: int


class SearchService:
    """Answers searches from one index with one encoder."""

    def __init__(self, index: FigureIndex, encoder: Encoder) -> None:
        self._index = index
        self._encoder = encoder

    def search(self, query: SearchQuery, images: Sequence[GreyImage] = ()) -> SearchResult:
        """Rank publications (or figures) for a query.

        Args:
            query: What is asked.
            images: Query pictures, uint8 [H, W]; each is compared by itself, the best one counts.

        Raises:
            QueryInvalid: Nothing is asked, an indexed figure is unknown, or too many pictures.
            IndexUnavailable: Qdrant does not answer.
        """
        started = time.perf_counter()
        clock = _Clock()
        pictures, own_publications = self._picture_branches(query, images)
        words = self._text_branches(query)
        clock.lap("encode")
        search = _Search(self._index, query, pictures, words, own_publications)
        depth = query.offset + query.limit
        groups = search.groups(query, depth)[query.offset : depth]
        clock.lap("search")
        branches = search.branches_of([m for group in groups for m in group.matches], depth)
        if words:
            clock.lap("explain")
        hidden = 0
        if query.has_class_filter:
            hidden = _count_hidden(query, search.groups(query.without_class_filter(), LEAK_DEPTH))
            clock.lap("leak")
        hits = tuple(
            _hit(rank, group, branches) for rank, group in enumerate(groups, query.offset + 1)
        )
        total_ms = (time.perf_counter() - started) * 1000
        return SearchResult(hits, total_ms, MappingProxyType(clock.laps_ms), hidden)

    def _picture_branches(
        self, query: SearchQuery, images: Sequence[GreyImage]
    ) -> tuple[tuple[Branch, ...], tuple[str, ...]]:
        """One branch a picture or liked figure, and the liked figures' own publications."""
        if not (images or query.figure_ids or query.text):
            raise QueryInvalid("nothing is asked: give a picture, some words or a figure id")
        if len(images) + len(query.figure_ids) > MAX_IMAGES:
            raise QueryInvalid(f"at most {MAX_IMAGES} pictures and figures in one search")
        vectors = list(self._encoder.encode_images(images)) if images else []
        own: dict[str, None] = {}
        if query.figure_ids:
            stored = self._index.fetch(query.figure_ids)
            unknown = [figure for figure in query.figure_ids if figure not in stored]
            if unknown:
                raise QueryInvalid(f"not in the index: {', '.join(unknown)}")
            for figure in query.figure_ids:
                vectors.append(stored[figure].image)
                own[stored[figure].publication_id] = None
        return tuple(Branch(BRANCH_IMAGE, schema.IMAGE, row) for row in vectors), tuple(own)

    def _text_branches(self, query: SearchQuery) -> tuple[Branch, ...]:
        if query.text is None:
            return ()
        (row,) = self._encoder.encode_texts([query.text])
        branches = [
            Branch(BRANCH_TEXT_TO_IMAGE, schema.IMAGE, row),
            Branch(BRANCH_TEXT, schema.TEXT, row),
        ]
        sparse = schema.query_word_vector(query.text)
        if sparse.indices:
            branches.append(Branch(BRANCH_WORDS, schema.BM25, sparse))
        return tuple(branches)


@dataclass(frozen=True, slots=True)
class _Search:
    """One search's branches, ready to be asked with one filter or another."""

    index: FigureIndex
    query: SearchQuery
    pictures: tuple[Branch, ...]
    words: tuple[Branch, ...]
    own_publications: tuple[str, ...]

    def groups(self, query: SearchQuery, depth: int) -> tuple[MatchGroup, ...]:
        """The first `depth` groups that pass `query`'s filters."""
        by_publication = query.group == "publication"
        condition = build_filter(query, excluded_publications=self.own_publications)
        asked = [self.fused] if self.words else [(picture,) for picture in self.pictures]
        rankings = [
            self.index.query(
                branches,
                condition=condition,
                limit=depth,
                group_size=FIGURES_PER_HIT if by_publication else None,
                exact=query.exact,
            )
            for branches in asked
        ]
        if len(rankings) == 1:
            return rankings[0]
        if by_publication:
            return merge_views(rankings, FIGURES_PER_HIT)[:depth]
        return merge_figures(rankings)[:depth]

    @property
    def fused(self) -> tuple[Branch, ...]:
        """All branches with their shares: pictures `image_weight`, words the rest."""
        if not self.pictures:
            return self.words
        share = self.query.image_weight
        pictures = _shared(self.pictures, share)
        return tuple(b for b in (*pictures, *_shared(self.words, 1 - share)) if b.weight > 0)

    def branches_of(self, matches: Sequence[Match], depth: int) -> Mapping[str, str]:
        """The branch that ranked each figure highest."""
        if not self.words:
            return {match.figure_id: BRANCH_IMAGE for match in matches}
        ids = [match.figure_id for match in matches]
        condition = build_filter(self.query, excluded_publications=self.own_publications)
        ranks = self.index.ranks(
            self.fused, ids, condition=condition, limit=depth, exact=self.query.exact
        )
        return {figure: best_branch(figure, ranks) or BRANCH_TEXT_TO_IMAGE for figure in ids}


class _Clock:
    """Wall time of the parts of one search."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self.laps_ms: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps_ms[name] = (now - self._last) * 1000
        self._last = now


def _shared(branches: Sequence[Branch], share: float) -> tuple[Branch, ...]:
    weight = share / len(branches)
    return tuple(Branch(b.name, b.using, b.vector, weight) for b in branches)


def _count_hidden(query: SearchQuery, unfiltered: Sequence[MatchGroup]) -> int:
    codes = {g.publication_id: g.matches[0].payload.get("locarno", ()) for g in unfiltered}
    return sum(not passes_class_filter(query, locarno) for locarno in codes.values())


def _hit(rank: int, group: MatchGroup, branches: Mapping[str, str]) -> PublicationHit:
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
            )
            for match in group.matches
        ),
    )
