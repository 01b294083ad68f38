"""The files inside a zip: counted before its directory is read, measured as they are unpacked."""

import mmap
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from core.errors import ArchiveCorrupt
from core.settings import LimitSettings
from ingestion.archive_entries import (
    Entry,
    Found,
    Rejection,
    irregular_kind,
    printable_name,
    screened,
    too_large,
)
from ingestion.seekable_files import DEFLATE_WBITS, Inflated, Slice

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

_RATIO_FLOOR_BYTES = 4 * 2**20
"""Unpacked size below which the compression ratio is not looked at: blank pages pack well."""
_ENCRYPTED_FLAG = 0x1
_ENTRY_SIGNATURE = b"PK\x01\x02"
_LOCAL_SIGNATURE = b"PK\x03\x04"
_LOCAL_HEADER_BYTES = 30
_DIRECTORY_BYTES = 2**28
"""More than a zip's directory of a million entries."""


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
    budget = _Budget(max(_RATIO_FLOOR_BYTES, int(n_packed * limits.max_compression_ratio)))
    yield from screened(_zip_infos(opened, budget, limits), archive, limits)


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
            yield Rejection(name, f"is {irregular_kind(mode)}, not a file; refused")
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
        raise ArchiveCorrupt(name, too_large(len(content), limits))
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
    n_allowed = max(_RATIO_FLOOR_BYTES, int(info.compress_size * limits.max_compression_ratio))
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
