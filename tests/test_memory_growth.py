"""The slopes that benchmarks tell of memory, and how far they can be trusted."""

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.memory_growth import memory_growth

_N_SERIES = 300


def _noise(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.normal(size=n)


def _steps(rng: np.random.Generator, n: int) -> np.ndarray:
    """A level that is left for another one every five minutes on average, as heaps do."""
    level = np.maximum.accumulate(np.where(rng.random(n) < 0.2, np.arange(n), 0))
    return rng.normal(size=n)[level] + 0.05 * rng.normal(size=n)


@pytest.mark.parametrize("n_minutes", [30, 120])
@pytest.mark.parametrize("draw", [_noise, _steps])
def test_memory_growth_says_of_few_level_series_that_they_grow(
    draw: Callable[[np.random.Generator, int], np.ndarray], n_minutes: int
) -> None:
    rng = np.random.default_rng(0)
    grown = [
        memory_growth({at: [100 + 10 * mb] for at, mb in enumerate(draw(rng, n_minutes))})
        for _ in range(_N_SERIES)
    ]
    n_holding = sum(abs(one.slope) <= one.reach for one in grown)
    assert n_holding >= 0.9 * _N_SERIES
    assert sum(one.grows for one in grown) <= 0.06 * _N_SERIES


def test_memory_growth_finds_a_leak_among_steps_in_two_hours() -> None:
    rng = np.random.default_rng(0)
    found = [
        memory_growth({at: [100 + mb + at / 2] for at, mb in enumerate(_steps(rng, 120))})
        for _ in range(20)
    ]
    assert sum(one.grows for one in found) >= 16


def test_memory_growth_of_a_run_too_short_to_fit_is_unknown() -> None:
    assert memory_growth({at: [100.0 + at] for at in range(4)}).slope is None
