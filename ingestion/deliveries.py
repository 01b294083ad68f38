"""Which reader takes which delivery; the one place that knows all of them."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.errors import BadInput
from core.settings import LimitSettings
from ingestion.archives import archive_sha256, find_archives
from ingestion.delivery import Listing, Reader, ScatteredReader, Unit, Withdrawal
from ingestion.formats.deeppatent import DeepPatent
from ingestion.formats.deeppatent2 import DeepPatent2, find_years
from ingestion.formats.manifest import ManifestReader
from ingestion.formats.pdf_patent import PatentPdf
from ingestion.formats.uspto_archive import UsptoArchive
from ingestion.formats.uspto_text import UsptoText
from ingestion.formats.wipo_archive import DesignRegister

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


def reader_of(path: Path) -> Reader:
    """The reader for a delivery; never None, since the last one says what is wrong with it."""
    return next((reader for reader in _READERS if reader.recognises(path)), _FALLBACK)


def find_deliveries(path: Path) -> tuple[Path, ...]:
    """The deliveries a path stands for: itself, or the archives or years in a folder of them."""
    if years := find_years(path):
        return years
    return (path,) if reader_of(path) is not _FALLBACK else find_archives(path)


def delivery_sha256(path: Path) -> str:
    """Content hash of a delivery: of its file, of its folder, or of all the files it is made of.

    Raises:
        ArchiveCorrupt: If it cannot be read.
    """
    files = _files(path)
    if files == (path,):
        return archive_sha256(path)
    return hashlib.sha256("".join(map(archive_sha256, files)).encode()).hexdigest()


def is_one_file(path: Path) -> bool:
    """Whether a delivery is a single file, and neither a folder nor a file that names others."""
    return path.is_file() and _files(path) == (path,)


def _files(path: Path) -> tuple[Path, ...]:
    reader = reader_of(path)
    return tuple(reader.delivery_files(path)) if isinstance(reader, ScatteredReader) else (path,)


def list_units(path: Path, limits: LimitSettings) -> Listing:
    """Name the units of a delivery, and everything in it that was refused.

    Raises:
        ArchiveCorrupt: If nothing of it can be read.
    """
    return reader_of(path).list_units(path, limits)


def read_units(
    path: Path, names: Sequence[str], limits: LimitSettings
) -> Iterator[tuple[str, Unit | Withdrawal | BadInput]]:
    """Read units one at a time, each name answered exactly once: with what is wrong, if need be.

    Raises:
        ArchiveCorrupt: If nothing of the delivery can be read.
    """
    return reader_of(path).read_units(path, names, limits)
