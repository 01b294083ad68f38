"""A search as its address: what the search page shows, restored from a pasted link."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

from core.errors import QueryInvalid
from search.query import SearchQuery

PAGE_SIZE = 20
MAX_SHOWN = 200
MAX_QUERY_VIEWS = 16
"""Drawings and figures one search may hold."""
CAME_FROM = "came_from"
"""Key of the session under which the search that led to a publication is kept."""
_FIELD_WORDS = {
    "locarno_any": "Locarno class",
    "locarno_not": "Leave out classes",
    "figure_ids": "Figures",
    "views": "View",
    "text": "Words",
}
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class SearchState:
    """Everything a person chose on the search page.

    Every field is kept as typed in the address; `query` checks it.
    """

    text: str = ""
    drawings: tuple[str, ...] = ()
    """SHA-256 of query drawings kept by this installation."""
    figures: tuple[str, ...] = ()
    """Ids of indexed figures to search with."""
    classes: tuple[str, ...] = ()
    """Locarno classes or subclasses, any of them."""
    without: tuple[str, ...] = ()
    """Locarno classes or subclasses to leave out."""
    views: tuple[str, ...] = ()
    published_from: str = ""
    published_to: str = ""
    n_shown: int = PAGE_SIZE

    @classmethod
    def from_params(cls, params: Mapping[str, Sequence[str]]) -> Self:
        """Read an address; what does not belong to a search is ignored.

        Example:
            >>> SearchState.from_params({"q": ["chair"], "class": ["06-01", "06"]}).classes
            ('06-01', '06')
        """

        def last(name: str) -> str:
            values = params.get(name) or [""]
            return values[-1].strip()

        def several(name: str) -> tuple[str, ...]:
            return tuple(dict.fromkeys(value for value in params.get(name, ()) if value.strip()))

        shown = last("n")
        n_shown = int(shown) if shown.isdecimal() else PAGE_SIZE
        return cls(
            text=last("q"),
            drawings=several("drawing"),
            figures=several("figure"),
            classes=several("class"),
            without=several("without"),
            views=several("view"),
            published_from=last("from"),
            published_to=last("to"),
            n_shown=min(max(n_shown, PAGE_SIZE), MAX_SHOWN),
        )

    def to_params(self) -> dict[str, str | list[str]]:
        """The address of this search, without what is at its default.

        Example:
            >>> SearchState(text="chair", classes=("06",)).to_params()
            {'q': 'chair', 'class': ['06']}
        """
        params: dict[str, str | list[str]] = {
            "q": self.text,
            "drawing": list(self.drawings),
            "figure": list(self.figures),
            "class": list(self.classes),
            "without": list(self.without),
            "view": list(self.views),
            "from": self.published_from,
            "to": self.published_to,
            "n": str(self.n_shown) if self.n_shown != PAGE_SIZE else "",
        }
        return {name: value for name, value in params.items() if value}

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to search for yet."""
        return not (self.text or self.drawings or self.figures)

    @property
    def n_query_views(self) -> int:
        return len(self.drawings) + len(self.figures)

    def query(self) -> SearchQuery:
        """The search to run.

        Raises:
            QueryInvalid: If a value of the address makes no sense.
        """
        if self.n_query_views > MAX_QUERY_VIEWS:
            raise QueryInvalid(
                f"{self.n_query_views} drawings are more than the {MAX_QUERY_VIEWS} one search "
                "may hold; remove some"
            )
        for drawing in self.drawings:
            if not _SHA256.fullmatch(drawing):
                raise QueryInvalid(f"the address names no drawing kept here: {drawing[:80]!r}")
        values: dict[str, Any] = {
            "text": self.text or None,
            "figure_ids": self.figures,
            "locarno_any": self.classes,
            "locarno_not": self.without,
            "views": self.views,
            "published_from": _date("from", self.published_from),
            "published_to": _date("to", self.published_to),
            "limit": self.n_shown,
        }
        try:
            return SearchQuery.parse(values)
        except QueryInvalid as error:
            raise QueryInvalid(_in_words(str(error))) from error

    def with_drawings(self, added: Sequence[str]) -> "SearchState":
        """The same search with more drawings."""
        return replace(self, drawings=tuple(dict.fromkeys((*self.drawings, *added))))

    def without_view(self, key: str) -> "SearchState":
        """The same search without one drawing or figure."""
        return replace(
            self,
            drawings=tuple(drawing for drawing in self.drawings if drawing != key),
            figures=tuple(figure for figure in self.figures if figure != key),
        )


def _in_words(message: str) -> str:
    """The message with the names that fields have on the page."""
    for field, words in _FIELD_WORDS.items():
        message = message.replace(f"{field}:", f"{words}:")
    return message


def _date(name: str, text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise QueryInvalid(f"{name}: {text[:40]!r} is not a date such as 2021-01-05") from error
