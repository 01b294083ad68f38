"""The model quality page: what it says, and what it has a worker do."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import ui
from ui.context import UiContext, install_context
from workers.model_work import Action, ModelWork, WorkState, carry_out, work_in_hand

SHELL = Path(ui.__file__).parent / "pages" / "shell.py"


@pytest.fixture
def page(context: UiContext) -> AppTest:
    install_context(context)
    at = AppTest.from_file(str(SHELL), default_timeout=30)
    return at.switch_page("models.py")


@pytest.fixture
def sent(context: UiContext, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """Orders that a worker would get."""
    orders: list[dict[str, object]] = []
    monkeypatch.setattr(context.resources.messages, "send_model_work", orders.append)
    return orders


def said(at: AppTest) -> str:
    assert not at.exception, at.exception
    return "\n".join(str(getattr(element.proto, "body", "")) for element in at.main)


def test_without_another_model_the_page_says_how_to_add_one(page: AppTest) -> None:
    page.run()
    assert "limn reindex --checkpoint FOLDER" in said(page)
    assert "Nothing was measured yet" in said(page)
    assert [button.label for button in page.main.button] == ["Compare"]


def test_a_comparison_is_ordered_done_by_a_worker_and_shown(
    page: AppTest,
    context: UiContext,
    second: str,
    sent: list[dict[str, object]],
) -> None:
    page.run()
    assert "not compared yet" in said(page)
    page.button[0].click().run()
    (work,) = map(ModelWork.model_validate, sent)
    assert (work.action, work.encoder_id) == (Action.EVALUATE, second)
    waiting = work_in_hand(context.resources)
    assert waiting is not None
    assert waiting.is_going_on
    assert page.button[0].disabled

    carry_out(context.resources, work)
    page.run().run()
    text = said(page)
    for words in (
        "Too little is known: may not take over",
        f"{context.resources.catalogue.counts().publications} publications",
        "Same publication",
        "limn-match",
    ):
        assert words in text
    assert "alt='match: figure US-D09" in text
    assert text.count("<span class='limn-whisker") >= 5


def test_a_model_that_was_not_compared_takes_over_only_when_somebody_insists(
    page: AppTest, second: str
) -> None:
    page.run()
    next(button for button in page.button if button.label == "Let it take over…").click().run()
    assert any("It was not compared" in html.proto.body for html in page.get("html"))
    assert next(button for button in page.button if button.label == "Take over").disabled
    assert not page.checkbox[0].value


def test_what_a_worker_could_not_do_is_told(page: AppTest, context: UiContext, second: str) -> None:
    work = ModelWork(action=Action.ROLL_BACK, encoder_id=second, by="Ada")
    carry_out(context.resources, work)
    failed = work_in_hand(context.resources)
    assert failed is not None
    assert failed.state is WorkState.FAILED
    page.run()
    assert "no previous model" in said(page)
