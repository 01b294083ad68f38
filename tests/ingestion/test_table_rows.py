"""Tables on disk: every row is read, or said to be bad with its line; nothing else is lost."""

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ArchiveCorrupt
from ingestion import json_rows
from ingestion.csv_rows import CsvTable
from ingestion.json_rows import JsonTable
from ingestion.table_rows import BadRow


def read_csv(content):
    return read(CsvTable(io.BytesIO(content), "manifest.csv"))


def read_json(content):
    return read(JsonTable(io.BytesIO(content)))


def read(table):
    """Rows, each with its line, and reasons by line; a row is the same read again by its place."""
    found = list(table.iter_rows())
    good = [item for item in found if not isinstance(item, BadRow)]
    assert [table.row_at(span) for span, _ in good] == [row for _, row in good]
    bad = {item.line: item.reason for item in found if isinstance(item, BadRow)}
    return [(span.line, row) for span, row in good], bad


@pytest.mark.parametrize(
    "content",
    [
        b"file,title\na.png,Chair\n\nb.png,St\xc3\xbchl\n",
        b"\xef\xbb\xbffile;title\r\na.png;Chair\r\n;\r\nb.png;St\xfchl\r\n",
        b'File\tTitle\n"a.png"\tChair\n\nb.png\tSt\xfchl',
    ],
    ids=["utf-8", "bom, semicolons, Windows-1252", "tabs"],
)
def test_csv_reads_what_spreadsheets_write(content):
    rows, bad = read_csv(content)
    assert rows == [
        (2, {"file": "a.png", "title": "Chair"}),
        (4, {"file": "b.png", "title": "Stühl"}),
    ]
    assert not bad


def test_csv_keeps_quoted_line_ends_and_counts_their_lines():
    rows, _ = read_csv(b'file,title\na.png,"two\nlines, ""quoted"""\nb.png,x\n')
    assert rows == [
        (2, {"file": "a.png", "title": 'two\nlines, "quoted"'}),
        (4, {"file": "b.png", "title": "x"}),
    ]


def test_csv_an_open_quote_costs_its_own_line_alone():
    lines = [f"{n}.png,t".encode() for n in range(500)]
    lines[3] = b'3.png,"open'
    rows, bad = read_csv(b"file,title\n" + b"\n".join(lines))
    assert len(rows) == 499
    assert list(bad) == [5]


def test_csv_a_row_with_too_many_cells_is_bad_and_a_short_one_is_not():
    rows, bad = read_csv(b"file,title\na.png,Chair, folding\nb.png\nc.png,x,,\n")
    assert [line for line, _ in rows] == [3, 4]
    assert bad == {2: "has 3 cells under 2 column names"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no line of column names"),
        (b"\xff\xfef\0i\0l\0e\0", "UTF-16"),
        (b"file,title,FILE\n", "names a column twice: file"),
        (b'file,"title\n', "column names is damaged"),
    ],
)
def test_csv_refuses_what_has_no_columns(content, reason):
    with pytest.raises(ArchiveCorrupt, match=reason):
        CsvTable(io.BytesIO(content), "manifest.csv")


ROWS = [{"file": f"{n}.png", "title": "Stühl {1}", "n": n} for n in range(5)]


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(ROWS).encode(),
        json.dumps(ROWS, indent=1, ensure_ascii=False).encode(),
        b"\xef\xbb\xbf" + "\n".join(map(json.dumps, ROWS)).encode(),
    ],
    ids=["array", "indented array with other letters", "lines"],
)
def test_json_reads_an_array_and_lines(content):
    rows, bad = read_json(content)
    assert [row for _, row in rows] == ROWS
    assert not bad


def test_json_that_ends_in_the_middle_keeps_what_was_whole():
    content = "\n".join(map(json.dumps, ROWS)).encode()[:-5]
    rows, bad = read_json(content)
    assert [row for _, row in rows] == ROWS[:4]
    assert bad == {5: "is damaged or cut off here"}


def test_json_array_that_ends_between_two_objects_is_said_to_be_cut_off():
    *rows, end = JsonTable(io.BytesIO(b'[\n{"a": 1},\n{"a": 2},\n')).iter_rows()
    assert [row for _, row in rows] == [{"a": 1}, {"a": 2}]
    assert end == BadRow(4, "is cut off here: the array has no end; the rows before are good")


def test_json_goes_on_behind_damage_and_says_its_line():
    lines = [json.dumps(row).encode() for row in ROWS]
    lines[2] = lines[2].replace(b'"title":', b'"tit', 1)
    rows, bad = read_json(b"[" + b",\n".join(lines) + b"]")
    assert [row for _, row in rows] == ROWS[:2] + ROWS[3:]
    assert list(bad) == [3]


def test_json_that_says_a_thing_twice_or_no_utf8_is_bad_alone():
    content = b'{"file":"a","file":"b"}\n{"file":"\xff\xfe"}\n{"file":"c","x":NaN,"y":-Infinity}'
    rows, bad = read_json(content)
    assert rows == [(3, {"file": "c", "x": None, "y": None})]
    assert bad[1] == "says 'file' twice"
    assert "utf-8" in bad[2]


@pytest.mark.parametrize("hostile", [b"{" * 30_000, b'{"a":' * 30_000, b"[" * 10**6, b"9" * 10**6])
def test_json_hostile_nesting_ends_quickly_with_a_reason(hostile):
    rows, bad = read_json(hostile)
    assert not rows
    assert len(bad) == 1


def test_json_larger_than_what_is_held_is_read_whole(monkeypatch):
    monkeypatch.setattr(json_rows, "_READ_BYTES", 64)
    monkeypatch.setattr(json_rows, "_MAX_ROW_BYTES", 100)
    many = [{"file": f"{n}.png", "title": "é" * (n % 20)} for n in range(300)]
    rows, bad = read_json(json.dumps(many, ensure_ascii=False, indent=0).encode())
    assert [row for _, row in rows] == many
    assert [line for line, _ in rows] == [2 + 4 * n for n in range(300)]
    assert not bad


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.binary(min_size=1, max_size=12), st.sampled_from("cj"))
def test_damage_costs_the_rows_it_touches_and_is_said(place, damage, kind):
    plain = [{"file": f"{n}.png", "title": "Chair"} for n in range(60)]
    if kind == "j":
        lines = [json.dumps(row).encode() for row in plain]
    else:
        lines = [b"file,title"] + [f"{row['file']},Chair".encode() for row in plain]
    content = b"\n".join(lines)
    first = 0 if kind == "j" else len(lines[0]) + 1
    at = first + place % (len(content) - first)
    damaged = content[:at] + damage + content[at + len(damage) :]
    rows, _ = (read_json if kind == "j" else read_csv)(damaged)
    spoilt = range(content.count(b"\n", 0, at), content.count(b"\n", 0, at + len(damage)) + 1)
    kept = [row for n, row in enumerate(plain, len(lines) - 60) if n not in spoilt]
    found = [row for _, row in rows]
    assert all(row in found for row in kept)
