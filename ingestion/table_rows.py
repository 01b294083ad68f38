"""Rows of a table on disk, each with the place it can be read again from.

A table may have a million rows. It is read as a stream, what is kept of a row is where it lies,
and a row that cannot be read becomes a `BadRow` in its place; its siblings go on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

Row: TypeAlias = Mapping[str, object]
"""Cells by column; the text of a CSV, the values of a JSON object."""


@dataclass(frozen=True, slots=True)
class Span:
    """Where a row lies in its file."""

    offset: int
    n_bytes: int
    line: int
    """1-based line it begins on."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """Something that is no row."""

    line: int
    reason: str


class Table(Protocol):
    """A table in a file that stays open."""

    def iter_rows(self) -> Iterator[tuple[Span, Row] | BadRow]:
        """Read it from start to end, once."""

    def row_at(self, span: Span) -> Row | BadRow:
        """Read one row again."""
