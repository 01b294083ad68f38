"""Who a request comes from: a key, a session begun with a key, or a sign-in at a provider."""

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

from itsdangerous import BadSignature, URLSafeTimedSerializer
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from core.access import ANYBODY, Role, Viewer
from core.kept_secret import kept_secret
from core.settings import OidcSettings, Settings
from ui.faults import SignInNeeded
from ui.key_ring import KeyRing

SESSION_COOKIE = "limn_session"
_BEARER = "bearer "
_HOURS_A_DAY = 24


class Identities:
    """Tells who asks, by what a request carries.

    Args:
        settings: Which way people are known.
        keys: The keys that were given out.
    """

    def __init__(self, settings: Settings, keys: KeyRing) -> None:
        self._access = settings.access
        self.keys = keys
        is_open = self._access.mode == "open"
        self._secret = "" if is_open else session_secret(settings)

    @property
    def mode(self) -> str:
        """As `AccessSettings.mode`."""
        return self._access.mode

    def viewer(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Viewer:
        """Who a request comes from.

        Args:
            headers: Of the request, found by their names in lower case.
            cookies: Of the request.

        Raises:
            SignInNeeded: If that is nobody who is known.
        """
        if self.mode == "open":
            return ANYBODY
        given = headers.get("authorization", "")
        if given:
            key = self.keys.open(given[len(_BEARER) :].strip()) if _is_bearer(given) else None
            if key is None:
                raise SignInNeeded("this key is unknown, has expired or was taken back")
            return Viewer(key.name, key.role)
        found = self._of_key(cookies) if self.mode == "keys" else self._of_provider(cookies)
        if found is None:
            raise SignInNeeded("nobody is signed in, or the session has ended")
        return found

    def begin(self, words: str) -> str:
        """A session for whoever has this key: the value of `SESSION_COOKIE`.

        Raises:
            SignInNeeded: If it opens nothing.
        """
        key = self.keys.open(words.strip())
        if key is None:
            raise SignInNeeded("this key is unknown, has expired or was taken back")
        return self._serializer.dumps(key.key_id)

    @property
    def session_s(self) -> int:
        """How long a session lasts."""
        return int(self._access.session_hours * 3600)

    @property
    def _serializer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._secret, salt=SESSION_COOKIE)

    def _of_key(self, cookies: Mapping[str, str]) -> Viewer | None:
        try:
            key_id = self._serializer.loads(cookies.get(SESSION_COOKIE, ""), max_age=self.session_s)
        except BadSignature:
            return None
        key = self.keys.valid(str(key_id))
        return Viewer(key.name, key.role) if key else None

    def _of_provider(self, cookies: Mapping[str, str]) -> Viewer | None:
        """Who Streamlit's own cookie names; it is signed with the same secret."""
        days = self._access.session_hours / _HOURS_A_DAY

        def signed(name: str) -> bytes | None:
            value = cookies.get(name, "")
            return decode_signed_value(self._secret, name, value.encode("latin-1"), days)

        claims = get_cookie_with_chunks(signed, USER_COOKIE_NAME)
        return viewer_of_claims(json.loads(claims), self._access.oidc) if claims else None


def viewer_of_claims(claims: Mapping[str, object], part: OidcSettings) -> Viewer | None:
    """Who an ID token names, with the highest role they have; None where they have none.

    Args:
        claims: Of the token, and the origin it was got for.
        part: Whose roles are known.
    """
    home = urlsplit(part.redirect_uri or "")
    email = str(claims.get("email") or "").strip().lower()
    is_ours = claims.get("origin") == f"{home.scheme}://{home.netloc}"
    if not (email and is_ours and claims.get("is_logged_in")):
        return None
    if claims.get("email_verified") is False:
        return None
    roles = _claimed_roles(claims, part) if part.role_claim else _roles_by_address(email, part)
    return Viewer(email, max(roles, key=list(Role).index)) if roles else None


def _roles_by_address(email: str, part: OidcSettings) -> list[Role]:
    return [role for pattern, role in part.roles.items() if fnmatchcase(email, pattern.lower())]


def _claimed_roles(claims: Mapping[str, object], part: OidcSettings) -> list[Role]:
    said = claims.get(part.role_claim or "")
    named = {str(one) for one in (said if isinstance(said, list) else [said])}
    if part.group_roles:
        return [role for group, role in part.group_roles.items() if group in named]
    return [role for role in Role if role.value in {one.lower() for one in named}]


def streamlit_secrets(settings: Settings) -> dict[str, Any]:
    """What `st.login` needs to know; empty but in mode ``oidc``."""
    part = settings.access.oidc
    if settings.access.mode != "oidc":
        return {}
    assert part.client_secret
    return {
        "auth": {
            "redirect_uri": part.redirect_uri or "",
            "cookie_secret": session_secret(settings),
            "client_id": part.client_id or "",
            "client_secret": part.client_secret.get_secret_value(),
            "server_metadata_url": part.metadata_url or "",
        }
    }


def session_secret(settings: Settings) -> str:
    """What signs sessions: the configured secret, else one made once and kept under the home.

    Raises:
        StorageFailed: If it cannot be kept.
    """
    if settings.access.secret:
        return settings.access.secret.get_secret_value()
    return kept_secret(settings.home.expanduser() / "run" / "session.secret")


def _is_bearer(given: str) -> bool:
    return given.lower().startswith(_BEARER)
