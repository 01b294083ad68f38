"""Archives on disk: what is one, what it is made of, and its content hash.

Archives are hostile until proven otherwise (`archive_entries`, `tar_entries`, `zip_entries`):
nothing is written to disk, and what is damaged or refused is listed by name.
"""

import hashlib
import os
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from core.errors import ArchiveCorrupt
from core.settings import LimitSettings
from ingestion.archive_entries import Found, file_entry, iter_folder
from ingestion.seekable_files import GZIP_WBITS, Inflated
from ingestion.tar_entries import find_header, is_tar_header, iter_tar
from ingestion.zip_entries import iter_zip

_ARCHIVE_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".zip")
_GRANT_NAME = re.compile(r"^US(?:D|RE)\d+", re.IGNORECASE)
_WEEKLY_TEXT_NAME = re.compile(r"^i?pgb?\d{6}(?!\d).*\.(?:xml|sgml?)$", re.IGNORECASE)
_GZIP_MAGIC = b"\x1f\x8b"
_ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")


def is_weekly_archive(name: str) -> bool:
    """Whether a file is named as an archive of many publications, or as a weekly text file.

    Example:
        >>> is_weekly_archive("I20210105.tar"), is_weekly_archive("USD0907292-20210105.ZIP")
        (True, False)
    """
    is_archive = name.lower().endswith(_ARCHIVE_SUFFIXES) or is_weekly_text(name)
    return is_archive and not _GRANT_NAME.match(name)


def is_weekly_text(name: str) -> bool:
    """Whether a file is named as the USPTO names its weekly text files.

    Example:
        >>> is_weekly_text("ipg120327.xml"), is_weekly_text("pg020507.sgm"), is_weekly_text("a.xml")
        (True, True, False)
    """
    return _WEEKLY_TEXT_NAME.match(name) is not None


def archive_sha256(path: Path) -> str:
    """Content hash of an archive in hex; of a folder, over the names and contents of its files.

    Raises:
        ArchiveCorrupt: If the path cannot be read.
    """
    digest = hashlib.sha256()
    try:
        if path.is_dir():
            for child in sorted(p for p in path.rglob("*") if p.is_file() and not p.is_symlink()):
                digest.update(os.fsencode(child.relative_to(path).as_posix()) + b"\0")
                digest.update(bytes.fromhex(_file_sha256(child)))
            return digest.hexdigest()
        return _file_sha256(path)
    except OSError as error:
        raise ArchiveCorrupt(str(path), f"cannot be read ({error.strerror})") from error


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def opened_or_lone(path: Path, limits: LimitSettings, suffix: str) -> Iterator[Iterator[Found]]:
    """Walk an archive of any kind, or a file of one kind as the only entry of a delivery."""
    if path.suffix.lower() == suffix and not path.is_dir():
        yield iter((file_entry(path, path.name, 0, limits),))
        return
    with opened(path, limits) as found:
        yield found


@contextmanager
def opened(path: Path, limits: LimitSettings) -> Iterator[Iterator[Found]]:
    """Walk an archive of any kind, told apart by content rather than by name."""
    if path.is_dir():
        yield iter_folder(path, limits)
        return
    try:
        file = path.open("rb")
    except OSError as error:
        raise ArchiveCorrupt(str(path), f"cannot be opened ({error.strerror})") from error
    with file:
        yield iter_archive(file, path.name, path.stat().st_size, limits)


def iter_archive(file: BinaryIO, name: str, n_bytes: int, limits: LimitSettings) -> Iterator[Found]:
    """Walk an archive of any kind in a file that stays open.

    Args:
        file: Seekable.
        name: Of the archive, for messages.
        n_bytes: Its size.
        limits: What it may cost at most.

    Raises:
        ArchiveCorrupt: If it is none, or nothing of it can be read.
    """
    file.seek(0)
    block = file.read(512)
    file.seek(0)
    if not block:
        raise ArchiveCorrupt(name, "is empty (0 bytes)")
    if is_tar_header(block):
        return iter_tar(file, name, limits)
    if block.startswith(_ZIP_MAGICS):
        return iter_zip(file, name, limits)
    if block.startswith(_GZIP_MAGIC):
        unpacked: BinaryIO = Inflated(file, GZIP_WBITS)  # type: ignore[assignment]
        return iter_tar(unpacked, name, limits, n_packed=n_bytes)
    if find_header(file, 0) is not None:
        return iter_tar(file, name, limits)
    if zipfile.is_zipfile(file):
        return iter_zip(file, name, limits)
    raise ArchiveCorrupt(
        name,
        "is no tar, gzipped tar, zip or document of a design; give a weekly archive "
        "(I20210105.tar), a grant's zip or document, or a folder",
    )
