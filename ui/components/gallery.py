"""Ranked publications as cards with their views, loaded lazily and walked by keyboard."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Any

import streamlit as st

from ui.components.assets import read_asset

_TAKEN = "marks_taken"
_render = st.components.v2.component(
    "limn.gallery",
    html='<div class="wrap"></div>',
    css=read_asset("gallery.css"),
    js="".join(map(read_asset, ("triage.js", "picks.js", "gallery.js"))),
)


@dataclass(slots=True)
class _TakenMarks:
    """The marks of a browser that were handed on: its name, and the number of the last one."""

    client: str = ""
    number: int = 0
    lock: Lock = field(default_factory=Lock)


@dataclass(frozen=True, slots=True)
class CardView:
    """One small view in a card's strip."""

    id: str
    """Figure id."""
    src: str
    alt: str
    matched: bool
    """Whether this is the figure that the search likes best."""


@dataclass(frozen=True, slots=True)
class CardPicture:
    """The large picture of a card.

    Attributes:
        id: Figure id, by which it can be added to the search; empty where it cannot.
        src: Address of the picture, small.
        full: The same at full resolution.
        regions_href: Where its regions similar to the query are marked; empty where nowhere.
        regions_title: What that is worth.
    """

    id: str
    src: str
    full: str
    alt: str
    caption: str
    regions_href: str = ""
    regions_title: str = ""


@dataclass(frozen=True, slots=True)
class CardMark:
    """What was thought of the publication."""

    kind: str
    words: str
    signed: str
    """Who marked it, when and where."""


@dataclass(frozen=True, slots=True)
class CardTwin:
    """A publication that is listed under the card's."""

    id: str
    href: str
    number: str
    reason: str
    """Why it is listed there, in words."""


@dataclass(frozen=True, slots=True)
class Card:
    """One publication as the gallery draws it."""

    id: str
    rank: int
    href: str
    title: str
    score: str
    """As printed; empty where nothing was searched."""
    score_title: str
    percent: int
    """Length of the score's bar."""
    facts: tuple[tuple[str, str], ...]
    """Lines of a bold beginning and the rest."""
    best: CardPicture
    views: tuple[CardView, ...]
    n_more: int
    """Views that the strip leaves out."""
    twins: tuple[CardTwin, ...] = ()
    mark: CardMark | None = None


@dataclass(frozen=True, slots=True)
class QueryView:
    """A picture of the query, to look at beside a hit."""

    src: str
    alt: str


@dataclass(frozen=True, slots=True)
class Wall:
    """How the cards hang.

    Attributes:
        layout: ``list`` of wide cards, or ``grid`` of small ones.
        queries: What was searched with.
        can_mark: Whether cards carry the marks of the casebook.
        weak_id: The publication before which a line says that hits are weak; empty for none.
        weak_words: What that line says.
    """

    layout: str = "list"
    queries: tuple[QueryView, ...] = ()
    can_mark: bool = False
    weak_id: str = ""
    weak_words: str = ""


@dataclass(frozen=True, slots=True)
class GalleryEvent:
    """What a person did in the gallery.

    Attributes:
        opened: Publication id to open.
        chosen: Figure id to search with.
        more: Figure id to add to the search.
        less: Figure id that hits should be less like.
        compared: Publication ids to lay beside the query, or beside each other.
    """

    opened: str | None
    chosen: str | None
    more: str | None
    less: str | None
    compared: tuple[str, ...] = ()


def gallery(
    cards: list[Card],
    *,
    label: str,
    key: str,
    wall: Wall | None = None,
    on_marked: Callable[[], None] | None = None,
    on_asked: Callable[[], None] | None = None,
) -> GalleryEvent:
    """Draw cards.

    Args:
        cards: In their order.
        label: Names the list for screen readers.
        key: Of the component.
        wall: How they hang.
        on_marked: Called before the page runs for marks; `take_marks` hands them on.
        on_asked: Called before the page runs for anything else that a person did;
            `gallery_event` tells it.
    """
    taken = _taken_marks()
    result = _render(
        key=key,
        data={
            "label": label,
            "hits": [asdict(card) for card in cards],
            **asdict(wall or Wall()),
            "taken_of": taken.client,
            "taken": taken.number,
        },
        on_opened_change=on_asked or _ignore,
        on_chosen_change=on_asked or _ignore,
        on_more_change=on_asked or _ignore,
        on_less_change=on_asked or _ignore,
        on_marked_change=on_marked or _ignore,
        on_compared_change=on_asked or _ignore,
    )
    return _event(result)


def gallery_event(key: str) -> GalleryEvent:
    """What a person did in a gallery that the page is about to run for.

    Args:
        key: Of the gallery; what it sent lies in the session under it.
    """
    return _event(st.session_state[key])


def _event(sent: Any) -> GalleryEvent:
    return GalleryEvent(
        opened=sent.opened,
        chosen=sent.chosen,
        more=sent.more,
        less=sent.less,
        compared=tuple(sent.compared or ()),
    )


def take_marks(key: str, write: Callable[[Sequence[tuple[str, str]]], None]) -> None:
    """Hand on the marks made in a gallery that were not handed on before.

    A browser sends a mark again until the gallery it is given says that it was taken: of two
    messages that come while a page is being drawn, Streamlit hands on the last one alone. And it
    begins the next run of a page while the one before is still being broken off, which may be
    writing marks: the next waits for it, so that the last mark is the last.

    Args:
        key: Of the gallery; what it sent lies in the session under it.
        write: Is given publication id and kind of each, oldest first.
    """
    sent, taken = st.session_state[key].marked, _taken_marks()
    with taken.lock:
        if sent["client"] != taken.client:
            taken.client, taken.number = sent["client"], 0
        fresh = [mark for mark in sent["marks"] if mark["number"] > taken.number]
        if fresh:
            taken.number = fresh[-1]["number"]
            write([(mark["id"], mark["mark"]) for mark in fresh])


def _taken_marks() -> _TakenMarks:
    taken: _TakenMarks = st.session_state.setdefault(_TAKEN, _TakenMarks())
    return taken


def _ignore() -> None:
    """A trigger needs a callback to be known; the value is read from the result."""
