"""Random collections, filters and queries: the embedded service, brute force and the oracle agree.

Vectors repeat on purpose, so that scores tie; the service must then order by point id, however the
page is cut.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qdrant_client import QdrantClient, models

from tests.search.engines import EdgeProcess

pytestmark = [pytest.mark.filterwarnings("ignore:Local mode performs exact:UserWarning")]
N, N_DISTINCT, DIMENSION = 90, 40, 6
COLOURS = ["red", "green", "blue", "grey"]
RELAXED = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@dataclass(frozen=True, repr=False)
class Corpus:
    """The same points in both engines and in plain arrays."""

    http: httpx.Client
    oracle: QdrantClient
    ids: list[str]
    vectors: np.ndarray
    payloads: list[dict[str, Any]]


@pytest.fixture(scope="module")
def corpus(edge: EdgeProcess) -> Iterator[Corpus]:
    rng = np.random.default_rng(7)
    distinct = rng.standard_normal((N_DISTINCT, DIMENSION)).astype(np.float32)
    distinct /= np.linalg.norm(distinct, axis=1, keepdims=True)
    vectors = distinct[rng.integers(0, N_DISTINCT, N)]
    ids = [str(uuid.UUID(int=int(rng.integers(1, 2**63)))) for _ in range(N)]
    payloads: list[dict[str, Any]] = [
        {
            "group": f"g{rng.integers(0, 15)}",
            "colours": [COLOURS[c] for c in rng.choice(4, rng.integers(0, 4), replace=False)],
            "size": int(rng.integers(0, 20)),
            "day": f"2021-{rng.integers(1, 13):02d}-{rng.integers(1, 28):02d}",
        }
        for _ in range(N)
    ]
    config = {"v": models.VectorParams(size=DIMENSION, distance=models.Distance.COSINE)}
    points = [
        models.PointStruct(id=i, vector={"v": v.tolist()}, payload=p)
        for i, v, p in zip(ids, vectors, payloads, strict=True)
    ]
    remote = QdrantClient(url=edge.url, check_compatibility=False)
    oracle = QdrantClient(":memory:")
    for client in (remote, oracle):
        client.create_collection("random", vectors_config=config)
        client.upsert("random", points, wait=True)
    with httpx.Client(base_url=edge.url, trust_env=False) as http:
        yield Corpus(http, oracle, ids, vectors, payloads)
    remote.delete_collection("random")
    remote.close()
    oracle.close()


def field(key: str, **condition: Any) -> dict[str, Any]:
    return {"key": key, **condition}


days = st.integers(1, 12).map(lambda month: f"2021-{month:02d}-14")
conditions = st.one_of(
    st.builds(lambda c: field("colours", match={"value": c}), st.sampled_from(COLOURS)),
    st.builds(lambda c: field("colours", match={"any": c}), st.lists(st.sampled_from(COLOURS))),
    st.builds(lambda g: field("group", match={"except": [f"g{g}"]}), st.integers(0, 15)),
    st.builds(lambda n: field("size", match={"value": n}), st.integers(0, 20)),
    st.builds(
        lambda a, b: field("size", range={"gte": a, "lt": b}), st.integers(0, 9), st.integers(5, 20)
    ),
    st.builds(lambda a, b: field("day", range={"gt": a, "lte": b}), days, days),
    st.builds(lambda key: {"is_empty": {"key": key}}, st.sampled_from(["colours", "nothing"])),
)
clauses = st.lists(conditions, min_size=1, max_size=3)
filters = st.recursive(
    st.fixed_dictionaries({}, optional=dict.fromkeys(("must", "should", "must_not"), clauses)),
    lambda inner: st.fixed_dictionaries(
        {"must": st.lists(inner.filter(bool), min_size=1, max_size=2)}
    ),
    max_leaves=4,
)
queries = st.integers(0, 2**31).map(
    lambda seed: np.random.default_rng(seed).standard_normal(DIMENSION).astype(np.float32)
)


def keeps(condition: dict[str, Any], payload: dict[str, Any]) -> bool:
    """A filter in plain Python."""
    if not condition or not condition.keys().isdisjoint(("must", "should", "must_not")):
        return (
            all(keeps(c, payload) for c in condition.get("must", ()))
            and (not condition.get("should") or any(keeps(c, payload) for c in condition["should"]))
            and not any(keeps(c, payload) for c in condition.get("must_not", ()))
        )
    if "is_empty" in condition:
        return not payload.get(condition["is_empty"]["key"])
    value = payload[condition["key"]]
    values = value if isinstance(value, list) else [value]
    if "range" in condition:
        tests = {
            "gt": lambda v, b: v > b,
            "gte": lambda v, b: v >= b,
            "lt": lambda v, b: v < b,
            "lte": lambda v, b: v <= b,
        }
        return all(tests[name](value, bound) for name, bound in condition["range"].items())
    match = condition["match"]
    if "value" in match:
        return match["value"] in values
    if "any" in match:
        return bool(set(match["any"]) & set(values))
    return bool(set(values) - set(match["except"]))


def ask(corpus: Corpus, path: str, body: dict[str, Any]) -> Any:
    answer = corpus.http.post(f"/collections/random/points/{path}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def brute_force(corpus: Corpus, vector: np.ndarray, condition: dict[str, Any]) -> list[int]:
    """Rows that pass, by score, then id. Equal vectors get equal scores by construction."""
    scores = np.round(corpus.vectors @ (vector / np.linalg.norm(vector)), 5)
    kept = [row for row in range(N) if keeps(condition, corpus.payloads[row])]
    return sorted(kept, key=lambda row: (-scores[row], corpus.ids[row]))


def body_of(vector: np.ndarray, condition: dict[str, Any], *, exact: bool) -> dict[str, Any]:
    return {
        "query": vector.tolist(),
        "using": "v",
        "filter": condition or None,
        "params": {"exact": exact},
        "with_payload": True,
    }


@RELAXED
@given(vector=queries, condition=filters, limit=st.integers(1, 100), offset=st.integers(0, 40))
def test_points_equal_brute_force_and_oracle(
    corpus: Corpus, vector: np.ndarray, condition: dict, limit: int, offset: int
) -> None:
    body = body_of(vector, condition, exact=True) | {"limit": limit, "offset": offset}
    found = ask(corpus, "query", body)["points"]
    expected = brute_force(corpus, vector, condition)[offset : offset + limit]
    assert [hit["id"] for hit in found] == [corpus.ids[row] for row in expected]
    assert [hit["payload"] for hit in found] == [corpus.payloads[row] for row in expected]
    theirs = corpus.oracle.query_points(
        "random",
        query=vector.tolist(),
        using="v",
        query_filter=models.Filter.model_validate(condition),
        limit=limit,
        offset=offset,
    ).points
    assert [h["score"] for h in found] == pytest.approx([h.score for h in theirs], abs=1e-5)


@RELAXED
@given(vector=queries, condition=filters, limit=st.integers(1, 20), size=st.integers(1, 8))
def test_groups_equal_brute_force_and_oracle(
    corpus: Corpus, vector: np.ndarray, condition: dict, limit: int, size: int
) -> None:
    body = body_of(vector, condition, exact=True)
    body |= {"limit": limit, "group_by": "group", "group_size": size}
    found = ask(corpus, "query/groups", body)["groups"]
    groups: dict[str, list[str]] = {}
    for row in brute_force(corpus, vector, condition):
        groups.setdefault(corpus.payloads[row]["group"], []).append(corpus.ids[row])
    expected = [(name, ids[:size]) for name, ids in groups.items()][:limit]
    assert [(g["id"], [h["id"] for h in g["hits"]]) for g in found] == expected
    theirs = corpus.oracle.query_points_groups(
        "random",
        group_by="group",
        query=vector.tolist(),
        using="v",
        query_filter=models.Filter.model_validate(condition),
        limit=limit,
        group_size=size,
    ).groups
    # Which of two tied groups comes along is the oracle's choice; their scores are not.
    best = [group["hits"][0]["score"] for group in found]
    assert best == pytest.approx([group.hits[0].score for group in theirs], abs=1e-5)


@RELAXED
@given(condition=filters)
def test_count_and_scroll_equal_brute_force(corpus: Corpus, condition: dict) -> None:
    kept = sorted(
        i for i, p in zip(corpus.ids, corpus.payloads, strict=True) if keeps(condition, p)
    )
    assert ask(corpus, "count", {"filter": condition or None})["count"] == len(kept)
    seen, offset = [], None
    while True:
        page = ask(corpus, "scroll", {"filter": condition or None, "limit": 7, "offset": offset})
        seen += [point["id"] for point in page["points"]]
        offset = page["next_page_offset"]
        if offset is None:
            break
    assert seen == kept


def test_multivalued_key_puts_a_point_in_every_group(corpus: Corpus) -> None:
    body = body_of(corpus.vectors[0], {}, exact=True)
    found = ask(
        corpus, "query/groups", body | {"limit": 9, "group_by": "colours", "group_size": 99}
    )
    sizes = {group["id"]: len(group["hits"]) for group in found["groups"]}
    assert sizes == {c: sum(c in p["colours"] for p in corpus.payloads) for c in COLOURS}


def test_pages_neither_repeat_nor_skip(corpus: Corpus) -> None:
    body = body_of(corpus.vectors[3], {}, exact=True)
    pages = [
        ask(corpus, "query", body | {"limit": 7, "offset": o})["points"] for o in range(0, N, 7)
    ]
    ids = [hit["id"] for page in pages for hit in page]
    assert ids == [corpus.ids[row] for row in brute_force(corpus, corpus.vectors[3], {})]
