"""Whether the server lives, whether it can work, and its counts."""

from collections.abc import Callable
from typing import Literal

import structlog
from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

from core.errors import LimnError
from ui.context import UiContext
from ui.metrics import SEARCHES, gauge_lines

log = structlog.get_logger()


class Check(BaseModel):
    """One part that a working installation needs."""

    ok: bool
    detail: str


class Readiness(BaseModel):
    """Every part, and all of them together."""

    status: Literal["ready", "not ready"]
    checks: dict[str, Check]


def build_router(context: UiContext) -> APIRouter:
    """Routes for probes and metrics."""
    router = APIRouter(tags=["health"])

    @router.get("/health/live")
    def get_live() -> dict[str, str]:
        """The process answers."""
        return {"status": "alive"}

    @router.get("/health/ready")
    def get_ready(response: Response) -> Readiness:
        """Index, queue, catalogue and workers answer; 503 while one does not."""
        checks = readiness(context)
        is_ready = all(check.ok for check in checks.values())
        response.status_code = 200 if is_ready else 503
        return Readiness(status="ready" if is_ready else "not ready", checks=checks)

    @router.get("/metrics", response_class=PlainTextResponse)
    def get_metrics() -> str:
        """Counts in the Prometheus text format."""
        lines = list(SEARCHES.lines())
        by_stage = context.resources.catalogue.counts().by_stage
        stages = {str(stage): n for stage, n in by_stage.items()}
        lines += gauge_lines("limn_figures", "Figures by stage.", "stage", stages)
        lines += gauge_lines(
            "limn_queue_messages",
            "Messages waiting.",
            "queue",
            context.resources.queue.depths(),
        )
        return "\n".join([*lines, ""])

    return router


def readiness(context: UiContext) -> dict[str, Check]:
    """Ask every part whether it can work."""
    resources = context.resources
    probes: dict[str, Callable[[], str]] = {
        "catalogue": lambda: f"{resources.catalogue.counts().publications} publications",
        "index": lambda: f"{resources.index.count()} figures",
        "queue": lambda: f"{sum(resources.queue.depths().values())} messages waiting",
        "workers": lambda: _workers(resources.queue.live_workers()),
    }
    return {name: _check(name, probe) for name, probe in probes.items()}


class NoWorkers(LimnError):
    """No worker has been heard of lately."""


def _workers(names: list[str]) -> str:
    if not names:
        raise NoWorkers("no worker has been heard of lately; uploads wait until one runs")
    return ", ".join(names)


def _check(name: str, probe: Callable[[], str]) -> Check:
    try:
        return Check(ok=True, detail=probe())
    except LimnError as error:
        log.warning("not ready", part=name, error=str(error))
        return Check(ok=False, detail=str(error))
