"""Ids go from who sends a message to the log lines of who takes it."""

import json
from collections.abc import Iterator

import pytest
import structlog
from celery import signals

from workers import tasks
from workers.broker import open_broker
from workers.log_ids import IDS_HEADER
from workers.messages import Messages
from workers.queue import SENT_HEADER, WorkQueue


@pytest.fixture(autouse=True)
def _nothing_bound() -> Iterator[None]:
    structlog.contextvars.clear_contextvars()
    yield
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def messages(queue_url: str, work_queue: WorkQueue) -> Iterator[Messages]:
    work_queue._redis.delete("embed")
    with open_broker(queue_url) as app:
        yield Messages(app, batch_figures=2)
    work_queue._redis.delete("embed")


def test_a_message_carries_the_ids_bound_to_its_sender_and_no_others(
    messages: Messages, work_queue: WorkQueue
) -> None:
    structlog.contextvars.bind_contextvars(request_id="r1", upload_id="u1", message_id="m0")
    messages.send_figures("embed", ["a/1", "a/2", "a/3"])
    headers = [
        json.loads(message)["headers"] for message in work_queue._redis.lrange("embed", 0, -1)
    ]
    assert [each[IDS_HEADER] for each in headers] == [{"request_id": "r1", "upload_id": "u1"}] * 2
    backlog = work_queue.backlogs()["embed"]
    assert backlog.n_waiting == 2
    assert backlog.oldest_s is not None
    assert 0 <= backlog.oldest_s < 60


def test_the_oldest_of_several_waiting_messages_is_told(
    messages: Messages, work_queue: WorkQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr("workers.log_ids.time.time", lambda: 1000.0)
        messages.send_figures("embed", ["a/1"])
    messages.send_figures("embed", ["a/2"])
    oldest_s = work_queue.backlogs()["embed"].oldest_s
    assert oldest_s is not None
    assert oldest_s > 1e9
    work_queue._redis.lpush("embed", json.dumps({"headers": {}}))  # as another Limn sent it
    assert work_queue.backlogs()["embed"].oldest_s == pytest.approx(oldest_s, abs=60)
    work_queue._redis.ltrim("embed", 0, 0)
    assert work_queue.backlogs()["embed"].oldest_s is None
    assert SENT_HEADER not in json.loads(work_queue._redis.lindex("embed", 0))["headers"]


@pytest.mark.parametrize(
    ("task", "arguments", "own"),
    [
        (tasks.ingest, ("u2", ["one.ZIP"]), {"upload_id": "u2"}),
        (tasks.embed, (["a/1"],), {"upload_id": "u1", "figure_id": "a/1"}),
        (tasks.embed, (["a/1", "a/2"],), {"upload_id": "u1"}),
        (tasks.clear_obsolete, (), {"upload_id": "u1"}),
    ],
)
def test_a_task_logs_with_its_own_ids_and_those_carried(
    task: tasks.PatientTask, arguments: tuple[object, ...], own: dict[str, str]
) -> None:
    structlog.contextvars.bind_contextvars(figure_id="of the task before")
    task.push_request(**{IDS_HEADER: {"request_id": "r1", "upload_id": "u1"}})
    named = {"sender": task, "task": task, "task_id": "m1", "args": arguments, "kwargs": {}}
    signals.task_prerun.send(**named)
    bound = structlog.contextvars.get_contextvars()
    assert bound == {"request_id": "r1", "message_id": "m1", "task": task.name, **own}
    signals.task_postrun.send(**named)
    task.pop_request()
    assert structlog.contextvars.get_contextvars() == {}
