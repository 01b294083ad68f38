"""Chances on made-up corpora whose truth is known."""

from itertools import pairwise

import numpy as np
import pytest

from core.ports import Embeddings
from search.calibration import Tail, build_background, scale_of
from tests.search.figures import unit

N_PUBLICATIONS = 300
FIGURES = 4
RNG = np.random.default_rng(7)


def unrelated(n: int, dimension: int = 64) -> Embeddings:
    return unit(RNG.standard_normal((n, dimension)) + 0.3)


BACKGROUND = build_background(
    unrelated(N_PUBLICATIONS * FIGURES), np.arange(0, N_PUBLICATIONS * FIGURES, FIGURES)
)

assert BACKGROUND is not None


@pytest.mark.parametrize("n_views", [1, 3])
def test_expected_by_chance_is_what_unrelated_designs_reach(n_views: int) -> None:
    """Of 3,000 unrelated designs the r-th best is expected to be the r-th by chance, roughly."""
    corpus = unrelated(3000 * FIGURES).reshape(3000, FIGURES, -1)
    logs = []
    for _ in range(10):
        views = list(unrelated(n_views)[:, None])
        scale = BACKGROUND.publication_scale(views, missing=0)
        best = np.concatenate(views) @ corpus.reshape(-1, 64).T
        cosines = best.reshape(n_views, 3000, FIGURES)
        scores = np.sort(cosines.max(axis=2)[0] if n_views == 1 else paired(cosines))[::-1]
        for rank in (3, 30, 300):
            z = scale.standardise(float(scores[rank - 1]))
            logs.append(np.log2(3000 * BACKGROUND.publication_tail.chance(z) / rank))
    assert abs(np.mean(logs)) < 1
    assert np.std(logs) < 1.5


def paired(cosines: Embeddings) -> np.ndarray:
    from search.assignment import assign_views

    return np.array([assign_views(cosines[:, p], 0).score for p in range(cosines.shape[1])])


def test_same_query_scaled_differently_means_the_same() -> None:
    """A drawing that looks like everything has higher cosines and the same chances."""
    rows = unrelated(400)
    plain = scale_of(rows[:200] @ rows[300])
    crowded = scale_of(0.4 + 0.5 * (rows[:200] @ rows[300]))
    score = 0.35
    assert crowded.standardise(0.4 + 0.5 * score) == pytest.approx(plain.standardise(score))


def test_chance_falls_steadily_beyond_the_pooled_scores() -> None:
    tail = Tail(np.sort(RNG.standard_normal(10_000)))
    chances = [tail.chance(z) for z in np.linspace(-3, 8, 60)]
    assert all(a >= b > 0 for a, b in pairwise(chances))
    assert tail.chance(2.0) == pytest.approx(0.0228, rel=0.2)
    assert tail.chance(4.0) < 1e-3


def test_nothing_is_said_of_few_designs_or_copies() -> None:
    assert build_background(unrelated(30), np.arange(30)) is None
    assert build_background(np.repeat(unrelated(1), 100, axis=0), np.arange(100)) is None


def test_copies_do_not_count_as_chance() -> None:
    rows = unrelated(200)
    rows[100:] = rows[:100]
    copied = build_background(rows, np.arange(200))
    assert copied is not None
    assert copied.figure_tail.scores[-1] < 10
