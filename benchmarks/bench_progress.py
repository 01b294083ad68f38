"""What does a look at the progress of uploads cost in a large catalogue?

Fills a SQLite catalogue with publications of eight figures each, spread over uploads, and asks how
far one upload, and all of them together, have come. The rival in the same run is the same question
without the indexes that were made for it. Prints one JSON object.

    ./run bench bench_progress [--figures 1100000] > progress.json
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, insert, text

from benchmarks.measured_on import surroundings
from core.records import LabelSource, Stage, View
from ingestion.catalogue import Catalogue
from ingestion.catalogue_records import MemberState, StoreOutcome
from ingestion.catalogue_schema import figures, publications, sheets, upload_members, uploads
from ingestion.database import batches

_N_REPEATS = 5
_FIGURES_EACH = 8
_PUBLICATIONS_AN_UPLOAD = 500
_MADE_FOR_IT = ("figures_by_standing", "upload_members_by_outcome")
_STAGES = (Stage.CUT, Stage.DESCRIBED, Stage.EMBEDDED, *[Stage.INDEXED] * 5)


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--figures", type=int, default=1_100_000)
    n_publications = parser.parse_args().figures // _FIGURES_EACH
    with tempfile.TemporaryDirectory() as folder:
        catalogue = Catalogue.open(f"sqlite:///{Path(folder, 'catalogue.sqlite3')}")
        with catalogue.writing() as connection:
            upload_ids = fill(connection, n_publications)
        asked = {"one_upload": upload_ids[:1], "all_uploads": upload_ids}
        with_indexes = {name: timed(catalogue, ids) for name, ids in asked.items()}
        with catalogue.writing() as connection:
            for index in _MADE_FOR_IT:
                connection.execute(text(f"DROP INDEX {index}"))
        without = {name: timed(catalogue, ids) for name, ids in asked.items()}
    report = {
        "question": "what a look at the progress of uploads costs in a large catalogue",
        "metric": "seconds a look, median of the repeats",
        "n_figures": n_publications * _FIGURES_EACH,
        "n_uploads": len(upload_ids),
        "with_indexes": with_indexes,
        "without": without,
        **surroundings(""),
    }
    json.dump(report, sys.stdout, indent=1)


def timed(catalogue: Catalogue, upload_ids: Sequence[str]) -> dict[str, float]:
    """Seconds a look at these uploads takes, the first one left out."""
    catalogue.progress(upload_ids)
    wall, processor = [], []
    for _ in range(_N_REPEATS):
        began, worked = time.perf_counter(), time.process_time()
        catalogue.progress(upload_ids)
        wall.append(time.perf_counter() - began)
        processor.append(time.process_time() - worked)
    return {
        "median": round(statistics.median(wall), 3),
        "lowest": round(min(wall), 3),
        "highest": round(max(wall), 3),
        "processor_median": round(statistics.median(processor), 3),
    }


def fill(connection: Connection, n_publications: int) -> list[str]:
    """Enter publications of one sheet each; returns the uploads they came with."""
    now = datetime.now(UTC)
    upload_ids = [f"{n:064}" for n in range(-(-n_publications // _PUBLICATIONS_AN_UPLOAD))]
    upload = {"path": "I.tar", "size_bytes": 1, "started_at": now}
    _insert(connection, uploads, ({"upload_id": key} | upload for key in upload_ids))

    def rows(make: Callable[[int, str], Iterator[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
        for n in range(n_publications):
            yield from make(n, upload_ids[n // _PUBLICATIONS_AN_UPLOAD])

    for table, make in (
        (upload_members, _member),
        (publications, _publication),
        (sheets, _sheet),
        (figures, _figures),
    ):
        _insert(connection, table, rows(make))
    return upload_ids


def _insert(connection: Connection, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    for batch in batches(rows, 20_000):
        connection.execute(insert(table), batch)


def _key(n: int) -> str:
    return f"US-D{n:07}-S1"


def _member(n: int, upload_id: str) -> Iterator[dict[str, Any]]:
    yield {
        "upload_id": upload_id,
        "member": f"DESIGN/USD{n:07}.ZIP",
        "position": n % _PUBLICATIONS_AN_UPLOAD,
        "state": MemberState.DONE,
        "publication_id": _key(n),
        "outcome": StoreOutcome.NEW,
        "finished_at": datetime.now(UTC),
    }


def _publication(n: int, upload_id: str) -> Iterator[dict[str, Any]]:
    yield {
        "publication_id": _key(n),
        "content_hash": f"{n:064}",
        "office": "US",
        "number": f"D{n:07}",
        "kind": "S1",
        "title": "Knife sharpener",
        "record": {"title": "Knife sharpener"},
        "problems": [],
        "stored_at": datetime.now(UTC),
        "upload_id": upload_id,
    }


def _sheet(n: int, _: str) -> Iterator[dict[str, Any]]:
    sheet = {"position": 1, "file": "D00001.TIF", "sha256": f"{n:064}"}
    size = {"width_px": 1400, "height_px": 1800, "rotation_deg": 0}
    yield {"publication_id": _key(n)} | sheet | size


def _figures(n: int, _: str) -> Iterator[dict[str, Any]]:
    for position in range(1, _FIGURES_EACH + 1):
        yield {
            "figure_id": f"{_key(n)}/{position}",
            "publication_id": _key(n),
            "sheet": 1,
            "position": position,
            "label": str(position),
            "label_source": LabelSource.PRINTED,
            "view": View.FRONT,
            "caption": f"FIG. {position} is a front view of a knife sharpener",
            "x_px": 1,
            "y_px": 1,
            "width_px": 700,
            "height_px": 400,
            "sha256": f"{n * 10 + position:064}",
            "is_front_page": False,
            "stage": _STAGES[(n + position) % len(_STAGES)],
        }


if __name__ == "__main__":
    main()
