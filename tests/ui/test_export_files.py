"""Tables as files: whatever a title says, no spreadsheet runs it."""

import csv
import io
import json
import re
import zipfile
from datetime import date

import pytest
from PIL import Image

from ui.export_files import harmless, table_file

HOSTILE = [
    "=cmd|' /C calc'!A0", "+1+1", "-2", "@SUM(A1)", "\t=1", "\r=1", "  =HYPERLINK(\"x\")",
    'quo"te, comma;\nline', "椅子 כיסא Łódź", "\ud800", "x" * 40_000, "",
]  # fmt: skip
HEADINGS = ("title", "score", "published")
ROWS = [(title, 0.5, date(2021, 1, 5)) for title in HOSTILE]


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("L", (40, 200), 128).save(file, "WEBP")
    return file.getvalue()


@pytest.mark.parametrize("text", HOSTILE[:7])
def test_a_formula_becomes_text(text: str) -> None:
    assert harmless(text) == f"'{text}"


def test_csv_reads_back_with_every_formula_quoted() -> None:
    data = table_file("csv", HEADINGS, ROWS, ())
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert [row["title"] for row in rows[:7]] == [f"'{title}" for title in HOSTILE[:7]]
    assert [row["title"] for row in rows[7:9]] == HOSTILE[7:9]
    assert rows[9]["title"] == "\\ud800"
    assert (rows[0]["score"], rows[0]["published"]) == ("0.5", "2021-01-05")


def test_xlsx_holds_text_numbers_dates_and_pictures_but_no_formula() -> None:
    pictures = [picture() if n % 2 else None for n in range(len(ROWS))]
    data = table_file("xlsx", HEADINGS, ROWS, pictures)
    assert data == table_file("xlsx", HEADINGS, ROWS, pictures), "the same bytes every time"
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()
        drawn = [name for name in book.namelist() if name.startswith("xl/media/")]
        anchors = book.read("xl/drawings/drawing1.xml").decode()
    assert "<f>" not in sheet
    assert "=cmd|' /C calc'!A0" in texts
    assert "椅子 כיסא Łódź" in texts
    assert len(re.findall(r'<c r="B\d+" s="\d+" t="s">', sheet)) >= len(ROWS) - 1
    assert re.search(r'<c r="D2" s="\d+"><v>44201</v>', sheet), "a date is a date"
    assert len(drawn) == 1, "equal pictures are kept once"
    assert anchors.count("<xdr:pic>") == len(ROWS) // 2


def test_json_names_every_cell() -> None:
    (first, *_) = json.loads(table_file("json", HEADINGS, ROWS[:1], ()))["hits"]
    assert first == {"title": HOSTILE[0], "score": 0.5, "published": "2021-01-05"}
