"""A real queue server and a real index for the tests of this room."""

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.settings import RedisSettings, Settings
from tests.search.engines import quick_folder, start_edge, stop
from tests.workers.desk import open_desk
from tests.workers.line import LineResources, open_line
from ui.processes import ServiceProcess, free_port
from ui.services import Service, service_spec
from workers.queue import WorkQueue

__all__ = ["open_desk"]


@pytest.fixture(scope="session")
def queue_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a Valkey or Redis server with nothing in it."""
    home: Path = tmp_path_factory.mktemp("queue-home")
    url = f"redis://:{secrets.token_hex(8)}@127.0.0.1:{free_port()}/0"
    settings = Settings(home=home, redis=RedisSettings(url=SecretStr(url)))
    process = ServiceProcess(service_spec(Service.QUEUE, settings), home / "logs")
    process.wait_ready()
    yield url
    process.stop()


@pytest.fixture
def work_queue(queue_url: str) -> WorkQueue:
    """The queue seen from outside Celery."""
    return WorkQueue(queue_url)


@pytest.fixture(scope="session")
def index_url() -> Iterator[str]:
    """Address of the embedded index with nothing in it."""
    folder = Path(tempfile.mkdtemp(prefix="limn-index-", dir=quick_folder()))
    served = start_edge(folder)
    yield served.url
    stop(served.process)
    shutil.rmtree(folder)


@pytest.fixture
def line(tmp_path: Path, index_url: str, queue_url: str) -> Iterator[LineResources]:
    """A home with nothing in it, whose work is done the moment it is sent."""
    (tmp_path / "home").mkdir()
    with open_line(tmp_path / "home", index_url, queue_url) as resources:
        resources.queue.clear_fault()
        yield resources
