"""What a search answers: ranked publications with the figures that were found."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from search.orientation import Orientation
from search.ranking import Twin


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
        similarity: Likeness to the query pictures, without any boost: cosine of its best figure,
            with several pictures the mean of the paired ones. None without pictures, and for
            figures where words take part.
        expected_by_chance: How many designs of the whole collection are expected to be this similar
            by chance, see `search.calibration`: it means the same in every search. None without
            `similarity` and in collections too small to say.
        contributions: Each branch's share of the best figure's score, largest first.
        twins: The same design once more, listed here and not by itself.
    """

    rank: int
    publication_id: str
    title: str
    locarno: tuple[str, ...]
    score: float
    figures: tuple[FigureHit, ...]
    class_boost: float = 0.0
    similarity: float | None = None
    expected_by_chance: float | None = None
    contributions: Mapping[str, float] = field(default_factory=dict)
    twins: tuple[Twin, ...] = ()


@dataclass(frozen=True, slots=True)
class HiddenHit:
    """A publication that the class filter hides.

    Attributes:
        rank: Of the same search without its class filter.
    """

    rank: int
    publication_id: str
    title: str
    locarno: tuple[str, ...]
    score: float


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found.

    Scores: picture queries ("more like this" included) give the cosine between query and figure,
    in [-1, 1], comparable between queries of one encoder; with several pictures, the mean over
    them. As soon as text takes part, the score is a fused rank score (reciprocal rank), which
    orders this result and compares with no other.

    Attributes:
        timings_ms: Parts of `total_ms`: ``encode``, ``search``, ``explain`` and, where a class
            filter is set, ``leak``.
        hidden: Those of the first 50 publications of the same search without its Locarno filter
            that this filter hides; none without one.
        weak_from: Rank on this page from which on all hits are weak: as many designs of the
            collection, one or more, are expected to be as similar by chance. None where the last
            one is not, or nothing can be said.
        n_figures: Figures in the collection when it was asked. Pages that tell the same number join
            without gap or repeat; after a page that tells another one, start again.
    """

    hits: tuple[PublicationHit, ...]
    total_ms: float
    timings_ms: Mapping[str, float]
    hidden: tuple[HiddenHit, ...] = ()
    weak_from: int | None = None
    n_figures: int = 0

    @property
    def hidden_by_filter(self) -> int:
        """How many of the first 50 the class filter hides."""
        return len(self.hidden)
