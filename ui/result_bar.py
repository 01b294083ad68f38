"""How hits are shown: their order, how many, as a list or small; and a mark made on a card."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import streamlit as st

from search.casebook import DEFAULT_PROJECT
from search.casebook_records import Mark
from search.hits import SearchResult
from ui.components.assets import picture_url, query_picture_url
from ui.components.gallery import QueryView, Wall
from ui.context import UiContext
from ui.keeping import PROJECT, SIGNED_BY
from ui.page_gate import page_viewer
from ui.search_state import MAX_SHOWN, PAGE_SIZE, SearchState
from ui.search_told import weak_words
from ui.signature import signed_by

_ORDERS = {"": "Best first", "newest": "Newest first", "oldest": "Oldest first"}
_LAYOUTS = {"": "List", "grid": "Grid"}
_SIZES = (PAGE_SIZE, 50, 100, MAX_SHOWN)


def draw_result_bar(state: SearchState, go: Callable[[SearchState], None]) -> None:
    """Draw the choices side by side; each changes the address."""

    def changed() -> None:
        chosen = st.session_state
        go(
            replace(
                state,
                order=chosen["order"],
                n_shown=chosen["n_shown"],
                layout=chosen["layout"] or "",
            )
        )

    st.session_state["order"] = state.order if state.order in _ORDERS else ""
    st.selectbox(
        "Order of the hits shown", list(_ORDERS), key="order", format_func=_ORDERS.__getitem__,
        disabled=not state.asks_by_likeness, on_change=changed, label_visibility="collapsed",
        width=150,
    )  # fmt: skip
    sizes = sorted({*_SIZES, state.n_shown})
    st.session_state["n_shown"] = state.n_shown
    st.selectbox(
        "Publications shown", sizes, key="n_shown", format_func="Show {}".format,
        on_change=changed, label_visibility="collapsed", width=126,
    )  # fmt: skip
    st.session_state["layout"] = state.layout if state.layout in _LAYOUTS else ""
    st.segmented_control(
        "Layout", list(_LAYOUTS), key="layout", format_func=_LAYOUTS.__getitem__,
        on_change=changed, label_visibility="collapsed",
    )  # fmt: skip


def wall_of(context: UiContext, state: SearchState, result: SearchResult) -> Wall:
    """How the hits of a search hang: beside what they were searched with, with the weak line."""
    drawings = [
        QueryView(query_picture_url(sha256), f"Query drawing {number}")
        for number, sha256 in enumerate(state.drawings, start=1)
    ]
    stored = context.resources.catalogue.figures(state.figures)
    figures = [
        QueryView(picture_url(row.figure.sha256), f"Query figure {row.figure.figure_id}")
        for row in stored
    ]
    weak = [hit for hit in result.hits if hit.rank == result.weak_from and not state.order]
    return Wall(
        layout=state.layout or "list",
        queries=(*drawings, *figures),
        can_mark=True,
        weak_id=weak[0].publication_id if weak else "",
        weak_words=weak_words(weak[0].rank).capitalize() if weak else "",
    )


def write_marks(context: UiContext, marked: Sequence[tuple[str, str]]) -> None:
    """Write marks made on cards into the project that marks go to.

    Args:
        context: With the casebook.
        marked: Publication id and kind of each mark.

    Raises:
        BadInput: If the casebook refuses one.
    """
    by = signed_by(context.resources.settings, st.session_state.get(SIGNED_BY), page_viewer())
    casebook = context.resources.casebook
    project = casebook.project(st.session_state.get(PROJECT, DEFAULT_PROJECT), by)
    for publication_id, mark in marked:
        casebook.remark(project, publication_id, by=by, mark=Mark(mark))
