"""Where does the time of bulk ingest go, stage by stage, and does memory stay flat?

The stage functions of the workers run against a real catalogue on disk, a real picture store and
the embedded index service, in the environment that `limn up` gives its workers (else OpenBLAS has
threads that wait in a loop, 3 % of all processor time): first one after another in one process,
which adds up what each part costs, then side by side, as `limn ingest`, the ingest worker and the
model worker run them: with one process that cuts, and with as many as `limn up` starts.

`decode` is a picture's bytes to pixels, `cut` a sheet's pixels to figures, `encode` pixels and
words to vectors; the rest is ours: parsing, storing, the catalogue, the index. Seconds are wall
time, and beside them the processor time, which other work on the machine disturbs less. Of the time
side by side in which nothing is decoded or encoded it is said what the model worker did: it waited
for its first figures, as it does once however much comes in, waited for more, or was in a stage,
outside its engine.

    ./run bench bench_ingest --publications 150 > ingest.json
    ./run bench bench_ingest --archive I20210105.tar --archive I20210126.tar
"""

import argparse
import json
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.ingest_clocks import ENGINES, Clocks, Span, accounted, bare_s, covered_s
from benchmarks.measured_on import running_service, surroundings
from core.logs import configure_logs
from core.settings import LogSettings, QdrantSettings, Settings, WorkerSettings
from ingestion.archives import archive_sha256
from ingestion.deliveries import list_units, reader_of
from ingestion.label_reader import read_crops
from samples.archive import write_weekly_archives
from ui.services import SIDE_BY_SIDE
from workers import describing, stages
from workers.messages import batched
from workers.resources import Resources

_SHARES = {"decode and encode": ENGINES, "decode, cut and encode": (*ENGINES, "cut")}
_OURS_REACH = 0.15
_QUIET = LogSettings(level="WARNING")


def describe(resources: Resources, figure_ids: Sequence[str]) -> list[str]:
    """The stage as the others are called."""
    return describing.describe(resources, figure_ids).to_embed


_STAGES = (describe, stages.embed, stages.index)


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--publications", type=int, default=150, help="sample grants to draw")
    parser.add_argument("--archive", type=Path, action="append", default=[], help="in their place")
    parser.add_argument("--batch", type=int, default=32, help="figures a message")
    given = parser.parse_args()
    begin_as_worker()
    configure_logs(_QUIET)
    with tempfile.TemporaryDirectory() as folder:
        archives = given.archive or write_weekly_archives(
            Path(folder, "archives"), n_publications=given.publications, n_archives=2
        )
        report: dict[str, Any] = {"question": "where the time of bulk ingest goes", "unit": "s"}
        measures: dict[str, Callable[[Resources, Sequence[Path], int], dict[str, Any]]] = {
            "one_process": in_turn,
            "side_by_side": partial(side_by_side, n_ingest=1),
            "as_installed": partial(side_by_side, n_ingest=WorkerSettings().n_ingest),
        }
        for name, measure in measures.items():
            index = Path(folder, f"{name}-index")
            index.mkdir()
            with running_service(index) as url:
                settings = Settings(
                    home=Path(folder, f"{name}-home"), qdrant=QdrantSettings(url=url)
                )
                resources = opened(settings)
                report[name] = measure(resources, archives, given.batch)
                encoder_id = resources.encoder.encoder_id
    json.dump(report | surroundings(encoder_id), sys.stdout, indent=1)


def begin_as_worker() -> None:
    """Begin again in a worker's environment, which libraries read as they are loaded."""
    if not SIDE_BY_SIDE.items() <= os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], os.environ | SIDE_BY_SIDE)


def opened(settings: Settings) -> Resources:
    """What a worker opens once, opened before the clock starts."""
    resources = Resources(settings)
    for part in ("catalogue", "index", "thesaurus", "providers"):
        getattr(resources, part)
    resources.encoder.encode_texts(["warm up"])
    resources.encoder.encode_images([np.full((64, 64), 255, dtype=np.uint8)])
    read_crops([np.full((28, 64), 255, dtype=np.uint8)])
    return resources


def in_turn(resources: Resources, archives: Sequence[Path], batch: int) -> dict[str, Any]:
    """Take archives in, one stage after another, and account for every second."""
    seconds, by_stage = Clocks(), Clocks()
    memory_mb: list[float] = []
    with accounted(resources, seconds), seconds.running("all"):
        for upload_id, units in messages(resources, archives):
            with by_stage.running("ingest"):
                figures = list(stages.iter_cut(resources, upload_id, units))
            run_models(resources, figures, batch, by_stage)
            memory_mb.append(resident_mb())
    n_figures = resources.catalogue.counts().figures
    return {
        "n_figures": n_figures,
        "figures_per_s": round(n_figures / seconds.wall["all"], 1),
        "figures_per_s_by_stage": {
            name: round(n_figures / spent, 1) for name, spent in by_stage.wall.items()
        },
        "wall_s": seconds.rounded(seconds.wall),
        "processor_s": seconds.rounded(seconds.processor),
        "share_outside": {
            named: {
                "wall": seconds.share_outside(seconds.wall, parts),
                "processor": seconds.share_outside(seconds.processor, parts),
            }
            for named, parts in _SHARES.items()
        },
        "resident_mb": {
            "after_a_tenth": round(memory_mb[len(memory_mb) // 10]),
            "at_the_end": round(memory_mb[-1]),
            "peak": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        },
    }


def side_by_side(
    resources: Resources, archives: Sequence[Path], batch: int, *, n_ingest: int
) -> dict[str, Any]:
    """Take archives in as the workers do, and see when nothing is decoded or encoded."""
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(n_ingest + 2)
    entered, cut = context.Queue(), context.Queue()
    workers = [
        context.Process(target=enter_all, args=(resources.settings, archives, ready, entered)),
        *(
            context.Process(target=cut_all, args=(resources.settings, batch, ready, entered, cut))
            for _ in range(n_ingest)
        ),
    ]
    for worker in workers:
        worker.start()
    ready.wait()
    began = time.monotonic()
    seconds, doing = Clocks(), Clocks()
    engines: list[Span] = []
    with accounted(resources, seconds):
        n_cutting, waiting = n_ingest, "waiting for the first figures"
        while n_cutting:
            with doing.running(waiting):
                came = cut.get()
            if isinstance(came, Clocks):
                engines += came.engines
                n_cutting -= 1
                continue
            run_models(resources, came, batch, doing)
            waiting = "waiting for more"
    wall_s = time.monotonic() - began
    for worker in workers:
        worker.join()
    engines += seconds.engines
    n_figures = resources.catalogue.counts().figures
    return {
        "n_ingest_processes": n_ingest,
        "n_figures": n_figures,
        "figures_per_s": round(n_figures / wall_s, 1),
        "wall_s": round(wall_s, 2),
        "model_worker_s": doing.rounded(doing.wall),
        "without_decode_or_encode_s": {
            name: round(bare_s(spans, engines), 2) for name, spans in doing.spans.items()
        },
        "share_of_wall_without_decode_or_encode": round(1 - covered_s(engines) / wall_s, 3),
        "reach": _OURS_REACH,
    }


def enter_all(
    settings: Settings, archives: Sequence[Path], ready: Barrier, entered: "Queue[Any]"
) -> None:
    """What `limn ingest` does: sends upload and units of every message, in the end None."""
    configure_logs(_QUIET)
    resources = Resources(settings)
    resources.catalogue.check_schema()
    ready.wait()
    for message in messages(resources, archives):
        entered.put(message)
    entered.put(None)


def cut_all(
    settings: Settings, batch: int, ready: Barrier, entered: "Queue[Any]", cut: "Queue[Any]"
) -> None:
    """One process of the ingest worker: sends figures message by message, in the end its clocks."""
    configure_logs(_QUIET)
    resources, seconds = opened(settings), Clocks()
    ready.wait()
    with accounted(resources, seconds):
        while message := entered.get():
            for figures in batched(stages.iter_cut(resources, *message), batch):
                cut.put(figures)
    entered.put(None)  # for the next process
    cut.put(seconds)


def run_models(resources: Resources, figures: Sequence[str], batch: int, by_stage: Clocks) -> None:
    """The stages of the model worker, message by message."""
    for stage in _STAGES:
        for start in range(0, len(figures), batch):
            with by_stage.running(stage.__name__):
                stage(resources, figures[start : start + batch])


def messages(resources: Resources, archives: Sequence[Path]) -> Iterator[tuple[str, list[str]]]:
    """Enter archives into the ledger and split them as the queue does."""
    for path in archives:
        upload_id = archive_sha256(path)
        listing = list_units(path, resources.settings.limits)
        resources.catalogue.begin_upload(
            str(path), upload_id, path.stat().st_size, listing.members, listing.rejected
        )
        size = reader_of(path).units_a_message
        for start in range(0, len(listing.members), size):
            yield upload_id, list(listing.members[start : start + size])


def resident_mb() -> float:
    """Memory this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


if __name__ == "__main__":
    main()
