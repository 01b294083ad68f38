"""Address of the picture that marks where a query drawing and a hit look alike."""

from urllib.parse import urlencode

from search.hits import FigureHit
from ui.components.assets import API
from ui.search_state import SearchState


def regions_href(state: SearchState, hit: FigureHit) -> str:
    """Address of the picture for a figure of a hit.

    Args:
        state: The search; its drawings are asked before its figures, see `search.asked`.
        hit: The figure.

    Returns:
        Empty where the figure was not compared with one drawing or figure of the search: words
        take part, or a publication is searched with.
    """
    if hit.query_view is None or hit.query_view >= state.n_query_views:
        return ""
    params = {"figure_id": hit.figure_id}
    if hit.query_view < len(state.drawings):
        params["drawing"] = state.drawings[hit.query_view]
    else:
        params["query_figure_id"] = state.figures[hit.query_view - len(state.drawings)]
    if hit.orientation is not None:
        params["orientation"] = hit.orientation.value
    return f"{API}/explain?{urlencode(params)}"
