"""The files inside a tar, plain or gzipped, read around damage.

`tarfile` ends quietly at the first damaged header, and everything behind it would be lost without
a word. Here the walk notices that it did not reach the end-of-archive mark, reports the place, and
looks for the next header behind it, at any byte: siblings of a damaged member are still found.
"""

import io
import os
import tarfile
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from core.errors import ArchiveCorrupt
from core.settings import LimitSettings
from ingestion.archive_entries import Entry, Found, Rejection, printable_name, screened
from ingestion.seekable_files import Slice

TAR_ERRORS = (
    tarfile.TarError,
    OSError,
    EOFError,
    zlib.error,
    ValueError,
    IndexError,
    OverflowError,
)
"""What `tarfile` and `gzip` raise on damaged input (observed by fuzzing)."""

_BLOCK_BYTES = 512
_MAGIC = b"ustar"
_MAGIC_AT = 257
_SCAN_BYTES = 2**18
_GZIP_FLOOR_BYTES = 64 * 2**20


def iter_tar(
    file: BinaryIO, archive: str, limits: LimitSettings, *, n_packed: int | None = None
) -> Iterator[Found]:
    """Walk the regular files of a tar; `file` must stay open while entries are read.

    Args:
        file: Seekable; for a gzipped tar, the unpacking stream.
        archive: Name of the archive, for messages.
        limits: Size, count and ratio limits, enforced on the bytes that come out.
        n_packed: Bytes of the gzip file where `file` unpacks one, None for a plain tar.
    """
    if n_packed is None:
        n_allowed = file.seek(0, os.SEEK_END)
    else:
        n_allowed = max(_GZIP_FLOOR_BYTES, int(n_packed * limits.max_compression_ratio))
    source = _Source(file, archive, n_allowed, limits.max_member_bytes, exact=n_packed is None)
    yield from screened(_members(source), archive, limits)


def is_tar_header(block: bytes) -> bool:
    """Whether 512 bytes are a tar header with a matching checksum."""
    try:
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        return False
    return True


def find_header(file: BinaryIO, start: int) -> int | None:
    """Byte offset of the first tar header at or after `start`, at any alignment, or None."""
    file.seek(start)
    window, at = b"", start
    while chunk := file.read(_SCAN_BYTES):
        window += chunk
        hit = window.find(_MAGIC, _MAGIC_AT)
        while hit >= 0:
            block = window[hit - _MAGIC_AT : hit - _MAGIC_AT + _BLOCK_BYTES]
            if len(block) < _BLOCK_BYTES:
                break
            if is_tar_header(block):
                return at + hit - _MAGIC_AT
            hit = window.find(_MAGIC, hit + 1)
        n_done = max(0, len(window) - _BLOCK_BYTES)
        window, at = window[n_done:], at + n_done
    return None


class _Source(io.RawIOBase):
    """The tar's bytes, refusing what a forged header would make `tarfile` ask for."""

    def __init__(
        self, file: BinaryIO, archive: str, n_allowed: int, max_read: int, *, exact: bool
    ) -> None:
        self.archive = archive
        self.n_allowed = n_allowed
        self.n_bytes = n_allowed if exact else None
        """Size of a plain tar; unknown, None, for a gzipped one."""
        self._file = file
        self._max_read = max(max_read, _SCAN_BYTES)

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= self._max_read:
            raise tarfile.ReadError(f"a header claims {size} bytes")
        if self.n_bytes is None:
            self._refuse_bomb(self._file.tell() + size)
        return self._file.read(size)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if self.n_bytes is None:
            self._refuse_bomb(offset)
        if whence != os.SEEK_SET or not 0 <= offset <= self.n_allowed:
            raise tarfile.ReadError("unexpected end of data")
        return self._file.seek(offset)

    def tell(self) -> int:
        return self._file.tell()

    def _refuse_bomb(self, n_unpacked: int) -> None:
        if n_unpacked > self.n_allowed:
            raise tarfile.ReadError("it unpacks to far more than its size; refused as a bomb")

    def find_header(self, start: int) -> int | None:
        """As the function of this name; None too where the rest cannot be unpacked."""
        try:
            return find_header(self, start)  # type: ignore[arg-type]
        except TAR_ERRORS:
            return None


@dataclass(frozen=True, slots=True)
class _Stop:
    """Where and why the walk of one undamaged stretch ended."""

    at: int
    reason: str
    resume_from: int
    """Where to look for the next header: inside the last member, as bytes may be missing."""


def _members(source: _Source) -> Iterator[Found]:
    start: int | None = 0
    last_name = "its start"
    while start is not None:
        stop, name = yield from _stretch(source, start)
        last_name = name or last_name
        if stop is None:
            return
        start = source.find_header(stop.resume_from)
        after = "nothing behind it can be read" if start is None else f"goes on at byte {start}"
        yield Rejection(
            source.archive,
            f"is damaged at byte {stop.at}, after {last_name}: {stop.reason}; {after}; "
            "fetch the archive again to get what is missing",
        )


def _stretch(
    source: _Source, start: int
) -> Generator[Found, None, tuple[_Stop | None, str | None]]:
    """Yield members from a header on until the archive ends (None) or is damaged."""
    name: str | None = None
    at = start
    resume_from = start + 1
    try:
        source.seek(start)
        with tarfile.open(
            fileobj=source, mode="r:", encoding="utf-8", errors="surrogateescape"
        ) as tar:
            while (member := tar.next()) is not None:
                tar.members = []  # type: ignore[attr-defined]  # else it keeps every header
                name = printable_name(member.name)
                if tar.offset <= at:
                    raise tarfile.ReadError("a header claims a negative size")
                at = tar.offset
                resume_from = member.offset_data
                if not member.isdir():
                    yield _found(source, member, name)
            at = tar.offset
        return _end(source, at, resume_from), name
    except RecursionError:  # thousands of extension headers in a row: go on behind those read
        return _Stop(at, "extension headers without a member", source.tell()), name
    except TAR_ERRORS as error:
        return _Stop(min(at, source.n_bytes or at), str(error), resume_from), name


def _end(source: _Source, at: int, resume_from: int) -> _Stop | None:
    """Tell the end-of-archive mark from a place where `tarfile` merely gave up."""
    source.seek(at)
    block = source.read(_BLOCK_BYTES)
    if not block:
        return _Stop(at, "it ends without an end-of-archive mark", resume_from)
    if any(block):
        return _Stop(at, "a member header is unreadable", resume_from)
    while block and not any(block):
        block = source.read(_SCAN_BYTES)
    return _Stop(at, "a stretch of zeros where a header should be", at) if block else None


def _found(source: _Source, member: tarfile.TarInfo, name: str) -> Found:
    if not member.isreg() or member.issparse():
        return Rejection(name, f"is {_kind(member)}, not a file; refused")
    n_there = None if source.n_bytes is None else max(0, source.n_bytes - member.offset_data)
    if n_there is not None and member.size > n_there:
        return Rejection(
            name, f"is cut off: the archive ends after {n_there} of its {member.size} bytes"
        )
    place = (member.offset_data, member.size)
    return Entry(
        name,
        member.size,
        partial(_read_member, source, name, *place),
        partial(Slice, source, *place),  # type: ignore[arg-type]  # what is used of a file is there
    )


def _read_member(source: _Source, name: str, offset: int, n_bytes: int) -> bytes:
    try:
        source.seek(offset)
        content = source.read(n_bytes)
    except TAR_ERRORS as error:
        raise ArchiveCorrupt(name, f"cannot be read ({error})") from error
    if len(content) < n_bytes:
        raise ArchiveCorrupt(name, f"is cut off after {len(content)} of {n_bytes} bytes")
    return content


def _kind(member: tarfile.TarInfo) -> str:
    if member.issym():
        return "a symbolic link"
    if member.islnk():
        return "a hard link"
    if member.issparse():
        return "a sparse file"
    return "a device, pipe or unknown kind of member"
