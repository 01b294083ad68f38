"""One row of a manifest, read. Pure.

A cell that makes no sense is left out and said; the picture of the row is still taken in.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from core.locarno import LocarnoCode, parse_locarno
from core.records import GivenFigure, View
from ingestion.archive_entries import unsafe_reason
from ingestion.formats.manifest_cells import (
    cell_text,
    parse_day,
    parse_label,
    parse_truth,
    parse_us_class,
    parse_view,
)
from ingestion.formats.manifest_identity import file_of
from ingestion.table_rows import Row

COLUMNS = frozenset(
    re.findall(
        r"\w+",
        "publication_id office kind title locarno locarno_edition us_class filing_date "
        "priority_date publication_date date owner status figure_label view file confidential role",
    )
)

_FRONT_PAGE_NAME = re.compile(r"-D0{5}\.\w+$", re.IGNORECASE)
_BETWEEN_CODES = re.compile(r"[;,|]")

Parsed = TypeVar("Parsed")


class Role(StrEnum):
    """What the picture of a row is."""

    FIGURE = "figure"
    SHEET = "sheet"
    FRONT_PAGE = "front_page"


@dataclass(frozen=True, slots=True)
class ReadRow:
    """One row, read."""

    file: str
    """Relative to the manifest."""
    role: Role
    figure: GivenFigure | None
    """None unless the picture is a figure already cut."""
    title: str
    locarno: tuple[LocarnoCode, ...]
    us_class: tuple[str, ...]
    filing_date: date | None
    priority_date: date | None
    publication_date: date | None
    owner: str
    status: str
    extra: Mapping[str, str]
    """Columns not known here, empty ones too."""
    problems: tuple[str, ...]
    """What is wrong with cells that were left out."""


def read_row(row: Row) -> ReadRow:
    """Read the cells of a row.

    A picture is a figure already cut where its label or view is given, the front-page copy where
    the USPTO numbers it 0 (``-D00000.png``), else a sheet; the column `role` overrides that. A
    word under `confidential` that is neither yes nor no counts as yes.

    Raises:
        ValueError: If it names no file, or one outside the delivery.
    """
    file = file_of(row)
    if not file:
        raise ValueError("names no file")
    if reason := unsafe_reason(file):
        raise ValueError(f"{file}: {reason}; refused")
    cells = _Cells(row)
    edition = cells.text("locarno_edition") or None
    label, view = cells.read("figure_label", parse_label), cells.read("view", parse_view)
    is_cut = bool(cells.text("figure_label") or cells.text("view"))
    role = cells.read("role", _parse_role) or _usual_role(file, is_cut=is_cut)
    published = "publication_date" if cells.text("publication_date") else "date"
    cells.read("confidential", parse_truth)
    return ReadRow(
        file=file,
        role=role,
        figure=GivenFigure(label, view or View.UNKNOWN) if role is Role.FIGURE else None,
        title=cells.text("title"),
        locarno=cells.several("locarno", lambda code: parse_locarno(code, edition)),
        us_class=cells.several("us_class", parse_us_class),
        filing_date=cells.read("filing_date", parse_day),
        priority_date=cells.read("priority_date", parse_day),
        publication_date=cells.read(published, parse_day),
        owner=cells.text("owner"),
        status=cells.text("status").lower(),
        extra={name: cells.text(name) for name in row if name not in COLUMNS},
        problems=tuple(cells.problems),
    )


def is_confidential(row: Row) -> bool:
    """Whether a row says so, and be it otherwise unusable; a word that is no answer says yes."""
    text = cell_text(row.get("confidential"))
    try:
        return bool(text) and parse_truth(text)
    except ValueError:
        return True


class _Cells:
    """The cells of one row, and what was wrong with them."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self.problems: list[str] = []

    def text(self, column: str) -> str:
        return cell_text(self._row.get(column))

    def read(self, column: str, parse: Callable[[str], Parsed]) -> Parsed | None:
        text = self.text(column)
        return self._parse(column, text, parse) if text else None

    def several(self, column: str, parse: Callable[[str], Parsed]) -> tuple[Parsed, ...]:
        """Values with semicolons, commas or bars between them, none twice."""
        parts = (part.strip() for part in _BETWEEN_CODES.split(self.text(column)))
        read = (self._parse(column, part, parse) for part in parts if part)
        return tuple(dict.fromkeys(value for value in read if value is not None))

    def _parse(self, column: str, text: str, parse: Callable[[str], Parsed]) -> Parsed | None:
        try:
            return parse(text)
        except ValueError as error:
            reason = str(error).removeprefix(repr(text)).strip()
            outcome = "taken for yes" if column == "confidential" else "left out"
            self.problems.append(f"{column} {text[:80]!r} {reason}; {outcome}")
            return None


def _parse_role(text: str) -> Role:
    word = text.lower().replace(" ", "_").replace("-", "_")
    if word not in set(Role):
        raise ValueError(f"is none of {', '.join(Role)}")
    return Role(word)


def _usual_role(file: str, *, is_cut: bool) -> Role:
    if is_cut:
        return Role.FIGURE
    return Role.FRONT_PAGE if _FRONT_PAGE_NAME.search(file) else Role.SHEET
