"""Thumbnails drawn while the browser still puts together the page that will ask for them."""

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from threading import BoundedSemaphore

from core.errors import LimnError
from ingestion.pictures import PictureStore

_N_THREADS = 2
_MAX_WAITING = 400


class ThumbnailsAhead:
    """Draws thumbnails that nobody looked at yet, beside whatever else the process does."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_N_THREADS, "thumbnails")
        self._places = BoundedSemaphore(_MAX_WAITING)

    def draw(self, pictures: PictureStore, sha256s: Iterable[str]) -> None:
        """Begin with these and return; what is too much is drawn when it is asked for.

        Args:
            pictures: Where they lie.
            sha256s: Their keys, those in sight first.
        """
        for sha256 in dict.fromkeys(sha256s):
            if not self._places.acquire(blocking=False):
                return
            self._pool.submit(_draw, pictures, sha256).add_done_callback(self._free)

    def close(self) -> None:
        """Wait for what was begun."""
        self._pool.shutdown()

    def _free(self, _: "Future[None]") -> None:
        self._places.release()


def _draw(pictures: PictureStore, sha256: str) -> None:
    with suppress(LimnError):  # whoever asks for it is told
        pictures.thumbnail(sha256)
