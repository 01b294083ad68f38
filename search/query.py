"""What can be asked: one frozen record shared by the pages, the REST API and the command line."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from core.errors import QueryInvalid
from core.locarno import parse_locarno_filter
from core.records import View

_T = TypeVar("_T")

MAX_LIMIT = 500
MAX_DEPTH = 5000
"""Last rank that can be reached by paging, offset + limit."""

_US_CLASS = re.compile(r"^\s*D\s*(\d{1,2})(?:\s*/\s*([0-9A-Z.]+))?\s*$", re.IGNORECASE)


def parse_us_class_filter(text: str) -> str:
    """Read a US design class (``D28``) or subclass (``D28/47``).

    Raises:
        QueryInvalid: If the text is neither.

    Example:
        >>> parse_us_class_filter("d 6/ 300"), parse_us_class_filter("D28")
        ('D6/300', 'D28')
    """
    match = _US_CLASS.match(text)
    if not match:
        raise QueryInvalid(f"{text!r} is not a US design class (D28) or subclass (D28/47)")
    main = f"D{int(match[1])}"
    return main if match[2] is None else f"{main}/{match[2].upper()}"


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _unique(values: tuple[_T, ...]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(values))


def _locarno(text: str) -> str:
    try:
        return parse_locarno_filter(text)
    except QueryInvalid as error:
        raise ValueError(str(error)) from error


def _us_class(text: str) -> str:
    try:
        return parse_us_class_filter(text)
    except QueryInvalid as error:
        raise ValueError(str(error)) from error


_Strings: TypeAlias = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...],
    BeforeValidator(_as_tuple),
    AfterValidator(_unique),
]
_LocarnoFilters: TypeAlias = Annotated[
    tuple[Annotated[str, AfterValidator(_locarno)], ...],
    BeforeValidator(_as_tuple),
    AfterValidator(_unique),
]
_UsClassFilters: TypeAlias = Annotated[
    tuple[Annotated[str, AfterValidator(_us_class)], ...],
    BeforeValidator(_as_tuple),
    AfterValidator(_unique),
]
_Views: TypeAlias = Annotated[tuple[View, ...], BeforeValidator(_as_tuple), AfterValidator(_unique)]


class SearchQuery(BaseModel):
    """One search, without pixels: query images are handed over beside it.

    Build it with `SearchQuery.parse` wherever the values come from a person; its errors are
    written for that person.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str | None = None
    """Words; searched in pictures, in descriptions and as words."""
    figure_ids: _Strings = ()
    """More like these indexed figures; their own publications are left out."""
    locarno_any: _LocarnoFilters = ()
    """Class (``28``) or subclass (``28-03``); at least one must match."""
    locarno_all: _LocarnoFilters = ()
    locarno_not: _LocarnoFilters = ()
    us_class: _UsClassFilters = ()
    """``D28`` or ``D28/47``; at least one must match."""
    office: _Strings = ()
    owner: _Strings = ()
    """Names exactly as published; at least one must match."""
    views: _Views = ()
    published_from: date | None = None
    """First day, included."""
    published_to: date | None = None
    """Last day, included."""
    filed_from: date | None = None
    filed_to: date | None = None
    image_weight: float = Field(default=0.5, ge=0, le=1, allow_inf_nan=False)
    """Share of the pictures where pictures and text are asked together; the text has the rest."""
    limit: int = Field(default=20, ge=1, le=MAX_LIMIT)
    offset: int = Field(default=0, ge=0)
    group: Literal["publication", "figure"] = "publication"
    exact: bool = False
    """Score every allowed figure with its full vector: for the record, slower."""

    @model_validator(mode="after")
    def _check(self) -> "SearchQuery":
        if self.text is not None and not self.text.strip():
            raise ValueError("the query text is empty; leave it out or type some words")
        for name, first, last in (
            ("published", self.published_from, self.published_to),
            ("filed", self.filed_from, self.filed_to),
        ):
            if first and last and first > last:
                raise ValueError(f"{name}_from {first} lies after {name}_to {last}")
        _check_contradiction(self)
        if self.offset + self.limit > MAX_DEPTH:
            raise ValueError(
                f"offset {self.offset} + limit {self.limit} goes beyond the last rank {MAX_DEPTH};"
                " narrow the filters instead"
            )
        return self

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> "SearchQuery":
        """Read a query from JSON-like values.

        Raises:
            QueryInvalid: If a field is unknown or a value makes no sense; the message names the
                field and says what is expected.

        Example:
            >>> SearchQuery.parse({"text": "chair", "locarno_any": ["6-1"]})
            Traceback (most recent call last):
            core.errors.QueryInvalid: locarno_any: '6-1' is not a Locarno class (28) or ...
        """
        unknown = sorted(set(values) - set(cls.model_fields))
        if unknown:
            raise QueryInvalid(
                f"unknown search field {', '.join(unknown)}; known: {', '.join(cls.model_fields)}"
            )
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise QueryInvalid("; ".join(_explain(fault) for fault in error.errors())) from None

    @property
    def has_class_filter(self) -> bool:
        """Whether Locarno classes narrow this search."""
        return bool(self.locarno_any or self.locarno_all or self.locarno_not)

    def without_class_filter(self) -> "SearchQuery":
        """The same search over all Locarno classes."""
        return self.model_copy(update={"locarno_any": (), "locarno_all": (), "locarno_not": ()})


def _check_contradiction(query: SearchQuery) -> None:
    """Refuse class filters that no publication can pass."""
    excluded = set(query.locarno_not)

    def is_out(code: str) -> bool:
        return code in excluded or code[:2] in excluded

    hopeless = [code for code in query.locarno_all if is_out(code)]
    if query.locarno_any and all(map(is_out, query.locarno_any)):
        hopeless.extend(query.locarno_any)
    if hopeless:
        codes = ", ".join(hopeless)
        raise ValueError(f"Locarno {codes} is asked for and excluded at the same time")


def _explain(fault: Mapping[str, Any]) -> str:
    """One pydantic fault as a sentence that names the field."""
    place = ".".join(str(step) for step in fault["loc"] if not isinstance(step, int))
    message = str(fault["msg"]).removeprefix("Value error, ")
    return f"{place}: {message}" if place else message
