"""The compare page: a query beside chosen designs, view by view, and what is thought of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape

import streamlit as st

from ingestion.catalogue_records import StoredPublication
from search.comparison import Comparison, Comparisons
from search.orientation import Orientation
from ui.cards import drawn_figures, publication_href
from ui.compare_notes import draw_notes
from ui.compare_state import MAX_CANDIDATES, MODES, CompareState, Shown
from ui.compared_views import (
    N_ALIGNED_AT_ONCE,
    Pairing,
    PictureKey,
    Viewed,
    drawn_pair,
    figure_views,
    pairings,
    query_views,
    ways_of,
)
from ui.components.assets import thumbnail_url
from ui.components.candidate_row import Candidate, candidate_row
from ui.components.comparison_stage import Side, StageEvent, Way, comparison_stage
from ui.components.notices import show_notice
from ui.context import UiContext
from ui.page_gate import current_context
from ui.query_pad import load_query_views
from ui.search_state import CAME_FROM, SearchState
from ui.wording import counted, number_of

_FOUND = "last_comparisons"
_LAST = "last_comparison"


def render() -> None:
    """Draw the comparison that the address names."""
    context = current_context()
    if st.query_params:
        st.session_state[_LAST] = _address()
    elif _LAST in st.session_state:  # the page was left for another; what lay on it still does
        _go(CompareState.from_params(st.session_state[_LAST]))
    state = CompareState.from_params(st.session_state.get(_LAST, {}))
    known = _publications(context, state.candidates)
    _draw_head(context, state)
    _name_unknown(state, known)
    state = replace(state, candidates=tuple(known))
    if not state.has_query and not state.candidates:
        show_notice(
            "Nothing to compare yet",
            "A comparison lays the views of a query, or of one design, beside those of others.",
            "Search with a drawing and tick “Compare” on the results, or add two designs above.",
        )
        return
    if not state.beside:
        show_notice(
            "One side is here",
            "Its views wait for a design to be laid beside them.",
            "Add another by its number above, or tick “Compare” on results of a search.",
        )
        return
    _draw_comparison(context, state, known)


def _address() -> dict[str, Sequence[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params}


def _go(state: CompareState) -> None:
    st.query_params.from_dict(state.to_params())
    st.rerun()


def _publications(context: UiContext, ids: Sequence[str]) -> dict[str, StoredPublication]:
    found = {name: context.resources.catalogue.publication(name) for name in ids}
    return {name: stored for name, stored in found.items() if stored is not None}


def _draw_way_back(state: CompareState) -> None:
    came_from = state.search
    if came_from.is_empty:
        came_from = st.session_state.get(CAME_FROM, SearchState())
    label = "Search" if came_from.is_empty else "Back to the results"
    st.page_link(
        "search.py", label=label, icon=":material/arrow_back:", query_params=came_from.to_params()
    )


def _draw_head(context: UiContext, state: CompareState) -> None:
    head, adding = st.columns([5, 3], vertical_alignment="bottom")
    with head:
        _draw_way_back(state)
        st.html(
            "<header class='limn-summary'><h1>Compare</h1>"
            "<p>an aid for the eye, no legal comparison</p></header>"
        )
    with adding.form("add-design", border=False, clear_on_submit=True):
        field, button = st.columns([3, 1], vertical_alignment="bottom")
        number = field.text_input(
            "Add a design by its number",
            placeholder="Add a design by its number, D907,292",
            label_visibility="collapsed",
            disabled=len(state.candidates) >= MAX_CANDIDATES,
        )
        is_added = button.form_submit_button("Add", width="stretch")
    if is_added and number.strip():
        held = context.resources.catalogue.search_publications(number.strip(), limit=1)
        if held:
            _go(state.with_design(held[0].publication_id))
        adding.warning(f"This collection holds no publication {number.strip()[:80]}.")


def _name_unknown(state: CompareState, known: Mapping[str, StoredPublication]) -> None:
    missing = [name[:80] for name in state.candidates if name not in known]
    if missing:
        st.warning(f"This collection does not hold {', '.join(missing)}.")


def _draw_comparison(
    context: UiContext, state: CompareState, known: Mapping[str, StoredPublication]
) -> None:
    found = _comparisons(context, state)
    by_publication = {one.publication_id: one for one in found.found}
    shown = state.candidate if state.candidate in state.beside else _best(state, found)
    event = candidate_row(
        [_candidate(known[name], by_publication.get(name), name == shown) for name in state.beside],
        key="candidates",
    )
    if event.chosen and event.chosen != shown:
        _go(state.looking_at(event.chosen))
    if event.removed:
        _go(state.without_design(event.removed))
    stored = known[shown]
    if shown not in by_publication:
        show_notice(
            "Its views cannot be compared",
            f"No figure of {shown} is in the index.",
            "It came without drawings, or they are still being taken in.",
        )
        return
    _draw_stage(context, state, found, by_publication[shown], stored)
    draw_notes(context, shown, stored.publication.title)


def _best(state: CompareState, found: Comparisons) -> str:
    """The design most like the query, where nobody chose one."""
    best = max(found.found, key=lambda one: one.similarity, default=None)
    return best.publication_id if best else state.beside[0]


def _comparisons(context: UiContext, state: CompareState) -> Comparisons:
    """The pairings of these designs, kept while a rerun asks for the same."""
    asked = (state.query, state.beside, context.resources.hidden_uploads)
    kept = st.session_state.get(_FOUND)
    if kept is not None and kept[0] == asked:
        found: Comparisons = kept[1]
        return found
    with st.spinner("Pairing the views…"):
        images = load_query_views(context, state.query)
        found = context.resources.search.compare(state.query.query(), images, state.beside)
    st.session_state[_FOUND] = (asked, found)
    return found


def _candidate(
    stored: StoredPublication, comparison: Comparison | None, is_shown: bool
) -> Candidate:
    record = stored.publication
    best = comparison.pairs[0].figure_id if comparison else ""
    figures = drawn_figures(stored)
    figure = next((f for f in figures if f.figure_id == best), figures[0] if figures else None)
    return Candidate(
        id=record.publication_id,
        href=publication_href(record.publication_id),
        src=thumbnail_url(figure.sha256) if figure else "",
        title=record.title,
        number=number_of(record.office, record.number, record.kind),
        score=f"{comparison.similarity:.2f}" if comparison else "",
        is_shown=is_shown,
    )


def _draw_stage(
    context: UiContext,
    state: CompareState,
    found: Comparisons,
    comparison: Comparison,
    stored: StoredPublication,
) -> None:
    views, figures = query_views(context, state.query, found), figure_views(stored)
    paired = pairings(comparison, state.shown, len(views), list(figures))
    looked_at = state.shown.pair or paired[0].name
    pairs = [
        drawn_pair(
            pairing,
            views[pairing.view],
            figures[pairing.figure_id],
            _ways(context, pairing, views, figures)
            if n < N_ALIGNED_AT_ONCE or pairing.name == looked_at
            else (),
        )
        for n, pairing in enumerate(paired)
    ]
    _draw_pairing_words(comparison, len(views), stored)
    record = stored.publication
    event = comparison_stage(
        Side(
            _query_name(context, state, found),
            tuple((str(view + 1), views[view].drawn) for view in comparison.unpaired_views),
        ),
        Side(
            number_of(record.office, record.number, record.kind),
            tuple((f, figures[f].drawn) for f in comparison.unpaired_figures if f in figures),
        ),
        pairs,
        pair=state.shown.pair,
        mode=state.shown.mode if state.shown.mode in MODES else MODES[0],
        laid=state.shown.orientation.name.lower() if state.shown.orientation else "",
        key="stage",
    )
    if event is not None:
        _follow(event, state)


def _follow(event: StageEvent, state: CompareState) -> None:
    """What a person looks at now goes into the address; pairs they made are drawn."""
    shown = Shown.parse(event.pair, event.mode, event.laid)
    if shown != state.shown:
        _go(replace(state, shown=shown))


def _ways(
    context: UiContext,
    pairing: Pairing,
    views: Sequence[Viewed],
    figures: Mapping[str, Viewed],
) -> tuple[Way, ...]:
    query, figure = views[pairing.view].key, figures[pairing.figure_id].key
    return _kept_ways(context, query, figure, pairing.found)


@st.cache_data(max_entries=2000, show_spinner=False)
def _kept_ways(
    _context: UiContext, query: PictureKey, figure: PictureKey, found: Orientation
) -> tuple[Way, ...]:
    """Pictures never change, so neither does how one is laid over another."""
    return ways_of(_context, query, figure, found)


def _query_name(context: UiContext, state: CompareState, found: Comparisons) -> str:
    """The number of the one design that is compared with, else that it is the query."""
    rows = context.resources.catalogue.figures(list(found.query_figures))
    records = {row.publication.publication_id: row.publication for row in rows}
    if state.query.drawings or len(records) != 1:
        return "Query"
    (record,) = records.values()
    return number_of(record.office, record.number, record.kind)


def _draw_pairing_words(comparison: Comparison, n_views: int, stored: StoredPublication) -> None:
    record = stored.publication
    left = []
    if comparison.unpaired_views:
        left.append(f"{counted(len(comparison.unpaired_views), 'view')} of the query")
    if comparison.unpaired_figures:
        left.append(f"{counted(len(comparison.unpaired_figures), 'view')} of the design")
    without = f" · {' and '.join(left)} without a partner" if left else ""
    href = escape(publication_href(record.publication_id))
    st.html(
        "<header class='limn-summary'>"
        f"<h2><a class='limn-plain' href='{href}' target='_self'>"
        f"{escape(record.title or record.publication_id)}</a></h2>"
        f"<p>{len(comparison.pairs)} of {counted(n_views, 'query view')} paired, mean likeness "
        f"{comparison.similarity:.2f}{without}</p></header>"
    )


if __name__ == "__main__":
    render()
