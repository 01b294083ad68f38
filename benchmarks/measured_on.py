"""What benchmarks run against, and what their numbers were measured on."""

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGES = ("qdrant-client", "qdrant-edge-py", "numpy")


@contextmanager
def running_service(folder: Path) -> Iterator[str]:
    """The embedded index service as a process of its own over a folder; yields its address."""
    address = folder / "service.json"
    address.unlink(missing_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "search.edge_service", "--path", str(folder), "--port", "0"],
        env={**os.environ, "OMP_NUM_THREADS": "1", "LIMN_LOG__LEVEL": "WARNING"},
    )
    while not address.exists():
        if process.poll() is not None:
            raise SystemExit(f"the service ended with exit code {process.returncode}")
        time.sleep(0.05)
    try:
        yield json.loads(address.read_text())["url"]
    finally:
        process.terminate()
        process.wait()


def cpu_ms_of(pid: int) -> float:
    """Processor time that a process has spent so far, all its threads; Linux alone tells."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((t / "schedstat").read_text().split()[0]) for t in threads) / 1e6


def surroundings(encoder_id: str, *packages: str) -> dict[str, Any]:
    """Encoder, commit, machine, its load, and the versions of what was measured."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return {
        "encoder_id": encoder_id,
        "commit": commit.stdout.strip(),
        "hardware": f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores",
        "load_1min": round(os.getloadavg()[0], 1),
        "versions": {
            "python": platform.python_version(),
            **{package: version(package) for package in (*PACKAGES, *packages)},
        },
    }
