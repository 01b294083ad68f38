"""What is answered: Qdrant's paths, its envelope, its status codes.

Handlers run one after another on the event loop. The engine holds Python's lock in every call, so
threads would not run side by side anyway, and no call ever sees half of another. The paths are so
few that they are looked up in a table: a web framework takes as long for a call as a narrow filter
takes the engine.
"""

import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import parse_qs

import pydantic_core
import structlog

from search.edge_service.collection import Collection
from search.edge_service.refusals import BadRequest, Forbidden, Refusal, Unauthorised
from search.edge_service.serving import Answer, Answering, Request
from search.edge_service.store import Store

API_VERSION = "1.20.0"
"""The Qdrant version whose REST subset is spoken."""
_MAX_BODY_BYTES = 64 * 2**20
_ABOUT = {"title": "limn - qdrant edge service", "version": API_VERSION}
_ALIVE = frozenset({"/healthz", "/livez", "/readyz"})
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Call:
    """One request, read."""

    store: Store
    name: str
    body: Any

    @property
    def target(self) -> Collection:
        """The collection the path names."""
        return self.store.get(self.name)


_Action: TypeAlias = Callable[[_Call], Any]
_COLLECTION = "/collections/{name}"
_POINTS = f"{_COLLECTION}/points"
_TABLE: Mapping[tuple[str, str], _Action] = {
    ("GET", "/collections"): lambda call: call.store.listing(),
    ("GET", "/aliases"): lambda call: call.store.aliases(),
    ("POST", "/collections/aliases"): lambda call: call.store.change_aliases(call.body),
    ("GET", _COLLECTION): lambda call: call.target.describe(),
    ("PUT", _COLLECTION): lambda call: call.store.create(call.name, call.body),
    ("DELETE", _COLLECTION): lambda call: call.store.delete(call.name),
    ("GET", f"{_COLLECTION}/exists"): lambda call: {"exists": call.store.exists(call.name)},
    ("GET", f"{_COLLECTION}/aliases"): lambda call: call.store.aliases(call.name),
    ("PUT", f"{_COLLECTION}/index"): lambda call: call.target.create_index(call.body),
    ("PUT", _POINTS): lambda call: call.target.upsert(call.body),
    ("POST", _POINTS): lambda call: call.target.retrieve(call.body),
    ("POST", f"{_POINTS}/delete"): lambda call: call.target.delete(call.body),
    ("POST", f"{_POINTS}/scroll"): lambda call: call.target.scroll(call.body),
    ("POST", f"{_POINTS}/count"): lambda call: call.target.count(call.body),
    ("POST", f"{_COLLECTION}/facet"): lambda call: call.target.facet(call.body),
    ("POST", f"{_POINTS}/query"): lambda call: call.target.query(call.body),
    ("POST", f"{_POINTS}/query/batch"): lambda call: call.target.query_batch(call.body),
    ("POST", f"{_POINTS}/query/groups"): lambda call: call.target.query_groups(call.body),
}


def build_answering(store: Store, api_key: str | None = None) -> Answering:
    """The service over an open store.

    Args:
        store: Closed by the caller.
        api_key: Asked of every call in the `api-key` header, where set.
    """

    def answering(request: Request) -> Answer:
        return _about(request) or _called(store, api_key, request)

    return answering


def _about(request: Request) -> Answer | None:
    """What everybody may ask, whatever the collections."""
    if request.method not in ("GET", "HEAD"):
        return None
    if request.path == "/":
        return Answer(200, pydantic_core.to_json(_ABOUT))
    return Answer(200, b"ok", "text/plain") if request.path in _ALIVE else None


def _called(store: Store, api_key: str | None, request: Request) -> Answer:
    started = time.perf_counter()
    method, path = request.method, request.path
    action, name = _find(method, path)
    if action is None:
        _log.warning("unknown path", method=method, path=path)
        error = f"{method} {path} is not part of the embedded service"
        return _enveloped({"status": {"error": error}}, 501, started)
    try:
        _check_caller(request.headers, api_key)
        _check_parameters(request.query_string)
        given = _parse(request.body) if method in ("PUT", "POST") else None
        result = action(_Call(store, name, given))
    except Refusal as refusal:
        return _enveloped({"status": {"error": str(refusal)}}, refusal.status, started)
    return _enveloped({"result": result, "status": "ok"}, 200, started)


def _find(method: str, path: str) -> tuple[_Action | None, str]:
    """What a path stands for, and the collection it names."""
    if (method, path) in _TABLE:
        return _TABLE[method, path], ""
    first, _, named = path.lstrip("/").partition("/")
    name, slash, rest = named.partition("/")
    if first != "collections" or not name:
        return None, ""
    return _TABLE.get((method, f"{_COLLECTION}{slash}{rest}")), name


def _check_caller(headers: Mapping[bytes, bytes], api_key: str | None) -> None:
    if b"origin" in headers:
        raise Forbidden("requests from web pages are refused")
    given = headers.get(b"api-key", b"")
    if api_key is not None and not hmac.compare_digest(given, api_key.encode()):
        raise Unauthorised("the api-key header is missing or wrong")


def _check_parameters(query_string: str) -> None:
    """`wait` alone is understood: every write waits until it is on disk."""
    if not query_string:
        return
    unknown = parse_qs(query_string, keep_blank_values=True).keys() - {"wait"}
    if unknown:
        raise BadRequest(f"unsupported parameter {', '.join(sorted(unknown))}")


def _parse(body: bytes) -> Any:
    if len(body) > _MAX_BODY_BYTES:
        raise BadRequest(f"the body has {len(body)} bytes; at most {_MAX_BODY_BYTES} are read")
    try:
        # Of values too it would keep the latest 16,384, and those of a figure hardly come again.
        return pydantic_core.from_json(body, allow_inf_nan=False, cache_strings="keys")
    except ValueError as error:
        raise BadRequest(f"the body is not JSON: {error}") from error


def _enveloped(envelope: dict[str, Any], status: int, started: float) -> Answer:
    envelope["time"] = time.perf_counter() - started
    return Answer(status, pydantic_core.to_json(envelope))
