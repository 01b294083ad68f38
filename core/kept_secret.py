"""Secrets that an installation makes for itself and keeps under its home."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from core.errors import StorageFailed


def kept_secret(path: Path) -> str:
    """A random secret that only this user can read, made where there is none.

    Raises:
        StorageFailed: If it cannot be kept.
    """
    try:
        if not path.exists():
            _make_secret(path)
        return path.read_text()
    except OSError as error:
        raise StorageFailed(f"{path} cannot be kept: {error.strerror}; check its rights") from error


def _make_secret(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # of two that make it at once both read the first one's
            path.hardlink_to(draft)
    finally:
        draft.unlink()
