"""Which groups points belong to, in memory.

Reading a point's payload from the engine costs more than scoring thousands of vectors, and a
ranking must look at many points to fill its groups. So the values of a grouping key are read once
for all points (half a second for 100,000), when they are first grouped by, and every write
keeps them true. They take some 150 bytes a point. A point that is gone may stay in here, since
only points that were found are looked up.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from qdrant_edge import EdgeShard, Point, ScrollRequest

from search.edge_service.fields import PointKey

GroupKeys: TypeAlias = tuple[str | int, ...]
"""The groups of one point; none where it has no value."""
_PAGE = 5000


class GroupColumn:
    """The values of one payload key, by point."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._values: dict[int, GroupKeys] = {}
        self._known: dict[GroupKeys, GroupKeys] = {}

    def groups_of(self, point: PointKey) -> GroupKeys:
        """The groups a point counts for."""
        # Read for every point of a ranking: `_slot` without the call.
        return self._values.get(-1 - point.int if isinstance(point, uuid.UUID) else int(point), ())

    def store(self, point: PointKey, payload: Mapping[str, Any] | None) -> None:
        """A point as it is now."""
        groups = _groups((payload or {}).get(self._key))
        self._values[_slot(point)] = self._known.setdefault(groups, groups)

    def forget(self, point: PointKey) -> None:
        """A point that is gone."""
        self._values.pop(_slot(point), None)


class GroupValues:
    """Every key that a shard's points were grouped by."""

    def __init__(self, shard: EdgeShard) -> None:
        self._shard = shard
        self._columns: dict[str, GroupColumn] = {}

    def column(self, key: str) -> GroupColumn:
        """The values of a key, read from the engine the first time."""
        if key not in self._columns:
            self._columns[key] = self._read(key)
        return self._columns[key]

    def store(self, points: Sequence[Point]) -> None:
        """Points that are about to be written."""
        if not self._columns:
            return
        for point in points:
            payload = point.payload
            for column in self._columns.values():
                column.store(point.id, payload)

    def forget(self, points: Iterable[PointKey]) -> None:
        """Points that were deleted."""
        for point in points:
            for column in self._columns.values():
                column.forget(point)

    def _read(self, key: str) -> GroupColumn:
        column, offset = GroupColumn(key), None
        while True:
            records, offset = self._shard.scroll(
                ScrollRequest(offset=offset, limit=_PAGE, with_payload=[key], with_vector=False)
            )
            for record in records:
                column.store(record.id, record.payload)
            if offset is None:
                return column


def _groups(value: object) -> GroupKeys:
    items = value if isinstance(value, list) else [value]
    return tuple(
        item for item in items if isinstance(item, str | int) and not isinstance(item, bool)
    )


def _slot(point: PointKey) -> int:
    """A UUID as a negative number, so that none equals a point's number."""
    return -1 - point.int if isinstance(point, uuid.UUID) else int(point)
