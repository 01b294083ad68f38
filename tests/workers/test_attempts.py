"""A batch with one guilty item: the item is isolated and given up, its siblings go through."""

from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from core.errors import IndexUnavailable, StorageFailed
from workers import tasks
from workers.queue import MAX_ATTEMPTS, WorkQueue
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


@pytest.fixture(autouse=True)
def _queue(work_queue: WorkQueue, queue_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    resources = SimpleNamespace(
        queue=work_queue,
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
