"""The Celery application: broker, queues, and the settings that keep work from being lost.

Entry point of worker processes (`celery --app workers.celery_app worker`), so settings are read
here. Imports no torch: a parent that has loaded it deadlocks its prefork children.
"""

import ctypes
import os
import signal
import sys
import threading
import time

import structlog
from celery import Celery, signals

from core.errors import QueueUnavailable
from core.logs import configure_logs
from core.settings import read_settings
from workers.queue import HEARTBEAT_TTL_S, QUEUES, WorkQueue

HARD_LIMIT_S = 840
VISIBILITY_TIMEOUT_S = 900
"""A message held longer than this is taken for lost; above the hard limit by design."""

settings = read_settings()
_broker = settings.redis.url.get_secret_value() if settings.redis.url else "redis://127.0.0.1:6379"

app = Celery("limn", broker=_broker, include=["workers.tasks"])
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
    task_routes={f"limn.{name}": {"queue": name} for name in QUEUES},
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


def use_broker(url: str) -> None:
    """Send to the queue at this address from now on; for processes that learn it after start."""
    app.conf.update(broker_url=url)


@signals.setup_logging.connect
def _set_up_logs(**_: object) -> None:
    configure_logs(settings.log)


@signals.worker_process_init.connect
def _end_with_parent(**_: object) -> None:
    """Let the kernel end a pool child when its parent is killed, so that none is orphaned."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


@signals.worker_ready.connect
def _start_heartbeat(**_: object) -> None:
    threading.Thread(target=_beat, name="heartbeat", daemon=True).start()


def _beat() -> None:
    queue = WorkQueue(_broker)
    while True:
        try:
            queue.beat(f"{os.uname().nodename}:{os.getpid()}")
        except QueueUnavailable as error:
            structlog.get_logger().warning("heartbeat missed", reason=str(error))
        time.sleep(HEARTBEAT_TTL_S / 3)
