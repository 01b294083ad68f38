"""Who reaches what: every route with the wrong role and with nobody, pages, limits, settings."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr, ValidationError
from streamlit.testing.v1 import AppTest

from core.access import ALLOWED, Permission, Role, Viewer
from core.errors import ConfigurationFault, QueueUnavailable
from core.kept_secret import kept_secret
from core.settings import AccessSettings, Settings, UiSettings
from tests.ui.closed_api import OIDC, SECRET, bearer, serve, with_access
from tests.ui.shown import SHELL
from ui.api import build_api
from ui.context import UiContext, install_context
from ui.doctor import diagnose
from ui.guard import check_exposure
from ui.identity import Identities
from ui.key_ring import KeyRing
from ui.permissions import PAGES, ROUTES, needed_for


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
        self, closed: TestClient, role_keys: dict[Role, str], role: Role
    ) -> None:
        for route, needed in ROUTES.items():
            method, path = route.split(" ")
            answer = closed.request(method, address(path), headers=bearer(role_keys[role]))
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
        self, context: UiContext, role_keys: dict[Role, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(*_: object) -> float:
            raise QueueUnavailable("Redis is away")

        monkeypatch.setattr("workers.rates.Rates.take", away)
        with serve(context, AccessSettings(mode="keys", secret=SecretStr(SECRET))) as client:
            answer = client.get("/api/v1/casebook/projects", headers=bearer(role_keys[Role.READER]))
            assert answer.status_code == 200


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
