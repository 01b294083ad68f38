"""What a collection lists without a question of likeness."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from search.conditions import build_filter
from search.index import FigureIndex
from search.query import SearchQuery
from tests.search.engines import EdgeProcess
from tests.search.figures import D, figure_points

_KIN = ("US-D0000001-S1", "US-D0000004-S1")
POINTS = [
    replace(p, family="DM7" if p.publication_id in _KIN else None, upload=f"u{n % 3}")
    for n, p in enumerate(figure_points(12, 4))
]


@pytest.fixture(scope="module")
def index(edge: EdgeProcess) -> Iterator[FigureIndex]:
    index = FigureIndex(edge.url, "listing-test", D)
    index.prepare(beside=True)
    index.upsert(POINTS)
    yield index
    index._client.delete_collection(index.collection)
    index.close()


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
    assert index.listing.family("DM7") == list(_KIN)
    assert index.listing.family("DM8") == []
