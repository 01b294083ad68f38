"""What a process's heap holds, by the account of its own C library, told when a signal asks for it.

Memory that a program holds and memory that malloc keeps of what was freed look alike from outside;
only the process can tell them apart. Celery imports this module into a worker that a benchmark runs
(`--include benchmarks.heap_account`), and the children of its pool inherit the handler. glibc 2.33
or later.
"""

import ctypes
import json
import os
import signal
import sys
import time
from pathlib import Path

FOLDER_VARIABLE = "BENCHMARK_HEAPS"
"""Where the answers are put, one file a process."""
_ASKED_BY = signal.SIGUSR2
_PATIENCE_S = 10


class _Account(ctypes.Structure):
    """`struct mallinfo2` of glibc."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]


def tell_when_asked(folder: Path) -> None:
    """Answer every `ask_heap` from now on, in this process and those it forks."""
    library = ctypes.CDLL(None)
    library.mallinfo2.restype = _Account

    def tell(*_: object) -> None:
        account = library.mallinfo2()
        told = {
            "in_use_mb": round((account.uordblks + account.hblkhd) / 2**20, 2),
            "freed_mb": round(account.fordblks / 2**20, 2),
            "python_blocks": sys.getallocatedblocks(),
        }
        unfinished = folder / f"{os.getpid()}.part"
        unfinished.write_text(json.dumps(told))
        unfinished.replace(folder / f"{os.getpid()}.json")

    signal.signal(_ASKED_BY, tell)


def ask_heap(pid: int, folder: Path) -> dict[str, float]:
    """What a process that tells holds now.

    Returns:
        `in_use_mb`, allocated through malloc; `freed_mb`, kept by malloc after it was freed;
        `python_blocks`, small objects, which Python keeps beside malloc.

    Raises:
        SystemExit: If it does not answer.
    """
    answer = folder / f"{pid}.json"
    answer.unlink(missing_ok=True)
    os.kill(pid, _ASKED_BY)
    deadline = time.monotonic() + _PATIENCE_S
    while not answer.exists():
        if time.monotonic() > deadline:
            raise SystemExit(f"process {pid} does not tell what its heap holds")
        time.sleep(0.01)
    told: dict[str, float] = json.loads(answer.read_text())
    return told


if FOLDER_VARIABLE in os.environ:
    tell_when_asked(Path(os.environ[FOLDER_VARIABLE]))
