"""Take the pictures of the pages in docs/screenshots, of the sample patents of `limn demo`.

    .venv/bin/python tools/screenshots.py           all of them
    .venv/bin/python tools/screenshots.py compare   those whose name contains a word

Needs what the tests need: `./run test` sets it up, and Chromium. The demo is made anew each time,
under .cache, so that the same things stand in it. Look at every picture before it is committed.
"""

import io
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from ui.processes import answers, free_port

ROOT = Path(__file__).parents[1]
OUT = ROOT / "docs/screenshots"
HOME = ROOT / ".cache/screenshots-home"
CHROMIUM = os.environ.get("LIMN_TEST_CHROMIUM", "/usr/bin/chromium")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
PATIENCE_MS = 60_000
START_TIMEOUT_S = 600
SETTLE_MS = 700
"""Fonts, transitions and charts have come to rest by then."""


def main() -> None:
    """Start the demo, take the pictures whose name contains a given word, stop it."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    OUT.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(HOME, ignore_errors=True)
    with demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for shot in SHOTS:
            if wanted not in shot.name:
                continue
            context = browser.new_context(
                viewport={"width": shot.width_px, "height": shot.height_px},
                color_scheme="dark" if shot.is_dark else "light",
                base_url=address,
                reduced_motion="reduce",
            )
            context.set_default_timeout(PATIENCE_MS)
            page = context.new_page()
            shot.show(page)
            rest(page)
            keep(page.screenshot(), shot.name)
            context.close()
        browser.close()


@contextmanager
def demo() -> Iterator[str]:
    """`limn demo` in a home of its own, until the end of the block; yields its address."""
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("LIMN_")},
        "LIMN_HOME": str(HOME),
        "LIMN_UI__PORT": "0",
    }
    command = [str(Path(sys.executable).with_name("limn")), "demo"]
    with subprocess.Popen(command, env=environment, stdout=sys.stderr) as process:
        try:
            yield _address_of(process)
        finally:
            process.terminate()
            process.wait(60)


def _address_of(process: "subprocess.Popen[bytes]") -> str:
    """Where the pages are, once every sample is searchable."""
    sheet = HOME / "demo/contact_sheet.png"
    deadline = time.monotonic() + START_TIMEOUT_S
    while not sheet.exists():  # drawn last
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit("the demo did not come up; see what it said above")
        time.sleep(0.2)
    port = json.loads((HOME / "run/services.json").read_text())["ui_port"]
    return f"http://127.0.0.1:{port}"


@contextmanager
def behind_keys() -> Iterator[str]:
    """A second page server over the demo's services, which asks for keys; yields its address."""
    state = json.loads((HOME / "run/services.json").read_text())
    port = free_port()
    environment = {
        **os.environ,
        "LIMN_HOME": str(HOME),
        "LIMN_QDRANT__URL": state["qdrant_url"],
        "LIMN_REDIS__URL": state["redis_url"],
        "LIMN_UI__PORT": str(port),
        "LIMN_ACCESS__MODE": "keys",
    }
    with subprocess.Popen([sys.executable, "-m", "ui.server"], env=environment) as process:
        while not answers(port, "127.0.0.1"):
            if process.poll() is not None:
                raise SystemExit("the page server that asks for keys did not come up")
            time.sleep(0.1)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def rest(page: Page) -> None:
    """Wait until no script of the page runs and every picture in sight is there."""
    page.wait_for_function(
        """() => {
            const app = document.querySelector('[data-testid=stApp]');
            const isIdle = !app || app.dataset.testScriptState === 'notRunning';
            return isIdle && !document.querySelector('[data-testid=stSpinner]');
        }"""
    )
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(SETTLE_MS)


def keep(png: bytes, name: str) -> None:
    """Write a picture as WebP."""
    path = OUT / f"{name}.webp"
    Image.open(io.BytesIO(png)).convert("RGB").save(path, "WEBP", quality=82, method=6)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} KiB")


def search_by_drawing(page: Page, *, layout: str = "List") -> None:
    """The demo's own drawing, within its class."""
    page.goto("/?class=06-01" + ("&layout=grid" if layout == "Grid" else ""))
    page.get_by_label("Choose drawings").set_input_files(HOME / "demo/query.png")
    page.locator(".card .score").first.wait_for()


def look_closer(page: Page) -> None:
    """The first hit beside the query."""
    search_by_drawing(page)
    page.keyboard.press("j")
    page.keyboard.press(" ")
    page.get_by_role("dialog", name="A closer look").wait_for()


def compare(page: Page) -> None:
    """The query laid over the best two."""
    search_by_drawing(page)
    for box in page.locator(".card").get_by_role("checkbox").all()[:2]:
        box.check()
    page.get_by_role("button", name="Compare", exact=True).click()
    page.locator(".wrap[data-drawn$=sides]").wait_for()
    page.keyboard.press("2")
    page.locator(".wrap[data-drawn$=overlay]").wait_for()


def publication(page: Page) -> None:
    """Figures and facts of one publication."""
    page.goto("/publication?id=US-D9900001-S1")
    page.locator(".tile").first.wait_for()


def sheets(page: Page) -> None:
    """Its sheets with the figures found on them."""
    publication(page)
    page.get_by_text("Sheets", exact=True).click()
    page.get_by_role("button", name="Search with FIG. 1", exact=True).first.wait_for()


def sign_in(page: Page) -> None:
    """The same home served to those alone who have a key."""
    with behind_keys() as address:
        page.goto(f"{address}/sign-in")
        page.get_by_label("Key").wait_for()


def casebook(page: Page) -> None:
    """A hit that was marked."""
    search_by_drawing(page)
    page.keyboard.press("j")
    page.keyboard.press("r")
    page.get_by_text("Marked relevant by").first.wait_for()
    open_page("/casebook", "Casebook")(page)
    page.get_by_role("tab", name="Marked").click()


def embedding_map(page: Page) -> None:
    """The map, once it is drawn."""
    page.goto("/embedding_map")
    page.locator(".map[data-drawn]").wait_for()


def open_page(path: str, heading: str) -> Callable[[Page], None]:
    """A page as it opens."""

    def show(page: Page) -> None:
        page.goto(path)
        page.get_by_role("heading", name=heading, level=1).wait_for()

    return show


@dataclass(frozen=True)
class Shot:
    """A picture of a page.

    Attributes:
        show: Brings the page to where it is taken.
    """

    page: str
    show: Callable[[Page], None]
    width_px: int = 1440
    height_px: int = 900
    is_dark: bool = False

    @property
    def name(self) -> str:
        """``search-list-1440-light``."""
        return f"{self.page}-{self.width_px}-{'dark' if self.is_dark else 'light'}"


def search_in_grid(page: Page) -> None:
    """The same search as a wall of small cards."""
    search_by_drawing(page, layout="Grid")


SHOTS = (
    Shot("search", open_page("/", "Find the designs that came before")),
    Shot("search-list", search_by_drawing, height_px=1100),
    Shot("search-grid", search_in_grid, height_px=1100),
    Shot("search-look", look_closer),
    Shot("compare", compare),
    Shot("publication", publication),
    Shot("publication-sheets", sheets),
    Shot("map", embedding_map),
    Shot("uploads", open_page("/uploads", "Uploads")),
    Shot("dashboards", open_page("/dashboards", "Dashboards"), height_px=1200),
    Shot("sign-in", sign_in),
    Shot("models", open_page("/models", "Model quality")),
    Shot("search-list", search_by_drawing, is_dark=True),
    Shot("compare", compare, is_dark=True),
    Shot("search-list", search_by_drawing, width_px=1024),
    Shot("publication", publication, width_px=1024),
    Shot("casebook", casebook),  # last: the mark would stand in all that follow
)

if __name__ == "__main__":
    main()
