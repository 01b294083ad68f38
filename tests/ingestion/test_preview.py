"""What a dry run finds out is what taking the delivery in then does."""

import pytest

from core.settings import LimitSettings
from ingestion import preview as previews
from ingestion.carried_images import inherit_images
from ingestion.catalogue import Catalogue
from ingestion.catalogue_records import StoreOutcome
from ingestion.deliveries import delivery_sha256, list_units, read_units
from ingestion.delivery import Unit
from ingestion.intake import take_in
from ingestion.known_publications import KnownPublications
from ingestion.pictures import PictureStore
from ingestion.preview import preview_delivery

LIMITS = LimitSettings()
NUMBERS = ("D0907292", "D0907293", "D0907294")


def nothing_known(_publication_id):
    return None


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'catalogue.sqlite3'}"


def take_all_in(path, url, tmp_path):
    """Store every unit as the ingest stage does."""
    listing, sha256 = list_units(path, LIMITS), delivery_sha256(path)
    catalogue = Catalogue.open(url)
    catalogue.begin_upload(str(path), sha256, 1, listing.members, listing.rejected)
    outcomes = []
    for name, unit in read_units(path, listing.members, LIMITS):
        if isinstance(unit, Unit):
            store = PictureStore(str(tmp_path / "pictures"))
            former = catalogue.publication(unit.publication.publication_id)
            whole = inherit_images(unit, former, store) if former else unit
            stored = take_in(whole, pictures=store, limits=LIMITS)
            outcomes.append(catalogue.store_publication(stored, sha256, name))
    catalogue.close()
    return outcomes


def test_preview_of_a_week_says_what_is_in_it(weekly_archive):
    preview = preview_delivery(weekly_archive(*NUMBERS), LIMITS, nothing_known)
    assert (preview.format, preview.n_units, preview.n_read) == ("uspto", 3, 3)
    assert preview.outcomes == {StoreOutcome.NEW: 3}
    assert (preview.n_images, preview.n_images_missing, preview.n_images_decoded) == (9, 0, 3)
    assert not preview.rejected
    assert [example.publication.number for example in preview.examples] == list(NUMBERS)


def test_preview_lists_what_taking_in_would_list(weekly_archive, build, tmp_path):
    files = build.grant_files()
    del files["USD0907292-20210105/USD0907292-20210105-D00001.TIF"]
    files["USD0907292-20210105/USD0907292-20210105-D00000.TIF"] = b"no picture"
    path = tmp_path / "I20210105.zip"
    members = {
        build.grant_name("D0907292"): build.zip_of(files),
        build.grant_name("D0907293"): b"PK\3\4 damaged",
    }
    path.write_bytes(build.zip_of(members))
    preview = preview_delivery(path, LIMITS, nothing_known)
    assert preview.outcomes == {StoreOutcome.NEW: 1}
    assert (preview.n_images, preview.n_images_missing) == (2, 1)
    reasons = {bad.member.rpartition("-")[2]: bad.reason for bad in preview.rejected}
    assert list(reasons) == ["D00001.TIF", "D00000.TIF", "20210105.ZIP"]
    assert "did not come with it" in reasons["D00001.TIF"]
    assert "not a TIFF" in reasons["D00000.TIF"]
    assert "zip directory cannot be read" in reasons["20210105.ZIP"]


def test_preview_tells_new_unchanged_replaced_and_older(weekly_archive, url, tmp_path):
    first = weekly_archive("D0907292", "D0907293")
    assert take_all_in(first, url, tmp_path) == [StoreOutcome.NEW] * 2
    before = (tmp_path / "catalogue.sqlite3").read_bytes()
    known = KnownPublications(url)
    again = preview_delivery(first, LIMITS, known.find)
    assert again.outcomes == {StoreOutcome.UNCHANGED: 2}
    amended = weekly_archive("D0907292", "D0907294", title="Beard razor", name="I20210302.tar")
    preview = preview_delivery(amended, LIMITS, known.find)
    assert preview.outcomes == {StoreOutcome.REPLACED: 1, StoreOutcome.NEW: 1}
    older = weekly_archive("D0907292", title="Old razor", name="I20201201.tar")
    preview = preview_delivery(older, LIMITS, known.find)
    assert preview.outcomes == {StoreOutcome.OLDER: 1}
    known.close()
    assert (tmp_path / "catalogue.sqlite3").read_bytes() == before
    assert take_all_in(older, url, tmp_path) == [StoreOutcome.OLDER]
    outcomes = take_all_in(amended, url, tmp_path)
    assert outcomes == [StoreOutcome.REPLACED, StoreOutcome.NEW]


def test_preview_knows_that_pictures_come_before_a_bare_document(
    weekly_archive, url, tmp_path, build
):
    week = weekly_archive("D0907292")
    text = tmp_path / "ipg210302.xml"
    text.write_bytes(build.grant_xml("D0907292", title="Later") + build.grant_xml("D0907293"))
    take_all_in(week, url, tmp_path)
    known = KnownPublications(url)
    preview = preview_delivery(text, LIMITS, known.find)
    assert preview.outcomes == {StoreOutcome.OLDER: 1, StoreOutcome.NEW: 1}
    assert take_all_in(text, url, tmp_path) == [StoreOutcome.OLDER, StoreOutcome.NEW]
    older = weekly_archive("D0907293", name="I20201201.tar")
    assert preview_delivery(older, LIMITS, known.find).outcomes == {StoreOutcome.REPLACED: 1}
    known.close()
    assert take_all_in(older, url, tmp_path) == [StoreOutcome.REPLACED]


def test_pictures_that_an_amendment_keeps_are_not_missing(registers, url, tmp_path):
    def deliver(day, files):
        folder = tmp_path / day
        folder.mkdir()
        shown = registers.hague_design(1, files, legends=["Front"] * len(files))
        registered = registers.hague_registration(designs=[shown], published=day)
        (folder / "h.xml").write_bytes(registers.hague_document(registered))
        return folder

    first = deliver("2024-01-05", ["1.jpg", "2.jpg"])
    for n in (1, 2):
        (first / f"{n}.jpg").write_bytes(registers.picture(n))
    assert take_all_in(first, url, tmp_path) == [StoreOutcome.NEW]
    known = KnownPublications(url)
    bare = deliver("2024-01-12", ["1.jpg", "2.jpg"])
    preview = preview_delivery(bare, LIMITS, known.find)
    assert (preview.n_images, preview.n_images_kept, preview.n_images_missing) == (0, 2, 0)
    assert [bad.member for bad in preview.rejected] == ["2024-01-12"]  # that no picture came
    assert preview.outcomes == {StoreOutcome.REPLACED: 1}
    more = deliver("2024-01-19", ["1.jpg", "2.jpg", "3.jpg", "4.jpg"])
    (more / "3.jpg").write_bytes(registers.picture(3))
    preview = preview_delivery(more, LIMITS, known.find)
    assert (preview.n_images, preview.n_images_kept, preview.n_images_missing) == (1, 2, 1)
    assert [bad.member.rpartition("!")[2] for bad in preview.rejected] == ["4.jpg"]
    assert take_all_in(bare, url, tmp_path) == [StoreOutcome.REPLACED]
    assert preview_delivery(bare, LIMITS, known.find).outcomes == {StoreOutcome.UNCHANGED: 1}
    known.close()


def test_preview_makes_no_catalogue(url, tmp_path):
    known = KnownPublications(url)
    assert known.find("US-D0907292-S1") is None
    known.close()
    assert not list(tmp_path.iterdir())


def test_preview_of_an_empty_database_knows_nothing(tmp_path):
    (tmp_path / "empty.sqlite3").touch()
    known = KnownPublications(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    assert known.find("US-D0907292-S1") is None
    assert known.find("US-D0907292-S1") is None
    known.close()


def test_preview_of_a_large_delivery_looks_at_some_evenly(weekly_archive, monkeypatch):
    monkeypatch.setattr(previews, "MAX_READ", 3)
    monkeypatch.setattr(previews, "MAX_DECODED", 2)
    path = weekly_archive(*(f"D09072{n}" for n in range(10, 19)))
    preview = preview_delivery(path, LIMITS, nothing_known)
    assert (preview.n_units, preview.n_read, preview.is_sampled) == (9, 3, True)
    assert [e.publication.number for e in preview.examples] == ["D0907210", "D0907213", "D0907216"]
    assert preview.n_images_decoded == 2


def test_preview_of_what_is_no_delivery_says_so(tmp_path):
    (tmp_path / "notes.md").write_text("nothing here")
    preview = preview_delivery(tmp_path, LIMITS, nothing_known)
    assert preview.format == "unknown"
    assert not preview.n_taken
    assert "no design publication" in preview.rejected[0].reason
    preview = preview_delivery(tmp_path / "notes.md", LIMITS, nothing_known)
    assert [bad.member for bad in preview.rejected] == ["notes.md"]
