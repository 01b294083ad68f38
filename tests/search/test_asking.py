"""What can be asked beside pictures and words: examples, boosts, lists, facets, suggestions."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from core.errors import IndexNotReady, QueryInvalid
from search.class_votes import SHARPNESS
from search.conditions import matches_classes
from search.facets import FACET_DEPTH
from search.query import MAX_IMAGES, SearchQuery
from search.query_values import TextWeights
from search.service import SearchService
from tests.search.engines import EdgeProcess, filled_index
from tests.search.figures import FakeEncoder, figure_points, picture_of

POINTS = [replace(p, family=()) for p in figure_points(60, 4)]
ENCODER = FakeEncoder()
OF = {p.figure_id: p for p in POINTS}
PICTURE = picture_of(POINTS[33].image)


@pytest.fixture(scope="module")
def service(edge: EdgeProcess) -> Iterator[SearchService]:
    with filled_index(edge, "asking-test", POINTS) as index:
        yield SearchService(index, ENCODER)


def found(service: SearchService, query: SearchQuery, *images: np.ndarray) -> list[str]:
    return [hit.publication_id for hit in service.search(query, images).hits]


def likeness(vector: np.ndarray) -> dict[str, float]:
    """Best cosine of each publication."""
    best: dict[str, float] = {}
    for p in POINTS:
        best[p.publication_id] = max(best.get(p.publication_id, -2), float(p.image @ vector))
    return best


def test_disliked_figures_push_what_is_like_them_down(service: SearchService) -> None:
    plain = found(service, SearchQuery(limit=60, orientation="as-drawn"), PICTURE)
    disliked = next(p for p in POINTS if p.publication_id == plain[3])
    query = SearchQuery(
        limit=60, unlike_figure_ids=(disliked.figure_id,), exact=True, orientation="as-drawn"
    )
    steered = service.search(query, [PICTURE])
    row = ENCODER.encode_images([PICTURE])[0] - 0.5 * disliked.image
    expected = likeness(row / np.linalg.norm(row))
    del expected[disliked.publication_id]
    assert [h.publication_id for h in steered.hits] == sorted(
        expected, key=lambda p: (-expected[p], p)
    )
    assert [h.score for h in steered.hits] == pytest.approx(
        [expected[h.publication_id] for h in steered.hits], abs=1e-5
    )
    unmoved = query.model_copy(update={"unlike_weight": 0.0})
    plain.remove(disliked.publication_id)
    assert found(service, unmoved, PICTURE) == plain


@pytest.mark.parametrize("written", ["US-D0000007-S1", "D7", "usd0,000,007 s1"])
def test_publication_is_searched_with_by_all_its_figures(
    service: SearchService, written: str
) -> None:
    own = [p for p in POINTS if p.publication_id == "US-D0000007-S1"]
    by_number = service.search(SearchQuery(publication_id=written, limit=60)).hits
    by_figures = service.search(
        SearchQuery(figure_ids=tuple(p.figure_id for p in own), limit=60)
    ).hits
    assert [h.publication_id for h in by_number] == [h.publication_id for h in by_figures]
    assert "US-D0000007-S1" not in {hit.publication_id for hit in by_number}
    assert len(by_number) == 59


def test_number_of_several_publications_asks_which(edge: EdgeProcess, encoder_id: str) -> None:
    twins = [replace(p, number_keys=("DM1",)) for p in figure_points(2, 3)]
    first, second = (p.publication_id for p in twins[::3])
    with (
        filled_index(edge, encoder_id, twins) as index,
        pytest.raises(QueryInvalid, match=f"2 publications: {first}, {second}; give one"),
    ):
        SearchService(index, ENCODER).search(SearchQuery(publication_id="DM/1"))


def test_long_publication_is_searched_with_by_its_first_figures(
    edge: EdgeProcess, encoder_id: str
) -> None:
    with filled_index(edge, encoder_id, figure_points(2, MAX_IMAGES + 8)) as index:
        (hit,) = SearchService(index, ENCODER).search(SearchQuery(publication_id="D1")).hits
    assert hit.publication_id == "US-D0000000-S1"


@pytest.mark.parametrize("limit", [1, 5, 17, 60])
@pytest.mark.parametrize("images", [1, 2])
def test_boost_ranks_as_if_every_publication_had_been_scored(
    service: SearchService, limit: int, images: int
) -> None:
    pictures = [PICTURE, picture_of(POINTS[90].image)][:images]
    query = SearchQuery(
        limit=limit, locarno_any=("03",), class_mode="boost", class_boost=0.2, exact=True
    )
    result = service.search(query, pictures)
    whole = service.search(SearchQuery(limit=60, exact=True), pictures)
    third = {p.publication_id for p in POINTS if matches_classes(query, p.locarno)}
    expected = {h.publication_id: h.score + 0.2 * (h.publication_id in third) for h in whole.hits}
    ranked = sorted(expected, key=lambda p: (-expected[p], p))[:limit]
    assert [hit.publication_id for hit in result.hits] == ranked
    assert [h.score for h in result.hits] == pytest.approx([expected[p] for p in ranked], abs=1e-5)
    assert {h.publication_id for h in result.hits if h.class_boost} == third & set(ranked)
    assert result.hidden_by_filter == 0


def test_boost_of_words_raises_the_class_and_hides_nothing(service: SearchService) -> None:
    words = SearchQuery(text="Chair number 17", limit=60)
    raised = SearchQuery(
        text="Chair number 17", limit=60, locarno_any=("05",), class_mode="boost", class_boost=1
    )
    before, after = found(service, words), found(service, raised)
    fifth = {p.publication_id for p in POINTS if "05" in p.locarno_class}
    assert set(before) <= set(after) | fifth

    def mean_rank(hits: list[str]) -> float:
        return float(np.mean([hits.index(p) for p in fifth]))

    assert mean_rank(after) < mean_rank(before)


@pytest.mark.parametrize(
    ("weights", "winner"), [((1, 0, 0), None), ((0, 1, 0), 17), ((0, 0, 1), 17)]
)
def test_text_weights_choose_how_words_search(
    service: SearchService, weights: tuple[float, float, float], winner: int | None
) -> None:
    parts = dict(zip(("pictures", "descriptions", "words"), weights, strict=True))
    query = SearchQuery(text="Chair number 17", text_weights=TextWeights(**parts), limit=1)
    (hit,) = service.search(query).hits
    best = likeness(ENCODER.encode_texts(["Chair number 17"])[0])
    expected = max(best, key=lambda p: best[p]) if winner is None else f"US-D{winner:07d}-S1"
    assert hit.publication_id == expected
    branch = {(1, 0, 0): "text-image", (0, 1, 0): "text", (0, 0, 1): "words"}[weights]
    assert {figure.branch for figure in hit.figures} == {branch}


def test_filters_alone_list_the_newest(service: SearchService) -> None:
    query = SearchQuery(cut_off=date(2021, 6, 1), office=("EM",), limit=5)
    result = service.search(query)
    allowed = {
        p.publication_id: p.publication_date
        for p in POINTS
        if p.office == "EM" and p.publication_date and p.publication_date < date(2021, 6, 1)
    }
    newest = sorted(sorted(allowed), key=lambda p: allowed[p], reverse=True)
    assert [hit.publication_id for hit in result.hits] == newest[:5]
    assert {(h.score, f.branch) for h in result.hits for f in h.figures} == {(0.0, "newest")}
    following = found(service, query.model_copy(update={"offset": 5}))
    assert following == newest[5:10]
    classes = SearchQuery(locarno_any=("03",), limit=60)
    assert service.search(classes).hidden_by_filter == 0
    assert service.facets(query).n_counted == len(newest)


@pytest.mark.parametrize(
    ("query", "unit"),
    [
        (SearchQuery(office=("US",)), "publication"),
        (SearchQuery(office=("US",), views=("rear",)), "publication"),
        (SearchQuery(office=("US",), views=("rear", "front")), "figure"),
    ],
    ids=["any view", "one view", "several views"],
)
def test_facets_of_filters_are_exact(service: SearchService, query: SearchQuery, unit: str) -> None:
    facets = service.facets(query)
    passing = [p for p in POINTS if p.office == "US" and (not query.views or p.view in query.views)]
    counted = {p.publication_id if unit == "publication" else p.figure_id: p for p in passing}
    assert (facets.unit, facets.n_counted, facets.top) == (unit, len(counted), None)
    for name, values in (("locarno_class", "locarno_class"), ("owner", "owners")):
        expected: dict[str, int] = {}
        for p in counted.values():
            for value in getattr(p, values):
                expected[value] = expected.get(value, 0) + 1
        assert facets.counts[name] == expected
    n_views = 40 if unit == "publication" and not query.views else len(counted) // len(query.views)
    assert facets.counts["view"]["rear"] == n_views


def test_facets_of_a_picture_count_the_most_similar(service: SearchService) -> None:
    query = SearchQuery(office=("US",), limit=3, offset=4, group="figure")
    facets = service.facets(query, [PICTURE])
    hits = service.search(SearchQuery(office=("US",), limit=60), [PICTURE]).hits
    assert (facets.unit, facets.n_counted, facets.top) == ("publication", len(hits), FACET_DEPTH)
    assert facets.counts["office"] == {"US": len(hits)}
    third = sum(any(code[:2] == "03" for code in hit.locarno) for hit in hits)
    assert facets.counts["locarno_class"]["03"] == third


def test_classes_are_suggested_by_the_nearest(service: SearchService) -> None:
    query = SearchQuery(locarno_any=("32",), class_mode="boost", text="ignored")
    suggested = service.suggest_classes(query, [PICTURE])
    row = np.asarray(POINTS[33].image)
    of_picture = {
        hit.publication_id: hit.score
        for hit in service.search(SearchQuery(limit=20), [PICTURE]).hits
    }
    told: dict[str, float] = {}
    for p in POINTS:
        if p.text is not None:
            told[p.publication_id] = max(told.get(p.publication_id, -1), float(row @ p.text))
    of_words = dict(sorted(told.items(), key=lambda pair: -pair[1])[:20])
    classes = {p.publication_id: p.locarno[0][:2] for p in POINTS}
    shares: dict[str, float] = {}
    for scores in (of_picture, of_words):
        whole = sum(np.exp(SHARPNESS * score) for score in scores.values())
        for publication, score in scores.items():
            code = classes[publication]
            shares[code] = shares.get(code, 0) + float(np.exp(SHARPNESS * score) / whole / 2)
    best = max(shares, key=lambda code: shares[code])
    first = suggested["locarno_class"][0]
    assert first.code == best
    assert first.share == pytest.approx(shares[best], rel=1e-3)
    near = [p for p in (*of_picture, *of_words) if classes[p] == best]
    assert (first.best, first.n_publications) == (near[0], len(set(near)))
    assert 0 < len(suggested["us_class_main"]) <= 5
    with pytest.raises(QueryInvalid, match="for a picture"):
        service.suggest_classes(SearchQuery(text="chair"))


def test_empty_index_is_said(edge: EdgeProcess, encoder_id: str) -> None:
    with filled_index(edge, encoder_id, []) as index:
        service = SearchService(index, ENCODER)
        for query, images in ((SearchQuery(), [PICTURE]), (SearchQuery(office=("US",)), [])):
            with pytest.raises(IndexNotReady, match="limn ingest"):
                service.search(query, images)
