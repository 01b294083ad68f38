"""Whether an installation can work: every part it needs, with its state and the reason."""

from collections.abc import Callable
from typing import Literal

import structlog
from pydantic import BaseModel

from core.errors import EncoderMismatch, IndexNotReady, LimnError
from workers.queue import queues_listened_to
from workers.resources import Resources

log = structlog.get_logger()


class Check(BaseModel):
    """One part that a working installation needs."""

    ok: bool
    detail: str
    """What was found, or why it cannot work and what to do."""


class Readiness(BaseModel):
    """Every part, and all of them together."""

    status: Literal["ready", "not ready"]
    checks: dict[str, Check]


class NoWorkers(LimnError):
    """Nobody takes messages from a queue."""


def look(resources: Resources) -> Readiness:
    """Ask every part whether it can work; each is asked, whatever the others say."""
    probes: dict[str, Callable[[], str]] = {
        "catalogue": lambda: _catalogue(resources),
        "schema": lambda: _schema(resources),
        "index": lambda: f"{resources.index.count():,} figures",
        "queue": lambda: f"{sum(resources.queue.depths().values()):,} messages waiting",
        "workers": lambda: _workers(resources),
    }
    checks = {name: _check(name, probe) for name, probe in probes.items()}
    is_ready = all(check.ok for check in checks.values())
    return Readiness(status="ready" if is_ready else "not ready", checks=checks)


def _catalogue(resources: Resources) -> str:
    resources.catalogue.check_schema()
    return f"answers at {resources.catalogue.where}"


def _schema(resources: Resources) -> str:
    revision = resources.catalogue.check_schema()
    live, wanted = resources.index.live_collection(), resources.index.collection
    if live is None:
        raise IndexNotReady("no collection is live; run `limn reindex`")
    if live != wanted:
        raise EncoderMismatch(
            f"{live} is live, this process searches {wanted}; run `limn reindex`, or restart with "
            "the encoder that made the live one"
        )
    return f"catalogue revision {revision}, collection {live}"


def _workers(resources: Resources) -> str:
    workers = resources.queue.live_workers()
    if not workers:
        raise NoWorkers("no worker has been heard of lately; uploads wait until one runs")
    served = frozenset[str]().union(*map(queues_listened_to, workers))
    needed = ["ingest", "describe", "embed", "index"]
    if resources.asks_models:
        needed.append("enrich")
    unserved = [queue for queue in needed if queue not in served]
    if unserved:
        raise NoWorkers(
            f"nobody listens to {', '.join(unserved)}; its work waits until such a worker runs. "
            f"Heard of: {', '.join(workers)}"
        )
    return ", ".join(workers)


def _check(name: str, probe: Callable[[], str]) -> Check:
    try:
        return Check(ok=True, detail=probe())
    except LimnError as error:
        log.warning("not ready", part=name, error=str(error))
        return Check(ok=False, detail=str(error))
