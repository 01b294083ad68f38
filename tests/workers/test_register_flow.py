"""A design register through every stage: found once registered, replaced, gone when deleted."""

import importlib.util
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from unittest import mock

import numpy as np
import pytest

from core.errors import IndexNotReady
from core.ports import Embeddings, GreyImage
from core.records import Stage
from core.settings import QdrantSettings, Settings
from ingestion.archives import archive_sha256
from ingestion.deliveries import list_units
from ingestion.image_decode import decode_picture
from ingestion.pictures import PictureBatch
from search.query import SearchQuery
from tests.search.engines import quick_folder, start_edge, stop
from workers import stages
from workers.describing import describe
from workers.resources import Resources


class _PixelEncoder:
    """Eight by eight pixels; texts are all alike."""

    encoder_id = "register-flow"
    dimension = 64

    def encode_images(self, images: Sequence[GreyImage]) -> Embeddings:
        return np.stack([self._embed(image) for image in images])

    def encode_texts(self, texts: Sequence[str]) -> Embeddings:
        return np.full((len(texts), self.dimension), 1 / 8, np.float32)

    def _embed(self, image: GreyImage) -> Embeddings:
        rows = np.linspace(0, image.shape[0] - 1, 32).astype(int)
        columns = np.linspace(0, image.shape[1] - 1, 32).astype(int)
        small = image[np.ix_(rows, columns)].reshape(8, 4, 8, 4).mean(axis=(1, 3))
        vector = (255.0 - small).ravel() + 1e-3
        return (vector / np.linalg.norm(vector)).astype(np.float32)


@pytest.fixture(scope="module")
def registers() -> ModuleType:
    path = Path(__file__).parents[1] / "ingestion" / "register_builders.py"
    spec = importlib.util.spec_from_file_location("flow_register_builders", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def qdrant_url() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="limn-edge-", dir=quick_folder()) as folder:
        service = start_edge(Path(folder))
        yield service.url
        stop(service.process)


@pytest.fixture
def resources(qdrant_url: str, tmp_path: Path) -> Iterator[Resources]:
    opened = Resources(Settings(home=tmp_path / "home", qdrant=QdrantSettings(url=qdrant_url)))
    opened.__dict__["encoder"] = _PixelEncoder()
    opened.index.delete_figures(list(opened.index.iter_figure_ids()))
    yield opened
    opened.catalogue.close()


@pytest.fixture
def take(resources: Resources, tmp_path: Path) -> Callable[..., None]:
    """Take a folder of files in through all stages: ``take("week1", {"hague.xml": b"…"})``."""

    def run(name: str, files: dict[str, bytes]) -> None:
        for file, content in files.items():
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        folder, upload_id = tmp_path / name, archive_sha256(tmp_path / name)
        listing = list_units(folder, resources.settings.limits)
        resources.catalogue.begin_upload(
            str(folder), upload_id, 1, listing.members, listing.rejected
        )
        figure_ids = list(stages.iter_cut(resources, upload_id, listing.members))
        figure_ids = describe(resources, figure_ids).to_embed
        for stage in (stages.embed, stages.index):
            figure_ids = stage(resources, figure_ids)
        stages.clear_obsolete(resources)

    return run


def _found(resources: Resources, picture: bytes) -> list[str]:
    image = decode_picture(picture, "query", 10**6)
    result = resources.search.search(SearchQuery(limit=5), [image])
    return [hit.publication_id for hit in result.hits]


def test_a_design_is_found_until_its_office_deletes_it(
    resources: Resources, take: Callable[..., None], registers: ModuleType
) -> None:
    pictures = {f"{n}.jpg": registers.picture(n * 11) for n in (1, 2, 3)}
    designs = [registers.hague_design(n, [f"{n}.jpg"]) for n in (1, 2, 3)]
    registered = registers.hague_document(registers.hague_registration(designs=designs))
    take("20240105", {"hague.xml": registered, **pictures})
    assert _found(resources, pictures["2.jpg"])[0] == "WO-DM204232-2"

    deleted = registers.hague_design(2, [], attributes='com:operationCategory="Delete"')
    notice = registers.hague_document(registers.hague_registration(designs=[deleted]))
    take("20240112", {"hague.xml": notice})
    assert sorted(_found(resources, pictures["2.jpg"])) == ["WO-DM204232-1", "WO-DM204232-3"]
    kept = resources.catalogue.publication("WO-DM204232-2")
    assert kept
    assert len(kept.figures) == 1
    withdrawal = resources.catalogue.withdrawal("WO-DM204232-2")
    assert withdrawal
    assert withdrawal.reason == "deleted by its office"

    whole = registers.hague_registration(designs=[], attributes='com:operationCategory="Delete"')
    take("20240119", {"hague.xml": registers.hague_document(whole)})
    with pytest.raises(IndexNotReady):
        _found(resources, pictures["2.jpg"])
    assert resources.catalogue.counts().withdrawn == 3
    assert resources.index.count() == 0


def test_an_amendment_replaces_and_keeps_the_pictures_it_does_not_send(
    resources: Resources, take: Callable[..., None], registers: ModuleType
) -> None:
    pictures = {f"img/000123456_0001_{n}.jpg": registers.picture(n * 13) for n in (1, 2)}
    take("20240105", {"d.xml": registers.euipo_document(registers.euipo_design()), **pictures})
    assert [f.figure_id for f in resources.catalogue.publication("EM-000123456-0001").figures] == [  # type: ignore[union-attr]
        "EM-000123456-0001/1.1",
        "EM-000123456-0001/1.2",
    ]
    amended = registers.euipo_design(operation="Update", status="Registration expired")
    take("20240112", {"d.xml": registers.euipo_document(amended)})
    stored = resources.catalogue.publication("EM-000123456-0001")
    assert stored
    assert stored.publication.status == "registration expired"
    assert stored.problems == ()
    assert len(stored.figures) == 2
    first = next(iter(pictures.values()))
    assert _found(resources, first) == ["EM-000123456-0001"]
    assert len(resources.catalogue.figure_ids(stage=Stage.INDEXED)) == 2


def test_a_registration_taken_back_before_it_came_is_listed(
    resources: Resources, take: Callable[..., None], registers: ModuleType
) -> None:
    whole = registers.hague_registration(designs=[], attributes='com:operationCategory="Delete"')
    take("20240119", {"hague.xml": registers.hague_document(whole)})
    upload = resources.catalogue.uploads()[0]
    progress = resources.catalogue.progress([upload.upload_id])
    assert progress.n_rejected == 1
    assert "deliver this again" in progress.rejections[0].reason


def test_publications_are_found_by_the_number_of_their_registration(
    resources: Resources, take: Callable[..., None], registers: ModuleType
) -> None:
    take("20240105", {"hague.xml": registers.hague_document(registers.hague_registration())})
    for text in ("DM/204232", "DM204232", "WO-DM204232-1"):
        found = resources.catalogue.search_publications(text)
        assert [summary.publication_id for summary in found] == ["WO-DM204232-1"]


def test_an_amendment_carries_its_figures_over_and_cuts_what_is_lost_again(
    resources: Resources, take: Callable[..., None], registers: ModuleType
) -> None:
    pictures = {f"img/000123456_0001_{n}.jpg": registers.picture(n * 17) for n in (1, 2)}
    take("20240105", {"d.xml": registers.euipo_document(registers.euipo_design()), **pictures})
    before = resources.catalogue.publication("EM-000123456-0001")
    assert before

    amended = registers.euipo_design(operation="Update", status="Registration expired")
    with mock.patch.object(PictureBatch, "put_figure") as packed:
        take("20240112", {"d.xml": registers.euipo_document(amended)})
    after = resources.catalogue.publication("EM-000123456-0001")
    assert after
    packed.assert_not_called()
    assert (after.figures, after.sheets) == (before.figures, before.sheets)

    lost = before.figures[0].sha256
    (path,) = resources.settings.home.rglob(f"*{lost}*")
    path.unlink()
    again = registers.euipo_design(operation="Update", status="Registered")
    take("20240119", {"d.xml": registers.euipo_document(again)})
    assert resources.pictures.get_figure(lost).size > 0
