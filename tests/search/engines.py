"""The engines the index is tested on: how each is started, found and stopped."""

import contextlib
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qdrant_client import QdrantClient

from search.figure_point import FigurePoint
from search.index import FigureIndex
from tests.search.figures import D
from ui.processes import free_port

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class EdgeProcess:
    process: "subprocess.Popen[bytes]"
    url: str
    folder: Path


def start_edge(folder: Path, **environment: str) -> EdgeProcess:
    """The embedded service as a process of its own on a free port."""
    (folder / "service.json").unlink(missing_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "search.edge_service", "--path", str(folder), "--port", "0"],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
    )
    address = folder / "service.json"
    wait_until(lambda: address.exists() or process.poll() is not None)
    if process.poll() is not None:
        raise RuntimeError(f"the service ended with exit code {process.returncode}")
    url = json.loads(address.read_text())["url"]
    wait_until(lambda: answers(f"{url}/readyz"))
    return EdgeProcess(process, url, folder)


def stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until(happened: Callable[[], bool], timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError("a service did not start in time")
        time.sleep(0.02)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def quick_folder() -> str | None:
    """Memory-backed where there is such a folder: creating an index syncs a hundred files."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def docker_answers() -> bool:
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0


@contextlib.contextmanager
def server_in_docker() -> Iterator[str]:
    from testcontainers.core.container import DockerContainer

    container = DockerContainer("qdrant/qdrant:v1.20.0").with_exposed_ports(6333)
    with container:
        url = f"http://{container.get_container_host_ip()}:{container.get_exposed_port(6333)}"
        wait_until(lambda: answers(f"{url}/readyz"))
        yield url


def find_binary() -> Path | None:
    named = os.environ.get("LIMN_QDRANT_BINARY") or shutil.which("qdrant")
    cached = ROOT / ".cache/qdrant/qdrant"
    if named:
        return Path(named)
    return cached if cached.exists() else None


@contextlib.contextmanager
def server_from_binary(binary: Path) -> Iterator[str]:
    """Unprivileged, in a folder of its own, without telemetry."""
    home = Path(tempfile.mkdtemp(prefix="limn-qdrant-", dir=quick_folder()))
    shutil.copy(binary, home / "qdrant")
    user = None
    if os.geteuid() == 0:
        user = "nobody"
        os.chown(home, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    port = free_port()
    settings = {
        "STORAGE__STORAGE_PATH": home / "storage",
        "STORAGE__SNAPSHOTS_PATH": home / "snapshots",
        "SERVICE__HOST": "127.0.0.1",
        "SERVICE__HTTP_PORT": port,
        "SERVICE__GRPC_PORT": free_port(),
        "TELEMETRY_DISABLED": "true",
        "LOG_LEVEL": "ERROR",
    }
    environment = {f"QDRANT__{name}": str(value) for name, value in settings.items()}
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(home / "qdrant"), "--disable-telemetry"],
            cwd=home,
            env={"PATH": os.environ["PATH"], **environment},
            user=user,
            group=None if user is None else pwd.getpwnam(user).pw_gid,
            extra_groups=None if user is None else [],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: answers(f"{url}/readyz") or process.poll() is not None)
        if process.poll() is not None:
            raise RuntimeError(f"the Qdrant server ended: {(home / 'log').read_text()[-2000:]}")
        yield url
    finally:
        stop(process)
        shutil.rmtree(home)


def memory_index(encoder_id: str, dimension: int = D) -> FigureIndex:
    """The same index over qdrant-client's own Python engine, the oracle."""
    index = FigureIndex("http://in-memory.invalid", encoder_id, dimension)
    index._client = QdrantClient(":memory:")
    return index


@contextlib.contextmanager
def filled_index(
    edge: EdgeProcess, encoder_id: str, points: Sequence[FigurePoint]
) -> Iterator[FigureIndex]:
    """A collection of its own on the embedded service, deleted afterwards."""
    index = FigureIndex(edge.url, encoder_id, D)
    index.prepare(beside=True)
    try:
        index.upsert(points)
        yield index
    finally:
        index._client.delete_collection(index.collection)
        index.close()
