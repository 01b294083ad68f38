"""Does memory stay flat while many figures come in, and is a large archive ever held in it?

Sample grants are issued again and again (`reissued_grants`): on packed pages of half the size for
`--figures`, and on unpacked grey pages of twice the size that fill one archive of `--gigabytes`.
The stages of the workers take them in, in one process against a real catalogue, picture store and
index service. The encoder alone is replaced, by a hash: what it holds depends on the model and not
on how much came in. Memory is what the kernel counts as resident, the highest within each thousand
figures.

And does an ingest worker as `limn up` runs it grow with what it takes in? `--archives` of
`--grants` each, every one replacing the figures of the one before, go through its queue and nobody
asks anything meanwhile, so that an hour of the soak passes in minutes. For each of its processes,
by the figures taken in: what it holds (RssAnon), the same with pages shared among forks divided
among them, and by its C library's own account what is in use and what malloc keeps of what was
freed. The first third, in which caches fill, stays out of the slopes (`memory_growth`).

    ./run bench bench_ingest_memory [--figures 10000] [--gigabytes 2] [--archives 60] > memory.json
    ./run bench bench_ingest_memory --figures 0 --gigabytes 0 --archives 210
    ./run bench bench_ingest_memory --figures 0 --gigabytes 0 --archives 300 --grants 2
"""

import argparse
import dataclasses
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from benchmarks.bench_ingest import describe, messages
from benchmarks.hash_encoder import HashEncoder, HashingResources
from benchmarks.heap_account import FOLDER_VARIABLE, ask_heap
from benchmarks.measured_on import running_service, surroundings
from benchmarks.memory_growth import memory_growth
from benchmarks.process_memory import (
    anonymous_mb,
    family,
    highest_mb,
    in_own_process,
    proportional_mb,
)
from benchmarks.reissued_grants import write_large, write_many, write_weeks
from core.logs import configure_logs
from core.settings import LogSettings, QdrantSettings, Settings
from ui.processes import ServiceProcess, ServiceSpec
from ui.services import Service, service_spec, with_addresses
from workers import stages
from workers.ingestion import start_upload
from workers.resources import Resources

_BATCH = 32
_ROW_FIGURES = 1000
_PATIENCE_S = 300
_STAGES = (describe, stages.embed, stages.index)
Row = dict[str, float]
"""What a process held after an archive, and how many thousand figures had come in by then."""


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--figures", type=int, default=10_000)
    parser.add_argument("--gigabytes", type=float, default=2.0)
    parser.add_argument("--archives", type=int, default=60)
    parser.add_argument("--grants", type=int, default=40, help="in each of them")
    given = parser.parse_args()
    report: dict[str, Any] = {"question": "memory of bulk ingest", "unit": "MB"}
    with tempfile.TemporaryDirectory() as folder:
        for name, write, amounts, take in (
            ("many_figures", write_many, (given.figures,), take_in),
            ("large_archive", write_large, (int(given.gigabytes * 2**30),), take_in),
            ("archives", write_weeks, (given.archives, given.grants), have_taken_in),
        ):
            if not amounts[0]:
                continue
            home = Path(folder, name)
            archives = in_own_process(write, home, *amounts)
            report[name] = in_own_process(take, home, archives)
            print(json.dumps({name: report[name]}), file=sys.stderr, flush=True)
    json.dump(report | surroundings(HashEncoder.encoder_id), sys.stdout, indent=1)


def take_in(home: Path, archives: Sequence[Path]) -> dict[str, Any]:
    """Take archives in and note the memory of this process and of the index."""
    configure_logs(LogSettings(level="WARNING"))
    index = home / "index"
    index.mkdir()
    with running_service(index) as url:
        (service,) = psutil.Process().children()
        settings = Settings(home=home / "home", qdrant=QdrantSettings(url=url))
        resources = HashingResources(settings)
        rows = [{"figures": 0} | _highest_mb(service.pid)]
        began, spent, n_taken = time.monotonic(), time.process_time(), 0
        for upload_id, units in messages(resources, archives):
            figures = list(stages.iter_cut(resources, upload_id, units))
            for stage in _STAGES:
                for start in range(0, len(figures), _BATCH):
                    stage(resources, figures[start : start + _BATCH])
            n_before, n_taken = n_taken, n_taken + len(figures)
            if n_before // _ROW_FIGURES < n_taken // _ROW_FIGURES:
                rows.append({"figures": n_taken} | _highest_mb(service.pid))
        rows.append({"figures": n_taken} | _highest_mb(service.pid))
        counts = resources.catalogue.counts()
    return {
        "archive_mb": round(sum(path.stat().st_size for path in archives) / 2**20),
        "n_publications": counts.publications,
        "n_figures": counts.figures,
        "wall_s": round(time.monotonic() - began),
        "processor_s": round(time.process_time() - spent),
        "highest_mb": rows,
    }


def _highest_mb(index_pid: int) -> dict[str, int]:
    """What this process and the index held at most since they were asked last."""
    return {"workers": highest_mb(os.getpid()), "index": highest_mb(index_pid)}


def have_taken_in(home: Path, archives: Sequence[Path]) -> dict[str, Any]:
    """Have a real ingest worker take archives in, one after the other, and note its memory."""
    configure_logs(LogSettings(level="WARNING"))
    heaps = home / "heaps"
    for folder in (heaps, home / "home"):
        folder.mkdir()
    settings = with_addresses(Settings(home=home / "home"))  # at the index nobody listens
    resources = Resources(settings)
    specs = (
        service_spec(Service.QUEUE, settings),
        _telling(service_spec(Service.INGEST_WORKER, settings), heaps),
    )
    queue, worker = (ServiceProcess(spec, home / "logs") for spec in specs)
    rows: dict[int, list[Row]] = defaultdict(list)
    together: list[Row] = []
    n_taken = 0
    try:
        queue.wait_ready()
        for path in archives:
            _wait_for(resources, start_upload(resources, path).upload_id)
            n_taken += resources.catalogue.counts().figures
            held = {pid: _held(pid, heaps) for pid in family(worker.pid)}
            for pid, of_process in held.items():
                rows[pid].append({"thousands": n_taken / 1000} | of_process)
            together.append({"thousands": n_taken / 1000} | _sums(list(held.values())))
    finally:
        worker.stop()
        queue.stop()
    return {
        "n_archives": len(archives),
        "n_figures": n_taken,
        "together": _told(together),
        "parent": _told(rows.pop(worker.pid)),
        "children": [_told(of_child) for of_child in rows.values()],
    }


def _telling(spec: ServiceSpec, heaps: Path) -> ServiceSpec:
    """A Celery worker whose processes tell what their heaps hold."""
    return dataclasses.replace(
        spec,
        command=[*spec.command, "--include", "benchmarks.heap_account"],
        environment={**spec.environment, FOLDER_VARIABLE: str(heaps)},
    )


def _wait_for(resources: Resources, upload_id: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while resources.catalogue.progress([upload_id]).n_pending:
        if time.monotonic() > deadline:
            raise SystemExit("the worker does not take the archives in")
        time.sleep(0.02)


def _held(pid: int, heaps: Path) -> Row:
    of_kernel = {"anonymous_mb": anonymous_mb(pid), "proportional_mb": proportional_mb(pid)}
    return {name: round(mb, 2) for name, mb in of_kernel.items()} | ask_heap(pid, heaps)


def _sums(held: Sequence[Row]) -> Row:
    return {name: round(sum(one[name] for one in held), 2) for name in held[0]}


def _told(rows: Sequence[Row]) -> dict[str, Any]:
    """Ten rows of a process, and how each number grew by 1,000 figures."""
    return {
        "rows": [*rows[:: max(1, len(rows) // 10)], rows[-1]],
        "by_1000_figures": {name: _growth(rows, name) for name in rows[0] if name != "thousands"},
    }


def _growth(rows: Sequence[Row], name: str) -> Mapping[str, Any]:
    by_thousand: dict[int, list[float]] = defaultdict(list)
    for row in rows:
        by_thousand[int(row["thousands"])].append(row[name])
    return dataclasses.asdict(memory_growth(by_thousand))


if __name__ == "__main__":
    main()
