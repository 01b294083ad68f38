"""Does memory grow when ONNX Runtime keeps a plan for every shape that it computes?

The network that reads figure labels computes batches of crops of every width a sheet may give,
once with plans and once without, each in a process of its own. Prints one JSON object: memory that
is the process's own (RssAnon; Linux alone tells) and processor seconds.

    ./run bench bench_shape_plans [--batches 1500] > plans.json
"""

import argparse
import json
import multiprocessing
import random
import sys
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from benchmarks.measured_on import surroundings

_LOOKS = 6
_HEIGHT_PX = 28
_MAX_CROPS, _MAX_WIDTHS, _WIDTH_STEP_PX = 32, 24, 16


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=1500)
    n_batches = parser.parse_args().batches
    report: dict[str, Any] = {"question": "what plans for every shape cost", "unit": "MB, s"}
    for name, keeps_plans in (("with_plans", True), ("without_plans", False)):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            report[name] = pool.apply(read_all, (n_batches, keeps_plans))
    json.dump(report | {"batches": n_batches} | surroundings("none"), sys.stdout, indent=1)


def read_all(n_batches: int, keeps_plans: bool) -> dict[str, Any]:
    """Read batches of crops of random shapes."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_mem_pattern = keeps_plans
    network = (files("ingestion") / "label_reader.onnx").read_bytes()
    session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    chance, held_mb, started = random.Random(1), [], time.process_time()
    for n_done in range(1, n_batches + 1):
        width_px = _WIDTH_STEP_PX * chance.randint(1, _MAX_WIDTHS)
        shape = (chance.randint(1, _MAX_CROPS), 1, _HEIGHT_PX, width_px)
        session.run(None, {"ink": np.ones(shape, np.float32)})
        if n_done % max(1, n_batches // _LOOKS) == 0:
            held_mb.append(own_mb())
    return {"held_mb": held_mb, "processor_s": round(time.process_time() - started, 1)}


def own_mb() -> float:
    """Memory that is this process's own."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (kb,) = (int(line.split()[1]) for line in lines if line.startswith("RssAnon"))
    return round(kb / 1024, 1)


if __name__ == "__main__":
    main()
