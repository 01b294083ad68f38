"""Publications compared view by view over the embedded service."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from core.errors import QueryInvalid
from search.orientation import Orientation, lay
from search.query import SearchQuery
from search.service import SearchService
from tests.search.engines import EdgeProcess, filled_index
from tests.search.figures import FakeEncoder, figure_points, picture_of

POINTS = [replace(p, family=()) for p in figure_points(6, 4)]
ONE, OTHER = POINTS[0].publication_id, POINTS[4].publication_id


@pytest.fixture(scope="module")
def service(edge: EdgeProcess) -> Iterator[SearchService]:
    with filled_index(edge, "comparison-test", POINTS) as index:
        yield SearchService(index, FakeEncoder())


def test_comparison_scores_and_pairs_as_the_search_does(service: SearchService) -> None:
    pictures = [picture_of(point.image) for point in (POINTS[1], POINTS[6])]
    pictures[1] = lay(pictures[1], Orientation.MIRRORED)
    hits = {hit.publication_id: hit for hit in service.search(SearchQuery(), pictures).hits}
    found = service.compare(SearchQuery(text="ignored"), pictures, [OTHER, ONE])
    assert [one.publication_id for one in found.found] == [OTHER, ONE]
    for one in found.found:
        hit = hits[one.publication_id]
        assert one.similarity == pytest.approx(hit.score, abs=1e-6)
        told = [(f.query_view, f.figure_id, f.orientation) for f in hit.figures[:2]]
        assert [(p.query_view, p.figure_id, p.orientation) for p in one.pairs] == told
        assert len(one.unpaired_figures) == 2
        assert one.unpaired_views == ()
    best = found.found[0].pairs[0]
    assert (best.query_view, best.figure_id) == (1, POINTS[6].figure_id)
    assert best.orientation is Orientation.MIRRORED


def test_a_design_is_compared_with_another_figure_by_figure(service: SearchService) -> None:
    liked = tuple(point.figure_id for point in POINTS[:4])
    query = SearchQuery(figure_ids=(*liked, POINTS[8].figure_id))
    found = service.compare(query, [], [ONE, "US-D0-S1"])
    assert found.query_figures == query.figure_ids
    (own,) = found.found
    assert {(liked[p.query_view], p.similarity > 0.999) for p in own.pairs} == {
        (figure, True) for figure in liked
    }
    assert own.unpaired_views == (4,)
    assert own.unpaired_figures == ()


def test_comparing_needs_a_picture(service: SearchService) -> None:
    with pytest.raises(QueryInvalid, match="compared with a picture"):
        service.compare(SearchQuery(text="chair"), [], [ONE])
