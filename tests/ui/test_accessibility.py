"""Every page, in what people see of it first and in what opens on it, under axe-core."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.ui.accessibility import faults, rest
from tests.ui.browser import PATIENCE_MS
from tests.ui.test_map import open_map
from ui.context import UiContext


def as_it_is(page: Page) -> None:
    """Nothing is opened."""


def keys(page: Page) -> None:
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").wait_for()


def peek(page: Page) -> None:
    page.keyboard.press(" ")
    page.get_by_role("dialog", name="A closer look").wait_for()


def marked(page: Page) -> None:
    page.locator(".card").first.wait_for()
    page.keyboard.press("j")
    page.keyboard.press("n")
    expect(page.locator(".card").first).to_contain_text("Marked not relevant by")


def filters(page: Page) -> None:
    page.get_by_text("More filters", exact=True).click()
    expect(page.get_by_label("Designer, as published")).to_be_visible()
    page.get_by_role("button", name="Keep this search").click()
    page.get_by_label("Name of the search").wait_for()


def sheets(page: Page) -> None:
    page.get_by_text("Sheets", exact=True).click()
    page.get_by_role("button", name="Search with FIG. 2").wait_for()


def descriptions(page: Page) -> None:
    page.get_by_text("What is said of these figures").click()
    page.get_by_role("textbox", name="What is right").wait_for()


def overlay(page: Page) -> None:
    page.locator(".wrap[data-drawn$=sides]").wait_for()
    page.keyboard.press("2")
    page.locator(".wrap[data-drawn$=overlay]").wait_for()


COMPARED = "/compare?figure=US-D0900001-S1%2Fs2.1&with=US-D0900001-S1&with=US-D0900002-S1"
PLACES: dict[str, tuple[str, tuple[Callable[[Page], None], ...]]] = {
    "search": ("/", (as_it_is,)),
    "results": ("/?q=chair", (marked, peek, keys)),
    "filters": ("/?q=chair", (filters,)),
    "publication": ("/publication?id=US-D0900001-S1", (descriptions, sheets)),
    "compare": (COMPARED, (overlay,)),
    "casebook": ("/casebook", (as_it_is,)),
    "uploads": ("/uploads", (as_it_is,)),
    "dashboards": ("/dashboards", (as_it_is,)),
    "models": ("/models", (as_it_is,)),
}


@pytest.fixture(scope="module")
def page(chromium: Any, address: str) -> Iterator[Page]:
    """One page for all tests here: the browser keeps what it has loaded."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, base_url=address)
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("place", PLACES)
def test_page_keeps_to_wcag(page: Page, place: str) -> None:
    path, steps = PLACES[place]
    page.goto(path)
    found = []
    for step in steps:
        page.get_by_role("main").get_by_role("heading").first.wait_for()
        rest(page)
        step(page)
        found += faults(page)
    assert found == []


def test_map_keeps_to_wcag(page: Page, context: UiContext) -> None:
    open_map(page, context)
    assert faults(page) == []
