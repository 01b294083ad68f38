"""What a worker says of itself while it lives: that it does, what it listens to, its GPUs."""

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Sequence

import structlog

from core.errors import QueueUnavailable
from workers.queue import HEARTBEAT_TTL_S, Gpu, WorkQueue

_ASK_GPUS = ("--query-gpu=index,memory.used,memory.total", "--format=csv,noheader,nounits")
_GPU_TIMEOUT_S = 5
log = structlog.get_logger()


def start_heartbeat(queue: WorkQueue, listens_to: Sequence[str]) -> None:
    """Beat from a thread until the process ends.

    Args:
        queue: Where to say it.
        listens_to: Names of the queues this worker takes messages from.
    """
    name = f"{os.uname().nodename}:{os.getpid()}"
    threading.Thread(
        target=_beat, args=(queue, name, listens_to), name="heartbeat", daemon=True
    ).start()


def _beat(queue: WorkQueue, name: str, listens_to: Sequence[str]) -> None:
    while True:
        try:
            queue.beat(name, listens_to)
            for gpu in read_gpus():
                queue.report_gpu(gpu)
        except QueueUnavailable as error:
            log.warning("heartbeat missed", reason=str(error))
        time.sleep(HEARTBEAT_TTL_S / 3)


def read_gpus() -> list[Gpu]:
    """Memory of this machine's NVIDIA GPUs, by its driver's own tool; none where there is none.

    Asked of the tool and not of torch: the parent of the pool must not load it.
    """
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return []
    try:
        said = subprocess.run(
            [tool, *_ASK_GPUS], capture_output=True, text=True, check=True, timeout=_GPU_TIMEOUT_S
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("GPUs could not be asked", reason=str(error))
        return []
    return [gpu for line in said.splitlines() if (gpu := _gpu(line)) is not None]


def _gpu(line: str) -> Gpu | None:
    """One line of the answer, ``0, 512, 81559`` in MiB; None where the driver does not know."""
    index, *counts = (part.strip() for part in line.split(","))
    if len(counts) != 2 or not all(count.isdigit() for count in counts):
        return None
    used, total = (int(count) * 2**20 for count in counts)
    return Gpu(f"{os.uname().nodename}:{index}", used, total)
