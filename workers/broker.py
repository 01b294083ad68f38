"""How work is sent and kept: the queues, the limits, and what keeps Celery from losing messages."""

from celery import Celery

from workers.log_ids import carry_ids
from workers.queue import QUEUES

HARD_LIMIT_S = 840
VISIBILITY_TIMEOUT_S = 900
"""A message held longer than this is taken for lost; above the hard limit by design."""

CLEAR_OBSOLETE = "limn.clear_obsolete"
RUN_WATCHES = "limn.run_watches"
"""The two tasks that carry no ids."""
MAKE_MAP = "limn.make_map"
"""Carries a `workers.map_records.MapRequest`."""
MODEL_WORK = "limn.model_work"
"""Carries an order about models."""


def task_name(queue: str) -> str:
    """The task that takes the ids of a queue, ``"limn.embed"``."""
    return f"limn.{queue}"


def open_broker(url: str) -> Celery:
    """A Celery application that sends to the Redis server at this address, knowing no tasks."""
    carry_ids()
    app = Celery("limn", broker=url, set_as_current=False)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        task_time_limit=HARD_LIMIT_S,
        task_soft_time_limit=780,
        task_create_missing_queues=True,
        task_routes={task_name(queue): {"queue": queue} for queue in QUEUES}
        | {
            CLEAR_OBSOLETE: {"queue": "index"},
            RUN_WATCHES: {"queue": "index"},
            MAKE_MAP: {"queue": "ingest"},
            MODEL_WORK: {"queue": "embed"},
        },
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "visibility_timeout": VISIBILITY_TIMEOUT_S,
            # Looks for lost messages every 5 s, not every 100 s: 21 s to redelivery after kill -9.
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
        },
        worker_hijack_root_logger=False,
        worker_cancel_long_running_tasks_on_connection_loss=True,
    )
    return app
