"""The rows of one publication put together: what they agree on, and the pictures they name."""

import json
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import TypeVar

from core.errors import PicturesLacking, PublicationInvalid
from core.records import Publication, SheetImage
from core.settings import LimitSettings
from ingestion.archive_entries import Rejection
from ingestion.delivery import Unit
from ingestion.formats.manifest_fields import ReadRow, Role, is_confidential, read_row
from ingestion.formats.manifest_identity import Identity, identity_of
from ingestion.formats.manifest_table import Manifest
from ingestion.formats.merged_columns import merge_columns
from ingestion.table_rows import BadRow, Row
from ingestion.unit_images import UnitImages

Said = TypeVar("Said")


def read_unit(manifest: Manifest, name: str, source: str, limits: LimitSettings) -> Unit:
    """Read one publication of a manifest.

    Raises:
        PublicationInvalid: If the manifest knows no such publication, or none of its pictures can
            be taken.
        ArchiveCorrupt: If its pictures together are larger than one unit may be.
    """
    if name not in manifest.units:
        raise PublicationInvalid(name, f"{manifest.place.name} has no row of it")
    gathered = _Gathered(manifest, name, limits)
    for line, row in manifest.rows_of(name):
        gathered.take(line, row)
    if not gathered.images.content:
        raise PicturesLacking(name, [f"{bad.member} {bad.reason}" for bad in gathered.rejected])
    return Unit(
        name=name,
        publication=gathered.publication(source),
        document=json.dumps(gathered.documents, sort_keys=True, ensure_ascii=True).encode(),
        images=gathered.images.content,
        rejected=tuple(gathered.rejected),
    )


class _Gathered:
    """What the rows of a publication said so far."""

    def __init__(self, manifest: Manifest, name: str, limits: LimitSettings) -> None:
        self._manifest, self._name = manifest, name
        self._identity: Identity | None = None
        self._rows: list[tuple[int, ReadRow]] = []
        """Whose pictures are taken."""
        self._said: list[tuple[int, ReadRow]] = []
        """These, and those whose pictures are not: what they say of the publication counts."""
        self._is_confidential = False
        self._sheets: list[SheetImage] = []
        self._n_front_pages = 0
        self._line_of_file: dict[str, int] = {}
        self._file_of_folded: dict[str, str] = {}
        self._line_of_label: dict[str, int] = {}
        self.images = UnitImages(name, limits)
        self.documents: list[Row] = []
        self.rejected: list[Rejection] = []

    def take(self, line: int, row: Row | BadRow) -> None:
        """Take a row and its picture in, or list why not."""
        if isinstance(row, BadRow):
            self._refuse(line, row.reason)
            return
        self._is_confidential |= is_confidential(row)
        try:
            read = read_row(row)
            self._identity = self._identity or identity_of(row)
        except ValueError as error:
            self._refuse(line, str(error))
            return
        for problem in read.problems:
            self._refuse(line, problem)
        self._said.append((line, read))
        reason = self._why_not(read)
        if reason is None and (lack := self.images.take(read.file, self._manifest.find(read.file))):
            reason = f"{read.file} {lack}"
        if reason is not None:
            self._refuse(line, reason)
            return
        self._line_of_file[read.file] = line
        self._file_of_folded[read.file.casefold()] = read.file
        self._rows.append((line, read))
        self.documents.append(row)
        self._place(line, read)

    def publication(self, source: str) -> Publication:
        """The publication its rows describe."""
        identity = self._identity
        if identity is None:
            raise PublicationInvalid(self._name, "has no row that can be read")
        return Publication(
            publication_id=identity.publication_id,
            office=identity.office,
            number=identity.number,
            kind=identity.kind,
            title=self._agreed("title", lambda row: row.title) or "",
            publication_date=self._agreed("publication_date", lambda row: row.publication_date),
            filing_date=self._agreed("filing_date", lambda row: row.filing_date),
            application_number=None,
            locarno=self._agreed("locarno", lambda row: row.locarno) or (),
            us_class=self._agreed("us_class", lambda row: row.us_class) or (),
            owner=self._agreed("owner", lambda row: row.owner),
            inventors=(),
            n_declared_sheets=None,
            n_declared_figures=None,
            captions=(),
            broken_line_statement=None,
            hague_number=None,
            images=tuple(self._sheets),
            source=source,
            status=self._agreed("status", lambda row: row.status) or "published",
            confidential=self._is_confidential,
            extra=merge_columns({read.file: read.extra for _, read in self._rows}),
            priority_date=self._agreed("priority_date", lambda row: row.priority_date),
        )

    def _why_not(self, read: ReadRow) -> str | None:
        if read.file in self._line_of_file:
            return f"names {read.file} again, as line {self._line_of_file[read.file]} does"
        if alike := self._file_of_folded.get(read.file.casefold()):
            return (
                f"names {read.file}, which differs from {alike} in line "
                f"{self._line_of_file[alike]} by letter case alone; rename one of them"
            )
        if PurePosixPath(read.file).suffix.lower() == ".pdf":
            return f"{read.file} is a PDF, not a picture; give it by itself"
        if read.role is Role.FRONT_PAGE and self._n_front_pages:
            return f"{read.file} is a second front-page copy; not taken in"
        return None

    def _place(self, line: int, read: ReadRow) -> None:
        is_front_page = read.role is Role.FRONT_PAGE
        self._n_front_pages += is_front_page
        position = 0 if is_front_page else len(self._sheets) - self._n_front_pages + 1
        self._sheets.append(SheetImage(read.file, position, landscape=False, figure=read.figure))
        label = read.figure.label if read.figure else None
        if label is None:
            return
        if first := self._line_of_label.get(label):
            reason = f"says figure {label} again, as line {first} does; both are kept, by place"
            self._refuse(line, reason)
        self._line_of_label.setdefault(label, line)

    def _agreed(self, name: str, read: Callable[[ReadRow], Said]) -> Said | None:
        """What the first row to say it says; rows that say another thing are listed."""
        said = [(line, value) for line, row in self._said if (value := read(row))]
        for line, value in said[1:]:
            if value != said[0][1]:
                reason = f"says another {name} than line {said[0][0]}, which is believed"
                self._refuse(line, reason)
        return said[0][1] if said else None

    def _refuse(self, line: int, reason: str) -> None:
        self.rejected.append(Rejection(self._manifest.line(line), reason))
