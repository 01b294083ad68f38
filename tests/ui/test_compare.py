"""The compare page: its address, what it pairs, what it says where there is nothing to compare."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

import ui
from search.casebook_records import Mark
from search.orientation import Orientation
from tests.ui.shown import component, said
from ui.compare_state import MAX_CANDIDATES, MODES, CompareState, Shown
from ui.compared_views import PictureKey, ways_of
from ui.context import UiContext, install_context
from ui.search_state import SearchState

CHAIR, STOOL, BOTTLE = (f"US-D090000{n}-S1" for n in (1, 2, 3))
SHELL = Path(ui.__file__).parent / "pages" / "shell.py"


@pytest.fixture
def page(context: UiContext) -> AppTest:
    install_context(context)
    return AppTest.from_file(str(SHELL), default_timeout=30)


def opened(page: AppTest, **params: Any) -> AppTest:
    page.query_params.update(params)
    return page.switch_page("compare.py").run()


def stage(page: AppTest) -> dict[str, Any]:
    return component(page, "limn.comparison_stage")


@given(
    st.builds(
        CompareState,
        search=st.builds(
            SearchState,
            drawings=st.sampled_from([(), ("a" * 64,)]),
            views=st.sampled_from([(), ("front",)]),
        ),
        candidates=st.just((CHAIR, STOOL)),
        candidate=st.sampled_from(["", STOOL]),
        shown=st.builds(
            Shown,
            view=st.just(1),
            figure_id=st.just(f"{STOOL}/3A"),
            mode=st.sampled_from(MODES),
            orientation=st.sampled_from([None, *Orientation]),
        ),
    )
)
def test_address_restores_the_comparison(state: CompareState) -> None:
    params = {k: v if isinstance(v, list) else [v] for k, v in state.to_params().items()}
    assert CompareState.from_params(params) == state


@pytest.mark.parametrize("pair", ["", "0:x", "chair", "-1:x", ":", "123:x"])
def test_senseless_pair_and_mode_show_the_first(pair: str) -> None:
    assert Shown.parse(pair, "explode", "sideways") == Shown()


def test_designs_are_added_and_taken_away() -> None:
    state = CompareState(candidates=tuple("ABCDEFGH"), candidate="B", shown=Shown(mode="blink"))
    more = state.with_design("X")
    assert more.candidates == (*"ABCDEFG", "X")
    assert len(more.candidates) == MAX_CANDIDATES
    assert (more.candidate, more.shown.mode) == ("X", "blink")
    assert state.without_design("B").candidate == ""
    assert state.without_design("A").candidate == "B"


def test_without_a_query_the_first_design_is_compared_with() -> None:
    words = CompareState(search=SearchState(text="chair"), candidates=(CHAIR, STOOL))
    assert (words.query, words.beside) == (SearchState(publication=CHAIR), (STOOL,))
    drawn = CompareState(search=SearchState(drawings=("a" * 64,)), candidates=(CHAIR,))
    assert drawn.beside == (CHAIR,)


def test_a_drawing_is_paired_and_laid_over_its_figure(
    page: AppTest, api: TestClient, samples: Any
) -> None:
    file = ("a.png", samples.png(samples.drawing(samples.chair)), "image/png")
    sha256 = api.post("/api/v1/queries", files={"image": file}).json()["views"][0]["sha256"]
    opened(page, drawing=sha256, **{"with": [BOTTLE, CHAIR], "mode": "overlay"})
    shown = stage(page)
    (pair,) = shown["pairs"]
    assert pair["figure"]["id"].startswith(CHAIR)
    assert shown["design"]["name"] == "US D900,001 S1"
    assert float(pair["similarity"]) > 0.95
    assert (pair["ways"][0]["laid"], len(pair["ways"])) == ("as_drawn", 8)
    assert pair["query"]["full_src"] == f"/api/v1/queries/{sha256}/picture"
    assert api.get(pair["query"]["full_src"]).status_code == 200
    assert len(shown["design"]["unpaired"]) == 2
    assert shown["shown"] == {"pair": "", "mode": "overlay", "laid": ""}
    row = component(page, "limn.candidate_row")["candidates"]
    assert [(c["id"], c["is_shown"]) for c in row] == [(BOTTLE, False), (CHAIR, True)]


def test_two_designs_are_compared_and_a_pair_is_made_by_hand(page: AppTest) -> None:
    opened(page, **{"with": [CHAIR, STOOL]})
    shown = stage(page)
    assert shown["query"]["name"] == "US D900,001 S1"
    assert len(shown["pairs"]) == 3
    taken = {(pair["view"], pair["figure"]["id"]) for pair in shown["pairs"]}
    figures = {figure for _, figure in taken}
    view, figure = next((v, f) for v in range(3) for f in sorted(figures) if (v, f) not in taken)
    page.query_params["pair"] = f"{view + 1}:{figure}"
    page.run()
    by_hand = stage(page)["pairs"][-1]
    assert (by_hand["similarity"], len(by_hand["ways"])) == ("", 8)
    page.query_params["pair"] = f"9:{figure}"
    page.run()
    assert len(stage(page)["pairs"]) == 3


def test_notes_of_a_design_are_shown_and_written(page: AppTest, context: UiContext) -> None:
    casebook = context.resources.casebook
    opened(page, **{"with": [CHAIR, BOTTLE]})
    page.selectbox(key="compare_project").select_index(0).run()
    page.text_area[0].input("Neck <b>is</b> longer")
    next(b for b in page.button if b.label == "Write it down").click().run()
    assert "Neck &lt;b&gt;is&lt;/b&gt; longer" in said(page)
    project = casebook.find_project(str(page.selectbox(key="compare_project").value))
    assert casebook.opinions(project, [BOTTLE])[BOTTLE].mark is None
    casebook.remark(project, BOTTLE, by="Ada", mark=Mark.RELEVANT)
    page.run()
    assert "<b class='limn-mark-relevant'>relevant</b>" in said(page)


def test_a_design_is_added_by_its_number(page: AppTest) -> None:
    opened(page, publication=CHAIR)
    assert "One side is here" in said(page)
    page.text_input[0].input("D900,002")
    next(b for b in page.button if b.label == "Add").click().run()
    assert page.query_params["with"] == STOOL
    assert stage(page)["pairs"]
    page.text_input[0].input("D1")
    next(b for b in page.button if b.label == "Add").click().run()
    assert "holds no publication D1" in page.warning[0].value


def test_nothing_to_compare_and_unknown_designs_are_explained(page: AppTest) -> None:
    opened(page)
    assert "Nothing to compare yet" in said(page)
    opened(page, **{"with": ["<script>", CHAIR]})
    assert "does not hold <script>" in page.warning[0].value  # Streamlit's own text is no markup
    assert "One side is here" in said(page)
    opened(page, drawing="f" * 64)
    assert "is not kept here; send it again" in said(page)


def test_pictures_that_are_gone_are_not_laid_over(context: UiContext) -> None:
    gone = PictureKey("0" * 64)
    assert ways_of(context, gone, gone, Orientation.AS_DRAWN) == ()
