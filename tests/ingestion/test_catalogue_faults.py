"""Killed processes, processes at once, and databases that are not as they should be."""

import multiprocessing
import random
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from sqlalchemy import event

from core.errors import (
    BadInput,
    CatalogueUnavailable,
    ConfigurationFault,
    StorageFailed,
)
from core.records import Stage
from ingestion.catalogue import Catalogue
from ingestion.catalogue_records import StoredPublication
from ingestion.database import connect

MakeStored = Callable[..., StoredPublication]
SHA = "5" * 64

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["ingestion.catalogue"])

_STORE_ALL = """
from ingestion.catalogue import Catalogue
start.wait()
catalogue = Catalogue.open(url)
catalogue.begin_upload("/in/a.tar", upload, 10, [stored.publication.number for stored in work])
for stored in work:
    catalogue.store_publication(stored, upload, stored.publication.number)
    told.send(stored.publication.number)
"""

_ADVANCE_AND_FAIL = """
from core.records import Stage
from ingestion.catalogue import Catalogue
catalogue = Catalogue.open(url)
ids = catalogue.figure_ids()
start.wait()
for _ in range(10):
    catalogue.advance(ids[::step], Stage.DESCRIBED)
    catalogue.fail(ids, Stage.INDEXED, str(step))
    catalogue.reset_failures()
catalogue.advance(ids, Stage.EMBEDDED)
"""


def _start(script: str, **names: object) -> multiprocessing.process.BaseProcess:
    """Run a script in a process of its own, forked from one that has the imports."""
    process = _PROCESSES.Process(target=exec, args=(script, names))
    process.start()
    return process


def _all_end_well(processes: Sequence[multiprocessing.process.BaseProcess]) -> None:
    for process in processes:
        process.join(timeout=60)
    assert [process.exitcode for process in processes] == [0] * len(processes)


def test_a_killed_process_leaves_whole_publications(
    catalogue: Catalogue, catalogue_url: str, make_stored: MakeStored
) -> None:
    before = [make_stored(f"D09{n:05}", n_figures=12) for n in range(40)]
    after = {
        s.publication.number: make_stored(s.publication.number, n_figures=9, revision="b")
        for s in before
    }
    for upload in ("0" * 64, SHA):
        catalogue.begin_upload("/in/a.tar", upload, 10, list(after))
    for stored in before[::2]:
        catalogue.store_publication(stored, "0" * 64, stored.publication.number)
    chance = random.Random(7)
    for _ in range(3):
        work = [after[number] for number in catalogue.pending_members(SHA)]
        start, (heard, told) = _PROCESSES.Barrier(1), _PROCESSES.Pipe(duplex=False)
        process = _start(
            _STORE_ALL, url=catalogue_url, upload=SHA, work=work, told=told, start=start
        )
        told.close()
        for _stored in range(chance.randrange(4, 9)):
            heard.recv()
        time.sleep(chance.uniform(0, 0.01))
        process.kill()
        process.join()
        _assert_whole(catalogue, before, after)
    assert 0 < len(catalogue.pending_members(SHA)) < 30
    for number in catalogue.pending_members(SHA):
        catalogue.store_publication(after[number], SHA, number)
    assert catalogue.counts().figures == 40 * 9
    assert len(catalogue.obsolete_points()) == 20 * 3


def _assert_whole(
    catalogue: Catalogue, before: list[StoredPublication], after: dict[str, StoredPublication]
) -> None:
    pending = set(catalogue.pending_members(SHA))
    obsolete = catalogue.obsolete_points()
    for n, former in enumerate(before):
        number = former.publication.number
        found = catalogue.publication(former.publication.publication_id)
        n_obsolete = sum(f"{number}-" in point for point in obsolete)
        if number in pending:
            assert found == (former if n % 2 == 0 else None)
            assert n_obsolete == 0
        else:
            assert found == after[number]
            assert n_obsolete == (3 if n % 2 == 0 else 0)


def test_processes_that_create_a_catalogue_and_store_the_same_at_once_agree(
    catalogue_url: str, make_stored: MakeStored
) -> None:
    several = [make_stored(f"D09{n:05}", n_figures=3) for n in range(12)]
    uploads = ["a" * 64, "b" * 64]
    start, (_heard, told) = _PROCESSES.Barrier(2, timeout=60), _PROCESSES.Pipe(duplex=False)
    _all_end_well(
        [
            _start(_STORE_ALL, url=catalogue_url, upload=upload, work=order, told=told, start=start)
            for upload, order in zip(uploads, (several, several[::-1]), strict=True)
        ]
    )
    catalogue = Catalogue.open(catalogue_url)
    assert catalogue.counts().figures == 36
    progress = catalogue.progress(uploads)
    assert {outcome.value: n for outcome, n in progress.outcomes.items()} == {
        "new": 12,
        "unchanged": 12,
        "replaced": 0,
        "older": 0,
        "withdrawn": 0,
    }
    assert all(catalogue.publication(s.publication.publication_id) == s for s in several)
    catalogue.close()


def test_processes_that_move_the_same_figures_never_deadlock(
    catalogue: Catalogue, catalogue_url: str, make_stored: MakeStored
) -> None:
    catalogue.begin_upload("/in/a.tar", SHA, 10, ["a"])
    for n in range(4):
        catalogue.store_publication(make_stored(f"D090000{n}", n_figures=50), SHA, "a")
    start = _PROCESSES.Barrier(2, timeout=60)
    _all_end_well(
        [_start(_ADVANCE_AND_FAIL, url=catalogue_url, step=step, start=start) for step in (1, -1)]
    )
    assert len(catalogue.figure_ids(stage=Stage.EMBEDDED)) == 200


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "c.sqlite3").write_bytes(b"hello, this is no database at all" * 100)
    with pytest.raises(StorageFailed, match="no SQLite database"):
        Catalogue.open(f"sqlite:///{tmp_path / 'c.sqlite3'}")


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageFailed, match="cannot be made"):
        Catalogue.open(f"sqlite:///{tmp_path / 'file' / 'c.sqlite3'}")
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageFailed, match="check path and rights"):
        Catalogue.open(f"sqlite:///{tmp_path / 'folder'}")


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("mysql://localhost/limn", "SQLite or PostgreSQL, not on mysql"),
        ("sqlite://", "must be a file"),
        ("catalogue.sqlite3", "cannot be read"),
    ],
)
def test_other_addresses_are_refused(url: str, advice: str) -> None:
    with pytest.raises(ConfigurationFault, match=advice):
        Catalogue.open(url)


def test_a_server_that_is_not_there_is_worth_another_try() -> None:
    with pytest.raises(CatalogueUnavailable, match="does not answer") as caught:
        Catalogue.open("postgresql://limn:secret@127.0.0.1:1/limn")
    assert "secret" not in str(caught.value)


def test_a_database_locked_too_long_is_worth_another_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.database.BUSY_TIMEOUT_S", 1)
    path = tmp_path / "c.sqlite3"
    catalogue = Catalogue.open(f"sqlite:///{path}")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(CatalogueUnavailable, match="locked by another process"):
        catalogue.begin_upload("/in/a.tar", SHA, 10, [])
    assert catalogue.uploads() == [], "readers do not wait"
    other.close()
    catalogue.begin_upload("/in/a.tar", SHA, 10, [])
    catalogue.close()


def test_a_full_disk_is_told_and_leaves_nothing_half_stored(
    tmp_path: Path, make_stored: MakeStored
) -> None:
    url = f"sqlite:///{tmp_path / 'c.sqlite3'}"
    Catalogue.open(url).close()
    engine = connect(url)
    event.listen(engine, "connect", lambda c, _: c.execute("PRAGMA max_page_count=120"))
    catalogue = Catalogue(engine)
    n_stored = 0
    catalogue.begin_upload("/in/a.tar", SHA, 10, ["a"])

    def store_until_full() -> None:
        nonlocal n_stored
        for n_stored in range(1000):
            catalogue.store_publication(make_stored(f"D09{n_stored:05}"), SHA, "a")

    with pytest.raises(StorageFailed, match="disk is full; make room"):
        store_until_full()
    assert n_stored > 5
    counts = catalogue.counts()
    assert (counts.publications, counts.figures) == (n_stored, 3 * n_stored)
    catalogue.close()


def test_an_unknown_member_stores_nothing(catalogue: Catalogue, make_stored: MakeStored) -> None:
    catalogue.begin_upload("/in/a.tar", SHA, 10, ["a"])
    with pytest.raises(BadInput, match="has no member b; enter its archive again"):
        catalogue.store_publication(make_stored(), SHA, "b")
    assert catalogue.counts().publications == 0


def test_commits_reach_the_disk_and_references_are_enforced(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'c.sqlite3'}")
    with engine.connect() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        set_to = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
    assert set_to == ["wal", 2, 1, 30_000]
