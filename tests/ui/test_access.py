"""Who reaches what: every route with the wrong role and with nobody, keys, sessions, providers."""

import json
import re
from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr, ValidationError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount
from streamlit.testing.v1 import AppTest
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME
from typer.testing import CliRunner

from core.access import ALLOWED, Permission, Role, Viewer
from core.errors import BadInput, ConfigurationFault, QueueUnavailable
from core.kept_secret import kept_secret
from core.settings import AccessSettings, OidcSettings, Settings, UiSettings
from ingestion.catalogue import Catalogue
from ui.api import build_api
from ui.cli import app as cli
from ui.context import Served, UiContext, install_context
from ui.doctor import diagnose
from ui.guard import RequestGuard, check_exposure
from ui.identity import SESSION_COOKIE, Identities, viewer_of_claims
from ui.key_ring import KeyRing
from ui.permissions import PAGES, ROUTES, needed_for
from ui.sign_in import sign_in_routes

SECRET = "s" * 40
MANY = 100_000
"""Refusals a minute: these tests are refused more often than people."""
SHELL = Path("ui/pages/shell.py").resolve()
OIDC = OidcSettings(
    metadata_url="https://id.example/.well-known/openid-configuration",
    client_id="limn",
    client_secret=SecretStr("hush-client"),
    redirect_uri="http://127.0.0.1/oauth2callback",
    roles={"*@firm.example": Role.READER, "Ada@firm.example": Role.ADMIN},
)


def with_access(settings: Settings, access: AccessSettings) -> Settings:
    return settings.model_copy(update={"access": access})


def serve(context: UiContext, access: AccessSettings) -> TestClient:
    """The API and the sign-in form in another mode, over the same corpus."""
    settings = with_access(context.resources.settings, access)
    resources = copy(context.resources)
    resources.settings = settings
    identities = Identities(settings, KeyRing(resources.catalogue))
    other = replace(context, served=Served(resources), identities=identities)
    app = Starlette(
        routes=[*sign_in_routes(other), Mount("/api/v1", app=build_api(other))],
        middleware=[Middleware(RequestGuard, settings=settings)],
    )
    return TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)


@pytest.fixture
def ring(context: UiContext) -> KeyRing:
    return KeyRing(context.resources.catalogue)


@pytest.fixture
def closed(context: UiContext) -> Iterator[TestClient]:
    """The API in mode `keys`."""
    access = AccessSettings(mode="keys", secret=SecretStr(SECRET), refusals_per_minute=MANY)
    with serve(context, access) as client:
        yield client


@pytest.fixture(scope="module")
def words(context: UiContext) -> dict[Role, str]:
    ring = KeyRing(context.resources.catalogue)
    return {role: ring.create(f"a {role}", role, by="test")[1] for role in Role}


def bearer(words: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {words}"}


def routes_of(api: FastAPI) -> Iterator[tuple[str, str]]:
    """Every method and path of an application, routers included."""
    pending = [("", route) for route in api.routes]
    while pending:
        prefix, route = pending.pop()
        router = getattr(route, "original_router", None)
        if router is not None:
            pending += [(prefix, inner) for inner in router.routes]
        else:
            methods: set[str] = getattr(route, "methods", set()) - {"HEAD"}
            yield from ((method, prefix + getattr(route, "path", "?")) for method in methods)


def address(path: str) -> str:
    """An address of a route; its parts name nothing."""
    return f"/api/v1{re.sub(r'{[^}]*}', '1', path)}"


class TestRoutes:
    def test_every_route_has_a_permission_that_was_decided(self, context: UiContext) -> None:
        """A new route must be entered in `ui.permissions.ROUTES` before anybody can reach it."""
        served = {f"{method} {path}" for method, path in routes_of(build_api(context))}
        assert len(served) > 30
        assert served == set(ROUTES)

    def test_nobody_gets_anything_without_a_key(self, closed: TestClient) -> None:
        for route, needed in ROUTES.items():
            method, path = route.split(" ")
            answer = closed.request(method, address(path))
            if needed is None:
                assert answer.status_code in {200, 503}, route
                continue
            assert (answer.status_code, answer.json()["code"]) == (401, "sign-in-needed"), route
            assert answer.headers["www-authenticate"] == "Bearer"

    @pytest.mark.parametrize("role", list(Role))
    def test_a_role_reaches_its_routes_and_no_others(
        self, closed: TestClient, words: dict[Role, str], role: Role
    ) -> None:
        for route, needed in ROUTES.items():
            method, path = route.split(" ")
            answer = closed.request(method, address(path), headers=bearer(words[role]))
            is_refused = answer.status_code == 403
            assert is_refused == (needed is not None and needed not in ALLOWED[role]), route
            assert answer.status_code != 401, route
            if is_refused:
                assert answer.json()["code"] == "not-permitted"

    def test_an_unknown_path_tells_nobody_whether_it_exists(self, closed: TestClient) -> None:
        assert closed.get("/api/v1/made/up").status_code == 401
        assert needed_for("DELETE", "/publications/US-D1-S1") is Permission.ADMINISTER

    def test_a_body_is_not_read_before_the_sender_is_known(self, closed: TestClient) -> None:
        def endless() -> Iterator[bytes]:
            yield b"x" * 1000
            raise AssertionError("the body was read")

        assert closed.post("/api/v1/uploads?name=a.tar", content=endless()).status_code == 401

    def test_every_page_has_a_permission(self) -> None:
        pages = {path.name for path in Path("ui/pages").glob("*.py")} - {"__init__.py", "shell.py"}
        assert pages == set(PAGES)

    def test_open_mode_asks_nobody(self, api: TestClient) -> None:
        assert api.get("/api/v1/uploads").status_code == 200


class TestKeys:
    def test_a_key_is_kept_as_a_hash_and_shown_again_by_its_beginning(self, ring: KeyRing) -> None:
        key, words = ring.create(" Ada  Lovelace", Role.SEARCHER, by="Bob")
        assert words.startswith(f"{key.key_id}_")
        assert (key.name, key.role, key.last_used_at) == ("Ada Lovelace", Role.SEARCHER, None)
        secret = words.removeprefix(f"{key.key_id}_")
        assert len(secret) == 43
        assert secret not in repr(ring.given_out())

    def test_no_secret_lies_in_the_database(self, tmp_path: Path) -> None:
        catalogue = Catalogue.open(f"sqlite:///{tmp_path / 'c.sqlite3'}")
        _, words = KeyRing(catalogue).create("ada", Role.READER, by="Bob")
        catalogue.close()
        secret = words.rsplit("_", 1)[1] if words.count("_") == 2 else words.split("_", 2)[2]
        kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert secret.encode() not in kept

    def test_use_is_noted(self, ring: KeyRing) -> None:
        key, words = ring.create("ada", Role.READER, by="Bob")
        opened = ring.open(words)
        assert opened is not None
        (kept,) = [one for one in ring.given_out() if one.key_id == key.key_id]
        assert kept.last_used_at is not None

    @pytest.mark.parametrize(
        "change",
        [
            lambda words: words[:-1],
            lambda words: words[:-1] + ("A" if words[-1] != "A" else "B"),
            lambda words: words.upper(),
            lambda words: words[:13],
            lambda words: "limn_00000000_" + words[14:],
            lambda _: "",
            lambda _: "limn_",
            lambda _: "é" * 50,
        ],
    )
    def test_words_that_are_nearly_right_open_nothing(self, ring: KeyRing, change: Any) -> None:
        _, words = ring.create("ada", Role.READER, by="Bob")
        assert ring.open(change(words)) is None

    def test_a_revoked_key_opens_nothing_at_once(self, closed: TestClient, ring: KeyRing) -> None:
        key, words = ring.create("ada", Role.READER, by="Bob")
        assert closed.get("/api/v1/casebook/projects", headers=bearer(words)).status_code == 200
        first = ring.revoke(key.key_id)
        answer = closed.get("/api/v1/casebook/projects", headers=bearer(words))
        assert answer.status_code == 401
        assert words not in answer.text
        assert ring.revoke(key.key_id).revoked_at == first.revoked_at

    def test_an_administrator_makes_lists_and_takes_back_over_rest(
        self, closed: TestClient, words: dict[Role, str]
    ) -> None:
        admin = bearer(words[Role.ADMIN])
        asked = {"name": "robot", "role": "searcher", "expires": "30d"}
        made = closed.post("/api/v1/keys", json=asked, headers=admin)
        assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
        robot, key_id = bearer(made.json()["key"]), made.json()["key_id"]
        assert made.json()["made_by"] == "a admin"
        assert closed.get("/api/v1/casebook/projects", headers=robot).status_code == 200
        for method, path in (("GET", "/keys"), ("POST", "/keys"), ("DELETE", f"/keys/{key_id}")):
            answer = closed.request(method, f"/api/v1{path}", headers=robot, json=asked)
            assert answer.status_code == 403, (method, path)
        listed = closed.get("/api/v1/keys", headers=admin)
        assert made.json()["key"] not in listed.text
        assert key_id in {key["key_id"] for key in listed.json()}
        gone = closed.delete(f"/api/v1/keys/{key_id}", headers=admin)
        assert (gone.status_code, gone.json()["valid"]) == (200, False)
        assert closed.get("/api/v1/casebook/projects", headers=robot).status_code == 401
        assert closed.delete("/api/v1/keys/limn_00000000", headers=admin).status_code == 404
        late = closed.post("/api/v1/keys", json={**asked, "expires": "soon"}, headers=admin)
        assert late.status_code == 400
        assert "write 90d" in late.json()["detail"]

    def test_an_expired_key_opens_nothing(
        self, ring: KeyRing, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _, words = ring.create(
            "ada", Role.READER, by="Bob", expires_at=datetime.now(UTC) + timedelta(days=1)
        )
        assert ring.open(words) is not None
        later = (datetime.now(UTC) + timedelta(days=2)).isoformat(timespec="seconds")
        monkeypatch.setattr("ui.key_ring.now", lambda: later)
        assert ring.open(words) is None

    def test_a_key_that_would_never_open_is_refused(self, ring: KeyRing) -> None:
        with pytest.raises(BadInput, match="never open"):
            ring.create("ada", Role.READER, by="Bob", expires_at=datetime.now(UTC))
        with pytest.raises(BadInput, match="limn keys list"):
            ring.revoke("limn_ffffffff")

    def test_keys_work_in_every_database(self, catalogue_url: str) -> None:
        catalogue = Catalogue.open(catalogue_url)
        ring = KeyRing(catalogue)
        key, words = ring.create("ada", Role.OPERATOR, by="Bob")
        opened = ring.open(words)
        assert opened is not None
        assert (opened.key_id, opened.role) == (key.key_id, Role.OPERATOR)
        ring.revoke(key.key_id)
        assert (ring.open(words), ring.valid(key.key_id)) == (None, None)
        catalogue.close()

    def test_the_command_line_makes_lists_and_takes_back(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LIMN_HOME", str(tmp_path))
        run = CliRunner().invoke
        asked = ["keys", "create", "ada", "--role", "searcher", "--expires"]
        made = json.loads(run(cli, [*asked, "90d", "--json"]).stdout)
        assert made["key"].startswith(made["key_id"])
        listed = run(cli, ["keys", "list", "--json"]).stdout
        assert made["key"] not in listed
        assert json.loads(listed)["keys"][0]["valid"] is True
        assert "opens nothing" in run(cli, ["keys", "revoke", made["key_id"]]).stdout
        assert json.loads(run(cli, ["keys", "list", "--json"]).stdout)["keys"][0]["valid"] is False
        wrong = run(cli, [*asked, "soon"])
        assert isinstance(wrong.exception, BadInput)
        assert run(cli, ["keys", "create", "ada", "--role", "emperor"]).exit_code == 2


class TestPages:
    @pytest.fixture
    def page(self, context: UiContext) -> Iterator[AppTest]:
        access = AccessSettings(mode="keys", secret=SecretStr(SECRET))
        settings = with_access(context.resources.settings, access)
        ring = KeyRing(context.resources.catalogue)
        install_context(replace(context, identities=Identities(settings, ring)))
        yield AppTest.from_file(str(SHELL), default_timeout=30)
        install_context(context)

    def test_nobody_sees_the_way_in_and_nothing_else(self, page: AppTest) -> None:
        page.run()
        drawn = "".join(str(element.proto) for element in page.main)
        assert "Sign in first" in drawn
        assert "/sign-in?next=" in drawn
        assert "Chair" not in drawn
        assert not page.exception

    def test_a_reader_is_offered_no_search(
        self, page: AppTest, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        viewer = Viewer("Ada", Role.READER)
        monkeypatch.setattr(Identities, "viewer", lambda *_: viewer)
        page.query_params["id"] = "US-D0900001-S1"
        page.switch_page("publication.py").run()
        assert not page.exception
        drawn = "".join(str(element.proto) for element in page.main)
        assert "Chair" in drawn
        assert not page.button
        page.switch_page("account.py").run()
        assert "Reader: may read." in "".join(str(element.proto) for element in page.main)


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

    def test_a_session_ends_when_left(self, closed: TestClient, words: dict[Role, str]) -> None:
        closed.post("/sign-in", data={"key": words[Role.READER]}, follow_redirects=False)
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
        self, closed: TestClient, words: dict[Role, str]
    ) -> None:
        answer = closed.post(
            "/sign-in", data={"key": words[Role.ADMIN]}, headers={"Origin": "https://evil.example"}
        )
        assert answer.status_code == 403
        assert SESSION_COOKIE not in closed.cookies

    def test_a_made_up_session_is_nobodys(self, closed: TestClient, ring: KeyRing) -> None:
        key, _ = ring.create("ada", Role.ADMIN, by="Bob")
        for value in (key.key_id, f"{json.dumps(key.key_id)}.x.y", ""):
            closed.cookies.set(SESSION_COOKIE, value)
            assert closed.get("/api/v1/casebook/projects").status_code == 401

    def test_an_old_session_has_ended(
        self, context: UiContext, words: dict[Role, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        access = AccessSettings(mode="keys", secret=SecretStr(SECRET), session_hours=1)
        with serve(context, access) as client:
            client.post("/sign-in", data={"key": words[Role.READER]}, follow_redirects=False)
            assert client.get("/api/v1/casebook/projects").status_code == 200
            late = datetime.now(UTC).timestamp() + 3700
            monkeypatch.setattr("itsdangerous.timed.time.time", lambda: late)
            assert client.get("/api/v1/casebook/projects").status_code == 401


class TestRates:
    def test_who_asks_too_often_waits(self, context: UiContext, ring: KeyRing) -> None:
        """A bucket of its own for each name; pictures cost a tenth."""
        access = AccessSettings(mode="keys", secret=SecretStr(SECRET), requests_per_minute=3)
        name = uuid4().hex
        mine, others = (bearer(ring.create(n, Role.READER, by="t")[1]) for n in (name, name[::-1]))
        with serve(context, access) as client:
            path, picture = "/api/v1/casebook/projects", f"/api/v1/thumbnails/{'a' * 64}"
            answers = [client.get(path, headers=mine) for _ in range(4)]
            assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
            told = answers[-1]
            assert told.json()["code"] == "too-many-requests"
            assert 1 <= int(told.headers["retry-after"]) <= 20
            assert client.get(path, headers=others).status_code == 200
            pictures = [client.get(picture, headers=others).status_code for _ in range(15)]
            assert set(pictures) == {404}

    def test_keys_that_open_nothing_are_counted_by_address(self, context: UiContext) -> None:
        access = AccessSettings(mode="keys", secret=SecretStr(SECRET), refusals_per_minute=2)
        context.resources.rates.take("address:testclient", 2, 0)
        with serve(context, access) as client:
            answers = [
                client.get("/api/v1/uploads", headers=bearer("limn_x_y")).status_code
                for _ in range(40)
            ]
            assert answers[-1] == 429
            assert client.post("/sign-in", data={"key": "limn_x_y"}).status_code == 429

    def test_without_a_queue_nobody_is_counted_and_all_goes_on(
        self, context: UiContext, words: dict[Role, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(*_: object) -> float:
            raise QueueUnavailable("Redis is away")

        monkeypatch.setattr("workers.rates.Rates.take", away)
        with serve(context, AccessSettings(mode="keys", secret=SecretStr(SECRET))) as client:
            answer = client.get("/api/v1/casebook/projects", headers=bearer(words[Role.READER]))
            assert answer.status_code == 200


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

    def test_keys_open_rest_beside_it(self, known: TestClient, words: dict[Role, str]) -> None:
        answer = known.get("/api/v1/uploads", headers=bearer(words[Role.OPERATOR]))
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


class TestSettings:
    def test_pages_that_know_no_users_are_not_shown_to_the_network(self, tmp_path: Path) -> None:
        settings = Settings(home=tmp_path, ui=UiSettings(host="0.0.0.0"))
        with pytest.raises(ConfigurationFault, match="LIMN_ACCESS__MODE=keys"):
            check_exposure(settings)
        found = diagnose(settings, running=None)
        assert next(f.state for f in found.findings if f.part == "access") == "fault"
        check_exposure(with_access(settings, AccessSettings(mode="keys")))
        check_exposure(with_access(settings, AccessSettings(open_to_the_network=True)))
        check_exposure(Settings(home=tmp_path))

    def test_a_provider_needs_its_settings(self) -> None:
        with pytest.raises(ValidationError, match="METADATA_URL, CLIENT_ID"):
            AccessSettings(mode="oidc")
        with pytest.raises(ValidationError, match="ROLES or ROLE_CLAIM"):
            AccessSettings(mode="oidc", oidc=OIDC.model_copy(update={"roles": {}}))
        with pytest.raises(ValidationError, match="ROLE_CLAIM, which names the groups"):
            AccessSettings(
                mode="oidc", oidc=OIDC.model_copy(update={"group_roles": {"x": Role.READER}})
            )

    def test_the_doctor_names_the_mode_and_no_secret(self, tmp_path: Path) -> None:
        access = AccessSettings(mode="oidc", secret=SecretStr(SECRET), oidc=OIDC)
        found = diagnose(with_access(Settings(home=tmp_path), access), running=None)
        told = found.model_dump_json()
        assert "mode oidc" in told
        assert "does not answer" in next(
            one.detail for one in found.findings if one.part == "identity provider"
        )
        assert "id.example" in told
        assert SECRET not in told
        assert "hush-client" not in told

    def test_the_secret_of_a_home_is_made_once_for_its_user_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "run" / "session.secret"
        first = kept_secret(path)
        assert len(first) >= 43
        assert kept_secret(path) == first
        assert path.stat().st_mode & 0o777 == 0o600
        assert [path] == list(path.parent.iterdir())
