"""Orders and merges are independent of how results arrive."""

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from search.ranking import (
    Match,
    MatchGroup,
    group,
    merge_figures,
    merge_views,
    order,
    order_groups,
)

scores = st.sampled_from([0.1, 0.2, 0.2, 0.5, 0.9])
matches = st.dictionaries(st.sampled_from("abcdefghij"), scores).map(
    lambda found: [Match(f, f"p{ord(f) % 3}", s, {}) for f, s in found.items()]
)


@given(matches, st.randoms())
def test_order_ignores_arrival(found: list[Match], rng: random.Random) -> None:
    shuffled = rng.sample(found, len(found))
    assert order(shuffled) == order(found)
    assert [m.score for m in order(found)] == sorted((m.score for m in found), reverse=True)


@given(matches, st.integers(1, 4), st.randoms())
def test_group_ignores_arrival_and_keeps_the_best(
    found: list[Match], size: int, rng: random.Random
) -> None:
    groups = group(found, size)
    assert groups == group(rng.sample(found, len(found)), size)
    assert groups == order_groups(groups)
    for publication in groups:
        own = sorted(m.score for m in found if m.publication_id == publication.publication_id)
        assert [m.score for m in publication.matches] == own[::-1][:size]


def test_group_of_none_is_figure_level() -> None:
    found = [Match("a", "p", 0.5, {}), Match("b", "p", 0.9, {})]
    assert [g.matches[0].figure_id for g in group(found, None)] == ["b", "a"]


@given(st.integers(0, 2**31), st.integers(1, 8))
def test_merged_views_equal_the_best_view_over_everything(seed: int, depth: int) -> None:
    """Joining the first `depth` of each view gives the first `depth` of the best-view scores."""
    rng = np.random.default_rng(seed)
    views = rng.random((3, 24))
    publications = [f"p{i % 9}" for i in range(24)]
    rankings = []
    for view in views:
        found = [Match(f"f{i:02d}", publications[i], float(s), {}) for i, s in enumerate(view)]
        rankings.append(group(found, 24)[:depth])
    merged = merge_views(rankings, 24)[:depth]
    best = [Match(f"f{i:02d}", publications[i], float(s), {}) for i, s in enumerate(views.max(0))]
    expected = group(best, 24)[:depth]
    assert [(g.publication_id, g.score) for g in merged] == [
        (g.publication_id, g.score) for g in expected
    ]
    assert [g.matches[0].figure_id for g in merged] == [g.matches[0].figure_id for g in expected]


def test_merge_figures_keeps_the_better_score() -> None:
    low, high = Match("f", "p", 0.1, {}), Match("f", "p", 0.8, {})
    other = Match("g", "p", 0.5, {})
    rankings = [[MatchGroup("p", (low,)), MatchGroup("p", (other,))], [MatchGroup("p", (high,))]]
    assert [g.matches[0] for g in merge_figures(rankings)] == [high, other]
