"""What a certificate says of its scores."""

from search.hits import FigureHit, PublicationHit, SearchResult
from search.query import SearchQuery
from search.score_words import score_words


def result(*expected: float | None, weak_from: int | None = None) -> SearchResult:
    figure = FigureHit("a/1", "front", "1", 0.9, "image")
    hits = tuple(
        PublicationHit(rank, "a", "A", (), 0.9, (figure,), expected_by_chance=by_chance)
        for rank, by_chance in enumerate(expected, start=1)
    )
    return SearchResult(hits, 1.0, {}, weak_from=weak_from)


def test_scores_of_drawings_and_of_words_are_told_apart() -> None:
    assert "cosine" in score_words(SearchQuery(), result(None))
    assert "reciprocal rank" in score_words(SearchQuery(text="chair"), result(None))


def test_nothing_is_said_of_chance_where_no_hit_tells_it() -> None:
    for found in (result(), result(None, None)):
        assert "chance" not in score_words(SearchQuery(), found)


def test_chance_and_the_line_from_which_hits_are_weak_are_explained() -> None:
    weak = score_words(SearchQuery(), result(0.01, 3.5, weak_from=2))
    assert "how many of all its designs would be as similar" in weak
    assert "From rank 2 on all hits listed are weak" in weak
    assert "The last hit listed is not weak" in score_words(SearchQuery(), result(0.01))
