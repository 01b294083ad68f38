"""Documents without images: weekly text files, bibliographic zips, lone documents."""

import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import ArchiveCorrupt, BadInput
from core.settings import LimitSettings
from ingestion.catalogue_records import StoreOutcome
from ingestion.deliveries import find_deliveries, list_units, read_units, reader_of
from ingestion.delivery import Unit
from ingestion.formats import uspto_document
from ingestion.formats.uspto_text import UsptoText
from ingestion.intake import take_in
from ingestion.pictures import PictureStore

LIMITS = LimitSettings()
NUMBERS = ("D0656296", "D0656297", "D0656298")


def read_all(path: Path, limits: LimitSettings = LIMITS) -> dict[str, Unit | BadInput]:
    return dict(read_units(path, list_units(path, limits).members, limits))


def published(path: Path) -> list[str]:
    units = read_all(path).values()
    return [unit.publication.number for unit in units if isinstance(unit, Unit)]


@pytest.fixture(scope="module")
def week(build) -> bytes:
    """Three designs between utility grants, as the weekly text file has them."""
    utility = build.grant_xml("11617522", appl_type="utility")
    return utility + b"".join(map(build.grant_xml, NUMBERS)) + utility


@pytest.fixture(params=["file", "zip", "stored zip"])
def weekly(request, week, tmp_path):
    """The same week on its own and zipped, beside the lists that come with it."""
    path = tmp_path / f"ipg120327.{'xml' if request.param == 'file' else 'zip'}"
    if request.param == "file":
        path.write_bytes(week)
        return path
    method = zipfile.ZIP_STORED if request.param == "stored zip" else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w", method) as packed:
        packed.writestr("ipg120327.xml", week)
        packed.writestr("ipg120327lst.txt", "D0656296")
        packed.writestr("ipg120327rpt.html", "<html/>")
    return path


def test_every_design_is_a_unit_and_other_patents_are_counted(weekly, week, build):
    listing = list_units(weekly, LIMITS)
    assert reader_of(weekly).format == "uspto-text"
    assert listing.left.n_files == (2 if weekly.suffix == ".xml" else 4)
    (notice,) = listing.rejected
    assert notice.member == weekly.name
    assert notice.reason.startswith("no images in this delivery: 3 documents are kept")
    units = list(read_units(weekly, listing.members, LIMITS))
    assert [name for name, _ in units] == list(listing.members)
    for (name, unit), number in zip(units, NUMBERS, strict=True):
        assert name.startswith(f"ipg120327.xml#{number}@")
        assert unit.publication.number == number
        assert unit.publication.source == f"{weekly}!{name}"
        assert unit.document == build.grant_xml(number).strip()
        assert (unit.images, unit.images_expected, unit.rejected) == ({}, False, ())


def test_units_are_found_again_in_any_choice_and_order(weekly):
    first, second, third = list_units(weekly, LIMITS).members
    foreign = "ipg120327.xml#D0000001@5-9"
    answers = dict(read_units(weekly, [third, "no such unit", first, foreign], LIMITS))
    assert sorted(answers) == sorted([first, third, "no such unit", foreign])
    assert answers[third].publication.number == NUMBERS[2]
    assert isinstance(answers["no such unit"], ArchiveCorrupt)
    assert isinstance(answers[foreign], BadInput)
    assert second not in answers


@pytest.mark.parametrize("name", ["D0656296.XML", "odd@1-2.xml", "USD0656296-20120327.sgm"])
def test_a_lone_document_is_one_unit_of_its_own_name(build, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(build.grant_sgml("D0656296") if name.endswith("sgm") else build.grant_xml())
    assert list_units(path, LIMITS).members == (name,)
    (unit,) = read_all(path).values()
    assert unit.publication.captions
    assert not unit.images_expected


def test_weeks_of_sgml_are_read(build, tmp_path):
    path = tmp_path / "pg020507.sgm"
    path.write_bytes(b"".join(build.grant_sgml(number, prologue="") for number in NUMBERS))
    assert published(path) == list(NUMBERS)


def test_a_zip_of_lone_documents_is_read_by_their_names(build, tmp_path):
    path = tmp_path / "documents.zip"
    path.write_bytes(build.zip_of({f"xml/US{n}.XML": build.grant_xml(n) for n in NUMBERS}))
    assert list(read_all(path)) == [f"xml/US{n}.XML" for n in NUMBERS]
    assert published(path) == list(NUMBERS)


def test_other_deliveries_are_left_to_other_readers(build, weekly_archive, tmp_path):
    contents = {
        "USD0907292-20210105.ZIP": build.grant_zip(),
        "USD0907292-20210106.ZIP": build.zip_of({"USD0907292-20210106.XML": build.grant_xml()}),
        "week.zip": build.zip_of(build.weekly_files(NUMBERS)),
        "week.tar": build.tar_of({"USD0907292-20210105.XML": build.grant_xml()}),
        "empty.xml": b"",
        "words.xml": b"<words/>",
        "cut.zip": build.grant_zip()[:99],
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        assert not UsptoText().recognises(tmp_path / name), name
    assert not UsptoText().recognises(tmp_path)
    assert not UsptoText().recognises(tmp_path / "nothing there")


def test_weekly_text_files_stand_on_a_shelf_like_archives(week, tmp_path):
    names = ["ipg120327.xml", "ipgb20221025_wk43.zip", "renamed.xml"]
    for name in names:
        (tmp_path / name).write_bytes(week)
    (tmp_path / "notes.xml").write_bytes(b"<notes/>")
    assert [path.name for path in find_deliveries(tmp_path)] == names


def test_a_weekly_file_of_nothing_is_refused(tmp_path):
    path = tmp_path / "ipg120327.xml"
    path.write_bytes(b"\n")
    with pytest.raises(ArchiveCorrupt, match="holds no document"):
        list_units(path, LIMITS)


def test_a_week_cut_in_the_middle_lists_its_last_document(week, weekly, build):
    cut = week[: week.index(NUMBERS[2].encode()) + 200]
    if weekly.suffix == ".xml":
        weekly.write_bytes(cut)
    else:
        weekly.write_bytes(build.zip_of({"ipg120327.xml": cut}))
    assert published(weekly) == list(NUMBERS[:2])
    rejection, notice = list_units(weekly, LIMITS).rejected
    assert rejection.member.startswith(f"ipg120327.xml#{NUMBERS[2]}@")
    assert "is cut off: it begins at byte" in rejection.reason
    assert "2 documents" in notice.reason


def test_documents_before_the_damage_in_a_zip_are_read(build, tmp_path):
    packed = bytearray(build.zip_of({"ipg120327.xml": b"".join(_many(build))}))
    at = len(packed) * 2 // 3
    packed[at : at + 40] = b"\xff" * 40
    path = tmp_path / "ipg120327.zip"
    path.write_bytes(packed)
    assert len(published(path)) > 10
    assert len(list_units(path, LIMITS).rejected) > 1
    packed[at] = 0b111
    packed[at - 200 : at] = bytes(200)
    path.write_bytes(packed)
    assert len(published(path)) > 10
    assert len(list_units(path, LIMITS).rejected) > 1


def test_a_zip_bomb_is_not_unpacked(week, build, tmp_path):
    path = tmp_path / "ipg120327.zip"
    path.write_bytes(build.zip_of({"ipg120327.xml": week + b" " * 20_000_000}))
    rejections = list_units(path, LimitSettings(max_compression_ratio=2)).rejected
    assert "refused as a bomb" in rejections[0].reason


def test_images_that_come_later_take_the_place_of_the_document(
    build, weekly_archive, tmp_path, catalogue
):
    text = tmp_path / "ipg210105.xml"
    text.write_bytes(build.grant_xml("D0907292") + build.grant_xml("D0907293"))
    pictures = PictureStore(str(tmp_path / "pictures"))

    def deliver(path: Path) -> list[StoreOutcome]:
        listing = list_units(path, LIMITS)
        catalogue.begin_upload(str(path), path.name, 1, listing.members, listing.rejected)
        return [
            catalogue.store_publication(
                take_in(unit, pictures=pictures, limits=LIMITS), path.name, name
            )
            for name, unit in read_units(path, listing.members, LIMITS)
        ]

    assert deliver(text) == [StoreOutcome.NEW, StoreOutcome.NEW]
    assert catalogue.counts().figures == 0
    refused = catalogue.progress([text.name]).rejections
    assert [rejection.member for rejection in refused] == ["ipg210105.xml"]
    assert deliver(weekly_archive("D0907292")) == [StoreOutcome.REPLACED]
    later = text.rename(tmp_path / "ipg990105.xml")
    assert deliver(later) == [StoreOutcome.OLDER, StoreOutcome.UNCHANGED]
    stored = catalogue.publication("US-D0907292-S1")
    assert len(stored.sheets) == 3
    assert [problem for problem in stored.problems if "did not come" in problem.reason] == []


def test_hostile_names_in_a_zip_are_refused(week, tmp_path):
    path = tmp_path / "ipg120327.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("../ipg120327.xml", week)
        packed.writestr("ipg120327.xml", week)
        with pytest.warns(UserWarning, match="Duplicate"):
            packed.writestr("ipg120327.xml", week)
    outside, twice, _ = list_units(path, LIMITS).rejected
    assert "leaves the archive" in outside.reason
    assert "a second member" in twice.reason
    assert published(path) == list(NUMBERS)


def test_a_document_longer_than_any_grant_is_listed(week, tmp_path, monkeypatch):
    monkeypatch.setattr("ingestion.formats.uspto_text.MAX_DOCUMENT_BYTES", len(week))
    path = tmp_path / "ipg120327.xml"
    long = week.replace(b"Shaving razor", b"x" * len(week), 2)
    path.write_bytes(week + long)
    rejections = list_units(path, LIMITS).rejected
    assert [rejection.reason for rejection in rejections[:-1]] == [uspto_document.TOO_LONG]
    assert published(path) == [*NUMBERS, *NUMBERS[1:]]


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"Shaving", b"Sha\0ving"), (b"razor", b"raz\xe6r"), (b'"UTF-8"', b'"no-such"'),
     (b"[ ]", b'[ <!ENTITY x "y"> ]'), (b"</claims>", b""), (b"appl-type=\"design\"", b"")],
)  # fmt: skip
def test_one_bad_document_leaves_the_others_alone(week, build, tmp_path, before, after):
    second = build.grant_xml(NUMBERS[1])
    bad = second.replace(before, after, 1)
    path = tmp_path / "ipg120327.xml"
    path.write_bytes(week.replace(second, bad))
    assert set(published(path)) >= {NUMBERS[0], NUMBERS[2]}
    refused = [unit for unit in read_all(path).values() if isinstance(unit, BadInput)]
    assert len(refused) == (0 if b"appl-type" in before else 1)


def test_cdata_that_looks_like_a_document_is_text(build, tmp_path):
    title = "<![CDATA[<?xml version='1.0'?> <!DOCTYPE us-patent-grant> chair]]>"
    path = tmp_path / "ipg120327.xml"
    path.write_bytes(build.grant_xml(NUMBERS[0], title=title) + build.grant_xml(NUMBERS[1]))
    units = list(read_all(path).values())
    assert [unit.publication.title for unit in units] == [
        "<?xml version='1.0'?> <!DOCTYPE us-patent-grant> chair",
        "Shaving razor",
    ]


_TOKENS = [b"<us-patent-grant ", b"</us-patent-grant>", b"<?xml ", b"<!DOCTYPE ", b"<PATDOC>",
           b"\0", b"<![CDATA[", b"<!--", b"&x;", b"\xff\xfe"]  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_whatever_is_damaged_undamaged_documents_are_in(build, tmp_path, data):
    documents = [build.grant_xml(number) for number in NUMBERS] + [build.grant_sgml()]
    content = b"".join(documents)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content)))
        n_dropped = data.draw(st.sampled_from([0, 1, 7, 300, 4000, len(content)]))
        junk = data.draw(st.sampled_from(_TOKENS) | st.binary(max_size=5))
        content = content[:at] + junk + content[at + n_dropped :]
    path = tmp_path / "ipg120327.xml"
    path.write_bytes(content)
    try:
        listing = list_units(path, LIMITS)
    except ArchiveCorrupt:
        assert not content.strip()
        return
    units = dict(read_units(path, listing.members, LIMITS))
    held = {unit.document for unit in units.values() if isinstance(unit, Unit)}
    whole = [document.strip() for document in documents if document.strip() in content]
    assert all(any(document in kept for kept in held) for document in whole)
    n_bad = sum(isinstance(unit, BadInput) for unit in units.values())
    left = content
    for document in held:
        left = left.replace(document, b"")
    said = [r for r in listing.rejected if not r.reason.startswith("no images")]
    assert not left.strip(b" \n\xef\xbb\xbf") or n_bad or said or listing.left.n_files


def _many(build) -> list[bytes]:
    """Enough documents, and different enough, that a zip of them has a middle."""
    return [
        build.grant_xml(f"D{n:07}", title=f"Chair {n * 7919 % 1000003} {n**5} {n**7}")
        for n in range(1, 200)
    ]
