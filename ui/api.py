"""The REST API, `/api/v1`: search, publications, pictures, uploads, health."""

from fastapi import FastAPI

from ui.access_guard import AccessGuard
from ui.context import UiContext
from ui.problems import PROBLEMS, answer_problems
from ui.request_log import RequestLog
from ui.routes import (
    casebook,
    certificates,
    dry_runs,
    explain,
    health,
    keys,
    members,
    pictures,
    publications,
    search,
    uploads,
    watches,
)


def build_api(context: UiContext) -> FastAPI:
    """The routes over one context. No interactive docs: those would load assets from outside."""
    api = FastAPI(
        title="Limn",
        version="1",
        summary="Search for design-patent drawings",
        docs_url=None,
        redoc_url=None,
        responses=PROBLEMS,
    )
    answer_problems(api)
    api.add_middleware(AccessGuard, context=context)
    api.add_middleware(RequestLog)  # the outermost: what is refused is logged too
    for room in (
        search,
        explain,
        casebook,
        watches,
        certificates,
        publications,
        pictures,
        uploads,
        dry_runs,
        members,
        keys,
    ):
        api.include_router(room.build_router())
    api.include_router(health.build_router(context))
    return api
