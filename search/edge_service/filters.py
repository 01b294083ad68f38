"""Qdrant's filter JSON as the engine's filter objects."""

from collections.abc import Set
from typing import Any

from qdrant_edge import (
    FieldCondition,
    Filter,
    HasIdCondition,
    IsEmptyCondition,
    MatchAny,
    MatchExcept,
    MatchValue,
    RangeDateTime,
    RangeFloat,
)

from search.edge_service.fields import Fields, finite, point_key, sequence
from search.edge_service.refusals import BadRequest

_CLAUSES = ("must", "should", "must_not")
_BOUNDS = ("gt", "gte", "lt", "lte")
_MAX_NESTING = 8


class FilterReader:
    """Reads filters for one collection.

    Args:
        indexed: Payload keys with an index; a filter on another key is refused. None allows all.
    """

    def __init__(self, indexed: Set[str] | None) -> None:
        self._indexed = indexed

    def read(self, value: object, place: str, depth: int = 0) -> Filter | None:
        """A filter; None for null.

        Raises:
            BadRequest: A condition is unknown, malformed or on a key without an index.
        """
        if value is None:
            return None
        if depth > _MAX_NESTING:
            raise BadRequest(f"{place} is nested too deeply")
        fields = Fields(value, place)
        must, should, must_not = (self._conditions(fields, name, depth) for name in _CLAUSES)
        fields.end()
        return Filter(must=must, should=should, must_not=must_not)

    def _conditions(self, fields: Fields, name: str, depth: int) -> list[Any] | None:
        value = fields.take(name)
        if value is None:
            return None
        items = value if isinstance(value, list) else [value]
        return [
            self._condition(item, f"{fields.at(name)}[{i}]", depth) for i, item in enumerate(items)
        ]

    def _condition(self, value: object, place: str, depth: int) -> Any:
        if isinstance(value, dict) and not value.keys().isdisjoint(_CLAUSES):
            return self.read(value, place, depth + 1)
        fields = Fields(value, place)
        if "has_id" in fields:
            ids = sequence(fields.take("has_id"), fields.at("has_id"))
            fields.end()
            return HasIdCondition({point_key(item, place) for item in ids})
        if "is_empty" in fields:
            inner = Fields(fields.take("is_empty"), fields.at("is_empty"))
            fields.end()
            key = self._key(inner)
            inner.end()
            return IsEmptyCondition(key)
        key = self._key(fields)
        if "match" in fields:
            condition = FieldCondition(key=key, match=_match(fields))
        elif "range" in fields:
            condition = FieldCondition(key=key, range=_range(fields))
        else:
            fields.end()
            raise BadRequest(f"{place} has neither match nor range")
        fields.end()
        return condition

    def _key(self, fields: Fields) -> str:
        key = fields.string("key")
        if self._indexed is not None and key not in self._indexed:
            raise BadRequest(f"{fields.at('key')}: {key!r} has no payload index (strict mode)")
        try:
            IsEmptyCondition(key)  # the engine alone knows what a path is
        except ValueError as error:
            raise BadRequest(f"{fields.at('key')}: {error}") from error
        return key


def _match(fields: Fields) -> Any:
    match = Fields(fields.take("match"), fields.at("match"))
    if "value" in match:
        value = match.take("value")
        if not isinstance(value, str | int):
            raise BadRequest(f"{match.at('value')} is neither a string, a whole number nor a flag")
        built: Any = MatchValue(value)
    elif "any" in match:
        values = _scalars(match, "any")
        # The engine walks one value's points much faster than a list of one.
        built = MatchValue(values[0]) if len(values) == 1 else MatchAny(values)
    elif "except" in match:
        built = MatchExcept(_scalars(match, "except"))
    else:
        match.end()
        raise BadRequest(f"{match.place} is empty")
    match.end()
    return built


def _scalars(match: Fields, name: str) -> Any:
    values = sequence(match.take(name), match.at(name))
    all_strings = all(isinstance(value, str) for value in values)
    all_whole = all(isinstance(v, int) and not isinstance(v, bool) for v in values)
    if not (all_strings or all_whole):
        raise BadRequest(f"{match.at(name)} is neither all strings nor all whole numbers")
    return values


def _range(fields: Fields) -> Any:
    bounds = Fields(fields.take("range"), fields.at("range"))
    given = {name: bounds.take(name) for name in _BOUNDS if name in bounds}
    bounds.end()
    if any(isinstance(value, str) for value in given.values()):
        if not all(isinstance(value, str) for value in given.values()):
            raise BadRequest(f"{bounds.place} mixes dates and numbers")
        try:
            return RangeDateTime(**given)
        except ValueError as error:
            raise BadRequest(f"{bounds.place}: {error}") from error
    return RangeFloat(**{name: finite(v, bounds.at(name)) for name, v in given.items()})
