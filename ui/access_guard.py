"""Nobody reaches a route of the REST API who may not: asked before a byte of the body is read."""

from typing import Annotated, TypeAlias

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from core.access import Permission, Viewer
from core.errors import LimnError
from ui.context import UiContext
from ui.faults import NotPermitted, SignInNeeded
from ui.permissions import needed_for
from ui.problems import problem_of
from ui.rate_limits import PICTURE_PRICE, count_refusal, count_request

_PICTURES = ("/pictures/", "/thumbnails/", "/queries/")
_VIEWER, _SEEN = "limn_viewer", "limn_seen"


class AccessGuard:
    """Asks for every request who sends it, and refuses what they may not.

    Args:
        app: The API.
        context: Whose identities tell who asks; what they may see of it is all that routes reach.
    """

    def __init__(self, app: ASGIApp, context: UiContext) -> None:
        self._app = app
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                await run_in_threadpool(self._admit, HTTPConnection(scope))
            except LimnError as error:
                await problem_of(error)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _admit(self, request: HTTPConnection) -> None:
        scope = request.scope
        path = str(scope["path"]).removeprefix(scope.get("root_path", ""))
        needed = needed_for(scope["method"], path)
        if needed is None:
            return
        resources = self._context.resources
        try:
            viewer = self._context.identities.viewer(request.headers, request.cookies)
        except SignInNeeded:
            count_refusal(resources, address_of(request))
            raise
        require(viewer, needed)
        count_request(resources, viewer, PICTURE_PRICE if path.startswith(_PICTURES) else 1)
        scope[_VIEWER], scope[_SEEN] = viewer, self._context.seen_by(viewer)


def address_of(request: HTTPConnection) -> str:
    """Where a request comes from; behind a proxy that is the proxy."""
    return request.client.host if request.client else "unknown"


def require(viewer: Viewer, needed: Permission) -> None:
    """Refuse what somebody may not.

    Raises:
        NotPermitted: If their role lacks it.
    """
    if not viewer.may(needed):
        raise NotPermitted(f"{viewer.name} is a {viewer.role}, which may not {needed} here")


def viewer_of(request: HTTPConnection) -> Viewer:
    """Who sends a request that `AccessGuard` let through; routes take it as `RequestViewer`."""
    viewer: Viewer = request.scope[_VIEWER]
    return viewer


def seen_of(request: HTTPConnection) -> UiContext:
    """What the sender of a request may see; routes take it as `Seen` and reach nothing else."""
    seen: UiContext = request.scope[_SEEN]
    return seen


RequestViewer: TypeAlias = Annotated[Viewer, Depends(viewer_of)]
Seen: TypeAlias = Annotated[UiContext, Depends(seen_of)]
