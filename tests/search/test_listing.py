"""What a collection lists without a question of likeness."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from search.conditions import build_filter
from search.figure_point import FigurePoint
from search.index import FigureIndex
from search.query import SearchQuery
from tests.search.engines import EdgeProcess, filled_index
from tests.search.figures import figure_points

_KIN = ("US-D0000001-S1", "US-D0000004-S1")
POINTS = [
    replace(
        p, family=("DM7", "US 1") if p.publication_id in _KIN else ("US 2",), upload=f"u{n % 3}"
    )
    for n, p in enumerate(figure_points(12, 4))
]


@pytest.fixture(scope="module")
def index(edge: EdgeProcess) -> Iterator[FigureIndex]:
    with filled_index(edge, "listing-test", POINTS) as index:
        yield index


def test_a_lot_is_the_same_for_the_same_seed_and_in_the_filter(index: FigureIndex) -> None:
    lots = [list(index.listing.lot(None, 10, seed)) for seed in range(12)]
    assert all(len(lot) == len(set(lot)) == 10 for lot in lots)
    assert lots[0] == list(index.listing.lot(None, 10, 0))
    assert len({tuple(lot) for lot in lots}) > 6
    assert len({figure for lot in lots for figure in lot}) > 40  # every figure has its chance
    code = POINTS[0].locarno[0]
    within = index.listing.lot(build_filter(SearchQuery(locarno_any=(code,))), 10, 1)
    passing = {p.figure_id for p in POINTS if code in p.locarno}
    assert set(within) <= passing
    assert len(within) == min(10, len(passing))


def test_a_lot_larger_than_the_collection_is_all_of_it(index: FigureIndex) -> None:
    vectors = index.listing.lot(None, 500, 7)
    assert set(vectors) == {point.figure_id for point in POINTS}
    np.testing.assert_allclose(vectors[POINTS[3].figure_id], POINTS[3].image, atol=1e-6)


def test_a_lot_holds_nothing_of_a_hidden_upload(index: FigureIndex) -> None:
    lot = set(index.without(frozenset({"u1"})).listing.lot(None, 500, 7))
    assert lot == {point.figure_id for point in POINTS if point.upload != "u1"}


def test_a_family_is_listed_by_publication(index: FigureIndex) -> None:
    assert index.listing.family(["US 3", "DM7"]) == list(_KIN)
    assert index.listing.family(["DM8"]) == []


UNDATED = [
    replace(p, publication_date=None, upload="old" if n % 5 else "new")
    for n, p in enumerate(figure_points(30, 4, seed=3))
]


@pytest.fixture(scope="module")
def undated(edge: EdgeProcess) -> Iterator[FigureIndex]:
    with filled_index(edge, "undated-test", UNDATED) as index:
        yield index


def _leads(found: list[Mapping[str, Any]]) -> list[str]:
    return [str(facts["figure_id"]) for facts in found]


@pytest.mark.parametrize("views", [(), ("rear", "top", "right")])
def test_undated_publications_follow_page_by_page(
    undated: FigureIndex, views: tuple[str, ...]
) -> None:
    condition = build_filter(SearchQuery(office=("US",), views=views))

    def keeps(point: FigurePoint) -> bool:
        return point.office == "US" and (not views or point.view in views)

    first: dict[str, str] = {}
    for point in filter(keeps, UNDATED):
        first.setdefault(point.publication_id, point.figure_id)
    whole = _leads(undated.listing.newest(condition, views=views, limit=100))
    assert sorted(whole) == sorted(first.values())
    for limit in range(1, len(whole)):
        assert _leads(undated.listing.newest(condition, views=views, limit=limit)) == whole[:limit]


def test_undated_publications_of_a_hidden_upload_stay_hidden(undated: FigureIndex) -> None:
    behind = undated.without(frozenset({"new"})).listing
    shown = set(_leads(behind.newest(None, views=(), limit=100)))
    assert shown == {p.figure_id for p in UNDATED if p.upload == "old" and "publication" in p.leads}


def test_the_newest_of_many_undated_reads_no_more_than_it_lists(
    undated: FigureIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    scroll = undated._client.scroll

    def counted(*args: Any, **options: Any) -> Any:
        records, following = scroll(*args, **options)
        read.append(len(records))
        return records, following

    monkeypatch.setattr(undated._client, "scroll", counted)
    assert len(undated.listing.newest(None, views=(), limit=4)) == 4
    assert read == [0, 4, 4]  # none with a date, the first four, their payloads
