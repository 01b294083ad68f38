"""Garbage collections of the page server do not look through what lives as long as it."""

import gc
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from core.settings import Settings
from ui import server


def test_serve_keeps_what_it_began_with_out_of_collections(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[int] = []

    def warm_up(_context: object, is_warm: threading.Event) -> None:
        is_warm.set()

    def run(**_: object) -> None:
        looked_at.append(len(gc.get_objects()))

    monkeypatch.setattr(server, "build_app", lambda _context: SimpleNamespace(run=run))
    monkeypatch.setattr(server, "_keep_open", warm_up)
    monkeypatch.setattr(server, "keep_purging", lambda *_: None)
    monkeypatch.setattr(server, "send_without_delay", lambda: None)
    n_before = len(gc.get_objects())
    context: Any = SimpleNamespace(resources=SimpleNamespace(settings=Settings()))
    try:
        server.serve(context)
    finally:
        gc.unfreeze()
    assert looked_at[0] < n_before / 10
