"""The files inside a zip or a folder, as entries that are safe to name and to read.

An archive comes from outside and may be hostile: no name is trusted as a path, no declared size is
believed while reading, links are never followed and nothing is ever written to disk. A bad entry
becomes a `Rejection` in its place in the sequence; its siblings go on.
"""

import mmap
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO, TypeAlias

from core.errors import ArchiveCorrupt
from core.settings import LimitSettings
from ingestion.seekable_files import DEFLATE_WBITS, Inflated, Slice

RATIO_FLOOR_BYTES = 4 * 2**20
"""Unpacked size below which the compression ratio is not looked at: blank pages pack well."""

ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    struct.error,
)
"""What `zipfile` raises on damaged input (observed by fuzzing, not only `BadZipFile`)."""

_ENCRYPTED_FLAG = 0x1
_ENTRY_SIGNATURE = b"PK\x01\x02"
_LOCAL_SIGNATURE = b"PK\x03\x04"
_LOCAL_HEADER_BYTES = 30
_DIRECTORY_BYTES = 2**28
"""More than a zip's directory of a million entries."""


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
            yield Rejection(item.name, _too_large(item.n_bytes, limits))
        else:
            seen.add(item.name)
            yield item


def iter_zip(file: BinaryIO, archive: str, limits: LimitSettings) -> Iterator[Found]:
    """Walk the files of a zip; `file` must stay open while entries are read.

    Sizes are enforced on the bytes that come out, over the zip as a whole as well as per file.

    Raises:
        ArchiveCorrupt: On the first step, if the zip's directory cannot be read.
    """
    n_packed = file.seek(0, os.SEEK_END)
    _refuse_crowded(file, archive, limits)
    try:
        opened = zipfile.ZipFile(file)
    except ZIP_ERRORS as error:
        raise ArchiveCorrupt(
            archive, f"its zip directory cannot be read ({error}); it may be cut off"
        ) from error
    budget = _Budget(max(RATIO_FLOOR_BYTES, int(n_packed * limits.max_compression_ratio)))
    yield from screened(_zip_infos(opened, budget, limits), archive, limits)


def iter_folder(root: Path, limits: LimitSettings) -> Iterator[Found]:
    """Walk the files under a folder in name order, without following links."""
    yield from screened(_folder_files(root, limits), root.name, limits)


@dataclass(slots=True)
class _Budget:
    """Bytes that may still come out of one zip."""

    n_left: int


def _zip_infos(opened: zipfile.ZipFile, budget: _Budget, limits: LimitSettings) -> Iterator[Found]:
    for info in opened.infolist():
        name = printable_name(info.filename)
        mode = info.external_attr >> 16
        if name.endswith("/"):
            continue
        if mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
            yield Rejection(name, f"is {_kind(mode)}, not a file; refused")
        elif info.flag_bits & _ENCRYPTED_FLAG:
            yield Rejection(name, "is encrypted; ask the sender for it without a password")
        elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            yield Rejection(
                name,
                f"is packed with method {info.compress_type}; only stored and deflated are read",
            )
        else:
            read = partial(_read_zipped, opened, info, name, budget, limits)
            stream = partial(_open_zipped, opened, info, name, limits)
            yield Entry(name, info.file_size, read, stream)


def _read_zipped(
    opened: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    name: str,
    budget: _Budget,
    limits: LimitSettings,
) -> bytes:
    n_allowed = min(budget.n_left, limits.max_member_bytes)
    try:
        with opened.open(info) as member:
            content = member.read(n_allowed + 1)
    except ZIP_ERRORS as error:
        raise ArchiveCorrupt(name, f"is damaged ({error})") from error
    budget.n_left -= len(content)
    if len(content) > limits.max_member_bytes:
        raise ArchiveCorrupt(name, _too_large(len(content), limits))
    if budget.n_left < 0:
        raise ArchiveCorrupt(
            name,
            f"unpacks to more than {limits.max_compression_ratio:g} times the size of its zip; "
            "refused as a zip bomb",
        )
    return content


def _open_zipped(
    opened: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, limits: LimitSettings
) -> BinaryIO:
    file: BinaryIO = opened.fp  # type: ignore[assignment]  # None once closed
    file.seek(info.header_offset)
    header = file.read(_LOCAL_HEADER_BYTES)
    if len(header) < _LOCAL_HEADER_BYTES or not header.startswith(_LOCAL_SIGNATURE):
        raise ArchiveCorrupt(name, "is damaged (its header in the zip cannot be read)")
    start = info.header_offset + len(header) + sum(struct.unpack("<HH", header[26:]))
    packed = Slice(file, start, info.compress_size)
    if info.compress_type == zipfile.ZIP_STORED:
        return packed  # type: ignore[return-value]  # what is used of a file is there
    n_allowed = max(RATIO_FLOOR_BYTES, int(info.compress_size * limits.max_compression_ratio))
    return Inflated(packed, DEFLATE_WBITS, n_allowed, info.CRC)  # type: ignore[arg-type, return-value]


def _refuse_crowded(file: BinaryIO, archive: str, limits: LimitSettings) -> None:
    """Count directory entries before `zipfile` makes an object of each."""
    if file.seek(0, os.SEEK_END) == 0:
        raise ArchiveCorrupt(archive, "is empty (0 bytes)")
    try:
        buffer = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError:  # held in memory, or in parts
        n_entries = _count_entries(file)
    else:
        with buffer:
            n_entries, at = 0, buffer.find(_ENTRY_SIGNATURE)
            while at >= 0 and n_entries <= limits.max_archive_members:
                n_entries, at = n_entries + 1, buffer.find(_ENTRY_SIGNATURE, at + 4)
    if n_entries > limits.max_archive_members:
        raise ArchiveCorrupt(
            archive, f"holds more than {limits.max_archive_members} members; refused"
        )


def _count_entries(file: BinaryIO) -> int:
    """Directory entries in the last stretch of a file, where the directory of a zip lies."""
    file.seek(max(0, file.seek(0, os.SEEK_END) - _DIRECTORY_BYTES))
    n_entries, kept = 0, b""
    while portion := file.read(2**20):
        window = kept + portion
        n_entries += window.count(_ENTRY_SIGNATURE)
        kept = window[1 - len(_ENTRY_SIGNATURE) :]
    return n_entries


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
                yield Rejection(name, f"is {_kind(status.st_mode)}, not a file; refused")


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
        raise ArchiveCorrupt(name, _too_large(len(content), limits))
    return content


def _too_large(n_bytes: int, limits: LimitSettings) -> str:
    return (
        f"is too large: {n_bytes} bytes where {limits.max_member_bytes} are allowed "
        "(LIMN_LIMITS__MAX_MEMBER_BYTES)"
    )


def _kind(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "a symbolic link"
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a device, pipe or socket"
