"""Two designs view by view on one stage: side by side, laid over, blinking, their difference."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from ui.components.assets import read_asset

_render = st.components.v2.component(
    "limn.comparison_stage",
    html='<div class="wrap"></div>',
    css=read_asset("comparison_stage.css"),
    js=read_asset("comparison_ink.js") + read_asset("comparison_stage.js"),
)


@dataclass(frozen=True, slots=True)
class DrawnView:
    """One view of a design.

    Attributes:
        id: SHA-256 of a query drawing, or figure id.
        src: Small picture.
        full_src: The same at full resolution.
        name: ``"FIG. 3"``.
        note: Which side it shows; empty where unknown.
    """

    id: str
    src: str
    full_src: str
    alt: str
    name: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """How a figure is laid over a query view; see `search.alignment.Alignment`.

    Attributes:
        laid: Its name in the address.
        words: Its name for people.
    """

    laid: str
    words: str
    is_mirrored: bool
    n_quarter_turns: int
    scale: float
    left: float
    top: float


@dataclass(frozen=True, slots=True)
class DrawnPair:
    """A query view beside a figure.

    Attributes:
        id: Its name in the address.
        view: Position of the query view.
        similarity: As printed; empty for a pair that a person put together.
        ways: The preferred first; none where they cannot be laid over, or were not yet.
    """

    id: str
    view: int
    query: DrawnView
    figure: DrawnView
    similarity: str
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two designs.

    Attributes:
        name: What its colour is explained by.
        unpaired: Its views without a partner: name for the address, picture.
    """

    name: str
    unpaired: tuple[tuple[str, DrawnView], ...]


@dataclass(frozen=True, slots=True)
class StageEvent:
    """What a person looks at now, as the address names it; None where nothing changed."""

    pair: str
    mode: str
    laid: str


def comparison_stage(  # noqa: PLR0913 - one component draws both designs and all their pairs
    query: Side,
    design: Side,
    pairs: Sequence[DrawnPair],
    *,
    pair: str,
    mode: str,
    laid: str,
    key: str,
) -> StageEvent | None:
    """Draw the stage.

    Args:
        query: What is compared with.
        design: What is laid beside it.
        pairs: At least one.
        pair: The one looked at; empty for the first.
        mode: ``sides``, ``overlay``, ``blink`` or ``difference``.
        laid: The way it is laid over; empty for the preferred one.
        key: Another one for every two designs.
    """
    data: dict[str, Any] = {
        "query": asdict(query),
        "design": asdict(design),
        "pairs": [asdict(drawn) for drawn in pairs],
        "shown": {"pair": pair, "mode": mode, "laid": laid},
    }
    result = _render(key=key, data=data, on_looked_change=_ignore)
    return StageEvent(**result.looked) if result.looked else None


def _ignore() -> None:
    """A trigger needs a callback to be known; the value is read from the result."""
