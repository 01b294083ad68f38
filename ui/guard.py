"""Who may talk to the server, and what a browser may do with its answers.

No foreign pages, no foreign host names, no endless bodies; nothing is loaded from elsewhere.
"""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import ConfigurationFault
from core.settings import Settings
from ui.faults import TooLarge
from ui.problems import problem, problem_of

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_TAKE_ARCHIVES = ("/api/v1/uploads", "/api/v1/uploads/dry-run")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_FOR_ALL = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# Streamlit styles its elements inline and compiles some of its scripts.
_PAGE_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'self'"
)
# A browser that opens a picture by itself styles the page it lays it on.
_API_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
MAX_QUERY_BYTES = 64 * 2**20
"""Largest body of a request that is no upload."""


def host_names(host: str) -> frozenset[str] | None:
    """Names a server bound to this address may be called by; None where that is not known.

    On a loopback address any other name is a foreign page that made its own name point here
    (DNS rebinding).

    Example:
        >>> sorted(host_names("127.0.0.1")), host_names("0.0.0.0")
        (['127.0.0.1', '::1', 'localhost'], None)
    """
    return _LOOPBACK if host in _LOOPBACK else None


def check_exposure(settings: Settings) -> None:
    """Refuse to let the whole network do everything by oversight.

    Raises:
        ConfigurationFault: If another machine could reach pages that know no users.
    """
    access, host = settings.access, settings.ui.host
    if access.mode == "open" and host not in _LOOPBACK and not access.open_to_the_network:
        raise ConfigurationFault(
            f"LIMN_UI__HOST={host} is reached by other machines, and in mode open whoever reaches "
            "the port may everything: set LIMN_ACCESS__MODE=keys (then `limn keys create`) or "
            "oidc, or LIMN_ACCESS__OPEN_TO_THE_NETWORK=true if that is what you want"
        )


class RequestGuard:
    """Refuses requests that a foreign web page made a browser send, and oversized ones.

    Args:
        app: What is guarded.
        settings: For the address bound and the size of uploads allowed.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._hosts: Collection[str] | None = host_names(settings.ui.host)
        self._max_upload_bytes = settings.limits.max_upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        is_api = str(scope.get("path", "")).startswith("/api/")
        send = _with_headers(send, _API_POLICY if is_api else _PAGE_POLICY)
        headers = Headers(scope=scope)
        refusal = self._refusal(str(scope.get("method", "GET")), headers)
        if refusal:
            response = problem(403, "Refused", refusal, remedy="Open Limn by its own address.")
            await response(scope, receive, send)
            return
        if scope["type"] != "http" or not is_api:
            await self._app(scope, receive, send)
            return
        is_upload = str(scope["path"]).rstrip("/") in _TAKE_ARCHIVES
        limit = self._max_upload_bytes if is_upload else MAX_QUERY_BYTES
        declared = headers.get("content-length", "0")
        if declared.isdigit() and int(declared) > limit:
            await problem_of(_too_large(limit))(scope, receive, send)
            return
        if scope["method"] == "HEAD":  # routes of the API know GET alone
            scope, send = {**scope, "method": "GET"}, _without_body(send)
        await self._app(scope, _limited(receive, limit), send)

    def _refusal(self, method: str, headers: Headers) -> str | None:
        host = headers.get("host", "")
        name = urlsplit(f"//{host}").hostname or ""
        if self._hosts is not None and name not in self._hosts:
            return f"this server does not answer to the name {name!r}"
        origin = headers.get("origin")
        if method not in _SAFE_METHODS and origin is not None and urlsplit(origin).netloc != host:
            return f"pages of {origin} may not send requests to this server"
        return None


def _with_headers(send: Send, policy: str) -> Send:
    async def send_guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in {**_FOR_ALL, "Content-Security-Policy": policy}.items():
                headers[name] = value
        await send(message)

    return send_guarded


def _without_body(send: Send) -> Send:
    async def send_bare(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return send_bare


def _limited(receive: Receive, limit: int) -> Receive:
    n_bytes = 0

    async def receive_counted() -> Message:
        nonlocal n_bytes
        message = await receive()
        n_bytes += len(message.get("body", b""))
        if n_bytes > limit:
            raise _too_large(limit)
        return message

    return receive_counted


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the request body is larger than {limit / 2**20:,.0f} MB")
