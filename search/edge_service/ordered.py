"""Ranked answers whose order is fully determined: by score, then by point id.

The engine cuts a list of equal scores where it happens to stand. Here as many points are fetched
as it takes to see the whole of the last tie, then sorted and cut.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import gt
from typing import Any, NamedTuple

from qdrant_edge import (
    CountRequest,
    EdgeShard,
    FieldCondition,
    Filter,
    MatchAny,
    QueryBatchRequest,
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
    return _page(query, _first(shard, query, query.last))


def ranked_together(shard: EdgeShard, queries: Sequence[ParsedQuery]) -> list[list[Hit]]:
    """The pages of several queries, each as `ranked` alone gives it, in one pass of the engine.

    Queries that look among the same points share the filter and the way through them.
    """
    depths = [_depth(query, query.last) for query in queries]
    requests = [query.request(depth) for query, depth in zip(queries, depths, strict=True)]
    found = shard.query_batch(QueryBatchRequest(requests))
    return [
        _page(query, _with_ties(shard, query, query.last, depth, hits))
        for query, depth, hits in zip(queries, depths, found, strict=True)
    ]


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
    return best


def _first(shard: EdgeShard, query: ParsedQuery, n_wanted: int) -> Sequence[ScoredPoint]:
    """The first `n_wanted` points in full order."""
    depth = _depth(query, n_wanted)
    return _with_ties(shard, query, n_wanted, depth, shard.query(query.request(depth)))


def _depth(query: ParsedQuery, n_wanted: int) -> int:
    """How many points are fetched at first."""
    return n_wanted + _MARGIN if query.n_candidates is None else query.n_candidates


def _with_ties(
    shard: EdgeShard,
    query: ParsedQuery,
    n_wanted: int,
    n_fetched: int,
    hits: Sequence[ScoredPoint],
) -> Sequence[ScoredPoint]:
    """The first `n_wanted` of points that were fetched; of more, where the last tie goes on."""
    while True:
        settled = _settled(hits)
        complete = len(settled) < n_fetched or query.n_candidates is not None
        if complete or settled[-1].score < settled[n_wanted - 1].score:
            return settled[:n_wanted]
        n_fetched *= _GROWTH
        hits = shard.query(query.request(n_fetched))


def _settled(hits: Sequence[ScoredPoint]) -> Sequence[ScoredPoint]:
    """Best first, equal scores by point id; ids are read only where scores are equal."""
    scores = [hit.score for hit in hits]
    if all(map(gt, scores, scores[1:])):
        return hits
    settled: list[ScoredPoint] = []
    for _, tie in groupby(sorted(hits, key=_badness), key=_badness):
        run = list(tie)
        settled.extend(run if len(run) == 1 else sorted(run, key=lambda hit: point_order(hit.id)))
    return settled


def _badness(hit: ScoredPoint) -> float:
    return -hit.score


def _page(query: ParsedQuery, first: Sequence[ScoredPoint]) -> list[Hit]:
    return [Hit(hit.id, hit.score, hit.version) for hit in first[query.offset :]]


def _collect(
    hits: Sequence[ScoredPoint], column: GroupColumn, n_groups: int, group_size: int
) -> dict[str | int, Group]:
    """The first groups of hits in order, read no further than it takes to fill them."""
    groups: dict[str | int, Group] = {}
    n_open = n_groups
    for hit in hits:
        key = hit.id
        for value in column.groups_of(key):
            group = groups.get(value)
            if group is None:
                if len(groups) == n_groups:
                    continue
                group = groups[value] = Group(value)
            if len(group.hits) < group_size:
                group.hits.append(Hit(key, hit.score, hit.version))
                n_open -= len(group.hits) == group_size
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
        for hit in hits:
            key = hit.id
            for value in column.groups_of(key):
                if value in values and len(values[value].hits) < asked.group_size:
                    values[value].hits.append(Hit(key, hit.score, hit.version))
