"""Query drawings on the disk: under seal, and gone when their time has come."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydantic import SecretStr

from core.errors import CatalogueUnavailable, PictureUnreadable, StorageFailed
from core.settings import CasebookSettings, Settings
from search.casebook_records import QueryPicture
from search.query import SearchQuery
from workers import purging
from workers.purging import keep_purging, purge_drawings
from workers.resources import Resources


def _drawing(n: int) -> np.ndarray:
    pixels = np.full((40, 40), 255, np.uint8)
    pixels[5 : 10 + n] = 0
    return pixels


def _age(home: Path, days: float) -> None:
    for path in (home / "queries").rglob("*"):
        if path.is_file():
            os.utime(path, (time.time() - days * 86_400,) * 2)


def test_drawings_lie_sealed_and_open_with_their_key_alone(tmp_path: Path) -> None:
    store = Resources(Settings(home=tmp_path)).query_pictures
    key = store.put_figure(_drawing(1))
    store.thumbnail(key)
    files = [path for path in (tmp_path / "queries").rglob("*") if path.is_file()]
    assert len(files) == 2
    for path in files:
        assert not any(sign in path.read_bytes() for sign in (b"PNG", b"WEBP", b"IHDR"))
    assert (tmp_path / "run/drawings.secret").stat().st_mode & 0o777 == 0o600
    again = Resources(Settings(home=tmp_path)).query_pictures
    assert np.array_equal(again.get_figure(key), _drawing(1))
    other = CasebookSettings(drawings_key=SecretStr("another key, which is long enough"))
    with pytest.raises(PictureUnreadable, match="another key"):
        Resources(Settings(home=tmp_path, casebook=other)).query_pictures.get(key)


def test_drawings_from_before_there_were_seals_are_still_read(tmp_path: Path) -> None:
    from ingestion.pictures import PictureStore

    key = PictureStore(str(tmp_path / "queries")).put_figure(_drawing(1))
    store = Resources(Settings(home=tmp_path)).query_pictures
    assert np.array_equal(store.get_figure(key), _drawing(1))


def test_old_drawings_go_but_those_that_a_search_refers_to(tmp_path: Path) -> None:
    resources = Resources(Settings(home=tmp_path))
    store, casebook = resources.query_pictures, resources.casebook
    saved, old, again = (store.put_figure(_drawing(n)) for n in range(3))
    file = store.put(b"the file it was taken from")
    picture = QueryPicture(sha256=saved, file_sha256=file)
    casebook.save_search(casebook.project("Case", "Ada"), "all", SearchQuery(), [picture], "Ada")
    casebook.note_drawings([old])
    assert purge_drawings(resources) == 0
    _age(tmp_path, 31)
    store.put_figure(_drawing(2))  # sent again today
    assert purge_drawings(resources) == 1
    assert [store.holds(key) for key in (saved, file, old, again)] == [True, True, False, True]
    assert purge_drawings(resources, days=0) >= 1
    assert [store.holds(key) for key in (saved, file, again)] == [True, True, False]


def test_drawings_are_kept_for_ever_where_that_is_set(tmp_path: Path) -> None:
    forever = CasebookSettings(keep_drawings_days=None)
    resources = Resources(Settings(home=tmp_path, casebook=forever))
    key = resources.query_pictures.put_figure(_drawing(1))
    _age(tmp_path, 4000)
    assert purge_drawings(resources) == 0
    assert resources.query_pictures.holds(key)


class _Hours(threading.Event):
    """Waits by moving the clock on; what is to happen at a round's end happens there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *after: Callable[[], object]) -> None:
        super().__init__()
        self.passed_s = 0.0
        self._after = list(after)
        real = time.time
        monkeypatch.setattr(purging.time, "time", lambda: real() + self.passed_s)

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout == 3600, "an hour between two rounds"
        self.passed_s += timeout
        if not self._after:
            return True
        self._after.pop(0)()
        return False


def _nothing() -> None:
    """Nothing happens."""


def test_the_rounds_delete_a_drawing_within_the_hour_in_which_its_time_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = Resources(Settings(home=tmp_path))
    store = resources.query_pictures
    key = store.put_figure(_drawing(1))
    _age(tmp_path, 30 - 1.5 / 24)
    held: list[bool] = []
    keep_purging(
        lambda: resources, _Hours(monkeypatch, *[lambda: held.append(store.holds(key))] * 3)
    )
    assert held == [True, True, False], "after no hour, after one, after two"


@pytest.mark.parametrize(
    "fault",
    [CatalogueUnavailable("does not answer"), StorageFailed("cannot be read"), OSError("broken")],
)
def test_a_round_that_fails_ends_no_later_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    resources = Resources(Settings(home=tmp_path))
    key = resources.query_pictures.put_figure(_drawing(1))
    _age(tmp_path, 31)
    casebook = resources.casebook
    files, held = casebook.files, []

    def is_away() -> frozenset[str]:
        raise fault

    def look() -> None:
        held.append(resources.query_pictures.holds(key))
        monkeypatch.setattr(casebook, "files", files)

    monkeypatch.setattr(casebook, "files", is_away)
    keep_purging(lambda: resources, _Hours(monkeypatch, look, look))
    assert held == [True, False]


def test_the_rounds_use_what_is_current_and_end_when_it_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Resources] = []

    def current() -> Resources:
        asked.append(Resources(Settings(home=tmp_path)))
        return asked[-1]

    keep_purging(current, _Hours(monkeypatch, _nothing))
    assert len(asked) == 2


def test_a_drawing_that_cannot_be_deleted_keeps_none_of_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = Resources(Settings(home=tmp_path))
    store = resources.query_pictures
    keys = sorted(store.put_figure(_drawing(n)) for n in range(3))
    _age(tmp_path, 31)
    delete = store.delete

    def sticks(key: str) -> None:
        if key == keys[0]:
            raise StorageFailed(f"{key} cannot be deleted: Permission denied")
        delete(key)

    monkeypatch.setattr(store, "delete", sticks)
    with pytest.raises(StorageFailed, match="Permission denied"):
        purge_drawings(resources)
    assert [store.holds(key) for key in keys] == [True, False, False]


def test_what_a_killed_process_left_half_written_goes_after_a_day(tmp_path: Path) -> None:
    resources = Resources(Settings(home=tmp_path))
    folder = tmp_path / "queries/pictures/ab"
    folder.mkdir(parents=True)
    old, young = folder / ".incoming-old", folder / ".incoming-young"
    old.write_bytes(b"half")
    _age(tmp_path, 2)
    young.write_bytes(b"half")
    purge_drawings(resources)
    assert (old.exists(), young.exists()) == (False, True)
