"""The search page: drawings, words and classes on the left, ranked publications on the right."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from html import escape

import streamlit as st

from core.locarno import CLASS_NAMES, subclass_titles
from core.records import View
from search.hits import SearchResult
from search.query import SearchQuery
from ui.cards import hit_cards, publication_card
from ui.components.drawing_pad import drawing_pad
from ui.components.gallery import GalleryEvent, gallery
from ui.components.notices import show_notice
from ui.context import UiContext, current_context
from ui.metrics import SEARCHES
from ui.query_pad import load_query_views, pad_views
from ui.search_state import CAME_FROM, MAX_SHOWN, PAGE_SIZE, SearchState
from ui.wording import class_label, counted

_SHOWN = "shown_address"
_RESULT = "last_result"
_N_NEWEST = 8


def render() -> None:
    """Draw the page for the search in the address."""
    context = current_context()
    if "id" in st.query_params:
        # Streamlit leaves an entry in the browser's history between two pages; Back lands there.
        _go(st.session_state.get(CAME_FROM, SearchState()))
    state = SearchState.from_params(_address())
    _fill_widgets(state)
    with st.sidebar:
        _draw_query(context, state)
    counts = context.resources.catalogue.counts()
    if not counts.publications:
        _draw_empty_corpus()
    elif state.is_empty:
        _draw_newest(context, counts.publications, counts.figures)
    else:
        _draw_results(context, state)


def _address() -> dict[str, Sequence[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params}


def _go(state: SearchState) -> None:
    """Make this the search, and its address the page's address."""
    st.query_params.from_dict(state.to_params())


def _fill_widgets(state: SearchState) -> None:
    """Let the widgets show the search wherever the address was changed from outside them."""
    if st.session_state.get(_SHOWN) == state and "words" in st.session_state:
        return
    st.session_state[_SHOWN] = state
    st.session_state["words"] = state.text
    st.session_state["classes"] = list(state.classes)
    st.session_state["without"] = list(state.without)
    st.session_state["views"] = [view for view in state.views if view in set(View)]
    st.session_state["from"] = _day(state.published_from)
    st.session_state["to"] = _day(state.published_to)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _read_widgets() -> None:
    """A widget changed: the address follows."""
    chosen = st.session_state
    state = replace(
        SearchState.from_params(_address()),
        text=chosen["words"].strip(),
        classes=tuple(chosen["classes"]),
        without=tuple(chosen["without"]),
        views=tuple(chosen["views"]),
        published_from=chosen["from"].isoformat() if chosen["from"] else "",
        published_to=chosen["to"].isoformat() if chosen["to"] else "",
        n_shown=PAGE_SIZE,
    )
    chosen[_SHOWN] = state
    _go(state)


def _draw_query(context: UiContext, state: SearchState) -> None:
    event = drawing_pad(pad_views(context, state), key="pad")
    if event.added:
        _go(state.with_drawings(event.added))
        st.rerun()
    if event.removed:
        _go(state.without_view(event.removed))
        st.rerun()
    st.text_input(
        "Words",
        key="words",
        placeholder="wireless ear bud charging case",
        on_change=_read_widgets,
    )
    counts = context.resources.catalogue.locarno_counts()
    codes = _class_codes(counts, state)
    st.multiselect(
        "Locarno class",
        codes,
        key="classes",
        format_func=lambda code: class_label(code, counts.get(code, 0)),
        placeholder="All classes",
        on_change=_read_widgets,
        select_all=False,
    )
    is_narrowed = bool(state.without or state.views or state.published_from or state.published_to)
    with st.expander("More filters", expanded=is_narrowed):
        st.multiselect(
            "Leave out classes",
            codes,
            key="without",
            format_func=lambda code: class_label(code, counts.get(code, 0)),
            placeholder="None",
            on_change=_read_widgets,
            select_all=False,
        )
        views = [str(view) for view in View if view != View.UNKNOWN]
        st.multiselect(
            "View", views, key="views", placeholder="Any view", on_change=_read_widgets,
            format_func=str.capitalize, select_all=False,
        )  # fmt: skip
        first, last = st.columns(2)
        for column, label, key in ((first, "Published from", "from"), (last, "To", "to")):
            column.date_input(
                label, key=key, value=None, format="YYYY-MM-DD",
                min_value=date(1842, 1, 1), on_change=_read_widgets,
            )  # fmt: skip
    if state != SearchState() and st.button("Clear the search", width="stretch"):
        _go(SearchState())
        st.rerun()


def _class_codes(counts: Mapping[str, int], state: SearchState) -> list[str]:
    """All classes and subclasses, those with publications first; also codes of an older edition."""
    known = {*CLASS_NAMES, *subclass_titles(), *counts, *state.classes, *state.without}
    return sorted(known, key=lambda code: (code not in counts, code))


def _draw_empty_corpus() -> None:
    show_notice(
        "Nothing to search yet",
        "This installation holds no publications.",
        "Drop weekly archives on the Uploads page; figures can be searched as they come in.",
    )
    st.page_link("uploads.py", label="Go to Uploads", icon=":material/upload:")


def _draw_newest(context: UiContext, n_publications: int, n_figures: int) -> None:
    st.html(
        "<header class='limn-head'><h1>Find the designs that came before</h1>"
        "<p>Drop or paste a drawing on the left, or type what it shows. Choose a Locarno class to "
        f"search within it. This collection holds {counted(n_publications, 'publication')} "
        f"with {counted(n_figures, 'figure')}.</p></header>"
    )
    st.subheader("Newest in this collection", anchor=False)
    catalogue = context.resources.catalogue
    newest = [
        catalogue.publication(summary.publication_id)
        for summary in catalogue.search_publications(limit=_N_NEWEST)
    ]
    cards = [publication_card(p, rank) for rank, p in enumerate(newest, start=1) if p is not None]
    _follow(gallery(cards, label="Newest publications", key="newest"), SearchState())


def _draw_results(context: UiContext, state: SearchState) -> None:
    query = state.query()
    result = _search(context, state, query)
    _draw_summary(state, query, result)
    if not result.hits:
        _draw_no_hits(query)
        return
    cards = hit_cards(result.hits, context.resources.catalogue)
    _follow(gallery(cards, label="Publications found, best first", key="hits"), state)
    if len(result.hits) >= state.n_shown and state.n_shown < MAX_SHOWN:
        st.button("Show more", on_click=_go, args=(_with_more(state),))


def _with_more(state: SearchState) -> SearchState:
    return replace(state, n_shown=min(state.n_shown + PAGE_SIZE, MAX_SHOWN))


def _search(context: UiContext, state: SearchState, query: SearchQuery) -> SearchResult:
    """The result of this search, kept while a rerun asks for the same."""
    kept: tuple[SearchState, SearchResult] | None = st.session_state.get(_RESULT)
    if kept is not None and kept[0] == state:
        return kept[1]
    with st.spinner("Searching…"):
        images = load_query_views(context, state)
        result = context.resources.search.search(query, images)
    SEARCHES.observe(result.total_ms / 1000)
    st.session_state[_RESULT] = (state, result)
    return result


def _draw_summary(state: SearchState, query: SearchQuery, result: SearchResult) -> None:
    asked = []
    if state.n_query_views:
        asked.append(counted(state.n_query_views, "drawing"))
    if state.text:
        asked.append(f"“{escape(state.text)}”")
    classes = ", ".join(class_label(code, 0) for code in query.locarno_any)
    within = f" in {escape(classes)}" if classes else ""
    st.html(
        "<header class='limn-summary'>"
        f"<h1>{counted(len(result.hits), 'publication')}</h1>"
        f"<p>like {' and '.join(asked)}{within} · {result.total_ms:.0f} ms</p></header>"
    )
    if result.hidden_by_filter:
        text, button = st.columns([5, 2], vertical_alignment="center")
        verb = "is" if result.hidden_by_filter == 1 else "are"
        text.markdown(
            f"**{result.hidden_by_filter} of the top 50 {verb} hidden by this class filter.** "
            "Earlier designs are often filed in another class."
        )
        button.button(
            "Show all classes",
            on_click=_go,
            args=(replace(state, classes=(), without=(), n_shown=PAGE_SIZE),),
            width="stretch",
        )


def _draw_no_hits(query: SearchQuery) -> None:
    narrowed = query.has_class_filter or query.views or query.published_from or query.published_to
    show_notice(
        "Nothing found",
        "No publication passes these filters." if narrowed else "No publication is like this.",
        "Take a filter away, or search with a drawing." if narrowed else "Try a drawing.",
    )


def _follow(event: GalleryEvent, state: SearchState) -> None:
    """Go where a click in the gallery points."""
    if event.opened:
        st.session_state[CAME_FROM] = state
        st.switch_page("publication.py", query_params={"id": event.opened})
    if event.chosen:
        _go(replace(state, figures=(event.chosen,), drawings=(), text="", n_shown=PAGE_SIZE))
        st.rerun()


if __name__ == "__main__":
    render()
