"""Messages as they lie in the queue, and what a process that only sends has to load."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
import redis

from core.errors import QueueUnavailable
from ui.processes import free_port
from workers.broker import open_broker
from workers.messages import Messages


@pytest.fixture
def waiting(queue_url: str) -> Iterator["redis.Redis"]:
    """The queue's own lists, emptied afterwards."""
    client = redis.Redis.from_url(queue_url, decode_responses=True)
    yield client
    client.flushdb()
    client.close()


def _sent(waiting: "redis.Redis", queue: str) -> list[tuple[str, list[object]]]:
    """Task name and arguments of each message, first sent first."""
    found = []
    for message in reversed(waiting.lrange(queue, 0, -1)):
        envelope = json.loads(message)
        arguments, _, _ = json.loads(base64.b64decode(envelope["body"]))
        found.append((envelope["headers"]["task"], arguments))
    return found


def test_figures_go_to_the_queue_of_their_stage_in_batches(
    queue_url: str, waiting: "redis.Redis"
) -> None:
    messages = Messages(open_broker(queue_url), batch_figures=2)
    messages.send_figures("embed", ["a", "b", "c"])
    messages.send_figures("index", [])
    messages.send_clear_obsolete()
    assert _sent(waiting, "embed") == [("limn.embed", [["a", "b"]]), ("limn.embed", [["c"]])]
    assert _sent(waiting, "index") == [("limn.clear_obsolete", [])]


def test_a_message_leaves_as_soon_as_it_is_full(queue_url: str, waiting: "redis.Redis") -> None:
    sent_before = []

    def cut() -> Iterator[str]:
        for figure_id in "abcde":
            sent_before.append(waiting.llen("describe"))
            yield figure_id

    Messages(open_broker(queue_url), batch_figures=2).send_figures("describe", cut())
    assert sent_before == [0, 0, 1, 1, 2]
    assert [ids for _, (ids,) in _sent(waiting, "describe")] == [["a", "b"], ["c", "d"], ["e"]]


def test_members_go_with_their_upload(queue_url: str, waiting: "redis.Redis") -> None:
    Messages(open_broker(queue_url), batch_figures=2).send_members("u", ["1", "2", "3", "4"], 3)
    assert _sent(waiting, "ingest") == [
        ("limn.ingest", ["u", ["1", "2", "3"]]),
        ("limn.ingest", ["u", ["4"]]),
    ]


def test_a_sent_task_is_one_that_workers_know() -> None:
    from workers import tasks
    from workers.broker import CLEAR_OBSOLETE, task_name
    from workers.queue import QUEUES

    assert {CLEAR_OBSOLETE, *map(task_name, QUEUES)} <= set(tasks.app.tasks)


def test_an_absent_queue_is_a_transient_error() -> None:
    messages = Messages(open_broker(f"redis://127.0.0.1:{free_port()}/0"), batch_figures=2)
    with pytest.raises(QueueUnavailable, match="did not answer"):
        messages.send_figures("embed", ["a"])


@pytest.mark.parametrize(
    ("modules", "heavy"),
    [
        ("ui.cli, workers.resources, ingestion.catalogue", "celery redis scipy qdrant_client"),
        ("ui.ingest_run, ui.supervisor, workers.messages", "scipy qdrant_client onnxruntime"),
        ("workers.tasks", "torch qdrant_client"),
    ],
    ids=["status", "ingest", "worker"],
)
def test_nobody_loads_the_libraries_of_others(modules: str, heavy: str) -> None:
    check = (
        f"import sys, {modules}; "
        f"sys.exit(', '.join({set(heavy.split())!r} & sys.modules.keys()) or 0)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
