"""Each fault in small: nothing lost, nothing twice, and a message that says what to do.

Processes really killed are in `tests/whole/test_faults.py` and `tests/workers/test_line.py`.
"""

import multiprocessing
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from core.errors import (
    CatalogueUnavailable,
    ConfigurationFault,
    EncoderMismatch,
    IndexUnavailable,
    LimnError,
    QueueUnavailable,
    SchemaMismatch,
    TransientError,
    VersionSkew,
)
from core.records import Stage
from ingestion.catalogue_records import StoreOutcome
from ingestion.catalogue_schema import VERSION_TABLE
from ingestion.catalogue_version import REVISION
from tests.ingestion import builders
from tests.workers.line import (
    HashEncoder,
    LineResources,
    line_in_step,
    open_line,
    take_all_in,
)
from ui.readiness import look
from workers import tasks
from workers.ingestion import resume
from workers.queue import HEARTBEAT_TTL_S, WorkQueue
from workers.reconciling import compare_index

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.workers.line"])

NUMBERS = ("D0900001", "D0900002", "D0900003")
N_FIGURES = 2 * len(NUMBERS)


class Broker:
    """Hands messages out one after the other, and again what the world made fail, as Celery does.

    Attributes:
        n_times: How often each message is handed out.
        said: What the tasks failed with.
    """

    def __init__(self) -> None:
        self.n_times = 1
        self.said: list[LimnError] = []
        self._waiting: deque[tuple[tasks.PatientTask, tuple[Any, ...]]] = deque()

    def take(self, task: tasks.PatientTask) -> Callable[..., None]:
        """What stands in for the task's `delay`."""

        def send(*given: Any) -> None:
            self._waiting.extend([(task, given)] * self.n_times)

        return send

    def deliver(self, patience: int = 200) -> None:
        """Run until nothing waits, or so many messages were handed out."""
        while self._waiting and patience:
            patience -= 1
            task, given = self._waiting.popleft()
            try:
                task._orig_run(*given)
            except (TransientError, ConfigurationFault) as error:
                self.said.append(error)
                self._waiting.append((task, given))


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    kept = Broker()
    for task in (tasks.ingest, tasks.describe, tasks.embed, tasks.index, tasks.clear_obsolete):
        monkeypatch.setattr(task, "delay", kept.take(task))
    return kept


@dataclass(frozen=True)
class Servers:
    """Where a line's index, queue and catalogue are."""

    index_url: str
    queue_url: str
    catalogue_url: str


@pytest.fixture
def servers(index_url: str, queue_url: str, catalogue_url: str) -> Servers:
    return Servers(index_url, queue_url, catalogue_url)


@pytest.fixture
def line(tmp_path: Path, servers: Servers) -> Iterator[LineResources]:
    """A home with nothing in it, its catalogue in SQLite and in PostgreSQL."""
    (tmp_path / "home").mkdir()
    with open_line(tmp_path / "home", **vars(servers)) as resources:
        resources.index.delete_figures(list(resources.index.iter_figure_ids()))
        resources.queue.clear_fault()
        for left_by_other_tests in resources.queue._redis.keys("limn:attempts:*"):
            resources.queue._redis.delete(left_by_other_tests)
        yield resources
        resources.queue.clear_fault()


@pytest.fixture
def week(tmp_path: Path) -> Path:
    path = tmp_path / "I20210105.tar"
    path.write_bytes(builders.tar_of(builders.weekly_files(NUMBERS)))
    return path


def _assert_nothing_lost_nothing_twice(line: LineResources) -> None:
    counts = line.catalogue.counts()
    assert (counts.publications, counts.figures) == (len(NUMBERS), N_FIGURES)
    points = list(line.index.iter_figure_ids())
    assert len(points) == len(set(points)) == N_FIGURES
    found = compare_index(line.catalogue, line.index)
    assert (found.missing, found.orphans, found.stale, found.n_failures) == ((), (), (), 0)
    assert line.queue._redis.keys("limn:attempts:*") == []


@pytest.mark.parametrize(
    ("away", "error"),
    [
        ("index", IndexUnavailable("Qdrant does not answer")),
        ("queue", QueueUnavailable("the queue (Redis) did not answer")),
        ("catalogue", CatalogueUnavailable("the catalogue's database did not answer")),
    ],
)
def test_a_service_that_goes_in_the_middle_and_comes_back(
    line: LineResources,
    broker: Broker,
    week: Path,
    monkeypatch: pytest.MonkeyPatch,
    away: str,
    error: TransientError,
) -> None:
    where, name = {
        "index": (line.index, "upsert"),
        "queue": (line.attempts, "end"),
        "catalogue": (line.catalogue, "advance"),
    }[away]
    works, calls = getattr(where, name), iter(range(1000))

    def is_away_for_a_while(*given: Any, **named: Any) -> Any:
        if 1 <= next(calls) < 7:
            raise error
        return works(*given, **named)

    monkeypatch.setattr(where, name, is_away_for_a_while)
    take_all_in(line, [week])
    broker.deliver()
    assert broker.said == [error] * 6
    _assert_nothing_lost_nothing_twice(line)


def test_every_message_delivered_twice(line: LineResources, broker: Broker, week: Path) -> None:
    broker.n_times = 2
    take_all_in(line, [week])
    broker.deliver()
    _assert_nothing_lost_nothing_twice(line)


@pytest.mark.parametrize("is_packed_anew", [False, True], ids=["same file", "packed anew"])
def test_two_operators_take_the_same_week_in_at_once(
    line: LineResources, servers: Servers, tmp_path: Path, is_packed_anew: bool
) -> None:
    """Two processes do all stages of both deliveries, each publication at the same moment."""
    weeks = [tmp_path / operator / "I20210105.tar" for operator in ("ada", "bo")]
    for week in weeks:
        week.parent.mkdir()
        week.write_bytes(builders.tar_of(builders.weekly_files(NUMBERS)))
    if is_packed_anew:
        weeks[1] = weeks[1].with_suffix(".tar.gz")
        weeks[1].write_bytes(builders.tar_gz_of(builders.weekly_files(NUMBERS)))
    together = _PROCESSES.Barrier(2)
    where = {"home": tmp_path / "home", **vars(servers)}
    operators = [
        _PROCESSES.Process(target=line_in_step, args=(together, week), kwargs=where)
        for week in weeks
    ]
    for process in operators:
        process.start()
    for process in operators:
        process.join(timeout=120)
    assert [process.exitcode for process in operators] == [0, 0]
    _assert_nothing_lost_nothing_twice(line)
    uploads = [upload.upload_id for upload in line.catalogue.uploads()]
    told = [line.catalogue.progress([upload]) for upload in uploads]
    new, unchanged = (
        sum(progress.outcomes.get(outcome, 0) for progress in told)
        for outcome in (StoreOutcome.NEW, StoreOutcome.UNCHANGED)
    )
    assert len(uploads) == 1 + is_packed_anew
    assert (new, unchanged) == (len(NUMBERS), len(NUMBERS) * is_packed_anew)
    for progress in told:
        assert (progress.n_done, progress.n_rejected, progress.n_failed) == (len(NUMBERS), 0, 0)
        assert progress.is_finished
    account = line.catalogue.account()
    assert (account.n_taken, account.n_pending) == (len(NUMBERS) * len(uploads), 0)
    assert (account.refused, account.without_figures) == ((), ())


class _OtherEncoder(HashEncoder):
    encoder_id = "another-hash"


def test_a_worker_with_the_wrong_checkpoint_stops_and_says_so(
    line: LineResources, broker: Broker, week: Path
) -> None:
    line.index.prepare()
    right = vars(line).pop("index")
    vars(line)["encoder"] = _OtherEncoder()
    take_all_in(line, [week])
    broker.deliver(patience=20)
    fault = line.queue.fault()
    assert isinstance(fault, EncoderMismatch)
    assert "another-hash" in str(fault)
    assert list(right.iter_figure_ids()) == []
    vars(line).update(encoder=HashEncoder(), index=right)
    line.catalogue.send_back(line.catalogue.figure_ids(), Stage.DESCRIBED)
    resume(line)
    broker.deliver()
    _assert_nothing_lost_nothing_twice(line)


def test_a_client_one_major_too_new_stops_and_says_what_to_run(
    line: LineResources, broker: Broker, week: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.index.prepare()
    vars(line).pop("index").close()
    take_all_in(line, [week])
    with monkeypatch.context() as newer:
        newer.setattr("search.connection._CLIENT_VERSION", (2, 20))
        broker.deliver(patience=20)
        checks = look(line).checks
    fault = line.queue.fault()
    assert isinstance(fault, VersionSkew)
    assert "Limn speaks 2.20" in str(fault)
    assert "Run a Qdrant server of" in str(fault)
    assert not checks["index"].ok
    broker.deliver()
    _assert_nothing_lost_nothing_twice(line)


def test_a_worker_whose_catalogue_a_newer_limn_changed_writes_nothing_more(
    line: LineResources, broker: Broker, week: Path
) -> None:
    take_all_in(line, [week])
    broker.deliver(patience=2)
    before = line.catalogue.counts()
    with line.catalogue._writing() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    broker.deliver(patience=20)
    fault = line.queue.fault()
    assert isinstance(fault, SchemaMismatch)
    assert "restart this one with that version" in str(fault)
    assert line.catalogue.counts() == before
    with line.catalogue._writing() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '{REVISION}'"))
    broker.deliver()
    _assert_nothing_lost_nothing_twice(line)


@pytest.mark.parametrize("jump_s", [-86_400, 86_400])
def test_the_clock_jumps_in_the_middle(
    line: LineResources,
    broker: Broker,
    week: Path,
    monkeypatch: pytest.MonkeyPatch,
    jump_s: float,
) -> None:
    real = time.time
    take_all_in(line, [week])
    broker.deliver(patience=2)
    monkeypatch.setattr(time, "time", lambda: real() + jump_s)
    take_all_in(line, [week])
    broker.deliver()
    _assert_nothing_lost_nothing_twice(line)


@pytest.mark.parametrize("jump_s", [-3600, 3600])
def test_after_a_clock_jump_the_dead_are_forgotten_and_the_living_heard(
    work_queue: WorkQueue, monkeypatch: pytest.MonkeyPatch, jump_s: float
) -> None:
    work_queue._redis.delete("limn:heartbeat")
    work_queue.beat("dead", ["embed"])
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + jump_s)
    work_queue.beat("living", ["embed"])
    assert work_queue.live_workers() == ["embed@living"]
    assert abs(jump_s) > HEARTBEAT_TTL_S


def test_what_the_dead_held_is_not_held_until_the_old_time_when_the_clock_is_set_back(
    work_queue: WorkQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = time.time
    work_queue._redis.zadd("unacked_index", {"of the dead": real(), "long held": real() - 5000})
    monkeypatch.setattr(time, "time", lambda: real() - 3600)
    work_queue.beat("living", ["embed"])
    held = dict(work_queue._redis.zrange("unacked_index", 0, -1, withscores=True))
    work_queue._redis.delete("unacked_index")
    assert real() - 3700 < held["of the dead"] <= real() - 3600
    assert held["long held"] < real() - 4900
