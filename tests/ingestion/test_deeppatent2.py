"""DeepPatent2 years in every shape they come in, whole and damaged."""

import gzip
import json
import tarfile
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ArchiveCorrupt, BadInput, PublicationInvalid
from core.records import LabelSource, View
from core.settings import LimitSettings
from ingestion import tar_entries
from ingestion.deliveries import (
    delivery_sha256,
    find_deliveries,
    left_beside,
    list_units,
    read_units,
    reader_of,
)
from ingestion.formats import deeppatent2_year
from ingestion.formats.deeppatent2 import DeepPatent2
from ingestion.formats.deeppatent2_records import read_figure
from ingestion.intake import take_in
from ingestion.pictures import PictureStore
from ingestion.split_parts import all_parts

LIMITS = LimitSettings()
TREAT, LAMP = "USD0836880-20190101", "USD0836881-20190101"
OTHER = "USD0000001-20190101"


def record(patent, sheet, figure, **other):
    return {
        "id": figure,
        "patentID": patent,
        "patentdate": "2019-01-01",
        "figid": str(figure),
        "caption": f"Fig. {figure} is a front, top, and left side perspective view of a pet treat;",
        "object": "Pet treat",
        "aspect": "front, top, and left side perspective view",
        "figure_file": f"{patent}-D{sheet:05}.png",
        "subfigure_file": f"{patent}-D{sheet:05}_{figure}.png",
        "object_title": "Pet treat",
        "x_figure": 614,
        "classification_locarno": "0601",
        "classification_national": "D1106",
        **other,
    }


RECORDS = [record(TREAT, 1, 1), record(TREAT, 1, 2), record(LAMP, 1, 1), record(TREAT, 2, 3)]


@pytest.fixture(scope="module")
def year(build):
    """Metadata and the two image archives of a year."""
    figures = {
        f"Segmented/{one['patentID']}/{one['subfigure_file']}": build.png(ink=n)
        for n, one in enumerate(RECORDS, 1)
    }
    sheets = {f"Original/{one['figure_file']}": build.png(200, 150) for one in RECORDS}
    return {
        "design2019.json": json.dumps(RECORDS).encode(),
        "Segmented.tar.gz": build.tar_gz_of(figures),
        "Original.tar.gz": build.tar_gz_of(sheets),
    }, {**figures, **sheets}


def split(folder, content, n_parts, stem="2019"):
    folder.mkdir(exist_ok=True, parents=True)
    size = -(-len(content) // n_parts)
    for n in range(n_parts):
        part = content[n * size : (n + 1) * size]
        (folder / f"{stem}.a{chr(ord('a') + n)}").write_bytes(part)
    return folder / f"{stem}.aa"


def lay(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def shapes(build, year, tmp_path):
    """The same year in every shape, by name."""
    packed, loose = year
    tree = {"2019/design2019.json": packed["design2019.json"]}
    tree |= {f"2019/{name}": content for name, content in loose.items()}
    new = {name.replace("Segmented/", "Segmentednew/"): content for name, content in tree.items()}
    (tmp_path / "2019.zip").write_bytes(build.zip_of(packed))
    (tmp_path / "tree.tar").write_bytes(build.tar_of(tree))
    (tmp_path / "tree.tar.gz").write_bytes(build.tar_gz_of(new))
    return {
        "zip in parts": split(tmp_path / "z", build.zip_of(packed), 7),
        "tar in parts": split(tmp_path / "t", build.tar_of(packed), 3),
        "one part": split(tmp_path / "o", build.zip_of(packed), 1),
        "zip": tmp_path / "2019.zip",
        "tar of folders": tmp_path / "tree.tar",
        "tar.gz of new folders": tmp_path / "tree.tar.gz",
        "folder of archives": lay(tmp_path / "archives", packed),
        "folders": lay(tmp_path / "folders", tree),
        "the year's own folder": lay(tmp_path / "again", new) / "2019",
    }


def read_all(path):
    listing = list_units(path, LIMITS)
    return listing, dict(read_units(path, listing.members, LIMITS))


def test_deeppatent2_every_shape_gives_the_same_patents(build, year, tmp_path):
    for shape, path in shapes(build, year, tmp_path).items():
        assert reader_of(path).format == "deeppatent2", shape
        assert find_deliveries(path) == (path,), shape
        listing, units = read_all(path)
        assert listing.members == (TREAT, LAMP), shape
        assert not listing.rejected, shape
        treat = units[TREAT]
        assert not treat.rejected, shape
        assert treat.publication.publication_id == "US-D0836880-S1"
        assert treat.publication.title == "Pet treat"
        assert treat.publication.publication_date == date(2019, 1, 1)
        assert [str(code) for code in treat.publication.locarno] == ["06-01"]
        assert treat.publication.us_class == ("D1/106",)
        figures = [image.figure for image in treat.publication.images]
        assert [figure.label for figure in figures] == ["1", "2", "3"]
        assert {figure.view for figure in figures} == {View.PERSPECTIVE}
        assert {figure.object_name for figure in figures} == {"Pet treat"}
        assert [len(unit.images) for unit in units.values()] == [3, 1]
        base = "Segmented/" + TREAT + "/"
        assert treat.images == {
            name.removeprefix(base): content
            for name, content in year[1].items()
            if name.startswith(base)
        }, shape


def test_deeppatent2_figures_stay_whole(build, year, tmp_path):
    _, units = read_all(shapes(build, year, tmp_path)["zip in parts"])
    store = PictureStore(str(tmp_path / "store"))
    stored = take_in(units[TREAT], pictures=store, limits=LIMITS)
    assert not stored.problems
    assert [figure.figure_id for figure in stored.figures] == [
        f"US-D0836880-S1/{n}" for n in (1, 2, 3)
    ]
    assert {figure.label_source for figure in stored.figures} == {LabelSource.STATED}
    assert (stored.figures[0].box.width_px, stored.figures[0].box.height_px) == (120, 90)


def test_deeppatent2_with_sheets_alone_they_are_cut(build, year, tmp_path):
    packed = {name: content for name, content in year[0].items() if "Segmented" not in name}
    path = split(tmp_path, build.zip_of(packed), 2)
    listing, units = read_all(path)
    assert listing.notes == (
        "there are no figures already cut; the sheets in Original are cut here",
    )
    treat = units[TREAT].publication
    assert [(image.position, image.figure) for image in treat.images] == [(1, None), (2, None)]
    assert [caption.label for caption in treat.captions] == ["1", "2", "3"]
    assert len(units[TREAT].images) == 2


@pytest.mark.parametrize(
    ("said", "label", "view", "thing"),
    [
        ({"object": "None", "aspect": "None", "figid": "None"}, "7", "perspective", "pet treat"),
        ({"object": None, "aspect": None, "caption": None}, "1", "unknown", None),
        ({"aspect": "left side view", "object": "bone"}, "1", "left", "bone"),
        ({"figid": 12, "aspect": "gibberish", "caption": "None"}, "12", "unknown", "Pet treat"),
    ],
)
def test_deeppatent2_record_with_gaps(said, label, view, thing):
    figure = read_figure({**record(TREAT, 1, 1), **said}, "7")
    assert (figure.label, figure.view.value) == (label, view)
    assert (figure.object_name or "").lower() == (thing or "").lower()


def test_deeppatent2_gaps_and_hostile_names_are_listed(build, tmp_path):
    records = [
        record(TREAT, 1, 1),
        record(TREAT, 1, 1),
        record(TREAT, 9, 9),
        record(TREAT, 1, 2, subfigure_file="../../etc/passwd"),
        record(TREAT, 1, 3, subfigure_file=None),
        record(LAMP, 1, 1),
        {"figid": "1"},
        record(TREAT, 0, 4, subfigure_file=f"{TREAT}-D00000_4.png", classification_locarno="chair"),
    ]
    figures = {
        f"Segmented/{TREAT}-D00001_1.png": build.png(),
        f"Segmented/{TREAT}-D00000_4.png": build.png(ink=2),
        f"Segmented/{TREAT}-D00001_8.png": build.png(ink=3),
        f"Segmented/{OTHER}-D00001_1.png": build.png(),
        f"Segmented/{OTHER}-D00001_2.png": build.png(),
    }
    lines = "\n".join(map(json.dumps, records)).encode()
    path = lay(tmp_path, {"design2019.json": lines, **figures})
    listing, units = read_all(path)
    assert {bad.member: bad.reason for bad in listing.rejected} == {
        "design2019.json line 7": "names no patent (patentID)",
        TREAT: f"no record names 1 of its images, the first {TREAT}-D00001_8.png",
        OTHER: f"no record names 2 of its images, the first {OTHER}-D00001_1.png",
    }
    treat = units[TREAT]
    assert {bad.member: bad.reason for bad in treat.rejected} == {
        "design2019.json line 2": f"names {TREAT}-D00001_1.png a second time; not taken in",
        "design2019.json line 3": f"{TREAT}-D00009_9.png is not in the delivery",
        "design2019.json line 4": "passwd is not in the delivery",
        "design2019.json line 5": "names no image",
    }
    assert [image.position for image in treat.publication.images] == [1, 0]
    assert isinstance(units[LAMP], PublicationInvalid)


def test_deeppatent2_json_that_ends_in_the_middle(build, year, tmp_path):
    packed = dict(year[0], **{"design2019.json": year[0]["design2019.json"][:-300]})
    listing, units = read_all(split(tmp_path, build.zip_of(packed), 2))
    reasons = {bad.member: bad.reason for bad in listing.rejected}
    assert "damaged or cut off" in reasons["design2019.json line 1"]
    assert "no record names" in reasons[TREAT]
    assert len(units[TREAT].images) == 2
    assert len(units[LAMP].images) == 1


def test_deeppatent2_parts(build, year, tmp_path):
    first = split(tmp_path, build.zip_of(year[0]), 5)
    other = split(tmp_path, build.zip_of(year[0]), 2, stem="2020")
    assert find_deliveries(tmp_path) == (first, other)
    assert find_deliveries(tmp_path / "2019.ac") == (first,)
    before = delivery_sha256(first)
    last = tmp_path / "2019.ae"
    last.write_bytes(last.read_bytes() + b" ")
    assert delivery_sha256(first) != before
    (tmp_path / "2019.ac").unlink()
    with pytest.raises(
        ArchiveCorrupt, match=r"2019\.ac: this part is missing, but not .*: 2019\.ad"
    ):
        list_units(first, LIMITS)
    assert left_beside(tmp_path) == (tmp_path / "2019.ab", tmp_path / "2019.ad", last)
    assert len(all_parts(other)) == 2


@pytest.mark.parametrize(
    ("kept", "reason"),
    [
        ("Segmented.tar.gz", "holds no design"),
        ("design2019.json", "holds neither Segmented nor Original"),
    ],
)
def test_deeppatent2_lacking_a_half_says_so(build, year, tmp_path, kept, reason):
    path = split(tmp_path, build.zip_of({kept: year[0][kept]}), 2)
    with pytest.raises(ArchiveCorrupt, match=reason):
        list_units(path, LIMITS)


def test_deeppatent2_links_and_bombs_in_the_inner_archive_are_listed(
    build, year, tmp_path, monkeypatch
):
    monkeypatch.setattr(tar_entries, "_GZIP_FLOOR_BYTES", 2**20)
    link = tarfile.TarInfo(f"Segmented/{LAMP}-D00001_1.png")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    figures = {f"Segmented/{one['subfigure_file']}": build.png() for one in RECORDS[:2]}
    inner = gzip.compress(build.tar_of(figures, links=[link]))
    bomb = gzip.compress(bytes(3 * 2**20))
    for content, expected in ((inner, "symbolic link"), (bomb, "as a bomb")):
        packed = {"design2019.json": year[0]["design2019.json"], "Segmented.tar.gz": content}
        path = split(tmp_path / expected.replace(" ", ""), build.zip_of(packed), 2)
        listing, units = read_all(path)
        assert expected in " ".join(bad.reason for bad in listing.rejected)
        assert isinstance(units[LAMP], BadInput)
        assert isinstance(units[TREAT], BadInput) is (content is bomb)


def test_deeppatent2_reading_message_by_message_walks_the_archive_once(
    build, year, tmp_path, monkeypatch
):
    path = split(tmp_path, build.zip_of(year[0]), 3)
    opened = []
    original = deeppatent2_year._open
    monkeypatch.setattr(deeppatent2_year, "_open", lambda *a: opened.append(1) or original(*a))
    for name in (TREAT, LAMP, TREAT):
        (read,) = DeepPatent2().read_units(path, [name], LIMITS)
        assert read[1].images
    assert len(opened) == 1


@settings(max_examples=30, deadline=None)
@given(
    place=st.floats(0, 1, exclude_max=True),
    damage=st.binary(min_size=1, max_size=40),
    cut=st.booleans(),
    n_parts=st.integers(1, 6),
)
def test_deeppatent2_damage_anywhere_ends_with_reasons(  # noqa: PLR0917
    build, year, tmp_path_factory, place, damage, cut, n_parts
):
    content = build.zip_of(year[0])
    at = int(place * len(content))
    damaged = content[:at] if cut else content[:at] + damage + content[at + len(damage) :]
    folder = tmp_path_factory.mktemp("damaged")
    path = split(folder, damaged or b"x", n_parts)
    reader = DeepPatent2()
    try:
        listing = reader.list_units(path, LIMITS)
        units = dict(reader.read_units(path, listing.members, LIMITS))
    except ArchiveCorrupt:
        return
    assert set(units) == set(listing.members)
    told = [*listing.rejected, *listing.notes, *["skipped"] * listing.left.n_files]
    n_images = 0
    for unit in units.values():
        if isinstance(unit, BadInput):
            told.append(unit)
        else:
            assert unit.images
            n_images += len(unit.images)
            told += unit.rejected
    assert n_images == 4 or told
