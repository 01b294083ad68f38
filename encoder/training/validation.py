"""Scores the network on real figures while it trains."""

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from core.errors import EvaluationInvalid, QueryInvalid
from encoder.evaluation.cross_modal import text_to_image
from encoder.evaluation.manifest import ManifestRow, Track, read_manifest_rows
from encoder.evaluation.tracks import measure
from encoder.model import DrawingNet
from encoder.preprocess import prepare
from encoder.training.config import TrainingConfig
from encoder.training.drawings import pack
from encoder.training.sources.pictures import read_picture
from encoder.training.text_space import embed_texts_cached

_BATCH = 64


@dataclass(frozen=True)
class ValidationSet:
    """Prepared figures of a manifest, with their titles' vectors."""

    rows: tuple[ManifestRow, ...]
    ink: NDArray[np.float32]
    """float32 [N, 1, S, S]."""
    title_vectors: NDArray[np.float32]
    packed: NDArray[np.uint8]
    """uint8 [N, S·S/8], as caches keep drawings."""
    every_steps: int

    def measure(self, net: DrawingNet) -> dict[str, float]:
        """Same publication; same Locarno class, own publication excluded; title → figure."""
        device = next(net.parameters()).device
        net.eval()
        with torch.inference_mode():
            vectors = np.concatenate(
                [
                    net(torch.from_numpy(self.ink[start : start + _BATCH]).to(device)).cpu().numpy()
                    for start in range(0, len(self.ink), _BATCH)
                ]
            )
        same = measure(vectors, self.rows, Track.PUBLICATION).means
        numbers = {"publication_map": same["map"], "publication_hit_at_1": same["hit_at_1"]}
        if any(row.locarno for row in self.rows):
            with suppress(EvaluationInvalid):  # small sets hold no two publications of a class
                kind = measure(
                    vectors, self.rows, Track.LOCARNO_CLASS, exclude_own_publication=True
                )
                numbers["locarno_class_map"] = kind.means["map"]
        if any(row.title for row in self.rows):
            found = text_to_image(self.title_vectors, vectors, self.rows).means
            numbers["title_r_at_10"] = found["r_at_10"]
        return numbers


def load_validation(config: TrainingConfig) -> ValidationSet:
    """Read and prepare the figures of the configured manifest.

    Raises:
        QueryInvalid: If the run configures no validation.
        EvaluationInvalid: If the manifest is not usable.
        PictureUnreadable: If a figure is missing or damaged.
    """
    if config.validation is None:
        raise QueryInvalid(f"the run {config.name} configures no [validation]")
    rows = read_manifest_rows(config.validation.manifest)
    ink, packed = [], []
    for row in rows:
        figure = read_picture(config.validation.images / row.file)
        ink.append(prepare(figure, config.preprocess))
        packed.append(pack(figure))
    titles = embed_texts_cached([row.title for row in rows], config.cache_dir)
    return ValidationSet(
        rows, np.stack(ink), titles, np.stack(packed), config.validation.every_steps
    )
