"""The map page: asking for a map, waiting for it, selecting on it."""

import base64
import json
from pathlib import Path

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

import ui
from tests.ui.shown import component, said
from ui.components.figure_map import COLOURS, OTHER_COLOUR, _drawn
from ui.context import UiContext, install_context
from ui.map_state import MAX_SEED, MapSelection, selected
from workers.map_records import MapFigure, MapRequest, MapState
from workers.mapping import make_map

SHELL = Path(ui.__file__).parent / "pages" / "shell.py"


@pytest.fixture
def page(context: UiContext) -> AppTest:
    install_context(context)
    return AppTest.from_file(str(SHELL), default_timeout=30)


def dot(n: int, x: float, y: float, code: str = "06") -> MapFigure:
    return MapFigure(
        figure_id=f"f{n}", publication_id=f"p{n}", title="Chair", locarno_class=code,
        sha256="a" * 64, x=x, y=y,
    )  # fmt: skip


def take_messages(context: UiContext, queue: str = "ingest") -> list[dict[str, object]]:
    """Take what waits in the queue for a worker: the one argument of each."""
    url = context.resources.settings.redis.url
    assert url
    with redis.Redis.from_url(url.get_secret_value(), decode_responses=True) as client:
        messages = client.lpop(queue, 9) or []
    bodies = (json.loads(base64.b64decode(json.loads(message)["body"])) for message in messages)
    return [arguments[0] for arguments, _, _ in bodies]


def take_request(context: UiContext) -> MapRequest:
    """Take the one map that was asked for from the queue."""
    (values,) = take_messages(context)
    return MapRequest.model_validate(values)


def open_map(window: Page, context: UiContext) -> None:
    """Turn to the map of everything, and draw it where no test has done so."""
    window.goto("/embedding_map")
    drawn = window.locator(".map[data-drawn]")
    waiting = window.get_by_role("heading", name="The map is being drawn")
    expect(waiting.or_(drawn)).to_be_visible()
    if waiting.is_visible():
        make_map(context.resources, take_request(context))
    drawn.wait_for()


@given(
    st.builds(
        MapSelection,
        classes=st.sampled_from([(), ("06", "09")]),
        offices=st.sampled_from([(), ("US",)]),
        seed=st.integers(0, 50),
        area=st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), min_size=3, max_size=9)
        .map(tuple),
        locarno_class=st.sampled_from(["", "26"]),
    )
)  # fmt: skip
def test_address_restores_the_selection(selection: MapSelection) -> None:
    params = {k: v if isinstance(v, list) else [v] for k, v in selection.to_params().items()}
    assert MapSelection.from_params(params) == selection


def test_senseless_address_selects_nothing() -> None:
    params = {"class": ["99", "<b>"], "seed": ["-1"], "area": ["1.1_2.2"], "of": ["x"]}
    assert MapSelection.from_params(params) == MapSelection()
    assert MapSelection.from_params({"seed": ["9" * 5000]}).seed == MAX_SEED


def test_what_lies_in_the_outline_is_selected_from_its_middle_on() -> None:
    figures = [dot(0, 0.1, 0.1), dot(1, 0.2, 0.2, "09"), dot(2, 0.15, 0.15), dot(3, 0.9, 0.9)]
    area = ((0, 0), (300, 0), (300, 300), (0, 300))
    within = selected(figures, MapSelection(area=area))
    assert [figure.figure_id for figure in within] == ["f2", "f0", "f1"]
    picked = selected(figures, MapSelection(area=area, locarno_class="09"))
    assert [figure.figure_id for figure in picked] == ["f1"]
    assert selected(figures, MapSelection()) == []
    assert selected(figures, MapSelection(area=((500, 0), (510, 0), (510, 9)))) == []


def test_frequent_classes_have_colours_of_their_own() -> None:
    codes = [f"{n:02}" for n in range(1, 12)]
    figures = [dot(n, 0, 0, code) for n, code in enumerate([*codes, "11", ""])]
    classes = _drawn(figures)["classes"]
    assert (classes[0]["code"], classes[0]["n"]) == ("11", 2)
    assert [c["colour"] for c in classes[:8]] == list(COLOURS)
    assert {c["colour"] for c in classes[8:]} == {OTHER_COLOUR}
    assert classes[-1]["code"] == ""


def test_a_map_is_asked_for_once_drawn_and_selected_on(page: AppTest, context: UiContext) -> None:
    page.query_params["seed"] = "7"  # no other test's map
    page.switch_page("embedding_map.py").run()
    assert "Waiting for a worker" in said(page)
    page.run()
    request = take_request(context)
    make_map(context.resources, request)
    page.run()
    assert "Nothing is selected" in said(page)
    drawn = component(page, "limn.figure_map")
    assert len(drawn["dots"]) == len(drawn["titles"]) >= 12
    page.query_params["of"] = "09"
    page.run()
    assert [hit["id"] for hit in component(page, "limn.gallery")["hits"]] == ["US-D0900003-S1"]
    assert len(component(page, "limn.figure_map")["chosen"]) == 3
    next(b for b in page.main.button if b.label == "Search with these").click().run()
    assert len(page.query_params["figure"]) == 3
    assert "like 3 drawings" in said(page)


def test_a_map_that_failed_says_why_and_can_be_asked_for_again(
    page: AppTest, context: UiContext
) -> None:
    page.query_params["class"] = "26"
    page.switch_page("embedding_map.py").run()
    request = take_request(context)
    assert request.locarno == ("26",)
    failed = MapState(phase="failed", since_s=0, reason="3 figures pass these filters")
    context.resources.maps.tell(request, failed)
    page.run()
    assert "3 figures pass these filters" in said(page)
    next(b for b in page.main.button if b.label == "Try again").click().run()
    assert take_request(context) == request
