"""What benchmarks tell of the memory of processes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from benchmarks.heap_account import FOLDER_VARIABLE, ask_heap
from benchmarks.process_memory import anonymous_mb, family, proportional_mb
from benchmarks.soak import Seen, account

_HOLDER = """
import subprocess, sys
import benchmarks.heap_account
kept = [bytearray(b"x" * 2**14) for _ in range(2048)]  # each less than what malloc maps by itself
last = bytearray(b"x" * 2**14)
until_we_end = [sys.executable, "-c", "import sys; sys.stdin.read()"]
child = subprocess.Popen(until_we_end, stdin=subprocess.PIPE)
print(flush=True)
input()
del kept
print(flush=True)
input()
"""
"""Holds 32 MB until a line comes, then what malloc keeps of them below the last that is held."""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER],
        env={**os.environ, FOLDER_VARIABLE: str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        process.stdout.readline()
        yield process
        process.communicate("\n\n\n")


def test_heap_account_tells_what_is_held_from_what_was_freed(
    holder: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    assert holder.stdin
    assert holder.stdout
    held = ask_heap(holder.pid, tmp_path)
    holder.stdin.write("\n")
    holder.stdin.flush()
    holder.stdout.readline()
    freed = ask_heap(holder.pid, tmp_path)
    assert held["in_use_mb"] - freed["in_use_mb"] == pytest.approx(32, abs=1)
    assert freed["freed_mb"] - held["freed_mb"] == pytest.approx(32, abs=1)


def test_process_memory_tells_each_member_of_a_family(holder: "subprocess.Popen[str]") -> None:
    parent, child = family(holder.pid)
    assert parent == holder.pid
    assert anonymous_mb(parent) > 32 > anonymous_mb(child)
    assert proportional_mb(parent) == pytest.approx(anonymous_mb(parent), rel=0.1)


def test_process_memory_of_a_process_that_has_ended_is_none() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    assert not psutil.pid_exists(ended.pid)
    assert family(ended.pid) == []
    assert anonymous_mb(ended.pid) == 0


def test_soak_tells_each_lasting_process_of_a_service_of_several(
    holder: "subprocess.Popen[str]",
) -> None:
    seen = Seen()
    seen.look("ingest-worker", holder.pid)
    seen.look("queue", family(holder.pid)[1])
    _, child = family(holder.pid)
    lasting = seen.lasting_processes()
    assert list(lasting) == ["ingest-worker parent", f"ingest-worker child {child}"]
    (whole,) = seen.memory_mb["ingest-worker"][0]
    assert whole == pytest.approx(sum(held[0][0] for held in lasting.values()))


def test_soak_tells_growth_by_the_hour_and_by_figures_for_services_and_processes() -> None:
    seen = Seen(n_figures=500)
    for minute in range(30):
        seen.search_ms[minute] = [10.0]
        seen.queue_holds[minute] = {"keys": 3}
        seen.memory_mb["ingest-worker"][minute] = [300.0 + minute]
        seen.process_mb["ingest-worker parent"][minute] = [100.0]
        seen.process_mb["ingest-worker child 7"][minute] = [200.0 + minute]
        seen.memory_mb["queue"][minute] = [2.0]
        seen.process_mb["queue parent"][minute] = [2.0]
    seen.process_mb["ingest-worker child 8"][3] = [50.0]  # lived a minute
    memory = account(seen, 30)["memory"]
    assert {name: held["mb_per_h"] for name, held in memory.items()} == {
        "ingest-worker": 60,
        "queue": 0,
        "ingest-worker parent": 0,
        "ingest-worker child 7": 60,
    }
    assert memory["ingest-worker child 7"]["mb_per_1000_figures"] == 60
