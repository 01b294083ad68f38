"""Counts of a collection, kept where counting takes long."""

from collections.abc import Callable

from core.errors import CatalogueUnavailable
from ui.kept_counts import Kept


class Counting:
    """Counts up; each time takes so long by its own clock."""

    def __init__(self, spent_s: float) -> None:
        self.n_counted = 0
        self.now_s = 0.0
        self._spent_s = spent_s
        self.begun: list[Callable[[], None]] = []

    def kept(self) -> Kept[int]:
        return Kept(self.count, lambda: self.now_s, self.begun.append)

    def count(self) -> int:
        self.n_counted += 1
        self.now_s += self._spent_s
        return self.n_counted


def test_quick_counts_are_always_as_they_are() -> None:
    counting = Counting(0.01)
    kept = counting.kept()
    assert [kept.now(), kept.now()] == [1, 2]


def test_slow_counts_are_kept_and_renewed_while_nobody_waits() -> None:
    counting = Counting(0.8)
    kept = counting.kept()
    kept.now()
    counting.now_s = 40
    assert (kept.now(), counting.begun) == (1, [])
    counting.now_s = 41
    assert [kept.now(), kept.now()] == [1, 1]
    (renew,) = counting.begun
    renew()
    assert kept.now() == 2


def test_after_a_pause_it_is_counted_before_anybody_sees_it() -> None:
    counting = Counting(0.8)
    kept = counting.kept()
    kept.now()
    counting.now_s = 1_000
    assert (kept.now(), counting.begun) == (2, [])


def test_counting_that_failed_is_tried_again() -> None:
    counting = Counting(0.8)
    kept = counting.kept()
    kept.now()
    counting.now_s = 41
    kept.now()

    def fail() -> int:
        raise CatalogueUnavailable("locked")

    kept._count = fail
    counting.begun.pop()()
    assert (kept.now(), len(counting.begun)) == (1, 1)
