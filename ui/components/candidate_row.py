"""The designs of a comparison in one row: one is looked at, each can be taken away."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from ui.components.assets import read_asset

_render = st.components.v2.component(
    "limn.candidate_row",
    html='<ol class="row"></ol>',
    css=read_asset("candidate_row.css"),
    js=read_asset("candidate_row.js"),
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A design beside the query.

    Attributes:
        id: Publication id.
        href: Its page.
        src: Its figure most like the query; empty where it has none.
        number: As printed.
        score: Its likeness as printed; empty where its views cannot be compared.
    """

    id: str
    href: str
    src: str
    title: str
    number: str
    score: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class CandidateEvent:
    """What a person did in the row: publication ids."""

    chosen: str | None
    removed: str | None


def candidate_row(candidates: Sequence[Candidate], *, key: str) -> CandidateEvent:
    """Draw the row."""
    result = _render(
        key=key,
        data={"candidates": [asdict(candidate) for candidate in candidates]},
        on_chosen_change=_ignore,
        on_removed_change=_ignore,
    )
    return CandidateEvent(chosen=result.chosen, removed=result.removed)


def _ignore() -> None:
    """A trigger needs a callback to be known; the value is read from the result."""
