"""Whether an archive is still the file that was entered into the ledger.

Workers read an archive long after it was listed, many times, and somebody may write to it
meanwhile. Its mark (size, time of last change, inode) is noted when it is hashed and looked at
before anything read from it is stored; where it differs, the content is hashed again.

The mark of a folder is made of those of all its files. Of a large one that takes seconds, so it is
not looked at again before twenty times as long has passed, unless something in it is wrong.
"""

import hashlib
import os
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from core.errors import ArchiveChanged, ArchiveCorrupt
from ingestion.catalogue_records import Upload
from ingestion.deliveries import delivery_sha256, is_one_file


def read_mark(path: Path) -> str:
    """The mark of a file, or of all files below a folder.

    Of a delivery that is made of many files, the mark of the one that names the others.

    Raises:
        ArchiveCorrupt: If there is nothing at this path.
    """
    try:
        return _folder_mark(path) if path.is_dir() else _file_mark(path.stat())
    except OSError as error:
        raise ArchiveCorrupt(str(path), f"cannot be opened ({error.strerror})") from error


def hash_unchanged(path: Path, mark: str) -> str:
    """Hash an archive whose mark was read before it was listed.

    Raises:
        ArchiveChanged: If it was written to meanwhile.
        ArchiveCorrupt: If it cannot be read.
    """
    sha256 = delivery_sha256(path)
    if read_mark(path) != mark:
        raise ArchiveChanged(path.name, "is still being written; try again when it is complete")
    return sha256


def check_unchanged(upload: Upload, *, thoroughly: bool = False) -> None:
    """Make sure that an archive is the one that was entered.

    Args:
        upload: As the ledger has it.
        thoroughly: Look at a folder even if that was done a moment ago. Hash a file even if its
            mark is the same, unless it names others. Content is hashed once a process and mark.

    Raises:
        ArchiveChanged: If it is not.
        ArchiveCorrupt: If it is gone or cannot be read.
    """
    path = Path(upload.path)
    if path.is_dir():
        mark = _LOOKS.mark(path, afresh=thoroughly)
        if upload.mark in (None, mark):  # none was noted by an older Limn
            return
    else:
        mark = read_mark(path)
        if mark == upload.mark and not (thoroughly and is_one_file(path)):
            return
    if _sha256(path, mark) != upload.upload_id:
        raise ArchiveChanged(
            path.name,
            f"has changed since it was entered: {_difference(path, upload)}. Nothing more is taken "
            "from it: put it back and run `limn retry`, or take the new one in with `limn ingest`",
        )


@lru_cache(maxsize=16)
def _sha256(path: Path, mark: str) -> str:  # noqa: ARG001 - a new mark is a new question
    return delivery_sha256(path)


def _difference(path: Path, upload: Upload) -> str:
    if path.is_dir():
        return f"files below {path} were written, put there or taken away"
    n_bytes = path.stat().st_size
    if n_bytes == upload.size_bytes:
        return f"{path} was written to and holds other bytes now, though as many"
    return f"{path} held {upload.size_bytes:,} bytes and now holds {n_bytes:,}"


def _file_mark(status: os.stat_result) -> str:
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ino}"


def _folder_mark(path: Path) -> str:
    digest = hashlib.sha256()
    for folder, folders, files in os.walk(path):
        folders.sort()
        for name in sorted(files):
            file = os.path.join(folder, name)  # noqa: PTH118 - a Path for each costs four times as much
            with suppress(FileNotFoundError):  # gone since the folder was listed
                digest.update(os.fsencode(file) + f"\0{_file_mark(os.lstat(file))}\n".encode())
    return digest.hexdigest()


class _Looks:
    """The marks of folders as they were when last looked at."""

    def __init__(self) -> None:
        self._last: dict[Path, tuple[str, float]] = {}
        """Mark, and until when it is taken for the folder's."""

    def mark(self, path: Path, *, afresh: bool) -> str:
        """The folder's mark, looked at again where asked for or where it is old."""
        begun = time.monotonic()
        known = self._last.get(path)
        if known and begun < known[1] and not afresh:
            return known[0]
        mark = read_mark(path)
        ended = time.monotonic()
        self._last[path] = (mark, ended + _PATIENCE * (ended - begun))
        return mark


_PATIENCE = 20
"""Looking at a folder takes a twentieth of the time at most."""
_LOOKS = _Looks()
