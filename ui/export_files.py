"""Tables as CSV, XLSX and JSON files. Pure; what a title says is never run as a formula."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import TypeAlias

import xlsxwriter
from PIL import Image

Cell: TypeAlias = str | int | float | date | None
Picture: TypeAlias = bytes | None

FORMATS = ("csv", "xlsx", "json")
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_PICTURE_PX = 110
_WIDTHS = {"title": 34, "owner": 26, "notes": 40, "publication_id": 20, "number": 20}
_MAX_CELL = 32_767
"""Letters that Excel takes in one cell."""


def table_file(
    kind: str, headings: Sequence[str], rows: Sequence[Sequence[Cell]], pictures: Iterable[Picture]
) -> bytes:
    """A table as a file.

    Args:
        kind: One of `FORMATS`.
        headings: Names of the columns.
        rows: Cells; dates are written as dates.
        pictures: One a row, drawn by XLSX alone; asked for only there.
    """
    if kind == "csv":
        return _csv(headings, rows)
    if kind == "xlsx":
        return _xlsx(headings, rows, pictures)
    named = [dict(zip(headings, map(_plain, row), strict=True)) for row in rows]
    return json.dumps({"hits": named}, ensure_ascii=False, indent=1).encode() + b"\n"


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula when it opens a CSV file.

    Example:
        >>> harmless("=cmd|' /C calc'!A0"), harmless("Chair")
        ("'=cmd|' /C calc'!A0", 'Chair')
    """
    return f"'{text}" if text.lstrip(" ").startswith(_STARTS_FORMULA) else text


def _csv(headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """UTF-8 with the mark that Excel knows it by."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(headings)
    for row in rows:
        plain = map(_plain, row)
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in plain])
    return b"\xef\xbb\xbf" + file.getvalue().encode("utf-8", "backslashreplace")


def _xlsx(
    headings: Sequence[str], rows: Sequence[Sequence[Cell]], pictures: Iterable[Picture]
) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)})
        sheet = book.add_worksheet("Hits")
        top = {"valign": "top", "text_wrap": True}
        head = book.add_format({"bold": True, "bottom": 1, "valign": "top"})
        text = book.add_format(top)
        day = book.add_format({**top, "num_format": "yyyy-mm-dd", "align": "left"})
        for column, heading in enumerate(["picture", *headings]):
            sheet.write_string(0, column, heading.replace("_", " "), head)
            sheet.set_column(column, column, _WIDTHS.get(heading, 14))
        sheet.set_column(0, 0, 17)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(1, len(rows)), len(headings))
        for number, (row, picture) in enumerate(zip(rows, pictures, strict=True), start=1):
            sheet.set_row_pixels(number, _PICTURE_PX + 8)
            if picture is not None:
                _draw(sheet, number, picture)
            for column, cell in enumerate(row, start=1):
                if isinstance(cell, date):
                    sheet.write_datetime(number, column, cell, day)
                elif isinstance(cell, int | float):
                    sheet.write_number(number, column, cell, text)
                elif cell:
                    sheet.write_string(number, column, _cell(cell), text)
    return file.getvalue()


def _draw(sheet: xlsxwriter.worksheet.Worksheet, number: int, picture: bytes) -> None:
    """Put a picture into the first column of a row, scaled to fit."""
    file = io.BytesIO()
    with Image.open(io.BytesIO(picture)) as opened:
        scale = _PICTURE_PX / max(opened.size)
        opened.convert("L").save(file, "PNG")
    options = {"x_scale": scale, "y_scale": scale, "x_offset": 4, "y_offset": 4}
    sheet.insert_image(number, 0, "drawing.png", {"image_data": file, "object_position": 1,
                                                  **options})  # fmt: skip


def _cell(text: str) -> str:
    """Text as a cell takes it: XML knows no lone surrogates."""
    return text.encode("utf-8", "backslashreplace").decode()[:_MAX_CELL]


def _plain(cell: Cell) -> str | int | float | None:
    return cell.isoformat() if isinstance(cell, date) else cell
