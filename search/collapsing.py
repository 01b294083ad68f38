"""Publications that are the same design once more, listed under the one that ranks first. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from search.ranking import MatchGroup, Sameness, Twin


def collapse(groups: Sequence[MatchGroup], *, by_publication: bool) -> tuple[MatchGroup, ...]:
    """List each design once, at its best rank.

    Args:
        groups: Best first.
        by_publication: Whether groups are publications; figures of a family stay apart, since they
            are different views.

    Returns:
        In the same order, twins moved into `MatchGroup.twins` of the first of their kind.
    """
    first_of: dict[tuple[Sameness, str], str] = {}
    twins: dict[str, list[Twin]] = {}
    kept: dict[str, MatchGroup] = {}
    for group in groups:
        best = group.matches[0]
        marks = _marks(group, by_publication=by_publication)
        found = next((mark for mark in marks if mark in first_of), None)
        if found is None:
            own = best.figure_id
            kept[own] = group
        else:
            own = first_of[found]
            twins.setdefault(own, []).append(
                Twin(group.publication_id, best.figure_id, group.score, found[0])
            )
        for mark in marks:
            first_of.setdefault(mark, own)
    return tuple(replace(group, twins=tuple(twins.get(own, ()))) for own, group in kept.items())


def _marks(group: MatchGroup, *, by_publication: bool) -> list[tuple[Sameness, str]]:
    facts = group.matches[0].payload
    marks: list[tuple[Sameness, str]] = []
    if facts.get("picture"):
        marks.append(("same picture", str(facts["picture"])))
    if by_publication:
        marks += [("same family", str(number)) for number in facts.get("family", ())]
    return marks
