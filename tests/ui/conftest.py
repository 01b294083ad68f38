"""A small corpus behind real services: catalogue, pictures, index and queue; the encoder is fake.

`serve_for_browser.py` runs this file to serve the same corpus from a process of its own.
"""

import hashlib
import io
import secrets
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image, ImageDraw
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount

from core.ports import Embeddings, Encoder, GreyImage
from core.settings import LimitSettings, QdrantSettings, RedisSettings, Settings, UiSettings
from ingestion.archives import archive_sha256
from ingestion.catalogue_records import Upload, UploadTerms
from ingestion.formats.uspto_archive import list_grants
from tests.ui.browser import address, browser, chromium, page
from tests.ui.closed_api import closed, ring, role_keys
from tests.ui.shown import shell
from ui.api import build_api
from ui.context import UiContext, build_context, install_context
from ui.guard import RequestGuard
from ui.processes import ServiceProcess, free_port
from ui.services import Service, service_spec
from workers import stages
from workers.describing import describe
from workers.resources import Resources

__all__ = ["address", "browser", "chromium", "closed", "page", "ring", "role_keys", "shell"]

_GRID = 12
_SECOND = "second-00000000"
_VIEWS = ("perspective", "front", "rear")


class FakeEncoder:
    """Where the ink lies on a coarse grid; words are directions of their own."""

    dimension = _GRID * _GRID

    def __init__(self, encoder_id: str = "fake-grid") -> None:
        self.encoder_id = encoder_id

    def encode_images(self, images: "list[GreyImage]") -> Embeddings:
        rows = [_ink_grid(image) for image in images]
        return np.stack(rows) if rows else np.zeros((0, self.dimension), np.float32)

    def encode_texts(self, texts: list[str]) -> Embeddings:
        rows = [sum((_word(w) for w in t.lower().split()), np.zeros(self.dimension)) for t in texts]
        return np.stack([_unit(row) for row in rows]).astype(np.float32)


def _ink_grid(image: GreyImage) -> Embeddings:
    ink = image < 128
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    drawn = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32)
    small = Image.fromarray(drawn).resize((_GRID, _GRID), Image.Resampling.BOX)
    return _unit(np.asarray(small, np.float32).ravel()).astype(np.float32)


def _word(word: str) -> Embeddings:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8])
    return np.random.default_rng(seed).normal(size=_GRID * _GRID)


def _unit(row: Embeddings) -> Embeddings:
    return row / (np.linalg.norm(row) or 1)


class TestResources(Resources):
    """The resources of production but for the encoder."""

    __test__ = False

    def open_encoder(self, checkpoint: str | None) -> Encoder:
        """The encoder of these tests, also by the name of a second model."""
        return FakeEncoder(_SECOND) if checkpoint == _SECOND else FakeEncoder()


@dataclass(frozen=True)
class Grant:
    """What a grant of the corpus says and shows."""

    number: str
    title: str
    locarno: str
    corners: tuple[tuple[float, float], ...]
    """Outline in the unit square; its views are stretched copies."""
    owner: str = "Northlight Design"


_SHAPES = {
    "chair": ((0, 0), (0.25, 0), (0.25, 0.5), (1, 0.5), (1, 1), (0, 1)),
    "stool": ((0, 0), (1, 0), (1, 0.2), (0.7, 1), (0.3, 1), (0, 0.2)),
    "bottle": ((0.35, 0), (0.65, 0), (0.65, 0.3), (1, 1), (0, 1), (0.35, 0.3)),
    "lamp": ((0.2, 0), (0.8, 0), (1, 0.4), (0, 0.4), (0.5, 1)),
}
CORPUS = (
    Grant("D0900001", "Chair", "0601", _SHAPES["chair"]),
    Grant("D0900002", "Bar stool", "0601", _SHAPES["stool"]),
    Grant("D0900003", "Bottle", "0901", _SHAPES["bottle"]),
    Grant("D0900004", "Table <lamp> & shade", "2605", _SHAPES["lamp"]),
)


def drawing(grant: Grant, view: int = 0, size_px: int = 420) -> Image.Image:
    """One view of a grant, black lines on white."""
    stretch = (1.0, 0.6, 0.8)[view]
    page = Image.new("L", (size_px + 40, size_px + 40), "white")
    points = [(20 + x * size_px * stretch, 20 + y * size_px) for x, y in grant.corners]
    pen = ImageDraw.Draw(page)
    pen.polygon(points, outline="black", width=6)
    middle = (sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points))
    for point in points[:: view + 1]:
        pen.line([middle, point], fill="black", width=3)
    return page


def png(image: Image.Image) -> bytes:
    """An image as a PNG file."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _tiff(image: Image.Image) -> bytes:
    sheet = Image.new("1", (1200, 1600), 1)
    sheet.paste(image.convert("1"), (300, 500))
    file = io.BytesIO()
    sheet.save(file, "TIFF", compression="group4", dpi=(300, 300))
    return file.getvalue()


def _document(grant: Grant, base: str) -> str:
    title = grant.title.replace("&", "&amp;").replace("<", "&lt;")
    captions = "".join(
        f"<p>FIG. {n} is a {view} view of a {title.lower()} showing my new design;</p>"
        for n, view in enumerate(_VIEWS, start=1)
    )
    images = "".join(
        f'<figure><img file="{base}-D0000{n}.TIF" he="100mm" wi="80mm"/></figure>' for n in range(4)
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<us-patent-grant lang="EN" country="US"><us-bibliographic-data-grant>
<publication-reference><document-id><country>US</country><doc-number>{grant.number}</doc-number>
<kind>S1</kind><date>20210105</date></document-id></publication-reference>
<application-reference appl-type="design"><document-id><country>US</country>
<doc-number>297{grant.number[-5:]}</doc-number><date>20190402</date></document-id></application-reference>
<classification-locarno><edition>13</edition>
<main-classification>{grant.locarno}</main-classification></classification-locarno>
<classification-national><country>US</country><main-classification>D 6300</main-classification>
</classification-national><invention-title>{title}</invention-title>
<us-references-cited><us-citation><patcit num="00001"><document-id><country>US</country>
<doc-number>D900002</doc-number><kind>S</kind></document-id></patcit></us-citation>
</us-references-cited><figures><number-of-drawing-sheets>3</number-of-drawing-sheets>
<number-of-figures>3</number-of-figures></figures>
<assignees><assignee><addressbook><orgname>{grant.owner}</orgname></addressbook></assignee>
</assignees></us-bibliographic-data-grant><drawings>{images}</drawings>
<description><description-of-drawings>{captions}<p>The broken lines form no part of the claimed
design.</p></description-of-drawings></description></us-patent-grant>"""


def write_archive(path: Path, grants: tuple[Grant, ...]) -> Path:
    """A weekly archive in the layout of the USPTO."""
    with tarfile.open(path, "w") as archive:
        for grant in grants:
            base = f"US{grant.number}-20210105"
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w") as unit:
                unit.writestr(f"{base}/{base}.XML", _document(grant, base))
                for n in range(4):
                    view = drawing(grant, max(n - 1, 0))
                    unit.writestr(f"{base}/{base}-D0000{n}.TIF", _tiff(view))
            member = tarfile.TarInfo(f"I20210105/DESIGN/{base}.ZIP")
            member.size = packed.tell()
            packed.seek(0)
            archive.addfile(member, packed)
    return path


def take_in(
    resources: Resources, path: Path, terms: UploadTerms | None = None, *, wait: bool = False
) -> Upload:
    """Start an upload; a thread stands in for the workers and runs their stages."""
    listing = list_grants(path, resources.settings.limits)
    upload = resources.catalogue.begin_upload(
        str(path),
        archive_sha256(path),
        path.stat().st_size,
        listing.members,
        listing.rejected,
        terms=terms,
    )

    def work() -> None:
        figure_ids = list(stages.iter_cut(resources, upload.upload_id, listing.members))
        figure_ids = describe(resources, figure_ids).to_embed
        for stage in (stages.embed, stages.index):
            figure_ids = stage(resources, figure_ids)

    thread = threading.Thread(target=work, name="worker")
    thread.start()
    if wait:
        thread.join()
    return upload


def open_context(settings: Settings) -> UiContext:
    """What `ui.server.main` builds, with the fake encoder and the thread for workers."""
    resources = TestResources(settings)
    return build_context(resources, partial(take_in, resources))


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
    catalogue.store_embeddings(_SECOND, kept.figure_ids, vectors)
    catalogue.add_model(current_id, "shipped", None)
    catalogue.switch_model(current_id, by="Ada", note="the first model known here")
    catalogue.add_model(_SECOND, _SECOND, None)
    yield _SECOND
    resources.queue._redis.delete("limn:model-work")
    for encoder_id in (_SECOND, current_id):
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
