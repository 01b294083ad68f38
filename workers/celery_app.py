"""The Celery application of the workers.

Entry point of worker processes (`celery --app workers.celery_app worker`), so settings are read
here. Imports no torch: a parent that has loaded it deadlocks its prefork children.
"""

import ctypes
import signal
import sys
from typing import Any

from celery import signals

from core.logs import configure_logs
from core.settings import read_settings
from workers.broker import open_broker
from workers.heartbeat import start_heartbeat
from workers.log_ids import bind_ids
from workers.queue import WorkQueue

settings = read_settings()
_broker = settings.redis.url.get_secret_value() if settings.redis.url else "redis://127.0.0.1:6379"

app = open_broker(_broker)
app.set_current()
app.conf.include = ["workers.tasks"]
bind_ids()


@signals.setup_logging.connect
def _set_up_logs(**_: object) -> None:
    configure_logs(settings.log)


@signals.worker_process_init.connect
def _end_with_parent(**_: object) -> None:
    """Let the kernel end a pool child when its parent is killed, so that none is orphaned."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


@signals.worker_ready.connect
def _start_heartbeat(sender: Any, **_: object) -> None:
    start_heartbeat(WorkQueue(_broker), list(sender.app.amqp.queues.consume_from))
