"""How many drawings a second does a processor train on, with freed memory kept and given back?

Both take turns, each in a process of its own, on random drawings and the network of a
configuration; a step is forward, backward and the optimiser's. Prints one JSON object.

    ./run bench bench_training_memory encoder/training/configs/limn-line-gpu.toml > memory.json
"""

import argparse
import json
import resource
import sys
import time
from contextlib import nullcontext
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch

from benchmarks.measured_on import surroundings
from benchmarks.timings import summary
from encoder.model import DrawingNet
from encoder.training.config import TrainingConfig, read_config
from encoder.training.kept_memory import kept_memory
from encoder.training.run import MEMORY_FORMAT

N_WARM_UP = 2


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("--size-px", type=int, default=160)
    parser.add_argument("--batch-size", type=int, default=96)
    parser.add_argument("--n-threads", type=int, default=2)
    parser.add_argument("--n-steps", type=int, default=6)
    parser.add_argument("--n-turns", type=int, default=3)
    given = parser.parse_args()
    turns = [
        {is_kept: _in_a_process(given, is_kept=is_kept) for is_kept in (True, False)}
        for _ in range(given.n_turns)
    ]
    report = {
        "question": "drawings a second that a processor trains on",
        "unit": "drawings a second; median over steps, then over turns",
        **{
            name: {
                "drawings_per_s": summary([turn[is_kept]["rate"] for turn in turns]),
                "system_share": summary([turn[is_kept]["system_share"] for turn in turns]),
                "peak_mb": summary([turn[is_kept]["peak_mb"] for turn in turns]),
            }
            for name, is_kept in (("kept", True), ("given back", False))
        },
        "kept_over_given_back": summary(
            [turn[True]["rate"] / turn[False]["rate"] for turn in turns]
        ),
        **{name: getattr(given, name) for name in ("size_px", "batch_size", "n_threads")},
        "config": given.config.name,
        **surroundings(read_config(given.config).name, "torch"),
    }
    json.dump(report, sys.stdout, indent=1)


def _in_a_process(given: argparse.Namespace, *, is_kept: bool) -> dict[str, float]:
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(train_steps, (read_config(given.config), given, is_kept))


def train_steps(
    config: TrainingConfig, given: argparse.Namespace, is_kept: bool
) -> dict[str, float]:
    """The median step's drawings a second, the kernel's share of processor time, and the peak."""
    torch.set_num_threads(given.n_threads)
    torch.manual_seed(0)
    net: Any = DrawingNet(config.model)
    net = net.to(memory_format=MEMORY_FORMAT).train()
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-4)
    ink = torch.rand(given.batch_size, 1, given.size_px, given.size_px)
    ink = ink.contiguous(memory_format=MEMORY_FORMAT)
    rates = []
    with kept_memory() if is_kept else nullcontext():
        for step in range(N_WARM_UP + given.n_steps):
            if step == N_WARM_UP:
                before = resource.getrusage(resource.RUSAGE_SELF)
            started = time.perf_counter()
            optimizer.zero_grad(set_to_none=True)
            vectors = net(ink)
            (vectors @ vectors.T).exp().mean().backward()
            optimizer.step()
            rates.append(given.batch_size / (time.perf_counter() - started))
    used = resource.getrusage(resource.RUSAGE_SELF)
    in_kernel = used.ru_stime - before.ru_stime
    return {
        "rate": sorted(rates[N_WARM_UP:])[given.n_steps // 2],
        "system_share": in_kernel / (in_kernel + used.ru_utime - before.ru_utime),
        "peak_mb": used.ru_maxrss / 1024,
    }


if __name__ == "__main__":
    main()
