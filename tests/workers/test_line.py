"""Whole stages on real stores: killed anywhere, fed versions, archives that change, full disks."""

import errno
import multiprocessing
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from celery.exceptions import Retry
from sqlalchemy import select

from core.errors import StorageFailed
from core.records import Stage
from ingestion.catalogue_schema import metadata
from tests.ingestion import builders
from tests.workers.line import (
    LineResources,
    killed_line,
    messages_lost,
    open_line,
    take_all_in,
)
from ui.retry_run import retry_failed
from workers import stages
from workers.describing import describe
from workers.ingestion import resume, start_upload

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.workers.line"])

NUMBERS = ("D0900001", "D0900002", "D0900003", "D0900004", "D0900005")
_TIMES = {"started_at", "finished_at", "stored_at", "version", "mark"}
"""Columns that hold when something happened."""


def _week(folder: Path, *numbers: str, name: str = "I20210105.tar", **fields: Any) -> Path:
    path = folder / name
    path.write_bytes(builders.tar_of(builders.weekly_files(numbers, **fields)))
    return path


@pytest.fixture
def line(tmp_path: Path, index_url: str, queue_url: str) -> Iterator[LineResources]:
    """A home with nothing in it."""
    home = _home(tmp_path, "home")
    with open_line(home, index_url, queue_url) as resources:
        _empty(resources)
        resources.queue.clear_fault()
        yield resources


def _home(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name


def _empty(resources: LineResources) -> None:
    resources.index.delete_figures(list(_points(resources)))


def _points(resources: LineResources) -> set[str]:
    return set(resources.index.iter_figure_ids())


def _everything(resources: LineResources) -> dict[str, Any]:
    """All that is kept of a home, times left out."""
    kept: dict[str, Any] = {}
    with resources.catalogue._reading() as connection:
        for name, table in metadata.tables.items():
            rows = connection.execute(select(table)).mappings()
            kept[name] = sorted(
                repr({key: value for key, value in row.items() if key not in _TIMES})
                for row in rows
            )
    pictures = resources.settings.home / "pictures" / "pictures"
    kept["pictures"] = {path.name: path.read_bytes() for path in pictures.glob("*/[!.]*")}
    records, _ = resources.index._client.scroll(
        resources.index.collection, limit=10_000, with_vectors=True
    )
    kept["points"] = sorted(repr((r.id, r.payload, sorted(r.vector.items()))) for r in records)
    return kept


def test_killed_anywhere_and_run_again_it_ends_as_if_nothing_had_happened(
    tmp_path: Path, index_url: str, queue_url: str, catalogue_url: str
) -> None:
    weeks = [
        _week(tmp_path, *NUMBERS[:3]),
        _week(tmp_path, *NUMBERS[1:], name="I20210112.tar", n_sheets=1, title="Amended"),
    ]
    servers = {"index_url": index_url, "queue_url": queue_url}
    home = _home(tmp_path, "killed")
    with open_line(home, catalogue_url=catalogue_url, **servers) as resources:
        _empty(resources)
    n_killed = 0
    while True:
        where = {"home": home, "catalogue_url": catalogue_url, **servers}
        process = _PROCESSES.Process(
            target=killed_line, args=(25 + 2 * n_killed, weeks), kwargs=where
        )
        process.start()
        process.join(timeout=60)
        if process.exitcode == 0:
            break
        assert process.exitcode == -9
        n_killed += 1
    assert n_killed >= 4
    with open_line(home, catalogue_url=catalogue_url, **servers) as resources:
        found = _everything(resources)
        _empty(resources)
    with open_line(_home(tmp_path, "whole"), **servers) as resources:
        take_all_in(resources, weeks)
        expected = _everything(resources)
    assert len(expected["points"]) == 2 + 4 * 1
    assert found == expected


def test_points_of_replaced_and_withdrawn_figures_leave_the_index(
    line: LineResources, tmp_path: Path
) -> None:
    take_all_in(line, [_week(tmp_path, *NUMBERS[:2])])
    assert len(_points(line)) == 4
    amended = _week(tmp_path, NUMBERS[0], name="I20210302.tar", n_sheets=1, title="Amended")
    take_all_in(line, [amended])
    assert _points(line) == set(line.catalogue.figure_ids())
    assert len(_points(line)) == 3
    notice = line.catalogue.begin_upload("/in/I20210401.xml", "n" * 64, 10, ["notice"])
    line.catalogue.withdraw(f"US-{NUMBERS[1]}-S1", notice.upload_id, "notice", "surrendered")
    resume(line)
    assert _points(line) == {f"US-{NUMBERS[0]}-S1/s1.1"}
    assert line.catalogue.progress([notice.upload_id]).is_finished


@pytest.mark.parametrize("happens", ["withdrawn", "replaced"])
def test_a_figure_that_goes_while_it_is_indexed_leaves_no_point(
    line: LineResources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, happens: str
) -> None:
    week = _week(tmp_path, NUMBERS[0])
    catalogue, index, publication = line.catalogue, line.index, f"US-{NUMBERS[0]}-S1"
    upsert = index.upsert
    with monkeypatch.context() as patched:
        patched.setattr(index, "upsert", lambda points: None)
        take_all_in(line, [week])
    ids = catalogue.figure_ids()
    catalogue.send_back(ids, Stage.EMBEDDED)

    def goes_meanwhile(points: Any) -> None:
        upload = catalogue.begin_upload("/in/I20210302.tar", "n" * 64, 10, ["n"])
        if happens == "withdrawn":
            catalogue.withdraw(publication, upload.upload_id, "n", "surrendered")
        else:
            stored = catalogue.publication(publication)
            gone = replace(stored, content_hash="other", figures=(), texts=())
            catalogue.store_publication(gone, upload.upload_id, "n")
        stages.clear_obsolete(line)  # as another worker would
        upsert(points)

    monkeypatch.setattr(index, "upsert", goes_meanwhile)
    stages.index(line, ids)
    assert _points(line) == set()


def test_an_archive_that_is_another_one_by_now_is_not_read(
    line: LineResources, tmp_path: Path
) -> None:
    week = _week(tmp_path, *NUMBERS)
    entered = _enter_only(line, week)
    _week(tmp_path, *NUMBERS[:2], title="Another")
    resume(line)
    progress = line.catalogue.progress([entered])
    assert (progress.n_done, progress.n_rejected) == (0, 5)
    assert "I20210105.tar: has changed since it was entered" in progress.rejections[0].reason
    assert line.catalogue.counts().publications == 0
    _week(tmp_path, *NUMBERS)
    take_all_in(line, [week])
    assert line.catalogue.progress([entered]).n_done == 5
    assert len(_points(line)) == 10


def test_nothing_is_stored_from_an_archive_that_changes_while_it_is_read(
    line: LineResources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    week = _week(tmp_path, *NUMBERS)
    entered = _enter_only(line, week)
    take_in = stages.take_in
    n_taken = 0

    def change_after_two(*arguments: Any, **named: Any) -> Any:
        nonlocal n_taken
        n_taken += 1
        if n_taken == 3:
            with week.open("r+b") as file:
                file.write(b"overwritten")
        return take_in(*arguments, **named)

    monkeypatch.setattr(stages, "take_in", change_after_two)
    resume(line)
    progress = line.catalogue.progress([entered])
    assert (progress.n_done, progress.n_rejected) == (2, 3)
    assert len(_points(line)) == 4


def test_a_change_that_left_the_file_times_alone_shows_when_a_member_is_missing(
    line: LineResources, tmp_path: Path
) -> None:
    week = _week(tmp_path, *NUMBERS[:2])
    entered = _enter_only(line, week)
    before = week.stat()
    content = week.read_bytes()
    week.write_bytes(content.replace(NUMBERS[0].encode(), b"D0999999"))
    os.utime(week, ns=(before.st_atime_ns, before.st_mtime_ns))
    resume(line)
    progress = line.catalogue.progress([entered])
    assert (progress.n_done, progress.n_rejected) == (1, 1), "the other one is whole"
    assert "has changed since" in progress.rejections[0].reason


def test_an_archive_touched_or_moved_is_read_on(line: LineResources, tmp_path: Path) -> None:
    week = _week(tmp_path, *NUMBERS[:2])
    entered = _enter_only(line, week)
    os.utime(week, ns=(1, 1))
    resume(line)
    assert line.catalogue.progress([entered]).n_done == 2


def test_an_archive_out_of_reach_is_listed_and_taken_in_when_it_is_back(
    line: LineResources, tmp_path: Path
) -> None:
    week = _week(tmp_path, *NUMBERS[:2])
    entered = _enter_only(line, week)
    away = shutil.move(week, tmp_path / "elsewhere.tar")
    resume(line)
    assert (
        "cannot be opened (No such file" in line.catalogue.progress([entered]).rejections[0].reason
    )
    shutil.move(away, week)
    take_all_in(line, [week])
    assert line.catalogue.progress([entered]).n_done == 2


def _enter_only(line: LineResources, week: Path) -> str:
    """The upload id of an archive that no worker has looked at yet."""
    with messages_lost(line):
        return start_upload(line, week).upload_id


def test_a_full_disk_rejects_nothing_and_is_told(
    line: LineResources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    week = _week(tmp_path, *NUMBERS[:3])
    with monkeypatch.context() as full:
        full.setattr("os.fsync", _no_room)
        with pytest.raises(Retry, match="No space left on device"):
            start_upload(line, week)
    fault = line.queue.fault()
    assert isinstance(fault, StorageFailed)
    assert "make room" in str(fault)
    (upload,) = line.catalogue.uploads()
    assert (upload.n_pending, upload.n_rejected) == (3, 0)
    assert not list(line.settings.home.glob("pictures/*/*/*"))
    line.queue.clear_fault()
    take_all_in(line, [week])
    assert line.catalogue.upload(upload.upload_id).n_done == 3
    assert len(_points(line)) == 6


def _no_room(_descriptor: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("stage", [Stage.DESCRIBED, Stage.EMBEDDED, Stage.INDEXED])
def test_what_any_stage_gave_up_on_is_retried(
    line: LineResources, tmp_path: Path, stage: Stage
) -> None:
    entered = _enter_only(line, _week(tmp_path, NUMBERS[0]))
    ids = list(stages.iter_cut(line, entered, [builders.grant_name(NUMBERS[0])]))
    done_before = {Stage.DESCRIBED: [], Stage.EMBEDDED: [describe]}
    for step in done_before.get(stage, [describe, stages.embed]):
        step(line, ids)
    assert line.catalogue.fail(ids, stage, "it had a bad day") == 2
    report = retry_failed(line, lambda _: None, lambda: False)
    assert (report.retried, report.failed, report.rejected) == (2, 0, [])
    assert _points(line) == set(ids)


def test_rejected_members_are_retried(line: LineResources, tmp_path: Path) -> None:
    entered = _enter_only(line, _week(tmp_path, *NUMBERS[:2]))
    line.catalogue.reject_member(entered, builders.grant_name(NUMBERS[1]), "it had a bad day")
    resume(line)
    assert len(_points(line)) == 2
    report = retry_failed(line, lambda _: None, lambda: False)
    assert (report.retried, report.failed, report.rejected) == (1, 0, [])
    assert len(_points(line)) == 4
