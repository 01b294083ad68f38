"""Damaged and hostile archives: each fault is listed by name, its siblings are read."""

import io
import os
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import ArchiveCorrupt
from core.settings import LimitSettings
from ingestion.delivery import Listing
from ingestion.formats.uspto_archive import GrantFiles, list_grants, read_grants

LIMITS = LimitSettings()
NUMBERS = ("D0907292", "D0907293", "D0908314", "D0908315")


def listed(path: Path, limits: LimitSettings = LIMITS) -> tuple[Listing, dict, dict]:
    """The listing, the grants that were read, and the reasons of those that were not."""
    listing = list_grants(path, limits)
    answers = list(read_grants(path, listing.members, limits))
    assert sorted(name for name, _ in answers) == sorted(listing.members)
    read = {name: grant for name, grant in answers if isinstance(grant, GrantFiles)}
    return listing, read, {n: g.reason for n, g in answers if isinstance(g, ArchiveCorrupt)}


def reasons(listing: Listing) -> dict[str, str]:
    return {rejection.member: rejection.reason for rejection in listing.rejected}


@pytest.fixture
def names(build):
    return [build.grant_name(number) for number in NUMBERS]


@pytest.fixture
def tar_file(tmp_path):
    def write(content: bytes) -> Path:
        path = tmp_path / "I20210105.tar"
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize("content", [b"", b"no archive at all", b"\0" * 4096, b"PK\x03\x04 cut"])
def test_what_is_no_archive_is_refused_by_name(tar_file, content):
    with pytest.raises(ArchiveCorrupt, match=r"^I20210105\.tar: "):
        list_grants(tar_file(content), LIMITS)


def test_a_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(ArchiveCorrupt, match=r"nowhere\.tar"):
        list_grants(tmp_path / "nowhere.tar", LIMITS)


def test_a_truncated_tar_gives_everything_before_the_cut(build, names, tar_file):
    content = build.tar_of(build.weekly_files(NUMBERS))
    cut = content.index(names[2].encode()) + 700
    listing, read, failed = listed(tar_file(content[:cut]))
    assert list(read) == names[:2]
    assert failed == {}
    assert "cut off" in reasons(listing)[names[2]]
    assert f"after {names[2]}" in reasons(listing)["I20210105.tar"]


def test_a_tar_cut_between_members_is_noticed(build, names, tar_file):
    content = build.tar_of(build.weekly_files(NUMBERS))
    listing, read, _ = listed(tar_file(content[: content.index(names[2].encode())]))
    assert list(read) == names[:2]
    assert "without an end-of-archive mark" in reasons(listing)["I20210105.tar"]


@pytest.mark.parametrize("n_dropped", [1, 512, 700])
def test_bytes_lost_inside_a_member_lose_that_member_alone(build, names, tar_file, n_dropped):
    content = build.tar_of(build.weekly_files(NUMBERS))
    at = content.index(names[1].encode()) + 512 + 100
    listing, read, failed = listed(tar_file(content[:at] + content[at + n_dropped :]))
    assert {names[0], *names[2:]} <= set(read)
    assert names[1] in {*failed, *reasons(listing)} or read[names[1]].rejected


@pytest.mark.parametrize("lost", [1, 3])
def test_a_zeroed_header_does_not_end_the_archive_quietly(build, names, tar_file, lost):
    content = bytearray(build.tar_of(build.weekly_files(NUMBERS)))
    at = content.index(names[lost].encode())
    content[at : at + 512] = bytes(512)
    listing, read, _ = listed(tar_file(bytes(content)))
    assert list(read) == names[:lost] + names[lost + 1 :]
    assert "damaged" in reasons(listing)["I20210105.tar"]


def test_a_truncated_gzipped_tar_gives_what_was_whole(build, tmp_path, names):
    path = tmp_path / "I20210105.tar.gz"
    content = build.tar_gz_of(build.weekly_files(NUMBERS))
    path.write_bytes(content[: len(content) * 2 // 3])
    listing, read, _ = listed(path)
    assert names[0] in read
    assert len(read) < len(names)
    assert "I20210105.tar.gz" in reasons(listing)


@pytest.mark.parametrize(
    "bad_name", ["../../etc/USD1-20210105.ZIP", "/abs/USD1-20210105.ZIP", "C:/USD1-20210105.ZIP",
                 "I\\..\\..\\USD1-20210105.ZIP"],
)  # fmt: skip
def test_names_that_leave_the_archive_are_refused(build, names, tar_file, bad_name, tmp_path):
    files = {names[0]: build.grant_zip(), bad_name: build.grant_zip()}
    listing, read, _ = listed(tar_file(build.tar_of(files)))
    assert list(read) == names[:1]
    assert "refused" in reasons(listing)[bad_name.replace("\\", "/")]
    zipped = tmp_path / "I20210105.zip"
    zipped.write_bytes(build.zip_of(files))
    listing, read, _ = listed(zipped)
    assert list(read) == names[:1]
    assert len(listing.rejected) == 1


@pytest.mark.parametrize(
    ("kind", "word"),
    [(tarfile.SYMTYPE, "symbolic link"), (tarfile.LNKTYPE, "hard link"),
     (tarfile.CHRTYPE, "device"), (tarfile.FIFOTYPE, "pipe")],
)  # fmt: skip
def test_links_and_devices_in_a_tar_are_refused(build, names, tar_file, kind, word):
    link = tarfile.TarInfo("I20210105/DESIGN/USD0900000-20210105.ZIP")
    link.type, link.linkname = kind, "/etc/passwd"
    content = build.tar_of(build.weekly_files(NUMBERS), links=[link])
    listing, read, _ = listed(tar_file(content))
    assert list(read) == names
    assert word in reasons(listing)[link.name]


def test_links_in_a_zip_and_in_a_folder_are_refused(build, tmp_path, names):
    packed = tmp_path / "I20210105.zip"
    link = zipfile.ZipInfo("I20210105/DESIGN/USD0900000-20210105.ZIP")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr(names[0], build.grant_zip())
    listing, read, _ = listed(packed)
    assert list(read) == names[:1]
    assert "symbolic link" in reasons(listing)[link.filename]
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "USD0907292-20210105.ZIP").write_bytes(build.grant_zip())
    (folder / "USD0900000-20210105.ZIP").symlink_to(packed)
    (folder / "elsewhere").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.zip")
    listing, read, _ = listed(folder)
    assert list(read) == ["USD0907292-20210105.ZIP"]
    assert set(reasons(listing)) == {"USD0900000-20210105.ZIP", "elsewhere", "pipe.zip"}


def test_a_bomb_inside_a_grant_is_refused_and_its_siblings_are_read(build, names, tar_file):
    bomb = build.grant_files() | {"USD0907292-20210105/bomb.TIF": bytes(20 * 2**20)}
    files = {names[0]: build.zip_of(bomb), names[1]: build.grant_zip("D0907293")}
    _, read, failed = listed(tar_file(build.tar_of(files)))
    assert names[1] in read
    told = failed.get(names[0]) or read[names[0]].rejected[0].reason
    assert "zip bomb" in told


def test_a_size_that_lies_in_the_header_is_found_out(build, names, tar_file):
    content = bytearray(build.zip_of({"a/b.XML": bytes(3_000_000)}))
    for signature, at_size in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = content.index(signature) + at_size
        content[at : at + 4] = struct.pack("<I", 10)
    limits = LimitSettings(max_member_bytes=1_000_000)
    _, read, failed = listed(tar_file(build.tar_of({names[0]: bytes(content)})), limits)
    assert read == {}
    assert "damaged" in failed[names[0]]


def test_declared_and_actual_sizes_are_limited(build, names, tar_file):
    files = build.weekly_files(NUMBERS) | {names[1]: os.urandom(50_000)}
    limits = LimitSettings(max_member_bytes=20_000)
    listing, read, _ = listed(tar_file(build.tar_of(files)), limits)
    assert list(read) == [names[0], *names[2:]]
    assert "LIMN_LIMITS__MAX_MEMBER_BYTES" in reasons(listing)[names[1]]


def test_a_grant_is_limited_as_a_whole(build, names, tar_file):
    pages = {f"g/{n}.TIF": bytes(9000) for n in range(30)}
    files = {names[0]: build.zip_of(pages | {"g/g.XML": b"<a/>"}), names[1]: build.grant_zip()}
    limits = LimitSettings(max_member_bytes=100_000)
    _, read, failed = listed(tar_file(build.tar_of(files)), limits)
    assert list(read) == names[1:2]
    assert "LIMN_LIMITS__MAX_MEMBER_BYTES" in failed[names[0]]


def test_too_many_members_stop_the_listing_with_a_reason(build, names, tar_file, tmp_path):
    limits = LimitSettings(max_archive_members=3)
    weekly = build.tar_of(build.weekly_files(NUMBERS, n_sheets=1))
    listing, read, _ = listed(tar_file(weekly), limits)
    assert list(read) == names[:3]
    assert "more than 3 members" in reasons(listing)["I20210105.tar"]
    crowded = tmp_path / "crowded.zip"
    crowded.write_bytes(build.zip_of({f"{n}.txt": b"" for n in range(9)}))
    with pytest.raises(ArchiveCorrupt, match="more than 3 members"):
        list_grants(crowded, limits)


def test_a_gzip_bomb_stops_with_a_reason(build, tmp_path, names):
    path = tmp_path / "I20210105.tar.gz"
    files = {names[0]: build.grant_zip(), "zeros": bytes(80 * 2**20), names[1]: build.grant_zip()}
    path.write_bytes(build.tar_gz_of(files))
    listing, read, _ = listed(path)
    assert list(read) == names[:1]
    assert "bomb" in reasons(listing)["I20210105.tar.gz"]


def test_encrypted_members_are_refused(build, names, tar_file):
    content = bytearray(build.grant_zip())
    at = -1
    while (at := content.find(b"PK\x01\x02", at + 1)) >= 0:
        content[at + 8] |= 1
    files = {names[0]: bytes(content), names[1]: build.grant_zip("D0907293")}
    _, read, failed = listed(tar_file(build.tar_of(files)))
    assert list(read) == names[1:2]
    assert "is encrypted; ask the sender" in failed[names[0]]


def test_repeated_and_empty_members_are_listed(build, names, tmp_path):
    path = tmp_path / "I20210105.tar"
    with tarfile.open(path, "w") as archive:
        for name, content in [(names[0], build.grant_zip()), (names[0], b"again"), (names[1], b"")]:
            header = tarfile.TarInfo(name)
            header.size = len(content)
            archive.addfile(header, io.BytesIO(content))
    listing, read, _ = listed(path)
    assert read[names[0]].document == build.grant_xml()
    assert "second member" in reasons(listing)[names[0]]
    assert "empty" in reasons(listing)[names[1]]


def test_an_empty_or_damaged_image_costs_that_image_alone(build, names, tar_file):
    stem = "USD0907292-20210105/USD0907292-20210105"
    files = build.grant_files() | {f"{stem}-D00001.TIF": b""}
    _, read, _ = listed(tar_file(build.tar_of({names[0]: build.zip_of(files)})))
    grant = read[names[0]]
    assert len(grant.images) == 2
    assert [(r.member, r.reason) for r in grant.rejected] == [
        (f"{names[0]}!{stem}-D00001.TIF", "is empty (0 bytes)")
    ]


def test_a_zip_inside_a_grant_is_not_opened(build, names, tar_file):
    files = build.grant_files() | {"USD0907292-20210105/deeper.zip": build.grant_zip()}
    _, read, _ = listed(tar_file(build.tar_of({names[0]: build.zip_of(files)})))
    assert [r.reason for r in read[names[0]].rejected] == ["a zip inside a grant is not opened"]


def test_odd_names_can_be_printed_stored_and_read(build, tmp_path):
    raw = "I/DESIGN/USD1-\udce9\x1b[2J.ZIP"
    path = tmp_path / "I20210105.tar"
    with tarfile.open(path, "w", encoding="utf-8", errors="surrogateescape") as archive:
        header = tarfile.TarInfo(raw)
        content = build.grant_zip()
        header.size = len(content)
        archive.addfile(header, io.BytesIO(content))
    listing, read, _ = listed(path)
    (name,) = read
    assert name.isprintable()
    assert name.encode() == rb"I/DESIGN/USD1-\xe9\x1b[2J.ZIP"
    assert listing.rejected == ()


def test_a_header_that_leads_back_to_the_start_ends_in_a_rejection(build, names, tar_file):
    whole = build.tar_of(build.weekly_files(NUMBERS))
    at = whole.index(names[1].encode())
    back = forged_header("I20210105/DESIGN/USD0900000-20210105.ZIP", -(at + 512))
    listing, read, _ = listed(tar_file(whole[:at] + back + whole[at:]))
    assert list(read) == names
    assert {rejection.member for rejection in listing.rejected} == {"I20210105.tar"}
    assert "negative size" in listing.rejected[-1].reason


def test_a_long_name_that_claims_gigabytes_is_not_read(build, names, tar_file):
    whole = build.tar_of(build.weekly_files(NUMBERS))
    greedy = forged_header("././@LongLink", 2**33, tarfile.GNUTYPE_LONGNAME)
    listing, read, _ = listed(tar_file(greedy + whole))
    assert list(read) == names
    assert f"claims {2**33} bytes" in reasons(listing)["I20210105.tar"]


def forged_header(name: str, n_bytes: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    """A header with a matching checksum and any size, negative ones too."""
    header = tarfile.TarInfo(name)
    header.type = kind
    block = bytearray(header.tobuf(tarfile.GNU_FORMAT))
    block[124:136] = tarfile.itn(n_bytes, 12, tarfile.GNU_FORMAT)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def test_endless_long_name_headers_do_not_exhaust_the_stack(build, names, tar_file):
    block = tarfile.TarInfo("././@LongLink")
    block.type, block.size = tarfile.GNUTYPE_LONGNAME, 10
    chain = (block.tobuf(tarfile.GNU_FORMAT) + b"a" * 512) * 3000
    content = chain + build.tar_of(build.weekly_files(NUMBERS[:1]))
    listing, read, _ = listed(tar_file(content))
    assert list(read) == names[:1] or listing.rejected


CORPUS = {}


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_damage_is_listed_and_undamaged_siblings_are_read(build, tmp_path, names, data):
    """Flip, cut or drop bytes anywhere: no crash, and whatever was not touched comes through."""
    if not CORPUS:
        files = build.weekly_files(NUMBERS, n_sheets=1)
        CORPUS["tar"] = build.tar_of(files)
        CORPUS["xml"] = {build.grant_name(n): build.grant_xml(n, n_sheets=1) for n in NUMBERS}
    whole: bytes = CORPUS["tar"]
    starts = [whole.index(name.encode()) for name in names]
    at = data.draw(st.integers(0, starts[-1] + 2000), label="at")
    how = data.draw(st.sampled_from(["flip", "drop", "insert", "cut", "zero"]), label="how")
    n = data.draw(st.integers(1, 900), label="n")
    damaged = {
        "flip": lambda: whole[:at] + bytes([whole[at] ^ (1 + n % 255)]) + whole[at + 1 :],
        "drop": lambda: whole[:at] + whole[at + n :],
        "insert": lambda: whole[:at] + os.urandom(n) + whole[at:],
        "zero": lambda: whole[:at] + bytes(n) + whole[at + n :],
        "cut": lambda: whole[:at],
    }[how]()
    path = tmp_path / "I20210105.tar"
    path.write_bytes(damaged)
    try:
        listing, read, failed = listed(path)
    except ArchiveCorrupt:
        assert how in ("cut", "zero", "flip", "drop", "insert")
        assert at < starts[0] + 512 + 1  # nothing but a damaged first header remains
        return
    ends = [*starts[1:], len(whole)]
    n_gone = {"flip": 1, "insert": 0, "cut": len(whole)}.get(how, n)
    for name, start, end in zip(names, starts, ends, strict=True):
        if end <= at or start >= at + n_gone:
            assert read[name].document == CORPUS["xml"][name], (how, at, n, listing, failed)
            assert len(read[name].images) == 2
    if len(read) < len(names):
        assert listing.rejected or failed
