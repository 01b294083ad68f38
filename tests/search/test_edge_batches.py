"""A batch answers as its queries do one by one, bit for bit, and from one state of the collection.

Vectors repeat so often that ties reach beyond what is fetched at first.
"""

import threading
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.edge_service.collection import Collection
from search.edge_service.collection_config import parse_config
from tests.search.engines import EdgeProcess

N, N_DISTINCT, DIMENSION = 240, 8, 16
COLOURS = ("red", "green", "blue")
QUANTISED = {
    "vectors": {name: {"size": DIMENSION, "distance": "Cosine"} for name in ("v", "w")},
    "quantization_config": {"turbo": {"bits": "bits4"}},
}
RELAXED = settings(max_examples=30, deadline=None)


def _rows(seed: int, n: int) -> list[list[float]]:
    return np.random.default_rng(seed).standard_normal((n, DIMENSION)).tolist()


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    made = Collection.create(tmp_path_factory.mktemp("batches") / "shard", parse_config(QUANTISED))
    for key in ("colour", "group"):
        made.create_index({"field_name": key, "field_schema": "keyword"})
    rng = np.random.default_rng(5)
    distinct = _rows(6, N_DISTINCT)
    points = [
        {
            "id": str(uuid.UUID(int=int(rng.integers(1, 2**63)))),
            "vector": {name: distinct[rng.integers(N_DISTINCT)] for name in ("v", "w")},
            "payload": {"colour": COLOURS[rng.integers(3)], "group": f"g{rng.integers(9)}"},
        }
        for _ in range(N)
    ]
    made.upsert({"points": points})
    yield made
    made.close()


vectors = st.integers(0, 2**31).map(lambda seed: _rows(seed, 1)[0])
best_of_several = st.lists(vectors, min_size=1, max_size=3).map(
    lambda rows: {"recommend": {"positive": rows, "strategy": "best_score"}}
)
filters = st.none() | st.sampled_from(COLOURS).map(
    lambda colour: {"must": [{"key": "colour", "match": {"value": colour}}]}
)
efforts = st.sampled_from(
    [None, {"exact": True}, {"quantization": {"rescore": True, "oversampling": 2.0}}]
)
pages = {"limit": st.integers(1, 50), "offset": st.integers(0, 20)}
plain = st.fixed_dictionaries(
    {
        "query": vectors | best_of_several,
        "using": st.sampled_from(["v", "w"]),
        "filter": filters,
        "params": efforts,
        "with_payload": st.booleans(),
        **pages,
    }
)
branches = st.fixed_dictionaries(
    {"query": vectors, "using": st.sampled_from(["v", "w"]), "limit": st.just(N), "filter": filters}
)
fused = st.fixed_dictionaries(
    {
        "prefetch": st.lists(branches, min_size=2, max_size=3),
        "query": st.just({"rrf": {"k": 60}}),
        **pages,
    }
)


@RELAXED
@given(searches=st.lists(plain | fused, max_size=6))
def test_batch_equals_its_queries_one_by_one(
    collection: Collection, searches: list[dict[str, Any]]
) -> None:
    together = collection.query_batch({"searches": searches})
    assert together == [collection.query(search) for search in searches]


@RELAXED
@given(rows=st.lists(vectors, min_size=2, max_size=8), condition=filters, limit=st.integers(1, N))
def test_queries_alike_share_a_pass_and_keep_their_scores(
    collection: Collection, rows: list[list[float]], condition: Any, limit: int
) -> None:
    """As one drawing in eight orientations asks: the same filter and limit, another vector."""
    alike = {"using": "v", "filter": condition, "limit": limit, "params": {"exact": True}}
    searches = [{"query": row, **alike} for row in rows]
    together = collection.query_batch({"searches": searches})
    assert together == [collection.query(search) for search in searches]


def test_batch_sees_one_state_while_points_are_written(edge: EdgeProcess) -> None:
    """What is found passes the filter as it is told, and each query of a batch finds the same."""
    at = f"{edge.url}/collections/written-meanwhile"
    rows = _rows(1, 40)
    done = threading.Event()

    def write(client: httpx.Client, colour: str) -> None:
        points = [
            {"id": i, "vector": {"v": row}, "payload": {"colour": colour, "group": f"{colour}{i}"}}
            for i, row in enumerate(rows)
        ]
        client.put(f"{at}/points", json={"points": points}).raise_for_status()

    def write_on() -> None:
        with httpx.Client(trust_env=False) as client:
            for turn in range(12):
                write(client, COLOURS[turn % 2])
        done.set()

    with httpx.Client(trust_env=False) as client:
        client.put(at, json={"vectors": {"v": {"size": DIMENSION, "distance": "Cosine"}}})
        client.put(f"{at}/index", json={"field_name": "colour", "field_schema": "keyword"})
        write(client, "red")
        red = {"must": [{"key": "colour", "match": {"value": "red"}}]}
        search = {"query": rows[0], "using": "v", "filter": red, "limit": 50, "with_payload": True}
        grouped = search | {"group_by": "group"}
        writer = threading.Thread(target=write_on)
        writer.start()
        while not done.is_set():
            answer = client.post(f"{at}/points/query/batch", json={"searches": [search] * 8})
            first, *others = (page["points"] for page in answer.json()["result"])
            assert others == [first] * 7
            assert len(first) in (0, len(rows))
            groups = client.post(f"{at}/points/query/groups", json=grouped).json()["result"]
            hits = [hit for group in groups["groups"] for hit in group["hits"]]
            assert {hit["payload"]["colour"] for hit in [*first, *hits]} <= {"red"}
            assert all(
                g["id"] == h["payload"]["group"] for g in groups["groups"] for h in g["hits"]
            )
        writer.join()
        client.delete(at)
