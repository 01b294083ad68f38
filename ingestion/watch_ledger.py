"""What became of the files in a watched folder, so that a restart reads none of them again."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, insert, select

from ingestion.catalogue_schema import watched_files
from ingestion.database import Database, storable


@dataclass(frozen=True, slots=True)
class WatchedFile:
    """A file that was taken, or that could not be."""

    path: str
    mark: str
    """As `archive_marks.read_mark` gave it; another one is another file."""
    upload_id: str | None
    """None where it could not be taken."""
    reason: str | None
    """Why not."""


class WatchLedger(Database):
    """Files by path."""

    def watched_file(self, path: str) -> WatchedFile | None:
        """What became of the file that was last seen at this path."""
        statement = select(
            watched_files.c.path,
            watched_files.c.mark,
            watched_files.c.upload_id,
            watched_files.c.reason,
        ).where(watched_files.c.path == storable(path))
        with self._reading() as connection:
            row = connection.execute(statement).one_or_none()
        return WatchedFile(*row) if row else None

    def note_watched_file(self, file: WatchedFile) -> None:
        """Remember what became of a file, in place of what was known of its path."""
        path = storable(file.path)
        with self._writing() as connection:
            connection.execute(delete(watched_files).where(watched_files.c.path == path))
            connection.execute(
                insert(watched_files).values(
                    path=path,
                    mark=file.mark,
                    upload_id=file.upload_id,
                    reason=None if file.reason is None else storable(file.reason),
                    taken_at=datetime.now(UTC),
                )
            )
