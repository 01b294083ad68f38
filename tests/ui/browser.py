"""A browser before the pages: the real server over the session's corpus, headless Chromium."""

import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from core.settings import Settings
from ui.context import UiContext

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Page

CHROMIUM = Path(os.environ.get("LIMN_TEST_CHROMIUM", "/usr/bin/chromium"))
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
START_TIMEOUT_S = 120
PATIENCE_MS = 60_000
# The browser logs every refused request as an error. Streamlit finds its own base path by asking
# for these below a page's address, where a 404 is the answer it needs; a wrong file is refused by
# the last, and the page says why.
REFUSED_ON_PURPOSE = re.compile(r"/[a-z_]+/_stcore/(health|host-config)$|/api/v1/queries$")


@contextmanager
def served_pages(settings: Settings, port: int, more: Mapping[str, str]) -> Iterator[str]:
    """The page server in a process of its own, until the end of the block.

    Args:
        settings: Of the home to serve.
        port: Where it listens.
        more: Further settings, as variables of its environment.

    Returns:
        Its address, once it answers.
    """
    assert settings.redis.url
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("LIMN_")},
        "LIMN_HOME": str(settings.home),
        "LIMN_QDRANT__URL": str(settings.qdrant.url),
        "LIMN_REDIS__URL": settings.redis.url.get_secret_value(),
        "LIMN_UI__PORT": str(port),
        "OMP_NUM_THREADS": "1",
        **more,
    }
    log = (settings.home / "pages.log").open("wb")
    command = [sys.executable, str(Path(__file__).with_name("serve_for_browser.py"))]
    with log, subprocess.Popen(command, env=environment, stdout=log, stderr=log) as server:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + START_TIMEOUT_S
        while not answers(f"{address}/api/v1/health/live"):
            said = Path(log.name).read_text(errors="replace")[-2000:]
            assert server.poll() is None, f"the page server ended:\n{said}"
            assert time.monotonic() < deadline, f"the page server does not answer:\n{said}"
            time.sleep(0.1)
        yield address
        server.terminate()
        assert server.wait(20) in (0, -15)


@pytest.fixture(scope="session")
def address(context: UiContext, settings: Settings) -> Iterator[str]:
    """The server over the corpus, which `context` made."""
    with served_pages(settings, settings.ui.port, {}) as address:
        yield address


def answers(url: str) -> bool:
    """Whether somebody says yes there."""
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    assert CHROMIUM.exists(), (
        f"{CHROMIUM} is missing: install Chromium (Debian: apt-get install chromium), "
        "or name its binary in LIMN_TEST_CHROMIUM"
    )
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Watch:
    """What went wrong in the pages of one test."""

    def __init__(self, browser: "BrowserContext", address: str) -> None:
        self.faults: list[str] = []
        browser.on("request", lambda request: self._request(request.url, address))
        browser.on("console", self._console)
        browser.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))

    def _request(self, url: str, address: str) -> None:
        if not url.startswith((f"{address}/", "data:", "blob:")):
            self.faults.append(f"left the machine: {url}")

    def _console(self, message: "ConsoleMessage") -> None:
        where = str(message.location.get("url", ""))
        if message.type == "error" and not REFUSED_ON_PURPOSE.search(where):
            self.faults.append(f"console: {message.text} {where}")


@pytest.fixture
def browser(chromium: Any, address: str) -> "Iterator[BrowserContext]":
    """A fresh browser profile; the test fails if a page logged an error or left loopback."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, base_url=address)
    context.set_default_timeout(PATIENCE_MS)
    watch = Watch(context, address)
    yield context
    context.close()
    assert watch.faults == [], watch.faults


@pytest.fixture
def page(browser: "BrowserContext") -> "Page":
    from playwright.sync_api import expect

    page = browser.new_page()
    expect.set_options(timeout=PATIENCE_MS)
    return page
