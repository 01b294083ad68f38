"""Design registers: every design one publication, pictures found, deletions told, damage said."""

import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import ArchiveCorrupt, PublicationInvalid
from core.locarno import LocarnoCode
from core.records import LocalText, View
from core.settings import LimitSettings
from ingestion.deliveries import list_units, read_units, reader_of
from ingestion.delivery import Listing, Unit, Withdrawal
from ingestion.formats.wipo_views import unnamed_views
from ingestion.formats.wipo_xml import iter_records

LIMITS = LimitSettings()
Deliver = Callable[..., Path]


@pytest.fixture
def deliver(tmp_path: Path) -> Deliver:
    """Write a folder of files: ``deliver({"hague.xml": b"…", "204232/1.1.jpg": b"…"})``."""

    def write(files: dict[str, bytes], name: str = "delivery") -> Path:
        for file, content in files.items():
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return tmp_path / name

    return write


def taken(path: Path) -> tuple[Listing, dict[str, Unit], dict[str, object]]:
    """The listing, the designs by publication id, and every other answer by its unit's name."""
    assert reader_of(path).format == "wipo"
    listing = list_units(path, LIMITS)
    answers = list(read_units(path, listing.members, LIMITS))
    assert sorted(name for name, _ in answers) == sorted(listing.members)
    units = {u.publication.publication_id: u for _, u in answers if isinstance(u, Unit)}
    return listing, units, {n: other for n, other in answers if not isinstance(other, Unit)}


@pytest.fixture
def hague(registers: ModuleType, deliver: Deliver) -> Path:
    """A registration of two designs with three views, a deletion of it later, and a stray file."""
    designs = [
        registers.hague_design(1),
        registers.hague_design(2, ["204232/2.1.jpg"], legends=["Reference"], locarno="0602"),
    ]
    pictures = {f"204232/{name}.jpg": registers.picture() for name in ("1.1", "1.2", "2.1", "9.9")}
    document = registers.hague_document(registers.hague_registration(designs=designs))
    return deliver({"hague.xml": document, "readme.txt": b"see wipo.int", **pictures})


def test_every_design_of_a_registration_is_a_publication(hague: Path) -> None:
    listing, units, other = taken(hague)
    assert listing.members == ("hague.xml#WO-DM204232-1", "hague.xml#WO-DM204232-2")
    assert listing.left.n_files == 1
    assert [rejection.member for rejection in listing.rejected] == ["204232/9.9.jpg"]
    assert other == {}
    first = units["WO-DM204232-1"].publication
    assert (first.office, first.number, first.hague_number) == ("WO", "DM/204232-1", "DM/204232")
    assert (first.title, first.owner, first.inventors) == (
        "Chairs",
        "Møller & Søn A/S",
        ("Ada Berg",),
    )
    assert first.product_indications == (
        LocalText("en", "Chairs"),
        LocalText("fr", "Chaises"),
        LocalText("es", "Sillas"),
    )
    assert first.locarno == (LocarnoCode("06", "01", "14"),)
    assert units["WO-DM204232-2"].publication.locarno == (LocarnoCode("06", "02", "14"),)
    assert first.extra["registration_number"] == "DM/204232"


def test_dates_of_priorities_and_of_the_history_are_not_taken_for_its_own(hague: Path) -> None:
    _, units, _ = taken(hague)
    publication = units["WO-DM204232-1"].publication
    assert publication.publication_date == date(2020, 5, 15)
    assert publication.filing_date == date(2019, 11, 14)
    assert publication.application_number is None
    assert publication.extra["expiry_date"] == "2024-11-15"


def test_views_are_figures_already_cut_with_stated_labels(hague: Path) -> None:
    _, units, _ = taken(hague)
    images = units["WO-DM204232-1"].publication.images
    assert [(i.file, i.position) for i in images] == [("1.1.jpg", 1), ("1.2.jpg", 2)]
    figures = [image.figure for image in images]
    assert [(f.label, f.view, f.caption, f.object_name) for f in figures if f] == [
        ("1.1", View.PERSPECTIVE, "Perspective view", "Chairs"),
        ("1.2", View.FRONT, "Front view", "Chairs"),
    ]
    reference = units["WO-DM204232-2"].publication.images[0].figure
    assert reference
    assert (reference.label, reference.view) == ("2.1", View.REFERENCE)
    assert set(units["WO-DM204232-1"].images) == {"1.1.jpg", "1.2.jpg"}


@pytest.mark.parametrize("packing", ["zip", "tar", "tar.gz"])
def test_a_register_is_read_from_archives_of_any_kind(
    packing: str, hague: Path, build: ModuleType, tmp_path: Path
) -> None:
    files = {
        f"W24/{path.relative_to(hague)}": path.read_bytes()
        for path in sorted(hague.rglob("*"))
        if path.is_file()
    }
    pack = {"zip": build.zip_of, "tar": build.tar_of, "tar.gz": build.tar_gz_of}[packing]
    archive = tmp_path / f"hague.{packing}"
    archive.write_bytes(pack(files))
    listing, units, _ = taken(archive)
    assert listing.members[0] == "W24/hague.xml#WO-DM204232-1"
    assert {len(unit.images) for unit in units.values()} == {1, 2}
    assert all(unit.images_expected and not unit.rejected for unit in units.values())


def test_a_register_behind_all_its_pictures_is_recognised(
    registers: ModuleType, build: ModuleType, tmp_path: Path
) -> None:
    files = {f"{n:04}.jpg": b"x" for n in range(400)}
    files["zz.xml"] = registers.hague_document(registers.hague_registration())
    for pack, name in (
        (build.tar_of, "a.tar"),
        (build.tar_gz_of, "a.tgz"),
        (build.zip_of, "a.zip"),
    ):
        (tmp_path / name).write_bytes(pack(files))
        assert reader_of(tmp_path / name).format == "wipo"


def test_a_document_alone_brings_designs_without_pictures(
    registers: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "hague.xml"
    path.write_bytes(registers.hague_document(registers.hague_registration()))
    listing, units, _ = taken(path)
    assert [rejection.member for rejection in listing.rejected] == ["hague.xml"]
    assert "no pictures in this delivery" in listing.rejected[0].reason
    assert not units["WO-DM204232-1"].images_expected
    path.write_bytes(registers.euipo_document(registers.euipo_design(operation="Update")))
    assert list_units(path, LIMITS).rejected == ()


def test_one_document_a_registration_is_read_as_well(
    registers: ModuleType, deliver: Deliver
) -> None:
    path = deliver(
        {
            f"{number}/{number}.xml": registers.hague_document(
                registers.hague_registration(f"DM/{number}", [registers.hague_design(1, ["1.jpg"])])
            )
            for number in (200001, 200002)
        }
        | {f"{number}/1.jpg": registers.picture(number) for number in (200001, 200002)}
    )
    _, units, _ = taken(path)
    assert sorted(units) == ["WO-DM200001-1", "WO-DM200002-1"]
    for number in (200001, 200002):
        assert units[f"WO-DM{number}-1"].images == {"1.jpg": registers.picture(number)}


def test_equal_picture_names_without_a_hint_are_not_guessed(
    registers: ModuleType, deliver: Deliver
) -> None:
    design = registers.hague_design(1, ["1.jpg"])
    document = registers.hague_document(registers.hague_registration(designs=[design]))
    path = deliver({"h.xml": document, "a/1.jpg": b"1", "b/1.jpg": b"2"})
    _, units, _ = taken(path)
    unit = units["WO-DM204232-1"]
    assert unit.images == {}
    assert "several pictures" in unit.rejected[0].reason


def test_euipo_pictures_named_after_the_design_are_its_views(
    registers: ModuleType, deliver: Deliver
) -> None:
    document = registers.euipo_document(
        registers.euipo_design(views=2), registers.euipo_design("000123456-0002", views=1)
    )
    names = ("000123456_0001_10", "000123456_0001_2", "000123456_0001_1")
    path = deliver({"d.xml": document} | {f"img/{n}.jpg": registers.picture() for n in names})
    listing, units, _ = taken(path)
    assert listing.rejected == ()
    first = units["EM-000123456-0001"]
    assert [(i.file, i.figure and i.figure.label) for i in first.publication.images] == [
        ("000123456_0001_1.jpg", "1.1"),
        ("000123456_0001_2.jpg", "1.2"),
        ("000123456_0001_10.jpg", "1.3"),
    ]
    assert first.publication.status == "registered and fully published"
    assert first.publication.locarno == (LocarnoCode("26", "05", "13"),)
    assert first.publication.title == "Lamps"
    assert first.publication.hague_number is None
    second = units["EM-000123456-0002"]
    assert [rejection.member for rejection in second.rejected] == [
        "d.xml#EM-000123456-0002!view 2.1"
    ]


def test_euipo_pictures_keep_their_views_where_one_is_missing(
    registers: ModuleType, deliver: Deliver
) -> None:
    document = registers.euipo_document(registers.euipo_design(views=3))
    names = ("000123456_0001_2", "000123456_0001_3", "000123456_0001_5")
    path = deliver({"d.xml": document} | {f"{n}.jpg": registers.picture() for n in names})
    _, units, _ = taken(path)
    unit = units["EM-000123456-0001"]
    assert {i.file: i.figure and i.figure.label for i in unit.publication.images} == {
        "000123456_0001_2.jpg": "1.2",
        "000123456_0001_3.jpg": "1.3",
        "000123456_0001_5.jpg": "1.4",
    }
    assert [bad.member.rpartition("!")[2] for bad in unit.rejected] == ["view 1.1"]


def test_euipo_pictures_counted_from_zero_are_taken_in_order(
    registers: ModuleType, deliver: Deliver
) -> None:
    document = registers.euipo_document(registers.euipo_design(views=2))
    names = ("000123456_0001_0", "000123456_0001_1")
    path = deliver({"d.xml": document} | {f"{n}.jpg": registers.picture() for n in names})
    listing, units, _ = taken(path)
    assert listing.rejected == ()
    images = units["EM-000123456-0001"].publication.images
    assert [image.figure and image.figure.label for image in images] == ["1.1", "1.2"]


def test_an_amendment_of_what_the_registration_says_of_all_its_designs_is_one(
    registers: ModuleType, deliver: Deliver
) -> None:
    def document(product: str) -> bytes:
        shared = f"<dgn:ProductIndicationText>{product}</dgn:ProductIndicationText>"
        design = registers.hague_design(indications={})
        made: bytes = registers.hague_document(registers.hague_registration(designs=[design]))
        return made.replace(b"<dgn:DesignBag>", shared.encode() + b"<dgn:DesignBag>")

    read = [
        taken(deliver({"d.xml": document(product)}, product))[1]["WO-DM204232-1"]
        for product in ("Chairs", "Tables")
    ]
    assert [unit.publication.title for unit in read] == ["Chairs", "Tables"]
    assert read[0].document != read[1].document


@pytest.mark.parametrize(
    ("number", "office", "reason"),
    [("漢字", "WO", "'漢字' is none"), ("DM/7", "../W", "'../W' is no code")],
)
def test_numbers_and_offices_that_are_none_are_listed(
    number: str, office: str, reason: str, registers: ModuleType, deliver: Deliver
) -> None:
    document = registers.hague_document(registers.hague_registration(number)).replace(
        b"<dgn:DesignBag>", f"<com:IPOfficeCode>{office}</com:IPOfficeCode><dgn:DesignBag>".encode()
    )
    listing = list_units(deliver({"d.xml": document}), LIMITS)
    assert listing.members == ()
    assert any(reason in bad.reason for bad in listing.rejected)


def test_inpi_pictures_are_named_by_the_number_of_the_view(
    registers: ModuleType, deliver: Deliver
) -> None:
    document = registers.inpi_document(("001", "00614463"), ("002", "00614464"))
    path = deliver(
        {"FR_FRNEW_1.xml": document, "614463.jpg": b"1", "00614464.jpg": b"2"},
    )
    _, units, _ = taken(path)
    assert units["FR-20140182-001"].images == {"614463.jpg": b"1"}
    assert units["FR-20140182-002"].images == {"00614464.jpg": b"2"}
    publication = units["FR-20140182-001"].publication
    assert publication.filing_date == date(2014, 1, 14)
    assert (publication.title, publication.owner) == ("Chaise pliante", "Jean Martin")


def test_deletions_are_withdrawals_of_a_design_or_of_a_registration(
    registers: ModuleType, deliver: Deliver
) -> None:
    deleted = 'com:operationCategory="Delete"'
    path = deliver(
        {
            "a.xml": registers.hague_document(
                registers.hague_registration("DM/1", [registers.hague_design(attributes=deleted)]),
                registers.hague_registration("DM/2", attributes=deleted),
                registers.hague_registration("DM/3", [], attributes=deleted),
            ),
            "b.xml": registers.euipo_document(registers.euipo_design(operation="Delete")),
            "FR_FRDEL_1.xml": registers.inpi_document(("001", "1")),
        }
    )
    _, units, notices = taken(path)
    assert units == {}
    assert {
        (n.publication_id, n.whole_registration)
        for n in notices.values()
        if isinstance(n, Withdrawal)
    } == {
        ("WO-DM1-1", False),
        ("WO-DM2-1", False),
        ("WO-DM3", True),
        ("EM-000123456-0001", False),
        ("FR-20140182-001", False),
    }


def test_a_design_that_comes_twice_is_two_units_in_order(
    registers: ModuleType, deliver: Deliver
) -> None:
    document = registers.euipo_document(
        registers.euipo_design(status="Filed"),
        registers.euipo_design(operation="Update", status="Expired"),
    )
    listing = list_units(deliver({"d.xml": document}), LIMITS)
    assert listing.members == ("d.xml#EM-000123456-0001", "d.xml#EM-000123456-0001 (2)")


@pytest.mark.parametrize(
    ("design", "reason"),
    [
        ("<dgn:Design/><dgn:Design/>", "design 1 of 2 in DM/204232 carries no number"),
        ("<dgn:Design><dgn:DesignIdentifier>1</dgn:DesignIdentifier></dgn:Design>" * 2, "a second"),
        ("", "holds no design"),
    ],
)
def test_designs_that_cannot_be_told_apart_are_listed(
    design: str, reason: str, registers: ModuleType, deliver: Deliver
) -> None:
    document = registers.hague_document(
        registers.hague_registration(designs=[design]), registers.hague_registration("DM/7")
    )
    listing = list_units(deliver({"d.xml": document}), LIMITS)
    assert "d.xml#WO-DM7-1" in listing.members
    assert any(reason in rejection.reason for rejection in listing.rejected)


def test_a_damaged_document_keeps_what_comes_before_the_damage(
    registers: ModuleType, deliver: Deliver
) -> None:
    whole = registers.hague_document(
        *(registers.hague_registration(f"DM/{n}") for n in range(1, 5))
    )
    cut = whole[: whole.index(b"DM/4")]
    listing, units, _ = taken(deliver({"d.xml": cut}))
    assert sorted(units) == ["WO-DM1-1", "WO-DM2-1", "WO-DM3-1"]
    assert [rejection.member for rejection in listing.rejected] == ["d.xml", "delivery"]
    assert "no well-formed XML" in listing.rejected[0].reason


def test_a_prefix_that_nothing_declares_is_listed(registers: ModuleType, deliver: Deliver) -> None:
    document = registers.hague_document(registers.hague_registration())
    other = registers.hague_document(registers.hague_registration("DM/7"))
    path = deliver({"a.xml": other, "d.xml": document.replace(b"xmlns:dgn=", b"xmlns:dgm=")})
    listing, units, _ = taken(path)
    assert sorted(units) == ["WO-DM7-1"]
    assert "d.xml" in [bad.member for bad in listing.rejected]


def test_entities_are_refused_before_anything_is_read(registers: ModuleType) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    document = registers.hague_document(registers.hague_registration("&b;"), doctype=bomb)
    with pytest.raises(PublicationInvalid, match="declares entities"):
        next(iter_records(document, "bomb.xml"))


def test_hostile_names_and_depths_stay_names_and_reasons(
    registers: ModuleType, deliver: Deliver, tmp_path: Path
) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    views = ["../secret.jpg", "C:\\\\secret.jpg", "/etc/passwd", "a.jpg&#xA;b"]
    design = registers.hague_design(1, views, legends=["Front"] * 4)
    deep = "<dgn:Design>" * 300 + "</dgn:Design>" * 300
    path = deliver(
        {
            "a.xml": registers.hague_document(registers.hague_registration(designs=[design])),
            "b.xml": registers.hague_document(registers.hague_registration("DM/9", [deep])),
            "x.jpg": registers.picture(),
        }
    )
    listing, units, _ = taken(path)
    assert units["WO-DM204232-1"].images == {}
    assert all("/" not in image.file for image in units["WO-DM204232-1"].publication.images)
    assert "b.xml" in {rejection.member for rejection in listing.rejected}


def test_a_document_in_utf_16_is_read(registers: ModuleType, deliver: Deliver) -> None:
    text = registers.hague_document(registers.hague_registration()).decode()
    document = text.replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")
    _, units, _ = taken(deliver({"d.xml": document}))
    assert list(units) == ["WO-DM204232-1"]


def test_an_archive_of_grants_is_left_to_its_own_reader(
    weekly_archive: Callable[..., Path], build: ModuleType, deliver: Deliver
) -> None:
    assert reader_of(weekly_archive()).format == "uspto"
    assert reader_of(deliver(build.grant_files())).format == "uspto"
    assert reader_of(Path("nowhere.tar")).format == "uspto"


@given(data=st.data())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_bytes_flipped_dropped_or_cut_never_stop_the_reading(
    data: st.DataObject, registers: ModuleType, tmp_path: Path
) -> None:
    document = bytearray(
        registers.hague_document(*(registers.hague_registration(f"DM/{n}") for n in (1, 2)))
    )
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(document) - 1))
        match data.draw(st.sampled_from(("flip", "drop", "cut"))):
            case "flip":
                document[at] ^= 1 << data.draw(st.integers(0, 7))
            case "drop":
                del document[at : at + 9]
            case _:
                del document[max(at, 60) :]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("d.xml", bytes(document))
    path = tmp_path / "damaged.zip"
    path.write_bytes(packed.getvalue())
    reader = reader_of(path)
    try:
        listing = reader.list_units(path, LIMITS)
    except ArchiveCorrupt:
        return
    names = [name for name, _ in reader.read_units(path, listing.members, LIMITS)]
    assert sorted(names) == sorted(listing.members)
    assert names or listing.rejected or listing.left.n_files


@pytest.mark.parametrize(
    ("design", "told"), [("0001", "1"), ("²", "²"), ("9" * 5_000, "9" * 5_000)]
)
def test_views_are_counted_within_a_design_of_any_number(design: str, told: str) -> None:
    """Python's own reading of numbers ends at some of these."""
    (view,) = unnamed_views(f"000123456-{design}", 2, 3)

    assert view.figure.label == f"{told}.3"


def test_priorities_of_a_registration_are_those_of_its_designs(hague: Path) -> None:
    _, units, _ = taken(hague)
    for design in units.values():
        assert design.publication.related_applications == ("US 29999999",)
        assert design.publication.priority_date == date(2019, 6, 1)
        assert "priority_date" not in design.publication.extra
        assert set(design.publication.family) == {"DM204232", "US 29999999"}


def test_a_design_that_claims_priorities_of_its_own_has_those_alone(
    registers: ModuleType, deliver: Deliver
) -> None:
    claims = [
        registers.st96_priority("kr", "30-2018-0060105", "2018-12-19"),
        registers.st96_priority("JP", "2018-012345", "2018-06-08"),
        registers.st96_priority("", "12345", "2018-01-01"),
        registers.st96_priority("XYZ", "none", "20180100"),
    ]
    bag = f"<dgn:PriorityBag>{''.join(claims)}</dgn:PriorityBag>"
    designs = [registers.hague_design(1, extra=bag), registers.hague_design(2, ["2.1.jpg"])]
    document = registers.hague_document(registers.hague_registration(designs=designs))
    _, units, _ = taken(deliver({"hague.xml": document, "2.1.jpg": registers.picture()}))
    first, second = (units[f"WO-DM204232-{n}"].publication for n in (1, 2))
    assert first.related_applications == ("KR 3020180060105", "JP 2018012345")
    assert first.priority_date == date(2018, 1, 1)
    assert second.related_applications == ("US 29999999",)
    assert first.filing_date == date(2019, 11, 14)


def test_community_designs_filed_together_stay_apart_whatever_they_claim(
    registers: ModuleType, deliver: Deliver
) -> None:
    claimed = [("US", "29/606,243", "2002-11-01")]
    designs = [
        registers.euipo_design(f"000123456-000{n}", priorities=claimed, views=0) for n in (1, 2)
    ]
    path = deliver({"euipo.xml": registers.euipo_document(*designs)})
    _, units, _ = taken(path)
    first, second = (units[f"EM-000123456-000{n}"].publication for n in (1, 2))
    assert first.related_applications == second.related_applications == ("US 29606243",)
    assert first.priority_date == date(2002, 11, 1)
    assert "US 29606243" in first.family
    assert not set(first.family) & set(second.family)


def test_another_priority_makes_another_version_of_a_design(
    registers: ModuleType, deliver: Deliver
) -> None:
    documents = []
    for place, number in enumerate(("29/606,243", "29/606,244")):
        said = registers.hague_registration(priorities=[("US", number, "2019-06-01")])
        path = deliver({"hague.xml": registers.hague_document(said)}, f"week {place}")
        _, units, _ = taken(path)
        documents.append(units["WO-DM204232-1"].document)
    assert documents[0] != documents[1]
