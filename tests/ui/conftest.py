"""A small corpus behind real services, taken in once for all tests of the pages."""

import secrets
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount

from core.settings import LimitSettings, QdrantSettings, RedisSettings, Settings, UiSettings
from tests.ui.browser import address, browser, chromium, page
from tests.ui.closed_api import closed, ring, role_keys
from tests.ui.corpus import SECOND, open_context, take_in
from tests.ui.made_up_grants import CORPUS, Grant, drawing, png, write_archive
from tests.ui.shown import shell
from ui.api import build_api
from ui.context import UiContext, install_context
from ui.guard import RequestGuard
from ui.processes import ServiceProcess, free_port
from ui.services import Service, service_spec

__all__ = ["address", "browser", "chromium", "closed", "page", "ring", "role_keys", "shell"]


class Samples:
    """What tests draw and write by hand."""

    chair, stool, bottle, lamp = CORPUS
    Grant = Grant

    drawing = staticmethod(drawing)
    png = staticmethod(png)
    write_archive = staticmethod(write_archive)
    take_in = staticmethod(take_in)


@pytest.fixture(scope="session")
def samples() -> Samples:
    """Grants of the corpus and how to draw more."""
    return Samples()


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A home with an index service and a queue of its own."""
    home = tmp_path_factory.mktemp("home")
    queue = f"redis://:{secrets.token_hex(8)}@127.0.0.1:{free_port()}/0"
    settings = Settings(
        home=home,
        qdrant=QdrantSettings(url=f"http://127.0.0.1:{free_port()}"),
        redis=RedisSettings(url=SecretStr(queue)),
        ui=UiSettings(port=free_port()),
        limits=LimitSettings(max_upload_bytes=4 * 2**20),
    )
    processes = [
        ServiceProcess(service_spec(service, settings), home / "logs")
        for service in (Service.INDEX, Service.QUEUE)
    ]
    for process in processes:
        process.wait_ready()
    yield settings
    for process in processes:
        process.stop()


@pytest.fixture(scope="session")
def context(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> UiContext:
    """The corpus, taken in."""
    context = open_context(settings)
    archive = write_archive(tmp_path_factory.mktemp("archives") / "I20210105.tar", CORPUS)
    take_in(context.resources, archive, wait=True)
    counts = context.resources.catalogue.counts()
    assert (counts.publications, counts.figures) == (4, 12), counts
    install_context(context)
    return context


@pytest.fixture
def second(context: UiContext) -> Iterator[str]:
    """A candidate whose vectors are those of the current model, a little turned."""
    resources = context.resources
    catalogue, current_id = resources.catalogue, resources.encoder.encoder_id
    kept = catalogue.embeddings(current_id, catalogue.figure_ids())
    turned = kept.image + 0.02 * np.random.default_rng(0).normal(size=kept.image.shape)
    vectors = (turned / np.linalg.norm(turned, axis=1, keepdims=True)).astype(np.float32)
    catalogue.store_embeddings(SECOND, kept.figure_ids, vectors)
    catalogue.add_model(current_id, "shipped", None)
    catalogue.switch_model(current_id, by="Ada", note="the first model known here")
    catalogue.add_model(SECOND, SECOND, None)
    yield SECOND
    resources.queue._redis.delete("limn:model-work")
    for encoder_id in (SECOND, current_id):
        with catalogue._writing() as connection:
            connection.exec_driver_sql(f"DELETE FROM models WHERE encoder_id = '{encoder_id}'")


@pytest.fixture
def live_worker(context: UiContext) -> None:
    """A worker heard of just now: heartbeats are forgotten after half a minute."""
    context.resources.queue.beat("test-worker")


@pytest.fixture
def at_rest() -> None:
    """Nothing that another test sent is still being taken in."""
    for thread in threading.enumerate():
        if thread.name == "worker":
            thread.join()


@pytest.fixture
def api(context: UiContext) -> Iterator[TestClient]:
    """A client of the REST routes behind the guard, calling them by their loopback name."""
    app = Starlette(
        routes=[Mount("/api/v1", app=build_api(context))],
        middleware=[Middleware(RequestGuard, settings=context.resources.settings)],
    )
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client
