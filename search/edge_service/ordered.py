"""Ranked answers whose order is fully determined: by score, then by point id.

The engine cuts a list of equal scores where it happens to stand. Here as many points are fetched
as it takes to see the whole of the last tie, then sorted and cut.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from qdrant_edge import (
    CountRequest,
    EdgeShard,
    FieldCondition,
    Filter,
    MatchAny,
    ScoredPoint,
)

from search.edge_service.fields import PointKey, point_order
from search.edge_service.group_values import GroupColumn
from search.edge_service.queries import ParsedGroups, ParsedQuery

_MARGIN = 16
_GROWTH = 4
_POINTS_A_GROUP = 8
"""Looked at first for every group that is wanted: a design has seven figures or so, and looking
once more costs more than looking wider."""


class Hit(NamedTuple):
    """A point that was found. The engine makes its id anew each time that it is read."""

    key: PointKey
    score: float
    version: int


@dataclass(slots=True)
class Group:
    """Points that share a value of the grouping key, best first."""

    value: str | int
    hits: list[Hit] = field(default_factory=list)


def ranked(shard: EdgeShard, query: ParsedQuery) -> list[Hit]:
    """The query's page of results, without payload and vectors."""
    last = query.offset + query.limit
    return list(map(_hit, _first(shard, query, last)[query.offset : last]))


def grouped(shard: EdgeShard, asked: ParsedGroups, column: GroupColumn) -> list[Group]:
    """The best groups by their best point.

    A point counts for every value of its grouping key; points without one are left out. Groups of
    a plain search are filled from the whole collection; groups of a fused search hold what the
    prefetches found.

    Args:
        shard: Where to look.
        asked: What is wanted.
        column: The values of the grouping key.
    """
    query = asked.query
    n_fetched = query.limit * max(asked.group_size, _POINTS_A_GROUP)
    while True:
        hits = _first(shard, query, n_fetched)
        groups = _collect(hits, column, query.limit, asked.group_size)
        exhausted = len(hits) < n_fetched
        if len(groups) >= query.limit or exhausted:
            break
        n_fetched *= _GROWTH
    best = list(groups.values())
    if not exhausted and query.n_candidates is None:
        short = [group for group in best if len(group.hits) < asked.group_size]
        _fill(shard, asked, short, column)
    for group in best:
        del group.hits[asked.group_size :]
    return best


def _first(shard: EdgeShard, query: ParsedQuery, n_wanted: int) -> list[ScoredPoint]:
    """The first `n_wanted` points in full order."""
    n_fetched = n_wanted + _MARGIN
    while True:
        if query.n_candidates is not None:
            n_fetched = query.n_candidates
        hits = _settled(shard.query(query.request(n_fetched)))
        complete = len(hits) < n_fetched or query.n_candidates is not None
        if complete or hits[-1].score < hits[n_wanted - 1].score:
            return hits[:n_wanted]
        n_fetched *= _GROWTH


def _settled(hits: Sequence[ScoredPoint]) -> list[ScoredPoint]:
    """Best first, equal scores by point id; ids are read only where scores are equal."""
    badness = [_badness(hit) for hit in hits]
    if all(better < worse for better, worse in pairwise(badness)):
        return list(hits)
    settled: list[ScoredPoint] = []
    for _, tie in groupby(sorted(hits, key=_badness), key=_badness):
        run = list(tie)
        settled.extend(run if len(run) == 1 else sorted(run, key=lambda hit: point_order(hit.id)))
    return settled


def _badness(hit: ScoredPoint) -> float:
    return -hit.score


def _hit(found: ScoredPoint) -> Hit:
    return Hit(found.id, found.score, found.version)


def _collect(
    hits: Sequence[ScoredPoint], column: GroupColumn, n_groups: int, group_size: int
) -> dict[str | int, Group]:
    """The first groups of hits in order, read no further than it takes to fill them."""
    groups: dict[str | int, Group] = {}
    n_open = n_groups
    for hit in map(_hit, hits):
        for value in column.groups_of(hit.key):
            if value not in groups:
                if len(groups) == n_groups:
                    continue
                groups[value] = Group(value)
            own = groups[value].hits
            own.append(hit)
            n_open -= len(own) == group_size
        if not n_open:
            break
    return groups


def _fill(
    shard: EdgeShard, asked: ParsedGroups, short: Sequence[Group], column: GroupColumn
) -> None:
    """Give groups that were seen only in part their best points."""
    for kind in (str, int):
        values = {group.value: group for group in short if isinstance(group.value, kind)}
        if not values:
            continue
        keys: Any = list(values)
        among = FieldCondition(key=asked.group_by, match=MatchAny(keys))
        own = asked.query.filter
        narrowed = Filter(must=[among] if own is None else [among, own])
        n_points = shard.count(CountRequest(exact=True, filter=narrowed))
        hits = _settled(shard.query(asked.query.request(n_points, narrowed=narrowed)))
        for group in values.values():
            group.hits = []
        for hit in map(_hit, hits):
            for value in column.groups_of(hit.key):
                if value in values:
                    values[value].hits.append(hit)
