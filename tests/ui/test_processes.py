"""Service processes: started, told apart from strangers, stopped with all they started."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from core.errors import ServiceFailed
from ui.processes import ServiceProcess, ServiceSpec, answers, end_stale, free_port

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
# A parent whose child outlives SIGTERM to the parent alone.
FAMILY = [
    sys.executable,
    "-c",
    "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', "
    "'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)']); "
    "time.sleep(60)",
]


def _spec(command: list[str], ready: bool = True, timeout_s: float = 10) -> ServiceSpec:
    return ServiceSpec("probe", command, {}, lambda: ready, start_timeout_s=timeout_s)


def test_a_service_that_ends_at_once_shows_the_end_of_its_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no such device')"]
    process = ServiceProcess(_spec(command, ready=False), tmp_path)
    with pytest.raises(
        ServiceFailed, match=r"(?s)probe ended with exit code 1.*no such device.*log:"
    ):
        process.wait_ready()


def test_a_service_that_finds_the_disk_full_under_its_mapped_files_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGBUS)"]
    process = ServiceProcess(_spec(command, ready=False), tmp_path)
    with pytest.raises(ServiceFailed, match=r"disk it writes to is full .* make room"):
        process.wait_ready()


def test_a_service_that_never_answers_is_given_up(tmp_path: Path) -> None:
    process = ServiceProcess(_spec(SLEEP, ready=False, timeout_s=0.2), tmp_path)
    with pytest.raises(ServiceFailed, match="not ready after"):
        process.wait_ready()
    process.stop()


def test_stop_ends_the_whole_family(tmp_path: Path) -> None:
    process = ServiceProcess(_spec(FAMILY), tmp_path)
    deadline = time.monotonic() + 10
    while not (family := psutil.Process(process.pid).children(recursive=True)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.stop()
    assert process.exit_status() is not None
    psutil.wait_procs(family, timeout=10)  # killed, but the kernel may still be at it
    assert not any(child.is_running() and child.status() != "zombie" for child in family)


def test_a_service_dies_with_its_parent_however_the_parent_dies(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from ui.processes import *; "
        f"p = ServiceProcess(ServiceSpec('probe', {SLEEP!r}, {{}}, lambda: True), "
        "Path(sys.argv[1])); print(p.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout
    child = psutil.Process(int(parent.stdout.readline()))
    time.sleep(0.3)  # past the exec that binds it
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    psutil.wait_procs([child], timeout=5)
    assert not child.is_running() or child.status() == "zombie"


def test_stale_processes_are_ended_and_strangers_left_alone(tmp_path: Path) -> None:
    process = ServiceProcess(_spec(SLEEP), tmp_path)
    pid, created = process.identity
    assert end_stale({"probe": [pid, created - 3600]}) == []  # the number was given to another
    assert process.exit_status() is None
    assert end_stale({"probe": [pid, created], "gone": [2**22 + 1, 0.0]}) == ["probe"]
    process.stop()


def test_a_free_port_answers_to_nobody() -> None:
    assert not answers(free_port())


def test_a_free_port_is_kept_for_a_server_and_given_to_nobody_else() -> None:
    port = free_port()
    with socket.socket() as another, pytest.raises(OSError, match="in use"):
        another.bind(("127.0.0.1", port))
    with socket.create_server(("127.0.0.1", port)) as server:
        assert server.getsockname()[1] == port
