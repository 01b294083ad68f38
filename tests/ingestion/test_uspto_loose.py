"""Documents side by side in a folder or an archive, with images of their own or without any."""

from pathlib import Path, PurePosixPath

import pytest

from core.settings import LimitSettings
from ingestion.deliveries import list_units, read_units
from ingestion.delivery import Unit
from ingestion.intake import account_for

LIMITS = LimitSettings()
NUMBERS = ("D0907292", "D0907293")


def read_all(path: Path) -> dict[str, Unit]:
    return dict(read_units(path, list_units(path, LIMITS).members, LIMITS))


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture(params=["folder", "tar", "tar.gz"])
def deliver(request, build, tmp_path):
    """Hand files over as a folder or packed."""

    def delivered(files: dict[str, bytes]) -> Path:
        if request.param == "folder":
            return write(tmp_path / "xml", files)
        path = tmp_path / f"xml.{request.param}"
        path.write_bytes((build.tar_of if request.param == "tar" else build.tar_gz_of)(files))
        return path

    return delivered


def test_documents_without_images_are_units_and_said_to_be_bare_once(build, deliver):
    path = deliver(
        {
            "USD0907292-20210105.XML": build.grant_xml(),
            "more/USD0456619-20020507.sgm": build.grant_sgml(),
            "more/chair.xml": build.grant_xml("D0907294"),
            "more/manifest.csv": b"file,title",
            "more/words.xml": b"<words/>",
            "more/utility.xml": build.grant_xml("11617522", appl_type="utility"),
            "US11617522-20210105.XML": b"a utility grant",
        }
    )
    listing = list_units(path, LIMITS)
    (notice,) = listing.rejected
    assert notice.member == path.name
    assert notice.reason.startswith("no images in this delivery: 3 documents are kept")
    assert {one.member: one.reason for one in listing.left.listed} == {
        "more/manifest.csv": "is neither a document nor a picture",
        "more/words.xml": "is no document of a design grant",
        "more/utility.xml": "is no document of a design grant",
        "US11617522-20210105.XML": "belongs to another kind of patent",
    }
    units = read_all(path)
    assert set(units) == {
        "USD0907292-20210105.XML", "more/USD0456619-20020507.sgm", "more/chair.xml",
    }  # fmt: skip
    assert all(not unit.images_expected and unit.images == {} for unit in units.values())
    assert units["more/chair.xml"].publication.number == "D0907294"


def test_grants_unpacked_into_one_folder_find_their_images(build, deliver):
    files = {
        PurePosixPath(name).name: content
        for number in NUMBERS
        for name, content in build.grant_files(number).items()
    }
    path = deliver(files | {"USD0907299-20210105-D00001.TIF": b"an orphan"})
    listing = list_units(path, LIMITS)
    assert listing.rejected == ()
    (orphan,) = listing.left.listed
    assert orphan.reason == "is a picture that no document of a design came with"
    units = read_all(path)
    assert [unit.publication.number for unit in units.values()] == list(NUMBERS)
    for number, unit in zip(NUMBERS, units.values(), strict=True):
        assert set(unit.images) == {f"US{number}-20210105-D0000{n}.TIF" for n in range(3)}
        assert unit.images_expected


def test_a_document_that_lost_its_images_among_others_expects_them(build, deliver):
    files = {PurePosixPath(name).name: content for name, content in build.grant_files().items()}
    path = deliver(files | {"USD0907293-20210105.XML": build.grant_xml("D0907293")})
    bare = read_all(path)["USD0907293-20210105.XML"]
    assert bare.images == {}
    assert bare.images_expected


def test_documents_in_weekly_zips_may_be_sgml(build, tmp_path):
    files = build.grant_files("D0456619")
    name = next(name for name in files if name.endswith(".XML"))
    files[name.replace(".XML", ".SGM")] = build.grant_sgml("D0456619")
    del files[name]
    path = tmp_path / "I20020507.ZIP"
    member = "I20020507/DESIGN/USD0456619-20020507.ZIP"
    path.write_bytes(build.zip_of({member: build.zip_of(files)}))
    unit = read_all(path)[member]
    assert unit.publication.title == "Café table"
    assert len(unit.images) == 3


def test_an_empty_title_is_listed_with_its_publication(build, deliver):
    path = deliver({"USD0907292-20210105.XML": build.grant_xml(title="")})
    (unit,) = read_all(path).values()
    (problem,) = unit.rejected
    assert "has no title" in problem.reason


def test_a_date_of_no_day_is_listed_with_its_publication(build, deliver):
    document = build.grant_xml().replace(b"<date>20210105<", b"<date>20210100<")
    (unit,) = read_all(deliver({"USD0907292-20210105.XML": document})).values()
    (problem,) = unit.rejected
    assert "has no whole date of publication" in problem.reason
    assert unit.publication.publication_date is None


@pytest.mark.parametrize("is_packed", [True, False])
def test_files_beside_a_grant_in_its_own_zip_or_folder_are_listed(build, deliver, is_packed):
    number, folder = NUMBERS[0], f"US{NUMBERS[0]}-20210105"
    beside = {
        f"{folder}/{folder}.pdf": b"a scan",
        f"{folder}/Thumbs.db": b"what a viewer left",
        f"{folder}/sequence.xml": b"<sequence/>",
    }
    files = build.grant_files(number) | beside
    path = deliver({f"{folder}.ZIP": build.zip_of(files)} if is_packed else files)
    listing = list_units(path, LIMITS)
    within = f"{folder}.ZIP!" if is_packed else ""
    assert listing.rejected == ()
    assert {one.member: one.reason for one in listing.left.listed} == {
        f"{within}{folder}/{folder}.pdf": "is neither a document nor a picture",
        f"{within}{folder}/Thumbs.db": "is neither a document nor a picture",
        f"{within}{folder}/sequence.xml": "is a document beside the grant's own",
    }
    (unit,) = read_all(path).values()
    assert unit.rejected == ()
    assert len(unit.images) == 3
    taken = {unit.publication.number} | {image.file for image in unit.publication.images}
    assert len(taken) + listing.left.n_files == len(files)


def test_pictures_a_document_does_not_name_are_a_problem_of_its_grant(build, deliver):
    folder = f"US{NUMBERS[0]}-20210105"
    surplus = {f"{folder}/{folder}-D00009.TIF": build.tiff()}
    path = deliver({f"{folder}.ZIP": build.zip_of(build.grant_files(NUMBERS[0]) | surplus)})
    assert list_units(path, LIMITS).left.n_files == 0
    (unit,) = read_all(path).values()
    _, (problem,) = account_for(unit)
    assert problem.member.endswith("-D00009.TIF")
    assert "does not name" in problem.reason
