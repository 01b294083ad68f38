"""What a worker says of itself and its GPUs."""

from pathlib import Path

import pytest

from workers.heartbeat import read_gpus
from workers.queue import WorkQueue


def _driver(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    tool = folder / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


def test_memory_of_every_gpu_is_told_and_what_the_driver_does_not_know_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work_queue: WorkQueue
) -> None:
    _driver(tmp_path, monkeypatch, "printf '0, 512, 81559\\n1, [N/A], [N/A]\\n2, 0, 100\\n'")
    gpus = read_gpus()
    assert [gpu.name.rpartition(":")[2] for gpu in gpus] == ["0", "2"]
    assert (gpus[0].used_bytes, gpus[0].total_bytes) == (512 * 2**20, 81559 * 2**20)
    for gpu in gpus:
        work_queue.report_gpu(gpu)
    assert work_queue.gpus() == gpus
    monkeypatch.setattr("workers.queue.HEARTBEAT_TTL_S", -1)
    assert work_queue.gpus() == []
    monkeypatch.undo()
    assert work_queue.gpus() == []  # nothing of it is kept


@pytest.mark.parametrize("script", ["exit 9", "printf ''"])
def test_a_driver_that_fails_is_no_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    _driver(tmp_path, monkeypatch, script)
    assert read_gpus() == []


def test_no_driver_is_no_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert read_gpus() == []
