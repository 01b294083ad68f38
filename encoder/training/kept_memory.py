"""Memory that a training step frees is kept for the next one, which needs as much."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4
_NEVER = -1
_TAKEN_AT_ONCE = 1 << 28
"""Bytes asked of the kernel when the heap has to grow."""
_GLIBC = {_M_TRIM_THRESHOLD: 128 << 10, _M_TOP_PAD: 0, _M_MMAP_MAX: 65536}
"""What it begins with."""


@contextmanager
def kept_memory() -> Iterator[None]:
    """Let the C library keep freed memory within the block; given back at its end.

    By default glibc gives large blocks back to the kernel as soon as they are freed and takes them
    anew a moment later, each page zeroed and mapped again: on a processor that can be half of a
    training step (`bench_training_memory`). Kept, the process holds the most it ever needed. C
    libraries without `mallopt` do as they always do.
    """
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallopt"):
        yield
        return
    for name, value in (
        (_M_MMAP_MAX, 0),
        (_M_TRIM_THRESHOLD, _NEVER),
        (_M_TOP_PAD, _TAKEN_AT_ONCE),
    ):
        library.mallopt(name, value)
    try:
        yield
    finally:
        for name, value in _GLIBC.items():
            library.mallopt(name, value)
        library.malloc_trim(0)
