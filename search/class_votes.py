"""Classes proposed for a design by those of the designs most like it. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from search.ranking import MatchGroup

N_NEIGHBOURS = 20
"""Publications of a ranking that vote. Measured by `benchmarks/bench_class_suggestions.py`."""
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
        best: The most similar of them, by picture where one of them is near by picture.
    """

    code: str
    share: float
    n_publications: int
    best: str


def vote(rankings: Sequence[Sequence[MatchGroup]], level: Level) -> tuple[ClassSuggestion, ...]:
    """Weighted vote of the nearest publications, each for its own main class.

    Rankings have one share each, whatever their scores: cosines of pictures with pictures lie
    higher than those with words.

    Args:
        rankings: Of publications by one kind of likeness each, the one that is looked at first;
            best first, scored by cosine. Of each the first `N_NEIGHBOURS` that have such a class
            vote.
        level: Payload key of the classes voted on; the first value is the main one.

    Returns:
        At most `N_SUGGESTIONS`, most votes first; none where no neighbour has a class.
    """
    shares: dict[str, float] = {}
    voters: dict[str, dict[str, None]] = {}
    classified = [[g for g in ranking if g.matches[0].payload.get(level)] for ranking in rankings]
    voting = [ranking[:N_NEIGHBOURS] for ranking in classified if ranking]
    for ranking in voting:
        whole = sum(_weight(group.score) for group in ranking)
        for group in ranking:
            code = str(group.matches[0].payload[level][0])
            shares[code] = shares.get(code, 0) + _weight(group.score) / whole / len(voting)
            voters.setdefault(code, {})[group.publication_id] = None
    ranked = sorted(shares, key=lambda code: (-shares[code], code))
    return tuple(
        ClassSuggestion(code, shares[code], len(voters[code]), next(iter(voters[code])))
        for code in ranked[:N_SUGGESTIONS]
    )


def _weight(score: float) -> float:
    return math.exp(SHARPNESS * score)
