"""An encoder that costs little and keeps nothing, where memory beside the model is measured."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from core.ports import Embeddings, GreyImage
from workers.resources import Resources


class HashEncoder:
    """A direction for each picture and each text."""

    encoder_id = "hash-384"
    dimension = 384

    def encode_images(self, images: Sequence[GreyImage]) -> Embeddings:
        """One direction a picture, float32 [N, D]."""
        return self._directions([hash(image.tobytes()) for image in images])

    def encode_texts(self, texts: Sequence[str]) -> Embeddings:
        """One direction a text, float32 [N, D]."""
        return self._directions([hash(text) for text in texts])

    def _directions(self, seeds: Sequence[int]) -> Embeddings:
        rows = [np.random.default_rng(abs(seed)).normal(size=self.dimension) for seed in seeds]
        unit = np.reshape(rows, (len(seeds), self.dimension)).astype(np.float32)
        return np.asarray(unit / np.linalg.norm(unit, axis=1, keepdims=True))


class HashingResources(Resources):
    """What a worker opens, with the cheap encoder."""

    @cached_property
    def encoder(self) -> HashEncoder:
        return HashEncoder()
