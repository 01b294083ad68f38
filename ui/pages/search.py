"""The search page: drawings, words and classes on the left, ranked publications on the right."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from html import escape

import streamlit as st

from core.access import Permission
from core.errors import IndexUnavailable
from search.facets import Facets
from search.hits import SearchResult
from search.query import SearchQuery
from ui.cards import hit_cards, pictures_of, publication_card
from ui.compare_state import MAX_CANDIDATES, CompareState
from ui.components.drawing_pad import drawing_pad
from ui.components.gallery import Card, gallery, gallery_event, take_marks
from ui.components.notices import show_notice
from ui.context import UiContext
from ui.drawing_editor import draw_editor
from ui.keeping import keep_bar
from ui.metrics import observe_search
from ui.page_gate import current_context, page_viewer
from ui.query_pad import load_query_views, pad_views
from ui.result_bar import draw_result_bar, wall_of, write_marks
from ui.search_counts import counts_place, draw_counts, draw_suggestions
from ui.search_coverage import coverage_words
from ui.search_filters import are_filled, draw_filters, fill_filters, read_filters
from ui.search_hidden import draw_hidden
from ui.search_state import CAME_FROM, MAX_SHOWN, PAGE_SIZE, SearchState
from ui.wording import class_label, counted

_SHOWN = "shown_address"
_RESULT = "last_result"
_FACETS = "last_facets"
_SUGGESTED = "last_suggested"
_CHOICES = "choices"
_NEWEST, _HITS = "newest", "hits"
"""The two galleries."""
_N_NEWEST = 8
_N_AHEAD, _N_SMALL_AHEAD = 6, 24
"""Cards whose thumbnails are drawn before the browser asks: about as many as a window shows."""


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
    if not context.resources.catalogue.holds_publications():
        _draw_empty_corpus()
    elif state.is_empty:
        _draw_newest(context)
    else:
        _draw_results(context, state)
    st.session_state[_SHOWN] = state  # drawn to the end: the browser has it


def _address() -> dict[str, Sequence[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params}


def _go(state: SearchState) -> None:
    """Make this the search, and its address the page's address."""
    st.query_params.from_dict(state.to_params())


def _fill_widgets(state: SearchState) -> None:
    """Let the widgets show the search wherever the address was changed from outside them."""
    if st.session_state.get(_SHOWN) != state or not are_filled():
        fill_filters(state)


def _read_widgets() -> None:
    """A widget changed: the address follows.

    A page that was broken off while it was drawn may not have reached the browser: then its widgets
    still show the search before, and what they show of that is nobody's wish.
    """
    before = SearchState.from_params(_address())
    shown = st.session_state.get(_SHOWN, SearchState())
    state = read_filters(before, shown)
    if shown == before:
        st.session_state[_SHOWN] = state
    _go(state)


def _draw_query(context: UiContext, state: SearchState) -> None:
    event = drawing_pad(pad_views(context, state), key="pad")
    if event.added:
        _go(state.with_drawings(event.added))
        st.rerun()
    if event.removed:
        _go(state.without_view(event.removed))
        st.rerun()
    draw_editor(context, state, _go)
    choices = partial(_choices, context)
    draw_filters(state, context.coverage.by_class(), choices, _read_widgets)
    if state != SearchState() and st.button("Clear the search", width="stretch"):
        _go(SearchState())
        st.rerun()


def _choices(context: UiContext) -> Mapping[str, Sequence[str]]:
    """What filters can be chosen from, kept until the collection changes."""
    asked = (context.coverage.now().n_publications, context.resources.hidden_uploads)
    kept: tuple[object, Mapping[str, Sequence[str]]] | None = st.session_state.get(_CHOICES)
    if kept is not None and kept[0] == asked:
        return kept[1]
    try:
        choices = context.resources.search.choices()
    except IndexUnavailable:
        return {}  # filters can be typed as well
    st.session_state[_CHOICES] = (asked, choices)
    return choices


def _draw_empty_corpus() -> None:
    show_notice(
        "Nothing to search yet",
        "This installation holds no publications.",
        "Drop weekly archives on the Uploads page; figures can be searched as they come in.",
    )
    if page_viewer().may(Permission.OPERATE):
        st.page_link("uploads.py", label="Go to Uploads", icon=":material/upload:")


def _draw_newest(context: UiContext) -> None:
    covered = context.coverage.now()
    st.html(
        "<header class='limn-head'><h1>Find the designs that came before</h1>"
        "<p>Drop or paste a drawing on the left, or type what it shows. Choose a Locarno class to "
        "search within it. This collection holds "
        f"{counted(covered.n_publications, 'publication')} with "
        f"{counted(covered.n_figures, 'figure')}.</p></header>"
    )
    st.subheader("Newest in this collection", anchor=False)
    catalogue = context.resources.catalogue
    newest = [summary.publication_id for summary in catalogue.search_publications(limit=_N_NEWEST)]
    known = catalogue.publications(newest)
    found = [known[publication_id] for publication_id in newest if publication_id in known]
    cards = [publication_card(stored, rank) for rank, stored in enumerate(found, start=1)]
    _draw_thumbnails(context, cards, "")
    ask = partial(_ask, _NEWEST)
    gallery(cards, label="Newest publications", key=_NEWEST, on_asked=ask)


def _draw_results(context: UiContext, state: SearchState) -> None:
    query = state.query()
    result = _search(context, state, query)
    n_found = _n_found(context, state, query, result)
    covered = coverage_words(context.coverage.now(), is_narrowed=query.is_narrowed)
    _draw_summary(state, query, result, n_found, covered)
    draw_hidden(state, result.hidden, context.resources.catalogue, _go)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        opinions = keep_bar(context, query, state.drawings, result)
        if result.hits:
            draw_result_bar(state, _go)
    if not result.hits:
        _draw_no_hits(query)
        return
    with st.container(horizontal=True, gap="medium"):
        counts = counts_place(by_likeness=state.asks_by_likeness)
        if state.drawings or state.figures or state.publication:
            _draw_suggestions(context, state, query)
    cards = hit_cards(result.hits, context.resources.catalogue, state, opinions)
    _draw_thumbnails(context, cards, state.layout)
    label = "best first" if state.asks_by_likeness and not state.order else "by date"
    wall = wall_of(context, state, result)
    gallery(
        cards, label=f"Publications found, {label}", key=_HITS, wall=wall, on_marked=_mark,
        on_asked=partial(_ask, _HITS),
    )  # fmt: skip
    if counts.open:
        with counts:
            draw_counts(state, _facets(context, state, query), _go)
    if len(result.hits) >= state.n_shown and state.n_shown < MAX_SHOWN:
        st.button("Show more", on_click=_go, args=(_with_more(state),))


def _draw_thumbnails(context: UiContext, cards: Sequence[Card], layout: str) -> None:
    is_grid = layout == "grid"
    seen = cards[: _N_SMALL_AHEAD if is_grid else _N_AHEAD]
    context.thumbnails.draw(context.resources.pictures, pictures_of(seen, with_views=not is_grid))


def _draw_suggestions(context: UiContext, state: SearchState, query: SearchQuery) -> None:
    """Classes for the drawing, once somebody asks for them."""
    with st.popover("Which class is it?", type="tertiary"):
        asked = (_whole(state), context.resources.hidden_uploads)
        kept = st.session_state.get(_SUGGESTED)
        if kept is None or kept[0] != asked:
            if not st.button("Ask the designs most like it"):
                return
            images = load_query_views(context, state)
            kept = (asked, context.resources.search.suggest_classes(query, images))
            st.session_state[_SUGGESTED] = kept
        draw_suggestions(state, kept[1]["locarno"], _go)
        st.caption("A vote of similar designs, no classification.")


def _with_more(state: SearchState) -> SearchState:
    return replace(state, n_shown=min(state.n_shown + PAGE_SIZE, MAX_SHOWN))


def _search(context: UiContext, state: SearchState, query: SearchQuery) -> SearchResult:
    """The result of this search, kept while a rerun asks for the same behind the same walls."""
    asked = (state.asked, context.resources.hidden_uploads)
    kept: tuple[object, SearchResult] | None = st.session_state.get(_RESULT)
    if kept is not None and kept[0] == asked:
        return kept[1]
    with st.spinner("Searching…"):
        images = load_query_views(context, state)
        listed_once = query.model_copy(update={"collapse": True})
        result = context.resources.search.search(listed_once, images)
    observe_search(result)
    st.session_state[_RESULT] = (asked, result)
    return result


def _facets(context: UiContext, state: SearchState, query: SearchQuery) -> Facets:
    """Counts under this search, kept while a rerun or a longer list asks for the same."""
    asked = (_whole(state), context.resources.hidden_uploads)
    kept: tuple[object, Facets] | None = st.session_state.get(_FACETS)
    if kept is not None and kept[0] == asked:
        return kept[1]
    facets = context.resources.search.facets(query, load_query_views(context, state))
    st.session_state[_FACETS] = (asked, facets)
    return facets


def _whole(state: SearchState) -> SearchState:
    """The search without how many hits are shown."""
    return replace(state.asked, n_shown=PAGE_SIZE)


def _n_found(
    context: UiContext, state: SearchState, query: SearchQuery, result: SearchResult
) -> int:
    """All publications that pass the filters; of those ranked by likeness the ones shown."""
    n_listed = None if state.asks_by_likeness else context.resources.search.count_listed(query)
    return len(result.hits) if n_listed is None else n_listed


def _draw_summary(
    state: SearchState, query: SearchQuery, result: SearchResult, n_found: int, covered: str
) -> None:
    asked = []
    if state.n_query_views:
        asked.append(counted(state.n_query_views, "drawing"))
    if state.publication:
        asked.append(escape(state.publication))
    if state.text:
        asked.append(f"“{escape(state.text)}”")
    unlike = f", unlike {counted(len(state.unlike), 'figure')}" if state.unlike else ""
    classes = ", ".join(class_label(code, 0) for code in query.locarno_any or query.locarno_all)
    joined = "raising" if query.has_class_boost else "in"
    within = f" {joined} {escape(classes)}" if classes else ""
    before = f", published before {query.cut_off}" if query.cut_off else ""
    what = f"like {' and '.join(asked)}" if state.asks_by_likeness else "newest first"
    n_twins = sum(len(hit.twins) for hit in result.hits)
    twins = f" and {n_twins:,} listed under them" if n_twins else ""
    st.html(
        "<header class='limn-summary'>"
        f"<h1>{counted(n_found, 'publication')}{twins}</h1>"
        f"<p>{what}{unlike}{within}{before} · {result.total_ms:.0f} ms</p>"
        f"<p class='limn-line'>{escape(covered[0].upper() + covered[1:])}.</p></header>"
    )


def _draw_no_hits(query: SearchQuery) -> None:
    narrowed = query.is_narrowed
    show_notice(
        "Nothing found",
        "No publication passes these filters." if narrowed else "No publication is like this.",
        "Take a filter away, or search with a drawing." if narrowed else "Try a drawing.",
    )


def _mark() -> None:
    """Cards were marked: written down before the page is drawn anew."""
    take_marks(_HITS, partial(write_marks, current_context()))


def _ask(gallery_key: str) -> None:
    """A card was clicked: the page runs once, with the search it asks for, or is left."""
    event, state = gallery_event(gallery_key), SearchState.from_params(_address())
    if event.chosen:
        _go(state.like_alone(event.chosen))
    elif event.more:
        _go(state.more_like(event.more))
    elif event.less:
        _go(state.less_like(event.less))
    elif event.opened:
        st.session_state[CAME_FROM] = state
        st.switch_page("publication.py", query_params={"id": event.opened})
    elif event.compared:
        st.session_state[CAME_FROM] = state
        compared = CompareState(search=state, candidates=event.compared[:MAX_CANDIDATES])
        st.switch_page("compare.py", query_params=compared.to_params())


if __name__ == "__main__":
    render()
