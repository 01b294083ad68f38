"""Which branch of a fused ranking brought a figure up, and by how much. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Fusion: TypeAlias = Literal["rrf", "dbsf"]
RRF_K = 2
"""Qdrant's default. Cormack, Clarke & Büttcher's 60 (2009) is for many weak rankers: with it a
figure that three branches rank in passing beats the one whose title was typed."""
_SPREADS = 3


@dataclass(frozen=True, slots=True)
class BranchRanking:
    """What one branch alone answers, as deep as the fusion reads it.

    Attributes:
        name: Of the branch.
        weight: Its share in the fusion; shares of all branches have mean 1.
        places: Rank, 0 for the first, and score by figure id, of the figures asked about.
        mean: Of the scores of the whole ranking.
        spread: Their standard deviation, of the sample.
    """

    name: str
    weight: float
    places: Mapping[str, tuple[int, float]]
    mean: float
    spread: float

    def gain(self, figure_id: str, fusion: Fusion) -> float:
        """What this branch adds to the figure's fused score; 0 where it does not list it.

        Weighted reciprocal rank: 1 / (rank/weight + k - 1), rank 1 for the first.
        Distribution-based: (score - mean + 3 spread) / 6 spread.
        """
        if figure_id not in self.places:
            return 0.0
        rank, score = self.places[figure_id]
        if fusion == "rrf":
            return 1 / ((rank + 1) / self.weight + RRF_K - 1)
        if self.spread == 0:
            return 0.5
        return (score - self.mean + _SPREADS * self.spread) / (2 * _SPREADS * self.spread)


def contributions(
    rankings: Sequence[BranchRanking], figure_id: str, fusion: Fusion
) -> dict[str, float]:
    """Each branch's share of a figure's fused score, largest first; shares sum to 1.

    Returns:
        By branch name; branches of one name are added up. Empty where no branch lists the figure.
    """
    gains: dict[str, float] = {}
    for ranking in rankings:
        gains[ranking.name] = gains.get(ranking.name, 0.0) + ranking.gain(figure_id, fusion)
    whole = sum(gains.values())
    ranked = sorted(gains.items(), key=lambda pair: -pair[1])
    return {name: gain / whole for name, gain in ranked if gain > 0} if whole > 0 else {}
