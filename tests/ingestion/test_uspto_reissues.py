"""Reissues: of designs taken in and tied to what they reissue, of other patents left with why."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import ArchiveCorrupt, PublicationInvalid
from core.publication_numbers import asked_number_keys, number_keys
from core.settings import LimitSettings
from ingestion.deliveries import find_deliveries, list_units, read_units
from ingestion.delivery import Unit
from ingestion.formats.uspto_document import parse_document
from ingestion.formats.uspto_fields import is_reissue_number, own_number

LIMITS = LimitSettings()
NUMBER, OTHER = "RE050588", "RE050589"
LEFT = "reissues a patent that is no design"


def read_all(path: Path) -> dict[str, Unit]:
    return dict(read_units(path, list_units(path, LIMITS).members, LIMITS))


@pytest.fixture
def week(build):
    """The reissues of a week, one of a design and one of another patent, each in a zip."""
    return {
        "I20210105/REISSUE/USRE050588-20210105.ZIP": build.grant_zip(
            NUMBER, **build.reissue_fields()
        ),
        "I20210105/REISSUE/USRE050589-20210105.ZIP": build.grant_zip(
            OTHER, **build.utility_reissue_fields()
        ),
    }


def test_of_the_reissues_of_a_week_those_of_designs_are_taken_in(build, week, tmp_path):
    path = tmp_path / "I20210105.tar"
    path.write_bytes(build.tar_of(build.weekly_files(("D0907292",)) | week))
    listing = list_units(path, LIMITS)
    taken, other = week
    assert listing.members == (build.grant_name("D0907292"), taken)
    assert listing.rejected == ()
    assert {one.member: one.reason for one in listing.left.listed} == {other: LEFT}
    unit = read_all(path)[taken]
    assert unit.publication.publication_id == "US-RE050588-E1"
    assert unit.publication.extra == {"reissue_of": "D0845543"}
    assert len(unit.images) == 3


def test_a_reissue_is_of_the_family_of_what_it_reissues(build):
    reissue = parse_document(build.grant_xml(NUMBER, **build.reissue_fields()), "a.xml")
    original = replace(
        parse_document(build.grant_xml("D0845543"), "b.xml"), application_number="29606243"
    )
    assert set(reissue.family) & set(original.family) == {"US 29606243"}


def test_a_reissue_is_found_by_its_number_as_people_write_it():
    assert own_number("Re. 50,588") == NUMBER
    keys = set(number_keys(NUMBER, "E1"))
    for asked in ("RE50,588", "US RE50588 E1", "USRE050588"):
        assert keys & set(asked_number_keys(asked)), asked


def test_a_reissue_is_cited_by_the_number_it_goes_by(build):
    cited = build.CITATION.format(country="US", number="RE50588")
    (citation,) = parse_document(build.grant_xml(citations=cited), "a.xml").citations
    assert citation.number == NUMBER
    assert not citation.is_us_design


@pytest.mark.parametrize(
    ("original", "classes", "is_design"),
    [
        ("D0845543", {"us_classes": (), "locarno": None}, True),
        ("RE050001", {"us_classes": ("D28 47",), "locarno": None}, True),
        ("RE050001", {"us_classes": ("D 2728",), "locarno": None}, True),
        ("RE050001", {"us_classes": (), "locarno": ("2803",)}, True),
        ("RE050001", {"us_classes": ("224420",), "locarno": None}, False),
        ("11515138", {"us_classes": (), "locarno": None}, False),
    ],
)
def test_a_reissue_is_of_a_design_by_its_classes_or_by_what_it_reissues(
    build, original, classes, is_design
):
    document = build.grant_xml(NUMBER, **build.reissue_fields(original, **classes))
    if is_design:
        assert parse_document(document, "a.xml").number == NUMBER
    else:
        with pytest.raises(PublicationInvalid, match=f"{LEFT} .{NUMBER}.") as refused:
            parse_document(document, "a.xml")
        assert refused.value.member == "a.xml"


def test_classes_of_cited_designs_do_not_make_a_design_of_a_reissue(build):
    document = build.grant_xml(OTHER, **build.utility_reissue_fields())
    assert b"<main-classification>D28 47" in document
    with pytest.raises(PublicationInvalid, match=LEFT):
        parse_document(document, "a.xml")


def test_the_heading_of_changes_is_no_statement_on_broken_lines(build):
    heading = (
        "Matter enclosed in heavy brackets [ ] appears in the original patent but forms no part of "
        "this reissue specification; matter printed in italics indicates the additions made by "
        "reissue."
    )
    paragraphs = (heading, "FIG. 1 is a front view of a razor;")
    fields = build.reissue_fields(paragraphs=paragraphs)
    reissue = parse_document(build.grant_xml(NUMBER, **fields), "a.xml")
    assert reissue.broken_line_statement is None
    assert [caption.label for caption in reissue.captions] == ["1"]


def test_reissues_in_sgml_are_told_apart_by_their_classes(build):
    document = build.grant_sgml("RE037016")
    assert parse_document(document, "a.sgm").number == "RE037016"
    bare = document.replace(b"<B511><PDAT>0603</PDAT></B511>", b"").replace(b"D 6480", b"224420")
    with pytest.raises(PublicationInvalid, match=LEFT):
        parse_document(bare, "a.sgm")


def test_reissues_in_a_weekly_text_file_are_told_apart(build, tmp_path):
    path = tmp_path / "ipg210105.xml"
    path.write_bytes(
        build.grant_xml(OTHER, **build.utility_reissue_fields())
        + build.grant_xml(NUMBER, **build.reissue_fields())
        + build.grant_xml()
    )
    listing = list_units(path, LIMITS)
    assert [one.member.partition("@")[0] for one in listing.left.listed] == [f"{path.name}#{OTHER}"]
    numbers = [unit.publication.number for unit in read_all(path).values()]
    assert numbers == [NUMBER, "D0907292"]


@pytest.mark.parametrize("in_folders", [True, False])
def test_reissues_unpacked_are_told_apart(build, tmp_path, in_folders):
    for number, fields in (
        (NUMBER, build.reissue_fields()),
        (OTHER, build.utility_reissue_fields()),
    ):
        for name, content in build.grant_files(number, **fields).items():
            place = tmp_path / "week/REISSUE" / (name if in_folders else Path(name).name)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
    (path,) = find_deliveries(tmp_path / "week")
    listing = list_units(path, LIMITS)
    (member,) = listing.members
    assert listing.rejected == ()
    unit = read_all(path)[member]
    assert (unit.publication.number, len(unit.images)) == (NUMBER, 3)
    left = {Path(one.member).name: one.reason for one in listing.left.listed}
    assert left.pop(f"US{OTHER}-20210105.XML") == LEFT
    assert len(left) == 3


@pytest.mark.parametrize("harm", ["no zip", "cut document"])
def test_a_damaged_reissue_is_refused_with_the_reason_and_not_left(build, tmp_path, harm):
    name = "I20210105/REISSUE/USRE050589-20210105.ZIP"
    files = build.grant_files(OTHER, **build.utility_reissue_fields())
    document = next(file for file in files if file.endswith(".XML"))
    files[document] = files[document][:1500]
    content = b"nothing" if harm == "no zip" else build.zip_of(files)
    path = tmp_path / "I20210105.tar"
    path.write_bytes(build.tar_of(build.weekly_files(("D0907292",)) | {name: content}))
    listing = list_units(path, LIMITS)
    assert name in listing.members
    assert listing.left.n_files == 0
    refused = read_all(path)[name]
    assert isinstance(refused, ArchiveCorrupt if harm == "no zip" else PublicationInvalid)


def test_a_lone_reissue_is_a_delivery(build, tmp_path):
    path = tmp_path / "USRE050588-20210105.ZIP"
    path.write_bytes(build.grant_zip(NUMBER, **build.reissue_fields()))
    (unit,) = read_all(path).values()
    assert unit.publication.kind == "E1"
    assert is_reissue_number(unit.publication.number)
