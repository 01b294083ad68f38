"""All figures of a publication, large enough to judge, each to be enlarged or searched with."""

from dataclasses import asdict, dataclass

import streamlit as st

from ui.components.assets import read_asset

_HTML = """
<ol class="wall"></ol>
<dialog class="enlarged" aria-label="Figure at full resolution">
  <form method="dialog"><button type="submit" class="close" aria-label="Close">×</button></form>
  <img alt="">
  <p></p>
</dialog>
"""
_render = st.components.v2.component(
    "limn.figure_wall",
    html=_HTML,
    css=read_asset("figure_wall.css"),
    js=read_asset("figure_wall.js"),
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


def _ignore() -> None:
    """A trigger needs a callback to be known; the value is read from the result."""
