"""Small answers of the page server leave at once."""

import http.client
import socket
import time
from urllib.parse import urlsplit

import pytest
from streamlit.web.server.starlette import starlette_server

from ui.listening import send_without_delay

NAGLE_S = 0.04
"""For so long the kernel holds an acknowledgement back, and with it the rest of an answer."""


def test_connections_to_the_pages_send_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starlette_server, "_bind_socket", starlette_server._bind_socket)
    send_without_delay()
    listener, _ = starlette_server._bind_server_socket("127.0.0.1", "127.0.0.1", 0, 8)
    with listener, socket.create_connection(listener.getsockname()):
        listener.settimeout(5)
        with listener.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_an_answer_on_a_kept_connection_does_not_wait_for_an_acknowledgement(address: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    taken_s = []
    for _ in range(40):
        started = time.perf_counter()
        connection.request("GET", "/api/v1/health/live")
        assert connection.getresponse().read()
        taken_s.append(time.perf_counter() - started)
    connection.close()
    assert min(taken_s[20:]) < NAGLE_S, "the first ones are acknowledged at once"
