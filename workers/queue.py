"""The work queue seen from outside Celery: depth, attempts, heartbeat."""

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import redis

from core.errors import ConfigurationFault, QueueUnavailable, StorageFailed

QUEUES = ("ingest", "describe", "enrich", "embed", "index")
MAX_ATTEMPTS = 3
_ATTEMPT_TTL_S = 86_400
_FAULT = "limn:fault"
_FAULT_TTL_S = 600
"""Above the longest pause between two attempts, so that a fault that lasts stays reported."""
_HEARTBEAT = "limn:heartbeat"
HEARTBEAT_TTL_S = 30
_WATCHES_PLANNED = "limn:watches-planned"
_WATCHES_PLANNED_TTL_S = 600
"""After this a run that was planned and never began is taken for lost."""


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

    def begin_attempt(self, stage: str, items: Sequence[str]) -> int:
        """Count one more attempt at a batch; survives the worker that makes it.

        Returns:
            How many attempts were begun, this one included.
        """
        key = _attempt_key(stage, items)
        with queue_faults():
            n_attempts = int(self._redis.incr(key))
            self._redis.expire(key, _ATTEMPT_TTL_S)
        return n_attempts

    def end_attempt(self, stage: str, items: Sequence[str]) -> None:
        """Forget the attempts at a batch: it succeeded, was split or was given up."""
        with queue_faults():
            self._redis.delete(_attempt_key(stage, items))

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

    def beat(self, worker: str) -> None:
        """Say that a worker is alive; forgotten after `HEARTBEAT_TTL_S`."""
        with queue_faults():
            self._redis.zadd(_HEARTBEAT, {worker: time.time()})

    def live_workers(self) -> list[str]:
        """Names of the workers heard of within `HEARTBEAT_TTL_S`."""
        with queue_faults():
            self._redis.zremrangebyscore(_HEARTBEAT, 0, time.time() - HEARTBEAT_TTL_S)
            return sorted(str(name) for name in self._redis.zrange(_HEARTBEAT, 0, -1))


def _attempt_key(stage: str, items: Sequence[str]) -> str:
    digest = hashlib.sha256("\n".join(items).encode()).hexdigest()[:32]
    return f"limn:attempts:{stage}:{digest}"


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
