"""Uploads, their members, and what was refused."""

from collections.abc import Callable

from core.records import Stage
from ingestion.archive_entries import Rejection
from ingestion.catalogue import Catalogue
from ingestion.catalogue_records import MemberState, StoredPublication, StoreOutcome

MakeStored = Callable[..., StoredPublication]
SHA = "5" * 64


def test_entering_an_archive_again_keeps_what_is_known(
    catalogue: Catalogue, make_stored: MakeStored
) -> None:
    first = catalogue.begin_upload("/in/a.tar", SHA, 10, ["z", "a"], [Rejection("bad", "a link")])
    assert (first.n_members, first.n_pending, first.finished_at) == (2, 2, None)
    assert catalogue.pending_members(SHA) == ["z", "a"]
    catalogue.store_publication(make_stored(), SHA, "z")
    again = catalogue.begin_upload("/moved/a.tar", SHA, 10, ["z", "a", "new"])
    assert (again.upload_id, again.path, again.started_at) == (
        SHA,
        "/moved/a.tar",
        first.started_at,
    )
    assert catalogue.pending_members(SHA) == ["a", "new"]
    rejected = catalogue.progress([SHA]).rejections
    assert rejected == make_stored().problems, "the new listing refused nothing"


def test_upload_finishes_with_its_last_member(
    catalogue: Catalogue, make_stored: MakeStored
) -> None:
    catalogue.begin_upload("/in/a.tar", SHA, 10, ["a", "b"])
    catalogue.store_publication(make_stored(), SHA, "a")
    assert catalogue.uploads()[0].finished_at is None
    catalogue.reject_member(SHA, "b", "holds no XML")
    upload = catalogue.upload(SHA)
    assert upload is not None
    assert upload.finished_at is not None
    assert upload.finished_at >= upload.started_at
    assert upload.started_at.utcoffset() is not None
    assert (upload.n_done, upload.n_rejected, upload.n_pending) == (1, 1, 0)
    assert catalogue.upload("unknown") is None


def test_upload_without_members_is_finished_at_once(catalogue: Catalogue) -> None:
    upload = catalogue.begin_upload("/in/a.tar", SHA, 10, [], [Rejection("a.tar", "is empty")])
    assert upload.finished_at == upload.started_at
    assert catalogue.progress([SHA]).is_finished


def test_progress_accounts_for_members_figures_and_refusals(
    catalogue: Catalogue, make_stored: MakeStored
) -> None:
    catalogue.begin_upload("/in/a.tar", SHA, 10, ["a", "b", "c"], [Rejection("link", "a link")])
    catalogue.begin_upload("/in/b.tar", "6" * 64, 10, ["a"])
    stored = make_stored()
    catalogue.store_publication(stored, SHA, "a")
    catalogue.store_publication(make_stored("D0900001", n_figures=2), SHA, "b")
    catalogue.store_publication(stored, "6" * 64, "a")
    catalogue.reject_member(SHA, "c", "no design")
    ids = catalogue.figure_ids()
    catalogue.advance(ids[:3], Stage.INDEXED)
    catalogue.fail(ids[3:4], Stage.EMBEDDED, "unreadable")
    progress = catalogue.progress([SHA, "6" * 64])
    assert (progress.n_members, progress.n_done, progress.n_rejected) == (4, 3, 1)
    assert (progress.n_pending, progress.n_publications, progress.n_figures) == (0, 2, 5)
    assert {outcome: n for outcome, n in progress.outcomes.items() if n} == {
        StoreOutcome.NEW: 2,
        StoreOutcome.UNCHANGED: 1,
    }
    assert progress.n_failed == 1
    assert progress.by_stage[Stage.INDEXED] == 3
    assert progress.by_stage[Stage.CUT] == 1
    assert not progress.is_finished
    assert [r.member for r in progress.rejections].count("c") == 1
    assert Rejection("link", "a link") in progress.rejections
    assert len(progress.rejections) == 2 + 3
    catalogue.advance(ids, Stage.INDEXED)
    assert catalogue.progress([SHA]).is_finished
    assert catalogue.progress([]).n_members == 0


def test_a_message_delivered_twice_keeps_the_first_outcome(
    catalogue: Catalogue, make_stored: MakeStored
) -> None:
    catalogue.begin_upload("/in/a.tar", SHA, 10, ["a"])
    catalogue.store_publication(make_stored(), SHA, "a")
    catalogue.store_publication(make_stored(), SHA, "a")
    catalogue.reject_member(SHA, "a", "late failure of the first delivery")
    member = catalogue.members(SHA)[0]
    assert (member.state, member.outcome) == (MemberState.DONE, StoreOutcome.NEW)
    assert member.publication_id == "US-D0907292-S1"
    assert catalogue.progress([SHA]).rejections == make_stored().problems


def test_refused_members_can_be_tried_again(catalogue: Catalogue, make_stored: MakeStored) -> None:
    catalogue.begin_upload("/in/a.tar", SHA, 10, ["a", "b"], [Rejection("link", "a link")])
    catalogue.reject_member(SHA, "b", "no")
    catalogue.store_publication(make_stored(), SHA, "a")
    assert catalogue.reopen_members(SHA) == ["b"]
    assert {r.member for r in catalogue.progress([SHA]).rejections} == {
        "link",
        make_stored().problems[0].member,
    }


def test_names_no_database_takes_are_escaped(catalogue: Catalogue) -> None:
    hostile = "a\0b\udcff"
    catalogue.begin_upload(f"/in/{hostile}", SHA, 10, [hostile])
    assert catalogue.pending_members(SHA) == ["a\\x00b\\udcff"]
    catalogue.reject_member(SHA, hostile, f"cannot be read: {hostile}")
    assert catalogue.pending_members(SHA) == []
    assert catalogue.progress([SHA]).rejections[0].reason == "cannot be read: a\\x00b\\udcff"


def test_uploads_are_listed_newest_first(catalogue: Catalogue) -> None:
    for n in range(4):
        catalogue.begin_upload(f"/in/{n}.tar", str(n) * 64, n * 2**33, [])
    assert [upload.path for upload in catalogue.uploads(limit=3)] == [
        "/in/3.tar",
        "/in/2.tar",
        "/in/1.tar",
    ]
    assert catalogue.uploads()[0].size_bytes == 3 * 2**33
