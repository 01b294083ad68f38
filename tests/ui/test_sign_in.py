"""Sessions that begin with a key, and people whom an identity provider vouches for."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from core.access import Role
from core.settings import AccessSettings
from tests.ui.closed_api import MANY, OIDC, SECRET, bearer, serve
from ui.context import UiContext
from ui.identity import SESSION_COOKIE, viewer_of_claims
from ui.key_ring import KeyRing


class TestSessions:
    def test_a_key_begins_a_session_that_ends_with_it(
        self, closed: TestClient, ring: KeyRing
    ) -> None:
        key, words = ring.create("ada", Role.READER, by="Bob")
        page = closed.get("/sign-in?next=/publication?id=US-1")
        assert 'value="/publication?id=US-1"' in page.text
        form = {"key": words, "next": "/casebook"}
        answer = closed.post("/sign-in", data=form, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/casebook")
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert words not in cookie
        assert closed.get("/api/v1/casebook/projects").status_code == 200
        assert closed.get("/api/v1/uploads").status_code == 403
        ring.revoke(key.key_id)
        assert closed.get("/api/v1/casebook/projects").status_code == 401

    def test_a_session_ends_when_left(self, closed: TestClient, role_keys: dict[Role, str]) -> None:
        closed.post("/sign-in", data={"key": role_keys[Role.READER]}, follow_redirects=False)
        assert closed.get("/api/v1/casebook/projects").status_code == 200
        closed.post("/sign-out", follow_redirects=False)
        assert closed.get("/api/v1/casebook/projects").status_code == 401

    def test_a_wrong_key_is_told_and_not_repeated(self, closed: TestClient) -> None:
        answer = closed.post("/sign-in", data={"key": "limn_<script>", "next": "//evil.example"})
        assert answer.status_code == 401
        assert "unknown" in answer.text
        assert "<script>" not in answer.text
        assert "evil" not in answer.text

    def test_a_foreign_page_signs_nobody_in(
        self, closed: TestClient, role_keys: dict[Role, str]
    ) -> None:
        answer = closed.post(
            "/sign-in",
            data={"key": role_keys[Role.ADMIN]},
            headers={"Origin": "https://evil.example"},
        )
        assert answer.status_code == 403
        assert SESSION_COOKIE not in closed.cookies

    def test_a_made_up_session_is_nobodys(self, closed: TestClient, ring: KeyRing) -> None:
        key, _ = ring.create("ada", Role.ADMIN, by="Bob")
        for value in (key.key_id, f"{json.dumps(key.key_id)}.x.y", ""):
            closed.cookies.set(SESSION_COOKIE, value)
            assert closed.get("/api/v1/casebook/projects").status_code == 401

    def test_an_old_session_has_ended(
        self, context: UiContext, role_keys: dict[Role, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        access = AccessSettings(mode="keys", secret=SecretStr(SECRET), session_hours=1)
        with serve(context, access) as client:
            client.post("/sign-in", data={"key": role_keys[Role.READER]}, follow_redirects=False)
            assert client.get("/api/v1/casebook/projects").status_code == 200
            late = datetime.now(UTC).timestamp() + 3700
            monkeypatch.setattr("itsdangerous.timed.time.time", lambda: late)
            assert client.get("/api/v1/casebook/projects").status_code == 401


class TestProvider:
    @pytest.fixture
    def known(self, context: UiContext) -> Iterator[TestClient]:
        access = AccessSettings(
            mode="oidc", secret=SecretStr(SECRET), oidc=OIDC, refusals_per_minute=MANY
        )
        with serve(context, access) as client:
            yield client

    def cookie(self, secret: str = SECRET, **claims: object) -> str:
        said = {"origin": "http://127.0.0.1", "is_logged_in": True, **claims}
        return create_signed_value(secret, USER_COOKIE_NAME, json.dumps(said)).decode()

    def test_streamlits_cookie_opens_what_the_role_may(self, known: TestClient) -> None:
        known.cookies.set(USER_COOKIE_NAME, self.cookie(email="bob@firm.example"))
        assert known.get("/api/v1/casebook/projects").status_code == 200
        assert known.get("/api/v1/uploads").status_code == 403
        known.cookies.set(USER_COOKIE_NAME, self.cookie(email="ADA@firm.example"))
        assert known.get("/api/v1/uploads").status_code == 200

    def test_others_are_nobody(self, known: TestClient) -> None:
        for cookie in (
            self.cookie(email="eve@elsewhere.example"),
            self.cookie("another secret, long enough", email="ada@firm.example"),
            self.cookie(email="ada@firm.example", origin="https://elsewhere.example"),
            self.cookie(email="ada@firm.example", is_logged_in=False),
            self.cookie(email="ada@firm.example", email_verified=False),
            self.cookie(),
            "nonsense",
        ):
            known.cookies.set(USER_COOKIE_NAME, cookie)
            assert known.get("/api/v1/casebook/projects").status_code == 401, cookie

    def test_keys_open_rest_beside_it(self, known: TestClient, role_keys: dict[Role, str]) -> None:
        answer = known.get("/api/v1/uploads", headers=bearer(role_keys[Role.OPERATOR]))
        assert answer.status_code == 200

    def test_a_claim_names_the_role(self) -> None:
        part = OIDC.model_copy(update={"role_claim": "groups", "roles": {}})
        claims = {"origin": "http://127.0.0.1", "is_logged_in": True, "email": "x@y.example"}
        found = viewer_of_claims({**claims, "groups": ["staff", "Reader", "operator"]}, part)
        assert found is not None
        assert (found.name, found.role) == ("x@y.example", Role.OPERATOR)
        assert viewer_of_claims({**claims, "groups": "boss"}, part) is None
        mapped = part.model_copy(update={"group_roles": {"8f3c": Role.SEARCHER}})
        in_group = viewer_of_claims({**claims, "groups": ["8f3c", "admin"]}, mapped)
        assert in_group is not None
        assert in_group.role is Role.SEARCHER
        assert viewer_of_claims({**claims, "groups": ["admin"]}, mapped) is None
        assert viewer_of_claims(claims, part) is None
