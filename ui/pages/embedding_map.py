"""The map page: a sample of the collection in the plane, similar drawings near each other."""

import time
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from core.errors import QueueUnavailable
from core.locarno import CLASS_NAMES
from core.records import Stage
from ui.cards import publication_card
from ui.compare_state import MAX_CANDIDATES, CompareState
from ui.components.figure_map import MapEvent, figure_map
from ui.components.gallery import GalleryEvent, Wall, gallery
from ui.components.notices import show_notice
from ui.context import UiContext
from ui.map_state import MAX_SEED, MapSelection, selected
from ui.page_gate import current_context
from ui.search_state import SearchState
from ui.wording import class_label, counted
from workers.map_records import FigureMap, MapFigure, MapRequest, MapState

_LOOK_EVERY_S = 1.5
_N_OFFICES = 60
_N_CARDS = 24
# Figures of a selection that are searched with: more are no clearer a question.
_N_LIKED = 8
# What waits longer was lost with its worker or its queue, and is asked for again.
_LOST_AFTER_S = 1800
_PHASES = {
    "waiting": "Waiting for a worker",
    "reading": "Reading the figures' vectors",
    "placing": "Placing {n} so that similar ones are near each other",
}


def render() -> None:
    """Draw the map that the address names, once a worker has made it."""
    context = current_context()
    selection = MapSelection.from_params(
        {name: st.query_params.get_all(name) for name in st.query_params}
    )
    counts = context.resources.catalogue.counts()
    n_indexed = counts.by_stage.get(Stage.INDEXED, 0)
    _draw_head(context, selection)
    if not n_indexed:
        show_notice(
            "Nothing to map yet",
            "This installation holds no searchable figures.",
            "Drop weekly archives on the Uploads page; figures can be mapped as they come in.",
        )
        return
    request = MapRequest(
        collection=context.resources.index.collection,
        corpus=f"{counts.publications} {n_indexed} {counts.withdrawn}",
        seed=selection.seed,
        locarno=selection.classes,
        offices=selection.offices,
        hidden=tuple(sorted(context.resources.hidden_uploads)),
    )
    drawn = context.resources.maps.map_of(request)
    if drawn is None:
        _draw_waiting(context, request)
    else:
        _draw_map(context, selection, drawn)


def _go(selection: MapSelection) -> None:
    st.query_params.from_dict(selection.to_params())
    st.rerun()


def _draw_head(context: UiContext, selection: MapSelection) -> None:
    st.html(
        "<header class='limn-summary'><h1>Map</h1><p>a sample of the figures, similar drawings "
        "near each other; distances between far groups mean nothing</p></header>"
    )
    known = context.resources.catalogue.locarno_counts()
    codes = [code for code in CLASS_NAMES if known.get(code) or code in selection.classes]
    offices = sorted({*_offices(context.resources.hidden_uploads, context), *selection.offices})
    left, middle, right = st.columns([5, 3, 2], vertical_alignment="bottom")
    classes = left.multiselect(
        "Locarno class",
        codes,
        default=list(selection.classes),
        format_func=lambda code: class_label(code, known.get(code, 0)),
        placeholder="All classes",
    )
    chosen = middle.multiselect(
        "Office", offices, default=list(selection.offices), placeholder="All offices"
    )
    if right.button("Draw other figures", width="stretch", help="Another sample, by lot"):
        _go(replace(selection, seed=(selection.seed + 1) % MAX_SEED, area=()))
    if (tuple(classes), tuple(chosen)) != (selection.classes, selection.offices):
        _go(MapSelection(classes=tuple(classes), offices=tuple(chosen), seed=selection.seed))


@st.cache_data(ttl=60, show_spinner=False)
def _offices(hidden_uploads: frozenset[str], _context: UiContext) -> list[str]:  # noqa: ARG001
    """Offices of the collection; kept for all who see the same."""
    return sorted(_context.resources.index.listing.facet("office", None, _N_OFFICES))


def _draw_waiting(context: UiContext, request: MapRequest) -> None:
    """Ask for the map, once, and look how far it is."""
    maps = context.resources.maps
    state = maps.state_of(request)
    if state is not None and state.phase == "failed":
        show_notice("No map was made", state.reason, "Take a filter away, or try once more.")
        if st.button("Try again"):
            maps.forget(request)
            st.rerun()
        return
    if state is None or time.time() - state.since_s > _LOST_AFTER_S:
        maps.tell(request, MapState(phase="waiting", since_s=time.time()))
        try:
            context.resources.messages.send_make_map(request)
        except QueueUnavailable:
            maps.forget(request)
            raise
    st.fragment(_look, run_every=_LOOK_EVERY_S)(context, request)


def _look(context: UiContext, request: MapRequest) -> None:
    state = context.resources.maps.state_of(request)
    if state is None or state.phase == "failed":
        st.rerun(scope="app")
    words = _PHASES[state.phase].format(n=counted(state.n_figures, "figure"))
    since_s = max(0, round(time.time() - state.since_s))
    remedy = "A map of 2,000 figures takes about half a minute; it is kept for the next visit."
    if state.phase == "waiting" and not context.resources.queue.live_workers():
        remedy = "No worker is running; start them with `limn up`."
    show_notice("The map is being drawn", f"{words}, {since_s} s.", remedy)


def _draw_map(context: UiContext, selection: MapSelection, drawn: FigureMap) -> None:
    chosen = selected(drawn.figures, selection)
    left, right = st.columns([11, 9], gap="medium")
    with left:
        event = figure_map(
            drawn.figures,
            area=selection.area,
            picked=selection.locarno_class,
            chosen=[figure.figure_id for figure in chosen],
            key="map",
        )
        passing = f"{counted(drawn.n_passing, 'figure')}"
        st.caption(
            f"{len(drawn.figures):,} of {passing}, drawn by lot; t-SNE of the encoder's vectors, "
            f"{drawn.seconds:.0f} s"
        )
    _follow_map(event, selection)
    with right:
        _draw_chosen(context, selection, chosen)


def _follow_map(event: MapEvent, selection: MapSelection) -> None:
    if event.is_cleared:
        _go(replace(selection, area=(), locarno_class=""))
    if event.area:
        _go(replace(selection, area=event.area))
    if event.picked:
        same = event.picked == selection.locarno_class
        _go(replace(selection, locarno_class="" if same else event.picked))


def _draw_chosen(context: UiContext, selection: MapSelection, chosen: Sequence[MapFigure]) -> None:
    if not selection.is_set:
        show_notice(
            "Nothing is selected",
            "Draw around dots with the pointer, or pick a class below the map.",
            "Their publications appear here, and can be searched with.",
        )
        return
    if not chosen:
        show_notice("No figure is in there", "The outline holds no dot of this sample.")
        return
    publications = list(dict.fromkeys(figure.publication_id for figure in chosen))
    words, button = st.columns([3, 2], vertical_alignment="center")
    words.markdown(
        f"**{counted(len(chosen), 'figure')}** of {counted(len(publications), 'publication')}"
    )
    liked = tuple(figure.figure_id for figure in chosen[:_N_LIKED])
    if button.button(
        "Search with these", width="stretch", type="primary",
        help=f"With the {len(liked)} in the middle of the selection as liked examples",
    ):  # fmt: skip
        st.switch_page("search.py", query_params=SearchState(figures=liked).to_params())
    held = [context.resources.catalogue.publication(name) for name in publications[:_N_CARDS]]
    cards = [publication_card(stored, n) for n, stored in enumerate(held, 1) if stored is not None]
    with st.container(height=620, border=False):
        _follow(gallery(cards, label="Selected designs", key="chosen", wall=Wall(layout="grid")))
    if len(publications) > _N_CARDS:
        st.caption(f"The {_N_CARDS} nearest the middle of the selection are shown.")


def _follow(event: GalleryEvent) -> None:
    """Go where a click on a card points."""
    if event.opened:
        st.switch_page("publication.py", query_params={"id": event.opened})
    if event.compared:
        compared = CompareState(candidates=event.compared[:MAX_CANDIDATES])
        st.switch_page("compare.py", query_params=compared.to_params())
    figure = event.chosen or event.more
    if figure:
        st.switch_page("search.py", query_params=SearchState(figures=(figure,)).to_params())


if __name__ == "__main__":
    render()
