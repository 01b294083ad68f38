"""Celery tasks, thin: each runs one stage on one batch and hands the result to the next queue.

A batch that killed its worker or failed for a reason of its own is split until the one guilty item
stands alone; that item is tried `MAX_ATTEMPTS` times and then listed as failed.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from celery import Task
from celery.exceptions import SoftTimeLimitExceeded

from core.errors import ConfigurationFault, LimnError, ProviderUnavailable, TransientError
from core.records import Stage
from workers import describing, stages
from workers.attempts import MAX_ATTEMPTS
from workers.broker import CLEAR_OBSOLETE, MAKE_MAP, MODEL_WORK, RUN_WATCHES
from workers.celery_app import app, settings
from workers.map_records import MapRequest, MapState
from workers.messages import Messages
from workers.resources import Resources
from workers.watch_runs import run_watches as run_all_watches

WATCH_DELAY_S = 30
"""Between the first new figure and the run of the watches that covers it and what follows."""
ASK_AGAIN_S = 1
"""Before a batch of which nothing could be asked is looked at again: others ask about it."""
log = structlog.get_logger()
messages = Messages(app, settings.workers.batch_figures)


class PatientTask(Task):  # type: ignore[type-arg]  # Celery's Task is generic in its stubs alone
    """Tries again with backoff while the world is at fault; never gives a batch up for it.

    The world is a service that does not answer, or an installation that a person must mend: a full
    disk, an encoder that does not fit the index.
    """

    autoretry_for = (TransientError, ConfigurationFault)
    max_retries = None
    retry_backoff = 2
    retry_backoff_max = 300
    retry_jitter = True


class _Process:
    """What this process has opened."""

    resources: Resources | None = None


def resources() -> Resources:
    """Models and connections of this process, opened by the first task that needs them."""
    if _Process.resources is None:
        _Process.resources = Resources(settings)
    return _Process.resources


def _follow_model() -> None:
    """Take up the model that was promoted since the last task."""
    successor = resources().successor()
    if successor is not None:
        _Process.resources = successor
        log.info("model taken up", encoder_id=successor.encoder.encoder_id)


@app.task(name="limn.ingest", base=PatientTask)
def ingest(upload_id: str, members: list[str]) -> None:
    """Parse and cut grant units of an upload; queue: ingest."""

    def run(batch: Sequence[str]) -> None:
        messages.send_figures("describe", stages.iter_cut(resources(), upload_id, batch))
        if resources().catalogue.obsolete_points(limit=1):
            messages.send_clear_obsolete()

    def give_up(member: str, reason: str) -> None:
        resources().catalogue.reject_member(upload_id, member, reason)

    def resend(batch: list[str]) -> None:
        ingest.delay(upload_id, batch)

    _attempt("ingest", members, run, give_up, resend, of=upload_id)


@app.task(name="limn.describe", base=PatientTask)
def describe(figure_ids: list[str]) -> None:
    """Write what costs nothing about figures; queue: describe."""

    def run(batch: Sequence[str]) -> None:
        outlook = describing.describe(resources(), batch)
        messages.send_figures("embed", outlook.to_embed)
        messages.send_figures("enrich", outlook.to_ask)

    def give_up(figure_id: str, reason: str) -> None:
        resources().catalogue.fail([figure_id], Stage.DESCRIBED, reason)

    _attempt("describe", figure_ids, run, give_up, describe.delay)


@app.task(name="limn.enrich", base=PatientTask)
def enrich(figure_ids: list[str]) -> None:
    """Have models write about figures that are searchable already; queue: enrich.

    A model that is away is asked again later. One that a person must mend is not: its figures are
    listed as pending, and sent again by `limn describe` or the next start.
    """

    def run(batch: Sequence[str]) -> None:
        outlook = describing.enrich(resources(), batch)
        if len(outlook.to_ask) == len(batch):
            time.sleep(ASK_AGAIN_S)
        messages.send_figures("embed", outlook.to_embed)
        messages.send_figures("enrich", outlook.to_ask)
        if isinstance(outlook.stopped, ProviderUnavailable):
            raise outlook.stopped

    def give_up(figure_id: str, reason: str) -> None:
        resources().catalogue.list_undescribed(figure_id, reason)

    _attempt("enrich", figure_ids, run, give_up, enrich.delay)


@app.task(name="limn.embed", base=PatientTask)
def embed(figure_ids: list[str]) -> None:
    """Embed figures and their texts; queue: embed."""
    _run_stage(stages.embed, Stage.EMBEDDED, figure_ids, this=embed, following="index")


@app.task(name="limn.index", base=PatientTask)
def index(figure_ids: list[str]) -> None:
    """Put embedded figures into the index; queue: index."""
    _run_stage(stages.index, Stage.INDEXED, figure_ids, this=index, following=None)
    if resources().casebook.watches(only_on=True) and resources().queue.plan_watch_run():
        messages.send_run_watches(WATCH_DELAY_S)


@app.task(name=CLEAR_OBSOLETE, base=PatientTask)
def clear_obsolete() -> None:
    """Take replaced and withdrawn figures out of the index; queue: index."""
    _follow_model()
    stages.clear_obsolete(resources())


@app.task(name=RUN_WATCHES, base=PatientTask)
def run_watches() -> None:
    """Run the watches of the casebook against what is new; queue: index."""
    _follow_model()
    resources().queue.begin_watch_run()
    run_all_watches(resources())


@app.task(name=MAKE_MAP, base=PatientTask)
def make_map(values: dict[str, Any]) -> None:
    """Draw a map of the collection; queue: ingest, whose processes hold no encoder."""
    # Only who draws a map waits for what draws it.
    from workers.mapping import make_map as draw_map  # noqa: PLC0415

    request = MapRequest.model_validate(values)
    try:
        draw_map(resources(), request)
    except (TransientError, ConfigurationFault):
        raise  # tried again; who waits sees that it is not there yet
    except Exception as error:  # told to who asked; there is nothing to try again
        log.exception("no map was drawn", key=request.key)
        reason = str(error) if isinstance(error, LimnError) else f"{type(error).__name__}: {error}"
        failed = MapState(phase="failed", since_s=time.time(), reason=reason)
        resources().maps.tell(request, failed)


@app.task(name=MODEL_WORK, base=PatientTask)
def model_work(ordered: dict[str, object]) -> None:
    """Compare, promote or roll back a model; queue: embed.

    What takes longer than a message may is gone on with by another one.
    """
    from workers.model_work import ModelWork, carry_out  # noqa: PLC0415 (loads Qdrant's client)

    _follow_model()
    try:
        carry_out(resources(), ModelWork.model_validate(ordered))
    except SoftTimeLimitExceeded:
        model_work.delay(ordered)


def _run_stage(
    stage_function: stages.StageFunction,
    stage: Stage,
    figure_ids: list[str],
    *,
    this: PatientTask,
    following: str | None,
) -> None:
    def run(batch: Sequence[str]) -> None:
        done = stage_function(resources(), batch)
        if following is not None:
            messages.send_figures(following, done)

    def give_up(figure_id: str, reason: str) -> None:
        resources().catalogue.fail([figure_id], stage, reason)

    _attempt(this.name.removeprefix("limn."), figure_ids, run, give_up, this.delay)


def _attempt(
    stage: str,
    items: list[str],
    run: Callable[[Sequence[str]], None],
    give_up: Callable[[str, str], None],
    resend: Callable[[list[str]], object],
    of: str | None = None,
) -> None:
    """Run a batch; split one that fails or killed its worker; give up on a lone item in the end.

    Args:
        stage: Name of its queue.
        items: The batch.
        run: Does the work.
        give_up: Lists an item as failed, with the reason.
        resend: Sends a part of the batch again.
        of: What the names of the items are unique in, where they are not by themselves.
    """
    if not items:
        return
    _follow_model()
    attempts, counts = resources().attempts, resources().stage_counts
    attempt = attempts.begin(f"{stage}:{of}" if of else stage, items)
    started, reason = time.monotonic(), str(attempt.before)
    if attempt.before.total < (MAX_ATTEMPTS if len(items) == 1 else 1):
        try:
            resources().catalogue.check_schema()  # a newer version may have changed the tables
            run(items)
        except TransientError:
            attempts.end(attempt)  # the world failed, not the batch
            raise
        except ConfigurationFault as fault:
            attempts.end(attempt)
            resources().queue.report_fault(fault)
            log.error("stopped until it is mended", stage=stage, fault=str(fault))
            raise
        except Exception as error:
            ended = attempts.fail(attempt)
            log.exception("batch failed", stage=stage, n_items=len(items), attempt=ended.total)
            reason = f"{type(error).__name__}: {error}"
            if len(items) == 1 and ended.total < MAX_ATTEMPTS:
                resend(items)
                return
        else:
            attempts.end(attempt)
            counts.add_done(stage, len(items), time.monotonic() - started)
            return
    attempts.end(attempt)
    if len(items) == 1:
        give_up(items[0], reason)
        counts.add_failed(stage)
        return
    middle = len(items) // 2
    resend(items[:middle])
    resend(items[middle:])
