"""The page server deletes query drawings in time, for as long as it serves."""

import os
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.settings import Settings
from ui import server
from workers.resources import Resources

_PATIENCE_S = 20.0


def test_serve_purges_while_it_serves_and_not_after(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    resources = Resources(Settings(home=tmp_path))
    store = resources.query_pictures
    key = store.put_figure(np.zeros((9, 9), np.uint8))
    for path in (tmp_path / "queries").rglob("*"):
        os.utime(path, (time.time() - 40 * 86_400,) * 2)
    purging: list[threading.Thread] = []

    def run(**_: object) -> None:
        purging.extend(one for one in threading.enumerate() if one.name == "purge")
        deadline = time.monotonic() + _PATIENCE_S
        while store.holds(key) and time.monotonic() < deadline:
            time.sleep(0.01)

    def warm_up(_context: object, is_warm: threading.Event) -> None:
        is_warm.set()

    monkeypatch.setattr(server, "build_app", lambda _context: SimpleNamespace(run=run))
    monkeypatch.setattr(server, "_keep_open", warm_up)
    monkeypatch.setattr(server, "_spare_collections", lambda: None)
    monkeypatch.setattr(server, "send_without_delay", lambda: None)
    context: Any = SimpleNamespace(resources=resources)
    server.serve(context)
    assert not store.holds(key)
    (thread,) = purging
    thread.join(_PATIENCE_S)
    assert not thread.is_alive()
    resources.catalogue.close()
