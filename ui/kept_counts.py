"""Counts of a whole collection, kept for a while where counting them takes long."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from core.errors import LimnError

T = TypeVar("T")
_SHARE = 0.02
"""Of the time, at most, is spent counting."""
_KEPT_S = 60.0
_QUICK_S = 0.05
"""Whoever asks can wait for it."""
_SHOWN_S = 600.0
"""For so long people see what was counted last while it is counted anew."""
log = structlog.get_logger()


class Kept(Generic[T]):
    """What counting gives: of a small collection as it is, of a large one as of a minute ago.

    Args:
        count: Reads whole tables.
        clock: In seconds.
        begin: Runs something while the caller goes on.
    """

    def __init__(
        self,
        count: Callable[[], T],
        clock: Callable[[], float] = time.monotonic,
        begin: Callable[[Callable[[], None]], None] | None = None,
    ) -> None:
        self._count = count
        self._clock = clock
        self._begin = begin or _in_thread
        self._counting = threading.Lock()
        self._kept: _Counted[T] | None = None

    def now(self) -> T:
        """As it is where counting is quick, else as of a minute ago.

        Nobody waits but who comes first or after a long pause: the others are given what was
        counted last while it is counted anew.
        """
        kept, now = self._kept, self._clock()
        if kept is None or kept.spent_s < _QUICK_S or now >= kept.at + _SHOWN_S:
            with self._counting:
                if self._kept is kept:
                    self._recount()
        elif now >= kept.until and self._counting.acquire(blocking=False):
            self._begin(self._renew)
        assert self._kept
        return self._kept.value

    def _renew(self) -> None:
        try:
            self._recount()
        except LimnError as error:
            log.warning("the collection could not be counted", error=str(error))
        finally:
            self._counting.release()

    def _recount(self) -> None:
        started = self._clock()
        value = self._count()
        ended = self._clock()
        self._kept = _Counted(value, ended, ended - started)


@dataclass(frozen=True, slots=True)
class _Counted(Generic[T]):
    value: T
    at: float
    spent_s: float

    @property
    def until(self) -> float:
        return self.at + min(self.spent_s / _SHARE, _KEPT_S)


def _in_thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="count", daemon=True).start()
