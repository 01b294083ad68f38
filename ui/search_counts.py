"""Counts under a search, each a way to narrow it, and classes suggested for a drawing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

from search.facets import FACET_DEPTH
from ui.search_state import PAGE_SIZE, SearchState
from ui.search_told import scope_words
from ui.wording import class_words, counted

if TYPE_CHECKING:
    from search.class_votes import ClassSuggestion
    from search.facets import Facets

Go = Callable[[SearchState], None]
_N_SHOWN = 6
_WIDTH_PX = 760
_PANELS = (
    ("Class", "locarno_class", "classes"),
    ("Subclass", "locarno", "classes"),
    ("US class", "us_class", "us_classes"),
    ("Owner", "owner", "owners"),
    ("Office", "office", "offices"),
    ("View", "view", "views"),
    ("Year", "year", ""),
)


def counts_place(*, by_likeness: bool) -> PopoverContainer:
    """Where counts are drawn by `draw_counts`, once somebody opens it: counting takes a while."""
    what = f"the publications most alike (at most {FACET_DEPTH})" if by_likeness else "all found"
    return st.popover(f"Counts of {what}", type="tertiary", key="counts", on_change="rerun")


def draw_counts(state: SearchState, facets: "Facets", go: Go) -> None:
    """Draw what a search is spread over; a value narrows the search to it."""
    st.caption(scope_words(facets))
    panels = [panel for panel in _PANELS if facets.counts.get(panel[1])]
    with st.container(width=_WIDTH_PX):
        for start in range(0, len(panels), 4):
            for column, panel in zip(st.columns(4), panels[start : start + 4], strict=False):
                with column.container(gap=None):
                    _draw_panel(state, panel, facets.counts[panel[1]], go)


def _draw_panel(
    state: SearchState, panel: tuple[str, str, str], counts: Mapping[str, int], go: Go
) -> None:
    name, key, field = panel
    st.caption(name)
    values = sorted(counts, reverse=True) if key == "year" else list(counts)
    for value in values[:_N_SHOWN]:
        named = f"{value} {class_words(value)}".strip() if field == "classes" else value
        st.button(
            f"{counts[value]:,} · {_plain(named)}",
            key=f"count-{key}-{value}",
            type="tertiary",
            on_click=go,
            args=(_narrowed(state, field, value),),
        )
    if len(values) > _N_SHOWN:
        st.caption(f"and {len(values) - _N_SHOWN} more")


def _narrowed(state: SearchState, field: str, value: str) -> SearchState:
    if not field:  # a year
        days = {"published_from": f"{value}-01-01", "published_to": f"{value}-12-31"}
        return replace(state, **days, n_shown=PAGE_SIZE)  # type: ignore[arg-type]
    chosen: Any = tuple(dict.fromkeys((*getattr(state, field), value)))
    return replace(state, **{field: chosen}, n_shown=PAGE_SIZE)


def draw_suggestions(state: SearchState, suggested: "Sequence[ClassSuggestion]", go: Go) -> None:
    """Draw the classes that the nearest publications vote for, each a way to search within it."""
    for item in suggested:
        share = f"{item.share:.0%} of the votes, {counted(item.n_publications, 'publication')}"
        st.button(
            f"{item.code} {class_words(item.code)} · {share}",
            key=f"suggested-{item.code}",
            type="tertiary",
            on_click=go,
            args=(_narrowed(state, "classes", item.code),),
        )


def _plain(text: str) -> str:
    """A label without anything that Markdown would read."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>#$:~|" else c for c in text)
