"""CSV tables as spreadsheets write them: any delimiter, UTF-8 or Windows-1252.

A quote that is opened and never closed costs its own line, not the rest of the table.
"""

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from core.errors import ArchiveCorrupt
from ingestion.table_rows import BadRow, Row, Span

_MAX_LINE_BYTES = 2**20
_MAX_ROW_LINES = 40
_DELIMITERS = ",;\t|"
_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")


class CsvTable:
    """A CSV file with a line of column names.

    Args:
        file: Seekable; read from its start.
        name: Of the file, for messages.

    Raises:
        ArchiveCorrupt: If it has no line of column names.

    Attributes:
        columns: Names of the columns, lower case, words joined by ``_``.
        n_windows_1252: Lines read so far that were no UTF-8.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        self.n_windows_1252 = 0
        file.seek(0)
        header = file.readline(_MAX_LINE_BYTES)
        if header.startswith(_UTF16_BOMS):
            raise ArchiveCorrupt(name, "is UTF-16; save it as CSV in UTF-8")
        if b"\0" in header:
            raise ArchiveCorrupt(name, "is UTF-16 without a mark, or no text; save it in UTF-8")
        self._start = len(header)
        text = self._decode(header.removeprefix(_UTF8_BOM))
        self._delimiter = max(_DELIMITERS, key=text.count)
        try:
            cells = next(csv.reader([text], delimiter=self._delimiter, strict=True), [])
        except csv.Error as error:
            raise ArchiveCorrupt(name, f"its line of column names is damaged ({error})") from error
        self.columns = tuple("_".join(cell.lower().split()) for cell in cells)
        if not any(self.columns):
            raise ArchiveCorrupt(name, "has no line of column names")
        named = [column for column in self.columns if column]
        if repeated := {column for column in named if named.count(column) > 1}:
            raise ArchiveCorrupt(name, f"names a column twice: {', '.join(sorted(repeated))}")

    def iter_rows(self) -> Iterator[tuple[Span, Row] | BadRow]:
        """Read the rows below the column names; empty lines are passed over."""
        offset, line = self._start, 2
        while True:
            self._file.seek(offset)
            lines, cells = self._take(self._file)
            if not lines:
                return
            span = Span(offset, sum(map(len, lines)), line)
            offset, line = offset + span.n_bytes, line + len(lines)
            read = self._row(cells, span)
            if isinstance(read, BadRow):
                yield read
            elif read:
                yield span, read

    def row_at(self, span: Span) -> Row | BadRow:
        """Read one row again."""
        self._file.seek(span.offset)
        _, cells = self._take(io.BytesIO(self._file.read(span.n_bytes)))
        return self._row(cells, span)

    def _take(self, file: BinaryIO) -> tuple[list[bytes], list[str] | str]:
        """The lines of the next row, with its cells or what is wrong with its first line."""
        lines: list[bytes] = []

        def texts() -> Iterator[str]:
            while len(lines) < _MAX_ROW_LINES and (line := file.readline(_MAX_LINE_BYTES)):
                lines.append(line)
                yield self._decode(line)

        try:
            cells = next(csv.reader(texts(), delimiter=self._delimiter, strict=True), [])
        except csv.Error as error:
            if len(lines[0]) == _MAX_LINE_BYTES and not lines[0].endswith(b"\n"):
                return lines[:1], f"is longer than {_MAX_LINE_BYTES} bytes"
            return lines[:1], f"cannot be read ({error})"
        return lines, cells

    def _row(self, cells: list[str] | str, span: Span) -> Row | BadRow:
        if isinstance(cells, str):
            return BadRow(span.line, cells)
        if not any(cells):
            return {}
        if any(cells[len(self.columns) :]):
            n_cells = f"has {len(cells)} cells under {len(self.columns)} column names"
            return BadRow(span.line, n_cells)
        return {name: cell for name, cell in zip(self.columns, cells, strict=False) if name}

    def _decode(self, line: bytes) -> str:
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            self.n_windows_1252 += 1
            return line.decode("cp1252", "replace")
