"""The service's own HTTP: what arrives in pieces, together, broken, or from who does not stay."""

import gc
import json
import signal
import socket
import sys
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from search.edge_service.app import build_answering
from search.edge_service.serving import Request
from search.edge_service.store import Store
from tests.search.engines import EdgeProcess, start_edge, stop

_ALIVE = b"GET /healthz HTTP/1.1\r\nHost: limn\r\n\r\n"
_LONG_NAME = b"a" * 12_000_000
"""More than lies between two processes; an answer that names it is sent bit by bit."""
_LONG_BODY = b'{"actions": [], "%s": 1}' % _LONG_NAME
_LONG = b"POST /collections/aliases HTTP/1.1\r\nHost: limn\r\nContent-Length: %d\r\n\r\n%s" % (
    len(_LONG_BODY),
    _LONG_BODY,
)


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeProcess]:
    started = start_edge(tmp_path_factory.mktemp("serving"))
    yield started
    stop(started.process)


@pytest.fixture
def caller(edge: EdgeProcess) -> Iterator[socket.socket]:
    parts = urlsplit(edge.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as made:
        yield made


def read(caller: socket.socket, n_answers: int = 1, *, to_the_end: bool = False) -> bytes:
    """So many answers of a short body each, or all there are until the other side hangs up."""
    got = b""
    while to_the_end or got.count(b"\r\n\r\nok") < n_answers:
        part = caller.recv(65536)
        if not part:
            return got
        got += part
    return got


def fetch(caller: socket.socket) -> HTTPResponse:
    """One answer, as the standard library reads it."""
    answer = HTTPResponse(caller)
    answer.begin()
    return answer


def test_request_in_pieces_is_answered_once_it_is_whole(caller: socket.socket) -> None:
    for piece in (_ALIVE[:7], _ALIVE[7:30], _ALIVE[30:]):
        caller.sendall(piece)
    assert read(caller).startswith(b"HTTP/1.1 200 OK\r\n")


def test_requests_sent_together_are_answered_in_their_order(caller: socket.socket) -> None:
    unknown = b"GET /nothing HTTP/1.1\r\nHost: limn\r\n\r\n"
    caller.sendall(_ALIVE + unknown + _ALIVE)
    got = read(caller, 2)
    assert [part[:3] for part in got.split(b"HTTP/1.1 ")[1:]] == [b"200", b"501", b"200"]


def test_caller_who_does_not_stay_is_let_go(caller: socket.socket) -> None:
    caller.sendall(_ALIVE.replace(b"Host: limn", b"Host: limn\r\nConnection: close"))
    got = read(caller, to_the_end=True)
    assert b"connection: close" in got
    assert got.endswith(b"ok")


def test_head_has_no_body(caller: socket.socket) -> None:
    caller.sendall(_ALIVE.replace(b"GET", b"HEAD") + _ALIVE)
    got = read(caller)
    assert got.count(b"content-length: 2") == 2
    assert got.count(b"\r\n\r\nok") == 1


@pytest.mark.parametrize(
    "sent",
    [
        b"not HTTP at all\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: limn\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
    ],
)
def test_what_is_not_understood_is_refused_and_ended(caller: socket.socket, sent: bytes) -> None:
    caller.sendall(sent)
    assert read(caller, to_the_end=True).startswith(b"HTTP/1.1 400 Bad Request\r\n")


def test_large_body_is_asked_for_first_where_its_sender_waits(caller: socket.socket) -> None:
    body = b'{"ids": []}'
    caller.sendall(
        b"POST /collections/none/points HTTP/1.1\r\nHost: limn\r\nExpect: 100-continue\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body)
    )
    assert caller.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
    caller.sendall(body)
    assert caller.recv(65536).startswith(b"HTTP/1.1 404 Not Found\r\n")


def test_service_told_to_stop_lets_its_callers_go(tmp_path: Path) -> None:
    own = start_edge(tmp_path)
    parts = urlsplit(own.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as caller:
        caller.sendall(_ALIVE)
        read(caller)
        own.process.send_signal(signal.SIGTERM)
        assert caller.recv(65536) == b""
    assert own.process.wait(timeout=20) == 0


def test_who_does_not_fetch_an_answer_keeps_nobody_waiting(
    edge: EdgeProcess, caller: socket.socket
) -> None:
    caller.sendall(_LONG)
    parts = urlsplit(edge.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as other:
        other.sendall(_ALIVE)
        assert read(other).endswith(b"ok")
    with fetch(caller) as answer:
        assert answer.status == 400
        assert _LONG_NAME in answer.read()
    caller.sendall(_ALIVE)
    assert read(caller).endswith(b"ok")


def test_service_told_to_stop_sends_what_it_has_answered(tmp_path: Path) -> None:
    own = start_edge(tmp_path)
    parts = urlsplit(own.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as caller:
        caller.sendall(_LONG)
        assert caller.recv(1, socket.MSG_PEEK) == b"H"
        own.process.send_signal(signal.SIGTERM)
        with fetch(caller) as answer:
            assert _LONG_NAME in answer.read()
        assert caller.recv(65536) == b""
    assert own.process.wait(timeout=20) == 0


def test_values_of_a_call_are_not_kept(tmp_path: Path) -> None:
    """Figures that are replaced come with ever new revisions."""
    store = Store(tmp_path)
    answering = build_answering(store)

    def call(path: str, body: object) -> None:
        asked = Request(
            method="PUT", path=f"/collections/kept{path}", body=json.dumps(body).encode()
        )
        assert answering(asked).status == 200

    def replace(lot: int) -> None:
        payloads = [{"revision": f"{n}th figure in its {lot}th issue"} for n in range(500)]
        points = [{"id": n, "vector": {"v": [1, n]}, "payload": p} for n, p in enumerate(payloads)]
        call("/points", {"points": points})

    call("", {"vectors": {"v": {"size": 2, "distance": "Cosine"}}})
    replace(0)
    gc.collect()
    n_before = sys.getallocatedblocks()
    for lot in range(1, 5):
        replace(lot)
    gc.collect()
    n_kept = sys.getallocatedblocks() - n_before
    store.close()
    assert n_kept < 500
