"""Which reader takes which delivery; the one place that knows all of them."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from core.errors import ArchiveCorrupt, BadInput
from core.settings import LimitSettings
from ingestion.archives import archive_sha256, is_weekly_archive
from ingestion.delivery import Listing, Reader, ScatteredReader, Unit, Withdrawal
from ingestion.formats.deeppatent import DeepPatent
from ingestion.formats.deeppatent2 import DeepPatent2, find_years
from ingestion.formats.manifest import ManifestReader
from ingestion.formats.manifest_table import manifest_flaw
from ingestion.formats.pdf_patent import PatentPdf
from ingestion.formats.uspto_archive import UsptoArchive
from ingestion.formats.uspto_loose import IMAGE_SUFFIXES
from ingestion.formats.uspto_text import UsptoText
from ingestion.formats.wipo_archive import DesignRegister
from ingestion.split_parts import headless_parts_in

_READERS: tuple[Reader, ...] = (
    ManifestReader(),
    UsptoText(),
    DesignRegister(),
    DeepPatent2(),
    DeepPatent(),
    PatentPdf(),
)
"""Asked in this order; what none of them recognises goes to the USPTO reader."""
_FALLBACK: Reader = UsptoArchive()
READERS = (*_READERS, _FALLBACK)
"""Every reader there is."""
_PART_OF_A_WEEK = re.compile(r"^(?:US(?:D|RE)\d+.*|I\d{8}|DESIGN|REISSUE)$", re.IGNORECASE)
"""Folders of an unpacked week: never a shelf of their own."""


def reader_of(path: Path) -> Reader:
    """The reader for a delivery; never None, since the last one says what is wrong with it."""
    if _is_special(path):
        return _FALLBACK
    return next((reader for reader in _READERS if reader.recognises(path)), _FALLBACK)


def _is_special(path: Path) -> bool:
    """Whether opening it could wait for ever or never end: a pipe, a device, a socket."""
    return path.exists() and not (path.is_file() or path.is_dir())


def find_deliveries(path: Path) -> tuple[Path, ...]:
    """The deliveries a path stands for: itself, or all that stand on a shelf of them.

    A folder that one reader takes whole is one delivery. A folder that holds weekly archives,
    archives in parts, or folders with deliveries of their own, is a shelf: every archive, document,
    grant and folder on it is a delivery, and a picture that belongs to none is one too, so that it
    is refused by name.
    """
    years = find_years(path)
    if not path.is_dir():
        return years or (path,)
    if not years and reader_of(path) is not _FALLBACK:
        return (path,)
    children = sorted(child for child in path.iterdir() if not child.name.startswith("."))
    folders = [child for child in children if child.is_dir() and not child.is_symlink()]
    inside = {
        folder: find_deliveries(folder)
        for folder in folders
        if not _PART_OF_A_WEEK.match(folder.name)
    }
    is_shelf = (
        bool(years or headless_parts_in(path))
        or any(child.is_file() and is_weekly_archive(child.name) for child in children)
        or any(
            deliveries != (folder,) or reader_of(folder) is not _FALLBACK
            for folder, deliveries in inside.items()
        )
    )
    if not is_shelf:
        return (path,)
    return tuple(
        delivery
        for child in children
        if child in folders or _is_delivered(child)
        for delivery in inside.get(child, (child,))
    )


def left_beside(path: Path) -> tuple[Path, ...]:
    """Files of a shelf that belong to none of its deliveries: notes, lists, hidden files."""
    deliveries = set(find_deliveries(path))
    if not path.is_dir() or path in deliveries:
        return ()
    delivered = {file for delivery in deliveries for file in _files_there(delivery)}
    return tuple(
        file
        for file in sorted(path.rglob("*"))
        if (file.is_symlink() or not file.is_dir()) and delivered.isdisjoint((file, *file.parents))
    )


def _is_delivered(file: Path) -> bool:
    """Whether a file on a shelf is meant to be taken in, and no note beside what is."""
    suffix = file.suffix.lower()
    return (
        is_weekly_archive(file.name)
        or suffix == ".zip"
        or suffix in IMAGE_SUFFIXES
        or reader_of(file) is not _FALLBACK
    )


def delivery_sha256(path: Path) -> str:
    """Content hash of a delivery: of its file, of its folder, or of all the files it is made of.

    Raises:
        ArchiveCorrupt: If it cannot be read.
    """
    files = _files(path)
    if files == (path,):
        return archive_sha256(path)
    return hashlib.sha256("".join(map(archive_sha256, files)).encode()).hexdigest()


def refused_id(path: Path, mark: str) -> str:
    """What a delivery is known by that could not be listed, in the form of a content hash.

    Of its content; where it lacks files, of the one that names them; where not even that can be
    read, of its path and mark: see `unread_id`.
    """
    if not _is_special(path):
        for hash_of in (delivery_sha256, archive_sha256):
            with suppress(ArchiveCorrupt):
                return hash_of(path)
    return unread_id(path, mark)


def unread_id(path: Path, mark: str) -> str:
    """What a delivery is known by of which not one byte could be read."""
    return hashlib.sha256(f"unread\0{path}\0{mark}".encode(errors="surrogateescape")).hexdigest()


def is_one_file(path: Path) -> bool:
    """Whether a delivery is a single file, and neither a folder nor a file that names others."""
    return path.is_file() and _files(path) == (path,)


def _files(path: Path) -> tuple[Path, ...]:
    reader = reader_of(path)
    return tuple(reader.delivery_files(path)) if isinstance(reader, ScatteredReader) else (path,)


def _files_there(path: Path) -> tuple[Path, ...]:
    """The files of a delivery, of one that is incomplete the one that names it."""
    try:
        return _files(path)
    except ArchiveCorrupt:
        return (path,)


def list_units(path: Path, limits: LimitSettings) -> Listing:
    """Name the units of a delivery, and everything in it that was refused.

    Raises:
        ArchiveCorrupt: If nothing of it can be read, or there is nothing in it.
    """
    if _is_special(path):
        raise ArchiveCorrupt(path.name, "is a pipe, device or socket, not a file; refused")
    try:
        listing = reader_of(path).list_units(path, limits)
    except ArchiveCorrupt as error:
        raise _with_manifest_flaw(path, error.member, error.reason, limits) from error
    if not listing.members and not listing.rejected:
        reason = (
            "holds no design publication in a format that is known "
            f"({listing.left.n_files:,} files left alone); see docs/deliveries.md"
        )
        raise _with_manifest_flaw(path, path.name, reason, limits)
    return listing


def _with_manifest_flaw(
    path: Path, member: str, reason: str, limits: LimitSettings
) -> ArchiveCorrupt:
    """Where the delivery has a manifest that no reader took, say what is wrong with that."""
    flaw = manifest_flaw(path, limits) if reader_of(path) is _FALLBACK else None
    return ArchiveCorrupt(member, f"{reason}; {flaw}" if flaw else reason)


def read_units(
    path: Path, names: Sequence[str], limits: LimitSettings
) -> Iterator[tuple[str, Unit | Withdrawal | BadInput]]:
    """Read units one at a time, each name answered exactly once: with what is wrong, if need be.

    Raises:
        ArchiveCorrupt: If nothing of the delivery can be read.
    """
    return reader_of(path).read_units(path, names, limits)
