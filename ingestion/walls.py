"""Confidential uploads are seen by the members of their projects alone.

What is walled is an upload; a publication lies behind the wall of the upload that its kept version
came with. So a wall that is moved holds at once, and nothing is indexed anew.
"""

import copy
from collections.abc import Collection
from typing import Self

from sqlalchemy import ColumnElement, exists, or_, select, true

from ingestion.catalogue_schema import figures, publications, sheets, upload_projects, uploads
from ingestion.database import Database


class Walls(Database):
    """Which uploads are hidden from whom, and a catalogue without them."""

    def hidden_uploads(self, projects: Collection[str]) -> frozenset[str]:
        """Confidential uploads that belong to none of these projects."""
        own = select(upload_projects.c.upload_id).where(upload_projects.c.project.in_(projects))
        statement = select(uploads.c.upload_id).where(
            uploads.c.is_confidential, uploads.c.upload_id.not_in(own)
        )
        with self._reading() as connection:
            return frozenset(connection.scalars(statement))

    def without(self, hidden_uploads: frozenset[str]) -> Self:
        """The same catalogue in which some uploads, and what came with them, are not."""
        seen = copy.copy(self)
        seen._hidden = hidden_uploads
        return seen

    def shows_picture(self, sha256: str) -> bool:
        """Whether a sheet or figure that is not hidden has this picture."""
        statement = select(
            or_(
                *(
                    exists().where(
                        table.c.sha256 == sha256,
                        table.c.publication_id == publications.c.publication_id,
                        shown(self._hidden),
                    )
                    for table in (figures, sheets)
                )
            )
        )
        with self._reading() as connection:
            return bool(connection.scalar(statement))


def shown(hidden_uploads: frozenset[str]) -> ColumnElement[bool]:
    """Publications that did not come with one of these uploads."""
    if not hidden_uploads:
        return true()
    came_with = publications.c.upload_id
    return or_(came_with.is_(None), came_with.not_in(hidden_uploads))


def of_shown(
    publication_id: ColumnElement[str], hidden_uploads: frozenset[str]
) -> ColumnElement[bool]:
    """Rows of another table whose publication did not come with one of these uploads."""
    if not hidden_uploads:
        return true()
    return publication_id.in_(select(publications.c.publication_id).where(shown(hidden_uploads)))
