"""One embedded service process: started, watched, stopped, never orphaned."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from core.errors import ServiceFailed

_LOG_TAIL_LINES = 12
_LOG_KEPT_BYTES = 10 * 2**20
# The kernel ends the child when its parent dies, however the parent died.
_EXEC_BOUND_TO_PARENT = """
import ctypes, os, signal, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    if os.getppid() != int(sys.argv[1]):
        sys.exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """How to run one service.

    Attributes:
        name: Names its log file and its line in messages.
        command: Program and arguments; the program an absolute path.
        environment: Added to our own.
        is_ready: Asked again and again until it is true.
        start_timeout_s: How long it may take to become ready.
        stop_timeout_s: How long it may take to end after SIGTERM.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    is_ready: Callable[[], bool]
    start_timeout_s: float = 60
    stop_timeout_s: float = 20


class ServiceProcess:
    """A running service and its log file."""

    def __init__(self, spec: ServiceSpec, logs: Path) -> None:
        self.spec = spec
        self.log_path = logs / f"{spec.name}.log"
        self._process = self._start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def identity(self) -> list[float]:
        """Process id and start time: enough to know it again after a crash of ours."""
        try:
            return [self.pid, psutil.Process(self.pid).create_time()]
        except psutil.NoSuchProcess:
            return [self.pid, 0.0]

    def exit_status(self) -> int | None:
        """None while it runs; negative for a signal."""
        return self._process.poll()

    def wait_ready(self) -> None:
        """Block until the service answers.

        Raises:
            ServiceFailed: If it ends or takes too long; with the end of its log.
        """
        deadline = time.monotonic() + self.spec.start_timeout_s
        while not self.spec.is_ready():
            status = self.exit_status()
            if status is not None:
                raise ServiceFailed(f"{self.spec.name} {_how_it_ended(status)}\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise ServiceFailed(
                    f"{self.spec.name} was not ready after {self.spec.start_timeout_s:.0f} s\n"
                    f"{self.log_tail()}"
                )
            time.sleep(0.05)

    def stop(self) -> None:
        """SIGTERM, a patient wait, then SIGKILL to the service and all it started."""
        family: list[psutil.Process] = []
        with contextlib.suppress(psutil.NoSuchProcess):
            family = psutil.Process(self.pid).children(recursive=True)
        self._process.terminate()
        try:
            self._process.wait(self.spec.stop_timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        end_processes(family)

    def how_it_ended(self) -> str:
        status = self.exit_status()
        return _how_it_ended(status) if status is not None else "is running"

    def log_tail(self) -> str:
        """The last lines of its log, indented, with where to read on."""
        text = self.log_path.read_text(encoding="utf-8", errors="replace")
        lines = text.splitlines()[-_LOG_TAIL_LINES:]
        return "\n".join([*(f"    {line}" for line in lines), f"  log: {self.log_path}"])

    def _start(self) -> "subprocess.Popen[bytes]":
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        if self.log_path.exists() and self.log_path.stat().st_size > _LOG_KEPT_BYTES:
            self.log_path.replace(self.log_path.with_suffix(".log.1"))
        with self.log_path.open("ab") as log:
            return subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", "-c", _EXEC_BOUND_TO_PARENT, str(os.getpid())),
                    *self.spec.command,
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.spec.environment},
                start_new_session=True,
            )


def free_port() -> int:
    """A loopback TCP port nobody listens on, and that the system gives to nobody for a minute.

    A connection whose near end was closed first keeps its port in TIME_WAIT: no other process is
    given it meanwhile, and a server that sets SO_REUSEADDR, as all of ours do, can listen on it.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", 0))
        probe.listen(1)
        port: int = probe.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as far:
            near, _ = probe.accept()
            near.close()
            far.recv(1)
        return port


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """Whether something accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((host, port)) == 0


def end_stale(identities: Mapping[str, Sequence[float]]) -> list[str]:
    """End processes that a crashed supervisor left behind.

    Args:
        identities: `ServiceProcess.identity` by name, as written before the crash.

    Returns:
        Names of the services that were still running.
    """
    found = []
    for name, (pid, created) in identities.items():
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(int(pid))
            if abs(process.create_time() - created) < 1:
                end_processes([process, *process.children(recursive=True)])
                found.append(name)
    return found


def end_processes(processes: Sequence[psutil.Process], patience_s: float = 5) -> None:
    """SIGTERM, then SIGKILL to those that stay."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(processes, timeout=patience_s)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def _how_it_ended(status: int) -> str:
    if status == -signal.SIGBUS:  # what writing to a mapped file gets where there is no room
        return (
            "was ended by SIGBUS: the disk it writes to is full or broken; nothing is lost, make "
            "room and run the same command again"
        )
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}"
    return f"ended with exit code {status}"
