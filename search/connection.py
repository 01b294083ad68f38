"""One connection to Qdrant, wherever it runs, and its errors in our words."""

import contextlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx
from qdrant_client import QdrantClient
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from core.errors import ConfigurationFault, IndexUnavailable, SchemaMismatch, VersionSkew
from search.direct_client import DirectClient

_CLIENT_VERSION = (1, 20)
_MAX_CONNECTIONS = 16


def connect(url: str, api_key: str | None, timeout_s: float) -> QdrantClient:
    """A client for a URL; nothing is sent yet.

    Connections are kept open on loopback too, and no proxy stands between us and loopback. The
    client's own version check only warns, so it is off; see `check_version`. Where TLS or a proxy
    is asked for, all calls are httpx's; else searches take the short way of `DirectClient`.
    """
    parts = urlsplit(url)
    loopback = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    seconds = max(1, round(timeout_s))
    others: dict[str, Any] = {
        "check_compatibility": False,
        "trust_env": not loopback,
        "limits": httpx.Limits(max_connections=_MAX_CONNECTIONS),
    }
    if parts.scheme == "http" and (loopback or not getproxies()):
        return DirectClient(url, api_key, seconds, **others)
    return QdrantClient(url=url, api_key=api_key, timeout=seconds, **others)


def check_version(client: QdrantClient, url: str, max_minor_skew: int) -> None:
    """Refuse a server too old or too new.

    Raises:
        VersionSkew: Major versions differ, or minors by more than `max_minor_skew`.
    """
    version = str(client.info().version)
    major, minor = (int(part) for part in version.split(".")[:2])
    skew = abs(minor - _CLIENT_VERSION[1])
    if major != _CLIENT_VERSION[0] or skew > max_minor_skew:
        raise VersionSkew(
            f"Qdrant at {url} is version {version}; Limn speaks"
            f" {_CLIENT_VERSION[0]}.{_CLIENT_VERSION[1]} and older servers silently ignore"
            " what they do not know. Run a Qdrant server of 1.19 to 1.21"
        )


@contextlib.contextmanager
def calling(url: str, collection: str) -> Iterator[None]:
    """Translate the client's errors within.

    Raises:
        IndexUnavailable: Nothing answers, or the server is not well.
        SchemaMismatch: The collection is missing or the server refuses the call.
        ConfigurationFault: The API key is wrong.
    """
    try:
        yield
    except ResponseHandlingException as error:
        raise IndexUnavailable(
            f"Qdrant does not answer at {url} ({error}); start it or check the address"
        ) from error
    except UnexpectedResponse as error:
        raise _translated(url, collection, error) from error


def _translated(url: str, collection: str, error: UnexpectedResponse) -> Exception:
    reason = error.content.decode("utf-8", "replace")[:500]
    if error.status_code is None or error.status_code >= 500 or error.status_code == 429:
        return IndexUnavailable(f"Qdrant at {url} failed ({error.status_code}): {reason}")
    if error.status_code in (401, 403):
        return ConfigurationFault(f"Qdrant at {url} refuses the API key; set LIMN_QDRANT__API_KEY")
    if error.status_code == 404:
        return SchemaMismatch(
            f"Qdrant at {url} has no collection {collection} ({reason}); run `limn reindex`"
        )
    return SchemaMismatch(f"Qdrant at {url} refused a call ({error.status_code}): {reason}")
