"""The embedded tagger: object names that a figure's vector lies nearest to, where one stands out.

How far a name must stand out before it is more likely right than wrong differs from encoder to
encoder, so it is measured on figures with titles (`encoder.describing.calibration`).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.describing import Description, FigureFacts
from core.ports import Embeddings
from core.records import Provenance
from encoder.describing.calibration import Calibration
from encoder.describing.vocabulary import Vocabulary

_SAME_THING = 0.5
"""Cosine of two names above which they do not compete: «chairs» and «office chairs»."""


@dataclass(frozen=True, slots=True, eq=False)
class Guesses:
    """The best name for each of N pictures.

    Attributes:
        names: int64 [N], index into the vocabulary.
        margins: float32 [N], its score less that of the best name for another kind of thing.
    """

    names: NDArray[np.int64]
    margins: NDArray[np.float32]


def guess_names(vectors: Embeddings, centre: NDArray[np.float32], names: Embeddings) -> Guesses:
    """Score pictures against names.

    Args:
        vectors: float32 [N, D], of the pictures.
        centre: float32 [D], mean vector of drawings: what all of them share says nothing of one.
        names: float32 [M, D].
    """
    scores = (vectors - centre) @ names.T  # (N, M)
    best = scores.argmax(axis=1)
    distinct, which = np.unique(best, return_inverse=True)  # a publication's figures look alike
    others = names[distinct] @ names.T < _SAME_THING  # (distinct, M)
    rival = np.where(others[which], scores, scores.min(axis=1, keepdims=True)).max(axis=1)
    return Guesses(best, scores.max(axis=1) - rival)


class ZeroShotTagger:
    """Implements `core.describing.Tagger`; says at most one name a figure, and mostly none."""

    def __init__(self, vocabulary: Vocabulary, calibration: Calibration) -> None:
        self._vocabulary = vocabulary
        self._calibration = calibration
        shaping = f"{vocabulary.digest} {calibration.digest} {_SAME_THING}"
        self._prompt_hash = hashlib.sha256(shaping.encode()).hexdigest()

    @property
    def provenance(self) -> Provenance:
        return Provenance.TAGGER

    @property
    def model_id(self) -> str:
        return f"zero-shot/{self._calibration.encoder_id}"

    @property
    def prompt_hash(self) -> str:
        return self._prompt_hash

    @property
    def endpoint(self) -> None:
        return None

    def tag(self, vectors: Embeddings, figures: Sequence[FigureFacts]) -> list[Description]:
        """Name what stands out, unless the figure's Locarno class says it is something else."""
        if not figures or self._calibration.min_margin is None:
            return [Description(())] * len(figures)
        centre = np.asarray(self._calibration.centre, dtype=np.float32)
        guesses = guess_names(vectors, centre, self._vocabulary.vectors)
        return [
            Description(
                (self._vocabulary.names[name],) if self._is_sure(name, margin, facts) else ()
            )
            for name, margin, facts in zip(guesses.names, guesses.margins, figures, strict=True)
        ]

    def _is_sure(self, name: int, margin: float, facts: FigureFacts) -> bool:
        needed = self._calibration.min_margin
        if needed is None or margin < needed:
            return False
        own = {code[:2] for code in facts.locarno}
        named = str(self._vocabulary.classes[name])
        return not own or not named or named in own
