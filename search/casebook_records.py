"""What the casebook holds: projects, saved searches, remarks, watches, certificates."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from core.errors import CasebookInvalid

MAX_NAME = 200
MAX_NOTE = 10_000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\ud800-\udfff]")


class Mark(StrEnum):
    """What a person thinks of a publication."""

    RELEVANT = "relevant"
    NOT = "not"
    LATER = "later"
    """To be looked at again."""


class QueryPicture(BaseModel):
    """A drawing that is searched with, kept whole: the file it came from may go."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Key of the pixels that are compared, after crop and rotation."""
    file_name: str = ""
    file_sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    """Key of the file as it was given, which is kept too; None where only the drawing came."""
    edits: dict[str, JsonValue] = {}
    """What was done to the file, in the fields of the query's picture edits: `rotation_deg`
    clockwise, then `crop` as shares (left, top, width, height), `mask`, `photo`."""
    note: str = ""
    """Which part of the file it is, in words."""


@dataclass(frozen=True, slots=True)
class Project:
    """Searches and remarks that belong together: one case, one client, one product."""

    project_id: int
    name: str
    made_at: str
    """ISO 8601, UTC; so in all records here."""
    made_by: str


@dataclass(frozen=True, slots=True)
class ProjectSummary:
    """A project with what it holds."""

    project: Project
    n_searches: int
    n_marked: int
    """Publications with a mark."""
    n_watches: int
    """Watches that are on."""
    n_certificates: int


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search that can be run again; never changed once it is saved."""

    search_id: int
    project: Project
    name: str
    query: dict[str, Any]
    """Fields of `SearchQuery`, all of them."""
    pictures: tuple[QueryPicture, ...]
    made_at: str
    made_by: str


@dataclass(frozen=True, slots=True)
class Remark:
    """A mark, a note, or both: who thought what of a publication, and when."""

    remark_id: int
    project_id: int
    publication_id: str
    mark: Mark | None
    note: str
    search_id: int | None
    """The saved search that was looked at, where one was."""
    made_at: str
    made_by: str


@dataclass(frozen=True, slots=True)
class Opinion:
    """Everything remarked on a publication in one project.

    Attributes:
        remarks: All remarks, first to last: those of several people all stay.
    """

    publication_id: str
    remarks: tuple[Remark, ...]

    @property
    def marking(self) -> Remark | None:
        """The last remark with a mark, which is the one that holds; None where there is none."""
        return next((remark for remark in reversed(self.remarks) if remark.mark), None)

    @property
    def mark(self) -> Mark | None:
        """The mark that holds."""
        return self.marking.mark if self.marking else None

    @property
    def notes(self) -> tuple[Remark, ...]:
        """The remarks that say something."""
        return tuple(remark for remark in self.remarks if remark.note)


@dataclass(frozen=True, slots=True)
class Watch:
    """A saved search that is run against what is new, again and again."""

    search: SavedSearch
    covered: int
    """The last arrival (see `ingestion.arrivals`) that was searched."""
    is_on: bool
    n_hits: int
    last_run_at: str | None
    problem: str | None
    """Why the last run could not search; None where it could."""
    made_at: str
    made_by: str


@dataclass(frozen=True, slots=True)
class WatchHit:
    """A publication that a watch found; listed once, however often it comes."""

    publication_id: str
    rank: int
    """Among what was new in its run."""
    score: float
    title: str
    figure_id: str
    """Its best figure."""
    found_at: str


@dataclass(frozen=True, slots=True)
class CertificateEntry:
    """A certificate that was made here."""

    certificate_id: int
    search: SavedSearch
    sha256: str
    """Of its record."""
    json_file: str
    """Key of the JSON file among the casebook's files."""
    pdf_file: str
    n_hits: int
    made_at: str
    made_by: str


def now() -> str:
    """The moment as the casebook writes it.

    Example:
        >>> len(now()), now()[-6:]
        (25, '+00:00')
    """
    return datetime.now(UTC).isoformat(timespec="seconds")


def one_line(text: str, what: str) -> str:
    """A name as the casebook keeps it: one line, no control characters.

    Raises:
        CasebookInvalid: If nothing is left, or it is longer than `MAX_NAME`.

    Example:
        >>> one_line("  Smith  v.\\tJones ", "project")
        'Smith v. Jones'
    """
    name = " ".join(_CONTROL.sub(" ", text).split())
    if not name:
        raise CasebookInvalid(f"{what}: the name is empty; type some words")
    if len(name) > MAX_NAME:
        raise CasebookInvalid(f"{what}: the name has {len(name)} characters, {MAX_NAME} at most")
    return name


def several_lines(text: str) -> str:
    """A note as the casebook keeps it.

    Raises:
        CasebookInvalid: If it is longer than `MAX_NOTE`.
    """
    note = _CONTROL.sub(" ", text.replace("\r\n", "\n")).strip()
    if len(note) > MAX_NOTE:
        raise CasebookInvalid(f"note: {len(note):,} characters, {MAX_NOTE:,} at most")
    return note
