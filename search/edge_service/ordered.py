"""Ranked answers whose order is fully determined: by score, then by point id.

The engine cuts a list of equal scores where it happens to stand. Here as many points are fetched
as it takes to see the whole of the last tie, then sorted and cut.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from qdrant_edge import (
    CountRequest,
    EdgeShard,
    FieldCondition,
    Filter,
    MatchAny,
    ScoredPoint,
)

from search.edge_service.fields import point_order
from search.edge_service.queries import ParsedGroups, ParsedQuery

_MARGIN = 16
_GROWTH = 4


@dataclass(slots=True)
class Group:
    """Points that share a value of the grouping key, best first."""

    value: str | int
    hits: list[ScoredPoint] = field(default_factory=list)


def ranked(shard: EdgeShard, query: ParsedQuery) -> list[ScoredPoint]:
    """The query's page of results, without payload and vectors."""
    last = query.offset + query.limit
    return _first(shard, query, last)[query.offset : last]


def grouped(shard: EdgeShard, asked: ParsedGroups) -> list[Group]:
    """The best groups by their best point.

    A point counts for every value of its grouping key; points without one are left out. Groups of
    a plain search are filled from the whole collection; groups of a fused search hold what the
    prefetches found.
    """
    query = asked.query
    n_fetched = query.limit * asked.group_size + _MARGIN
    while True:
        hits = _first(shard, query, n_fetched, with_payload=[asked.group_by])
        groups = _collect(hits, asked.group_by)
        exhausted = len(hits) < n_fetched
        if len(groups) >= query.limit or exhausted:
            break
        n_fetched *= _GROWTH
    best = list(groups.values())[: query.limit]
    if not exhausted and query.n_candidates is None:
        short = [group for group in best if len(group.hits) < asked.group_size]
        _fill(shard, asked, short)
    for group in best:
        del group.hits[asked.group_size :]
    return best


def _first(
    shard: EdgeShard, query: ParsedQuery, n_wanted: int, *, with_payload: Sequence[str] = ()
) -> list[ScoredPoint]:
    """The first `n_wanted` points in full order."""
    n_fetched = n_wanted + _MARGIN
    while True:
        if query.n_candidates is not None:
            n_fetched = query.n_candidates
        payload = list(with_payload) or False
        hits = shard.query(query.request(n_fetched, with_payload=payload))
        hits = _settled(hits)
        complete = len(hits) < n_fetched or query.n_candidates is not None
        if complete or hits[-1].score < hits[n_wanted - 1].score:
            return hits[:n_wanted]
        n_fetched *= _GROWTH


def _settled(hits: Sequence[ScoredPoint]) -> list[ScoredPoint]:
    """Best first, equal scores by point id; ids are read only where scores are equal."""
    settled: list[ScoredPoint] = []
    for _, tie in groupby(sorted(hits, key=_badness), key=_badness):
        run = list(tie)
        settled.extend(run if len(run) == 1 else sorted(run, key=lambda hit: point_order(hit.id)))
    return settled


def _badness(hit: ScoredPoint) -> float:
    return -hit.score


def _collect(hits: Sequence[ScoredPoint], key: str) -> dict[str | int, Group]:
    groups: dict[str | int, Group] = {}
    for hit in hits:
        value = (hit.payload or {}).get(key)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, str | int) and not isinstance(item, bool):
                groups.setdefault(item, Group(item)).hits.append(hit)
    return groups


def _fill(shard: EdgeShard, asked: ParsedGroups, short: Sequence[Group]) -> None:
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
        hits = _settled(
            shard.query(
                asked.query.request(n_points, with_payload=[asked.group_by], narrowed=narrowed)
            )
        )
        for value, group in _collect(hits, asked.group_by).items():
            if value in values:
                values[value].hits = group.hits
