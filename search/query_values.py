"""Values of a search as people write them: codes, names and lists of them."""

import re
from datetime import date
from typing import Annotated, TypeAlias, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from core.errors import QueryInvalid
from core.locarno import parse_locarno_filter
from core.publication_numbers import asked_number_keys
from core.records import View

_T = TypeVar("_T")
_US_CLASS = re.compile(r"^\s*D\s*(\d{1,2})(?:\s*/\s*([0-9A-Z.]+))?\s*$", re.IGNORECASE)
_LAST_US_CLASS = 34
_US_CLASSES_BEYOND = frozenset({99})


def parse_us_class_filter(text: str) -> str:
    """Read a US design class (``D28``) or subclass (``D28/47``).

    Raises:
        QueryInvalid: If the text is neither, or names a class that does not exist.

    Example:
        >>> parse_us_class_filter("d 6/ 300"), parse_us_class_filter("D28")
        ('D6/300', 'D28')
    """
    match = _US_CLASS.match(text)
    if not match:
        raise QueryInvalid(f"{text!r} is not a US design class (D28) or subclass (D28/47)")
    number = int(match[1])
    if not (1 <= number <= _LAST_US_CLASS or number in _US_CLASSES_BEYOND):
        raise QueryInvalid(
            f"US design class D{number} does not exist; classes run from D1 to D34, and D99"
        )
    return f"D{number}" if match[2] is None else f"D{number}/{match[2].upper()}"


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


def _publication(text: str) -> str:
    try:
        asked_number_keys(text)
    except QueryInvalid as error:
        raise ValueError(str(error)) from error
    return text.strip()


def _day(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value.strip())
    except ValueError as error:
        raise ValueError(f"{value[:40]!r} is not a date such as 2021-01-05") from error


def _lower(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(value.lower() for value in values)


def _upper(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(value.upper() for value in values)


_NonEmpty: TypeAlias = Annotated[str, Field(min_length=1)]
Strings: TypeAlias = Annotated[
    tuple[_NonEmpty, ...], BeforeValidator(_as_tuple), AfterValidator(_unique)
]
LowerStrings: TypeAlias = Annotated[Strings, AfterValidator(_lower)]
UpperStrings: TypeAlias = Annotated[Strings, AfterValidator(_upper)]
LocarnoFilters: TypeAlias = Annotated[
    tuple[Annotated[str, AfterValidator(_locarno)], ...],
    BeforeValidator(_as_tuple),
    AfterValidator(_unique),
]
UsClassFilters: TypeAlias = Annotated[
    tuple[Annotated[str, AfterValidator(_us_class)], ...],
    BeforeValidator(_as_tuple),
    AfterValidator(_unique),
]
Views: TypeAlias = Annotated[tuple[View, ...], BeforeValidator(_as_tuple), AfterValidator(_unique)]
Day: TypeAlias = Annotated[date, BeforeValidator(_day)]
PublicationNumber: TypeAlias = Annotated[str, AfterValidator(_publication)]
_Weight: TypeAlias = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class TextWeights(BaseModel):
    """How much each way of searching by words counts, relative to the others."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pictures: _Weight = 1
    """The words against the drawings."""
    descriptions: _Weight = 1
    """The meaning of the words against that of the descriptions."""
    words: _Weight = 1
    """The words themselves in the texts (BM25)."""

    @model_validator(mode="after")
    def _check(self) -> "TextWeights":
        if not (self.pictures or self.descriptions or self.words):
            raise ValueError("all weights are 0; give one of pictures, descriptions, words more")
        return self
