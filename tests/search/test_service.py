"""Whole searches over the embedded service with a made-up encoder."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from core.errors import IndexUnavailable, QueryInvalid
from search.assignment import assign_views
from search.index import FigureIndex
from search.kept_connections import KeptConnections
from search.orientation import Orientation, Orientations, embed_laid, lay
from search.query import MAX_IMAGES, SearchQuery
from search.query_values import TextWeights
from search.service import LEAK_DEPTH, SearchService
from tests.search.engines import EdgeProcess, filled_index
from tests.search.figures import D, FakeEncoder, figure_points, picture_of
from ui.processes import free_port

POINTS = [replace(p, family=()) for p in figure_points(60, 4)]
ENCODER = FakeEncoder()
WORDS_ALONE = TextWeights(pictures=0, descriptions=0, words=1)


@pytest.fixture(scope="module")
def service(edge: EdgeProcess) -> Iterator[SearchService]:
    with filled_index(edge, "service-test", POINTS) as index:
        yield SearchService(index, ENCODER)


def ranked_by_hand(*pictures: np.ndarray, orientation: str = "auto") -> list[tuple[str, float]]:
    """The best pairing over all orientations, by brute force."""
    laid = Orientations(ENCODER).tolerated(orientation, len(pictures))
    rows = embed_laid(ENCODER, pictures, laid)  # (Q, V, D)
    scores = {}
    for publication_id in {point.publication_id for point in POINTS}:
        own = np.stack([p.image for p in POINTS if p.publication_id == publication_id])
        cosines = np.einsum("qvd,fd->qvf", rows, own).max(axis=1)
        scores[publication_id] = assign_views(cosines, missing=0).score
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))


@pytest.mark.parametrize("n_images", [1, 3])
@pytest.mark.parametrize("exact", [True, False])
def test_pictures_rank_by_the_best_pairing(
    service: SearchService, n_images: int, exact: bool
) -> None:
    pictures = [picture_of(POINTS[i * 40].image) for i in range(n_images)]
    result = service.search(SearchQuery(limit=12, exact=exact), pictures)
    expected = ranked_by_hand(*pictures)[:12]
    assert [hit.publication_id for hit in result.hits] == [p for p, _ in expected]
    assert [h.score for h in result.hits] == pytest.approx([s for _, s in expected], abs=1e-5)
    assert [hit.rank for hit in result.hits] == list(range(1, 13))
    assert {f.branch for hit in result.hits for f in hit.figures} == {"image"}
    assert set(result.timings_ms) == {"encode", "search", "explain"}
    assert sum(result.timings_ms.values()) <= result.total_ms


def test_views_of_one_design_are_paired_one_to_one(service: SearchService) -> None:
    pictures = [picture_of(point.image) for point in POINTS[40:43]]
    (hit,) = service.search(SearchQuery(limit=1), pictures).hits
    assert hit.publication_id == POINTS[40].publication_id
    paired = {figure.query_view: figure.figure_id for figure in hit.figures[:3]}
    assert paired == {view: POINTS[40 + view].figure_id for view in range(3)}
    assert [figure.orientation for figure in hit.figures[:3]] == [Orientation.AS_DRAWN] * 3
    assert len(hit.figures) == 4


@pytest.mark.parametrize("group", ["publication", "figure"])
@pytest.mark.parametrize("laid", list(Orientation))
def test_turned_and_mirrored_drawings_find_their_figure(
    service: SearchService, laid: Orientation, group: str
) -> None:
    picture = lay(picture_of(POINTS[9].image), laid)
    (hit,) = service.search(SearchQuery(limit=1, group=group), [picture]).hits
    figure = hit.figures[0]
    assert hit.score == figure.score == pytest.approx(1, abs=1e-4)
    assert figure.figure_id == POINTS[9].figure_id
    assert figure.orientation is not None
    assert (lay(picture, figure.orientation) == picture_of(POINTS[9].image)).all()
    if laid != Orientation.AS_DRAWN:
        strict = service.search(SearchQuery(limit=1, orientation="as-drawn"), [picture])
        assert strict.hits[0].score < 0.99


def test_hit_tells_its_facts(service: SearchService) -> None:
    (hit,) = service.search(SearchQuery(limit=1), [picture_of(POINTS[9].image)]).hits
    point = POINTS[9]
    assert (hit.publication_id, hit.title) == (point.publication_id, point.title)
    assert hit.locarno == point.locarno
    first = hit.figures[0]
    assert (first.figure_id, first.view, first.label) == (point.figure_id, point.view, point.label)
    assert [f.score for f in hit.figures] == sorted((f.score for f in hit.figures), reverse=True)
    assert len(hit.figures) == 4


def test_class_filter_hides_and_counts(service: SearchService) -> None:
    picture = picture_of(POINTS[0].image)
    query = SearchQuery(locarno_any=("03",), limit=50)
    result = service.search(query, [picture])
    assert all(any(code[:2] == "03" for code in hit.locarno) for hit in result.hits)
    wide = ranked_by_hand(picture)[:LEAK_DEPTH]
    third = {p.publication_id for p in POINTS if "03" in p.locarno_class}
    assert result.hidden_by_filter == sum(publication not in third for publication, _ in wide)
    assert service.search(SearchQuery(limit=5), [picture]).hidden_by_filter == 0


def test_pages_join_without_gap_or_repeat(service: SearchService) -> None:
    pictures = [picture_of(POINTS[3].image), picture_of(POINTS[77].image)]
    pages = [
        service.search(SearchQuery(limit=7, offset=offset, exact=True), pictures).hits
        for offset in range(0, 63, 7)
    ]
    joined = [hit for page in pages for hit in page]
    assert [h.publication_id for h in joined] == [p for p, _ in ranked_by_hand(*pictures)]
    assert [hit.rank for hit in joined] == list(range(1, 61))


def test_text_finds_by_description_and_by_words(service: SearchService) -> None:
    result = service.search(SearchQuery(text="Chair number 17", limit=5))
    assert result.hits[0].publication_id == "US-D0000017-S1"
    assert {f.branch for f in result.hits[0].figures} <= {"text", "words", "text-image"}
    assert result.hits[0].figures[0].branch in {"text", "words"}
    assert "explain" in result.timings_ms


def test_stop_words_alone_still_search(service: SearchService) -> None:
    assert len(service.search(SearchQuery(text="the of and", limit=5)).hits) == 5


@pytest.mark.parametrize(("weight", "winner"), [(1.0, 4), (0.0, 17)])
def test_image_weight_decides(service: SearchService, weight: float, winner: int) -> None:
    query = SearchQuery(text="Chair number 17", image_weight=weight, limit=3)
    result = service.search(query, [picture_of(POINTS[16].image)])
    assert result.hits[0].publication_id == f"US-D{winner:07d}-S1"


def test_more_like_this_leaves_its_own_publication_out(service: SearchService) -> None:
    point = POINTS[30]
    result = service.search(SearchQuery(figure_ids=(point.figure_id,), limit=60))
    found = [hit.publication_id for hit in result.hits]
    assert point.publication_id not in found
    assert len(found) == 59
    expected = max(
        (p for p in POINTS if p.publication_id != point.publication_id),
        key=lambda p: float(p.image @ point.image),
    )
    assert result.hits[0].figures[0].figure_id == expected.figure_id


def test_figure_level_lists_single_figures(service: SearchService) -> None:
    pictures = [picture_of(POINTS[3].image), picture_of(POINTS[77].image)]
    result = service.search(SearchQuery(group="figure", limit=20), pictures)
    figures = [f.figure_id for hit in result.hits for f in hit.figures]
    assert len(figures) == len(set(figures)) == 20
    assert all(len(hit.figures) == 1 for hit in result.hits)


@pytest.mark.parametrize(
    ("query", "n_images", "says"),
    [
        (SearchQuery(), 0, "nothing is asked"),
        (SearchQuery(unlike_figure_ids=(POINTS[0].figure_id,), office=("US",)), 0, "to be like"),
        (SearchQuery(unlike_figure_ids=("US-D9-S1/1",)), 1, "not in the index: US-D9-S1/1"),
        (SearchQuery(unlike_figure_ids=(POINTS[0].figure_id,)), 1, "for and disliked"),
        (SearchQuery(publication_id="D999,999"), 0, "no publication D999,999 is in the index"),
        (SearchQuery(text="the of", text_weights=WORDS_ALONE), 0, "too common"),
        (SearchQuery(figure_ids=("US-D9999999-S1/1",)), 0, "US-D9999999-S1/1"),
        (SearchQuery(), MAX_IMAGES + 1, f"at most {MAX_IMAGES}"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_senseless_search_says_why(
    service: SearchService, query: SearchQuery, n_images: int, says: str
) -> None:
    with pytest.raises(QueryInvalid, match=says):
        service.search(query, [picture_of(POINTS[0].image)] * n_images)


def test_filter_that_leaves_nothing_gives_no_hits(service: SearchService) -> None:
    query = SearchQuery(locarno_any=("32",))
    result = service.search(query, [picture_of(POINTS[0].image)])
    assert result.hits == ()
    assert result.hidden_by_filter == LEAK_DEPTH


def test_same_vectors_rank_by_id(edge: EdgeProcess, encoder_id: str) -> None:
    """Copies of one drawing tie; the order is by publication, wherever the page ends."""
    copies = [replace(p, image=POINTS[0].image) for p in POINTS[::4]]
    with filled_index(edge, encoder_id, copies) as index:
        service = SearchService(index, ENCODER)
        hits = service.search(SearchQuery(limit=60), [picture_of(POINTS[0].image)]).hits
    assert [hit.publication_id for hit in hits] == sorted(p.publication_id for p in copies)


def test_no_service_is_a_transient_error() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    index = FigureIndex(url, "nobody", D)
    with pytest.raises(IndexUnavailable, match=url):
        SearchService(index, ENCODER).search(SearchQuery(), [picture_of(POINTS[0].image)])


def test_page_tells_how_many_designs_are_as_similar_by_chance(service: SearchService) -> None:
    result = service.search(SearchQuery(limit=60), [picture_of(POINTS[9].image)])
    expected = [hit.expected_by_chance for hit in result.hits]
    assert all(number is not None for number in expected)
    assert expected == sorted(expected)  # type: ignore[type-var]
    assert result.weak_from == next(h.rank for h in result.hits if h.expected_by_chance >= 1)  # type: ignore[operator]
    assert result.weak_from > 1
    assert result.n_figures == len(POINTS)
    words = service.search(SearchQuery(text="Chair number 17", limit=3))
    assert {hit.expected_by_chance for hit in words.hits} == {None}
    assert words.weak_from is None


@pytest.mark.parametrize(
    ("query", "n_pictures", "expected"),
    [
        (SearchQuery(), 1, ["/query/groups", "/query/batch", "/count", "/count"]),
        (SearchQuery(office=("US",)), 0, ["/count"]),
        (SearchQuery(text="Chair number 17"), 0, ["/query", "", "/count", "/query/batch"]),
    ],
    ids=["picture", "newest", "words"],
)
def test_search_asks_no_more_than_it_shows(
    service: SearchService,
    monkeypatch: pytest.MonkeyPatch,
    query: SearchQuery,
    n_pictures: int,
    expected: list[str],
) -> None:
    pictures = [picture_of(POINTS[9].image)] * n_pictures
    service.search(query, pictures)  # the background is kept from here on
    calls, answers = [], []
    post = KeptConnections.post

    def noted(self: KeptConnections, path: str, body: bytes) -> tuple[int, bytes]:
        calls.append(path.partition("/points")[2])
        status, content = post(self, path, body)
        answers.append(content)
        return status, content

    monkeypatch.setattr(KeptConnections, "post", noted)
    assert service.search(query, pictures).hits
    assert calls == expected
    assert not any(b'"caption"' in answer for answer in answers)


def test_hit_tells_shares_of_its_branches(service: SearchService) -> None:
    picture = picture_of(POINTS[16].image)
    mixed = service.search(SearchQuery(text="Chair number 17", limit=8), [picture])
    for hit in mixed.hits:
        assert sum(hit.contributions.values()) == pytest.approx(1)
        assert hit.figures[0].branch == next(iter(hit.contributions))
        assert hit.similarity is not None
    assert {name for hit in mixed.hits for name in hit.contributions} >= {"image", "text", "words"}
    alone = service.search(SearchQuery(limit=1), [picture])
    assert alone.hits[0].contributions == {"image": 1.0}
    assert alone.hits[0].similarity == alone.hits[0].score


def test_hidden_hits_are_named(service: SearchService) -> None:
    query = SearchQuery(locarno_any=("03",))
    result = service.search(query, [picture_of(POINTS[0].image)])
    wide = service.search(SearchQuery(limit=LEAK_DEPTH), [picture_of(POINTS[0].image)]).hits
    expected = [h for h in wide if all(code[:2] != "03" for code in h.locarno)]
    assert [(h.rank, h.publication_id, h.locarno) for h in result.hidden] == [
        (h.rank, h.publication_id, h.locarno) for h in expected
    ]


@pytest.mark.parametrize("group", ["publication", "figure"])
@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("n_images", [1, 2])
def test_pages_over_many_ties_join_without_gap_or_repeat(
    tied: SearchService, group: str, exact: bool, n_images: int
) -> None:
    """Eight drawings among 130 publications: whole pages are ties, and pages cross tiers."""
    pictures = [picture_of(POINTS[i].image) for i in range(n_images)]
    sizes = (7, 40, 53, 25, 40)
    hits, offset = [], 0
    for size in sizes:
        query = SearchQuery(
            limit=size, offset=offset, group=group, exact=exact, collapse=False,
            orientation="as-drawn",
        )  # fmt: skip
        hits += tied.search(query, pictures).hits
        offset += size
    keys = [h.publication_id if group == "publication" else h.figures[0].figure_id for h in hits]
    whole = tied.search(
        SearchQuery(limit=165, group=group, exact=exact, collapse=False, orientation="as-drawn"),
        pictures,
    ).hits
    assert keys == [
        h.publication_id if group == "publication" else h.figures[0].figure_id for h in whole
    ]
    assert len(set(keys)) == len(keys) == (130 if group == "publication" else 165)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    scores = [round(hit.score, 5) for hit in hits]
    assert scores == sorted(scores, reverse=True)
    ordered = sorted(zip(scores, keys, strict=True), key=lambda pair: (-pair[0], pair[1]))
    assert keys == [key for _, key in ordered]


@pytest.fixture(scope="module")
def tied(edge: EdgeProcess) -> Iterator[SearchService]:
    """130 publications of two figures each, all copies of eight drawings."""
    points = [replace(p, image=POINTS[i % 8].image) for i, p in enumerate(figure_points(130, 2))]
    with filled_index(edge, "tied-test", points) as index:
        yield SearchService(index, ENCODER)


def test_twins_are_listed_under_the_first(edge: EdgeProcess, encoder_id: str) -> None:
    points = [replace(p, family=()) for p in figure_points(6, 2)]
    points[4] = replace(points[4], image=points[0].image, picture="same")
    points[0] = replace(points[0], picture="same")
    points[8] = replace(points[8], family=("DM1",))
    points[9] = replace(points[9], family=("DM1",))
    points[10] = replace(points[10], family=("DM1",))
    points[11] = replace(points[11], family=("DM1",))
    picture = picture_of(points[0].image)
    with filled_index(edge, encoder_id, points) as index:
        service = SearchService(index, ENCODER)
        hits = service.search(SearchQuery(collapse=True), [picture]).hits
        apart = service.search(SearchQuery(), [picture]).hits
    assert hits[0].publication_id == points[0].publication_id
    assert [t.publication_id for t in hits[0].twins] == [points[4].publication_id]
    assert len(hits) == 4
    assert sum(len(hit.twins) for hit in hits) == 2
    assert len(apart) == 6
