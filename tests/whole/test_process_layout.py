"""The process layout of docker-compose.yml without Docker.

The command lines and environments of its services are read from the file and started as processes,
with addresses, ports and folders of this machine in place of the containers'. Redis is started by
its own command line. PostgreSQL is a real server; the index is the embedded service, which answers
as the pinned Qdrant does.
"""

import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import redis
from pydantic import SecretStr

from core.settings import RedisSettings, Settings
from samples.archive import write_weekly_archives
from tests.compose import COMPOSE, OURS, ROOT, SERVICES, interpolated, starting_order
from tests.databases import own_schema
from tests.search.engines import EdgeProcess, free_port, start_edge, stop
from ui.services import Service, service_spec

_STARTED = [name for name in starting_order({"cpu"}) if name in {*OURS, "redis"}]
_LASTING_KEYS = {"limn:heartbeat", "limn:stage-done", "limn:stage-seconds"}
"""All that the queue keeps once uploads have ended: none of them grows with the work."""


@dataclass
class Layout:
    """Processes in place of containers.

    Attributes:
        folder: Of this run alone.
        places: What stands in compose values, and what stands for it here; the first that fits.
        running: In the order in which they were started.
    """

    folder: Path
    places: dict[str, str]
    running: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)

    def start(self, name: str) -> "subprocess.Popen[bytes]":
        service = SERVICES[name]
        log = (self.folder / f"{name}.log").open("wb")
        with log:
            process = subprocess.Popen(
                [self._here(word) for word in service.get("command", _image_command())],
                env=self._environment(name),
                cwd=self.folder / "data",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.running[name] = process
        return process

    def execute(self, name: str, *command: object) -> "subprocess.CompletedProcess[str]":
        """What `docker compose exec` does."""
        return subprocess.run(
            [str(word) for word in command],
            env=self._environment(name),
            cwd=self.folder / "data",
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def told(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")[-3000:]

    def stop(self, name: str) -> int:
        """SIGTERM and a wait, as Docker stops a container; then nothing of it may be left."""
        process = self.running.pop(name)
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        status = process.wait(30)
        _, left = psutil.wait_procs(family, timeout=5)
        assert not left, f"{name} left {left}"
        return status

    def kill(self) -> None:
        for process in self.running.values():
            family = psutil.Process(process.pid).children(recursive=True)
            for member in (*family, psutil.Process(process.pid)):
                member.kill()
            process.wait()

    def _here(self, text: str) -> str:
        places = "|".join(map(re.escape, self.places))
        return re.sub(places, lambda found: self.places[found[0]], interpolated(text))

    def _environment(self, name: str) -> dict[str, str]:
        variables = SERVICES[name].get("environment", {}).items()
        return {**self._machine(), **{key: self._here(value) for key, value in variables}}

    def _machine(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("LIMN_")}
        path = f"{self.folder / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        return {**kept, "PATH": path, "LIMN_SECRETS": str(self.folder / "secrets/limn")}


def _image_command() -> list[str]:
    """What an image runs where compose says nothing."""
    found = re.findall(r"^CMD (.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    return re.findall(r'"([^"]+)"', found[-1])


@pytest.fixture
def layout(tmp_path: Path, postgres_url: str, edge: EdgeProcess) -> Iterator[Layout]:
    for folder in ("bin", "data", "secrets/limn"):
        (tmp_path / folder).mkdir(parents=True)
    for name in COMPOSE["secrets"]:
        (tmp_path / "secrets" / name).write_text(f"{secrets.token_hex(8)}\n")
    for secret in (s for service in OURS.values() for s in service["secrets"]):
        target = tmp_path / "secrets/limn" / Path(secret["target"]).name
        target.write_bytes((tmp_path / "secrets" / secret["source"]).read_bytes())
    queue_port, ui_port = free_port(), free_port()
    queue = RedisSettings(url=SecretStr(f"redis://:-@127.0.0.1:{queue_port}"))
    binary = service_spec(Service.QUEUE, Settings(home=tmp_path / "unused", redis=queue)).command[0]
    (tmp_path / "bin/redis-server").symlink_to(binary)
    with own_schema(postgres_url) as catalogue_url:
        here = Layout(
            tmp_path,
            {
                "postgresql://limn@postgres:5432/limn": catalogue_url,
                "redis://redis:6379": f"redis://127.0.0.1:{queue_port}",
                "http://qdrant:6333": edge.url,
                "/tmp/redis.conf --": f"{tmp_path}/redis.conf --port {queue_port} --",
                "/tmp/redis.conf": f"{tmp_path}/redis.conf",
                "/run/secrets": f"{tmp_path}/secrets",
                SERVICES["ui"]["environment"]["LIMN_UI__PORT"]: str(ui_port),
                "/data": f"{tmp_path}/data",
            },
        )
        yield here
        here.kill()


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeProcess]:
    service = start_edge(tmp_path_factory.mktemp("index"))
    yield service
    stop(service.process)


@pytest.mark.slow
def test_the_layout_of_compose_takes_an_archive_in_finds_it_and_stops(layout: Layout) -> None:
    archive = write_weekly_archives(layout.folder, n_publications=2, seed=3)[0]
    layout.start("redis")
    _check_queue(layout)
    migrated = layout.start("migrate")
    assert migrated.wait(60) == 0, layout.told("migrate")
    del layout.running["migrate"]
    for name in _STARTED:
        if name not in {"redis", "migrate"}:
            layout.start(name)
    port = layout.places[SERVICES["ui"]["environment"]["LIMN_UI__PORT"]]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=30) as client:
        _until(lambda: _is_ready(client))
        upload = client.post(
            "/uploads", params={"name": archive.name}, content=archive.read_bytes()
        ).json()["upload_id"]
        done = _until(lambda: _finished(client, upload))
        assert (done["publications"], done["rejections"]) == (2, [])
        assert done["by_stage"]["indexed"] == done["figures"] - done["by_stage"]["stored"] > 0
        found = client.post("/search", json={"text": "chair"}).json()
        assert len(found["hits"]) == 2
    _until(lambda: _keys(layout) == _LASTING_KEYS)
    for command in (["doctor"], ["backup", layout.folder / "backups"], ["reconcile"]):
        done = layout.execute("ui", "limn", *command)
        assert done.returncode == 0, done.stdout + done.stderr
    statuses = {name: layout.stop(name) for name in reversed(list(layout.running))}
    assert list(statuses)[-1] == "redis"
    # uvicorn shuts down in good order and then ends by the signal that it was sent.
    expected = dict.fromkeys(statuses, 0) | {"ui": -signal.SIGTERM}
    assert statuses == expected, {name: layout.told(name) for name in statuses}


def _check_queue(layout: Layout) -> None:
    """The command line of compose gives a queue that keeps, drops nothing and wants a password."""
    password = (layout.folder / "secrets/redis_password").read_text().strip()
    url = layout.places["redis://redis:6379"]
    with redis.Redis.from_url(url, password=password, decode_responses=True) as client:
        _until(lambda: _answers(client))
        kept: Any = client.config_get("appendonly", "maxmemory-policy", "maxmemory")
    assert kept == {
        "appendonly": "yes",
        "maxmemory-policy": "noeviction",
        "maxmemory": str(2**30),
    }
    with redis.Redis.from_url(url) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()


def _keys(layout: Layout) -> set[str]:
    """What the queue keeps, but for the exchanges that Celery's transport binds."""
    password = (layout.folder / "secrets/redis_password").read_text().strip()
    url = layout.places["redis://redis:6379"]
    with redis.Redis.from_url(url, password=password, decode_responses=True) as client:
        found: Any = client.keys()
    return {key for key in found if not key.startswith("_kombu.binding")}


def _until(ask: Callable[[], Any]) -> Any:
    """Asked seldom: each question costs the servers that are waited for."""
    deadline = time.monotonic() + 200
    while not (answer := ask()):
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.3)
    return answer


def _answers(client: "redis.Redis") -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/health/ready").status_code == 200
    except httpx.TransportError:
        return False


def _finished(client: httpx.Client, upload_id: str) -> dict[str, Any] | None:
    told: dict[str, Any] = client.get(f"/uploads/{upload_id}").json()
    stages = told["by_stage"]
    waiting = sum(n for stage, n in stages.items() if stage not in {"indexed", "stored", "failed"})
    return told if told["finished"] and not waiting else None
