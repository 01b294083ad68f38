"""The short way to Qdrant: connections that are kept, and when it is taken."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from qdrant_client.http.exceptions import ResponseHandlingException

from search.connection import connect
from search.direct_client import DirectClient
from search.kept_connections import KeptConnections


class Other(ThreadingHTTPServer):
    """The other side: answers with what it was sent, and remembers who called."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Echo)
        self.calls: list[tuple[int, str, str | None]] = []
        self.sockets: list[socket.socket] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Other

    def do_POST(self) -> None:
        self.server.calls.append((self.client_address[1], self.path, self.headers["api-key"]))
        self.server.sockets.append(self.connection)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(404 if body == b"unknown" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def other() -> Iterator[Other]:
    with Other() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def connections(other: Other) -> Iterator[KeptConnections]:
    made = KeptConnections(f"{other.url}/at", {"api-key": "k"}, default_port=6333, timeout_s=10)
    yield made
    made.close()


def test_connection_is_used_again(other: Other, connections: KeptConnections) -> None:
    assert connections.post("/one", b"1") == (200, b"1")
    assert connections.post("/two", b"unknown") == (404, b"unknown")
    (first, *where), (second, *there) = other.calls
    assert first == second
    assert [where, there] == [["/at/one", "k"], ["/at/two", "k"]]


def test_connection_that_the_other_side_closed_is_opened_anew(
    other: Other, connections: KeptConnections
) -> None:
    connections.post("/", b"1")
    other.sockets[0].shutdown(socket.SHUT_RDWR)
    assert connections.post("/", b"2") == (200, b"2")
    assert len({port for port, *_ in other.calls}) == 2


def test_threads_do_not_share_a_connection_at_a_time(
    other: Other, connections: KeptConnections
) -> None:
    answers: dict[bytes, bytes] = {}

    def ask(body: bytes) -> None:
        for _ in range(20):
            answers[body] = connections.post("/", body)[1]

    threads = [threading.Thread(target=ask, args=(b"%d" % i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {b"%d" % i: b"%d" % i for i in range(4)}
    assert len({port for port, *_ in other.calls}) <= 4


def test_answer_that_is_not_qdrants_is_told_as_the_clients_error(other: Other) -> None:
    client = connect(other.url, None, 10)
    with pytest.raises(ResponseHandlingException):
        client.count("figures", exact=True)
    client.close()


@pytest.mark.parametrize(
    ("url", "proxy", "is_direct"),
    [
        ("http://127.0.0.1:6333", "http://proxy.example:3128", True),
        ("http://qdrant:6333", "", True),
        ("http://qdrant:6333", "http://proxy.example:3128", False),
        ("https://127.0.0.1:6333", "", False),
    ],
)
def test_short_way_is_for_plain_http_without_a_proxy(
    monkeypatch: pytest.MonkeyPatch, url: str, proxy: str, is_direct: bool
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, proxy)
        monkeypatch.delenv(name.upper(), raising=False)
    client = connect(url, None, 10)
    assert isinstance(client, DirectClient) == is_direct
    client.close()


def test_connection_that_breaks_off_is_told() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]

    def hang_up() -> None:
        caller, _ = listener.accept()
        with caller:
            caller.recv(65536)
            caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")

    thread = threading.Thread(target=hang_up)
    thread.start()
    made = KeptConnections(f"http://127.0.0.1:{port}", {}, default_port=6333, timeout_s=10)
    with listener, pytest.raises(ConnectionError, match="closed before the answer was whole"):
        made.post("/", b"1")
    thread.join()
