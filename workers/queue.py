"""The work queue seen from outside Celery: depth, faults, heartbeat."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import redis

from core.errors import ConfigurationFault, QueueUnavailable, StorageFailed

QUEUES = ("ingest", "describe", "enrich", "embed", "index")
SENT_HEADER = "limn_sent"
"""Of every message: when it was sent, Unix time in seconds."""
_MODEL_WORK = "limn:model-work"
_MODEL_WORK_DONE_TTL_S = 86_400
_MODEL_WORK_TTL_S = 900
"""A worker tells more often than this what it does about models."""
_FAULT = "limn:fault"
_FAULT_TTL_S = 600
"""Above the longest pause between two attempts, so that a fault that lasts stays reported."""
_HEARTBEAT = "limn:heartbeat"
HEARTBEAT_TTL_S = 30
_WATCHES_PLANNED = "limn:watches-planned"
_WATCHES_PLANNED_TTL_S = 600
"""After this a run that was planned and never began is taken for lost."""


_GPUS = "limn:gpus"
_UNACKED = "unacked_index"
"""Where Celery's transport keeps since when each message is in a worker's hands."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """Memory of one GPU.

    Attributes:
        name: Machine and position, ``"worker-3:0"``.
        used_bytes: By all processes.
        total_bytes: Of the device.
    """

    name: str
    used_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in one queue.

    Attributes:
        n_waiting: Messages, those in a worker's hands not counted.
        oldest_s: How long the oldest of them waits; None where none waits or it does not say.
    """

    n_waiting: int
    oldest_s: float | None


class WorkQueue:
    """Counts and marks kept in Redis beside Celery's own lists."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(url, decode_responses=True)

    def ping(self) -> None:
        """Raise QueueUnavailable unless Redis answers."""
        with queue_faults():
            self._redis.ping()

    def depths(self) -> dict[str, int]:
        """Messages waiting in each queue, those in a worker's hands not counted."""
        with queue_faults():
            return {queue: int(self._redis.llen(queue)) for queue in QUEUES}

    def backlogs(self) -> dict[str, Backlog]:
        """What waits in each queue, and for how long."""
        with queue_faults():
            return {
                queue: Backlog(
                    int(self._redis.llen(queue)), _waited_s(self._redis.lindex(queue, -1))
                )
                for queue in QUEUES
            }

    def unacked(self) -> Backlog:
        """Messages in workers' hands, and for how long the oldest is; delayed ones included."""
        with queue_faults():
            n_held = int(self._redis.zcard(_UNACKED))
            oldest = self._redis.zrange(_UNACKED, 0, 0, withscores=True)
        return Backlog(n_held, max(0.0, time.time() - float(oldest[0][1])) if oldest else None)

    def plan_watch_run(self) -> bool:
        """Plan a run of the watches.

        Returns:
            False where one is planned that has not begun: it covers what is new by then.
        """
        with queue_faults():
            key, ttl_s = _WATCHES_PLANNED, _WATCHES_PLANNED_TTL_S
            return bool(self._redis.set(key, "1", nx=True, ex=ttl_s))

    def begin_watch_run(self) -> None:
        """Say that the planned run begins; what is indexed from now on needs another."""
        with queue_faults():
            self._redis.delete(_WATCHES_PLANNED)

    def note_model_work(self, said: str, *, is_going_on: bool) -> None:
        """Keep what is known of the last order about models; of one that goes on not for long."""
        ttl_s = _MODEL_WORK_TTL_S if is_going_on else _MODEL_WORK_DONE_TTL_S
        with queue_faults():
            self._redis.set(_MODEL_WORK, said, ex=ttl_s)

    def model_work(self) -> str | None:
        """What was noted last."""
        with queue_faults():
            said = self._redis.get(_MODEL_WORK)
        return None if said is None else str(said)

    def report_fault(self, fault: ConfigurationFault) -> None:
        """Say what a person must mend before the workers can go on; the last one is kept."""
        said = {"kind": type(fault).__name__, "message": str(fault)}
        with queue_faults():
            self._redis.set(_FAULT, json.dumps(said), ex=_FAULT_TTL_S)

    def fault(self) -> ConfigurationFault | None:
        """What stops the workers, as one of them reported it lately."""
        with queue_faults():
            said = self._redis.get(_FAULT)
        if said is None:
            return None
        fault = json.loads(str(said))
        kinds = {kind.__name__: kind for kind in ConfigurationFault.__subclasses__()}
        return kinds.get(fault["kind"], ConfigurationFault)(fault["message"])

    def clear_fault(self) -> None:
        """Forget the fault: a person says that it is mended, and the workers try again."""
        with queue_faults():
            self._redis.delete(_FAULT)

    def beat(self, worker: str, listens_to: Sequence[str] = QUEUES) -> None:
        """Say that a worker is alive; forgotten after `HEARTBEAT_TTL_S`."""
        now = time.time()
        with queue_faults():
            self._redis.zadd(_HEARTBEAT, {f"{','.join(sorted(listens_to))}@{worker}": now})
            # Held since a time to come: the clock was set back, and until that time nobody would
            # take over what a dead worker held.
            held = self._redis.zrangebyscore(_UNACKED, now + HEARTBEAT_TTL_S, "+inf")
            if held:
                self._redis.zadd(_UNACKED, {str(tag): now for tag in held}, xx=True, lt=True)

    def live_workers(self) -> list[str]:
        """The workers heard of within `HEARTBEAT_TTL_S`, ``"embed,index@machine:4711"``."""
        now = time.time()
        with queue_faults():
            self._redis.zremrangebyscore(_HEARTBEAT, 0, now - HEARTBEAT_TTL_S)
            # Left from before the clock was set back: whoever lives beats again by the new time.
            self._redis.zremrangebyscore(_HEARTBEAT, now + HEARTBEAT_TTL_S, "+inf")
            return sorted(str(name) for name in self._redis.zrange(_HEARTBEAT, 0, -1))

    def report_gpu(self, gpu: Gpu) -> None:
        """Say how a GPU is used; forgotten after `HEARTBEAT_TTL_S`."""
        said = json.dumps({"at": time.time(), "gpu": asdict(gpu)})
        with queue_faults():
            self._redis.hset(_GPUS, gpu.name, said)

    def gpus(self) -> list[Gpu]:
        """GPUs of the workers heard of lately, by name."""
        now = time.time()
        with queue_faults():
            said = {name: json.loads(one) for name, one in self._redis.hgetall(_GPUS).items()}
            # Every container that is made anew is a machine by another name.
            gone = [name for name, one in said.items() if abs(now - one["at"]) > HEARTBEAT_TTL_S]
            if gone:
                self._redis.hdel(_GPUS, *gone)
        known = (Gpu(**one["gpu"]) for name, one in said.items() if name not in gone)
        return sorted(known, key=lambda gpu: gpu.name)


def queues_listened_to(worker: str) -> frozenset[str]:
    """What a worker of `WorkQueue.live_workers` takes messages from.

    Example:
        >>> sorted(queues_listened_to("embed,index@machine:4711"))
        ['embed', 'index']
    """
    return frozenset(worker.partition("@")[0].split(","))


def _waited_s(message: object) -> float | None:
    if message is None:
        return None
    sent = json.loads(str(message)).get("headers", {}).get(SENT_HEADER)
    return None if sent is None else max(0.0, time.time() - float(sent))


@contextmanager
def queue_faults() -> Iterator[None]:
    """Raise what Redis says as errors of ours.

    Raises:
        QueueUnavailable: If it does not answer.
        StorageFailed: If it cannot write.
    """
    try:
        yield
    except (redis.ConnectionError, redis.TimeoutError) as error:
        raise QueueUnavailable(f"the queue (Redis) did not answer: {error}") from error
    except redis.ResponseError as error:
        if "MISCONF" not in str(error):
            raise
        raise StorageFailed(f"the queue (Redis) cannot write to its disk: {error}") from error
