"""Query drawings on the disk: under seal, and gone when their time has come."""

import os
import time
from pathlib import Path

import numpy as np
import pytest
from pydantic import SecretStr

from core.errors import PictureUnreadable
from core.settings import CasebookSettings, Settings
from search.casebook_records import QueryPicture
from search.query import SearchQuery
from workers.purging import purge_drawings
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
