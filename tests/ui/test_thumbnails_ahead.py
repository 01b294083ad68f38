"""Thumbnails that are ready before a browser asks for them."""

from pathlib import Path
from threading import Event, Semaphore

import numpy as np

from ingestion.pictures import PictureStore
from ui.thumbnails_ahead import ThumbnailsAhead


def test_thumbnails_of_a_page_are_drawn_and_unreadable_ones_stop_none(tmp_path: Path) -> None:
    pictures = PictureStore(str(tmp_path))
    keys = [pictures.put_figure(np.full((400, 30 + n), 255, np.uint8)) for n in range(6)]
    ahead = ThumbnailsAhead()
    ahead.draw(pictures, [pictures.put(b"no picture"), "0" * 64, *keys])
    ahead.close()
    assert {path.stem for path in tmp_path.glob("thumbnails/*/*.png")} == set(keys)


class _Slow(PictureStore):
    """Draws nothing before it may."""

    may, drawn = Event(), Semaphore(0)

    def thumbnail(self, sha256: str) -> bytes:
        self.may.wait()
        self.drawn.release()
        return b""


def test_more_than_there_is_room_for_is_left_to_whoever_asks(tmp_path: Path) -> None:
    pictures, ahead = _Slow(str(tmp_path)), ThumbnailsAhead()
    ahead.draw(pictures, map(str, range(1000)))
    pictures.may.set()
    for _ in range(400):
        assert pictures.drawn.acquire(timeout=20)
    assert not pictures.drawn.acquire(timeout=0.05), "the six hundred others"
    ahead.draw(pictures, ["there is room again"])
    assert pictures.drawn.acquire(timeout=20)
    ahead.close()
