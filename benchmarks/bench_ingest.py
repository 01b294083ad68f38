"""Where does the time of bulk ingest go, stage by stage, and does memory stay flat?

The stage functions of the workers run one after another in this process, as a worker runs them,
against a real catalogue on disk, a real picture store and the embedded index service. `decode` is
a picture's bytes to pixels, `cut` a sheet's pixels to figures, `encode` pixels and words to
vectors; the rest is ours: parsing, storing, the catalogue, the index. Seconds are wall time, and
beside them the processor time of this process, which other work on the machine disturbs less.

    ./run bench bench_ingest --publications 150 > ingest.json
    ./run bench bench_ingest --archive I20210105.tar --archive I20210126.tar
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.measured_on import running_service, surroundings
from core.logs import configure_logs
from core.records import Stage
from core.settings import LogSettings, QdrantSettings, Settings
from ingestion import intake
from ingestion.archives import archive_sha256
from ingestion.catalogue import Catalogue
from ingestion.deliveries import list_units, reader_of
from ingestion.durable_files import DurableFiles
from ingestion.pictures import PictureBatch, PictureStore
from samples.archive import write_weekly_archives
from search.index import FigureIndex
from workers import describing, stages
from workers.resources import Resources


def describe(resources: Resources, figure_ids: Sequence[str]) -> list[str]:
    """The stage as the others are called."""
    return describing.describe(resources, figure_ids).to_embed


_STAGES = (
    (describe, Stage.CUT),
    (stages.embed, Stage.DESCRIBED),
    (stages.index, Stage.EMBEDDED),
)
_ENCODE = ("decode", "encode images", "encode words")
_ENGINES = {"decode and encode": _ENCODE, "decode, cut and encode": (*_ENCODE, "cut")}
_OURS_REACH = 0.15


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--publications", type=int, default=150, help="sample grants to draw")
    parser.add_argument("--archive", type=Path, action="append", default=[], help="in their place")
    parser.add_argument("--batch", type=int, default=32, help="figures a message")
    given = parser.parse_args()
    configure_logs(LogSettings(level="WARNING"))
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as index,
        running_service(Path(index)) as url,
    ):
        archives = given.archive or write_weekly_archives(
            Path(folder, "archives"), n_publications=given.publications, n_archives=2
        )
        settings = Settings(home=Path(folder, "home"), qdrant=QdrantSettings(url=url))
        json.dump(measure(Resources(settings), archives, given.batch), sys.stdout, indent=1)


def measure(resources: Resources, archives: Sequence[Path], batch: int) -> dict[str, Any]:
    """Take archives in and account for every second."""
    resources.index, resources.encoder.encode_texts(["warm up"])
    seconds, by_stage = Clocks(), Clocks()
    memory_mb: list[float] = []
    with accounted(resources, seconds), seconds.running("all"):
        for path in archives:
            for units in messages(resources, path):
                with by_stage.running("ingest"):
                    figures = stages.ingest(resources, archive_sha_of[path], units)
                for stage, _ in _STAGES:
                    for start in range(0, len(figures), batch):
                        with by_stage.running(stage.__name__):
                            stage(resources, figures[start : start + batch])
                memory_mb.append(resident_mb())
    n_figures = resources.catalogue.counts().figures
    return {
        "question": "where the time of bulk ingest goes",
        "metric": "time in one process, one thread",
        "unit": "s",
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
                "reach": _OURS_REACH,
            }
            for named, parts in _ENGINES.items()
        },
        "resident_mb": {
            "after_a_tenth": round(memory_mb[len(memory_mb) // 10]),
            "at_the_end": round(memory_mb[-1]),
            "peak": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        },
        **surroundings(resources.encoder.encoder_id),
    }


class Clocks:
    """Wall and processor seconds by name."""

    def __init__(self) -> None:
        self.wall: Counter[str] = Counter()
        self.processor: Counter[str] = Counter()

    @contextmanager
    def running(self, name: str) -> Iterator[None]:
        """Add the time of a block."""
        wall, processor = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            self.wall[name] += time.perf_counter() - wall  # type: ignore[assignment]
            self.processor[name] += time.process_time() - processor  # type: ignore[assignment]

    def calls(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        """The function, clocked."""

        def call(*args: Any, **options: Any) -> Any:
            with self.running(name):
                return function(*args, **options)

        return call

    @staticmethod
    def rounded(spent: Counter[str]) -> dict[str, float]:
        """By name, the longest first."""
        return {name: round(seconds, 2) for name, seconds in spent.most_common()}

    @staticmethod
    def share_outside(spent: Counter[str], parts: Sequence[str]) -> float:
        """Share of all time that went into none of these."""
        return round(1 - sum(spent[part] for part in parts) / spent["all"], 3)


archive_sha_of: dict[Path, str] = {}


def messages(resources: Resources, path: Path) -> Iterator[list[str]]:
    """Enter an archive into the ledger and split it as the queue does."""
    archive_sha_of[path] = archive_sha256(path)
    listing = list_units(path, resources.settings.limits)
    resources.catalogue.begin_upload(
        str(path), archive_sha_of[path], path.stat().st_size, listing.members, listing.rejected
    )
    size = reader_of(path).units_a_message
    for start in range(0, len(listing.members), size):
        yield list(listing.members[start : start + size])


@contextmanager
def accounted(resources: Resources, seconds: Clocks) -> Iterator[None]:
    """Clock the parts of every stage where they are called."""
    encoder = type(resources.encoder)
    parts: tuple[tuple[object, str, str], ...] = (
        (intake, "decode_picture", "decode"),
        (intake, "cut_sheet", "cut"),
        (PictureBatch, "put", "store pictures"),
        (DurableFiles, "finish", "store pictures"),
        (PictureStore, "get_figure", "decode"),
        (encoder, "encode_images", "encode images"),
        (encoder, "encode_texts", "encode words"),
        (Catalogue, "store_publication", "catalogue"),
        (Catalogue, "store_embeddings", "catalogue"),
        (Catalogue, "store_texts", "catalogue"),
        (Catalogue, "advance", "catalogue"),
        (Catalogue, "figures", "catalogue"),
        (FigureIndex, "upsert", "index"),
    )
    with ExitStack() as patched:
        for owner, name, part in parts:
            clocked = seconds.calls(getattr(owner, name), part)
            patched.enter_context(mock.patch.object(owner, name, clocked))
        yield


def resident_mb() -> float:
    """Memory this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


if __name__ == "__main__":
    main()
