"""Uploads of which nothing, or not all, could be read: the ledger proves that they came."""

from collections.abc import Sequence

from sqlalchemy import delete, insert, literal, select

from ingestion.catalogue_records import Upload
from ingestion.catalogue_schema import LISTING, rejections, upload_projects, uploads
from ingestion.database import Database


def without_replaced(uploads: Sequence[Upload]) -> list[Upload]:
    """Uploads without the refused ones in whose place a later file was read: nothing is left to do.

    The ledger keeps them as they are.

    Args:
        uploads: Newest first.
    """
    read: set[str] = set()
    kept = []
    for upload in uploads:
        if not upload.is_refused:
            read.add(upload.path)
        if not (upload.is_refused and upload.path in read):
            kept.append(upload)
    return kept


class RefusedUploads(Database):
    """What becomes of them when they can be read after all."""

    def upload_ids_listed_in_part(self) -> set[str]:
        """Uploads of which the archive reader refused something, or everything."""
        statement = select(rejections.c.upload_id).where(rejections.c.unit == LISTING)
        with self._reading() as connection:
            return set(connection.scalars(statement))

    def supersede_upload(self, refused_id: str, upload_id: str) -> None:
        """Put an upload that could be read in the place of the one that stood for its unread file.

        Both are in the ledger; the projects of the refused one see the other, too.
        """
        projects = select(literal(upload_id), upload_projects.c.project).where(
            upload_projects.c.upload_id == refused_id,
            upload_projects.c.project.not_in(
                select(upload_projects.c.project).where(upload_projects.c.upload_id == upload_id)
            ),
        )
        with self._writing() as connection:
            connection.execute(
                insert(upload_projects).from_select(["upload_id", "project"], projects)
            )
            connection.execute(delete(uploads).where(uploads.c.upload_id == refused_id))
