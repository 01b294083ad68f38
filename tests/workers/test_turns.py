"""Turns with an endpoint, shared by all processes of one queue server."""

import multiprocessing
import secrets
import time

import pytest

from core.settings import DescribeSettings
from workers import turns as module
from workers.turns import Turns, new_call

_PROCESSES = multiprocessing.get_context("forkserver")


def _turns(queue_url: str, **limits: int) -> Turns:
    return Turns(queue_url, DescribeSettings(**limits))


@pytest.fixture
def endpoint() -> str:
    return f"http://127.0.0.1/{secrets.token_hex(8)}"


def _greedy(
    queue_url: str, endpoint: str, n_tries: int, granted: "multiprocessing.Queue[int]"
) -> None:
    mine = _turns(queue_url, requests_per_minute=10)
    granted.put(sum(mine.take(endpoint, new_call()) == 0 for _ in range(n_tries)))


def test_two_processes_together_take_no_more_turns_than_a_minute_allows(
    queue_url: str, endpoint: str
) -> None:
    granted: multiprocessing.Queue[int] = _PROCESSES.Queue()
    processes = [
        _PROCESSES.Process(target=_greedy, args=(queue_url, endpoint, 20, granted))
        for _ in range(2)
    ]
    for process in processes:
        process.start()
    assert sum(granted.get(timeout=60) for _ in processes) == 10
    for process in processes:
        process.join(timeout=60)
    assert 50 < _turns(queue_url, requests_per_minute=10).take(endpoint, new_call()) <= 60
    assert _turns(queue_url, requests_per_minute=10).take(f"{endpoint}/other", new_call()) == 0


def test_a_turn_comes_back_once_the_window_has_passed_it(
    queue_url: str, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_WINDOW_MS", 300)
    mine = _turns(queue_url, requests_per_minute=2)
    assert [mine.take(endpoint, new_call()) for _ in range(2)] == [0, 0]
    wait = mine.take(endpoint, new_call())
    assert 0 < wait <= 0.3
    time.sleep(wait)
    assert mine.take(endpoint, new_call()) == 0


def test_tokens_are_counted_as_expected_and_then_as_paid(queue_url: str, endpoint: str) -> None:
    mine = _turns(queue_url, tokens_per_minute=2_500)
    first, second = new_call(), new_call()
    assert [mine.take(endpoint, call) for call in (first, second)] == [0, 0]  # 1,000 guessed each
    assert mine.take(endpoint, new_call()) > 0
    mine.settle(endpoint, first, 100)
    mine.settle(endpoint, second, 300)  # 400 paid, 300 expected of the next one
    third = new_call()
    assert mine.take(endpoint, third) == 0
    mine.settle(endpoint, third, 2_100)
    assert mine.take(endpoint, new_call()) > 0


def test_a_call_dearer_than_a_minute_allows_has_its_turn_alone(
    queue_url: str, endpoint: str
) -> None:
    mine = _turns(queue_url, tokens_per_minute=10)
    assert mine.take(endpoint, new_call()) == 0
    assert mine.take(endpoint, new_call()) > 0


def test_a_pause_holds_for_everybody_and_is_never_shortened(queue_url: str, endpoint: str) -> None:
    mine, theirs = _turns(queue_url), _turns(queue_url)
    assert mine.take(endpoint, new_call()) == 0
    mine.pause(endpoint, 30)
    mine.pause(endpoint, 1)
    assert 20 < theirs.take(endpoint, new_call()) <= 30
    mine.pause(endpoint, 40)
    assert theirs.take(endpoint, new_call()) > 30


def test_a_question_is_claimed_once_until_released_or_given_up(queue_url: str) -> None:
    mine, theirs = _turns(queue_url), _turns(queue_url)
    question = secrets.token_hex(8)
    assert mine.claim(question, 60)
    assert not theirs.claim(question, 60)
    mine.release(question)
    assert theirs.claim(question, 0.02)
    time.sleep(0.05)
    assert mine.claim(question, 60)
