"""Folders with a manifest: every picture comes in as its row says, or is listed with its line."""

import io
import json
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from core.errors import ArchiveCorrupt, BadInput, PublicationInvalid
from core.records import LabelSource, View
from core.settings import LimitSettings
from ingestion.deliveries import delivery_sha256, find_deliveries, list_units, read_units, reader_of
from ingestion.formats.manifest import ManifestReader
from ingestion.formats.manifest_identity import file_of, identity_of
from ingestion.intake import take_in
from ingestion.pictures import PictureStore

LIMITS = LimitSettings()
REAL_DATA = Path(__file__).parents[3] / "shared" / "data"
HEADER = (
    "file,publication_id,office,kind,title,locarno,locarno_edition,us_class,filing_date,"
    "publication_date,owner,status,figure_label,view,confidential"
)
ROWS = (
    "a/1.png,D587550,,,Knife sharpener,08-05,9,D8/93,2008-01-02,20090303,Møller,granted,1,front,",
    "a/2.png,USD0587550,,,,,,,,,,,FIG. 2,left side view,",
    "b/1.png,12-7,,S,Chair,0601; 06-99,,,,,,,,,yes",
)


def png(ink=1):
    page = Image.new("L", (120, 90), 255)
    ImageDraw.Draw(page).rectangle((20, 20, 20 + 10 * ink, 70), outline=0, width=3)
    packed = io.BytesIO()
    page.save(packed, "PNG")
    return packed.getvalue()


FILES = {"a/1.png": png(1), "a/2.png": png(2), "b/1.png": png(3)}


def csv(*rows, header=HEADER):
    return "\n".join([header, *rows]).encode()


def lay(folder, files, manifest, name="manifest.csv"):
    for file, content in {**files, name: manifest}.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(content)
    return folder


def read_all(path):
    listing = list_units(path, LIMITS)
    return listing, dict(read_units(path, listing.members, LIMITS))


def lines(rejected):
    return {bad.member: bad.reason for bad in rejected}


def test_manifest_rows_become_publications_with_their_pictures(tmp_path):
    listing, units = read_all(lay(tmp_path, FILES, csv(*ROWS)))
    assert listing.members == ("US-D0587550-S1", "XX-12-7-S")
    assert not listing.rejected
    knife, chair = (units[name] for name in listing.members)
    assert knife.images == {"a/1.png": FILES["a/1.png"], "a/2.png": FILES["a/2.png"]}
    assert not knife.rejected
    publication = knife.publication
    assert (publication.office, publication.number, publication.kind) == ("US", "D0587550", "S1")
    assert publication.title == "Knife sharpener"
    assert str(publication.locarno[0]) == "08-05"
    assert publication.locarno[0].edition == "9"
    assert publication.us_class == ("D8/93",)
    assert publication.filing_date == date(2008, 1, 2)
    assert publication.publication_date == date(2009, 3, 3)
    assert (publication.owner, publication.status) == ("Møller", "granted")
    assert not publication.confidential
    assert [(i.position, i.figure.label, i.figure.view) for i in publication.images] == [
        (1, "1", View.FRONT),
        (2, "2", View.LEFT),
    ]
    assert chair.publication.confidential
    assert [str(code) for code in chair.publication.locarno] == ["06-01", "06-99"]
    assert chair.publication.images[0].figure is None


def test_manifest_pictures_are_figures_sheets_or_front_pages(tmp_path):
    rows = (
        "USD0587550-20090303-D00000.png,,,",
        "USD0587550-20090303-D00001.png,,,",
        "USD0587550-20090303-D00002.png,,rear,",
        "USD0587550-20090303-D00003.png,4,,sheet",
        "USD0587550-20090303-D00004.png,,,Figure",
        "USD0587550-20090303-D00005.png,,,front page",
    )
    files = {row.split(",")[0]: png(n) for n, row in enumerate(rows, 1)}
    path = lay(tmp_path, files, csv(*rows, header="file,figure_label,view,role"))
    listing, units = read_all(path)
    (unit,) = units.values()
    assert listing.notes == (
        "6 rows name no publication; it was told from the name of the file or its folder",
    )
    kinds = [(image.position, image.figure is not None) for image in unit.publication.images]
    assert kinds == [(0, False), (1, False), (2, True), (3, False), (4, True)]
    assert "second front-page copy" in lines(unit.rejected)["manifest.csv line 7"]
    stored = take_in(unit, pictures=PictureStore(str(tmp_path / "store")), limits=LIMITS)
    assert [figure.sheet for figure in stored.figures] == [0, 1, 2, 3, 4]
    assert stored.figures[2].view is View.REAR
    assert {"US-D0587550-S1/s1.1", "US-D0587550-S1/s2.1"} < {f.figure_id for f in stored.figures}


def test_manifest_labels_that_repeat_are_listed_and_both_kept(tmp_path):
    path = lay(tmp_path, FILES, csv("a/1.png,D1234567,1", "a/2.png,D1234567,1", header=SHORT))
    _, units = read_all(path)
    unit = units["US-D1234567-S1"]
    assert "says figure 1 again, as line 2 does" in lines(unit.rejected)["manifest.csv line 3"]
    stored = take_in(unit, pictures=PictureStore(str(tmp_path / "store")), limits=LIMITS)
    assert [f.figure_id[-4:] for f in stored.figures] == ["s1.1", "s2.1"]
    assert {f.label_source for f in stored.figures} == {LabelSource.STATED}


SHORT = "file,publication_id,figure_label"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("gone.png,D1234567,,,,,", "gone.png is not in the delivery"),
        ("../secret.png,D1234567,,,,,", "leaves the archive"),
        ("/etc/passwd,D1234567,,,,,", "absolute path"),
        ("link.png,D1234567,,,,,", "symbolic link"),
        ("linked/1.png,D1234567,,,,,", "symbolic link"),
        ("a,D1234567,,,,,", "is not a file"),
        ("empty.png,D1234567,,,,,", "empty (0 bytes)"),
        ("a/1.png,D1234567,,,,,", "names a/1.png again, as line 2 does"),
        ("report.pdf,D1234567,,,,,", "is a PDF"),
        ("a/2.png,D1234567,sideways,,,,", "view 'sideways' is no view; known are perspective"),
        ("a/2.png,D1234567,,2007-13-01,,,", "publication_date '2007-13-01' is no date"),
        ("a/2.png,D1234567,,20071000,,,", "publication_date '20071000' is no date"),
        ("a/2.png,D1234567,,01/02/2007,,,", "is no date; write it as 2007-01-31"),
        ("a/2.png,D1234567,,,6-x,,", "locarno '6-x' is not a Locarno code"),
        ("a/2.png,D1234567,,,,furniture,", "us_class 'furniture' is no US class"),
        ("a/2.png,D1234567,,,,,perhaps", "'perhaps' is neither yes nor no; taken for yes"),
    ],
)
def test_manifest_bad_rows_are_listed_with_their_line_and_siblings_go_on(tmp_path, row, reason):
    header = "file,publication_id,view,publication_date,locarno,us_class,confidential"
    files = {**FILES, "empty.png": b"", "report.pdf": b"%PDF-1.7"}
    folder = lay(tmp_path / "d", files, csv("a/1.png,D1234567", row, "b/1.png,D2", header=header))
    (tmp_path / "secret.png").write_bytes(png())
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    (folder / "linked").symlink_to(folder / "a")
    _, units = read_all(folder)
    unit = units["US-D1234567-S1"]
    assert reason in lines(unit.rejected)["manifest.csv line 3"]
    assert len(unit.images) == 1 + row.startswith("a/2.png")
    assert units["XX-D2-S"].images == {"b/1.png": FILES["b/1.png"]}


def test_manifest_rows_of_no_publication_are_listed_when_it_is_listed(tmp_path):
    rows = (",D1234567", 'a/1.png,"open', "a/1.png,D1234567,x,y,z", "b/1.png,D2", "a/1.png,D2")
    notes = {"notes.md": b"of the photographer"}
    folder = lay(tmp_path, FILES | notes, csv(*rows, header="file,publication_id"))
    listing, units = read_all(folder)
    (left,) = listing.left.listed
    assert (left.member, left.reason) == (
        "notes.md", "is no picture, and manifest.csv does not name it",
    )  # fmt: skip
    found = lines(listing.rejected)
    assert found["manifest.csv line 2"] == "names no file"
    assert "unexpected end of data" in found["manifest.csv line 3"]
    assert found["manifest.csv line 4"] == "has 5 cells under 2 column names"
    assert found["a/2.png"] == "no row of manifest.csv names it"
    assert list(units) == ["XX-D2-S"]


def test_manifest_a_publication_without_pictures_is_refused_with_the_reasons(tmp_path):
    path = lay(tmp_path, FILES, csv("x.png,D1234567", "a/1.png,D2", header="file,publication_id"))
    _, units = read_all(path)
    assert isinstance(units["US-D1234567-S1"], PublicationInvalid)
    assert "line 2 x.png is not in the delivery" in str(units["US-D1234567-S1"])
    assert units["XX-D2-S"].images


@pytest.mark.parametrize("word", ["yes", "perhaps"])
@pytest.mark.parametrize("file", ["x.png", "a/1.png", "../etc/passwd"])
def test_manifest_a_row_whose_picture_is_not_taken_still_hides_its_publication(
    tmp_path, file, word
):
    rows = ("a/1.png,D1234567,,", f"{file},D1234567,Chair,{word}", "a/2.png,D1234567,,no")
    _, units = read_all(
        lay(tmp_path, FILES, csv(*rows, header="file,publication_id,title,confidential"))
    )
    unit = units["US-D1234567-S1"]
    assert unit.publication.confidential
    assert len(unit.images) == 2
    assert unit.publication.title == ("Chair" if file[:1] in ("x", "a") else "")


def test_manifest_keeps_columns_it_does_not_know(tmp_path):
    rows = ("a/1.png,D1234567,red,oak,", "a/2.png,D1234567,blue,oak,")
    listing, units = read_all(
        lay(tmp_path, FILES, csv(*rows, header="file,publication_id,Main Colour,wood,empty"))
    )
    assert listing.notes == ("columns kept as they are: main_colour, wood, empty",)
    extra = units["US-D1234567-S1"].publication.extra
    assert extra["wood"] == "oak"
    assert json.loads(extra["main_colour"]) == {"a/1.png": "red", "a/2.png": "blue"}
    assert "empty" not in extra


def test_manifest_rows_that_disagree_about_a_publication_are_listed(tmp_path):
    rows = ("a/1.png,D1234567,Chair", "a/2.png,D1234567,Table")
    _, units = read_all(lay(tmp_path, FILES, csv(*rows, header="file,publication_id,title")))
    unit = units["US-D1234567-S1"]
    assert unit.publication.title == "Chair"
    expected = "says another title than line 2, which is believed"
    assert lines(unit.rejected) == {"manifest.csv line 3": expected}


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"publication_id": "D0587550"}, "US-D0587550-S1"),
        ({"publication_id": "USD587,550 S1"}, "US-D0587550-S1"),
        ({"publication_id": "US-D0587550-S1"}, "US-D0587550-S1"),
        ({"publication_id": "D400000", "publication_date": "1998-10-20"}, "US-D0400000-S"),
        ({"publication_id": "EM008245678-0001"}, "EM-008245678-0001-S"),
        ({"publication_id": "DM/123456"}, "WO-DM123456-S"),
        ({"publication_id": "4711", "office": "de", "kind": "s1"}, "DE-4711-S1"),
        ({"publication_id": "QQ-12/3 x"}, "XX-QQ-12-3-x-S"),
        ({"file": "USD0587550/USD0587550-20090303-p01.png"}, "US-D0587550-S1"),
        ({"file": "drafts/client 7/front.png"}, "XX-client-7-S"),
        ({"file": "lamp.png"}, "XX-lamp-S"),
    ],
)
def test_manifest_identity_of_a_row(stated, expected):
    assert identity_of(stated).publication_id == expected


def test_manifest_as_json_lines_in_an_archive_reads_the_same(tmp_path, build):
    names = HEADER.split(",")
    rows = [dict(zip(names, row.split(","), strict=False)) for row in ROWS]
    packed = {**FILES, "manifest.jsonl": "\n".join(map(json.dumps, rows)).encode()}
    wrapped = {f"delivery/{name}": content for name, content in packed.items()}
    folder = lay(tmp_path / "folder", FILES, csv(*ROWS))
    expected = {name: unit.publication for name, unit in read_all(folder)[1].items()}
    for name, content in {
        "a.zip": build.zip_of(wrapped),
        "a.tar": build.tar_of(wrapped),
        "a.tar.gz": build.tar_gz_of(wrapped),
    }.items():
        path = tmp_path / name
        path.write_bytes(content)
        listing, units = read_all(path)
        assert not listing.rejected
        assert {
            name: replace(unit.publication, source=expected[name].source)
            for name, unit in units.items()
        } == expected
        assert [len(unit.images) for unit in units.values()] == [2, 1]


def test_manifest_given_by_itself_brings_its_pictures(tmp_path):
    lay(tmp_path, {**FILES, "other.png": png(9)}, csv(*ROWS), name="designs 2024.csv")
    path = tmp_path / "designs 2024.csv"
    listing, units = read_all(path)
    assert find_deliveries(path) == (path,)
    assert not listing.rejected
    assert [len(unit.images) for unit in units.values()] == [2, 1]
    before = delivery_sha256(path)
    (tmp_path / "other.png").write_bytes(png(8))
    assert delivery_sha256(path) == before
    (tmp_path / "a/1.png").write_bytes(png(7))
    assert delivery_sha256(path) != before


def test_manifest_that_changed_is_read_again(tmp_path):
    path = lay(tmp_path, FILES, csv(*ROWS))
    assert len(read_all(path)[0].members) == 2
    (path / "manifest.csv").write_bytes(csv(ROWS[0]))
    assert len(read_all(path)[0].members) == 1


def test_manifest_about_other_things_is_not_taken_for_one(tmp_path):
    header = "file,patent,format"
    folder = lay(tmp_path, {}, csv("USD0456619-20020507.XML,D0456619,st32", header=header))
    assert reader_of(folder).format == "uspto"


def test_manifest_without_a_file_column_says_so(tmp_path):
    folder = lay(tmp_path, FILES, csv("D1234567,Chair", header="publication_id,title"))
    with pytest.raises(ArchiveCorrupt, match="has no column 'file'; its columns are publication"):
        list_units(folder, LIMITS)


@pytest.mark.parametrize(
    ("name", "content", "flaw"),
    [
        ("manifest.csv", csv("1.png,Chair", header="picture,title"), "no column 'file'"),
        ("manifest.csv", csv(header="file,title"), "manifest.csv has no rows"),
        ("manifest.csv", csv("1.png,a", header="file,title").decode().encode("utf-16"), "UTF-16"),
        ("manifest.csv", csv("1.png,a", header="file,a").decode().encode("utf-16-le"), "UTF-16"),
        ("manifest.csv", csv("1.png,a,b", header="file,title,title"), "a column twice: title"),
        ("manifest.csv", csv("notes.txt,a", header="file,title"), "names no picture"),
        ("manifest.json", b"[" * 50, "is cut off here"),
        ("designs.csv", csv(header="file,title"), "designs.csv has no rows"),
    ],
)
def test_a_manifest_that_nobody_takes_says_why(tmp_path, name, content, flaw):
    folder = lay(tmp_path, FILES, content, name=name)
    with pytest.raises(ArchiveCorrupt, match=flaw):
        list_units(folder / name if name == "designs.csv" else folder, LIMITS)


def test_manifest_files_that_differ_by_letter_case_alone_are_told_apart_by_name(tmp_path):
    rows = csv("a/A.png,D1234567,", "a/a.png,D1234567,", header=SHORT)
    folder = lay(tmp_path, {"a/A.png": png(1), "a/a.png": png(2)}, rows)
    _, units = read_all(folder)
    (unit,) = units.values()
    assert list(unit.images) == ["a/A.png"]
    reason = lines(unit.rejected)["manifest.csv line 3"]
    assert reason.startswith("names a/a.png, which differs from a/A.png in line 2 by letter case")


@pytest.mark.parametrize("content", [b"", b"\0" * 99, b"{", b"\xff\xfe", b'"', b"PK\x03\x04"])
@pytest.mark.parametrize("name", ["manifest.csv", "manifest.json", "x.csv"])
def test_manifest_recognises_never_raises(tmp_path, content, name):
    path = lay(tmp_path, FILES, content, name=name)
    assert not ManifestReader().recognises(path)
    assert not ManifestReader().recognises(path / name)


def test_manifest_with_many_rows_is_a_stream(tmp_path):
    rows = (f"f{n}.png,D{n // 7:07},{n % 7 + 1}" for n in range(20_000))
    folder = lay(tmp_path, {}, csv(*rows, header=SHORT))
    started = time.process_time()
    listing = list_units(folder, LIMITS)
    assert len(listing.members) == 2858
    assert time.process_time() - started < 5


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.binary(min_size=1, max_size=8), st.sampled_from(["csv", "jsonl"]))
def test_manifest_damage_never_ends_the_run_and_spares_other_lines(
    tmp_path_factory, place, damage, kind
):
    many = [f"{n}.png,D{n:07},{n}" for n in range(1, 9)]
    names = SHORT.split(",")
    table = (
        csv(*many, header=SHORT)
        if kind == "csv"
        else "\n".join(
            json.dumps(dict(zip(names, row.split(","), strict=True))) for row in many
        ).encode()
    )
    first = len(SHORT) + 1 if kind == "csv" else 0
    at = first + place % (len(table) - first)
    folder = tmp_path_factory.mktemp("damaged")
    files = {f"{n}.png": FILES["a/1.png"] for n in range(1, 9)}
    lay(folder, files, table[:at] + damage + table[at + len(damage) :], f"manifest.{kind}")
    listing = ManifestReader().list_units(folder, LIMITS)
    units = dict(ManifestReader().read_units(folder, listing.members, LIMITS))
    assert set(units) == set(listing.members)
    header_lines = 1 if kind == "csv" else 0
    spoilt = range(table.count(b"\n", 0, at), table.count(b"\n", 0, at + len(damage)) + 1)
    for n in range(1, 9):
        if n - 1 + header_lines not in spoilt:
            unit = units[f"US-D{n:07}-S"]
            assert not isinstance(unit, BadInput)
            assert f"{n}.png" in unit.images


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("folder", "n_publications", "n_pictures"), [("sheets", 40, 273), ("covers", 787, 787)]
)
def test_manifest_reads_real_folders(folder, n_publications, n_pictures):
    listing, units = read_all(REAL_DATA / folder)
    assert len(listing.members) == n_publications
    assert sum(len(unit.images) for unit in units.values()) == n_pictures
    assert not listing.rejected
    assert not any(unit.rejected for unit in units.values())
    assert all(unit.publication.office == "US" for unit in units.values())


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("a/b.png", "a/b.png"),
        ("./a//b.png ", "a/b.png"),
        (".\\a\\b.png", "a/b.png"),
        ("a/./b.png/", "a/b.png"),
        ("../b.png", "../b.png"),
        ("..", ".."),
        (".hidden.png", ".hidden.png"),
        ("", ""),
        (7, ""),
    ],
)
def test_manifest_file_names_are_spelled_one_way(stated, expected):
    assert file_of({"file": stated}) == expected


def test_claimed_priority_is_a_column_of_its_own_and_its_bad_cells_are_listed(tmp_path):
    header = "file,publication_id,filing_date,priority_date"
    rows = (
        "a/1.png,D587550,2008-01-02,2007-07-09",
        "a/2.png,D587550,,20071000",
        "b/1.png,12-7,2008-01-02,",
    )
    listing, units = read_all(lay(tmp_path, FILES, csv(*rows, header=header)))
    knife, chair = (units[name] for name in listing.members)
    assert knife.publication.priority_date == date(2007, 7, 9)
    assert knife.publication.effective_date == date(2007, 7, 9)
    assert "priority_date '20071000'" in " ".join(lines(knife.rejected).values())
    assert (chair.publication.priority_date, chair.publication.extra) == (None, {})
    assert chair.publication.effective_date == date(2008, 1, 2)
