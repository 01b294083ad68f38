"""Whether the server lives, whether it can work, and its counts."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from ui.context import UiContext
from ui.metrics import Metrics
from ui.readiness import Readiness, look


def build_router(context: UiContext) -> APIRouter:
    """Routes for probes and metrics."""
    router = APIRouter(tags=["health"])
    metrics = Metrics(context.resources)

    @router.get("/health/live")
    def get_live() -> dict[str, str]:
        """The process answers."""
        return {"status": "alive"}

    @router.get("/health/ready", responses={503: {"model": Readiness}})
    def get_ready(response: Response) -> Readiness:
        """Catalogue, schema, index, queue and workers can work; 503 while one cannot."""
        readiness = look(context.resources)
        response.status_code = 200 if readiness.status == "ready" else 503
        return readiness

    @router.get(
        "/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}}
    )
    def get_metrics() -> Response:
        """Counts in the Prometheus text format."""
        return Response(metrics.text(), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return router
