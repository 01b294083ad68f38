"""Damaged and senseless calls to the embedded service: refused, and the next one is answered."""

import json
import socket
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.damage import damaged, fuzzing
from tests.search.engines import EdgeProcess

PLACE = "/collections/fuzzed"
_CONFIG = {
    "vectors": {"v": {"size": 2, "distance": "Cosine"}},
    "sparse_vectors": {"s": {"modifier": "idf"}},
    "metadata": {"encoder_id": "hash"},
}
_WORDS = {"indices": [1, 7], "values": [0.5, 2]}
_POINT = {
    "id": str(uuid.UUID(int=1)),
    "vector": {"v": [1, 0], "s": _WORDS},
    "payload": {"k": "a", "day": "2021-01-05", "many": ["a", "b"]},
}
_FILTER = {
    "must": [{"key": "k", "match": {"any": ["a", "b"]}}],
    "must_not": [{"key": "day", "range": {"gte": "2021-01-05"}}],
    "should": [{"has_id": [_POINT["id"]]}],
}
_FUSED = {
    "prefetch": [
        {"query": [1, 0], "using": "v", "limit": 9, "filter": _FILTER},
        {"query": _WORDS, "using": "s", "limit": 9},
    ],
    "query": {"rrf": {"k": 60}},
    "limit": 3,
    "with_payload": ["k"],
}
_CALLS = {
    ("PUT", ""): _CONFIG,
    ("PUT", "/index"): {"field_name": "k", "field_schema": "keyword"},
    ("PUT", "/points"): {"points": [_POINT]},
    ("POST", "/points"): {"ids": [_POINT["id"], 3], "with_payload": True, "with_vector": ["v"]},
    ("POST", "/points/query"): _FUSED,
    ("POST", "/points/query/groups"): {
        **{"query": [1, 0], "using": "v", "filter": _FILTER},
        **{"group_by": "k", "group_size": 2, "limit": 3},
    },
    ("POST", "/points/query/batch"): {"searches": [_FUSED, {"query": [0, 1], "using": "v"}]},
    ("POST", "/points/count"): {"filter": _FILTER, "exact": True},
    ("POST", "/points/scroll"): {"limit": 2, "order_by": {"key": "day"}, "with_payload": True},
    ("POST", "/points/delete"): {"points": [3]},
    ("POST", "/facet"): {"key": "k", "filter": _FILTER, "limit": 5},
}
_TOKENS = [b"null", b"[]", b"{}", b'""', b"true", b'"rrf"', b"[[1,0]]", b"1e-320", b"\\ud800"]


@pytest.fixture(scope="module")
def http(edge: EdgeProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=edge.url, trust_env=False, timeout=20) as client:
        yield client
        client.delete(PLACE)


@given(data=st.data())
@fuzzing(250)
def test_a_damaged_body_is_understood_or_refused(http: httpx.Client, data: st.DataObject) -> None:
    method, path = data.draw(st.sampled_from(sorted(_CALLS)))
    whole = json.dumps(_CALLS[method, path]).encode()
    body = data.draw(st.just(whole) | damaged(whole, _TOKENS))
    if path:
        http.put(PLACE, json=_CONFIG)
    else:
        http.delete(PLACE)
    answer = http.request(method, PLACE + path, content=body)
    assert answer.status_code in {200, 400, 404, 409, 422, 501}, (path, body, answer.text)
    assert answer.json()


@pytest.mark.parametrize(
    "condition",
    [
        {"key": "d`y", "range": {"gte": "2021-01-05"}},
        {"key": "d`y", "match": {"any": ["a", "b"]}},
        {"is_empty": {"key": "d`y"}},
    ],
)
def test_a_key_that_is_no_path_is_refused(http: httpx.Client, condition: dict[str, Any]) -> None:
    http.put(PLACE, json=_CONFIG)
    asked = {"limit": 3, "filter": {"must": [condition]}}
    answer = http.post(f"{PLACE}/points/scroll", json=asked)
    assert answer.status_code == 400
    assert "d`y" in answer.json()["status"]["error"]


@given(data=st.data())
@fuzzing(60)
def test_whatever_is_sent_the_next_caller_is_answered(
    edge: EdgeProcess, http: httpx.Client, data: st.DataObject
) -> None:
    whole = b"POST /collections/x/facet HTTP/1.1\r\nHost: limn\r\nContent-Length: 2\r\n\r\n{}"
    tokens = [b"\r\n\r\n", b"Transfer-Encoding: chunked\r\n", b"%00", b"HTTP/9.9", b"Expect: "]
    sent = data.draw(damaged(whole, tokens) | st.binary(max_size=300))
    parts = urlsplit(edge.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as caller:
        caller.sendall(sent)
        caller.shutdown(socket.SHUT_WR)
        answered = b"".join(iter(lambda: caller.recv(65536), b""))
    assert answered[:9] in {b"", b"HTTP/1.1 "}
    assert b" 500 " not in answered[:20]
    assert http.get("/healthz").status_code == 200
