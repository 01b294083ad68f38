"""DeepPatent folders: units by patent, the split lists choose the images."""

import json
from datetime import date
from pathlib import Path

import pytest

from core.errors import PublicationInvalid
from core.settings import LimitSettings
from ingestion.deliveries import list_units, read_units, reader_of
from ingestion.delivery_files import files_of
from ingestion.formats.deeppatent import DeepPatent
from ingestion.formats.deeppatent_lists import SplitLists
from ingestion.intake import take_in
from ingestion.pictures import PictureStore

LIMITS = LimitSettings()
REAL_DATA = Path(__file__).parents[3] / "shared" / "data"
A, B = "USD0834581-20181127", "USD0807264-20180109"


def name(patent, sheet, week=True, letter="D"):
    folder = f"I{patent[-8:]}/{patent}/" if week else ""
    return f"{folder}{patent}-{letter}{sheet:05}.png"


@pytest.fixture(scope="module")
def files(build):
    tall = build.png(90, 120)
    return {name(A, n): tall for n in (0, 1, 2, 10)} | {name(B, 4): build.png(80, 60)}


def read_all(path):
    listing = list_units(path, LIMITS)
    return listing, dict(read_units(path, listing.members, LIMITS))


def packed(build, path, files, kind):
    if kind == "folder":
        for file, content in files.items():
            (path / file).parent.mkdir(parents=True, exist_ok=True)
            (path / file).write_bytes(content)
        return path
    target = path / f"deeppatent.{kind}"
    write = {"zip": build.zip_of, "tar": build.tar_of, "tar.gz": build.tar_gz_of}[kind]
    target.write_bytes(write({f"data/{file}": content for file, content in files.items()}))
    return target


@pytest.mark.parametrize("kind", ["folder", "zip", "tar", "tar.gz"])
def test_deeppatent_units_are_patents_with_number_and_date(build, tmp_path, files, kind):
    path = packed(build, tmp_path, files, kind)
    assert reader_of(path).format == "deeppatent"
    listing, units = read_all(path)
    base = "" if kind == "folder" else "data/"
    assert set(listing.members) == {f"{base}I20181127/{A}", f"{base}I20180109/{B}"}
    assert not listing.rejected
    unit = units[f"{base}I20181127/{A}"]
    assert unit.publication.publication_id == "US-D0834581-S1"
    assert unit.publication.publication_date == date(2018, 11, 27)
    assert unit.publication.title == ""
    assert [image.position for image in unit.publication.images] == [0, 1, 2, 10]
    assert set(unit.images) == {f"{A}-D{n:05}.png" for n in (0, 1, 2, 10)}
    stored = take_in(unit, pictures=PictureStore(str(tmp_path / "store")), limits=LIMITS)
    assert [sheet.position for sheet in stored.sheets] == [0, 1, 2, 10]
    assert not stored.problems
    assert [figure.is_front_page for figure in stored.figures] == [True, False, False, False]


def test_deeppatent_flat_folders_and_a_patents_own_folder_are_read_too(build, tmp_path, files):
    flat = {name(A, 1, week=False): build.png(), name(B, 1, week=False): build.png()}
    _, units = read_all(packed(build, tmp_path / "flat", flat, "folder"))
    assert set(units) == {A, B}
    packed(build, tmp_path / "weeks", files, "folder")
    _, units = read_all(tmp_path / "weeks" / "I20181127" / A)
    assert list(units) == [A]
    assert len(units[A].images) == 4


def test_deeppatent_names_that_differ_by_letter_case_are_one_patent(build, tmp_path):
    first, second = name(A, 1, week=False), name(A.lower(), 1, week=False)
    content = {f"x/{first}": build.png(90, 120), f"x/{second}": build.png(80, 60)}
    listing, units = read_all(packed(build, tmp_path, content, "folder"))
    assert listing.members == (f"x/{A}",)
    assert list(units[f"x/{A}"].images) == [first]
    (repeated,) = listing.rejected
    assert (repeated.member, "twice but for letter case" in repeated.reason) == (
        f"x/{second}",
        True,
    )


def test_deeppatent_split_lists_choose_images_and_are_kept(build, tmp_path, files):
    lists = {
        "splits/test_query_patent.txt": f"{name(A, 1)} 1\r\n\r\n{name(A, 10)} 1\r\n",
        "test_db_patent.txt": f"{name(A, 2)} 1\n{name(A, 7)} 1\nnonsense\n",
        "train_patent_val.txt": f"{name(A, 2)} 40\nI20010101/{B[:9]}9-20010101/"
        f"{B[:9]}9-20010101-D00001.png 3",
        "README.txt": "Images of design patents.\n",
    }
    content = {**files, **{file: text.encode() for file, text in lists.items()}}
    for kind in ("folder", "zip"):
        path = packed(build, tmp_path / kind, content, kind) if kind == "folder" else None
        path = path or packed(build, tmp_path, content, kind)
        listing, units = read_all(path)
        assert len(units) == 1
        (unit,) = units.values()
        assert set(unit.images) == {f"{A}-D{n:05}.png" for n in (1, 2, 10)}
        assert [image.position for image in unit.publication.images] == [1, 2, 7, 10]
        split = json.loads(unit.publication.extra["split"])
        assert split[f"{A}-D00010.png"] == "test_query_patent"
        assert set(split[f"{A}-D00002.png"].split("; ")) == {"test_db_patent", "train_patent_val"}
        label = json.loads(unit.publication.extra["label"])
        assert set(label[f"{A}-D00002.png"].split("; ")) == {"1", "40"}
        left = {one.member.rpartition("/")[2]: one.reason for one in listing.left.listed}
        assert left.pop("README.txt") == "is not named as an image of DeepPatent is"
        assert set(left.values()) == {"is in none of the split lists"}
        assert listing.left.n_files == len(left) + 1 == 3
        reasons = {bad.member.rpartition("/")[2]: bad.reason for bad in listing.rejected}
        assert "is no image and label" in reasons["test_db_patent.txt line 3"]
        assert "none is here" in reasons[f"{B[:9]}9-20010101"]
        stored = take_in(unit, pictures=PictureStore(str(tmp_path / "store")), limits=LIMITS)
        (missing,) = stored.problems
        assert missing.member.endswith(f"{A}-D00007.png")


def test_deeppatent_bad_images_are_listed_and_siblings_go_on(build, tmp_path, files):
    content = {**files, name(A, 2): b"", name(B, 4): b""}
    path = packed(build, tmp_path, content, "folder")
    (path / "I20181127" / A / f"{A}-D00003.png").symlink_to(path / name(A, 1))
    _, units = read_all(path)
    unit = units[f"I20181127/{A}"]
    reasons = {bad.member.rpartition("!")[2]: bad.reason for bad in unit.rejected}
    assert reasons[f"{A}-D00002.png"] == "is empty (0 bytes)"
    assert "symbolic link" in reasons[f"{A}-D00003.png"]
    assert len(unit.images) == 3
    assert isinstance(units[f"I20180109/{B}"], PublicationInvalid)


def test_deeppatent_a_new_image_is_seen_in_a_folder_read_before(build, tmp_path, files):
    path = packed(build, tmp_path, files, "folder")
    read_all(path)
    (path / name(B, 5)).write_bytes(build.png())
    _, units = read_all(path)
    assert len(units[f"I20180109/{B}"].images) == 2


def test_deeppatent_photographs_come_behind_the_drawings(build, tmp_path):
    files = {name(A, n, letter=letter): build.png(ink=n + 1) for letter in "PD" for n in (1, 2)}
    _, units = read_all(packed(build, tmp_path, files, "folder"))
    images = units[f"I20181127/{A}"].publication.images
    assert [(image.file[-10:-4], image.position) for image in images] == [
        ("D00001", 1),
        ("D00002", 2),
        ("P00001", 3),
        ("P00002", 4),
    ]


@pytest.mark.parametrize("other", ["USD0834581-20181127.XML", "design2018.json", "x/a.ZIP"])
def test_deeppatent_leaves_other_formats_alone(build, tmp_path, files, other):
    path = packed(build, tmp_path, {**files, other: b"x"}, "folder")
    assert not DeepPatent().recognises(path)


@pytest.mark.realdata
def test_deeppatent_official_lists_are_read_whole(tmp_path):
    lists = SplitLists()
    found = files_of(REAL_DATA / "deeppatent_splits", LIMITS)
    for file in ("test_db_patent.txt", "test_query_patent.txt"):
        lists.read(found.find(file))
    assert not lists.rejected
    assert len(lists.patents()) == 6927
    said = [lists.of_patent(patent) for patent in lists.patents()]
    splits = [own["split"] for sheets in said for own in sheets.values()]
    assert splits.count("test_db_patent") == 38834
    assert splits.count("test_query_patent") == 13133
