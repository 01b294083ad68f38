"""A DeepPatent2 year opened: its records by patent, and its images.

A year's JSON has some 200,000 records in hundreds of megabytes. It is read once as a stream; of a
record 32 bytes are kept, where it lies, and it is read again from there when its patent is.
"""

import os
import re
import weakref
from array import array
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from core.errors import ArchiveCorrupt
from core.settings import LimitSettings
from ingestion.archive_entries import Entry, Rejection, file_entry
from ingestion.archives import iter_archive
from ingestion.delivery import Leftovers
from ingestion.delivery_files import ANY_SIZE, KeptOpen, open_stream
from ingestion.formats.deeppatent2_images import (
    ARCHIVE_SUFFIXES,
    IMAGE_NAME,
    FolderImages,
    ImageSet,
    PackedImages,
    set_of,
)
from ingestion.formats.manifest_cells import cell_text
from ingestion.json_rows import JsonTable
from ingestion.seekable_files import Joined
from ingestion.split_parts import all_parts, first_part
from ingestion.table_rows import BadRow, Row, Span
from ingestion.tar_entries import TAR_ERRORS

METADATA_NAME = re.compile(r"design\d{4}.*\.jsonl?", re.IGNORECASE)
PATENT_ID = re.compile(r"USD\d{7}-\d{8}", re.IGNORECASE)

_PATENT_LENGTH = len("USD0836880-20190101")
_MAX_LISTED = 100_000
"""Bad records listed one by one."""


@dataclass(slots=True, weakref_slot=True, eq=False)
class Year:
    """What a year holds; its files stay open for as long as it is there.

    Attributes:
        image_set: What its images are: figures already cut where there are any, else sheets.
        images: The images of that set.
        units: Where each patent's records lie: table, offset, length and line of each.
        rejected: Records that belong to no patent, and what was refused of its archives.
        left: Files that are neither metadata nor images.
    """

    image_set: ImageSet
    images: PackedImages | FolderImages
    units: dict[str, "array[int]"] = field(default_factory=dict)
    rejected: list[Rejection] = field(default_factory=list)
    left: Leftovers = field(default_factory=Leftovers)
    _names: list[str] = field(default_factory=list)
    _tables: list[JsonTable] = field(default_factory=list)
    _named: "array[int]" = field(default_factory=lambda: array("q"))

    def records_of(self, patent: str) -> Iterator[tuple[str, Row | BadRow]]:
        """The records of a patent, each with how its place is called in reports."""
        places = self.units.get(patent, array("q"))
        for at in range(0, len(places), 4):
            table, *place = places[at : at + 4]
            span = Span(*place)
            yield f"{self._names[table]} line {span.line}", self._tables[table].row_at(span)

    def image_of(self, record: Row) -> str:
        """Bare name of the image a record speaks of, ``""`` where it names none."""
        column = "subfigure_file" if self.image_set is ImageSet.SEGMENTED else "figure_file"
        return cell_text(record.get(column)).replace("\\", "/").rpartition("/")[2]

    def unnamed_images(self) -> list[Rejection]:
        """Images that no record names, patent by patent."""
        named = np.unique(np.frombuffer(self._named, np.int64)) if self._named else np.zeros(0)
        unnamed: defaultdict[str, list[str]] = defaultdict(list)
        for file in self.images.iter_files():
            at = np.searchsorted(named, hash(file))
            if at == len(named) or named[at] != hash(file):
                unnamed[file[:_PATENT_LENGTH].upper()].append(file)
        return [
            Rejection(patent, f"no record names {len(files)} of its images, the first {min(files)}")
            for patent, files in sorted(unnamed.items())
        ]

    def read_metadata(self, entry: Entry, file: BinaryIO) -> None:
        """Note where the records of a file lie."""
        table, number = JsonTable(file), len(self._tables)
        self._tables.append(table)
        self._names.append(entry.name)
        places: defaultdict[str, array[int]] = defaultdict(lambda: array("q"), self.units)
        rows = table.iter_rows()
        while True:
            try:
                item = next(rows, None)
            except TAR_ERRORS as error:
                reason = f"cannot be read on ({error}); the records before are good"
                self.rejected.append(Rejection(entry.name, reason))
                break
            if item is None:
                break
            if isinstance(item, BadRow):
                self._refuse(f"{entry.name} line {item.line}", item.reason)
                continue
            span, record = item
            patent = cell_text(record.get("patentID")).upper()
            if not PATENT_ID.fullmatch(patent):
                self._refuse(f"{entry.name} line {span.line}", "names no patent (patentID)")
                continue
            places[patent].extend((number, span.offset, span.n_bytes, span.line))
            if image := self.image_of(record):
                self._named.append(hash(image))
        self.units = dict(places)

    def _refuse(self, member: str, reason: str) -> None:
        if len(self.rejected) == _MAX_LISTED:
            self.rejected.append(Rejection(member, "and more, not listed one by one"))
        elif len(self.rejected) < _MAX_LISTED:
            self.rejected.append(Rejection(member, reason))


_YEARS: KeptOpen[Year] = KeptOpen()


def open_year(path: Path, limits: LimitSettings) -> Year:
    """Open a year, from memory where this process opened it before.

    Args:
        path: Its folder, its archive, or the first of the archive's parts.
        limits: What it may cost at most.

    Raises:
        ArchiveCorrupt: If a part is missing, or there are no records or no images.
    """
    try:
        return _YEARS.get(path, (_state(path), limits), lambda: _open(path, limits))
    except OSError as error:
        raise ArchiveCorrupt(path.name, f"cannot be read ({error})") from error


def _state(path: Path) -> object:
    """What changes when a year's files do."""
    if path.is_dir():
        files = tuple(file for folder in folders_of(path) for file in sorted(folder.glob("*.*")))
    else:
        files = all_parts(path) if first_part(path) == path else (path,)
    return tuple(
        (str(file), status.st_size, status.st_mtime_ns)
        for file in files
        if (status := file.stat()) and not file.is_dir()
    )


def folders_of(root: Path) -> tuple[Path, ...]:
    """The folder and those in it that are no image sets: where a year's files may lie."""
    inner = (path for path in sorted(root.iterdir()) if path.is_dir() and not path.is_symlink())
    return (root, *(path for path in inner if set_of(path.name) is None))


@dataclass(slots=True)
class _Contents:
    """What lies in a delivery."""

    metadata: list[Entry] = field(default_factory=list)
    archives: dict[ImageSet, list[Entry]] = field(default_factory=dict)
    loose: dict[ImageSet, PackedImages | FolderImages] = field(default_factory=dict)
    rejected: list[Rejection] = field(default_factory=list)
    left: Leftovers = field(default_factory=Leftovers)

    def has(self, kind: ImageSet) -> bool:
        return kind in self.loose or kind in self.archives

    def images(
        self, kind: ImageSet, limits: LimitSettings, held_open: ExitStack
    ) -> PackedImages | FolderImages:
        """The images of a set: the loose ones where there are any, else those in archives."""
        if kind in self.loose:
            return self.loose[kind]
        images = PackedImages()
        for archive in self.archives[kind]:
            images.add_archive(archive, limits, held_open)
        return images


def _open(path: Path, limits: LimitSettings) -> Year:
    with ExitStack() as held_open:
        there = _in_folder(path, limits) if path.is_dir() else _in_archive(path, limits, held_open)
        if not there.metadata:
            reason = "holds no design….json, without which its images say nothing"
            raise ArchiveCorrupt(path.name, reason)
        kind = ImageSet.SEGMENTED if there.has(ImageSet.SEGMENTED) else ImageSet.ORIGINAL
        if not there.has(kind):
            raise ArchiveCorrupt(path.name, "holds neither Segmented nor Original images")
        year = Year(kind, there.images(kind, limits, held_open), left=there.left)
        for entry in there.metadata:
            year.read_metadata(entry, held_open.enter_context(open_stream(entry)))
        year.rejected += [*there.rejected, *year.images.rejected]
        weakref.finalize(year, held_open.pop_all().close)
    return year


def _in_folder(root: Path, limits: LimitSettings) -> _Contents:
    there = _Contents()
    folders = folders_of(root)
    for path in (path for folder in folders for path in sorted(folder.iterdir())):
        kind = set_of(path.name)
        if path.is_symlink():
            there.left.leave(path.relative_to(root).as_posix(), "is a symbolic link; not followed")
            continue
        if kind and path.is_dir():
            sets = there.loose.setdefault(kind, FolderImages(root, limits))
            cast(FolderImages, sets).add_set(path)
        elif path.is_file():
            name = path.relative_to(root).as_posix()
            _sort_file(there, file_entry(path, name, path.stat().st_size, limits))
    return there


def _in_archive(path: Path, limits: LimitSettings, held_open: ExitStack) -> _Contents:
    there = _Contents()
    parts = all_parts(path) if first_part(path) == path else (path,)
    file = cast(BinaryIO, held_open.enter_context(Joined(parts)))
    n_bytes = file.seek(0, os.SEEK_END)
    any_size = limits.model_copy(update={"max_member_bytes": ANY_SIZE})
    for item in iter_archive(file, path.name, n_bytes, any_size):
        if isinstance(item, Rejection):
            there.rejected.append(item)
        elif image := IMAGE_NAME.fullmatch(item.file):
            by_name = ImageSet.SEGMENTED if image["figure"] else ImageSet.ORIGINAL
            images = there.loose.setdefault(set_of(item.folder) or by_name, PackedImages())
            cast(PackedImages, images).add(item, limits)
        else:
            _sort_file(there, item)
    return there


def _sort_file(there: _Contents, entry: Entry) -> None:
    kind = set_of(entry.file)
    if METADATA_NAME.fullmatch(entry.file):
        there.metadata.append(entry)
    elif kind and entry.file.lower().endswith(ARCHIVE_SUFFIXES):
        there.archives.setdefault(kind, []).append(entry)
    else:
        there.left.leave(entry.name, "is neither metadata nor an image nor an archive of images")
