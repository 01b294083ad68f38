"""Publications compared with query pictures view by view, outside any ranking.

A search says how similar a publication is; a comparison says which view was laid beside which, and
what found no partner on either side.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from search.asked import Asked
from search.index import FigureIndex
from search.multi_view import ViewRanking
from search.orientation import Orientation
from search.ranking import Match, MatchGroup

_ALL_FIGURES = 2**31
"""A comparison keeps every figure of a publication."""


@dataclass(frozen=True, slots=True)
class ComparedViews:
    """A query view beside the figure it was paired with.

    Attributes:
        query_view: Position among the query pictures.
        similarity: Cosine, in [-1, 1].
        orientation: How the query view was laid to be that similar.
    """

    query_view: int
    figure_id: str
    similarity: float
    orientation: Orientation


@dataclass(frozen=True, slots=True)
class Comparison:
    """One publication against the query pictures.

    Attributes:
        similarity: Mean of the paired cosines over all query views, as a search by these pictures
            without any filter would rank it.
        pairs: Most similar first.
        unpaired_views: Query views that no figure was left for.
        unpaired_figures: Figures that no query view was left for, most similar first.
    """

    publication_id: str
    similarity: float
    pairs: tuple[ComparedViews, ...]
    unpaired_views: tuple[int, ...]
    unpaired_figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparisons:
    """Several publications against the same query pictures.

    Attributes:
        query_figures: Figure ids of the query pictures that are indexed figures; they come after
            the pictures that were handed over.
        found: In the order asked for; publications without indexed figures are missing.
    """

    query_figures: tuple[str, ...]
    found: tuple[Comparison, ...]


def compare(index: FigureIndex, asked: Asked, publication_ids: Sequence[str]) -> Comparisons:
    """Pair the views of each publication with the query pictures.

    Args:
        index: Holds the figures.
        asked: With one picture or more; words play no part.
        publication_ids: Whose figures.

    Raises:
        IndexUnavailable: Qdrant does not answer.
    """
    ranking = ViewRanking(index, asked.pictures, None, _ALL_FIGURES, exact=True)
    scored = {g.publication_id: g for g in ranking.score_publications(publication_ids)}
    n_views = len(asked.pictures)
    return Comparisons(
        asked.figure_ids,
        tuple(
            _comparison(scored[publication], n_views)
            for publication in publication_ids
            if publication in scored
        ),
    )


def _comparison(group: MatchGroup, n_views: int) -> Comparison:
    n_pairs = min(n_views, len(group.matches))
    pairs = tuple(map(_compared, group.matches[:n_pairs]))
    taken = {pair.query_view for pair in pairs}
    return Comparison(
        publication_id=group.publication_id,
        similarity=group.score,
        pairs=pairs,
        unpaired_views=tuple(view for view in range(n_views) if view not in taken),
        unpaired_figures=tuple(match.figure_id for match in group.matches[n_pairs:]),
    )


def _compared(match: Match) -> ComparedViews:
    assert match.query_view is not None  # pictures alone were asked
    orientation = match.orientation or Orientation.AS_DRAWN
    return ComparedViews(match.query_view, match.figure_id, match.score, orientation)
