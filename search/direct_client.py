"""qdrant-client, with a shorter way for the calls that every search makes.

The same paths, bodies and answers of Qdrant's REST API. What is left out is the time of a call
that is neither the engine's nor the network's: arguments are written as JSON as they are, without
validating a vector number by number, and travel over `KeptConnections` instead of httpx.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import httpx
import pydantic_core
from pydantic import TypeAdapter
from qdrant_client import QdrantClient
from qdrant_client.http import models
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from search.kept_connections import KeptConnections

_QDRANT_PORT = 6333
_REST_NAMES = {
    "query_filter": "filter",
    "count_filter": "filter",
    "search_params": "params",
    "with_vectors": "with_vector",
}
"""Arguments of qdrant-client that the REST API calls otherwise."""
_read_records = TypeAdapter(list[models.Record]).validate_python
_read_count = TypeAdapter(models.CountResult).validate_python
_T = TypeVar("_T")


class PlainHit(NamedTuple):
    """What a ranking says of a point.

    Thousands come at once, and validating them takes three times as long as reading them.
    """

    id: str | int
    score: float
    payload: Mapping[str, Any] | None


class PlainPage(NamedTuple):
    """One ranking."""

    points: tuple[PlainHit, ...]


class PlainGroup(NamedTuple):
    """The best points that share a value."""

    id: str | int
    hits: tuple[PlainHit, ...]


class PlainGroups(NamedTuple):
    """A ranking of groups."""

    groups: tuple[PlainGroup, ...]


class DirectClient(QdrantClient):
    """A client for a URL of plain HTTP that no proxy stands before.

    Its overridden methods take keywords alone, those of `QdrantClient`, and raise the same errors.

    Args:
        url: Where Qdrant answers.
        api_key: For a server that asks for one.
        timeout_s: Of one call.
        others: Arguments of `QdrantClient` for all other calls.
    """

    def __init__(self, url: str, api_key: str | None, timeout_s: int, **others: Any) -> None:
        super().__init__(url=url, api_key=api_key, timeout=timeout_s, **others)
        headers = {} if api_key is None else {"api-key": api_key}
        self._connections = KeptConnections(
            url, headers, default_port=_QDRANT_PORT, timeout_s=timeout_s
        )

    def close(self, grpc_grace: float | None = None, **kwargs: Any) -> None:
        """Close all connections."""
        self._connections.close()
        super().close(grpc_grace, **kwargs)

    def query_points(  # type: ignore[override] # keywords alone
        self, collection_name: str, **asked: Any
    ) -> PlainPage:
        """A ranked page of points."""
        return self._post(f"{collection_name}/points/query", asked, _read_page)

    def query_points_groups(  # type: ignore[override] # keywords alone
        self, collection_name: str, **asked: Any
    ) -> PlainGroups:
        """The best groups of points."""
        return self._post(f"{collection_name}/points/query/groups", asked, _read_groups)

    def query_batch_points(  # type: ignore[override] # nothing else is asked or read
        self, collection_name: str, requests: Sequence[models.QueryRequest]
    ) -> list[PlainPage]:
        """Several ranked pages: ids, scores and payload of their points."""
        asked = {"searches": requests}
        return self._post(f"{collection_name}/points/query/batch", asked, _read_pages)

    def retrieve(  # type: ignore[override] # keywords alone
        self, collection_name: str, ids: Sequence[models.ExtendedPointId], **asked: Any
    ) -> list[models.Record]:
        """Points by id."""
        return self._post(f"{collection_name}/points", {"ids": ids, **asked}, _read_records)

    def count(  # type: ignore[override] # keywords alone
        self, collection_name: str, **asked: Any
    ) -> models.CountResult:
        """How many points pass a filter."""
        return self._post(f"{collection_name}/points/count", asked, _read_count)

    def _post(self, path: str, asked: Mapping[str, Any], read: Callable[[Any], _T]) -> _T:
        body = {_REST_NAMES.get(name, name): value for name, value in asked.items()}
        try:
            status, content = self._connections.post(
                f"/collections/{path}", pydantic_core.to_json(body, exclude_none=True)
            )
        except OSError as error:
            raise ResponseHandlingException(error) from error
        if status != httpx.codes.OK:
            raise UnexpectedResponse(status, "", content, httpx.Headers())
        try:
            return read(pydantic_core.from_json(content)["result"])
        except (ValueError, KeyError, TypeError) as error:
            raise ResponseHandlingException(error) from error


def _read_pages(pages: Sequence[Mapping[str, Any]]) -> list[PlainPage]:
    return [_read_page(page) for page in pages]


def _read_page(page: Mapping[str, Any]) -> PlainPage:
    return PlainPage(_read_hits(page["points"]))


def _read_groups(result: Mapping[str, Any]) -> PlainGroups:
    return PlainGroups(
        tuple(PlainGroup(group["id"], _read_hits(group["hits"])) for group in result["groups"])
    )


def _read_hits(hits: Sequence[Mapping[str, Any]]) -> tuple[PlainHit, ...]:
    return tuple(PlainHit(hit["id"], hit["score"], hit.get("payload")) for hit in hits)
