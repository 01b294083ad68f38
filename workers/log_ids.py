"""The ids that log lines carry from process to process.

Who sends a message puts the ids bound to its own log lines into the message's headers; the worker
that takes it binds them again, with the message's own. So a line of the last stage names the
upload that its figures came with, and the request that began it. The time of sending travels too:
it tells how long the oldest waiting message waits (`workers.queue`).
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from celery import signals

from workers.queue import SENT_HEADER

CARRIED = ("request_id", "upload_id")
"""Names of the ids that are handed on; those of a message are its own."""
IDS_HEADER = "limn_ids"


def carry_ids() -> None:
    """Let every message that this process sends carry the ids of who sends it."""
    signals.before_task_publish.connect(_stamp)


def bind_ids() -> None:
    """Let every log line of a task carry its ids, and none of the task before it."""
    signals.task_prerun.connect(_bind)
    signals.task_postrun.connect(_unbind)


def _stamp(headers: dict[str, Any], **_: object) -> None:
    bound = structlog.contextvars.get_contextvars()
    headers[IDS_HEADER] = {name: bound[name] for name in CARRIED if name in bound}
    headers[SENT_HEADER] = time.time()


def _bind(task_id: str, task: Any, args: Sequence[Any], **_: object) -> None:
    structlog.contextvars.clear_contextvars()
    carried: Mapping[str, str] = getattr(task.request, IDS_HEADER, None) or {}
    handed_on = {name: carried[name] for name in CARRIED if name in carried}
    own = {**_ids_of(args), "task": task.name, "message_id": task_id}
    structlog.contextvars.bind_contextvars(**{**handed_on, **own})


def _ids_of(args: Sequence[Any]) -> dict[str, str]:
    """The upload of ``(upload_id, members)``; the figure of ``(figure_ids,)`` that holds one."""
    match args:
        case [str(upload_id), _]:
            return {"upload_id": upload_id}
        case [[str(figure_id)]]:
            return {"figure_id": figure_id}
    return {}


def _unbind(**_: object) -> None:
    structlog.contextvars.clear_contextvars()
