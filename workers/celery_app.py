"""The Celery application of the workers.

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
from celery import signals

from core.errors import QueueUnavailable
from core.logs import configure_logs
from core.settings import read_settings
from workers.broker import open_broker
from workers.queue import HEARTBEAT_TTL_S, WorkQueue

settings = read_settings()
_broker = settings.redis.url.get_secret_value() if settings.redis.url else "redis://127.0.0.1:6379"

app = open_broker(_broker)
app.set_current()
app.conf.include = ["workers.tasks"]


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
