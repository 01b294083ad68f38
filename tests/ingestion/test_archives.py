"""Weekly archives in every form they come in, read as grants."""

import hashlib
import os
import tarfile
import tracemalloc
from pathlib import Path

import pytest

from core.errors import ArchiveCorrupt
from core.settings import LimitSettings
from ingestion.archives import archive_sha256
from ingestion.deliveries import find_deliveries, left_beside, list_units
from ingestion.formats.uspto_archive import GrantFiles, list_grants, read_grants

LIMITS = LimitSettings()
NUMBERS = ("D0907292", "D0907293", "D0908314")


def read_all(path: Path, limits: LimitSettings = LIMITS) -> dict[str, GrantFiles | ArchiveCorrupt]:
    return dict(read_grants(path, list_grants(path, limits).members, limits))


@pytest.fixture(params=["tar", "tar.gz", "zip", "folder", "folder of folders", "tar of folders"])
def weekly(request, build, tmp_path):
    """The same three grants, packed in each way."""
    zips = build.weekly_files(NUMBERS)
    loose = {
        f"I20210105/DESIGN/{name}": content
        for number in NUMBERS
        for name, content in build.grant_files(number).items()
    }
    path = tmp_path / "I20210105"
    if request.param == "tar":
        path.write_bytes(build.tar_of(zips))
    elif request.param == "tar.gz":
        path.write_bytes(build.tar_gz_of(zips))
    elif request.param == "zip":
        path.write_bytes(build.zip_of(zips))
    elif request.param == "tar of folders":
        path.write_bytes(build.tar_of(loose))
    else:
        for name, content in (zips if request.param == "folder" else loose).items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(content)
    return path


def test_every_packing_gives_the_same_grants(weekly, build):
    grants = read_all(weekly)
    assert list_grants(weekly, LIMITS).rejected == ()
    assert [grant.document for grant in grants.values()] == [build.grant_xml(n) for n in NUMBERS]
    for number, grant in zip(NUMBERS, grants.values(), strict=True):
        assert grant.document_name == f"US{number}-20210105.XML"
        assert set(grant.images) == {f"US{number}-20210105-D0000{n}.TIF" for n in range(3)}
        assert set(grant.images.values()) == {build.tiff()}
        assert grant.rejected == ()


def test_read_grants_answers_each_name_once(weekly):
    first, second, third = list_grants(weekly, LIMITS).members
    answers = list(read_grants(weekly, [third, "no such grant", first, first], LIMITS))
    assert sorted(name for name, _ in answers) == sorted([first, third, "no such grant"])
    assert isinstance(dict(answers)["no such grant"], ArchiveCorrupt)
    assert second not in dict(answers)


def test_a_lone_grant_zip_is_one_grant(build, tmp_path):
    path = tmp_path / "USD0907292-20210105.ZIP"
    path.write_bytes(build.grant_zip())
    assert list_grants(path, LIMITS).members == ("USD0907292-20210105",)
    assert len(read_all(path)["USD0907292-20210105"].images) == 3


def test_a_grant_zip_without_inner_folder_is_named_after_its_file(build, tmp_path):
    path = tmp_path / "odd name.zip"
    files = {Path(name).name: content for name, content in build.grant_files().items()}
    path.write_bytes(build.zip_of(files))
    assert list_grants(path, LIMITS).members == ("odd name.zip",)
    assert read_all(path)["odd name.zip"].document == build.grant_xml()


def test_a_lone_grant_folder_is_one_grant(build, tmp_path):
    for name, content in build.grant_files().items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    (folder,) = tmp_path.iterdir()
    assert list_grants(folder, LIMITS).members == (folder.name,)
    assert len(read_all(folder)[folder.name].images) == 3


def test_other_kinds_and_supplements_are_counted_not_rejected(build, tmp_path):
    files = {
        **build.weekly_files(NUMBERS[:1]),
        "I20210105/UTIL10881/US10881042-20210105.ZIP": b"utility",
        "I20210105/PLANT/USPP032699-20210105.ZIP": b"plant",
        "I20210105/REISSUE/USRE048374-20210105.ZIP": build.grant_zip(
            "RE048374", **build.utility_reissue_fields()
        ),
        "I20210105/DESIGN/USD0907292-20210105-SUPP.ZIP": b"supplement",
        "I20210105-SUPP/DESIGN/USD0907293-20210105.ZIP": b"supplement",
        "I20210105/DTDS/us-patent-grant-v45-2014-04-03.dtd": b"dtd",
        "I20210105/readme.txt": b"words",
    }
    path = tmp_path / "I20210105.tar"
    path.write_bytes(build.tar_of(files))
    listing = list_grants(path, LIMITS)
    assert (listing.members, listing.rejected) == ((build.grant_name(NUMBERS[0]),), ())
    assert {one.member.rpartition("/")[2]: one.reason for one in listing.left.listed} == {
        "US10881042-20210105.ZIP": "belongs to another kind of patent",
        "USPP032699-20210105.ZIP": "belongs to another kind of patent",
        "USRE048374-20210105.ZIP": "reissues a patent that is no design",
        "USD0907292-20210105-SUPP.ZIP": "belongs to a supplement",
        "USD0907293-20210105.ZIP": "belongs to a supplement",
        "us-patent-grant-v45-2014-04-03.dtd": "lies in DTDS, where no design grants are",
        "readme.txt": "is neither a document nor a picture",
    }
    assert listing.left.n_files == 7


def test_a_grant_folder_that_lost_its_document_is_listed_and_fails_by_name(build, tmp_path):
    files = {f"DESIGN/{n}": c for n, c in build.grant_files().items() if not n.endswith("XML")}
    path = tmp_path / "week.tar"
    path.write_bytes(build.tar_of(files))
    ((name, grant),) = read_all(path).items()
    assert name == "DESIGN/USD0907292-20210105"
    assert "no readable document" in str(grant)


def test_two_documents_are_told_apart_by_name(build, tmp_path):
    files = build.grant_files() | {"USD0907292-20210105/other.xml": b"<other/>"}
    path = tmp_path / "week.tar"
    name = build.grant_name("D0907292")
    path.write_bytes(build.tar_of({name: build.zip_of(files), "X/a.zip": build.zip_of(files)}))
    grants = read_all(path)
    assert grants[name].document_name == "USD0907292-20210105.XML"
    assert "2 documents" in grants["X/a.zip"].reason


def test_a_big_tar_is_never_held_in_memory(build, tmp_path):
    filler = bytes(range(256)) * 4096  # 1 MiB
    name = build.grant_name("D0907292")
    files = {f"I20210105/UTIL0/US{n}.ZIP": filler for n in range(40)}
    path = tmp_path / "I20210105.tar"
    path.write_bytes(build.tar_of({**files, name: build.grant_zip()}))
    tracemalloc.start()
    grants = read_all(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(grants[name].images) == 3
    assert peak < 8 * 2**20


def test_archive_sha256_is_the_files_own_and_follows_a_folders_content(build, tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(build.grant_zip())
    assert archive_sha256(path) == hashlib.sha256(path.read_bytes()).hexdigest()
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a").write_bytes(b"1")
    before = archive_sha256(folder)
    assert before == archive_sha256(folder)
    (folder / "a").rename(folder / "b")
    renamed = archive_sha256(folder)
    (folder / "b").write_bytes(b"2")
    assert len({before, renamed, archive_sha256(folder)}) == 3


def test_parts_without_the_first_one_say_which_is_missing(weekly_archive):
    week = weekly_archive("D0907292")
    parts = [week.with_name(f"2019.{suffix}") for suffix in ("ab", "ac")]
    for part in parts:
        part.write_bytes(b"the middle of an archive")
    assert find_deliveries(week.parent) == (parts[0], week)
    assert find_deliveries(parts[1]) == (parts[0],)
    with pytest.raises(
        ArchiveCorrupt, match=r"2019\.aa: this part is missing, but not those after"
    ):
        list_units(parts[0], LIMITS)


def test_a_shelf_holds_archives_in_parts_beside_weeks(weekly_archive, build):
    week = weekly_archive("D0907292")
    first = week.with_name("2019.aa")
    first.write_bytes(build.zip_of({"design2019.json": b"[]"}))
    assert find_deliveries(week.parent) == (first, week)


def test_find_deliveries_opens_a_shelf_but_not_a_week(build, weekly_archive, tmp_path):
    week = weekly_archive(*NUMBERS)
    assert find_deliveries(week) == (week,)
    assert find_deliveries(tmp_path) == (week,)
    folder = tmp_path / "grants"
    folder.mkdir()
    (folder / "USD0907292-20210105.ZIP").write_bytes(build.grant_zip())
    assert find_deliveries(folder) == (folder,)


def test_everything_on_a_mixed_shelf_is_a_delivery(build, weekly_archive, tmp_path):
    weekly_archive(*NUMBERS)
    contents = {
        "2020/I20201229.tar": build.tar_of(build.weekly_files(NUMBERS[:1])),
        "README.txt": b"what lies here",
        "USD0907298-20210105.XML": build.grant_xml("D0907298"),
        "USD0907299-20210105.ZIP": build.grant_zip("D0907299"),
        "stray.tif": build.tiff(),
        "unpacked/I20210112/DESIGN/USD0907297-20210112.ZIP": build.grant_zip("D0907297"),
    }
    for name, content in contents.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    found = find_deliveries(tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in found] == [
        "2020/I20201229.tar",
        "I20210105.tar",
        "USD0907298-20210105.XML",
        "USD0907299-20210105.ZIP",
        "stray.tif",
        "unpacked",
    ]
    (tmp_path / "2020" / ".hidden").write_bytes(b"")
    (tmp_path / "2020" / "link.tar").symlink_to(tmp_path / "I20210105.tar")
    beside = [path.relative_to(tmp_path).as_posix() for path in left_beside(tmp_path)]
    assert beside == ["2020/.hidden", "README.txt"]
    assert left_beside(tmp_path / "I20210105.tar") == left_beside(tmp_path / "unpacked") == ()


def test_a_pipe_on_a_shelf_is_refused_and_not_waited_for(weekly_archive, tmp_path):
    week = weekly_archive(*NUMBERS)
    os.mkfifo(tmp_path / "pipe.tar")
    os.mkfifo(tmp_path / "notes.txt")
    assert find_deliveries(tmp_path) == (week, tmp_path / "pipe.tar")
    assert left_beside(tmp_path) == (tmp_path / "notes.txt",)
    with pytest.raises(ArchiveCorrupt, match="is a pipe, device or socket"):
        list_units(tmp_path / "pipe.tar", LIMITS)


def test_a_weekly_archive_inside_a_folder_of_grants_is_not_passed_over(build, tmp_path):
    (tmp_path / "USD0907292-20210105.ZIP").write_bytes(build.grant_zip())
    (tmp_path / "I20210112.tar").write_bytes(build.tar_of(build.weekly_files(NUMBERS)))
    listing = list_grants(tmp_path, LIMITS)
    assert listing.members == ("USD0907292-20210105.ZIP",)
    assert [(r.member, "path of its own" in r.reason) for r in listing.rejected] == [
        ("I20210112.tar", True)
    ]


def test_an_archive_of_two_gigabytes_is_never_in_memory(build, tmp_path):
    """Eight members of 256 MB (holes on the disk) before the grant that is wanted."""
    path = tmp_path / "I20210105.tar"
    n_bytes = 256 * 2**20
    with path.open("wb") as file:
        for n in range(8):
            header = tarfile.TarInfo(f"I20210105/UTIL{n}/US1090{n}-20210105.ZIP")
            header.size = n_bytes
            file.write(header.tobuf(tarfile.USTAR_FORMAT))
            file.seek(n_bytes, os.SEEK_CUR)
        file.write(build.tar_of(build.weekly_files(NUMBERS[:1])))
    assert path.stat().st_size > 2**31
    tracemalloc.start()
    try:
        ((_, grant),) = read_grants(path, list_grants(path, LIMITS).members, LIMITS)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(grant, GrantFiles)
    assert peak_bytes < 32 * 2**20


def test_a_delivery_without_a_publication_is_told_and_never_passed_over(tmp_path):
    (tmp_path / "notes.txt").write_text("what was meant to lie here")
    with pytest.raises(ArchiveCorrupt, match=r"no design publication.* \(1 files left alone\)"):
        list_units(tmp_path, LIMITS)
