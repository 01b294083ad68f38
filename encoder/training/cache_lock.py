"""One process at a time fills a cache: ranks of a run, and runs side by side, share a folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def filling(cache: Path) -> Iterator[None]:
    """Wait until no other process fills this cache; look again at what is there before filling it.

    Args:
        cache: File or folder; the lock is a file beside it, which stays.
    """
    cache.parent.mkdir(parents=True, exist_ok=True)
    with cache.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
