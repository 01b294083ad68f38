"""What the workers of all machines did, counted in Redis: items done, failed, and seconds.

Counts only grow, so that a monitor derives rates from them. An item that a stage was given twice
is counted twice: it is work that was done. They begin anew with an empty Redis.
"""

from dataclasses import dataclass

import redis

from workers.queue import QUEUES, queue_faults

_DONE, _FAILED, _SECONDS = "limn:stage-done", "limn:stage-failed", "limn:stage-seconds"


@dataclass(frozen=True, slots=True)
class StageCount:
    """What one stage did since the counts began.

    Attributes:
        n_done: Items (members of archives, figures) that went through.
        n_failed: Items given up and listed as failed.
        seconds: Wall time of the batches that went through.
    """

    n_done: int
    n_failed: int
    seconds: float


class StageCounts:
    """Counts by stage, shared by all processes of one queue server.

    Every method may raise QueueUnavailable.
    """

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(url, decode_responses=True)

    def add_done(self, stage: str, n_items: int, seconds: float) -> None:
        """Count a batch that went through."""
        with queue_faults():
            both = self._redis.pipeline(transaction=False)
            both.hincrby(_DONE, stage, n_items)
            both.hincrbyfloat(_SECONDS, stage, seconds)
            both.execute()

    def add_failed(self, stage: str) -> None:
        """Count an item that was given up."""
        with queue_faults():
            self._redis.hincrby(_FAILED, stage, 1)

    def by_stage(self) -> dict[str, StageCount]:
        """Every stage by the name of its queue, also those that did nothing yet."""
        with queue_faults():
            all_three = self._redis.pipeline(transaction=False)
            for key in (_DONE, _FAILED, _SECONDS):
                all_three.hgetall(key)
            done, failed, seconds = all_three.execute()
        return {
            stage: StageCount(
                int(done.get(stage, 0)), int(failed.get(stage, 0)), float(seconds.get(stage, 0))
            )
            for stage in QUEUES
        }
