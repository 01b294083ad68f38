"""Which reader takes which delivery; the one place that knows all of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from core.errors import BadInput
from core.settings import LimitSettings
from ingestion.delivery import Listing, Reader, Unit, Withdrawal
from ingestion.formats.uspto_archive import UsptoArchive
from ingestion.formats.wipo_archive import DesignRegister

_READERS: tuple[Reader, ...] = (DesignRegister(),)
"""Asked in this order; what none of them recognises goes to the USPTO reader."""
_FALLBACK: Reader = UsptoArchive()


def reader_of(path: Path) -> Reader:
    """The reader for a delivery; never None, since the last one says what is wrong with it."""
    return next((reader for reader in _READERS if reader.recognises(path)), _FALLBACK)


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
