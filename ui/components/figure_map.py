"""A map of figures as dots coloured by class; an outline drawn around some selects them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from ui.components.assets import read_asset, thumbnail_url
from ui.wording import class_words
from workers.map_records import MapFigure

_render = st.components.v2.component(
    "limn.figure_map",
    html='<div class="map"></div>',
    css=read_asset("figure_map.css"),
    js=read_asset("figure_map.js"),
)
COLOURS = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c564b", "#1c1b19",
)  # fmt: skip
"""Told apart by colour-blind people too (Okabe & Ito 2008, but for the brown)."""
OTHER_COLOUR = "#a8a49b"


@dataclass(frozen=True, slots=True)
class MapEvent:
    """What a person did on the map.

    Attributes:
        area: Corners of a new outline, thousandths of the side.
        picked: Class that was picked in the legend.
        is_cleared: Whether the selection was taken back.
    """

    area: tuple[tuple[int, int], ...]
    picked: str
    is_cleared: bool


def figure_map(
    figures: Sequence[MapFigure],
    *,
    area: Sequence[tuple[int, int]],
    picked: str,
    chosen: Sequence[str],
    key: str,
) -> MapEvent:
    """Draw the map.

    Args:
        figures: What is on it.
        area: The outline of the selection.
        picked: The class picked.
        chosen: Ids of the selected figures.
        key: Of the component.
    """
    result = _render(
        key=key,
        data={
            **_drawn(figures),
            "area": [list(corner) for corner in area],
            "picked": picked,
            "chosen": list(chosen),
        },
        on_area_change=_ignore,
        on_picked_change=_ignore,
        on_cleared_change=_ignore,
    )
    return MapEvent(
        area=tuple((int(x), int(y)) for x, y in result.area or ()),
        picked=result.picked or "",
        is_cleared=bool(result.cleared),
    )


def _drawn(figures: Sequence[MapFigure]) -> dict[str, Any]:
    """The dots and the legend: the most frequent classes have colours of their own."""
    counts: dict[str, int] = {}
    for figure in figures:
        counts[figure.locarno_class] = counts.get(figure.locarno_class, 0) + 1
    ordered = sorted(counts, key=lambda code: (code == "", -counts[code], code))
    colour_of = dict(zip((code for code in ordered if code), COLOURS, strict=False))
    return {
        "classes": [
            {
                "code": code,
                "name": class_words(code) or "no class known",
                "colour": colour_of.get(code, OTHER_COLOUR),
                "n": counts[code],
            }
            for code in ordered
        ],
        "dots": [
            [figure.figure_id, figure.x, figure.y, ordered.index(figure.locarno_class)]
            for figure in figures
        ],
        "titles": [figure.title for figure in figures],
        "pictures": [figure.sha256 for figure in figures],
        "thumbnails": thumbnail_url(""),
    }


def _ignore() -> None:
    """A trigger needs a callback to be known; the value is read from the result."""
