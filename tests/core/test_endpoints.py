"""Only an endpoint on this very machine counts as local."""

import socket

import pytest

from core.endpoints import is_local_endpoint


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:11434/v1",
        "http://127.0.0.1/v1",
        "http://127.8.9.10:8000",
        "http://[::1]:8000/v1",
        "http://[::ffff:127.0.0.1]/v1",
    ],
)
def test_loopback_is_local(url: str) -> None:
    assert is_local_endpoint(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.7/v1",
        "http://0.0.0.0:8000/v1",
        "https://203.0.113.5/v1",
        "http://127.0.0.1@203.0.113.5/v1",
        "http://[::1",
        "localhost:11434",
        "",
    ],
)
def test_anything_else_is_not(url: str) -> None:
    assert not is_local_endpoint(url)


@pytest.mark.parametrize(
    ("addresses", "local"),
    [(["127.0.0.1", "127.0.1.1"], True), (["127.0.0.1", "203.0.113.5"], False), ([], False)],
)
def test_a_name_is_what_it_resolves_to(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str], local: bool
) -> None:
    def resolve(host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        assert host == "llm.example"
        if not addresses:
            raise socket.gaierror("no such name")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 0)) for one in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert is_local_endpoint("http://llm.example/v1") is local
