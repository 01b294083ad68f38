"""The files inside archives, as entries that are safe to name and to read; and those of a folder.

An archive comes from outside and may be hostile: no name is trusted as a path, no declared size is
believed while reading, links are never followed and nothing is ever written to disk. A bad entry
becomes a `Rejection` in its place in the sequence; its siblings go on.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO, TypeAlias

from core.errors import ArchiveCorrupt
from core.settings import LimitSettings


@dataclass(frozen=True, slots=True)
class Rejection:
    """A member that was not taken, and why."""

    member: str
    """Name as the archive spells it; unprintable characters escaped."""
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A regular file inside an archive."""

    name: str
    """Path inside the archive, parts separated by ``/``; unprintable characters escaped."""
    n_bytes: int
    """Unpacked size the archive declares; not to be believed."""
    read: Callable[[], bytes]
    """Reads the content; raises ArchiveCorrupt naming the entry."""
    open: Callable[[], BinaryIO]
    """Opens the content for reading in portions, seekable, for what is too large to hold.

    Raises ArchiveCorrupt; reading from it raises what damaged bytes make `zlib` and `tarfile`
    raise, and OSError.
    """

    @property
    def folder(self) -> str:
        """The folder inside the archive, ``""`` at its root."""
        folder = str(PurePosixPath(self.name).parent)
        return "" if folder == "." else folder

    @property
    def file(self) -> str:
        """The last part of the name."""
        return PurePosixPath(self.name).name

    @property
    def suffix(self) -> str:
        """The file's extension in lower case, ``".tif"``."""
        return PurePosixPath(self.name).suffix.lower()


Found: TypeAlias = Entry | Rejection
"""What walking an archive yields."""


def printable_name(raw: str) -> str:
    r"""A member name that can be printed, logged and stored anywhere.

    Bytes that were no UTF-8 (as `tarfile` hands them over) and control characters are escaped;
    backslashes become slashes.

    Example:
        >>> printable_name("a\\b\x1b[2J")
        'a/b\\x1b[2J'
    """
    slashed = raw.replace("\\", "/")
    if slashed.isascii() and slashed.isprintable():
        return slashed
    decoded = slashed.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in decoded)


def unsafe_reason(name: str) -> str | None:
    """Why a name must not be taken for a path, or None.

    Example:
        >>> unsafe_reason("../../etc/passwd")
        'its name leaves the archive (..)'
    """
    parts = name.split("/")
    if name.startswith("/") or (len(name) > 1 and name[1] == ":"):
        return "its name is an absolute path"
    if ".." in parts:
        return "its name leaves the archive (..)"
    return None if parts[-1] else "it has no name"


def too_large(n_bytes: int, limits: LimitSettings) -> str:
    """The reason to refuse a file of so many bytes."""
    return (
        f"is too large: {n_bytes} bytes where {limits.max_member_bytes} are allowed "
        "(LIMN_LIMITS__MAX_MEMBER_BYTES)"
    )


def irregular_kind(mode: int) -> str:
    """What a member is that is no regular file.

    Args:
        mode: As `stat` and the Unix attributes of a zip hold it.

    Example:
        >>> irregular_kind(0o120777)
        'a symbolic link'
    """
    if stat.S_ISLNK(mode):
        return "a symbolic link"
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a device, pipe or socket"


def screened(found: Iterable[Found], archive: str, limits: LimitSettings) -> Iterator[Found]:
    """Apply the rules that hold for every kind of archive.

    Refuses unsafe and repeated names and files that declare too many bytes, and stops with a
    rejection of the archive after `limits.max_archive_members`.
    """
    seen: set[str] = set()
    for n, item in enumerate(found):
        if n >= limits.max_archive_members:
            yield Rejection(
                archive,
                f"holds more than {limits.max_archive_members} members; "
                "the rest was not read (raise LIMN_LIMITS__MAX_ARCHIVE_MEMBERS if it is genuine)",
            )
            return
        if isinstance(item, Rejection):
            yield item
        elif reason := unsafe_reason(item.name):
            yield Rejection(item.name or "(no name)", f"{reason}; refused")
        elif item.name in seen:
            yield Rejection(item.name, "a second member of the same name; the first one is used")
        elif item.n_bytes > limits.max_member_bytes:
            yield Rejection(item.name, too_large(item.n_bytes, limits))
        else:
            seen.add(item.name)
            yield item


def iter_folder(root: Path, limits: LimitSettings) -> Iterator[Found]:
    """Walk the files under a folder in name order, without following links."""
    yield from screened(_folder_files(root, limits), root.name, limits)


def _folder_files(root: Path, limits: LimitSettings) -> Iterator[Found]:
    for place, folders, files in os.walk(root):
        folder = Path(place)
        folders.sort()
        linked = [name for name in folders if (folder / name).is_symlink()]
        for file in sorted([*files, *linked]):
            path = folder / file
            name = printable_name(path.relative_to(root).as_posix())
            status = path.lstat()
            if stat.S_ISREG(status.st_mode):
                yield file_entry(path, name, status.st_size, limits)
            else:
                yield Rejection(name, f"is {irregular_kind(status.st_mode)}, not a file; refused")


def file_entry(path: Path, name: str, n_bytes: int, limits: LimitSettings) -> Entry:
    """The entry of a file on disk, known to be no link."""
    read = partial(_read_file, path, name, limits)
    return Entry(name, n_bytes, read, partial(_open_file, path, name))


def _open_file(path: Path, name: str) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise ArchiveCorrupt(name, f"cannot be read ({error.strerror})") from error


def _read_file(path: Path, name: str, limits: LimitSettings) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(limits.max_member_bytes + 1)
    except OSError as error:
        raise ArchiveCorrupt(name, f"cannot be read ({error.strerror})") from error
    if len(content) > limits.max_member_bytes:
        raise ArchiveCorrupt(name, too_large(len(content), limits))
    return content
