"""What taking in an archive would do, for one that is sent over HTTP and not kept."""

from fastapi import APIRouter, Request

from ui.access_guard import Seen
from ui.archive_inbox import preview_archive
from ui.dry_run import DryRunReport


def build_router() -> APIRouter:
    """The route for dry runs."""
    router = APIRouter(prefix="/uploads", tags=["uploads"])

    @router.post("/dry-run")
    async def dry_run(request: Request, seen: Seen, name: str) -> DryRunReport:
        """Say what taking in an archive would do: its bytes are the body, as for an upload.

        Nothing is entered anywhere, and the archive is deleted when the answer is there.
        """
        return await preview_archive(seen, name, request.stream())

    return router
