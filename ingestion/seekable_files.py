"""Read-only files made of other files: several parts as one, a stretch of one, a packed one.

All are seekable, none copies anything to disk, and several may read from the same file beneath
them, since each seeks before it reads. Not for use by two threads at once.
"""

import bisect
import io
import os
import zlib
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

GZIP_WBITS = 31
"""For `Inflated`: a gzip file, of one member or several."""
DEFLATE_WBITS = -15
"""For `Inflated`: bare deflated bytes, as a zip holds them."""

_PACKED_BYTES = 2**15
_STEP_BYTES = 2**14
"""Lost before a damaged place at most."""
_BLOCK_BYTES = 2**18
_FIRST_SPACING_BYTES = 2**22
_MAX_MARKS = 512


class _Seekable(io.RawIOBase):
    """Keeps the place; a subclass reads at it."""

    def __init__(self) -> None:
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = 0 if whence == os.SEEK_SET else self._at if whence == os.SEEK_CUR else self._size()
        at = base + offset
        if at < 0:
            raise OSError("before the start of the file")
        self._at = at
        return at

    def readinto(self, buffer: Any) -> int:
        content = self.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)

    @abstractmethod
    def read(self, size: int = -1) -> bytes:
        """Content from the place on, which moves behind it; all of it where `size` is negative."""

    def _size(self) -> int:
        raise io.UnsupportedOperation("where it ends is unknown")


class Slice(_Seekable):
    """A stretch of a seekable file."""

    def __init__(self, file: BinaryIO, start: int, n_bytes: int) -> None:
        super().__init__()
        self._file, self._start, self._n_bytes = file, start, n_bytes

    def read(self, size: int = -1) -> bytes:
        n_left = max(0, self._n_bytes - self._at)
        self._file.seek(self._start + self._at)
        content = self._file.read(n_left if size < 0 else min(size, n_left))
        self._at += len(content)
        return content

    def _size(self) -> int:
        return self._n_bytes


class Joined(_Seekable):
    """Files on disk one behind the other, read as one file.

    Raises:
        OSError: If a part cannot be opened.
    """

    def __init__(self, parts: Sequence[Path]) -> None:
        super().__init__()
        self._files: list[BinaryIO] = []
        self._ends: list[int] = []
        for part in parts:
            self._files.append(part.open("rb"))
            end = self._files[-1].seek(0, os.SEEK_END)
            self._ends.append(end + (self._ends[-1] if self._ends else 0))

    def read(self, size: int = -1) -> bytes:
        n_left = max(0, self._size() - self._at)
        n_wanted = n_left if size < 0 else min(size, n_left)
        pieces = []
        while n_wanted:
            part = bisect.bisect_right(self._ends, self._at)
            start = self._ends[part - 1] if part else 0
            self._files[part].seek(self._at - start)
            piece = self._files[part].read(min(n_wanted, self._ends[part] - self._at))
            if not piece:
                raise OSError("a part became shorter while it was read")
            pieces.append(piece)
            self._at += len(piece)
            n_wanted -= len(piece)
        return b"".join(pieces)

    def close(self) -> None:
        for file in self._files:
            file.close()
        super().close()

    def _size(self) -> int:
        return self._ends[-1] if self._ends else 0


@dataclass(frozen=True, slots=True)
class _Mark:
    """A place from which unpacking can go on."""

    n_out: int
    n_in: int
    inflater: Any


class Inflated(_Seekable):
    """A packed file, unpacked as it is read, with places kept to go back to.

    Deflate has no random access: going back means starting over. Here a copy of the unpacker is
    kept every few megabytes (at most 512 copies of some 45 kB; the distance doubles when there
    are more), so that a seek costs at most one such distance.

    Args:
        file: The packed bytes, from its start to its end.
        wbits: `GZIP_WBITS` or `DEFLATE_WBITS`.
        n_allowed: Unpacked bytes beyond which reading is refused; None where the caller counts.
        crc32: What the unpacked bytes must come to, checked when their end is reached for the
            first time; None where the packed file says it itself, as gzip does.
    """

    def __init__(
        self,
        file: BinaryIO,
        wbits: int,
        n_allowed: int | None = None,
        crc32: int | None = None,
    ) -> None:
        super().__init__()
        self._file, self._wbits, self._n_allowed = file, wbits, n_allowed
        self._crc32, self._seen_crc32, self._n_seen = crc32, 0, 0
        self._spacing = _FIRST_SPACING_BYTES
        self._damage: zlib.error | EOFError | None
        self._marks = [_Mark(0, 0, zlib.decompressobj(wbits))]
        self._resume(self._marks[0])

    def read(self, size: int = -1) -> bytes:
        """Read on. A sized read that meets damage gives what comes before it; the next one raises.

        Raises:
            zlib.error, EOFError: Where the packed bytes are damaged or end too early.
            OSError: If it unpacks to more than is allowed.
        """
        pieces: list[bytes] = []
        n_left = size
        while n_left:
            try:
                if not self._reach():
                    break
            except (zlib.error, EOFError):
                if size < 0 or not pieces:
                    raise
                break
            offset = self._at - self._block_at
            piece = self._block[offset : None if size < 0 else offset + n_left]
            pieces.append(piece)
            self._at += len(piece)
            n_left -= len(piece) if size > 0 else 0
        return b"".join(pieces)

    def _reach(self) -> bool:
        """Unpack until the block holds the place; False where the file ends before it."""
        if self._at < self._block_at or self._at >= self._n_out + self._spacing:
            nearest = bisect.bisect_right(self._marks, self._at, key=lambda mark: mark.n_out) - 1
            mark = self._marks[nearest]
            if self._at < self._block_at or mark.n_out > self._n_out:
                self._resume(mark)
        while self._at >= self._n_out:
            if not self._next_block():
                return False
        return True

    def _resume(self, mark: _Mark) -> None:
        self._inflater = mark.inflater.copy()
        self._n_in, self._n_out = mark.n_in, mark.n_out
        self._pending, self._damage = b"", None
        self._block, self._block_at = b"", mark.n_out

    def _next_block(self) -> bool:
        if self._n_out >= self._marks[-1].n_out + self._spacing:
            self._mark()
        pieces, n_block = [], 0
        if self._damage is not None:
            raise self._damage
        try:
            while n_block < _BLOCK_BYTES and self._has_more():
                piece = self._inflate(min(_STEP_BYTES, _BLOCK_BYTES - n_block))
                pieces.append(piece)
                n_block += len(piece)
        except (zlib.error, EOFError) as error:  # what came before it is good
            if not n_block:
                raise
            self._damage = error
        self._block, self._block_at = b"".join(pieces), self._n_out
        self._check(n_block)
        self._n_out += n_block
        if self._n_allowed is not None and self._n_out > self._n_allowed:
            raise OSError(f"it unpacks to more than {self._n_allowed} bytes; refused as a bomb")
        return n_block > 0

    def _check(self, n_block: int) -> None:
        if self._crc32 is None or self._n_out != self._n_seen:
            return
        self._seen_crc32 = zlib.crc32(self._block, self._seen_crc32)
        self._n_seen += n_block
        if not n_block and self._seen_crc32 != self._crc32:
            raise zlib.error("the unpacked bytes do not match their checksum")

    def _inflate(self, n_wanted: int) -> bytes:
        packed = self._pending or self._read_packed()
        piece: bytes = self._inflater.decompress(packed, n_wanted)
        self._pending = self._inflater.unconsumed_tail or self._inflater.unused_data
        if not packed and not piece:
            raise EOFError("the packed file ends too early")
        return piece

    def _has_more(self) -> bool:
        """Whether this stream goes on, or a further gzip member follows it."""
        if not self._inflater.eof:
            return True
        if self._wbits != GZIP_WBITS:
            return False
        while len(self._pending) < 2 and (packed := self._read_packed()):
            self._pending += packed
        if not self._pending.startswith(b"\x1f\x8b"):
            return False
        self._inflater = zlib.decompressobj(self._wbits)
        return True

    def _read_packed(self) -> bytes:
        self._file.seek(self._n_in)
        packed = self._file.read(_PACKED_BYTES)
        self._n_in += len(packed)
        return packed

    def _mark(self) -> None:
        if self._inflater.eof:
            return
        n_in = self._n_in - len(self._pending)
        self._marks.append(_Mark(self._n_out, n_in, self._inflater.copy()))
        if len(self._marks) > _MAX_MARKS:
            del self._marks[1::2]
            self._spacing *= 2
