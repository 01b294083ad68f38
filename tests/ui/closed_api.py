"""The API where not everybody may use it, and who may."""

from collections.abc import Iterator
from copy import copy
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount

from core.access import Role
from core.settings import AccessSettings, OidcSettings, Settings
from ui.api import build_api
from ui.context import Served, UiContext
from ui.guard import RequestGuard
from ui.identity import Identities
from ui.key_ring import KeyRing
from ui.sign_in import sign_in_routes

SECRET = "s" * 40
MANY = 100_000
"""Refusals a minute: these tests are refused more often than people."""
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
def role_keys(context: UiContext) -> dict[Role, str]:
    """A key of each role."""
    ring = KeyRing(context.resources.catalogue)
    return {role: ring.create(f"a {role}", role, by="test")[1] for role in Role}


def bearer(words: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {words}"}
