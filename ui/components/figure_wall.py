"""Figures and sheets of a publication, large enough to judge, to be zoomed or searched with."""

from dataclasses import asdict, dataclass

import streamlit as st

from ui.components.assets import read_asset

_HTML = f'<ol class="wall"></ol>{read_asset("zoom.html")}'
_CSS = read_asset("figure_wall.css") + read_asset("zoom.css")
_render = st.components.v2.component(
    "limn.figure_wall",
    html=_HTML,
    css=_CSS,
    js=read_asset("zoom.js") + read_asset("figure_wall.js"),
)
_render_sheets = st.components.v2.component(
    "limn.sheet_wall",
    html=_HTML,
    css=_CSS,
    js=read_asset("zoom.js") + read_asset("sheet_wall.js"),
)


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure as the wall draws it."""

    id: str
    """Figure id."""
    src: str
    full_src: str
    alt: str
    title: str
    """``"FIG. 3"``."""
    note: str
    """View and sheet."""
    caption: str
    searchable: bool
    """False for a front-page copy, which is not indexed."""


@dataclass(frozen=True, slots=True)
class SheetFigure:
    """A figure's place on its sheet, in pixels of the upright sheet."""

    id: str
    title: str
    searchable: bool
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class SheetTile:
    """One sheet as filed, to be drawn upright.

    Attributes:
        width: Of the stored picture, before it is turned.
        rotation: Clockwise quarter turns that make it upright, in degrees.
    """

    src: str
    full_src: str
    alt: str
    title: str
    width: int
    height: int
    rotation: int
    figures: tuple[SheetFigure, ...]


def figure_wall(tiles: list[Tile], *, label: str, key: str) -> str | None:
    """Draw the figures.

    Returns:
        The figure id to search with, if one was chosen.
    """
    result = _render(
        key=key,
        data={"label": label, "tiles": [asdict(tile) for tile in tiles]},
        on_chosen_change=_ignore,
    )
    chosen: str | None = result.chosen
    return chosen


def sheet_wall(sheets: list[SheetTile], *, label: str, key: str) -> str | None:
    """Draw the sheets, their figures framed.

    Returns:
        The figure id to search with, if one was chosen.
    """
    result = _render_sheets(
        key=key,
        data={"label": label, "sheets": [asdict(sheet) for sheet in sheets]},
        on_chosen_change=_ignore,
    )
    chosen: str | None = result.chosen
    return chosen


def _ignore() -> None:
    """A trigger needs a callback to be known; the value is read from the result."""
