"""Exact counts of points, kept until the next write: every search and every page asks for some."""

from collections.abc import Callable, Mapping
from typing import Any

import pydantic_core
from qdrant_edge import CountRequest, EdgeShard, FacetRequest, PayloadSchemaType

from search.edge_service.fields import Fields
from search.edge_service.filters import FilterReader
from search.edge_service.keys import indexed_key

_COUNTABLE = frozenset(
    {PayloadSchemaType.Keyword, PayloadSchemaType.Integer, PayloadSchemaType.Bool}
)
_DEFAULT_VALUES = 10
_MAX_KEPT = 256


class Counts:
    """Counts one shard's points."""

    def __init__(self, shard: EdgeShard) -> None:
        self._shard = shard
        self._kept: dict[bytes, Any] = {}

    def forget(self) -> None:
        """Something was written."""
        self._kept.clear()

    def count(self, body: object, filters: FilterReader) -> dict[str, int]:
        """How many points pass a filter; always exact."""
        fields = Fields(body, "count")
        fields.flag("exact", default=True)
        condition = filters.read(fields.take("filter"), fields.at("filter"))
        fields.end()
        request = CountRequest(exact=True, filter=condition)
        return {"count": self._once(body, lambda: self._shard.count(request))}

    def facet(
        self, body: object, filters: FilterReader, payload_schema: Mapping[str, Any]
    ) -> dict[str, Any]:
        """How many points that pass a filter hold each value of an indexed key; always exact."""
        fields = Fields(body, "facet")
        key = indexed_key(fields, _COUNTABLE, payload_schema)
        limit = fields.integer("limit", default=_DEFAULT_VALUES, least=1)
        fields.flag("exact", default=False)
        condition = filters.read(fields.take("filter"), fields.at("filter"))
        fields.end()
        request = FacetRequest(key=key, limit=limit, exact=True, filter=condition)
        hits = self._once(body, lambda: self._shard.facet(request).hits)
        # The engine still lists values whose points are gone.
        held = [hit for hit in hits if hit.count]
        return {"hits": [{"value": hit.value, "count": hit.count} for hit in held]}

    def _once(self, body: object, ask: Callable[[], Any]) -> Any:
        asked = pydantic_core.to_json(body)
        if asked not in self._kept:
            if len(self._kept) >= _MAX_KEPT:
                self._kept.clear()
            self._kept[asked] = ask()
        return self._kept[asked]
