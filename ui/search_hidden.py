"""What a class filter hides of a search, named on the page."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape

import streamlit as st

from core.records import Publication
from ingestion.catalogue import Catalogue
from search.hits import HiddenHit
from ui.cards import publication_href
from ui.search_state import PAGE_SIZE, SearchState
from ui.wording import class_label, number_of


def draw_hidden(
    state: SearchState,
    hidden: Sequence[HiddenHit],
    catalogue: Catalogue,
    go: Callable[[SearchState], None],
) -> None:
    """Say how many are hidden, offer the search without its classes, and list them."""
    if not hidden:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            f"**{len(hidden)} of the top 50 {'is' if len(hidden) == 1 else 'are'} hidden by this "
            "class filter.** Earlier designs are often filed in another class."
        )
        place = st.popover("What is hidden", type="tertiary")
        st.button(
            "Show all classes",
            on_click=go,
            args=(replace(state, classes=(), without=(), n_shown=PAGE_SIZE),),
        )
    with place:
        records = catalogue.publication_records(hit.publication_id for hit in hidden)
        rows = "".join(_row(hit, records.get(hit.publication_id)) for hit in hidden)
        st.html(
            "<table class='limn-table'><thead><tr><th class='limn-number'>Rank without it"
            f"</th><th>Number</th><th>Title</th><th>Class</th></tr></thead><tbody>{rows}</tbody>"
            "</table>"
        )


def _row(hit: HiddenHit, record: Publication | None) -> str:
    number = number_of(record.office, record.number, record.kind) if record else hit.publication_id
    classes = "<br>".join(escape(class_label(code, 0)) for code in hit.locarno)
    link = f"<a href='{escape(publication_href(hit.publication_id))}' target='_self'>"
    return (
        f"<tr><td class='limn-number'>{hit.rank}</td>"
        f"<td class='limn-whole'>{link}{escape(number)}</a></td>"
        f"<td>{escape(hit.title)}</td><td>{classes or 'unknown'}</td></tr>"
    )
