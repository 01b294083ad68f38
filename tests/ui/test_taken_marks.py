"""Marks of a gallery: each is handed on once, and the last one last."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from types import SimpleNamespace

import pytest
import streamlit as st

from ui.components import gallery
from ui.components.gallery import take_marks

A_CHAIR = [("US-1", "not"), ("US-2", "later"), ("US-1", "relevant")]


def _sends(monkeypatch: pytest.MonkeyPatch, n_marks: int, client: str = "one") -> None:
    marks = [
        {"number": number, "id": id, "mark": mark}
        for number, (id, mark) in enumerate(A_CHAIR[:n_marks], start=1)
    ]
    sent = SimpleNamespace(marked={"client": client, "marks": marks})
    monkeypatch.setitem(st.session_state, "hits", sent)


@pytest.fixture(autouse=True)
def session(monkeypatch: pytest.MonkeyPatch) -> None:
    state = {gallery._TAKEN: gallery._TakenMarks()}
    monkeypatch.setattr(st, "session_state", state)


def test_a_mark_that_is_sent_again_is_handed_on_once(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[str, str]] = []
    for n_marks in (1, 3, 3, 2):
        _sends(monkeypatch, n_marks)
        take_marks("hits", written.extend)
    assert written == A_CHAIR
    _sends(monkeypatch, 1, client="another")
    take_marks("hits", written.extend)
    assert written == [*A_CHAIR, A_CHAIR[0]]


def test_a_run_of_the_page_waits_for_the_marks_of_the_one_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[tuple[str, str]] = []
    is_writing, may_go_on = Event(), Event()

    def write_slowly(marks: list[tuple[str, str]]) -> None:
        is_writing.set()
        assert may_go_on.wait(10)
        written.extend(marks)

    with ThreadPoolExecutor() as runs:
        _sends(monkeypatch, 1)
        before = runs.submit(take_marks, "hits", write_slowly)
        assert is_writing.wait(10)
        _sends(monkeypatch, 3)
        after = runs.submit(take_marks, "hits", written.extend)
        with pytest.raises(TimeoutError):
            after.result(timeout=0.1)
        may_go_on.set()
        before.result(10)
        after.result(10)
    assert written == A_CHAIR
