"""Services for the search tests: the embedded service always, a real server from wherever it is.

The real server comes from TEST_QDRANT_URL, else Docker, else a binary: LIMN_QDRANT_BINARY,
`qdrant` on PATH, `.cache/qdrant/qdrant` (put there by `.ci/install_qdrant`). Without any the tests
that need it fail and say so.
"""

import contextlib
import json
import os
import tempfile
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.search.engines import (
    EdgeProcess,
    docker_answers,
    find_binary,
    quick_folder,
    server_from_binary,
    server_in_docker,
    start_edge,
    stop,
)

WHO_SERVED: list[str] = []
INSTALL_HINT = (
    "no Qdrant server for the contract tests: set TEST_QDRANT_URL, start Docker, or run"
    " .ci/install_qdrant (or set LIMN_QDRANT_BINARY)"
)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in WHO_SERVED:
        terminalreporter.write_line(f"served by {line}")


@pytest.fixture(scope="session")
def edge() -> Iterator[EdgeProcess]:
    """One embedded service for the whole run; tests use collections of their own."""
    with tempfile.TemporaryDirectory(prefix="limn-edge-", dir=quick_folder()) as folder:
        service = start_edge(Path(folder))
        yield service
        stop(service.process)


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A real Qdrant server."""
    with contextlib.ExitStack() as stack:
        if url := os.environ.get("TEST_QDRANT_URL"):
            source = "TEST_QDRANT_URL"
        elif docker_answers():
            url, source = stack.enter_context(server_in_docker()), "Docker"
        elif binary := find_binary():
            url, source = stack.enter_context(server_from_binary(binary)), str(binary.name)
        else:
            pytest.fail(INSTALL_HINT)
        with urllib.request.urlopen(url, timeout=10) as answer:
            WHO_SERVED.append(f"Qdrant {json.load(answer)['version']} ({source})")
        yield url


@pytest.fixture
def service_folder() -> Iterator[Path]:
    """For a service of the test's own."""
    with tempfile.TemporaryDirectory(prefix="limn-edge-", dir=quick_folder()) as folder:
        yield Path(folder)


@pytest.fixture
def encoder_id() -> str:
    """Unique, so that every test has a collection of its own."""
    return f"test-{uuid.uuid4().hex[:12]}"
