"""A folder that archives are put into: which of them are complete, and taking those in.

The folder is looked at again and again: file systems of networks tell nobody of their changes.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import ArchiveChanged, ArchiveCorrupt, BadInput
from ingestion.archive_marks import read_mark
from ingestion.watch_ledger import WatchedFile
from workers.ingestion import start_upload
from workers.resources import Resources

PARTIAL_SUFFIXES = frozenset({".part", ".partial", ".crdownload", ".tmp", ".filepart", ".download"})
"""Endings of files that a browser or a copying program has not finished."""


@dataclass
class WatchedFolder:
    """The files of one folder, not of its subfolders, and since when each is as it is now.

    Attributes:
        path: The folder.
        settled_s: A file that did not change for so long is complete.
        clock: Seconds, any clock that only goes forward.
    """

    path: Path
    settled_s: float
    clock: Callable[[], float] = time.monotonic
    _since: dict[Path, tuple[str, float]] = field(default_factory=dict)

    def settled(self) -> list[tuple[Path, str]]:
        """Look once.

        Returns:
            The complete files with their marks, by name; the same ones at every look.

        Raises:
            OSError: If the folder cannot be read.
        """
        now = self.clock()
        since: dict[Path, tuple[str, float]] = {}
        for path in sorted(self.path.iterdir()):
            mark = _mark(path)
            if mark is not None:
                known = self._since.get(path)
                since[path] = known if known and known[0] == mark else (mark, now)
        self._since = since
        return [(path, mark) for path, (mark, at) in since.items() if now - at >= self.settled_s]


def take_file(resources: Resources, path: Path, mark: str) -> WatchedFile | None:
    """Enter a complete file, unless it is known as it is.

    Returns:
        What became of it; None where that was known before, or it is being written again.

    Raises:
        TransientError: If the queue or the catalogue does not answer; try again.
        StorageFailed: If the catalogue cannot be written.
    """
    known = resources.catalogue.watched_file(str(path))
    if known is not None and known.mark == mark:
        return None
    try:
        upload_id = start_upload(resources, path).upload_id
    except ArchiveChanged:
        return None
    except BadInput as error:
        taken = WatchedFile(str(path), mark, None, str(error))
    else:
        taken = WatchedFile(str(path), mark, upload_id, None)
    resources.catalogue.note_watched_file(taken)
    return taken


def _mark(path: Path) -> str | None:
    """The mark of a file worth looking at; None for folders and unfinished files."""
    is_unfinished = path.name.startswith(".") or path.suffix.lower() in PARTIAL_SUFFIXES
    if is_unfinished or path.is_dir():
        return None
    try:
        return read_mark(path)
    except ArchiveCorrupt:  # gone since the folder was listed
        return None
