"""An OpenID provider on loopback: discovery, keys, a sign-in form, codes with PKCE, RS256 tokens.

It does what Keycloak and Entra do for the authorization code flow, and refuses what they refuse;
`mischief` makes it issue a token that nobody should take.
"""

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import parse_qs, urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT_ID, CLIENT_SECRET, PASSWORD = "limn", "hush-client", "let me in"
_LASTS_S = 300
_TOO_LATE_S = 600
"""Older than clients forgive clocks that differ."""


@dataclass(frozen=True)
class Account:
    """Somebody who has an account, and what tokens say of them."""

    email: str | None
    groups: tuple[str, ...] = ()


@dataclass
class Provider:
    """The provider; `serve` makes it answer.

    Attributes:
        accounts: By login name; all have the same password.
        redirect_uri: The only place that codes are sent to, and people after signing out.
        mischief: What is wrong with the tokens it issues; empty for nothing.
    """

    port: int
    accounts: dict[str, Account]
    redirect_uri: str
    mischief: str = ""
    signed_out: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"})
        self._foreign = RSAKey.generate_key(2048, {"kid": "1"})
        self._codes: dict[str, dict[str, str]] = {}
        self._tokens: dict[str, str] = {}
        routes: list[tuple[str, Callable[..., Any], str]] = [
            ("/.well-known/openid-configuration", self._metadata, "GET"),
            ("/jwks", self._jwks, "GET"),
            ("/authorize", self._show_form, "GET"),
            ("/authorize", self._sign_in, "POST"),
            ("/token", self._token, "POST"),
            ("/userinfo", self._userinfo, "GET"),
            ("/logout", self._logout, "GET"),
        ]
        app = Starlette(routes=[Route(path, do, methods=[method]) for path, do, method in routes])
        config = uvicorn.Config(app, host="127.0.0.1", port=self.port, log_level="warning")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, name="provider")

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def metadata_url(self) -> str:
        return f"{self.issuer}/.well-known/openid-configuration"

    def start(self) -> None:
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the provider does not start"
            time.sleep(0.01)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()

    def _metadata(self, _request: Request) -> Response:
        here = self.issuer
        return JSONResponse(
            {
                "issuer": here,
                "authorization_endpoint": f"{here}/authorize",
                "token_endpoint": f"{here}/token",
                "userinfo_endpoint": f"{here}/userinfo",
                "jwks_uri": f"{here}/jwks",
                "end_session_endpoint": f"{here}/logout",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "code_challenge_methods_supported": ["S256"],
                "scopes_supported": ["openid", "email", "profile"],
            }
        )

    def _jwks(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})

    def _show_form(self, request: Request) -> Response:
        asked = dict(request.query_params)
        expected = {
            "client_id": CLIENT_ID, "redirect_uri": self.redirect_uri, "response_type": "code",
            "code_challenge_method": "S256",
        }  # fmt: skip
        wrong = [name for name, value in expected.items() if asked.get(name) != value]
        lacking = {"state", "nonce", "code_challenge"} - set(asked)
        if wrong or lacking or "openid" not in asked.get("scope", "").split():
            return HTMLResponse(f"refused: {wrong} {sorted(lacking)}", status_code=400)
        kept = "".join(
            f"<input type='hidden' name='{name}' value='{escape(asked[name])}'>"
            for name in ("state", "nonce", "code_challenge")
        )
        return HTMLResponse(
            f"<!doctype html><title>Provider</title><form method='post'>{kept}"
            "<label>User <input name='user'></label>"
            "<label>Password <input name='password' type='password'></label>"
            "<button name='do' value='sign-in'>Enter</button>"
            "<button name='do' value='deny'>Cancel</button></form>"
        )

    async def _sign_in(self, request: Request) -> Response:
        given = {
            name: values[0] for name, values in parse_qs((await request.body()).decode()).items()
        }
        if given["do"] == "deny":
            return self._back({"error": "access_denied", "state": given["state"]})
        if given.get("user") not in self.accounts or given.get("password") != PASSWORD:
            return HTMLResponse("wrong user or password", status_code=401)
        code = secrets.token_urlsafe()
        self._codes[code] = given
        return self._back({"code": code, "state": given["state"]})

    def _back(self, answer: dict[str, str]) -> Response:
        return RedirectResponse(f"{self.redirect_uri}?{urlencode(answer)}", status_code=303)

    async def _token(self, request: Request) -> Response:
        given = {
            name: values[0] for name, values in parse_qs((await request.body()).decode()).items()
        }
        login = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        asked = self._codes.pop(given.get("code", ""), None)
        verifier = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).decode().rstrip("=")
        if request.headers.get("authorization") != f"Basic {login}":
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        if asked is None or challenge != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        token = secrets.token_urlsafe()
        self._tokens[token] = asked["user"]
        return JSONResponse(
            {
                "access_token": token,
                "token_type": "Bearer",
                "expires_in": _LASTS_S,
                "id_token": self._id_token(asked["user"], asked["nonce"]),
            },
            headers={"Cache-Control": "no-store"},
        )

    def _id_token(self, user: str, nonce: str) -> str:
        now = int(time.time()) - (_LASTS_S + _TOO_LATE_S if self.mischief == "expired" else 0)
        claims = {
            "iss": "https://other.example" if self.mischief == "issuer" else self.issuer,
            "aud": "another" if self.mischief == "audience" else CLIENT_ID,
            "nonce": "replayed" if self.mischief == "nonce" else nonce,
            "iat": now,
            "exp": now + _LASTS_S,
            **self._said_of(user),
        }
        key = self._foreign if self.mischief == "forged" else self._key
        return jwt.encode({"alg": "RS256", "kid": "1"}, claims, key)

    def _said_of(self, user: str) -> dict[str, Any]:
        account = self.accounts[user]
        email = {"email": account.email, "email_verified": True} if account.email else {}
        return {"sub": user, "groups": list(account.groups), **email}

    def _userinfo(self, request: Request) -> Response:
        user = self._tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        return JSONResponse(self._said_of(user)) if user else Response(status_code=401)

    def _logout(self, request: Request) -> Response:
        hint = request.query_params.get("id_token_hint", "")
        if request.query_params.get("post_logout_redirect_uri") != self.redirect_uri:
            return HTMLResponse("refused", status_code=400)
        self.signed_out.append(str(jwt.decode(hint, self._key, algorithms=["RS256"]).claims["sub"]))
        return RedirectResponse(self.redirect_uri, status_code=303)
