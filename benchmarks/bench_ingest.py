"""Where does the time of bulk ingest go, stage by stage, and does memory stay flat?

The stage functions of the workers run against a real catalogue on disk, a real picture store and
the embedded index service, in the environment that `limn up` gives its workers (else OpenBLAS has
threads that wait in a loop, 3 % of all processor time): first one after another in one process,
which adds up what each part costs, then in two processes, as the ingest worker and the model worker
of `limn up` run them side by side. `decode` is a picture's bytes to pixels, `cut` a sheet's pixels
to figures, `encode` pixels and words to vectors; the rest is ours: parsing, storing, the catalogue,
the index. Seconds are wall time, and beside them the processor time, which other work on the
machine disturbs less.

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
from collections.abc import Iterator, Sequence
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.ingest_clocks import ENGINES, Clocks, Span, accounted, covered_s
from benchmarks.measured_on import running_service, surroundings
from core.logs import configure_logs
from core.settings import LogSettings, QdrantSettings, Settings
from ingestion.archives import archive_sha256
from ingestion.deliveries import list_units, reader_of
from ingestion.label_reader import read_crops
from samples.archive import write_weekly_archives
from ui.services import SIDE_BY_SIDE
from workers import describing, stages
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
        for name, measure in (("one_process", in_turn), ("side_by_side", side_by_side)):
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
                figures = stages.ingest(resources, upload_id, units)
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


def side_by_side(resources: Resources, archives: Sequence[Path], batch: int) -> dict[str, Any]:
    """Take archives in as the two workers do, and see when nothing is decoded or encoded."""
    context = multiprocessing.get_context("spawn")
    sent: Queue[Any] = context.Queue()
    ingesting = context.Process(target=ingest_all, args=(resources.settings, archives, sent))
    ingesting.start()
    began = sent.get()
    seconds, by_stage = Clocks(), Clocks()
    waited_s = 0.0
    with accounted(resources, seconds):
        while True:
            asked = time.monotonic()
            figures = sent.get()
            if figures is None:
                break
            waited_s += time.monotonic() - asked
            run_models(resources, figures, batch, by_stage)
    wall_s = time.monotonic() - began
    spans: list[Span] = sent.get()
    ingesting.join()
    n_figures = resources.catalogue.counts().figures
    outside = 1 - covered_s([*spans, *seconds.engines]) / wall_s
    return {
        "n_figures": n_figures,
        "figures_per_s": round(n_figures / wall_s, 1),
        "wall_s": round(wall_s, 2),
        "model_worker_waited_s": round(waited_s, 2),
        "share_of_wall_without_decode_or_encode": round(outside, 3),
        "reach": _OURS_REACH,
    }


def ingest_all(settings: Settings, archives: Sequence[Path], sent: "Queue[Any]") -> None:
    """The ingest worker: sends when it began, figures message by message, None, its spans."""
    configure_logs(_QUIET)
    resources, seconds = opened(settings), Clocks()
    sent.put(time.monotonic())
    with accounted(resources, seconds):
        for upload_id, units in messages(resources, archives):
            sent.put(stages.ingest(resources, upload_id, units))
    sent.put(None)
    sent.put(seconds.engines)


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
