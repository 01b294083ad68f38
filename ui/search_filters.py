"""The filters of the search page: widgets that show the search and change its address."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import streamlit as st

from core.locarno import CLASS_NAMES, subclass_titles
from core.records import View
from ui.search_state import PAGE_SIZE, SearchState
from ui.wording import class_label

Changed = Callable[[], None]
Choices = Callable[[], Mapping[str, Sequence[str]]]
_BOOST = 0.1
_PRIORITY = (
    "Earliest of filing and claimed priority: what claims none goes by its filing date. Undated"
    " publications are left out."
)
_DAYS = {
    "from": "published_from",
    "to": "published_to",
    "filed_from": "filed_from",
    "filed_to": "filed_to",
    "priority_from": "priority_from",
    "priority_to": "priority_to",
    "before": "cut_off",
}
_LISTS = {
    "without": "without",
    "us": "us_classes",
    "offices": "offices",
    "owners": "owners",
    "designers": "designers",
    "statuses": "statuses",
    "sources": "sources",
    "kinds": "kinds",
}
_TYPED = ("words", "publication")
_FOLDED = frozenset({"views", "exact", *_LISTS, *_DAYS}) - {"before"}
"""Keys of the widgets under "More filters"."""
_MORE, _MORE_DRAWN = "more_filters", "more_filters_drawn"
_FIRST_DAY = date(1842, 1, 1)
"""The United States' first design patent was granted in that year."""


def fill_filters(state: SearchState) -> None:
    """Let the widgets show a search."""
    shown = _shown_by_widgets(state)
    for key in _TYPED:
        text = shown.pop(key)
        if st.session_state.get(_key(key), _first_text(key)) != text:
            st.session_state[f"{key}_first"] = (_n_fields(key) + 1, text)
    st.session_state.update(shown)
    if _needs_more(state):
        st.session_state[_MORE] = True


def read_filters(before: SearchState, shown: SearchState) -> SearchState:
    """The search that was chosen with the widgets.

    Widgets that are folded away or were not changed leave what they stand for as it was.

    Args:
        before: The search so far; its drawings and figures stay.
        shown: The search that the widgets showed when one of them was changed.
    """
    chosen, unchanged = _shown_by_widgets(before), _shown_by_widgets(shown)
    drawn = unchanged.keys() - (set() if st.session_state.get(_MORE_DRAWN) else _FOLDED)
    for key in drawn:
        now = st.session_state.get(_key(key), unchanged[key])
        if now != unchanged[key]:
            chosen[key] = now
    days: dict[str, Any] = {
        field: chosen[key].isoformat() if chosen[key] else "" for key, field in _DAYS.items()
    }
    lists: dict[str, Any] = {field: tuple(chosen[key]) for key, field in _LISTS.items()}
    weight = st.session_state.get(_weight_key(before), _share(before.image_weight))
    return replace(
        before,
        text=chosen["words"].strip(),
        publication=chosen["publication"].strip(),
        classes=tuple(chosen["classes"]),
        boost=(before.boost or str(_BOOST)) if chosen["boost"] else "",
        every_class="1" if chosen["every"] else "",
        exact="1" if chosen["exact"] else "",
        views=tuple(chosen["views"]),
        image_weight=_weight(weight),
        n_shown=PAGE_SIZE,
        **lists,
        **days,
    )


def are_filled() -> bool:
    """Whether the widgets stand for a search: on the way over another page they lose it."""
    return _key("words") in st.session_state


def _key(key: str) -> str:
    """The key that a widget has in the session.

    A text that comes from the address gets a field of its own, which begins with it. A field is
    told another text once, and a browser whose page is drawn anew in that moment misses it and goes
    on to show the text before.
    """
    return f"{key}-{_n_fields(key)}" if key in _TYPED else key


def _n_fields(key: str) -> int:
    n_fields: int = st.session_state.get(f"{key}_first", (0, ""))[0]
    return n_fields


def _first_text(key: str) -> str:
    text: str = st.session_state.get(f"{key}_first", (0, ""))[1]
    return text


def _shown_by_widgets(state: SearchState) -> dict[str, Any]:
    """What each widget shows of a search, by key."""
    return {
        "words": state.text,
        "publication": state.publication,
        "classes": list(state.classes),
        "boost": bool(state.boost),
        "every": bool(state.every_class),
        "exact": bool(state.exact),
        "views": [view for view in state.views if view in set(View)],
        **{key: list(getattr(state, field)) for key, field in _LISTS.items()},
        **{key: _day(getattr(state, field)) for key, field in _DAYS.items()},
    }


def _needs_more(state: SearchState) -> bool:
    """Whether a search has filters among those that are folded away."""
    more = replace(state, classes=(), cut_off="")
    return more.is_narrowed or bool(state.image_weight + state.exact)


def draw_filters(
    state: SearchState, counts: Mapping[str, int], choices: Choices, changed: Changed
) -> None:
    """Draw words, number, classes and, folded away, everything else.

    Args:
        state: The search.
        counts: Publications of the collection by Locarno code.
        choices: Gives values of the collection by name, asked once what is folded away is opened.
        changed: Called when a widget was changed.
    """
    st.text_input(
        "Words", _first_text("words"), key=_key("words"), on_change=changed,
        placeholder="wireless ear bud charging case",
    )  # fmt: skip
    st.text_input(
        "Publication", _first_text("publication"), key=_key("publication"), on_change=changed,
        placeholder="D907,292",
        help="Search with all figures of this publication; it is left out itself.",
    )  # fmt: skip
    codes = _class_codes(counts, state)

    def label(code: str) -> str:
        return class_label(code, counts.get(code, 0))

    st.multiselect(
        "Locarno class", codes, key="classes", format_func=label, placeholder="All classes",
        on_change=changed, select_all=False,
    )  # fmt: skip
    st.toggle(
        "All of these classes at once", key="every", on_change=changed,
        disabled=len(state.classes) < 2,
        help="Finds what carries every class chosen, not just one of them.",
    )  # fmt: skip
    st.toggle(
        "Raise these classes, hide none", key="boost", on_change=changed,
        disabled=not state.classes,
        help=f"Adds {state.boost or _BOOST} to the likeness of what is of these classes.",
    )  # fmt: skip
    st.date_input(
        "Cut-off date", key="before", value=None, format="YYYY-MM-DD", min_value=_FIRST_DAY,
        on_change=changed,
        help="Only what was published before this day: prior art. Undated publications are left"
        " out.",
    )  # fmt: skip
    more = st.expander("More filters", key=_MORE, on_change="rerun")
    if more.open:  # a dozen widgets that a browser takes its time for
        if not st.session_state.get(_MORE_DRAWN):
            shown = _shown_by_widgets(state)
            st.session_state.update({key: shown[key] for key in _FOLDED})
        with more:
            _draw_more(state, codes, label, choices(), changed)
    st.session_state[_MORE_DRAWN] = more.open


def _draw_more(
    state: SearchState,
    codes: Sequence[str],
    label: Callable[[str], str],
    known: Mapping[str, Sequence[str]],
    changed: Changed,
) -> None:
    st.multiselect(
        "Leave out classes", codes, key="without", format_func=label, placeholder="None",
        on_change=changed, select_all=False,
    )  # fmt: skip
    views = [str(view) for view in View if view != View.UNKNOWN]
    st.multiselect(
        "View", views, key="views", placeholder="Any view", on_change=changed,
        format_func=str.capitalize, select_all=False,
    )  # fmt: skip
    for key, name, choice, example in (
        ("us", "US class", "us_class", "D6 or D6/300"),
        ("offices", "Office", "office", "US"),
        ("owners", "Owner, as published", "owner", "Any owner"),
        ("designers", "Designer, as published", "designer", "Any designer"),
        ("statuses", "Status", "status", "published"),
        ("sources", "Source", "source", "I20210105.tar"),
        ("kinds", "Kind code", "kind", "S1"),
    ):
        values = dict.fromkeys((*getattr(state, _LISTS[key]), *known.get(choice, ())))
        st.multiselect(
            name, list(values), key=key, placeholder=example,
            on_change=changed, accept_new_options=True, select_all=False,
        )  # fmt: skip
    for first, last, words, explained in (
        ("from", "to", "Published", None),
        ("filed_from", "filed_to", "Filed", None),
        ("priority_from", "priority_to", "Priority", _PRIORITY),
    ):
        for key, end in ((first, "from"), (last, "to")):
            st.date_input(
                f"{words} {end}", key=key, value=None, format="YYYY-MM-DD", min_value=_FIRST_DAY,
                on_change=changed, help=explained,
            )  # fmt: skip
    st.toggle(
        "Compare every figure exactly", key="exact", on_change=changed,
        help="Slower; nothing is left to the index's approximation. Certificates always do.",
    )  # fmt: skip
    st.slider(
        "Weight of drawings beside words", 0, 100, _share(state.image_weight), 5,
        key=_weight_key(state), format="%d %%", on_change=changed,
        disabled=not (state.text and state.asks_by_likeness),
    )  # fmt: skip


def _weight_key(state: SearchState) -> str:
    """Another slider for another weight.

    A slider without a value of its own begins at 0 in the browser, and is told the session's value
    a moment later: a person quick enough would search with 0.
    """
    return f"weight-{_share(state.image_weight)}"


def _weight(percent: int) -> str:
    return "" if percent == 50 else str(percent / 100)


def _class_codes(counts: Mapping[str, int], state: SearchState) -> list[str]:
    """All classes and subclasses, those with publications first; also codes of an older edition."""
    known = {*CLASS_NAMES, *subclass_titles(), *counts, *state.classes, *state.without}
    return sorted(known, key=lambda code: (code not in counts, code))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _share(text: str) -> int:
    try:
        return min(max(round(100 * float(text or 0.5)), 0), 100)
    except (ValueError, OverflowError):
        return 50
