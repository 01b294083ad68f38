"""Ranked groups → hits as they are answered. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from search.background import Calibration, is_weak
from search.hits import FigureHit, HiddenHit, PublicationHit
from search.ranking import MatchGroup

HIT_KEYS = ("title", "locarno", "view", "label")
"""What of a figure's payload a hit is built from."""


def build_hit(
    rank: int,
    group: MatchGroup,
    shares: Mapping[str, Mapping[str, float]],
    boost: float,
    similarity: float | None,
    calibration: Calibration | None,
) -> PublicationHit:
    """One hit.

    Args:
        rank: 1 for the best.
        group: Its figures.
        shares: Branches' shares of the score by figure id, largest first.
        boost: Added to its scores for its class.
        similarity: To the query pictures, without the boost.
        calibration: Of this query, where there is one.
    """
    facts = group.matches[0].payload
    expected = None
    if calibration is not None and similarity is not None:
        expected = calibration.expected_by_chance(similarity)
    return PublicationHit(
        rank=rank,
        publication_id=group.publication_id,
        title=str(facts.get("title", "")),
        locarno=tuple(facts.get("locarno", ())),
        score=group.score,
        figures=tuple(
            FigureHit(
                figure_id=match.figure_id,
                view=str(match.payload.get("view", "unknown")),
                label=match.payload.get("label"),
                score=match.score,
                branch=next(iter(shares[match.figure_id])),
                query_view=match.query_view,
                orientation=match.orientation,
            )
            for match in group.matches
        ),
        class_boost=boost,
        similarity=similarity,
        expected_by_chance=expected,
        contributions=shares[group.matches[0].figure_id],
        twins=group.twins,
    )


def hidden_hit(rank: int, group: MatchGroup, facts: Mapping[str, Any]) -> HiddenHit:
    """A hit that is only counted, with what the index knows of its best figure."""
    return HiddenHit(
        rank=rank,
        publication_id=group.publication_id,
        title=str(facts.get("title", "")),
        locarno=tuple(facts.get("locarno", ())),
        score=group.score,
    )


def weak_from(hits: Sequence[PublicationHit]) -> int | None:
    """The rank behind the last hit that is not weak; None where there is no weak one behind it.

    Example:
        >>> weak_from([])
    """
    first_weak = None
    for hit in hits:
        if not is_weak(hit.expected_by_chance):
            first_weak = None
        elif first_weak is None:
            first_weak = hit.rank
    return first_weak
