"""How long does a person at the pages wait, in a real browser, with so many figures?

A home of made-up publications (`browser_home.py`; made once, kept under .cache) is served by the
real services with the real encoder, and a headless Chromium does what people do:

- `first page`: the page server is started anew, and a browser profile that has seen nothing opens
  the search page as soon as it answers.
- `search, …`: Enter after words, a click on a figure, on the class of a filter; each from a page at
  rest until the new results stand there, no script runs, every picture in sight is shown, and none
  of that changes any more. The thumbnails were thrown away beforehand: those of a design nobody
  looked at yet are drawn in it.
- `page, …`: a click in the navigation until that page is whole in the same sense.

Every lap is timed from outside the browser. Wall time on a machine with other work is an upper
bound: the load stands beside the numbers.

    ./run bench bench_browser
    taskset -c 0,1 ./run bench bench_browser --n-figures 100000 --json > browser.json
"""

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.browser_home import fill_home
from benchmarks.measured_on import surroundings
from core.logs import configure_logs
from core.settings import LogSettings, Settings, UiSettings
from samples.families import FAMILIES
from ui.processes import ServiceProcess
from ui.services import EVERYTHING, Service, service_spec
from ui.supervisor import own_services

CHROMIUM = os.environ.get("LIMN_TEST_CHROMIUM", "/usr/bin/chromium")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
PATIENCE_MS = 60_000
BUDGET_S = {"first page": 4.0, "search": 1.0, "page": 0.7}
PAGES = {
    "Compare": "Compare",
    "Map": "Map",
    "Casebook": "Casebook",
    "Uploads": "Uploads",
    "Dashboards": "Dashboards",
    "Model quality": "Model quality",
    "Search": "Find the designs that came before",
}
"""By the name in the navigation, the heading of the page."""
REST_MS = 1000
"""A page that did not change for so long is what it will be: components draw themselves a moment
after the script that fed them has ended, and until then the pictures before stand there."""
# Whole: its words stand there, no script runs, nothing spins, and what is in sight is drawn. Tells
# for how many ms the page has been whole with these very pictures.
BECOMES_WHOLE = """([selector, words, restMs, patienceMs]) => new Promise((tell, fail) => {
    const inSight = () => {
        const images = [];
        const walk = root => {
            for (const node of root.querySelectorAll('*')) {
                if (node.tagName === 'IMG') images.push(node);
                if (node.shadowRoot) walk(node.shadowRoot);
            }
        };
        walk(document);
        return images.filter(image => {
            const box = image.getBoundingClientRect();
            return box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0;
        });
    };
    const stands = () => [...document.querySelectorAll(selector)].some(
        node => node.textContent.includes(words) && !node.closest('[data-stale="true"]'));
    const waits = '[data-testid="stSpinner"], [data-testid="stSkeleton"]';
    const look = () => {
        const app = document.querySelector('[data-testid="stApp"]');
        if (app?.dataset.testScriptState !== 'notRunning' || !stands()) return null;
        if (document.querySelector(waits)) return null;
        const images = inSight();
        if (!images.every(image => image.complete && image.naturalWidth > 0)) return null;
        return images.map(image => image.currentSrc).join(' ');
    };
    const begun = performance.now();
    let seen = null, since = 0;
    const step = () => {
        const now = performance.now(), sees = look();
        if (sees !== seen) [seen, since] = [sees, now];
        if (seen !== null && now - since > restMs) tell(now - since);
        else if (now - begun > patienceMs) fail(new Error(`never whole: ${words}`));
        else requestAnimationFrame(step);
    };
    step();
})"""


@dataclass(slots=True)
class Laps:
    """Seconds by what was waited for."""

    seconds: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def lap(self, name: str, page: Page, selector: str, words: str) -> Iterator[None]:
        """Time what is done in the block until words stand in a whole page."""
        started = time.perf_counter()
        yield
        unchanged_s = wait_until_whole(page, selector, words)
        self.seconds.setdefault(name, []).append(time.perf_counter() - started - unchanged_s)

    def table(self) -> list[dict[str, Any]]:
        """One row for each name: laps, median, 95th percentile, budget."""
        rows = []
        for name, spent in self.seconds.items():
            budget_s = BUDGET_S[name.partition(",")[0]]
            p50_s, p95_s = (round(float(np.percentile(spent, q)), 2) for q in (50, 95))
            rows.append(
                {"what": name, "n": len(spent), "p50_s": p50_s, "p95_s": p95_s}
                | {"budget_s": budget_s, "is_within": p95_s <= budget_s}
            )
        return rows


def wait_until_whole(page: Page, selector: str, words: str) -> float:
    """Wait until words stand in a page that is whole and stays so; for how many seconds it does."""
    asked = [selector, words, REST_MS, PATIENCE_MS]
    return float(page.evaluate(BECOMES_WHOLE, asked)) / 1000


def main() -> None:
    """Measure; print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n-figures", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=20, help="laps of each kind")
    parser.add_argument("--json", action="store_true", help="one object instead of a table")
    given = parser.parse_args()
    configure_logs(LogSettings(level="WARNING"))
    home = Path(".cache", f"browser-{given.n_figures}").resolve()
    settings = Settings(home=home, ui=UiSettings(port=0))
    services = EVERYTHING - {Service.PAGES}
    with own_services(settings, services, lambda line: print(line, file=sys.stderr)) as session:
        fill_home(session.resources, given.n_figures)
        encoder_id = session.resources.encoder.encoder_id
        shutil.rmtree(home / "pictures/thumbnails", ignore_errors=True)
        report = measure(session.settings, given.repeat)
    whole = {"n_figures": given.n_figures, "laps": report.table(), **surroundings(encoder_id)}
    if given.json:
        json.dump(whole, sys.stdout, indent=1)
    else:
        print_table(whole)


def measure(settings: Settings, n: int) -> Laps:
    """All laps, in one browser process."""
    laps = Laps()
    address = f"http://127.0.0.1:{settings.ui.port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for _ in range(n):
            with pages_of(settings):
                time_first_page(laps, browser, address)
        with pages_of(settings):
            page = new_page(browser, address)
            time_searches(laps, page, n)
            time_pages(laps, page, n)
        browser.close()
    return laps


@contextmanager
def pages_of(settings: Settings) -> Iterator[None]:
    """The page server, from when it answers until the end of the block."""
    server = ServiceProcess(service_spec(Service.PAGES, settings), settings.home / "logs")
    server.wait_ready()
    try:
        yield
    finally:
        server.stop()


def new_page(browser: Browser, address: str) -> Page:
    """A page of a profile that has seen nothing."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=address)
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()


def time_first_page(laps: Laps, browser: Browser, address: str) -> None:
    """Open the search page of a server that answers just now."""
    page = new_page(browser, address)
    with laps.lap("first page", page, "h1", PAGES["Search"]):
        page.goto("/")
    page.context.close()


def time_searches(laps: Laps, page: Page, n: int) -> None:
    """Words, a figure of what they found, a class; other words every time."""
    for number in range(n + 1):
        words = f"{FAMILIES[number % len(FAMILIES)].name.replace('_', ' ')} {number}"
        into = laps if number else Laps()  # the first search of a server loads what all need
        page.goto("/")
        wait_until_whole(page, "h1", PAGES["Search"])
        page.get_by_label("Words", exact=True).fill(words)
        with into.lap("search, words", page, ".limn-summary p", f"“{words}”"):
            page.keyboard.press("Enter")
        view = page.locator(".card .view").nth(1)
        with into.lap("search, a figure", page, ".limn-summary p", "like 1 drawing"):
            view.click()
        page.get_by_label("Locarno class").fill("06")
        page.get_by_role("option").first.wait_for()
        with into.lap("search, its class", page, ".limn-summary p", "drawing in 06"):
            page.get_by_role("option").first.click()


def time_pages(laps: Laps, page: Page, n: int) -> None:
    """Round the navigation, and from the results to a publication."""
    for number in range(n + 1):
        into = laps if number else Laps()
        for name, heading in PAGES.items():
            link = page.get_by_test_id("stTopNavLink").filter(has_text=name)
            with into.lap(f"page, {name}", page, "h1", heading):
                link.click()
        title = page.locator(".card .title a").first
        heading = title.inner_text()
        with into.lap("page, a publication", page, "h1", heading):
            title.click()


def print_table(whole: dict[str, Any]) -> None:
    """For people."""
    print(f"{whole['n_figures']:,} figures, {whole['hardware']}, load {whole['load_1min']}")
    print(f"{'seconds':<22}{'laps':>6}{'p50':>8}{'p95':>8}{'budget':>8}")
    for row in whole["laps"]:
        over = "" if row["is_within"] else "  over"
        print(
            f"{row['what']:<22}{row['n']:>6}{row['p50_s']:>8.2f}{row['p95_s']:>8.2f}"
            f"{row['budget_s']:>8.1f}{over}"
        )


if __name__ == "__main__":
    main()
