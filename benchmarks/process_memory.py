"""What processes hold of memory. Linux alone tells."""

import multiprocessing
from pathlib import Path
from typing import Any

import psutil


def in_own_process(work: Any, *given: object) -> Any:
    """Do something where nothing else has taken memory."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, given)


def family(pid: int) -> list[int]:
    """A process and all that descend from it, the oldest first; empty where it has ended."""
    try:
        process = psutil.Process(pid)
        members = [process, *process.children(recursive=True)]
        return [one.pid for one in sorted(members, key=psutil.Process.create_time)]
    except psutil.NoSuchProcess:
        return []


def anonymous_mb(pid: int) -> float:
    """What a process holds that is no file's; 0 where it has ended.

    Pages that a fork has left with its parent count for both.
    """
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024


def proportional_mb(pid: int) -> float:
    """What a process holds that is no file's, pages shared by n processes counted to the nth."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss_Anon:")) / 1024


def highest_mb(pid: int) -> int:
    """What a process held at most, files and all, since it was asked last."""
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # begins anew from what is held now
    return round(int(line.split()[1]) / 1024)
