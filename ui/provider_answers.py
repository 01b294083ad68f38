"""What Streamlit's sign-in at a provider leaves unsaid: why it failed, and the page asked for.

Streamlit answers a provider that is away with two words, and a token that is refused with the
front page. Its own checks (state, PKCE, nonce, signature, issuer, audience, times) stay its own.
"""

import re
from collections.abc import Sequence
from html import escape
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from ui.plain_page import plain_page
from ui.sign_in import own_page

LOGIN, CALLBACK = "/auth/login", "/oauth2callback"
NEXT_COOKIE = "limn_next"
_NEXT_LASTS_S = 600
_ERROR_CODE = re.compile(r"[a-z_]{1,40}")
_PROBLEM = (
    "<p role='alert'><strong>{title}.</strong> {text}</p><p>{remedy}</p>"
    "<p><a href='/'>Back to Limn</a></p>"
)


class ProviderAnswers:
    """Answers for the two routes of a sign-in that people are sent through.

    Args:
        app: The pages, Streamlit's routes among them.
        redirect_uri: As set; where it is https, the cookies are for https alone.
    """

    def __init__(self, app: ASGIApp, redirect_uri: str) -> None:
        self._app = app
        self._is_https = redirect_uri.startswith("https://")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in {LOGIN, CALLBACK}:
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        replaced: Response | None = None

        async def send_told(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start":
                replaced = self._replacement(request, message)
                if replaced is not None:
                    await replaced(scope, receive, send)
            if replaced is None:
                await send(message)

        await self._app(scope, receive, send_told)

    def _replacement(self, request: Request, message: Message) -> Response | None:
        """What is answered instead; None after the headers of the answer were completed."""
        headers = MutableHeaders(scope=message)
        cookies = headers.getlist("set-cookie")
        if request.scope["path"] == LOGIN:
            if message["status"] >= 400:
                return _unreachable()
            page = _page_of(request.headers)
            headers.append("set-cookie", _next_cookie(page, _NEXT_LASTS_S, is_https=self._is_https))
            return None
        if "code" not in request.query_params and "error" not in request.query_params:
            return None
        if not any(re.match(rf"{USER_COOKIE_NAME}=[^;\"]", cookie) for cookie in cookies):
            return _with_cookies(_refused(request), cookies)
        headers["location"] = own_page(_kept_page(request))
        del headers["set-cookie"]
        for cookie in cookies:
            headers.append("set-cookie", cookie + ("; Secure" if self._is_https else ""))
        headers.append("set-cookie", _next_cookie("", 0, is_https=self._is_https))
        return None


def _page_of(headers: Headers) -> str:
    """The page on which somebody asked to sign in; a browser tells it to its own origin alone."""
    asked = urlsplit(headers.get("referer", ""))
    if asked.netloc != headers.get("host"):
        return "/"
    return own_page(f"{asked.path or '/'}{'?' if asked.query else ''}{asked.query}")


def _next_cookie(page: str, lasts_s: int, *, is_https: bool) -> str:
    kept = Response()
    kept.set_cookie(
        NEXT_COOKIE, page.encode().hex(), max_age=lasts_s, httponly=True, samesite="lax",
        secure=is_https,
    )  # fmt: skip
    return kept.headers["set-cookie"]


def _kept_page(request: Request) -> str:
    try:
        return bytes.fromhex(request.cookies.get(NEXT_COOKIE, "")).decode()
    except ValueError:
        return "/"


def _unreachable() -> Response:
    return _problem(
        503,
        "The identity provider does not answer",
        "Nobody can sign in until it does; who is signed in stays so.",
        "Try again in a minute. Whoever runs Limn sees with <code>limn doctor</code> whether "
        "<code>LIMN_ACCESS__OIDC__METADATA_URL</code> is right, and the reason in the log.",
    )


def _refused(request: Request) -> Response:
    said = parse_qs(request.url.query).get("error", [""])[0]
    if said:
        code = f" ({escape(said)})" if _ERROR_CODE.fullmatch(said) else ""
        return _problem(
            403,
            "The identity provider did not let you in",
            f"It signed nobody in{code}.",
            "Sign in again; if it stays so, ask whoever runs the provider.",
        )
    return _problem(
        403,
        "This sign-in was not accepted",
        "It was begun in another browser or long ago, or what came with it was not signed by the "
        "provider, not meant for Limn, or has expired.",
        "Sign in again; if it stays so, whoever runs Limn finds the reason in the log.",
    )


def _problem(status: int, title: str, text: str, remedy: str) -> Response:
    inner = _PROBLEM.format(title=title, text=text, remedy=remedy)
    headers = {"Cache-Control": "no-store"}
    return HTMLResponse(plain_page(inner), status_code=status, headers=headers)


def _with_cookies(response: Response, cookies: Sequence[str]) -> Response:
    """With what Streamlit takes back of a failed sign-in."""
    for cookie in cookies:
        response.headers.append("set-cookie", cookie)
    return response
