"""One id and one log line a request."""

import re
import time
import uuid

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADER = "X-Request-ID"
_ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_QUIET = ("/health/", "/metrics")
"""Asked by monitors every few seconds."""
log = structlog.get_logger()


class RequestLog:
    """Binds a request's id to every line logged for it, and to the messages sent for it.

    The caller's own id is taken where it has one that is fit to be printed; the answer carries the
    id in the same header, so that a person can tell which lines belong to what they saw.

    Args:
        app: What is logged.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        said = Headers(scope=scope).get(_HEADER, "")
        request_id = said if _ACCEPTABLE.fullmatch(said) else uuid.uuid4().hex
        started, status = time.perf_counter(), 500

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[_HEADER] = request_id
            await send(message)

        # Not unbound: what answers a defect runs after this, in the same context, which is the
        # request's own.
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            await self._app(scope, receive, send_named)
        finally:
            path = str(scope["path"])
            if not any(part in path for part in _QUIET):
                taken_ms = round((time.perf_counter() - started) * 1000, 1)
                log.info("answered", method=scope["method"], path=path, status=status, ms=taken_ms)


def request_id_header() -> dict[str, str]:
    """The header of an answer to the request that is being answered."""
    bound = structlog.contextvars.get_contextvars().get("request_id")
    return {_HEADER: str(bound)} if bound else {}
