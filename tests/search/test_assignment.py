"""The best pairing, against every pairing there is."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.assignment import assign_views


@given(st.integers(0, 2**31), st.integers(1, 4), st.integers(1, 5))
def test_assignment_is_the_best_of_all_pairings(seed: int, n_views: int, n_figures: int) -> None:
    cosines = np.random.default_rng(seed).uniform(-1, 1, (n_views, n_figures)).astype(np.float32)
    missing = 0.1
    padded = np.full((n_views, max(n_views, n_figures)), missing)
    padded[:, :n_figures] = cosines
    found = assign_views(cosines, missing)
    if n_views <= n_figures:
        best = max(
            padded[range(n_views), list(chosen)].sum()
            for chosen in permutations(range(padded.shape[1]), n_views)
        )
        assert found.score == pytest.approx(best / n_views, abs=1e-6)
    assert len(found.pairs) == min(n_views, n_figures)
    assert len({pair.figure_idx for pair in found.pairs}) == len(found.pairs)
    total = sum(pair.similarity for pair in found.pairs)
    lacking = missing * max(0, n_views - n_figures)
    assert found.score == pytest.approx((total + lacking) / n_views, abs=1e-6)


def test_one_figure_cannot_stand_for_two_query_views() -> None:
    twice = np.array([[0.9, 0.0], [0.9, 0.1]], np.float32)
    assert assign_views(twice, missing=0).score == pytest.approx(0.5)


def test_missing_view_counts_as_told() -> None:
    lone = np.array([[0.8], [0.6]], np.float32)
    assert assign_views(lone, missing=0).score == pytest.approx(0.4)
    assert assign_views(lone, missing=0.2).score == pytest.approx(0.5)
