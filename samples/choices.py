"""Drawing lots: the few ways in which a seeded generator decides something."""

from typing import TypeVar

import numpy as np

T = TypeVar("T")


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """A number in [low, high), evenly spread."""
    return float(rng.uniform(low, high))


def one_of(rng: np.random.Generator, *options: T) -> T:
    """One of the options, all equally likely."""
    return options[int(rng.integers(len(options)))]


def chance(rng: np.random.Generator, share: float) -> bool:
    """True in `share` of all cases, 0 ≤ share ≤ 1."""
    return bool(rng.random() < share)


def count(rng: np.random.Generator, low: int, high: int) -> int:
    """A whole number in [low, high], both ends included."""
    return int(rng.integers(low, high + 1))
