"""A batch with one guilty item: the item is isolated and given up, its siblings go through."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from pydantic import SecretStr

from core.errors import IndexUnavailable, StorageFailed
from core.settings import RedisSettings, Settings
from ui.processes import ServiceProcess, ServiceSpec, free_port
from ui.services import Service, service_spec
from workers import tasks
from workers.attempts import MAX_ATTEMPTS, Attempts, BadEnds
from workers.queue import WorkQueue
from workers.stage_counts import StageCounts


class _Stage:
    """Runs batches through `tasks._attempt` until no message is left, as workers would."""

    def __init__(self, guilty: str | None, error: type[BaseException]) -> None:
        self.guilty, self.error = guilty, error
        self.done: list[str] = []
        self.given_up: list[tuple[str, str]] = []
        self.messages: list[list[str]] = []

    def run(self, batch: Sequence[str]) -> None:
        if self.guilty in batch:
            raise self.error(f"cannot take {self.guilty}")
        self.done += batch

    def work(self, items: list[str], *, redeliver: bool = False) -> int:
        self.messages = [items]
        n_deliveries = 0
        while self.messages:
            message = self.messages.pop(0)
            n_deliveries += 1
            try:
                tasks._attempt("test", message, self.run, self._give_up, self.messages.append)
            except self.error:
                assert redeliver
                self.messages.append(message)  # acknowledged late: the broker hands it out again
        return n_deliveries

    def _give_up(self, item: str, reason: str) -> None:
        self.given_up.append((item, reason))


@pytest.fixture
def attempts(queue_url: str) -> Iterator[Attempts]:
    """Those of this process."""
    attempts = Attempts(queue_url)
    yield attempts
    attempts.close()


@pytest.fixture(autouse=True)
def _queue(
    work_queue: WorkQueue, attempts: Attempts, queue_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = SimpleNamespace(
        queue=work_queue,
        attempts=attempts,
        stage_counts=StageCounts(queue_url),
        successor=lambda: None,
        catalogue=SimpleNamespace(check_schema=lambda: None),
    )
    monkeypatch.setattr(tasks, "resources", lambda: resources)


ITEMS = [f"US-D{n}-S1/1" for n in range(13)]


@pytest.mark.parametrize("guilty", [ITEMS[0], ITEMS[6], ITEMS[12]])
def test_a_failing_item_is_isolated_and_listed_with_its_reason(guilty: str) -> None:
    stage = _Stage(guilty, RuntimeError)
    stage.work(ITEMS)
    assert sorted(stage.done) == sorted(set(ITEMS) - {guilty})
    assert stage.given_up == [(guilty, f"RuntimeError: cannot take {guilty}")]


@pytest.mark.parametrize("guilty", [ITEMS[0], ITEMS[7]])
def test_an_item_that_kills_its_worker_is_isolated_after_three_deaths(guilty: str) -> None:
    stage = _Stage(guilty, SystemExit)  # leaves _attempt the way a death does: nothing ended
    stage.work(ITEMS, redeliver=True)
    assert sorted(stage.done) == sorted(set(ITEMS) - {guilty})
    assert stage.given_up == [(guilty, f"its worker died {MAX_ATTEMPTS} times while working on it")]


@pytest.mark.parametrize("error", [IndexUnavailable, StorageFailed])
def test_an_error_of_the_world_blames_nobody(error: type[Exception]) -> None:
    stage = _Stage(ITEMS[3], error)
    for _ in range(2 * MAX_ATTEMPTS):
        with pytest.raises(error):
            tasks._attempt("test", ITEMS, stage.run, stage._give_up, stage.messages.append)
    assert stage.given_up == []
    assert stage.messages == []
    stage.guilty = None
    assert stage.work(ITEMS) == 1
    assert stage.done == ITEMS


def test_copies_of_one_message_in_several_hands_are_no_deaths(queue_url: str) -> None:
    batch = ITEMS[:1]
    with ExitStack() as hands:
        workers = [hands.enter_context(closing(Attempts(queue_url))) for _ in range(5)]
        copies = [worker.begin("test", batch) for worker in workers]
        assert [copy.before for copy in copies] == [BadEnds(0, 0)] * 5
        assert workers[1].fail(copies[1]) == BadEnds(1, 0)
        workers[2].close()  # as the kernel does it for a process that is killed
        assert workers[3].begin("test", batch).before == BadEnds(1, 2)  # its own, left unended
        workers[4].end(copies[4])
        assert workers[3].begin("test", batch).before == BadEnds(0, 0)


def test_a_batch_whose_copy_is_worked_on_elsewhere_is_not_split(queue_url: str) -> None:
    with closing(Attempts(queue_url)) as elsewhere:
        elsewhere.begin("test", ITEMS)
        assert _Stage(None, RuntimeError).work(ITEMS) == 1


def test_three_deaths_are_listed_while_a_living_copy_is_in_hand(
    queue_url: str, attempts: Attempts
) -> None:
    batch = ITEMS[5:6]
    with closing(Attempts(queue_url)) as elsewhere:
        elsewhere.begin("test", batch)
        for _ in range(MAX_ATTEMPTS):
            with closing(Attempts(queue_url)) as dying:
                dying.begin("test", batch)
        stage = _Stage(None, RuntimeError)
        stage.work(batch)
    assert stage.given_up == [(batch[0], "its worker died 3 times while working on it")]
    assert stage.done == []
    assert attempts.begin("test", batch).before == BadEnds(0, 0)


def test_deaths_and_failures_are_told_apart() -> None:
    assert (
        str(BadEnds(1, 2)) == "its worker died 2 times while working on it, and it failed 1 times"
    )


def test_a_process_that_is_killed_is_heard_no_more(queue_url: str, attempts: Attempts) -> None:
    script = (
        "import sys, time; from workers.attempts import Attempts; held = Attempts(sys.argv[1]); "
        "held.begin('test', ['killed']); print('begun', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", script, queue_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as worker:
        assert worker.stdout
        assert worker.stdout.readline() == b"begun\n"
        assert attempts.begin("test", ["killed"]).before == BadEnds(0, 0)
        worker.kill()
    assert attempts.begin("test", ["killed"]).before == BadEnds(0, 2)  # and its own, left unended


def test_who_listened_before_the_queue_was_started_anew_is_heard_again(
    work_queue: WorkQueue, attempts: Attempts, queue_url: str
) -> None:
    attempts.begin("test", ["a"])
    work_queue._redis.client_kill_filter(_type="pubsub")
    attempts.begin("test", ["b"])
    with closing(Attempts(queue_url)) as elsewhere:
        assert elsewhere.begin("test", ["b"]).before == BadEnds(0, 0)


@contextmanager
def _running(queue: ServiceSpec, logs: Path) -> Iterator[ServiceProcess]:
    process = ServiceProcess(queue, logs)
    try:
        process.wait_ready()
        yield process
    finally:
        process.stop()


def test_a_queue_that_is_killed_takes_no_holder_with_it(tmp_path: Path) -> None:
    url = f"redis://:{secrets.token_hex(8)}@127.0.0.1:{free_port()}/0"
    settings = Settings(home=tmp_path, redis=RedisSettings(url=SecretStr(url)))
    queue, batch = service_spec(Service.QUEUE, settings), ITEMS[:1]
    with closing(Attempts(url)) as living, closing(Attempts(url)) as other:
        for n_begun in range(1, MAX_ATTEMPTS + 1):
            with _running(queue, tmp_path / "logs") as process:
                attempts = [living.begin("test", batch), other.begin("test", batch)]
                assert [attempt.before for attempt in attempts] == [BadEnds(0, 0)] * 2
                assert living._redis.hlen(attempts[0].key) == 2 * n_begun  # none is forgotten
                os.kill(process.pid, signal.SIGKILL)
