"""A drawing of the search turned, cropped, covered or redrawn; the result takes its place."""

from collections.abc import Callable

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw

from core.errors import BadInput
from core.ports import GreyImage
from drafting.photo_lines import line_art_of_photograph, looks_like_photograph
from ui.context import UiContext
from ui.picture_edits import PictureEdits, check_not_plain
from ui.search_state import SearchState

_PREVIEW_PX = 560
_NAME = "this drawing"


def draw_editor(context: UiContext, state: SearchState, go: Callable[[SearchState], None]) -> None:
    """Draw the editor for the drawings that were sent; nothing where there are none."""
    kept = _kept_drawings(context, state)
    if not kept:
        return
    with st.expander("Turn, crop or cover a drawing"):
        numbers = range(1, len(kept) + 1)
        number = (
            st.segmented_control(
                "Drawing", numbers, default=1, key="edited", required=True, width="stretch"
            )
            if len(kept) > 1
            else 1
        )
        key, picture = kept[min(number or 1, len(kept)) - 1]
        across = st.slider("Left to right", 0, 100, (0, 100), format="%d %%", key="part-across")
        down = st.slider("Top to bottom", 0, 100, (0, 100), format="%d %%", key="part-down")
        width, height = across[1] - across[0], down[1] - down[0]
        part = (across[0] / 100, down[0] / 100, width / 100, height / 100)
        st.image(_with_part(picture, part), width="stretch")
        actions: tuple[tuple[str, PictureEdits | None], ...] = (
            ("Keep part", _edits(crop=part)),
            ("Cover part", _edits(mask=(part,))),
            ("Turn right", PictureEdits(rotation_deg=90)),
            ("Draw lines", PictureEdits(photo=True)),
        )
        columns = st.columns(2)
        for place, (label, edits) in enumerate(actions):
            if columns[place % 2].button(label, width="stretch", disabled=edits is None) and edits:
                _apply(context, state, key, edits, go)
        if looks_like_photograph(picture):
            st.caption("It looks like a photograph: drawings are found better by its lines.")


def _kept_drawings(context: UiContext, state: SearchState) -> list[tuple[str, GreyImage]]:
    """Drawings of the address that are kept here; the search itself says which are not."""
    kept = []
    for key in state.drawings:
        try:
            kept.append((key, context.query_views.get_figure(key)))
        except BadInput:
            continue
    return kept


def _edits(**values: object) -> PictureEdits | None:
    """Edits of the chosen part; None where it has no area."""
    try:
        return PictureEdits.parse(values)
    except BadInput:
        return None


def _apply(
    context: UiContext,
    state: SearchState,
    key: str,
    edits: PictureEdits,
    go: Callable[[SearchState], None],
) -> None:
    picture = context.query_views.get_figure(key)
    try:
        changed = edits.apply(picture, _NAME)
        if edits.photo:
            changed = line_art_of_photograph(picture)
            check_not_plain(changed, _NAME, "no lines stand out in it")
    except BadInput as error:
        st.warning(str(error))
        return
    go(state.with_drawing_changed(key, context.query_views.put_figure(changed)))
    for slider in ("part-across", "part-down"):
        del st.session_state[slider]
    st.rerun()


def _with_part(picture: GreyImage, part: tuple[float, float, float, float]) -> GreyImage:
    """The drawing, small, with what lies outside the chosen part greyed."""
    image = Image.fromarray(picture)
    image.thumbnail((_PREVIEW_PX, _PREVIEW_PX), Image.Resampling.BOX)
    left, top, width, height = part
    chosen = Image.new("L", image.size, 0)
    box = (left * image.width, top * image.height)
    ImageDraw.Draw(chosen).rectangle(
        (*box, box[0] + width * image.width, box[1] + height * image.height), fill=255
    )
    veiled = Image.blend(image, Image.new("L", image.size, 150), 0.55)
    return np.asarray(Image.composite(image, veiled, chosen), np.uint8)
