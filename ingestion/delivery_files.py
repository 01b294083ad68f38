"""The files of a delivery by name: looked up on disk, or in an archive that is walked once.

A process keeps the last archives it walked, for as long as they do not change: a worker that is
given the units of a large archive message by message walks it once.
"""

import io
import stat
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Generic, Protocol, TypeVar, cast

from core.errors import ArchiveCorrupt
from core.settings import LimitSettings
from ingestion.archive_entries import Entry, Rejection, file_entry, iter_folder, unsafe_reason
from ingestion.archives import opened

ANY_SIZE = 2**62
"""Member limit where members are named, or opened and not held."""

_N_KEPT = 3
_N_FIRST_NAMES = 5_000

Kept = TypeVar("Kept")


class KeptOpen(threading.local, Generic[Kept]):
    """The last few things opened from paths, each kept while its path does not change.

    One set a thread: what is kept has one place it reads at. What holds files open closes them
    when it is dropped (`weakref.finalize`).
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[object, ...], Kept] = OrderedDict()

    def get(self, path: Path, key: object, build: Callable[[], Kept]) -> Kept:
        """What was built for the path as it is now, or a new one in place of the oldest."""
        status = path.stat()
        place = (path, status.st_size, status.st_mtime_ns, key)
        if place not in self._kept:
            self._kept[place] = build()
            while len(self._kept) > _N_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(place)
        return self._kept[place]


class DeliveryFiles(Protocol):
    """Files by name, as `Entry.name` spells them."""

    def find(self, name: str) -> Entry | Rejection:
        """The file of a name, or why there is none."""

    def iter_names(self) -> Iterator[str]:
        """Every name."""

    @property
    def rejected(self) -> tuple[Rejection, ...]:
        """What was refused when they were walked."""


class FolderFiles:
    """Files below a folder; nothing is walked until it must be, and no link is followed."""

    rejected: tuple[Rejection, ...] = ()

    def __init__(self, root: Path, limits: LimitSettings) -> None:
        self._root, self._limits = root, limits

    def find(self, name: str) -> Entry | Rejection:
        if reason := unsafe_reason(name):
            return Rejection(name, f"{reason}; refused")
        path = self._root
        try:
            for part in name.split("/"):
                path /= part
                status = path.lstat()
                if stat.S_ISLNK(status.st_mode):
                    return Rejection(name, "is behind a symbolic link; refused")
        except (OSError, ValueError):
            return Rejection(name, MISSING)
        if not stat.S_ISREG(status.st_mode):
            return Rejection(name, "is not a file; refused")
        return file_entry(path, name, status.st_size, self._limits)

    def iter_names(self) -> Iterator[str]:
        found = iter_folder(self._root, self._limits)
        return (item.name for item in found if isinstance(item, Entry))


class ArchiveFiles:
    """The files of an archive, walked once; the archive stays open.

    Raises:
        ArchiveCorrupt: If nothing of it can be read.
    """

    def __init__(self, path: Path, limits: LimitSettings) -> None:
        held_open = ExitStack()
        weakref.finalize(self, held_open.close)
        self._found: dict[str, Entry | Rejection] = {}
        rejected = []
        for item in held_open.enter_context(opened(path, limits)):
            if isinstance(item, Entry):
                self._found[item.name] = item
            else:
                rejected.append(item)
                self._found.setdefault(item.member, item)
        self.rejected = tuple(rejected)

    def find(self, name: str) -> Entry | Rejection:
        return self._found.get(name) or Rejection(name, MISSING)

    def iter_names(self) -> Iterator[str]:
        return (name for name, item in self._found.items() if isinstance(item, Entry))


MISSING = "is not in the delivery"
_ARCHIVES: KeptOpen[ArchiveFiles] = KeptOpen()
_NAMES: KeptOpen[tuple[str, ...]] = KeptOpen()


def files_of(path: Path, limits: LimitSettings) -> DeliveryFiles:
    """The files of a folder or an archive.

    Raises:
        ArchiveCorrupt: If nothing of it can be read.
    """
    if path.is_dir():
        return FolderFiles(path, limits)
    try:
        return _ARCHIVES.get(path, limits, lambda: ArchiveFiles(path, limits))
    except OSError as error:
        raise ArchiveCorrupt(path.name, f"cannot be read ({error.strerror})") from error


def open_stream(entry: Entry) -> BinaryIO:
    """Open an entry for reading line by line or in small portions.

    Raises:
        ArchiveCorrupt: If it cannot be opened.
    """
    return io.BufferedReader(cast(io.RawIOBase, entry.open()), 2**16)


def first_names(path: Path) -> tuple[str, ...]:
    """Names of the first few thousand files of a delivery; none where it cannot be read."""

    def read() -> tuple[str, ...]:
        with opened(path, LimitSettings(max_member_bytes=ANY_SIZE)) as found:
            names = (item.name for item in found if isinstance(item, Entry))
            return tuple(islice(names, _N_FIRST_NAMES))

    try:
        return _NAMES.get(path, "", read)
    except (ArchiveCorrupt, OSError):
        return ()
