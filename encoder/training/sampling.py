"""Which objects of a source come into a batch: rare classes oftener, classes together."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from encoder.training.losses import effective_number_weights, inverse_frequency_weights


class SamplingConfig(BaseModel):
    """How objects are drawn; two drawings of each, and no object twice, whatever is set here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    level: Literal["label", "subclass", "locarno"] = "label"
    """What counts as a class below."""
    balance: Literal["none", "inverse", "effective"] = "none"
    """Whether objects of rare classes come oftener: `inverse` draws all classes of a source alike,
    `effective` by the effective number of objects (Cui et al. 2019)."""
    effective_beta: float = Field(default=0.999, ge=0, lt=1)
    n_per_class: int = Field(default=1, ge=1)
    """Objects of a class drawn together, so that a batch holds different publications of a kind."""
    texts: Literal["all", "first"] = "all"
    """Which of an object's texts are learnt from; the first is its plain name."""


@dataclass(frozen=True)
class ObjectSampler:
    """The objects of one source."""

    weights: NDArray[np.float64]
    """float64 [K], how likely each object is, summing to 1."""
    classes: NDArray[np.int64]
    """int64 [K], −1 where unknown."""
    n_per_class: int = 1

    def pick(self, n_objects: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Some objects, none twice; all that can be drawn where fewer than asked can."""
        weights = self.weights
        n_chosen = min(n_objects, int((weights > 0).sum()))
        chosen: NDArray[np.int64] = rng.choice(len(weights), n_chosen, replace=False, p=weights)
        if self.n_per_class == 1:
            return chosen
        picked: dict[int, None] = {}
        for first in chosen.tolist():
            if len(picked) >= n_chosen:
                break
            if first in picked:
                continue
            others = self._members.get(int(self.classes[first]), np.array([], dtype=np.int64))
            picked[first] = None
            n_more = min(self.n_per_class - 1, len(others))
            picked |= dict.fromkeys(rng.permutation(others)[:n_more].tolist())
        return np.array(list(picked)[:n_chosen], dtype=np.int64)

    @cached_property
    def _members(self) -> dict[int, NDArray[np.int64]]:
        """The objects of each class that can be drawn."""
        drawn = np.flatnonzero((self.classes >= 0) & (self.weights > 0))
        order = drawn[np.argsort(self.classes[drawn], kind="stable")]
        codes, starts = np.unique(self.classes[order], return_index=True)
        return dict(zip(codes.tolist(), np.split(order, starts[1:]), strict=True))


def balanced(
    weights: NDArray[np.float64], classes: NDArray[np.int64], config: SamplingConfig
) -> NDArray[np.float64]:
    """Shift weights from frequent to rare classes.

    Args:
        weights: float64 [K] of the objects of a source, summing to 1.
        classes: int64 [K], −1 where unknown: these keep the weight they have.
        config: How.

    Returns:
        float64 [K], summing to 1.
    """
    known = classes >= 0
    if config.balance == "none" or not known.any():
        return weights
    counts = torch.from_numpy(np.bincount(classes[known]))
    if config.balance == "inverse":
        table = inverse_frequency_weights(counts)
    else:
        table = effective_number_weights(counts, config.effective_beta)
    shifted = weights.copy()
    shifted[known] *= table.double().numpy()[classes[known]]
    shifted[known] *= weights[known].sum() / shifted[known].sum()
    return np.asarray(shifted / shifted.sum(), dtype=np.float64)
