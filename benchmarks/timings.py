"""What repeated measurements come to: medians beside their spread, rivals compared lap by lap."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Lap:
    """One answer, how long it took, and the processor time of all who worked on it."""

    answer: tuple[str, ...]
    """Publications found, best first."""
    ms: float
    cpu_ms: float


def ratio(own: Sequence[Lap], rival: Sequence[Lap]) -> dict[str, dict[str, float]]:
    """Wall time and processor time over the rival's, lap by lap of the same questions."""
    pairs = list(zip(own, rival, strict=True))
    return {
        "wall": middle([a.ms / b.ms for a, b in pairs]),
        "cpu": middle([a.cpu_ms / b.cpu_ms for a, b in pairs]),
    }


def middle(values: Sequence[float]) -> dict[str, float]:
    """The median, and its 95 % interval by order statistics, which supposes no distribution."""
    ordered, n = sorted(values), len(values)
    reach = 0.98 * math.sqrt(n)
    lowest, highest = max(0, math.floor(n / 2 - reach)), min(n - 1, math.ceil(n / 2 + reach))
    return {
        "median": round(statistics.median(ordered), 2),
        "low": round(ordered[lowest], 2),
        "high": round(ordered[highest], 2),
    }


def spread(spent_ms: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    return {
        "p50_ms": round(statistics.median(spent_ms), 2),
        "p95_ms": round(float(np.percentile(spent_ms, 95)), 2),
    }


def summary(values: Sequence[float]) -> dict[str, float]:
    """Median and range over a few repeats."""
    rounded = [round(value, 3) for value in values]
    return {"median": statistics.median(rounded), "lowest": min(rounded), "highest": max(rounded)}
