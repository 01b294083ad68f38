"""The pages in headless Chromium, served by the real server over real services."""

import re
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.ui.accessibility import faults
from tests.ui.test_map import open_map, take_messages
from ui.context import UiContext
from workers.model_work import ModelWork, carry_out
from workers.models import prune


def type_words(page: Page, words: str) -> None:
    page.get_by_label("Words", exact=True).fill(words)
    page.keyboard.press("Enter")


def titles(page: Page) -> list[str]:
    return page.locator(".card .title").all_inner_texts()


def choose_class(page: Page, words: str) -> None:
    field = page.get_by_label("Locarno class")
    field.fill(words)
    page.get_by_role("option").first.click()
    page.keyboard.press("Escape")


def test_words_class_filter_and_click_through(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="Find the designs that came before")).to_be_visible()
    type_words(page, "bar stool")
    expect(page.locator(".card .title").first).to_have_text("Bar stool")
    choose_class(page, "Lighting")
    expect(page.locator(".card")).to_have_count(1)
    expect(page.locator(".card .title")).to_have_text("Table <lamp> & shade")
    expect(page).to_have_url(re.compile(r"q=bar\+stool&class=26$"))
    expect(
        page.get_by_text(re.compile(r"\d of the top 50 are hidden by this class"))
    ).to_be_visible()
    page.get_by_role("button", name="Show all classes").click()
    expect(page.locator(".card .title").first).to_have_text("Bar stool")
    expect(page.locator(".card").nth(1)).to_be_visible()
    expect(page).to_have_url(re.compile(r"q=bar\+stool$"))
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.get_by_text(re.compile("Counts of the .* most alike"))).to_be_visible()

    page.locator(".card .title a").first.click()
    expect(page.get_by_role("heading", name="Bar stool", level=1)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/publication\?id=US-D0900002-S1$"))
    expect(page.locator(".tile")).to_have_count(4)
    expect(page.get_by_text("form no part of the claimed")).to_be_visible()
    page.locator(".tile .paper").first.click()
    expect(page.locator("dialog img")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Back to the results").click()
    expect(page.locator(".card .title").first).to_have_text("Bar stool")


def test_drawing_picked_from_disk_ranks_its_publication_first(
    page: Page, samples: Any, tmp_path: Path
) -> None:
    file = tmp_path / "bottle.png"
    file.write_bytes(samples.png(samples.drawing(samples.bottle)))
    page.goto("/")
    page.get_by_label("Choose drawings").set_input_files(file)
    expect(page.locator(".pad .view")).to_have_count(1)
    first = page.locator(".card").first
    expect(first.locator(".title")).to_have_text("Bottle")
    expect(first.locator(".rank")).to_have_text("1")
    expect(first.locator(".best-caption")).to_contain_text("matched by drawing")
    expect(page.locator(".card")).to_have_count(page.locator(".card .score").count())
    for image in first.locator("img").all():
        assert image.evaluate("i => i.decode().then(() => i.naturalWidth)") > 0
    page.get_by_role("button", name="Remove query drawing 1").click()
    expect(page.get_by_role("heading", name="Find the designs that came before")).to_be_visible()


def test_drawing_pasted_with_the_keyboard(page: Page, samples: Any) -> None:
    page.goto("/")
    expect(page.locator(".card").first).to_be_visible()
    data = list(samples.png(samples.drawing(samples.chair)))
    page.evaluate(
        """bytes => {
            const files = new DataTransfer();
            files.items.add(new File([new Uint8Array(bytes)], 'image.png', {type: 'image/png'}));
            document.dispatchEvent(
                new ClipboardEvent('paste', {clipboardData: files, bubbles: true}));
        }""",
        data,
    )
    expect(page.locator(".card .title").first).to_have_text("Chair")


def test_wrong_file_is_explained_and_changes_nothing(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "letter.png"
    file.write_bytes(b"not a picture")
    page.goto("/?q=bottle")
    expect(page.locator(".card .title").first).to_have_text("Bottle")
    with page.expect_response(lambda answer: "/api/v1/queries" in answer.url) as sent:
        page.get_by_label("Choose drawings").set_input_files(file)
    assert sent.value.status == 422
    expect(page.locator(".message")).to_contain_text("letter.png: not a TIFF, PNG")
    expect(page.locator(".card .title").first).to_have_text("Bottle")


def test_link_restores_everything_in_another_browser(page: Page, chromium: Any) -> None:
    page.goto("/?q=chair&class=06")
    expect(page.locator(".card .score").first).to_be_visible()
    page.locator(".card .view").first.click()
    expect(page).to_have_url(re.compile("figure="))
    expect(page.locator(".pad .view")).to_have_count(1)
    expect(page.locator(".card .title").first).to_have_text("Bar stool")
    found, link = titles(page), page.url
    with chromium.new_context() as other:
        twin = other.new_page()
        twin.goto(link)
        expect(twin.locator(".card .score").first).to_be_visible()
        expect(twin.locator(".pad .view")).to_have_count(1)
        expect(twin.get_by_text(re.compile(r"06 \(\d+\) Furnishing"))).to_be_visible()
        assert titles(twin) == found


def test_browser_back_returns_to_the_results(page: Page) -> None:
    page.goto("/?q=bottle")
    page.locator(".card .title a").first.click()
    expect(page.get_by_role("heading", name="Bottle", level=1)).to_be_visible()
    page.go_back()
    expect(page.locator(".card .score").first).to_be_visible()
    expect(page).to_have_url(re.compile(r"/\?q=bottle$"))


def test_keyboard_walks_and_opens_results(page: Page) -> None:
    page.goto("/?q=chair")
    expect(page.locator(".card .score").first).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator(".card .title a").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Chair", level=1)).to_be_visible()


def test_a_figure_is_zoomed_and_searched_with_from_its_sheet(page: Page) -> None:
    page.goto("/publication?id=US-D0900001-S1")
    page.get_by_title("Enlarge").first.click()
    zoom = page.get_by_role("dialog", name="At full resolution")
    expect(zoom).to_contain_text("FIG. 1")
    page.keyboard.press("+")
    expect(zoom).to_contain_text("125 %")
    page.keyboard.press("ArrowRight")
    expect(zoom).to_contain_text("FIG. 2")
    expect(zoom).to_contain_text("100 %")
    page.keyboard.press("Escape")
    page.get_by_text("Sheets", exact=True).click()
    expect(page.get_by_role("button", name="Search with FIG. 2")).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    page.get_by_role("button", name="Search with FIG. 2").click()
    expect(page).to_have_url(re.compile(r"/\?figure=US-D0900001-S1%2Fs2.1$"))
    expect(page.locator(".card .score").first).to_be_visible()


def test_triage_by_keyboard_looks_marks_and_goes_on(page: Page) -> None:
    page.goto("/?q=chair")
    cards = page.locator(".card")
    expect(cards.first).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press(" ")
    peek = page.get_by_role("dialog", name="A closer look")
    expect(peek).to_contain_text("Chair")
    page.keyboard.press("r")
    relevant = cards.first.get_by_role("button", name="Relevant", exact=True)
    expect(relevant).to_have_attribute("aria-pressed", "true")
    expect(cards.first).to_contain_text("Marked relevant by")
    expect(peek).to_be_visible()
    page.keyboard.press(" ")
    expect(peek).to_be_hidden()
    expect(page.locator(".card .title a").nth(1)).to_be_focused()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    page.keyboard.press("n")
    expect(cards.nth(1)).to_contain_text("Marked not relevant by")
    page.get_by_text("Grid", exact=True).click()
    expect(page.locator(".gallery.grid .card").first).to_be_visible()
    expect(page).to_have_url(re.compile(r"layout=grid"))


def test_marks_made_faster_than_the_page_is_drawn_are_all_kept(page: Page) -> None:
    page.goto("/?q=chair&layout=grid")
    cards = page.locator(".card")
    expect(cards.nth(2)).to_be_visible()
    for key in "jnnnkkkrnl":
        page.keyboard.press(key, delay=0)
    kept = ("relevant", "not relevant", "look at later")
    for number, words in enumerate(kept):
        expect(cards.nth(number)).to_contain_text(f"Marked {words} by")
    expect(page).to_have_url(re.compile(r"q=chair"))
    page.reload()
    for number, words in enumerate(kept):
        expect(cards.nth(number)).to_contain_text(f"Marked {words} by")


def test_words_stand_there_though_the_browser_missed_being_told_them(page: Page) -> None:
    n_missed = 0

    def miss_text(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def hand_on(message: str | bytes) -> None:
            nonlocal n_missed
            if isinstance(message, bytes) and b"wireless ear bud" in message:
                drawn = ForwardMsg.FromString(message)
                drawn.delta.new_element.text_input.ClearField("value")
                drawn.delta.new_element.text_input.ClearField("set_value")
                message, n_missed = drawn.SerializeToString(), n_missed + 1
            route.send(message)

        server.on_message(hand_on)

    page.route_web_socket(re.compile("_stcore/stream"), miss_text)
    page.goto("/?q=chair")
    expect(page.locator(".card").first).to_be_visible()
    assert n_missed
    expect(page.get_by_label("Words", exact=True)).to_have_value("chair", timeout=5000)


def test_a_dropped_archive_is_looked_at_and_not_taken_in(
    page: Page, context: UiContext, samples: Any, tmp_path: Path
) -> None:
    ladle = samples.Grant("D0900021", "Ladle", "0702", ((0.4, 0), (0.6, 0), (0.6, 1), (0, 1)))
    archive = samples.write_archive(tmp_path / "I20210120.tar", (ladle, samples.chair))
    page.goto("/uploads")
    page.get_by_label("Dry run").check()
    page.get_by_label("Choose archives").set_input_files([archive])
    expect(page.get_by_text("Nothing was written")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="I20210120.tar")
    expect(row).to_have_count(1)
    expect(row.get_by_role("cell")).to_have_text(
        ["I20210120.tar", "uspto", "2", "1", "0", "1", "8", "0", "0"]
    )
    assert context.resources.catalogue.publication("US-D0900021-S1") is None
    assert not list(context.uploads_folder.glob(".*.look"))


def test_a_page_draws_no_comment_of_its_code(page: Page) -> None:
    page.goto("/uploads")
    expect(page.get_by_role("heading", name="Uploads", level=1)).to_be_visible()
    expect(page.get_by_text("no longer changes is not counted")).to_have_count(0)


def test_archive_sent_from_the_page_becomes_searchable(
    page: Page, samples: Any, tmp_path: Path
) -> None:
    kettle = samples.Grant("D0900020", "Kettle", "0702", ((0.1, 0.2), (0.9, 0), (1, 1), (0, 1)))
    archive = samples.write_archive(tmp_path / "I20210119.tar", (kettle,))
    broken = tmp_path / "I20210126.tar"
    broken.write_bytes(b"torn off" * 100)
    page.goto("/uploads")
    expect(page.get_by_role("heading", name="Uploads")).to_be_visible()
    page.get_by_label("Confidential").check()
    page.get_by_label("may take at most").fill("5000")
    page.get_by_label("Choose archives").set_input_files([archive])
    row = page.get_by_role("row").filter(has_text="I20210119.tar")
    expect(row).to_contain_text("confidential")
    expect(row).to_contain_text("done")
    expect(row).to_contain_text("1 new")
    expect(page.get_by_role("progressbar", name="Searchable")).to_have_attribute(
        "aria-valuenow", "100"
    )
    page.get_by_role("link", name="Search").click()
    type_words(page, "kettle")
    expect(page.locator(".card .title").first).to_have_text("Kettle")


UNFOLDED = "() => document.querySelector('details').getAnimations().length === 0"


def test_a_person_adds_a_description_and_takes_it_back(page: Page) -> None:
    page.goto("/?q=chair")
    page.locator(".card .title a").first.click()
    page.get_by_text("What is said of these figures").click()
    page.get_by_role("textbox", name="What is right").fill("a stool with three legs")
    page.wait_for_function(UNFOLDED)  # until then Save moves, away from under the pointer
    page.get_by_role("button", name="Save").click()
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    undo.click()
    expect(undo).to_have_count(0)
    expect(page.get_by_text("a stool with three legs")).to_have_count(0)


INKS_ON_CANVAS = """canvas => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const inks = new Set();
    for (let i = 0; i < data.length; i += 4) {
        if (data[i + 2] - data[i] > 90) inks.add('query');
        if (data[i] - data[i + 2] > 90) inks.add('design');
    }
    return [...inks].sort();
}"""


def test_designs_ticked_in_the_results_are_compared(page: Page, chromium: Any) -> None:
    page.goto("/?q=chair")
    for title in ("Chair", "Bar stool"):
        page.get_by_label(f"Compare {title}", exact=True).check()
    expect(page.get_by_text("2 designs to compare")).to_be_visible()
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_role("heading", name="Bar stool", level=2)).to_be_visible()
    stage = page.locator(".wrap[data-drawn$=sides]")
    expect(stage.locator("canvas")).to_have_count(2)

    page.keyboard.press("2")
    expect(page).to_have_url(re.compile("mode=overlay"))
    page.locator(".wrap[data-drawn$=overlay]").wait_for()
    assert page.locator("canvas").first.evaluate(INKS_ON_CANVAS) == ["design", "query"]
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile("pair="))
    page.keyboard.press("m")
    expect(page).to_have_url(re.compile("laid="))
    page.keyboard.press("b")
    expect(page.locator(".wrap[data-side=design]")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    expect(page).to_have_url(re.compile("mode=blink"))
    laid, link = page.locator(".laying output").inner_text(), page.url
    with chromium.new_context() as other:
        twin = other.new_page()
        twin.goto(link)
        twin.locator(".wrap[data-drawn$=blink]").wait_for()
        expect(twin.locator(".laying output")).to_have_text(laid)
        expect(twin.locator(".pair").nth(1)).to_have_attribute("aria-current", "true")


def test_figures_within_a_lasso_are_listed_and_searched_with(
    page: Page, context: UiContext
) -> None:
    open_map(page, context)
    expect(page.get_by_role("heading", name="Nothing is selected")).to_be_visible()
    box = page.locator(".map canvas").bounding_box()
    assert box
    corners = [(0.02, 0.02), (0.98, 0.02), (0.98, 0.98), (0.02, 0.98)]
    for n, (x, y) in enumerate(corners):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
        if n == 0:
            page.mouse.down()
    page.mouse.up()
    expect(page).to_have_url(re.compile("area="))
    expect(page.locator(".card").nth(3)).to_be_visible()
    page.get_by_role("button", name=re.compile("^26 Lighting")).click()
    expect(page).to_have_url(re.compile("of=26"))
    expect(page.locator(".card")).to_have_count(1)
    expect(page.locator(".card .title")).to_have_text("Table <lamp> & shade")
    page.get_by_role("button", name="Search with these").click()
    expect(page).to_have_url(re.compile("figure="))
    expect(page.locator(".card .score").first).to_be_visible()


def test_a_drawing_within_a_class_is_saved_and_put_on_the_record(
    page: Page, samples: Any, tmp_path: Path
) -> None:
    file = tmp_path / "stool.png"
    file.write_bytes(samples.png(samples.drawing(samples.stool)))
    page.goto("/")
    choose_class(page, "Furnishing")
    expect(page.locator(".limn-summary")).to_contain_text("newest first in 06")
    page.get_by_label("Choose drawings").set_input_files(file)
    expect(page.locator(".limn-summary")).to_contain_text("like 1 drawing in 06")
    expect(page.locator(".card .score").first).to_be_visible()
    assert titles(page)[0] == "Bar stool"
    assert "Bottle" not in titles(page)

    page.get_by_role("button", name="Keep this search").click()
    page.get_by_label("Name of the search").fill("Stools like mine")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text(re.compile(r"Saved as no\. \d+ in"))).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Casebook").click()
    kept = page.locator(".limn-kept").filter(has_text="Stools like mine")
    expect(kept.get_by_alt_text("query drawing 1")).to_be_visible()
    page.get_by_role("button", name="Make a certificate").first.click()
    page.get_by_role("tab", name="Certificates (1)").click()
    record = page.get_by_role("link", name="JSON").get_attribute("href")
    assert record
    assert "US-D0900002-S1" in page.request.get(record).text()


def do_model_work(context: UiContext) -> None:
    """Do what the page ordered, as a worker would; what else waits is older."""
    order, *_ = take_messages(context, "embed")
    carry_out(context.resources, ModelWork.model_validate(order))


def wait_until_the_live_model_searches(page: Page) -> None:
    """The page server takes up a model a moment after it was made the current one."""
    deadline = time.monotonic() + 20
    while not page.request.get("/api/v1/health/ready").json()["checks"]["schema"]["ok"]:
        assert time.monotonic() < deadline
        page.wait_for_timeout(100)


def test_models_are_compared_promoted_and_rolled_back(
    page: Page, context: UiContext, second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.goto("/models")
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_text("waiting for a worker")).to_be_visible()
    do_model_work(context)
    expect(page.get_by_role("table", name="Same publication")).to_be_visible()
    expect(page.locator(".limn-whisker")).not_to_have_count(0)
    expect(page.locator(".limn-match img").first).to_be_visible()
    assert faults(page) == []

    page.get_by_role("button", name="Let it take over…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Take over")).to_be_disabled()
    dialog.get_by_text("Take over in spite of this").click()
    dialog.get_by_role("button", name="Take over").click()
    expect(dialog).to_be_hidden()
    do_model_work(context)
    row = page.get_by_role("row").filter(has_text=second)
    expect(row.first).to_contain_text("searches now")
    expect(page.get_by_role("table", name="Changes of the model")).to_contain_text("(forced)")

    page.get_by_role("button", name="Go back to fake-grid…").click()
    page.get_by_role("button", name="Go back", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    do_model_work(context)
    expect(page.get_by_role("row").filter(has_text="fake-grid").first).to_contain_text(
        "searches now"
    )
    wait_until_the_live_model_searches(page)
    monkeypatch.setattr("workers.models.STILL_SEARCHED_S", 0)
    prune(context.resources, second)


def test_pages_without_content_say_what_to_do(page: Page) -> None:
    page.goto("/?q=chair&class=44")
    expect(page.get_by_role("alert")).to_contain_text("Locarno class 44 does not exist")
    page.goto("/publication?id=US-D0000000-S1")
    expect(page.get_by_role("heading", name="No such publication")).to_be_visible()
    page.goto("/?q=chair&from=2050-01-01")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
