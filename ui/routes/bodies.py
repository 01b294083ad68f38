"""What requests bring: JSON, numbers of things, and who signs."""

import json
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from core.errors import QueryInvalid

RowNumber: TypeAlias = Annotated[int, Field(ge=1, le=2**31 - 1)]
"""A number that the catalogue gave to something; no database gives or looks up a larger one."""


class Signed(BaseModel):
    """Who it is, and nothing but that unless a body says more."""

    model_config = ConfigDict(extra="forbid")

    who: str | None = None
    """Who signs; else as the server is set up. Where people sign in, it is who they are."""


def parse_json(data: bytes | str, where: str) -> Any:
    """Read JSON; empty counts as an object without fields.

    Raises:
        QueryInvalid: If it is no JSON; the message names `where`.
    """
    try:
        return json.loads(data or "{}")
    except ValueError as error:
        raise QueryInvalid(f"{where} is not JSON: {error}") from error


def parse_object(data: bytes | str, where: str) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        QueryInvalid: If it is no JSON, or something other than an object.
    """
    values = parse_json(data, where)
    if not isinstance(values, dict):
        raise QueryInvalid(f"{where} must be a JSON object of search fields")
    return values
