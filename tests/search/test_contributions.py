"""Shares of a fused score."""

import pytest

from search.contributions import BranchRanking, contributions


def ranking(name: str, weight: float, places: dict[str, tuple[int, float]]) -> BranchRanking:
    return BranchRanking(name, weight, places, mean=0.5, spread=0.1)


def test_contributions_sum_to_one_and_add_branches_of_one_name() -> None:
    rankings = [
        ranking("image", 1, {"f": (0, 0.9)}),
        ranking("words", 1, {"f": (3, 0.5)}),
        ranking("image", 1, {"f": (1, 0.4)}),
    ]
    shares = contributions(rankings, "f", "rrf")
    whole = 1 / 2 + 1 / 5 + 1 / 3
    assert list(shares) == ["image", "words"]
    assert shares == pytest.approx({"image": (1 / 2 + 1 / 3) / whole, "words": (1 / 5) / whole})
    assert contributions(rankings, "stranger", "rrf") == {}


def test_contributions_by_distribution_follow_the_scores() -> None:
    rankings = [ranking("image", 1, {"f": (0, 0.8)}), ranking("text", 1, {"f": (9, 0.5)})]
    assert contributions(rankings, "f", "dbsf") == pytest.approx({"image": 2 / 3, "text": 1 / 3})
