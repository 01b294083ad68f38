"""How the publications under a query spread over classes, offices, views, years and owners."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from qdrant_client import models

from search.conditions import build_filter
from search.index import FigureIndex
from search.listing import leading
from search.query import SearchQuery
from search.ranking import MatchGroup

FACET_DEPTH = 100
"""Publications counted under a query by likeness; what `search.retrieval` ranks first anyway."""

CHOICES: Mapping[str, str] = MappingProxyType(
    {
        "us_class": "us_class_main",
        "office": "office",
        "owner": "owner",
        "designer": "designer",
        "status": "status",
        "source": "source",
        "kind": "kind",
    }
)
"""What filters are chosen from, by name: the payload key."""
_N_CHOICES = 200
FACETS: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        "locarno_class": ("locarno_class", 50),
        "locarno": ("locarno", 50),
        "us_class": ("us_class_main", 50),
        "office": ("office", 30),
        "view": ("view", 20),
        "year": ("year", 200),
        "owner": ("owner", 20),
        "status": ("status", 20),
    }
)
"""By name: the payload key that is counted, and how many values are told, most frequent first."""


@dataclass(frozen=True, slots=True)
class Facets:
    """Counts by value, most frequent first, for each of `FACETS`.

    Attributes:
        counts: By facet and value. A publication counts once for each of its values.
        unit: What is counted. Publications, but for a list narrowed to several views at once,
            where the index can only count figures.
        n_counted: How many of them.
        top: None where everything that passes the filters was counted; under a query by likeness
            the `FACET_DEPTH` whose best are counted.
    """

    counts: Mapping[str, Mapping[str, int]]
    unit: Literal["publication", "figure"]
    n_counted: int
    top: int | None


def count_all(index: FigureIndex, query: SearchQuery) -> Facets:
    """Count everything that passes a query's filters, exactly, in the engine.

    A publication whose first figure is a listed failure is not in the index by that figure, and
    not counted.
    """
    condition, views = build_filter(query), query.views
    by_figure = len(views) > 1
    counted = _counted(query)
    of_views = counted if by_figure else leading(condition, views=views or ("any",))
    listing = index.listing
    return Facets(
        counts={
            name: listing.facet(key, of_views if name == "view" else counted, limit)
            for name, (key, limit) in FACETS.items()
        },
        unit="figure" if by_figure else "publication",
        n_counted=listing.count(counted),
        top=None,
    )


def frequent_values(index: FigureIndex) -> dict[str, list[str]]:
    """The values that most publications of the collection have, for each of `CHOICES`."""
    first = leading(None, views=())
    return {
        name: list(index.listing.facet(key, first, _N_CHOICES)) for name, key in CHOICES.items()
    }


def count_listed(index: FigureIndex, query: SearchQuery) -> int | None:
    """How many publications pass a query's filters; None where only figures can be counted."""
    return None if len(query.views) > 1 else index.listing.count(_counted(query))


def _counted(query: SearchQuery) -> models.Filter | None:
    """One figure of each publication that passes, or each figure where several views may."""
    condition, views = build_filter(query), query.views
    return condition if len(views) > 1 else leading(condition, views=views)


def count_ranked(groups: Sequence[MatchGroup]) -> Facets:
    """Count publications that were found, by the figures of them that were found."""
    return Facets(
        counts={
            name: _most_frequent(Counter(v for g in groups for v in _values(g, key)), limit)
            for name, (key, limit) in FACETS.items()
        },
        unit="publication",
        n_counted=len(groups),
        top=FACET_DEPTH,
    )


def _values(group: MatchGroup, key: str) -> set[str]:
    values: set[str] = set()
    for match in group.matches:
        values.update(_listed(match.payload.get(key)))
    return values


def _listed(value: Any) -> Sequence[str]:
    if value is None:
        return ()
    return value if isinstance(value, list) else (str(value),)


def _most_frequent(counts: Counter[str], limit: int) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:limit])
