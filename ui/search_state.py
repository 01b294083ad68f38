"""A search as its address: what the search page shows, restored from a pasted link."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from core.errors import QueryInvalid
from search.query import SearchQuery, check_n_pictures

PAGE_SIZE = 20
MAX_SHOWN = 200
CAME_FROM = "came_from"
"""Key of the session under which the search that led to a publication is kept."""
_SEVERAL = {
    "drawing": "drawings",
    "figure": "figures",
    "unlike": "unlike",
    "class": "classes",
    "without": "without",
    "us": "us_classes",
    "office": "offices",
    "owner": "owners",
    "designer": "designers",
    "status": "statuses",
    "source": "sources",
    "kind": "kinds",
    "view": "views",
}
_ONE = {
    "q": "text",
    "publication": "publication",
    "boost": "boost",
    "from": "published_from",
    "to": "published_to",
    "filed_from": "filed_from",
    "filed_to": "filed_to",
    "priority_from": "priority_from",
    "priority_to": "priority_to",
    "before": "cut_off",
    "weight": "image_weight",
    "every": "every_class",
    "exact": "exact",
    "layout": "layout",
    "order": "order",
}
"""Names in the address and the fields they fill."""
_QUERY_FIELDS = {
    "text": "text",
    "figures": "figure_ids",
    "unlike": "unlike_figure_ids",
    "publication": "publication_id",
    "classes": "locarno_any",
    "without": "locarno_not",
    "us_classes": "us_class",
    "offices": "office",
    "owners": "owner",
    "designers": "designer",
    "statuses": "status",
    "sources": "source",
    "kinds": "kind",
    "views": "views",
    "published_from": "published_from",
    "published_to": "published_to",
    "filed_from": "filed_from",
    "filed_to": "filed_to",
    "priority_from": "priority_from",
    "priority_to": "priority_to",
    "cut_off": "cut_off",
    "image_weight": "image_weight",
    "boost": "class_boost",
    "exact": "exact",
}
_FILTERS = (
    *("classes", "without", "us_classes", "offices", "owners", "designers", "statuses", "sources"),
    *("kinds", "views", "published_from", "published_to", "filed_from", "filed_to"),
    *("priority_from", "priority_to", "cut_off"),
)
_KEPT = ("boost", "every_class", "exact", "layout", "order", *_FILTERS)
"""What a search by another figure keeps."""
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
    unlike: tuple[str, ...] = ()
    """Ids of indexed figures the hits should be less like."""
    publication: str = ""
    """Number of a publication to search with."""
    classes: tuple[str, ...] = ()
    """Locarno classes or subclasses, any of them."""
    boost: str = ""
    """By how much `classes` raise instead of leaving out; empty for a filter."""
    without: tuple[str, ...] = ()
    """Locarno classes or subclasses to leave out."""
    us_classes: tuple[str, ...] = ()
    offices: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    designers: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    published_from: str = ""
    published_to: str = ""
    filed_from: str = ""
    filed_to: str = ""
    priority_from: str = ""
    """Of the earliest of filing and claimed priority."""
    priority_to: str = ""
    cut_off: str = ""
    """Nothing published on this day or later."""
    image_weight: str = ""
    """Share of the drawings beside words; empty for the usual half."""
    every_class: str = ""
    """Not empty: hits carry all of `classes`, not just one of them."""
    exact: str = ""
    """Not empty: every vector is compared, for the record."""
    layout: str = ""
    """``grid`` for small cards; otherwise a list of wide ones."""
    order: str = ""
    """``newest`` or ``oldest`` for the hits shown by date; otherwise best first."""
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
        n_shown = int(shown[:9]) if shown.isdecimal() else PAGE_SIZE  # Python reads no 5,000 digits
        values: dict[str, Any] = {field: several(name) for name, field in _SEVERAL.items()}
        values |= {field: last(name) for name, field in _ONE.items()}
        return cls(**values, n_shown=min(max(n_shown, PAGE_SIZE), MAX_SHOWN))

    @classmethod
    def from_query(cls, query: Mapping[str, Any], drawings: Sequence[str]) -> Self:
        """A saved search as the page shows it; what the page cannot ask for is left out.

        Args:
            query: Fields of a `SearchQuery` as JSON values.
            drawings: SHA-256 of its drawings.
        """
        usual = SearchQuery().model_dump(mode="json")
        asked = {
            field: query[name]
            for field, name in _QUERY_FIELDS.items()
            if query.get(name) is not None and query[name] != usual[name]
        }
        if query.get("locarno_all") and not query.get("locarno_any"):
            asked |= {"classes": query["locarno_all"], "every_class": "1"}
        if query.get("class_mode") == "boost":
            asked["boost"] = query["class_boost"]
        else:
            asked.pop("boost", None)
        values: dict[str, Any] = {
            field: tuple(value) if isinstance(value, list) else str(value)
            for field, value in asked.items()
        }
        return cls(**values, drawings=tuple(drawings))

    def to_params(self) -> dict[str, str | list[str]]:
        """The address of this search, without what is at its default.

        Example:
            >>> SearchState(text="chair", classes=("06",)).to_params()
            {'q': 'chair', 'class': ['06']}
        """
        params: dict[str, str | list[str]] = {
            name: getattr(self, field) for name, field in _ONE.items()
        }
        params |= {name: list(getattr(self, field)) for name, field in _SEVERAL.items()}
        params["n"] = str(self.n_shown) if self.n_shown != PAGE_SIZE else ""
        return {name: value for name, value in params.items() if value}

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to search for or to list yet."""
        return not (self.asks_by_likeness or self.is_narrowed or self.unlike)

    @property
    def asks_by_likeness(self) -> bool:
        return bool(self.text or self.drawings or self.figures or self.publication)

    @property
    def is_narrowed(self) -> bool:
        """Whether any filter is set."""
        return any(getattr(self, name) for name in _FILTERS)

    @property
    def n_query_views(self) -> int:
        return len(self.drawings) + len(self.figures)

    def query(self) -> SearchQuery:
        """The search to run.

        Raises:
            QueryInvalid: If a value of the address makes no sense.
        """
        check_n_pictures(self.n_query_views)
        for drawing in self.drawings:
            if not _SHA256.fullmatch(drawing):
                raise QueryInvalid(f"the address names no drawing kept here: {drawing[:80]!r}")
        values = {
            field: getattr(self, name)
            for name, field in _QUERY_FIELDS.items()
            if getattr(self, name)
        }
        if self.every_class and self.classes:
            values["locarno_all"] = values.pop("locarno_any")
        if self.boost and self.classes:
            values["class_mode"] = "boost"
        elif self.boost:
            del values["class_boost"]  # the switch waits for a class
        return SearchQuery.parse({**values, "limit": self.n_shown})

    @property
    def asked(self) -> "SearchState":
        """What is asked and how much of the answer is shown, however it is drawn."""
        return replace(self, layout="", order="")

    def with_drawings(self, added: Sequence[str]) -> "SearchState":
        """The same search with more drawings."""
        return replace(self, drawings=tuple(dict.fromkeys((*self.drawings, *added))))

    def without_view(self, key: str) -> "SearchState":
        """The same search without one drawing or figure."""
        return replace(
            self,
            drawings=tuple(drawing for drawing in self.drawings if drawing != key),
            figures=tuple(figure for figure in self.figures if figure != key),
            unlike=tuple(figure for figure in self.unlike if figure != key),
        )

    def like_alone(self, figure: str) -> "SearchState":
        """A search by this figure and nothing else, within the same filters."""
        kept = {name: getattr(self, name) for name in _KEPT}
        return SearchState(figures=(figure,), **kept)

    def more_like(self, figure: str) -> "SearchState":
        """The same search, with a figure among those it is like."""
        return replace(
            self.without_view(figure), figures=(*self.figures, figure), n_shown=PAGE_SIZE
        )

    def less_like(self, figure: str) -> "SearchState":
        """The same search, moved away from a figure."""
        return replace(self.without_view(figure), unlike=(*self.unlike, figure), n_shown=PAGE_SIZE)

    def with_drawing_changed(self, key: str, changed: str) -> "SearchState":
        """The same search with one drawing in place of another."""
        drawings = (changed if drawing == key else drawing for drawing in self.drawings)
        return replace(self, drawings=tuple(dict.fromkeys(drawings)), n_shown=PAGE_SIZE)
