"""The casebook's tables as its code uses them, and the database they are reached through.

They lie in the catalogue's database and are made by its migrations; see docs/adr/0012.
"""

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)


class Transactions(Protocol):
    """A database, as the room that owns it hands it over; its faults are told as Limn errors."""

    def reading(self) -> AbstractContextManager[Connection]:
        """One consistent view."""

    def writing(self) -> AbstractContextManager[Connection]:
        """All or nothing."""


metadata = MetaData()


def _made() -> tuple[Column[str], Column[str]]:
    """When, ISO 8601 in UTC as the record prints it, and by whom."""
    return Column("made_at", String, nullable=False), Column("made_by", Text, nullable=False)


projects = Table(
    "casebook_projects",
    metadata,
    Column("project_id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    *_made(),
)

members = Table(
    "casebook_members",
    metadata,
    Column("project_id", ForeignKey(projects.c.project_id), primary_key=True),
    Column("member", String, primary_key=True),
    *_made(),
)
"""Who may see a project where people sign in, by the name they sign in with."""

drawings = Table(
    "casebook_drawings",
    metadata,
    Column("sha256", String, primary_key=True),
    Column("owner", String, primary_key=True),
    Column("kept_at", String, nullable=False),
)
"""Drawings that somebody sent to search with, and when last; `owner` is empty without users."""

searches = Table(
    "casebook_searches",
    metadata,
    Column("search_id", Integer, primary_key=True),
    Column("project_id", ForeignKey(projects.c.project_id), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("query", JSON, nullable=False),
    Column("pictures", JSON, nullable=False),
    *_made(),
)

remarks = Table(
    "casebook_remarks",
    metadata,
    Column("remark_id", Integer, primary_key=True),
    Column("project_id", ForeignKey(projects.c.project_id), nullable=False),
    Column("publication_id", String, nullable=False),
    Column("mark", String),
    Column("note", Text, nullable=False),
    Column("search_id", ForeignKey(searches.c.search_id)),
    *_made(),
    Index("casebook_remarks_by_publication", "project_id", "publication_id"),
)
"""Marks and notes, only ever added to: the last mark of a publication is the one that holds."""

watches = Table(
    "casebook_watches",
    metadata,
    Column("search_id", ForeignKey(searches.c.search_id), primary_key=True),
    Column("covered", Integer, nullable=False),
    Column("is_on", Boolean, nullable=False),
    Column("last_run_at", String),
    Column("problem", Text),
    *_made(),
)
"""`covered` is the last arrival that was searched; `problem` why the last run could not search."""

watch_hits = Table(
    "casebook_watch_hits",
    metadata,
    Column("search_id", ForeignKey(watches.c.search_id), primary_key=True),
    Column("publication_id", String, primary_key=True),
    Column("rank", Integer, nullable=False),
    Column("score", Float, nullable=False),
    Column("title", Text, nullable=False),
    Column("figure_id", String, nullable=False),
    Column("found_at", String, nullable=False),
)

certificates = Table(
    "casebook_certificates",
    metadata,
    Column("certificate_id", Integer, primary_key=True),
    Column("search_id", ForeignKey(searches.c.search_id), nullable=False, index=True),
    Column("sha256", String, nullable=False, unique=True),
    Column("json_file", String, nullable=False),
    Column("pdf_file", String, nullable=False),
    Column("n_hits", Integer, nullable=False),
    *_made(),
)
"""`sha256` is that of the record; `json_file` and `pdf_file` are keys of the files that hold it."""
