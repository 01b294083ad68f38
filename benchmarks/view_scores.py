"""Ways to score a publication's views against several query views, and what each is worth."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from core.ports import Embeddings
from encoder.evaluation.metrics import bootstrap_interval
from search.assignment import assign_views
from search.multi_view import MISSING_VIEW

ONE_VIEW = "one view"
SOFT_BEST = "soft best"
Score = Callable[[Embeddings], float]
_SOFTNESS = 0.1


def _soft_best(cosines: Embeddings) -> float:
    """Mean over query views of t·log(mean of exp(cosine / t)) over the figures."""
    powers = np.exp(cosines / _SOFTNESS).mean(axis=1)
    return float(_SOFTNESS * np.log(powers).mean())


SYSTEMS: dict[str, Score] = {
    "best pair": lambda cosines: float(cosines.max()),
    "mean of best": lambda cosines: float(cosines.max(axis=1).mean()),
    "pairing": lambda cosines: assign_views(cosines, MISSING_VIEW).score,
    SOFT_BEST: _soft_best,
}
"""Each of float32 [Q, F], query views against the figures of one publication."""

Reached = Sequence[tuple[str, float]]
"""The query's publication, and what a system reached for it; in one order for all systems."""
Values = Mapping[str, Reached]
"""By system."""


def summary(by_system: Values) -> dict[str, Any]:
    """Means, and gains over one view paired query by query, with intervals over publications."""
    names = np.array([publication for publication, _ in by_system[ONE_VIEW]])
    systems = {}
    for system, pairs in by_system.items():
        values = np.array([value for _, value in pairs])
        gain, gain_ci95 = paired_gain(pairs, by_system[ONE_VIEW])
        systems[system] = {
            "mean": round(float(values.mean()), 4),
            "ci95": _rounded(bootstrap_interval(values, names)),
            "gain_over_one_view": gain,
            "gain_ci95": gain_ci95,
        }
    return {"n_publications": len(set(names)), "systems": systems}


def paired_gain(one: Reached, other: Reached) -> tuple[float, list[float]]:
    """What one has over the other, query by query: mean, and interval over publications."""
    gains = np.array([value - base for (_, value), (_, base) in zip(one, other, strict=True)])
    publications = np.array([publication for publication, _ in one])
    return round(float(gains.mean()), 4), _rounded(bootstrap_interval(gains, publications))


def _rounded(interval: tuple[float, float]) -> list[float]:
    return [round(end, 4) for end in interval]
