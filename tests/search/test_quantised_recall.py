"""The quantised search, rescored, finds what the exact one finds, with and without filters."""

import numpy as np
import pytest

from search.branches import Branch
from search.conditions import build_filter
from search.figure_point import FigurePoint
from search.index import FigureIndex
from search.query import SearchQuery
from search.schema import IMAGE
from tests.search.engines import EdgeProcess
from tests.search.figures import unit

N, DIMENSION, K = 3000, 64, 10


@pytest.fixture(scope="module")
def index(edge: EdgeProcess) -> FigureIndex:
    rng = np.random.default_rng(3)
    made = FigureIndex(edge.url, "recall", DIMENSION)
    made.prepare(beside=True)
    rows = unit(rng.standard_normal((N, DIMENSION)))
    made.upsert(
        [
            FigurePoint(f"p{i // 5}/{i}", f"p{i // 5}", row, locarno=(f"{i // 5 % 30 + 1:02d}-01",))
            for i, row in enumerate(rows)
        ]
    )
    return made


@pytest.mark.parametrize("n_vectors", [1, 8])
@pytest.mark.parametrize("classes", [(), ("07",), ("07", "08", "09")], ids=str)
def test_recall_against_exact(index: FigureIndex, classes: tuple[str, ...], n_vectors: int) -> None:
    """For one vector, and for the best of eight."""
    rng = np.random.default_rng(4)
    condition = build_filter(SearchQuery(locarno_any=classes))
    hits = 0
    for rows in np.split(unit(rng.standard_normal((25 * n_vectors, DIMENSION))), 25):
        branch = [Branch("image", IMAGE, rows[0] if n_vectors == 1 else rows)]
        exact, quick = (
            index.query(branch, condition=condition, limit=K, group_size=None, exact=exact)
            for exact in (True, False)
        )
        hits += len(
            {g.matches[0].figure_id for g in exact} & {g.matches[0].figure_id for g in quick}
        )
    assert hits / (25 * K) >= 0.99
