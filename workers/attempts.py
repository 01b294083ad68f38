"""Attempts at batches that ended badly: they failed, or whoever made them died.

Copies of a message may be in several workers' hands at once (delivered twice, sent again by a
command, handed out anew after a clock jump), so that an attempt which has not ended is no death. It
is one once its holder is gone. Every holder keeps a connection to Redis that listens to a channel
of its own; the kernel closes it with the process, on whatever machine, before anybody else can be
given the message. A Redis that was started anew lost these connections by itself: who was heard by
the one before and not by it may live or not, and that is no death.
"""

import hashlib
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import redis
from redis.client import PubSub

from core.errors import QueueUnavailable
from workers.queue import queue_faults

MAX_ATTEMPTS = 3
_TTL_S = 86_400
_LISTENING_S = 10
_FAILED = "failed"
_DIED = "died"


@dataclass(frozen=True, slots=True)
class BadEnds:
    """How the attempts at a batch ended so far, those in hand left out."""

    n_failed: int
    n_died: int

    @property
    def total(self) -> int:
        """Of both kinds."""
        return self.n_failed + self.n_died

    def __str__(self) -> str:
        """As it is told of an item that is given up."""
        died = f"its worker died {self.n_died} times while working on it"
        return f"{died}, and it failed {self.n_failed} times" if self.n_failed else died


@dataclass(frozen=True, slots=True)
class Attempt:
    """A batch in somebody's hands.

    Attributes:
        key: Of the batch.
        name: Of this attempt at it.
        before: How those before it ended.
    """

    key: str
    name: str
    before: BadEnds


class Attempts:
    """One process's attempts, kept in Redis; it makes one at a time at a batch.

    Every call may raise QueueUnavailable.

    Args:
        url: Of the queue.
    """

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(url, decode_responses=True)
        self._holder = uuid.uuid4().hex

    @cached_property
    def _listening(self) -> PubSub:
        listening: PubSub = self._redis.pubsub()  # type: ignore[no-untyped-call]
        return listening

    def begin(self, stage: str, items: Sequence[str]) -> Attempt:
        """Take a batch in hand; what is known of attempts before survives their workers."""
        key, name = _key(stage, items), uuid.uuid4().hex
        with queue_faults():
            self._listen()
            started = str(self._redis.info("server")["run_id"])
            self._redis.hset(key, name, f"{started}:{self._holder}")
            self._redis.expire(key, _TTL_S)
            others = {str(one): str(end) for one, end in self._redis.hgetall(key).items()}
            others.pop(name, None)  # whoever ended a copy meanwhile forgot them all
            for other, end in others.items():
                if end not in (_FAILED, _DIED) and self._is_gone(end, started):
                    others[other] = _DIED
                    self._redis.hset(key, other, _DIED)
        return Attempt(key, name, _counted(others.values()))

    def fail(self, attempt: Attempt) -> BadEnds:
        """Say that an attempt failed.

        Returns:
            How all of them ended so far, this one included.
        """
        with queue_faults():
            self._redis.hset(attempt.key, attempt.name, _FAILED)
            self._redis.expire(attempt.key, _TTL_S)
            return _counted(map(str, self._redis.hvals(attempt.key)))

    def end(self, attempt: Attempt) -> None:
        """Forget all attempts at a batch: it succeeded, was split or was given up."""
        with queue_faults():
            self._redis.delete(attempt.key)

    def close(self) -> None:
        """Be gone, as a process that ends is."""
        self._listening.close()
        self._redis.close()

    def _listen(self) -> None:
        """Be heard, again where Redis was started anew since."""
        if self._is_heard(self._holder):
            return
        self._listening.close()
        self._listening.subscribe(_channel(self._holder))
        if self._listening.get_message(timeout=_LISTENING_S) is None:
            raise QueueUnavailable("the queue (Redis) did not answer in time")

    def _is_gone(self, hand: str, started: str) -> bool:
        """Whether the Redis that heard a holder does so no more; this process is here again."""
        heard_by, _, holder = hand.partition(":")
        return heard_by == started and (holder == self._holder or not self._is_heard(holder))

    def _is_heard(self, holder: str) -> bool:
        ((_, n_listening),) = self._redis.pubsub_numsub(_channel(holder))
        return bool(n_listening)


def _counted(ends: Iterable[str]) -> BadEnds:
    told = Counter(ends)
    return BadEnds(told[_FAILED], told[_DIED])


def _channel(holder: str) -> str:
    return f"limn:holder:{holder}"


def _key(stage: str, items: Sequence[str]) -> str:
    digest = hashlib.sha256("\n".join(items).encode()).hexdigest()[:32]
    return f"limn:attempts:{stage}:{digest}"
