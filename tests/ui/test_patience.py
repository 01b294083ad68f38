"""Waiting for a service: it comes back, it stays away, or cannot come back."""

import pytest

from core.errors import QueueUnavailable, StorageFailed
from ui import patience
from ui.patience import Patience


class Away:
    """A service that is away for so many calls."""

    def __init__(self, n_calls: int) -> None:
        self.n_left = n_calls

    def __call__(self) -> str:
        self.n_left -= 1
        if self.n_left >= 0:
            raise QueueUnavailable("the queue (Redis) did not answer")
        return "done"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "_LOOK_EVERY_S", 0)


def test_patience_goes_on_once_the_service_answers_and_says_both_once() -> None:
    said: list[str] = []
    checks: list[int] = []
    patient = Patience(lambda: bool(checks.append(1)), said.append)
    assert patient.run(Away(3)) == "done"
    assert len(checks) == 3
    assert "did not answer; waiting up to 120 s" in said[0]
    assert said[1:] == ["it answers again after 0 s; going on"]


def test_patience_ends() -> None:
    with pytest.raises(QueueUnavailable):
        Patience(lambda: False, wait_s=0.01).run(Away(10**9))


def test_patience_is_not_spent_on_services_that_ended_with_their_owner() -> None:
    away = Away(10)
    with pytest.raises(QueueUnavailable):
        Patience(lambda: False, is_served=lambda: False).run(away)
    assert away.n_left == 9


def test_patience_repeats_nothing_that_a_person_must_mend() -> None:
    def full() -> None:
        raise StorageFailed("the disk is full")

    with pytest.raises(StorageFailed):
        Patience(lambda: False).run(full)
