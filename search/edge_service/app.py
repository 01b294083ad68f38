"""The HTTP face: Qdrant's paths, its envelope, its status codes.

Handlers run one after another on the event loop. The engine holds Python's lock in every call, so
threads would not run side by side anyway, and no call ever sees half of another.
"""

import hmac
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import pydantic_core
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from search.edge_service.collection import Collection
from search.edge_service.refusals import BadRequest, Forbidden, Refusal, Unauthorised
from search.edge_service.store import Store

API_VERSION = "1.20.0"
"""The Qdrant version whose REST subset is spoken."""
_MAX_BODY_BYTES = 64 * 2**20
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
_TABLE: tuple[tuple[str, str, _Action], ...] = (
    (
        "GET",
        "/collections",
        lambda call: call.store.listing(),
    ),
    ("GET", "/aliases", lambda call: call.store.aliases()),
    ("POST", "/collections/aliases", lambda call: call.store.change_aliases(call.body)),
    ("GET", _COLLECTION, lambda call: call.target.describe()),
    ("PUT", _COLLECTION, lambda call: call.store.create(call.name, call.body)),
    ("DELETE", _COLLECTION, lambda call: call.store.delete(call.name)),
    ("GET", f"{_COLLECTION}/exists", lambda call: {"exists": call.store.exists(call.name)}),
    ("GET", f"{_COLLECTION}/aliases", lambda call: call.store.aliases(call.name)),
    ("PUT", f"{_COLLECTION}/index", lambda call: call.target.create_index(call.body)),
    ("PUT", _POINTS, lambda call: call.target.upsert(call.body)),
    ("POST", _POINTS, lambda call: call.target.retrieve(call.body)),
    ("POST", f"{_POINTS}/delete", lambda call: call.target.delete(call.body)),
    ("POST", f"{_POINTS}/scroll", lambda call: call.target.scroll(call.body)),
    ("POST", f"{_POINTS}/count", lambda call: call.target.count(call.body)),
    ("POST", f"{_COLLECTION}/facet", lambda call: call.target.facet(call.body)),
    ("POST", f"{_POINTS}/query", lambda call: call.target.query(call.body)),
    ("POST", f"{_POINTS}/query/batch", lambda call: call.target.query_batch(call.body)),
    ("POST", f"{_POINTS}/query/groups", lambda call: call.target.query_groups(call.body)),
)


def build_app(store: Store, api_key: str | None = None) -> Starlette:
    """The service over an open store.

    Args:
        store: Closed by the caller.
        api_key: Asked of every call in the `api-key` header, where set.
    """
    routes = [
        Route(path, _handler(store, action, api_key), methods=[method])
        for method, path, action in _TABLE
    ]
    routes.append(Route("/", _version))
    routes.extend(Route(path, _alive) for path in ("/healthz", "/livez", "/readyz"))
    return Starlette(
        routes=routes, exception_handlers={404: _not_implemented, 405: _not_implemented}
    )


def _handler(
    store: Store, action: _Action, api_key: str | None
) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        started = time.perf_counter()
        try:
            _check_caller(request, api_key)
            _check_parameters(request)
            body = _parse(await request.body()) if request.method in ("PUT", "POST") else None
            result = action(_Call(store, str(request.path_params.get("name", "")), body))
        except Refusal as refusal:
            return _answer({"status": {"error": str(refusal)}}, refusal.status, started)
        return _answer({"result": result, "status": "ok"}, 200, started)

    return handle


def _check_caller(request: Request, api_key: str | None) -> None:
    if "origin" in request.headers:
        raise Forbidden("requests from web pages are refused")
    given = request.headers.get("api-key", "")
    if api_key is not None and not hmac.compare_digest(given.encode(), api_key.encode()):
        raise Unauthorised("the api-key header is missing or wrong")


def _check_parameters(request: Request) -> None:
    """`wait` alone is understood: every write waits until it is on disk."""
    unknown = set(request.query_params) - {"wait"}
    if unknown:
        raise BadRequest(f"unsupported parameter {', '.join(sorted(unknown))}")


def _parse(body: bytes) -> Any:
    if len(body) > _MAX_BODY_BYTES:
        raise BadRequest(f"the body has {len(body)} bytes; at most {_MAX_BODY_BYTES} are read")
    try:
        return pydantic_core.from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise BadRequest(f"the body is not JSON: {error}") from error


async def _version(_: Request) -> Response:
    return Response(
        pydantic_core.to_json({"title": "limn - qdrant edge service", "version": API_VERSION}),
        media_type="application/json",
    )


async def _alive(_: Request) -> Response:
    return Response("ok", media_type="text/plain")


async def _not_implemented(request: Request, _: Exception) -> Response:
    error = f"{request.method} {request.url.path} is not part of the embedded service"
    _log.warning("unknown path", method=request.method, path=request.url.path)
    return _answer({"status": {"error": error}}, 501, time.perf_counter())


def _answer(envelope: dict[str, Any], status: int, started: float) -> Response:
    envelope["time"] = time.perf_counter() - started
    return Response(pydantic_core.to_json(envelope), status, media_type="application/json")
