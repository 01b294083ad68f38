"""The seams between rooms that must not import each other."""

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

GreyImage: TypeAlias = NDArray[np.uint8]
"""uint8 [H, W], 0 ink, 255 paper."""
Embeddings: TypeAlias = NDArray[np.float32]
"""float32 [N, D], rows of unit length."""


class Encoder(Protocol):
    """Pixels and words → one shared embedding space."""

    @property
    def encoder_id(self) -> str:
        """Name and content hash of weights and preprocessing; names the collection."""

    @property
    def dimension(self) -> int:
        """D."""

    def encode_images(self, images: Sequence[GreyImage]) -> Embeddings:
        """Embed figures of any size, in order."""

    def encode_texts(self, texts: Sequence[str]) -> Embeddings:
        """Embed texts into the same space, in order."""


@runtime_checkable
class HashedEncoder(Protocol):
    """An encoder that says what it is made of; one that does not is known by its id alone."""

    @property
    def hashes(self) -> Mapping[str, str]:
        """SHA-256 of weights, preprocessing and text encoder, by name."""
