"""What stages did is counted across processes."""

from types import SimpleNamespace

import pytest

from workers import tasks
from workers.attempts import Attempts
from workers.queue import QUEUES, WorkQueue
from workers.stage_counts import StageCounts


def test_batches_that_go_through_and_items_given_up_are_counted(
    queue_url: str, work_queue: WorkQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = StageCounts(queue_url)
    resources = SimpleNamespace(
        queue=work_queue,
        attempts=Attempts(queue_url),
        stage_counts=mine,
        successor=lambda: None,
        catalogue=SimpleNamespace(check_schema=lambda: None),
    )
    monkeypatch.setattr(tasks, "resources", lambda: resources)
    before = StageCounts(queue_url).by_stage()
    assert set(before) == set(QUEUES)

    def run(batch: object) -> None:
        if batch == ["bad"]:
            raise RuntimeError("no")

    for items in (["a", "b", "c"], ["d"], ["bad"]):
        messages = [items]
        while messages:
            tasks._attempt("embed", messages.pop(), run, lambda *_: None, messages.append)
    after = StageCounts(queue_url).by_stage()  # as another process sees it
    assert after["embed"].n_done - before["embed"].n_done == 4
    assert after["embed"].n_failed - before["embed"].n_failed == 1
    assert after["embed"].seconds > before["embed"].seconds
    assert after["index"] == before["index"]
