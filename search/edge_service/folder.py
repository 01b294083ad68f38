"""The service's folder: owned by one process, written so that a crash leaves nothing half done."""

import contextlib
import fcntl
import json
import os
from pathlib import Path
from typing import Any, TextIO


class FolderTaken(Exception):
    """Another process serves this folder."""


def lock_folder(folder: Path) -> TextIO:
    """Take the folder for this process; the lock falls with the process, however it ends.

    The engine does not guard its shards well: a second owner corrupts the first one's flush.

    Returns:
        The open lock file; keep it.

    Raises:
        FolderTaken: Another process holds it; the message says which.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / "lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        owner = lock.read().strip() or "unknown"
        lock.close()
        raise FolderTaken(
            f"{folder} is served by process {owner}; stop that one or use another folder"
        ) from error
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def read_json(path: Path) -> Any:
    """A JSON file, or None where there is none."""
    if not path.exists():
        return None
    return json.loads(path.read_text(encoding="utf-8"))


def write_json(path: Path, value: object) -> None:
    """Replace a JSON file in one step, on disk before this returns."""
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_folder(path.parent)


def remove_file(path: Path) -> None:
    """Remove a file for good."""
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_files(folder: Path) -> None:
    """Put the files of a folder, and its list of them, on disk.

    A file that goes while the folder is walked is passed over: the engine makes the next segment of
    its log under a passing name, and nothing is written to it before it has its own.
    """
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            _sync(path)
    _sync(folder)


def sync_folder(folder: Path) -> None:
    """Put a folder's list of files on disk."""
    _sync(folder)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
