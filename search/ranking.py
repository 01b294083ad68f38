"""Order and merge hits. Pure: no engine, no pixels.

Every order here is by score, best first, and by id where scores are equal, so that the same index
answers the same question in the same order.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from search.orientation import Orientation


@dataclass(frozen=True, slots=True)
class Match:
    """One figure the engine returned.

    Attributes:
        score: Higher is better. Cosine in [-1, 1] for picture queries; the fused rank score
            (comparable only within one search) where words take part.
        payload: What the index knows of the figure, see `search.schema`.
        query_view: Which query picture it was compared with, 0 for the first; None where words
            take part.
        orientation: How that picture was laid.
    """

    figure_id: str
    publication_id: str
    score: float
    payload: Mapping[str, Any]
    query_view: int | None = None
    orientation: Orientation | None = None


Sameness: TypeAlias = Literal["same picture", "same family"]


@dataclass(frozen=True, slots=True)
class Twin:
    """A publication, or figure, that is listed under another.

    Attributes:
        figure_id: Its best figure.
        score: What it would have been ranked by.
        reason: ``same picture``: its best figure is the very picture of the other's, bit for bit.
            ``same family``: one goes back to the other, or both to the same application or
                registration.
    """

    publication_id: str
    figure_id: str
    score: float
    reason: Sameness


@dataclass(frozen=True, slots=True)
class MatchGroup:
    """A publication's best figures.

    Attributes:
        matches: Best first. Where several query views were paired with figures, the paired ones
            come first, then the others.
        paired_score: Mean over the query views of the paired similarities; None where one query
            view or a fused ranking decides.
        twins: The same design once more, see `search.collapsing`.
    """

    publication_id: str
    matches: tuple[Match, ...]
    paired_score: float | None = None
    twins: tuple[Twin, ...] = ()

    @property
    def score(self) -> float:
        """What it is ranked by: that of its best figure, or of the pairing."""
        return self.matches[0].score if self.paired_score is None else self.paired_score


def order(matches: Iterable[Match]) -> tuple[Match, ...]:
    """Best first, equal scores by figure id.

    Example:
        >>> [m.figure_id for m in order([Match("b", "p", 1, {}), Match("a", "p", 1, {})])]
        ['a', 'b']
    """
    return tuple(sorted(matches, key=lambda match: (-match.score, match.figure_id)))


def order_groups(groups: Iterable[MatchGroup]) -> tuple[MatchGroup, ...]:
    """Best first, equal scores by publication id."""
    return tuple(sorted(groups, key=lambda group: (-group.score, group.publication_id)))


def group(matches: Iterable[Match], group_size: int | None) -> tuple[MatchGroup, ...]:
    """Figures by publication, best publication first.

    Args:
        matches: In any order.
        group_size: How many figures of a publication are kept; None makes every figure a group.

    Example:
        >>> found = [Match("a", "p", 0.5, {}), Match("b", "q", 0.7, {}), Match("c", "p", 0.9, {})]
        >>> [(g.publication_id, len(g.matches)) for g in group(found, 1)]
        [('p', 1), ('q', 1)]
    """
    best_first = order(matches)
    if group_size is None:
        return tuple(MatchGroup(match.publication_id, (match,)) for match in best_first)
    figures: dict[str, list[Match]] = {}
    for match in best_first:
        figures.setdefault(match.publication_id, []).append(match)
    return order_groups(
        MatchGroup(publication_id, tuple(kept[:group_size]))
        for publication_id, kept in figures.items()
    )


def merge_views(
    rankings: Sequence[Sequence[MatchGroup]], group_size: int
) -> tuple[MatchGroup, ...]:
    """Join the rankings of several query pictures: a figure keeps its best view's score.

    A publication among the best L of the joined ranking is among the best L of the query picture
    that matches it best, so joining rankings of length L loses none of the first L.

    Args:
        rankings: One ranking for each query picture.
        group_size: How many figures of a publication are kept.
    """
    best: dict[str, dict[str, Match]] = {}
    for ranking in rankings:
        for group in ranking:
            figures = best.setdefault(group.publication_id, {})
            for match in group.matches:
                known = figures.get(match.figure_id)
                if known is None or match.score > known.score:
                    figures[match.figure_id] = match
    return order_groups(
        MatchGroup(publication_id, order(figures.values())[:group_size])
        for publication_id, figures in best.items()
    )


def merge_figures(rankings: Sequence[Sequence[MatchGroup]]) -> tuple[MatchGroup, ...]:
    """Join figure-level rankings; a figure keeps its best score."""
    best: dict[str, MatchGroup] = {}
    for ranking in rankings:
        for group in ranking:
            figure = group.matches[0].figure_id
            if figure not in best or group.score > best[figure].score:
                best[figure] = group
    return order_groups(best.values())
