"""The queue seen from outside: faults, heartbeats, depths, and an absent server."""

import pytest
import redis

from core.errors import EncoderMismatch, QueueUnavailable, StorageFailed, TransientError
from ui.processes import free_port
from workers.queue import QUEUES, WorkQueue


def test_live_workers_are_those_that_beat_lately(
    work_queue: WorkQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    work_queue._redis.delete("limn:heartbeat")
    work_queue.beat("one", ["index", "embed"])
    assert work_queue.live_workers() == ["embed,index@one"]
    monkeypatch.setattr("workers.queue.HEARTBEAT_TTL_S", -1)
    assert work_queue.live_workers() == []


def test_a_fault_is_told_until_it_is_mended(work_queue: WorkQueue) -> None:
    work_queue.report_fault(EncoderMismatch("another encoder"))
    work_queue.report_fault(StorageFailed("the disk is full"))
    fault = work_queue.fault()
    assert isinstance(fault, StorageFailed)
    assert str(fault) == "the disk is full"
    work_queue.clear_fault()
    assert work_queue.fault() is None


def test_a_queue_that_cannot_write_to_its_disk_is_a_storage_fault(
    work_queue: WorkQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise redis.ResponseError("MISCONF Errors writing to the AOF file: No space left on device")

    monkeypatch.setattr(work_queue._redis, "delete", refuse)
    with pytest.raises(StorageFailed, match="No space left"):
        work_queue.clear_fault()


def test_depths_name_every_queue(work_queue: WorkQueue) -> None:
    assert work_queue.depths() == dict.fromkeys(QUEUES, 0)


def test_an_absent_server_is_a_transient_error() -> None:
    absent = WorkQueue(f"redis://127.0.0.1:{free_port()}/0")
    with pytest.raises(QueueUnavailable, match="did not answer"):
        absent.ping()
    assert issubclass(QueueUnavailable, TransientError)
