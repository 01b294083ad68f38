"""What the pages stand on in tests: all of production but for the encoder and the workers."""

import hashlib
import threading
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from core.ports import Embeddings, Encoder, GreyImage
from core.settings import Settings
from ingestion.archives import archive_sha256
from ingestion.catalogue_records import Upload, UploadTerms
from ingestion.formats.uspto_archive import list_grants
from ui.context import UiContext, build_context
from workers import stages
from workers.describing import describe
from workers.resources import Resources

SECOND = "second-00000000"
"""A second model, by name."""
_GRID = 12


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
        return FakeEncoder(SECOND) if checkpoint == SECOND else FakeEncoder()


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
