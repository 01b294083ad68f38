"""Points as JSON, checked before the engine sees one.

Of a batch with a bad point the engine stores some of the others, and it accepts NaN.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from qdrant_edge import PayloadSelector, Point, SparseVector

from search.edge_service.collection_config import CollectionConfig
from search.edge_service.fields import Fields, PointKey, point_key, sequence, strings
from search.edge_service.refusals import BadRequest

_FLOAT32_MAX = float(np.finfo(np.float32).max)
_UINT32_MAX = 2**32 - 1


def parse_points(body: object, config: CollectionConfig) -> list[Point]:
    """The points of an upsert, all of them sound.

    Raises:
        BadRequest: Any point is not; nothing may be stored then.
    """
    fields = Fields(body, "upsert")
    items = sequence(fields.need("points"), fields.at("points"))
    fields.end()
    return [_point(item, f"points[{i}]", config) for i, item in enumerate(items)]


def parse_ids(value: object, place: str) -> list[PointKey]:
    """Point ids."""
    return [point_key(item, f"{place}[{i}]") for i, item in enumerate(sequence(value, place))]


def dense(value: object, size: int, place: str) -> list[float]:
    """A dense vector of `size` finite float32 numbers."""
    row = sequence(value, place)
    if len(row) != size:
        raise BadRequest(f"{place}: Vector dimension error: expected dim: {size}, got {len(row)}")
    _check_numbers(row, place)
    return row


def sparse(value: object, place: str) -> SparseVector:
    """A sparse vector with distinct indices."""
    fields = Fields(value, place)
    indices = sequence(fields.need("indices"), fields.at("indices"))
    values = sequence(fields.need("values"), fields.at("values"))
    fields.end()
    whole = all(type(index) is int and 0 <= index <= _UINT32_MAX for index in indices)
    if not whole or len(set(indices)) != len(indices) or len(indices) != len(values):
        raise BadRequest(f"{place}: indices must be distinct unsigned numbers, one for each value")
    _check_numbers(values, fields.at("values"))
    return SparseVector(indices, values)


def vector_json(vector: Any) -> Any:
    """The engine's vectors as JSON."""
    if isinstance(vector, Mapping):
        return {name: vector_json(item) for name, item in vector.items()}
    if isinstance(vector, SparseVector):
        return {"indices": list(vector.indices), "values": list(vector.values)}
    return vector


def parse_with_payload(value: object, place: str, *, default: bool) -> Any:
    """Which payload to answer: all, none, some keys, or all but some."""
    if value is None:
        return default
    if isinstance(value, bool):
        return value
    if isinstance(value, list):
        return PayloadSelector.Include(strings(value, place))
    fields = Fields(value, place)
    name = "include" if "include" in fields else "exclude"
    keys = strings(fields.need(name), fields.at(name))
    fields.end()
    return PayloadSelector.Include(keys) if name == "include" else PayloadSelector.Exclude(keys)


def parse_with_vector(value: object, place: str, config: CollectionConfig) -> bool | list[str]:
    """Which vectors to answer."""
    if value is None or isinstance(value, bool):
        return bool(value)
    names = strings(value, place)
    for name in names:
        if name not in config.sizes and name not in config.sparse:
            raise BadRequest(f"{place}: Not existing vector name error: {name}")
    return names


def _point(item: object, place: str, config: CollectionConfig) -> Point:
    fields = Fields(item, place)
    key = point_key(fields.need("id"), fields.at("id"))
    payload = fields.take("payload", {})
    if not isinstance(payload, dict):
        raise BadRequest(f"{fields.at('payload')} is not a JSON object")
    named = fields.need("vector")
    if not isinstance(named, dict):
        raise BadRequest(f"{fields.at('vector')}: only named vectors are supported")
    fields.end()
    vectors: dict[str, Any] = {}
    for name, value in named.items():
        where = f"{place}.vector.{name}"
        if name in config.sizes:
            vectors[name] = dense(value, config.sizes[name], where)
        elif name in config.sparse:
            vectors[name] = sparse(value, where)
        else:
            raise BadRequest(f"{where}: Not existing vector name error: {name}")
    return Point(id=key, vector=vectors, payload=payload)


def _check_numbers(row: list[Any], place: str) -> None:
    kinds = set(map(type, row))
    if kinds == {float} and math.hypot(*row) <= _FLOAT32_MAX:
        return  # no number is greater than the length, which takes a sixth of the time
    if not kinds <= {float, int} or not max(map(abs, row), default=0) <= _FLOAT32_MAX:
        raise BadRequest(f"{place} holds something other than finite numbers")
