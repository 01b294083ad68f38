"""Files that are whole before they have their names, and on the disk where they must be."""

import os
import tempfile
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

UNFINISHED = ".incoming-"
"""How names begin that are not final yet."""
_WAITING_THREADS = 8


class DurableFiles:
    """Files written together; see `durable_files`."""

    def __init__(self) -> None:
        self._written: dict[str, str] = {}

    def write(self, path: Path, data: bytes) -> None:
        """Write under a temporary name; a file of this size under the final name is left alone.

        Raises:
            OSError: If it cannot be written.
        """
        final = os.fspath(path)
        if final in self._written or _has_size(final, len(data)):
            return
        descriptor, temporary = _start_beside(path)
        self._written[final] = temporary
        _write_whole(descriptor, data)

    def finish(self) -> None:
        """Force all bytes to the disk, give the files their names, force the names to the disk."""
        _force(self._written.values())
        for final, temporary in self._written.items():
            os.replace(temporary, final)  # noqa: PTH105 - Paths cost more than the system's calls
        _force({final.rpartition(os.sep)[0] for final in self._written})
        self._written.clear()

    def abandon(self) -> None:
        """Take away what has no name yet."""
        for temporary in self._written.values():
            Path(temporary).unlink(missing_ok=True)


@contextmanager
def durable_files() -> Iterator[DurableFiles]:
    """Write files that all are durable when the block ends; none is kept where it fails.

    All are waited for at once: a file system that journals then commits a few times for all of them
    instead of once a file, which took seven times as long for a publication of 14 pictures.
    """
    files = DurableFiles()
    try:
        yield files
        files.finish()
    finally:
        files.abandon()


def write_lightly(path: Path, data: bytes) -> None:
    """Write what can be made again: whole for every reader, but not forced to the disk.

    Raises:
        OSError: If it cannot be written.
    """
    descriptor, temporary = _start_beside(path)
    try:
        _write_whole(descriptor, data)
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise


def _has_size(path: str, n_bytes: int) -> bool:
    try:
        return os.stat(path).st_size == n_bytes  # noqa: PTH116
    except FileNotFoundError:
        return False


def _start_beside(path: Path) -> tuple[int, str]:
    """Open a file under a temporary name in the folder where it is to lie."""
    try:
        return tempfile.mkstemp(dir=path.parent, prefix=UNFINISHED)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return tempfile.mkstemp(dir=path.parent, prefix=UNFINISHED)


def _write_whole(descriptor: int, data: bytes) -> None:
    """Write all of a file, for all to read, and close it."""
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        os.fchmod(descriptor, 0o644)


def _force(paths: Collection[str]) -> None:
    """Wait until files or folders are on the disk, all together."""
    if len(paths) < 2:
        for path in paths:
            _force_one(path)
        return
    for _ in _waiting(os.getpid()).map(_force_one, paths):
        pass


@lru_cache(maxsize=1)
def _waiting(pid: int) -> ThreadPoolExecutor:  # noqa: ARG001 - threads do not survive a fork
    """Threads that wait for the disk: kept, since starting them took longer than many a wait."""
    return ThreadPoolExecutor(_WAITING_THREADS, "waiting-for-disk")


def _force_one(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
