"""Does what answers searches grow with their number?

The REST routes behind their guard, as the page server runs them, asked in one process by words and
by likeness to figures of a small collection. The encoder alone is replaced, by a hash. Memory is
what the process holds for itself (RssAnon); beside it stands how many objects the collector knows.

    ./run bench bench_search_memory [--searches 6000] > memory.json
"""

import argparse
import gc
import json
import os
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.testclient import TestClient

from benchmarks.bench_ingest import describe, messages
from benchmarks.hash_encoder import HashEncoder, HashingResources
from benchmarks.measured_on import surroundings
from benchmarks.process_memory import anonymous_mb, in_own_process
from benchmarks.reissued_grants import write_many
from core.logs import configure_logs
from core.settings import LogSettings, Settings
from ui.api import build_api
from ui.context import build_context
from ui.guard import RequestGuard
from ui.processes import ServiceProcess
from ui.services import Service, service_spec, with_addresses
from workers import stages
from workers.ingestion import start_upload

_N_FIGURES = 300
_ROW_SEARCHES = 1000
_WORDS = (
    "bar", "stool", "lamp", "with", "a", "shade", "bottle", "chair",
    "four", "legs", "shoe", "handle", "table", "glass", "round",
)  # fmt: skip


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--searches", type=int, default=6000)
    given = parser.parse_args()
    configure_logs(LogSettings(level="WARNING"))
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder)) as resources:
        rows = search(resources, given.searches)
    report = {"question": "memory by searches answered", "unit": "MB, anonymous", "held": rows}
    json.dump(report | surroundings(HashEncoder.encoder_id), sys.stdout, indent=1)


@contextmanager
def _served(folder: Path) -> Iterator[HashingResources]:
    """A small collection with the services that searches need."""
    archives = in_own_process(write_many, folder / "archives", _N_FIGURES)
    (folder / "home").mkdir()
    settings = with_addresses(Settings(home=folder / "home"))
    services = [
        ServiceProcess(service_spec(service, settings), folder / "logs")
        for service in (Service.INDEX, Service.QUEUE)
    ]
    try:
        for service in services:
            service.wait_ready()
        resources = HashingResources(settings)
        for upload_id, units in messages(resources, archives):
            figures = list(stages.iter_cut(resources, upload_id, units))
            for stage in (describe, stages.embed, stages.index):
                for start in range(0, len(figures), 32):
                    stage(resources, figures[start : start + 32])
        yield resources
    finally:
        for service in services:
            service.stop()


def search(resources: HashingResources, n_searches: int) -> list[dict[str, Any]]:
    """Ask and note what is held.

    Raises:
        SystemExit: If an answer is none.
    """
    context = build_context(resources, lambda path, terms: start_upload(resources, path, terms))
    app = Starlette(
        routes=[Mount("/api/v1", app=build_api(context))],
        middleware=[Middleware(RequestGuard, settings=resources.settings)],
    )
    figures, chance, rows = resources.catalogue.figure_ids(), random.Random(0), []
    with TestClient(app, base_url="http://127.0.0.1") as client:
        for n in range(n_searches + 1):
            question = (
                {"text": " ".join(chance.sample(_WORDS, chance.randint(1, 4)))}
                if chance.random() < 0.5
                else {"figure_ids": [chance.choice(figures)]}
            )
            answer = client.post("/api/v1/search", json=question)
            if not answer.is_success:
                raise SystemExit(f"{answer.status_code}: {answer.text}")
            if n % _ROW_SEARCHES == 0:
                gc.collect()
                held = round(anonymous_mb(os.getpid()), 2)
                rows.append({"searches": n, "mb": held, "objects": len(gc.get_objects())})
                print(rows[-1], file=sys.stderr, flush=True)
    return rows


if __name__ == "__main__":
    main()
