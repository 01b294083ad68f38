"""What a search answers: ranked publications with the figures that were found."""

from collections.abc import Mapping
from dataclasses import dataclass

from search.orientation import Orientation


@dataclass(frozen=True, slots=True)
class FigureHit:
    """One figure of a hit.

    Attributes:
        score: See `SearchResult`.
        branch: What found it: ``image`` (picture against picture), ``text-image`` (words against
            picture), ``text`` (words against description), ``words`` (BM25) or ``newest`` (listed
            by date, likeness 0).
        query_view: The query picture it was compared with, 0 for the first; with several, the first
            figures of a hit are those that were paired with one each. None where words take part.
        orientation: How that picture was laid to be most similar.
    """

    figure_id: str
    view: str
    label: str | None
    score: float
    branch: str
    query_view: int | None = None
    orientation: Orientation | None = None


@dataclass(frozen=True, slots=True)
class PublicationHit:
    """One ranked publication with its best figures: those paired with query pictures first.

    Attributes:
        rank: 1 for the best; pages continue the count.
        locarno: All its codes, main first.
        score: That of its best figure; with several query pictures the mean over them of the
            similarities they were paired at.
        class_boost: What was added to its scores because it is of the classes asked for.
    """

    rank: int
    publication_id: str
    title: str
    locarno: tuple[str, ...]
    score: float
    figures: tuple[FigureHit, ...]
    class_boost: float = 0.0


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found.

    Scores: picture queries ("more like this" included) give the cosine between query and figure,
    in [-1, 1], comparable between queries of one encoder; with several pictures, the mean over
    them. As soon as text takes part, the score is a fused rank score (reciprocal rank), which
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
