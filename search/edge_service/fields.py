"""Strict reading of JSON: a field nobody took is refused by name, never ignored."""

import math
import uuid
from typing import Any, TypeAlias

from search.edge_service.refusals import BadRequest

PointKey: TypeAlias = int | uuid.UUID | str
"""Always a number or a UUID, which answers are written with; the engine's signatures say strings
too."""


class Fields:
    """One JSON object, read field by field.

    Example:
        >>> fields = Fields({"limit": 3, "shiny": True}, "query")
        >>> fields.integer("limit", default=10, least=1)
        3
        >>> fields.end()
        Traceback (most recent call last):
        search.edge_service.refusals.BadRequest: unsupported field query.shiny
    """

    def __init__(self, value: object, place: str) -> None:
        if not isinstance(value, dict):
            raise BadRequest(f"{place} is not a JSON object")
        self._left = {name: item for name, item in value.items() if item is not None}
        self.place = place

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def at(self, name: str) -> str:
        """Where a field stands, for messages."""
        return f"{self.place}.{name}"

    def take(self, name: str, default: Any = None) -> Any:
        """A field as it is; null counts as absent."""
        return self._left.pop(name, default)

    def need(self, name: str) -> Any:
        """A field that must be there."""
        if name not in self._left:
            raise BadRequest(f"{self.at(name)} is missing")
        return self._left.pop(name)

    def string(self, name: str) -> str:
        """A required string."""
        value = self.need(name)
        if not isinstance(value, str):
            raise BadRequest(f"{self.at(name)} is not a string")
        return value

    def integer(self, name: str, *, default: int, least: int) -> int:
        """A whole number not below `least`."""
        value = self.take(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise BadRequest(f"{self.at(name)} is not a whole number of at least {least}")
        return value

    def number(self, name: str) -> float | None:
        """A finite number, or None where absent."""
        value = self.take(name)
        return None if value is None else finite(value, self.at(name))

    def flag(self, name: str, *, default: bool) -> bool:
        """A JSON true or false."""
        value = self.take(name, default)
        if not isinstance(value, bool):
            raise BadRequest(f"{self.at(name)} is neither true nor false")
        return value

    def end(self) -> None:
        """Refuse what is left."""
        if self._left:
            names = ", ".join(self.at(name) for name in sorted(self._left))
            raise BadRequest(f"unsupported field {names}")


def finite(value: object, place: str) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadRequest(f"{place} is not a finite number")
    return float(value)


def sequence(value: object, place: str) -> list[Any]:
    """A JSON array."""
    if not isinstance(value, list):
        raise BadRequest(f"{place} is not an array")
    return value


def strings(value: object, place: str) -> list[str]:
    """A JSON array of strings."""
    items = sequence(value, place)
    if not all(isinstance(item, str) for item in items):
        raise BadRequest(f"{place} holds something other than strings")
    return items


def point_key(value: object, place: str) -> PointKey:
    """A point id: an unsigned number or a UUID."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str):
        try:
            return uuid.UUID(value)
        except ValueError:
            pass
    raise BadRequest(f"{place}: {value!r} is neither an unsigned number nor a UUID")


def point_order(key: object) -> tuple[int, int]:
    """Sort key of point ids: numbers first, then UUIDs."""
    return (1, key.int) if isinstance(key, uuid.UUID) else (0, int(str(key)))
