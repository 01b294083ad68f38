"""Folders that are copied once and never change: checkpoints."""

import os
import shutil
from pathlib import Path

from core.errors import StorageFailed


def copy_folder(source: Path, target: Path, name: str = "") -> None:
    """Copy a folder where there is none yet; it appears whole or not at all.

    Args:
        source: The folder.
        target: Where its content goes.
        name: Folder in the target that the content goes into instead.

    Raises:
        StorageFailed: If it cannot be read or written.
    """
    if target.exists():
        return
    draft = target.with_name(f".{target.name}-{os.getpid()}")
    try:
        shutil.copytree(source, draft / name)
        draft.rename(target)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        if not target.exists():  # another process may have been first
            raise StorageFailed(f"{source} cannot be copied to {target}: {error}") from error


def copy_folders(source: Path, target: Path) -> None:
    """Copy every folder in a folder, those alone that are not there yet.

    Raises:
        StorageFailed: If one cannot be read or written.
    """
    if source.is_dir():
        for folder in sorted(source.iterdir()):
            if folder.is_dir() and not folder.name.startswith("."):
                copy_folder(folder, target / folder.name)
