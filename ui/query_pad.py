"""The drawings of a search: what the pad shows of them and the pixels the search takes."""

from core.errors import PictureUnreadable, QueryInvalid
from core.ports import GreyImage
from ui.components.assets import query_view_url, thumbnail_url
from ui.components.drawing_pad import PadView
from ui.context import UiContext
from ui.search_state import SearchState
from ui.wording import figure_alt, figure_name, number_of


def pad_views(context: UiContext, state: SearchState) -> list[PadView]:
    """What the pad shows: sent drawings first, then indexed figures; unknown figures left out."""
    drawings = [
        PadView(sha256, query_view_url(sha256), f"query drawing {number}", f"Drawing {number}")
        for number, sha256 in enumerate(state.drawings, start=1)
    ]
    figures = []
    for row in context.resources.catalogue.figures([*state.figures, *state.unlike]):
        figure, record = row.figure, row.publication
        note = (
            f"{figure_name(figure.label, figure.sheet)} of "
            f"{number_of(record.office, record.number, record.kind)}"
        )
        src = thumbnail_url(figure.sha256)
        figures.append(
            PadView(
                figure.figure_id,
                src,
                figure_alt(figure, record),
                note,
                unlike=figure.figure_id in state.unlike,
            )
        )
    return drawings + figures


def load_query_views(context: UiContext, state: SearchState) -> list[GreyImage]:
    """Pixels of the drawings that were sent.

    Raises:
        QueryInvalid: If a drawing of the address is not kept here.
    """
    images = []
    for sha256 in state.drawings:
        try:
            images.append(context.query_views.get_figure(sha256))
        except PictureUnreadable as error:
            raise QueryInvalid(
                f"the drawing {sha256[:12]}… of this address is not kept here; send it again"
            ) from error
    return images
