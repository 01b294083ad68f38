"""Payload keys that points are counted or ordered by: they need an index of the right kind."""

from collections.abc import Collection, Mapping
from typing import Any

from qdrant_edge import Direction, OrderBy, PayloadSchemaType

from search.edge_service.fields import Fields
from search.edge_service.refusals import BadRequest

_DIRECTIONS = {"asc": Direction.Asc, "desc": Direction.Desc}
_ORDERED = frozenset(
    {PayloadSchemaType.Datetime, PayloadSchemaType.Integer, PayloadSchemaType.Float}
)


def indexed_key(
    fields: Fields, kinds: Collection[PayloadSchemaType], schema: Mapping[str, Any]
) -> str:
    """The object's `key`.

    Raises:
        BadRequest: No index of one of these kinds is on it.
    """
    key = fields.string("key")
    if key not in schema or schema[key].data_type not in kinds:
        raise BadRequest(f"{fields.at('key')}: {key!r} has no index that this needs")
    return key


def parse_order(fields: Fields, schema: Mapping[str, Any]) -> OrderBy | None:
    """An `order_by`: a key by itself, or with its direction."""
    value = fields.take("order_by")
    if value is None:
        return None
    inner = Fields({"key": value} if isinstance(value, str) else value, fields.at("order_by"))
    key = indexed_key(inner, _ORDERED, schema)
    direction = inner.take("direction", "asc")
    inner.end()
    if direction not in _DIRECTIONS:
        raise BadRequest(f"{inner.at('direction')}: {direction!r} is neither asc nor desc")
    return OrderBy(key, _DIRECTIONS[direction])
