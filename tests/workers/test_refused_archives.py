"""Archives of which nothing can be read: they came, so the ledger says so and why."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import ArchiveChanged, ArchiveCorrupt
from core.settings import LimitSettings
from ingestion.archive_entries import Rejection
from ingestion.catalogue_records import Upload, UploadTerms
from ingestion.deliveries import list_units, unread_id
from ingestion.delivery import Listing
from tests.ingestion import builders
from tests.workers.line import LineResources
from ui.retry_run import retry_failed
from workers import ingestion
from workers.ingestion import enter_upload, start_upload

LETTER = b"Dear Sir or Madam"


def _refused(line: LineResources, path: Path, terms: UploadTerms | None = None) -> Upload:
    with pytest.raises(ArchiveCorrupt):
        start_upload(line, path, terms)
    (upload,) = line.catalogue.uploads()
    return upload


def _retried(line: LineResources) -> tuple[int, list[str]]:
    report = retry_failed(line, lambda _: None, lambda: False)
    return report.retried, [f"{Path(one.archive).name}: {one.reason}" for one in report.rejected]


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "I20210105.tar"
    path.write_bytes(LETTER)
    return path


def test_an_archive_that_cannot_be_read_is_in_the_ledger(line: LineResources, letter: Path) -> None:
    upload = _refused(line, letter, UploadTerms(is_confidential=True))
    assert (upload.path, upload.size_bytes, upload.is_refused) == (str(letter), len(LETTER), True)
    assert upload.finished_at is not None
    assert upload.terms.is_confidential
    account = line.catalogue.account()
    assert (account.n_uploads, account.n_refused_uploads) == (1, 1)
    (refused,) = account.refused
    assert (refused.upload, refused.member) == (str(letter), letter.name)
    assert refused.reason.startswith("is no tar")
    assert _refused(line, letter) == upload  # sent again, it is the same one


def test_what_still_cannot_be_read_is_told_by_a_retry(line: LineResources, letter: Path) -> None:
    _refused(line, letter)
    n_tried, (told,) = _retried(line)
    assert n_tried == 1
    assert told.startswith("I20210105.tar: is no tar")
    letter.unlink()
    assert _retried(line) == (0, [told])


def test_what_can_be_read_by_now_is_taken_in_by_a_retry(
    line: LineResources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    week = tmp_path / "I20210105.tar"
    week.write_bytes(builders.tar_of(builders.weekly_files(["D0900001"])))
    with monkeypatch.context() as older:
        older.setattr(ingestion, "list_units", _cannot_list)
        _refused(line, week)
    assert _retried(line) == (1, [])
    (upload,) = line.catalogue.uploads()
    assert (upload.n_done, upload.is_refused) == (1, False)
    assert line.catalogue.counts().figures == 2


def _cannot_list(path: Path, _limits: object) -> None:
    raise ArchiveCorrupt(path.name, "is of a kind that is not known yet")


def test_a_file_in_the_place_of_the_refused_one_is_another(
    line: LineResources, letter: Path
) -> None:
    _refused(line, letter)
    letter.write_bytes(builders.tar_of(builders.weekly_files(["D0900001"])))
    n_tried, told = _retried(line)
    assert (n_tried, len(told)) == (0, 1)
    start_upload(line, letter)
    assert [upload.is_refused for upload in line.catalogue.uploads()] == [False, True]
    assert _retried(line) == (0, [])
    assert [one.member for one in line.catalogue.account().refused] == [letter.name]
    letter.write_bytes(LETTER + b"!")
    with pytest.raises(ArchiveCorrupt):
        start_upload(line, letter)
    n_tried, told = _retried(line)
    assert (n_tried, len(told)) == (1, 1)


def test_a_file_without_rights_is_listed_and_taken_in_once_it_can_be_read(
    line: LineResources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    week = tmp_path / "I20210105.tar"
    week.write_bytes(builders.tar_of(builders.weekly_files(["D0900001"])))
    terms = UploadTerms(is_confidential=True, project="Kettles")
    with monkeypatch.context() as without_rights:  # root may read everything
        without_rights.setattr(Path, "open", _no_right)
        upload = _refused(line, week, terms)
    assert upload.upload_id == unread_id(week, upload.mark or "")
    assert "Permission denied" in line.catalogue.refused([upload.upload_id])[0].reason
    assert _retried(line) == (1, [])
    (taken,) = line.catalogue.uploads()
    assert (taken.n_done, taken.terms.is_confidential) == (1, True)
    assert taken.upload_id not in line.catalogue.hidden_uploads({"Kettles"})
    assert taken.upload_id in line.catalogue.hidden_uploads({"Chairs"})


def _no_right(*_: object) -> None:
    raise PermissionError(13, "Permission denied")


def test_a_pipe_is_listed_and_never_waited_for(line: LineResources, tmp_path: Path) -> None:
    pipe = tmp_path / "I20210105.tar"
    os.mkfifo(pipe)
    _refused(line, pipe)
    assert "pipe" in line.catalogue.account().refused[0].reason


def test_a_file_that_is_still_written_is_not_listed(
    line: LineResources, letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def written_meanwhile(path: Path, limits: object) -> None:
        path.write_bytes(LETTER * 2)
        _cannot_list(path, limits)

    monkeypatch.setattr(ingestion, "list_units", written_meanwhile)
    with pytest.raises(ArchiveChanged):
        enter_upload(line, letter)
    assert line.catalogue.uploads() == []


def test_what_was_read_before_is_not_called_refused(line: LineResources, tmp_path: Path) -> None:
    week = tmp_path / "I20210105.tar"
    week.write_bytes(builders.tar_of(builders.weekly_files(["D0900001"])))
    start_upload(line, week)
    with pytest.MonkeyPatch.context() as failing:
        failing.setattr(ingestion, "list_units", _cannot_list)
        with pytest.raises(ArchiveCorrupt):
            start_upload(line, week)
    assert line.catalogue.account().refused == ()


def test_a_member_that_the_listing_refused_is_taken_in_by_a_retry(
    line: LineResources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    week = tmp_path / "I20210105.tar"
    week.write_bytes(builders.tar_of(builders.weekly_files(["D0900001", "D0900002"])))
    with monkeypatch.context() as older:
        older.setattr(ingestion, "list_units", _list_all_but_one)
        start_upload(line, week)
        assert _retried(line) == (1, ["I20210105.tar: is of a kind that is not known yet"])
    assert _retried(line) == (1, [])
    (upload,) = line.catalogue.uploads()
    assert (upload.n_members, upload.n_done) == (2, 2)
    assert _retried(line) == (0, [])


def _list_all_but_one(path: Path, limits: LimitSettings) -> Listing:
    listing = list_units(path, limits)
    refused = Rejection(listing.members[0], "is of a kind that is not known yet")
    return replace(listing, members=listing.members[1:], rejected=(refused,))
