"""JSON tables, an array of objects or one object a line, read as a stream around damage.

A year of figures is hundreds of megabytes of JSON, so the file is never held. Objects are found
one behind the other; what lies between them and is no JSON is reported once, and reading goes on
at the next object. JSON's own ``NaN`` and ``Infinity``, which the standard does not know, are
read as missing.
"""

import json
from collections.abc import Iterator
from typing import BinaryIO, Final

from ingestion.table_rows import BadRow, Row, Span

_READ_BYTES = 2**22
_MAX_ROW_BYTES = 2**20
_MAX_MISSES = 10_000
"""Braces in a row that begin no object, after which the rest is given up: a bound on time."""
_BETWEEN: Final = " \t\r\n[],"
_BOM = "\xef\xbb\xbf"


class _Ambiguous(dict[str, object]):
    """An object that says one thing twice."""

    key = ""


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    read = dict(pairs)
    if len(read) == len(pairs):
        return read
    keys = [key for key, _ in pairs]
    ambiguous = _Ambiguous(read)
    ambiguous.key = next(key for key in keys if keys.count(key) > 1)
    return ambiguous


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=lambda _: None)


class JsonTable:
    """The objects of a JSON file.

    Args:
        file: Seekable; read from its start.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def iter_rows(self) -> Iterator[tuple[Span, Row] | BadRow]:
        """Read the objects in order, each with its place; damage in its place."""
        yield from _Scan(self._file).rows()

    def row_at(self, span: Span) -> Row | BadRow:
        """Read one object again."""
        self._file.seek(span.offset)
        return _parse(self._file.read(span.n_bytes), span.line)


def _parse(packed: bytes, line: int) -> Row | BadRow:
    try:
        read = _DECODER.decode(packed.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        return BadRow(line, f"cannot be read ({error})")
    return _checked(read, line)


def _checked(read: object, line: int) -> Row | BadRow:
    if isinstance(read, _Ambiguous):
        return BadRow(line, f"says {read.key!r} twice")
    return read if isinstance(read, dict) else BadRow(line, "is no object")


class _Scan:
    """One walk through a file.

    Bytes are looked at as Latin-1, one character each, so that places in the text are places in
    the file; JSON's own signs are ASCII. Objects with other characters are decoded again.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        file.seek(0)
        self._text = file.read(len(_BOM)).decode("latin-1")
        self._at = len(_BOM) if self._text == _BOM else 0
        self._start = 0
        """Place of `_text` in the file."""
        self._line = 1
        self._counted = 0
        """Characters of `_text` whose line ends are in `_line`."""
        self._ended = False
        self._is_array = False
        self._last_sign = ""
        """Last character between objects."""

    def rows(self) -> Iterator[tuple[Span, Row] | BadRow]:
        damaged_line: int | None = None
        n_misses = 0
        while n_misses < _MAX_MISSES:
            self._fill()
            passed_over = self._skip_to_object()
            damaged_line = damaged_line or passed_over
            if self._at == len(self._text):
                if self._ended:
                    break
                continue
            self._fill()
            line = self._count_lines(self._at)
            try:
                read, end = _DECODER.raw_decode(self._text, self._at)
            except (ValueError, RecursionError) as error:
                damaged_line = damaged_line or line
                n_misses += 10 if isinstance(error, RecursionError) else 1  # costs as much
                self._at += 1
                continue
            if damaged_line:
                yield BadRow(damaged_line, _DAMAGE)
            damaged_line, n_misses = None, 0
            span = Span(self._start + self._at, end - self._at, line)
            read = self._proper(read, span, end)
            self._at = end
            yield read if isinstance(read, BadRow) else (span, read)
        if damaged_line:
            rest = _DAMAGE if n_misses < _MAX_MISSES else f"{_DAMAGE}; the rest was given up"
            yield BadRow(damaged_line, rest)
        elif self._is_array and self._last_sign != "]":
            yield BadRow(self._count_lines(self._at), _CUT_OFF)

    def _fill(self) -> None:
        """Have a whole object's worth of text ahead, or all there is."""
        while not self._ended and len(self._text) - self._at < _MAX_ROW_BYTES:
            self._count_lines(self._at)
            portion = self._file.read(_READ_BYTES)
            self._ended = not portion
            self._text = self._text[self._at :] + portion.decode("latin-1")
            self._start, self._at, self._counted = self._start + self._at, 0, 0

    def _skip_to_object(self) -> int | None:
        """Go to the next brace, or to the end of the text.

        Returns:
            The line where something was passed over that has no place between objects.
        """
        found = self._text.find("{", self._at)
        end = len(self._text) if found < 0 else found
        between = self._text[self._at : end].strip()
        if between:
            self._is_array = self._is_array or (not self._last_sign and between[0] == "[")
            self._last_sign = between[-1]
        unknown = self._text[self._at : end].lstrip(_BETWEEN)
        self._at = end
        return self._count_lines(end - len(unknown)) if unknown else None

    def _count_lines(self, until: int) -> int:
        self._line += self._text.count("\n", self._counted, until)
        self._counted = until
        return self._line

    def _proper(self, read: object, span: Span, end: int) -> Row | BadRow:
        packed = self._text[self._at : end]
        if packed.isascii():
            return _checked(read, span.line)
        return _parse(packed.encode("latin-1"), span.line)


_DAMAGE = "is damaged or cut off here"
_CUT_OFF = "is cut off here: the array has no end; the rows before are good"
