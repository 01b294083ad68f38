"""Rows of saved searches and remarks as records."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select

from core.errors import NotInCasebook
from search.casebook_records import Mark, Project, QueryPicture, Remark, SavedSearch
from search.casebook_tables import projects, searches

_OF_SEARCH = tuple(searches.c)


def select_searches() -> Select[Any]:
    """Saved searches with their projects; `search_of_row` reads the rows."""
    return select(*_OF_SEARCH, *(column.label(f"p_{column.name}") for column in projects.c)).join(
        projects, projects.c.project_id == searches.c.project_id
    )


def search_of_row(row: Row[Any]) -> SavedSearch:
    """A row of `select_searches`, or of a statement that begins with its columns."""
    return SavedSearch(
        search_id=row.search_id,
        project=Project(row.p_project_id, row.p_name, row.p_made_at, row.p_made_by),
        name=row.name,
        query=row.query,
        pictures=tuple(QueryPicture.model_validate(picture) for picture in row.pictures),
        made_at=row.made_at,
        made_by=row.made_by,
    )


def read_search(connection: Connection, search_id: int, is_own: ColumnElement[bool]) -> SavedSearch:
    """A saved search by its number, in one of the projects that the condition lets through.

    Raises:
        NotInCasebook: If there is none.
    """
    statement = select_searches().where(searches.c.search_id == search_id, is_own)
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise NotInCasebook(
            f"the casebook has no saved search {search_id}; see `limn casebook list`"
        )
    return search_of_row(row)


def remark_of_row(row: Row[Any]) -> Remark:
    """A row of the remarks."""
    return Remark(
        remark_id=row.remark_id,
        project_id=row.project_id,
        publication_id=row.publication_id,
        mark=None if row.mark is None else Mark(row.mark),
        note=row.note,
        search_id=row.search_id,
        made_at=row.made_at,
        made_by=row.made_by,
    )
