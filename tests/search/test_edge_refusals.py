"""What the embedded service does not know it refuses, by name."""

import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.search.engines import EdgeProcess

ID = str(uuid.UUID(int=1))
OTHER = str(uuid.UUID(int=2))
CONFIG = {
    "vectors": {"v": {"size": 2, "distance": "Cosine"}},
    "sparse_vectors": {"s": {"modifier": "idf"}},
}


def best_of(positive: list[Any], **fields: Any) -> dict[str, Any]:
    return {"recommend": {"positive": positive, **fields}}


QUERY = {"query": [1, 0], "using": "v"}


@pytest.fixture(scope="module")
def http(edge: EdgeProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=edge.url, trust_env=False) as client:
        assert client.put("/collections/refusals", json=CONFIG).status_code == 200
        day = {"field_name": "day", "field_schema": "datetime"}
        assert client.put("/collections/refusals/index", json=day).status_code == 200
        points = [{"id": ID, "vector": {"v": [1, 0]}, "payload": {"k": "a"}}]
        client.put("/collections/refusals/points", json={"points": points})
        yield client
        client.delete("/collections/refusals")


def error(answer: httpx.Response) -> str:
    return str(answer.json()["status"]["error"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/telemetry"),
        ("GET", "/cluster"),
        ("POST", "/collections/refusals/points/search"),
        ("POST", "/collections/refusals/points/recommend"),
        ("PUT", "/collections/refusals/points/vectors"),
        ("POST", "/collections/refusals/snapshots"),
        ("PATCH", "/collections/refusals"),
    ],
)
def test_unknown_path_is_not_implemented(http: httpx.Client, method: str, path: str) -> None:
    answer = http.request(method, path, json={})
    assert answer.status_code == 501
    assert path in error(answer)


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("query", QUERY | {"shiny": 1}, "query.shiny"),
        ("query", QUERY | {"lookup_from": {"collection": "x"}}, "lookup_from"),
        ("query", QUERY | {"params": {"hnsw_ef": 4}}, "params.hnsw_ef"),
        ("query", QUERY | {"params": {"quantization": {"sparkle": True}}}, "sparkle"),
        ("query", QUERY | {"using": "w"}, "w"),
        ("query", {"query": ID, "using": "v"}, "point ids"),
        ("query", {"query": {"recommend": {"positive": [ID]}}, "using": "v"}, "query.query"),
        ("query", {"query": [1, 0]}, "using"),
        ("query", {"query": [1, 0, 0], "using": "v"}, "expected dim: 2"),
        ("query", {"query": [1, "x"], "using": "v"}, "finite"),
        ("query", {"query": {"fusion": "rrf"}}, "prefetch"),
        ("query", {"query": {"fusion": "best"}, "prefetch": [QUERY]}, "best"),
        ("query", {"query": {"rrf": {"weights": [1, 2]}}, "prefetch": [QUERY]}, "weights"),
        ("query", {"query": {"rrf": {"z": 1}}, "prefetch": [QUERY]}, "rrf.z"),
        ("query", {"query": {"fusion": "rrf"}, "prefetch": [QUERY | {"x": 1}]}, "prefetch[0].x"),
        ("query", QUERY | {"prefetch": [QUERY]}, "rescoring"),
        ("scroll", {"order_by": "k"}, "scroll.order_by.key"),
        ("scroll", {"order_by": {"key": "day", "direction": "up"}}, "neither asc nor desc"),
        ("scroll", {"order_by": {"key": "day", "start_from": 1}}, "order_by.start_from"),
        ("scroll", {"order_by": "day", "offset": ID}, "scroll.offset"),
        ("query", QUERY | {"limit": 0}, "limit"),
        ("query", QUERY | {"limit": True}, "limit"),
        ("query", QUERY | {"filter": {"may": []}}, "filter.may"),
        ("query", QUERY | {"filter": {"min_should": {}}}, "min_should"),
        ("query", QUERY | {"filter": {"must": [{"key": "k"}]}}, "must[0]"),
        ("query", QUERY | {"filter": {"must": [{"key": "k", "match": {"text": "x"}}]}}, "text"),
        ("query", QUERY | {"filter": {"must": [{"key": "k", "geo_radius": {}}]}}, "geo_radius"),
        ("query", QUERY | {"filter": {"must": {"key": "k", "range": {"gt": "soon"}}}}, "range"),
        ("query", QUERY | {"filter": {"must": [{"has_id": ["x"]}]}}, "UUID"),
        ("query", QUERY | {"with_vector": ["w"]}, "w"),
        ("query", QUERY | {"query": best_of([], strategy="best_score")}, "positive"),
        ("query", QUERY | {"query": best_of([7], strategy="best_score")}, "positive"),
        ("query", QUERY | {"query": best_of([[1]], strategy="best_score")}, "positive[0]"),
        ("query", QUERY | {"query": best_of([[1, 0]], strategy="average_vector")}, "strategy"),
        ("query", QUERY | {"query": best_of([[1, 0]])}, "strategy"),
        (
            "query",
            QUERY | {"query": best_of([[1, 0]], strategy="best_score", negative=[[0, 1]])},
            "negative",
        ),
        ("query/groups", QUERY | {"group_by": "k", "offset": 3}, "offset"),
        ("query/groups", QUERY | {"group_by": "k", "with_lookup": "x"}, "with_lookup"),
        ("query/batch", {"searches": [QUERY, QUERY | {"x": 1}]}, "searches[1].x"),
        ("scroll", {"order_by": "k"}, "order_by"),
        ("count", {"shard_key": "x"}, "shard_key"),
        ("delete", {"filter": {}, "points": [ID]}, "delete.filter"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_unsupported_field_is_named(
    http: httpx.Client, path: str, body: dict[str, Any], named: str
) -> None:
    answer = http.post(f"/collections/refusals/points/{path}", json=body)
    assert answer.status_code == 400, answer.text
    assert named in error(answer)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"shard_number": 2}, "shard_number"),
        ({"vectors": {"size": 2, "distance": "Cosine"}}, "named vectors"),
        ({"vectors": {"v": {"size": 2, "distance": "Hamming"}}}, "distance"),
        ({"vectors": {"v": {"size": 2, "distance": "Dot", "on_disk": True}}}, "on_disk"),
        ({"quantization_config": {"scalar": {"type": "int8"}}}, "turbo"),
        ({"strict_mode_config": {"enabled": True, "max_timeout": 3}}, "max_timeout"),
        ({"hnsw_config": {"m": 16}}, "hnsw_config"),
    ],
    ids=str,
)
def test_unsupported_collection_is_refused(
    http: httpx.Client, change: dict[str, Any], named: str
) -> None:
    answer = http.put("/collections/never", json=CONFIG | change)
    assert answer.status_code == 400
    assert named in error(answer)
    assert not http.get("/collections/never/exists").json()["result"]["exists"]


@pytest.mark.parametrize(
    "bad",
    [
        {"id": OTHER, "vector": {"v": [1, 0, 0]}},
        {"id": OTHER, "vector": {"w": [1, 0]}},
        {"id": OTHER, "vector": {"v": [1, None]}},
        {"id": OTHER, "vector": {"v": [1, 1e39]}},
        {"id": OTHER, "vector": {"v": [1, True]}},
        {"id": OTHER, "vector": [1, 0]},
        {"id": "x", "vector": {"v": [1, 0]}},
        {"id": -1, "vector": {"v": [1, 0]}},
        {"id": OTHER, "vector": {"s": {"indices": [1, 1], "values": [1, 2]}}},
        {"id": OTHER, "vector": {"s": {"indices": [1], "values": [1, 2]}}},
        {"id": OTHER, "vector": {"v": [1, 0]}, "payload": [1]},
        {"id": OTHER, "vector": {"v": [1, 0]}, "colour": "red"},
    ],
    ids=str,
)
def test_one_bad_point_changes_nothing(http: httpx.Client, bad: dict[str, Any]) -> None:
    """Sound points of the same request are neither stored nor replaced."""
    sound = [
        {"id": str(uuid.UUID(int=n)), "vector": {"v": [0, 1]}, "payload": {"k": "b"}}
        for n in (1, 3)
    ]
    answer = http.put("/collections/refusals/points", json={"points": [*sound, bad]})
    assert answer.status_code == 400
    assert "points[2]" in error(answer)
    found = http.post("/collections/refusals/points/scroll", json={}).json()["result"]["points"]
    assert found == [{"id": ID, "payload": {"k": "a"}}]


def test_nan_in_the_body_is_no_json(http: httpx.Client) -> None:
    body = b'{"points":[{"id":7,"vector":{"v":[NaN,0]}}]}'
    answer = http.put("/collections/refusals/points", content=body)
    assert answer.status_code == 400
    assert "JSON" in error(answer)


def test_unknown_parameter_is_named(http: httpx.Client) -> None:
    answer = http.post("/collections/refusals/points/count?consistency=all", json={})
    assert answer.status_code == 400
    assert "consistency" in error(answer)


def test_missing_collection_is_404(http: httpx.Client) -> None:
    assert http.post("/collections/nowhere/points/count", json={}).status_code == 404


def test_taken_name_is_409(http: httpx.Client) -> None:
    assert http.put("/collections/refusals", json=CONFIG).status_code == 409


@pytest.mark.parametrize("name", [".hidden", "a b", "x" * 300, "ü"])
def test_names_that_are_no_folder_are_refused(http: httpx.Client, name: str) -> None:
    assert http.put(f"/collections/{name}", json=CONFIG).status_code == 400


def test_alias_actions_are_all_or_none(http: httpx.Client) -> None:
    actions = [
        {"create_alias": {"alias_name": "now", "collection_name": "refusals"}},
        {"delete_alias": {"alias_name": "never"}},
    ]
    assert http.post("/collections/aliases", json={"actions": actions}).status_code == 404
    aliases = http.get("/aliases").json()["result"]["aliases"]
    assert "now" not in {alias["alias_name"] for alias in aliases}


def test_web_pages_are_refused(http: httpx.Client) -> None:
    answer = http.post(
        "/collections/refusals/points/count",
        json={},
        headers={"Origin": "http://elsewhere.example"},
    )
    assert answer.status_code == 403


def test_health(http: httpx.Client) -> None:
    assert {http.get(path).status_code for path in ("/", "/healthz", "/readyz", "/livez")} == {200}
