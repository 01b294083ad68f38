"""What a catalogue knows already, asked without changing anything in it, its schema included."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import ColumnElement, inspect, literal, make_url, select

from core.records import Publication
from ingestion.catalogue_schema import publications, sheets
from ingestion.database import Database, connect
from ingestion.publication_rows import parse_publication
from ingestion.versions import Standing, standing_of


@dataclass(frozen=True, slots=True)
class KnownPublication:
    """A publication as the catalogue holds it."""

    content_hash: str
    standing: Standing
    publication: Publication
    image_hashes: Mapping[str, str]
    """SHA-256 of its images in hex, by their names."""


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
        self._version: ColumnElement[str] | None = None
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
            if self._version is None:
                there = inspect(connection)
                if not there.has_table(publications.name):
                    return None
                names = {column["name"] for column in there.get_columns(publications.name)}
                is_kept = publications.c.version.name in names
                self._version = publications.c.version if is_kept else _NO_VERSION
            row = connection.execute(
                select(
                    publications.c.content_hash,
                    self._version.label("version"),
                    publications.c.record,
                ).where(publications.c.publication_id == publication_id)
            ).one_or_none()
            is_its_own = sheets.c.publication_id == publication_id
            images = connection.execute(select(sheets.c.file, sheets.c.sha256).where(is_its_own))
            image_hashes = {image.file: image.sha256 for image in images}
        if row is None:
            return None
        record = parse_publication(row.record)
        standing = standing_of(record, row.version, has_pictures=bool(image_hashes))
        return KnownPublication(row.content_hash, standing, record, image_hashes)


_NO_VERSION = literal("")
"""The first Limn's catalogue had none."""
