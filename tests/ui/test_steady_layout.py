"""What stands on a page stays where it is while the rest of the page comes."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page

from tests.ui.accessibility import rest
from tests.ui.browser import PATIENCE_MS
from tests.ui.test_accessibility import PLACES

STEADY = 0.1
"""Share of the window that moved, times how far: "good" by the web's own measure, the CLS."""
MOVED = """() => new Promise(tell => {
    const moved = [];
    const watch = new PerformanceObserver(seen => moved.push(...seen.getEntries()));
    watch.observe({ type: 'layout-shift', buffered: true });
    setTimeout(() => tell(moved.map(one => [
        one.value, Math.round(one.startTime),
        ...one.sources.map(({ node, previousRect: was, currentRect: is }) =>
            `${node?.nodeName}.${node?.className} ${was.x},${was.y} to ${is.x},${is.y}`),
    ])), 200);
})"""


@pytest.fixture(scope="module", params=[1440, 1024])
def page(chromium: Any, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page whose browser has loaded what all pages share."""
    viewport = {"width": request.param, "height": 900}
    context = chromium.new_context(viewport=viewport, base_url=address)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto("/")
    rest(page)
    yield page
    context.close()


@pytest.mark.parametrize("path", sorted({path for path, _ in PLACES.values()}))
def test_nothing_moves_while_a_page_comes(page: Page, path: str) -> None:
    page.goto(path)
    page.get_by_role("main").get_by_role("heading").first.wait_for()
    rest(page)
    page.wait_for_load_state("networkidle")
    moved = page.evaluate(MOVED)
    assert sum(one[0] for one in moved) < STEADY, moved


def test_nothing_moves_while_pages_are_turned(page: Page) -> None:
    page.goto("/")
    rest(page)
    for name in ("Uploads", "Search", "Casebook", "Dashboards", "Search", "Model quality"):
        _turn_to(page, name)
        moved = page.evaluate(MOVED)
        assert sum(one[0] for one in moved) < STEADY, (name, moved)


def test_the_navigation_stands_at_one_place(page: Page) -> None:
    page.goto("/")
    rest(page)
    beside = _link(page, "Uploads").bounding_box()
    _turn_to(page, "Uploads")
    assert _link(page, "Uploads").bounding_box() == beside
    assert _link(page, "Model quality").is_visible()


def _turn_to(page: Page, name: str) -> None:
    _link(page, name).click()
    page.locator('[data-testid="stTopNavLink"][aria-current="page"]', has_text=name).wait_for()
    page.wait_for_load_state("networkidle")
    rest(page)


def _link(page: Page, name: str) -> Locator:
    return page.get_by_test_id("stTopNavLink").filter(has_text=name)
