"""What keeps a home's services alive goes on when one of them dies at an awkward moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from core.errors import QueueUnavailable
from core.settings import Settings
from ingestion.catalogue_records import UploadTerms
from ui import ingest_session, serving


def test_up_goes_on_when_the_queue_dies_while_another_service_is_started_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks = iter([True, False, False])
    sent: list[str] = []

    def check() -> bool:
        try:
            return next(looks)
        except StopIteration:
            raise KeyboardInterrupt from None

    def resume(_resources: object) -> int:
        sent.append("again")
        if len(sent) == 2:
            raise QueueUnavailable("the queue (Redis) did not answer")
        return 0

    @contextmanager
    def own_services(settings: Settings, *_: object) -> Iterator[Any]:
        yield SimpleNamespace(settings=settings, resources=None, check=check)

    monkeypatch.setattr(serving, "own_services", own_services)
    monkeypatch.setattr(serving, "resume", resume)
    monkeypatch.setattr(serving, "_LOOK_EVERY_S", 0)
    said: list[str] = []
    serving.serve(Settings(), said.append)
    assert len(sent) == 3, "at the start, in vain, and when it answers; not once more"
    assert said[-1] == "stopped; everything taken in is kept"


def test_an_ingest_whose_queue_goes_away_says_that_nothing_is_lost_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @contextmanager
    def use_services(*_: object) -> Iterator[Any]:
        yield SimpleNamespace(
            is_owner=False, resources=None, check=lambda: False, is_served=lambda: True
        )

    def goes_away(*_: object) -> None:
        raise QueueUnavailable("the queue (Redis) did not answer")

    monkeypatch.setattr(ingest_session, "use_services", use_services)
    monkeypatch.setattr(ingest_session, "ingest_archives", goes_away)
    with pytest.raises(QueueUnavailable, match=r"Nothing is lost: .* run the same command again"):
        ingest_session.take_archives_in(Settings(), [], UploadTerms(), Console(), print)
