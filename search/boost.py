"""Classes that raise what matches instead of leaving out what does not. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from search.conditions import matches_classes
from search.query import SearchQuery
from search.ranking import MatchGroup, order_groups


def raise_matching(
    query: SearchQuery, wide: Sequence[MatchGroup], narrow: Sequence[MatchGroup]
) -> tuple[MatchGroup, ...]:
    """The ranking in which `class_boost` is added to the score of what is of the query's classes.

    Its first L are complete where both rankings hold their first L: what is raised ranks among the
    first L of its class, and what is not raised keeps its score and so its place behind the wide
    ranking's first at worst. No publication of the class is missed for standing deep in the wide
    ranking.

    Args:
        query: With `has_class_boost`.
        wide: The ranking without its classes.
        narrow: The ranking within its classes.

    Returns:
        Best first; longer than either.
    """
    every: dict[str, MatchGroup] = {}
    for group in (*wide, *narrow):
        key = group.publication_id if query.group == "publication" else group.matches[0].figure_id
        every.setdefault(key, group)
    return order_groups(
        raised(query.class_boost, group) if is_raised(query, group) else group
        for group in every.values()
    )


def is_raised(query: SearchQuery, group: MatchGroup) -> bool:
    """Whether a group is of the classes that a query raises."""
    return query.has_class_boost and matches_classes(
        query, group.matches[0].payload.get("locarno", ())
    )


def raised(amount: float, group: MatchGroup) -> MatchGroup:
    """A group with an amount added to all its scores."""
    if amount == 0:
        return group
    matches = tuple(replace(match, score=match.score + amount) for match in group.matches)
    paired = None if group.paired_score is None else group.paired_score + amount
    return replace(group, matches=matches, paired_score=paired)
