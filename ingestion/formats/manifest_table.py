"""A manifest opened: where it lies in its delivery, and which rows make up which publication.

Rows are kept as places in the file, 24 bytes each, so that a million of them cost little; a
process keeps the last manifests it opened.
"""

import weakref
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import numpy as np

from core.errors import ArchiveCorrupt
from core.settings import LimitSettings
from ingestion.archive_entries import Entry, Rejection
from ingestion.csv_rows import CsvTable
from ingestion.delivery_files import DeliveryFiles, KeptOpen, files_of, first_names, open_stream
from ingestion.formats.manifest_fields import COLUMNS
from ingestion.formats.manifest_identity import file_of, identity_of
from ingestion.json_rows import JsonTable
from ingestion.table_rows import BadRow, Row, Span, Table
from ingestion.tar_entries import TAR_ERRORS

PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".gif", ".webp", ".bmp"})

_CSV_SUFFIXES = frozenset({".csv", ".tsv"})
_JSON_SUFFIXES = frozenset({".json", ".jsonl", ".ndjson"})
_SUFFIXES = _CSV_SUFFIXES | _JSON_SUFFIXES
_N_ROWS_LOOKED_AT = 20
_MAX_LISTED = 100_000
"""Bad rows listed one by one."""
_MAX_COLUMNS_NAMED = 50
_MAX_NAME = 100
"""Characters shown of a column's name."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a manifest lies."""

    delivery: Path
    """Folder or archive its pictures are looked up in."""
    name: str
    """Of the manifest in there."""
    is_whole: bool
    """False where the manifest alone was given: then what else lies beside it is not its own."""

    @property
    def on_disk(self) -> Path:
        """What changes when the manifest does."""
        return self.delivery / self.name if self.delivery.is_dir() else self.delivery


def find_manifest(path: Path) -> Place | None:
    """The manifest of a delivery: the path itself, or ``manifest.csv`` or ``.json`` at its top.

    In an archive it may lie in the one folder at its top.
    """
    if path.is_dir():
        tops = (path / f"manifest{suffix}" for suffix in sorted(_SUFFIXES))
        found = next((top for top in tops if top.is_file() and not top.is_symlink()), None)
        return None if found is None else Place(path, found.name, is_whole=True)
    if path.suffix.lower() in _SUFFIXES:
        return Place(path.parent, path.name, is_whole=False) if path.is_file() else None
    for name in first_names(path):
        place = PurePosixPath(name)
        if len(place.parts) <= 2 and place.stem.lower() == "manifest" and _is_table(name):
            return Place(path, name, is_whole=True)
    return None


def names_pictures(place: Place, limits: LimitSettings) -> bool:
    """Whether a manifest speaks of pictures, told from its first rows; never raises."""
    return _flaw(place, limits) is None


def manifest_flaw(path: Path, limits: LimitSettings) -> str | None:
    """Why the manifest of a delivery that nobody took is none; None where there is none."""
    place = find_manifest(path)
    flaw = None if place is None else _flaw(place, limits)
    return None if place is None or flaw is None else f"{PurePosixPath(place.name).name} {flaw}"


def _flaw(place: Place, limits: LimitSettings) -> str | None:
    try:
        with _open_file(place, files_of(place.delivery, limits)) as file:
            table = _open_table(place, file)
            if isinstance(table, CsvTable) and "file" not in table.columns:
                if "publication_id" in table.columns:
                    return None  # it will be told what it lacks
                return _without_file(table)
            first = list(islice(table.iter_rows(), _N_ROWS_LOOKED_AT))
    except ArchiveCorrupt as error:
        return error.reason
    except TAR_ERRORS as error:
        return f"cannot be read ({error})"
    return _flaw_of_rows(first)


def _flaw_of_rows(first: Sequence[tuple[Span, Row] | BadRow]) -> str | None:
    if not first:
        return "has no rows; write one for each picture"
    bad = next((item for item in first if isinstance(item, BadRow)), None)
    named = [file_of(item[1]) for item in first if not isinstance(item, BadRow)]
    suffixes = {PurePosixPath(name).suffix.lower() for name in named if name}
    if not suffixes.isdisjoint(PICTURE_SUFFIXES | {"", ".pdf"}):
        return None
    if bad is not None:
        return f"line {bad.line} {bad.reason}"
    return f"names no picture in its first {len(first)} rows; column 'file' is to hold its path"


def _without_file(table: CsvTable) -> str:
    there = ", ".join(name[:_MAX_NAME] for name in table.columns[:_MAX_COLUMNS_NAMED] if name)
    return f"has no column 'file'; its columns are {there}"


def _is_picture(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in PICTURE_SUFFIXES


def _is_table(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in _SUFFIXES


def _open_file(place: Place, files: DeliveryFiles) -> BinaryIO:
    entry = files.find(place.name)
    if isinstance(entry, Rejection):
        raise ArchiveCorrupt(entry.member, entry.reason)
    return open_stream(entry)


def _open_table(place: Place, file: BinaryIO) -> CsvTable | JsonTable:
    """The table in a manifest.

    Raises:
        ArchiveCorrupt: If it cannot be read, or has no column names.
    """
    if PurePosixPath(place.name).suffix.lower() in _JSON_SUFFIXES:
        return JsonTable(file)
    try:
        return CsvTable(file, place.name)
    except TAR_ERRORS as error:
        raise ArchiveCorrupt(place.name, f"is damaged ({error})") from error


@dataclass(slots=True, weakref_slot=True, eq=False)
class Manifest:
    """A manifest read once from start to end; its file stays open for as long as it is there.

    Attributes:
        place: Where it lies.
        files: The files it names lie among these, below the manifest's own folder.
        table: Reads a row again.
        units: Places of the rows of each publication: offset, length and line, one row behind
            the other.
        rejected: Rows that belong to no publication.
        columns: Names of columns that are not known here, as far as they were met.
        n_derived: Rows whose publication was told from a folder or file name.
        n_windows_1252: Lines that were no UTF-8.
    """

    place: Place
    files: DeliveryFiles
    table: Table
    units: dict[str, "array[int]"] = field(default_factory=dict)
    rejected: list[Rejection] = field(default_factory=list)
    columns: dict[str, None] = field(default_factory=dict)
    n_derived: int = 0
    n_windows_1252: int = 0
    named: "array[int]" = field(default_factory=lambda: array("q"))
    """Hashes of the files that rows name; see `unnamed_pictures`."""

    def rows_of(self, unit: str) -> Iterator[tuple[int, Row | BadRow]]:
        """The rows of a publication, each with its line."""
        places = self.units[unit]
        for at in range(0, len(places), 3):
            span = Span(*places[at : at + 3])
            yield span.line, self.table.row_at(span)

    def find(self, file: str) -> Entry | Rejection:
        """A file by its name relative to the manifest."""
        return self.files.find(f"{self._base}{file}")

    def line(self, number: int) -> str:
        """How a line is called in reports."""
        return f"{self.place.name} line {number}"

    def unnamed_pictures(self) -> list[Rejection]:
        """Pictures of the delivery that no row names, folder by folder."""
        n_unnamed: Counter[str] = Counter()
        example: dict[str, str] = {}
        for name in self._iter_unnamed():
            if _is_picture(name):
                folder = str(PurePosixPath(name).parent)
                n_unnamed[folder] += 1
                example.setdefault(folder, name)
        return [
            Rejection(
                example[folder],
                f"no row of {self.place.name} names it"
                + (f", nor {n - 1} more pictures in its folder" if n > 1 else ""),
            )
            for folder, n in n_unnamed.items()
        ]

    def other_files(self) -> Iterator[str]:
        """Files of the delivery that no row names and that are no pictures."""
        return (
            name
            for name in self._iter_unnamed()
            if name != self.place.name and not _is_picture(name)
        )

    def _iter_unnamed(self) -> Iterator[str]:
        named = np.unique(np.frombuffer(self.named, np.int64)) if self.named else np.zeros(0)
        for name in self.files.iter_names():
            file = name.removeprefix(self._base)
            at = np.searchsorted(named, hash(file))
            if at == len(named) or named[at] != hash(file):
                yield name

    @property
    def _base(self) -> str:
        folder = str(PurePosixPath(self.place.name).parent)
        return "" if folder == "." else f"{folder}/"


_MANIFESTS: KeptOpen[Manifest] = KeptOpen()


def open_manifest(path: Path, limits: LimitSettings) -> Manifest:
    """Open the manifest of a delivery, from memory where this process read it before.

    Raises:
        ArchiveCorrupt: If there is none, or nothing of it can be read.
    """
    place = find_manifest(path)
    if place is None:
        raise ArchiveCorrupt(path.name, "holds no manifest.csv or manifest.json")
    try:
        return _MANIFESTS.get(place.on_disk, (place, limits), lambda: _read(place, limits))
    except OSError as error:
        raise ArchiveCorrupt(place.name, f"cannot be read ({error})") from error


def _read(place: Place, limits: LimitSettings) -> Manifest:
    files = files_of(place.delivery, limits)
    with ExitStack() as if_refused:
        file = if_refused.enter_context(_open_file(place, files))
        manifest = _index(place, files, file)
        weakref.finalize(manifest, file.close)
        if_refused.pop_all()
    return manifest


def _index(place: Place, files: DeliveryFiles, file: BinaryIO) -> Manifest:
    table = _open_table(place, file)
    if isinstance(table, CsvTable) and "file" not in table.columns:
        raise ArchiveCorrupt(place.name, _without_file(table))
    manifest = Manifest(place, files, table)
    places: defaultdict[str, array[int]] = defaultdict(lambda: array("q"))
    n_bad = 0
    rows = table.iter_rows()
    while True:
        try:
            item = next(rows, None)
        except TAR_ERRORS as error:
            item = BadRow(0, f"cannot be read on ({error}); the rows before are good")
            rows = iter(())
        if item is None:
            break
        bad = item if isinstance(item, BadRow) else _enter(manifest, places, *item)
        if bad is not None:
            n_bad += 1
            if n_bad <= _MAX_LISTED:
                manifest.rejected.append(Rejection(manifest.line(bad.line), bad.reason))
    if n_bad > _MAX_LISTED:
        more = f"{n_bad - _MAX_LISTED:,} more rows are bad; not listed one by one"
        manifest.rejected.append(Rejection(place.name, more))
    manifest.units = dict(places)
    manifest.n_windows_1252 = table.n_windows_1252 if isinstance(table, CsvTable) else 0
    return manifest


def _enter(
    manifest: Manifest, places: defaultdict[str, "array[int]"], span: Span, row: Row
) -> BadRow | None:
    """Note where a row lies, or say why it belongs to no publication."""
    if len(manifest.columns) < _MAX_COLUMNS_NAMED:
        manifest.columns.update(dict.fromkeys(name for name in row if name not in COLUMNS))
    file = file_of(row)
    if not file:
        return BadRow(span.line, "names no file")
    try:
        identity = identity_of(row)
    except ValueError as error:
        return BadRow(span.line, str(error))
    manifest.n_derived += identity.is_derived
    manifest.named.append(hash(file))
    places[identity.publication_id].extend((span.offset, span.n_bytes, span.line))
    return None
