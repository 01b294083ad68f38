"""Classes proposed for a design by those of the designs most like it. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from search.ranking import MatchGroup

N_NEIGHBOURS = 20
"""Publications that vote. Measured by `benchmarks/bench_class_suggestions.py`."""
N_SUGGESTIONS = 5
SHARPNESS = 8.0
"""A vote weighs exp(SHARPNESS × likeness): a neighbour 0.1 more alike counts about twice."""

Level: TypeAlias = Literal["locarno_class", "locarno", "us_class_main"]


@dataclass(frozen=True, slots=True)
class ClassSuggestion:
    """A class and how the neighbours voted for it.

    Attributes:
        code: ``"28"``, ``"28-03"`` or ``"D28"``.
        share: Of the weights of all votes, in [0, 1]: how much the neighbours agree, no
            probability of being right.
        n_publications: Neighbours that hold it as their main class.
        best: The most similar of them.
    """

    code: str
    share: float
    n_publications: int
    best: str


def vote(neighbours: Sequence[MatchGroup], level: Level) -> tuple[ClassSuggestion, ...]:
    """Weighted vote of the nearest publications, each for its own main class.

    Args:
        neighbours: Best first, scored by likeness; the first `N_NEIGHBOURS` that have such a class
            vote.
        level: Payload key of the classes voted on; the first value is the main one.

    Returns:
        At most `N_SUGGESTIONS`, most votes first; none where no neighbour has a class.
    """
    weights: dict[str, float] = {}
    voters: dict[str, list[str]] = {}
    classified = [group for group in neighbours if group.matches[0].payload.get(level)]
    for group in classified[:N_NEIGHBOURS]:
        code = str(group.matches[0].payload[level][0])
        weights[code] = weights.get(code, 0) + _weight(group.score)
        voters.setdefault(code, []).append(group.publication_id)
    whole = sum(weights.values())
    ranked = sorted(weights, key=lambda code: (-weights[code], code))
    return tuple(
        ClassSuggestion(code, weights[code] / whole, len(voters[code]), voters[code][0])
        for code in ranked[:N_SUGGESTIONS]
    )


def _weight(score: float) -> float:
    return math.exp(SHARPNESS * score)
