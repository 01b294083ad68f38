"""Watches over HTTP: saved searches that run when something arrives."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from search.casebook_records import Watch
from ui.access_guard import RequestViewer, Seen
from ui.context import UiContext
from ui.routes.bodies import RowNumber, Signed
from ui.signature import signed_by
from workers.watch_runs import run_watches, start_watch


class WatchAnswer(BaseModel):
    """A watch with what it found."""

    search_id: int
    name: str
    project: str
    on: bool
    last_run: str | None
    problem: str | None
    hits: list[dict[str, Any]]


class WatchRunAnswer(BaseModel):
    """What one run of a watch did."""

    search_id: int
    new_publications: int
    hits: list[dict[str, Any]]
    problem: str | None


def build_router() -> APIRouter:
    """Routes of the watches."""
    router = APIRouter(prefix="/casebook/watches", tags=["casebook"])

    @router.get("")
    def list_watches(seen: Seen) -> list[WatchAnswer]:
        """Watches with everything they found."""
        return [_watch(seen, watch) for watch in seen.resources.casebook.watches()]

    @router.put("/{search_id}")
    def watch(search_id: RowNumber, body: Signed, seen: Seen, viewer: RequestViewer) -> WatchAnswer:
        """Watch with a saved search from now on."""
        by = signed_by(seen.resources.settings, body.who, viewer)
        return _watch(seen, start_watch(seen.resources, search_id, by))

    @router.delete("/{search_id}")
    def end_watch(search_id: RowNumber, seen: Seen) -> WatchAnswer:
        """Stop watching; what was found stays."""
        return _watch(seen, seen.resources.casebook.end_watch(search_id))

    @router.post("/run")
    def run_all(seen: Seen) -> list[WatchRunAnswer]:
        """Run all watches against what arrived since they last ran."""
        return [
            WatchRunAnswer(
                search_id=run.watch.search.search_id,
                new_publications=run.n_new,
                hits=[asdict(hit) for hit in run.hits],
                problem=run.problem,
            )
            for run in run_watches(seen.resources)
        ]

    return router


def _watch(context: UiContext, watch: Watch) -> WatchAnswer:
    hits = context.resources.casebook.watch_hits(watch.search.search_id)
    return WatchAnswer(
        search_id=watch.search.search_id,
        name=watch.search.name,
        project=watch.search.project.name,
        on=watch.is_on,
        last_run=watch.last_run_at,
        problem=watch.problem,
        hits=[asdict(hit) for hit in hits],
    )
