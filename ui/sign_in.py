"""Signing in and out of the pages with a key, in a form that needs no script."""

from html import escape
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from core.errors import LimnError
from ui.access_guard import address_of
from ui.context import UiContext
from ui.faults import SignInNeeded, TooLarge, fault_of
from ui.identity import SESSION_COOKIE
from ui.plain_page import plain_page
from ui.rate_limits import count_refusal

SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"
_MAX_FORM_BYTES = 8192
_FORM = """<p>This collection is open to those who have a key.</p>{problem}
<form method="post" action="{action}">
<label for="key">Key</label>
<input id="key" name="key" type="password" autocomplete="current-password" required autofocus>
<input type="hidden" name="next" value="{next}">
<button>Sign in</button></form>"""


def sign_in_routes(context: UiContext) -> list[Route]:
    """The form, what it sends to, and the way out; none but in mode ``keys``."""
    identities = context.identities
    if identities.mode != "keys":
        return []

    def show(request: Request) -> Response:
        return _form(request.query_params.get("next", "/"))

    async def begin(request: Request) -> Response:
        fields = parse_qs((await _read(request)).decode("utf-8", "replace"))
        target = own_page(fields.get("next", ["/"])[0])
        try:
            session = await run_in_threadpool(begin_session, request, fields.get("key", [""])[0])
        except LimnError as error:
            return _form(target, error)
        response = RedirectResponse(target, status_code=303)
        response.set_cookie(
            SESSION_COOKIE, session, max_age=identities.session_s, httponly=True,
            samesite="strict", secure=request.url.scheme == "https",
        )  # fmt: skip
        return response

    def begin_session(request: Request, words: str) -> str:
        try:
            return identities.begin(words)
        except SignInNeeded:
            count_refusal(context.resources, address_of(request))
            raise

    def end(_request: Request) -> Response:
        response = RedirectResponse("/", status_code=303)
        response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="strict")
        return response

    return [
        Route(SIGN_IN, show, methods=["GET"]),
        Route(SIGN_IN, begin, methods=["POST"]),
        Route(SIGN_OUT, end, methods=["POST"]),
    ]


async def _read(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MAX_FORM_BYTES:
            raise TooLarge("a sign-in is a key and nothing else")
    return body


def _form(target: str, error: LimnError | None = None) -> Response:
    told = f"<p role='alert'>{escape(str(error))}</p>" if error else ""
    form = _FORM.format(problem=told, action=SIGN_IN, next=escape(own_page(target)))
    return HTMLResponse(
        plain_page(form),
        status_code=fault_of(error).status if error else 200,
        headers={"Cache-Control": "no-store"},
    )


def own_page(target: str) -> str:
    r"""A page of ours, whatever was asked for.

    Example:
        >>> own_page("/publication?id=US-1"), own_page("//evil.example"), own_page("/\\evil")
        ('/publication?id=US-1', '/', '/')
    """
    is_ours = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if is_ours and target.isprintable() else "/"
