"""What a catalogue knows already, asked without changing anything in it, its schema included."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Column, inspect, make_url, select

from ingestion.catalogue_schema import publications
from ingestion.database import Database, connect


@dataclass(frozen=True, slots=True)
class KnownPublication:
    """A publication as the catalogue holds it."""

    content_hash: str
    version: str
    """See `versions`."""


class KnownPublications(Database):
    """The publications of a catalogue that may not even be there.

    Args:
        url: As of `Catalogue.open`.

    Raises:
        ConfigurationFault: If the URL is none of a catalogue.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        is_file = parsed.get_backend_name() == "sqlite"
        self._is_there = not is_file or Path(parsed.database or "").is_file()
        self._columns: list[Column[str]] | None = None
        if self._is_there:
            super().__init__(connect(url))

    def close(self) -> None:
        """Give the connections back."""
        if self._is_there:
            super().close()

    def find(self, publication_id: str) -> KnownPublication | None:
        """A publication, or None where the catalogue has it not.

        Raises:
            StorageFailed, CatalogueUnavailable: If the catalogue cannot be read.
        """
        if not self._is_there:
            return None
        with self._reading() as connection:
            if self._columns is None:
                there = inspect(connection)
                is_made = there.has_table(publications.name)
                names = there.get_columns(publications.name) if is_made else []
                self._columns = [
                    column for column in _ASKED if column.name in {own["name"] for own in names}
                ]
            if not self._columns:
                return None
            of_publication = publications.c.publication_id == publication_id
            row = connection.execute(select(*self._columns).where(of_publication)).one_or_none()
        return None if row is None else KnownPublication(row[0], row[1] if len(row) > 1 else "")


_ASKED = (publications.c.content_hash, publications.c.version)
"""The first Limn's catalogue had no versions."""
