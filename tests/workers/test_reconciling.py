"""Catalogue, pictures and index made to differ in every way, then brought to agree."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.records import Stage
from tests.ingestion import builders
from tests.workers.line import LineResources, messages_lost, open_line, take_all_in
from ui.reconciliation import Reconciliation, compare, fix, report
from ui.retry_run import retry_failed
from workers.ingestion import start_upload
from workers.reconciling import count_missing

PUBLICATION = "US-D0900001-S1"


@pytest.fixture
def line(tmp_path: Path, index_url: str, queue_url: str) -> Iterator[LineResources]:
    """A home that has taken two grants in."""
    (tmp_path / "home").mkdir()
    week = tmp_path / "I20210105.tar"
    files = builders.weekly_files(["D0900001"]) | builders.weekly_files(["D0900002"], n_sheets=3)
    week.write_bytes(builders.tar_of(files))
    with open_line(tmp_path / "home", index_url, queue_url) as resources:
        resources.index.delete_figures(list(resources.index.iter_figure_ids()))
        take_all_in(resources, [week])
        yield resources


def _look(line: LineResources, *, deep: bool = False) -> Reconciliation:
    return report(line, compare(line, lambda *_: None, deep=deep))


def _fix(line: LineResources, *, deep: bool = False) -> Reconciliation:
    found = compare(line, lambda *_: None, deep=deep)
    return fix(line, found, lambda _: None, lambda: False)


def _picture(line: LineResources, sha256: str) -> Path:
    return line.settings.home / "pictures" / "pictures" / sha256[:2] / sha256


def test_what_agrees_is_left_alone(line: LineResources) -> None:
    before = _look(line, deep=True)
    assert before.agrees
    assert (before.figures, before.points, before.pictures_orphaned) == (5, 5, [])
    after = _fix(line, deep=True)
    assert after.repaired
    assert after.model_copy(update={"repaired": None}) == before
    assert not any(n for n in after.repaired.model_dump().values())


def test_points_that_are_missing_stale_or_nobodys_are_put_right(line: LineResources) -> None:
    ids = line.catalogue.figure_ids()
    point = next(iter(line.index.fetch([ids[1]]).values()))
    line.index.upsert([replace(point, figure_id="US-D9-S1/1"), replace(point, revision="former")])
    line.index.delete_figures([ids[0]])
    found = _look(line)
    assert (found.missing, found.orphans, found.stale) == ([ids[0]], ["US-D9-S1/1"], [ids[1]])
    assert not found.agrees
    after = _fix(line)
    assert after.agrees
    assert after.repaired
    assert (after.repaired.points_deleted, after.repaired.figures_sent_again) == (1, 2)
    assert line.catalogue.figure_ids(stage=Stage.INDEXED) == ids


def test_a_point_without_vectors_in_the_catalogue_is_embedded_again(line: LineResources) -> None:
    lost = line.catalogue.figure_ids()[0]
    line.index.delete_figures([lost])
    with line.catalogue._writing() as connection:
        connection.exec_driver_sql("DELETE FROM embeddings")
    assert _fix(line).agrees


def test_work_in_hand_is_missing_and_no_fault_of_the_index(
    line: LineResources, tmp_path: Path
) -> None:
    line.catalogue.send_back(line.catalogue.figure_ids()[:1], Stage.CUT)
    line.index.delete_figures(line.catalogue.figure_ids()[:1])
    assert len(_look(line).missing) == 1
    assert _fix(line).agrees


def test_former_points_of_figures_in_hand_hide_no_missing_one(
    line: LineResources, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = line.catalogue.figure_ids()
    assert count_missing(line.catalogue, line.index) == 0
    line.catalogue.send_back(ids[:2], Stage.CUT)
    line.catalogue.fail([ids[1]], Stage.DESCRIBED, "as a test")
    monkeypatch.setattr("search.index._ID_BATCH", 1)
    assert count_missing(line.catalogue, line.index) == 0
    line.index.delete_figures([ids[2]])
    assert (line.index.count(), count_missing(line.catalogue, line.index)) == (4, 1)


def test_pictures_that_are_gone_or_damaged_are_cut_again_from_the_archive(
    line: LineResources,
) -> None:
    stored = line.catalogue.publication(PUBLICATION)
    assert stored
    gone, damaged = stored.figures[1], stored.sheets[1]
    content = {key: _picture(line, key).read_bytes() for key in (gone.sha256, damaged.sha256)}
    _picture(line, gone.sha256).unlink()
    _picture(line, damaged.sha256).write_bytes(b"x" * len(content[damaged.sha256]))
    shallow = _look(line)
    assert gone.figure_id in shallow.pictures_missing
    assert shallow.pictures_corrupt == []
    assert f"{PUBLICATION} sheet 1" in _look(line, deep=True).pictures_corrupt
    after = _fix(line, deep=True)
    assert after.agrees
    assert after.repaired
    assert after.repaired.unrepaired == []
    for key, expected in content.items():
        assert _picture(line, key).read_bytes() == expected


def test_a_picture_whose_archive_is_gone_makes_its_figures_listed_failures(
    line: LineResources, tmp_path: Path
) -> None:
    figure_id = f"{PUBLICATION}/s1.1"
    (row,) = line.catalogue.figures([figure_id])
    sharing = {figure_id, *line.catalogue.duplicates_of(figure_id), f"{PUBLICATION}/s2.1"}
    _picture(line, row.figure.sha256).unlink()
    week = tmp_path / "I20210105.tar"
    away = week.rename(tmp_path / "away.tar")
    after = _fix(line)
    assert (after.failures, after.points) == (len(sharing), 5 - len(sharing))
    assert (after.missing, after.orphans) == ([], [])
    assert after.repaired
    assert {item.id for item in after.repaired.unrepaired} >= sharing
    assert all("archive is gone" in item.reason for item in after.repaired.unrepaired)
    assert {failure.id for failure in line.catalogue.failures()} == sharing

    away.rename(week)
    retried = retry_failed(line, lambda _: None, lambda: False)
    assert (retried.retried, retried.failed) == (len(sharing), 0)
    assert _look(line, deep=True).agrees


def test_pictures_that_nothing_needs_are_deleted_once_they_are_old(
    line: LineResources, tmp_path: Path
) -> None:
    young, old = (line.pictures.put(content) for content in (b"young", b"old"))
    leftover = _picture(line, old).with_name(".incoming-1234")
    leftover.touch()
    for path in (_picture(line, old), leftover):
        os.utime(path, (1, 1))
    assert _look(line).pictures_orphaned == [old]
    other = tmp_path / "I20210112.tar"
    other.write_bytes(builders.tar_of(builders.weekly_files(["D0900003"])))
    with messages_lost(line):
        start_upload(line, other)
    busy = compare(line, lambda *_: None)
    assert busy.pictures.orphans == (old,)
    after = _fix(line)
    assert after.repaired
    assert after.repaired.pictures_deleted == 0, "an archive is being taken in"
    assert _fix(line).repaired.pictures_deleted == 2
    assert _picture(line, young).exists()
    assert not _picture(line, old).exists()


def test_figures_of_withdrawn_publications_are_neither_missing_nor_orphans(
    line: LineResources,
) -> None:
    notice = line.catalogue.begin_upload("/in/I20210401.xml", "n" * 64, 10, ["notice"])
    line.catalogue.withdraw(PUBLICATION, notice.upload_id, "notice", "surrendered")
    before = _look(line)
    assert before.orphans == [f"{PUBLICATION}/s1.1", f"{PUBLICATION}/s2.1"]
    after = _fix(line)
    assert after.agrees
    assert (after.figures, after.points, after.withdrawn) == (3, 3, 2)
