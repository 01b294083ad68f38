"""Does the embedded index grow when the same figures come again and again?

The service as `limn up` starts it, alone. A lot of `--figures` goes in and is replaced `--lots`
times as a reissued week is: the same figures with other vectors, words, pictures, revisions, upload
and delivery, in batches as the index stage writes them, a few of them gone or come again; and some
searches after each lot. Noted are what the process holds for itself (RssAnon), what its C library
has in use and keeps of what was freed, Python's small objects, and the engine's log and segments on
disk.

The engine gives the room of replaced points back every 5,000 points written, so memory goes up and
down by that step: a row is the median of such a step. The first third, in which caches fill, stays
out of the slopes (`memory_growth`).

    ./run bench bench_index_memory [--figures 290] [--lots 300] > memory.json
"""

import argparse
import dataclasses
import json
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from benchmarks.hash_encoder import HashEncoder
from benchmarks.heap_account import FOLDER_VARIABLE, ask_heap
from benchmarks.measured_on import surroundings
from benchmarks.memory_growth import memory_growth
from benchmarks.process_memory import anonymous_mb
from core.settings import Settings
from search.branches import Branch
from search.figure_point import FigurePoint
from search.index import FigureIndex
from search.schema import BM25, IMAGE, query_word_vector
from ui.processes import ServiceProcess
from ui.services import Service, service_spec, with_addresses

_BATCH = 32
_STEP_FIGURES = 5000
_SEARCHES_A_LOT = 2
_MOST_GONE = 20
_FIGURES_A_PUBLICATION = 7
_WORDS = [f"word{n}" for n in range(3000)]
_VIEWS = ("front", "rear", "left", "right", "top", "bottom", "perspective")
_TELLING = (
    "import sys, benchmarks.heap_account, search.edge_service.__main__ as service;"
    "sys.exit(service.main())"
)
Row = dict[str, float]


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--figures", type=int, default=290)
    parser.add_argument("--lots", type=int, default=300)
    given = parser.parse_args()
    by_step: dict[int, list[Row]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder, _serving(Path(folder)) as (index, pid):
        for n_written in replace_again(index, given.figures, given.lots):
            held = _held(pid, Path(folder))
            by_step[n_written // _STEP_FIGURES].append(held)
            print({"figures": n_written} | held, file=sys.stderr, flush=True)
    names = list(by_step[0][0])
    rows = [
        {"figures": step * _STEP_FIGURES}
        | {name: round(float(np.median([one[name] for one in held])), 2) for name in names}
        for step, held in by_step.items()
    ]
    growth = {
        name: memory_growth({step: [one[name] for one in held] for step, held in by_step.items()})
        for name in names
    }
    report = {
        "question": "memory of the index by figures replaced",
        "unit": f"MB, slopes by {_STEP_FIGURES} figures",
        "n_figures": given.figures,
        "rows": rows,
        "growth": {name: dataclasses.asdict(one) for name, one in growth.items()},
    }
    json.dump(report | surroundings(HashEncoder.encoder_id), sys.stdout, indent=1)


@contextmanager
def _serving(folder: Path) -> Iterator[tuple[FigureIndex, int]]:
    """An empty collection and the process that serves it, which tells what its heap holds."""
    (folder / "home").mkdir()
    settings = with_addresses(Settings(home=folder / "home"))
    spec = service_spec(Service.INDEX, settings)
    python, _, _, *arguments = spec.command
    spec = dataclasses.replace(
        spec,
        command=[python, "-c", _TELLING, *arguments],
        environment={**spec.environment, FOLDER_VARIABLE: str(folder)},
    )
    service = ServiceProcess(spec, folder / "logs")
    try:
        service.wait_ready()
        index = FigureIndex(str(settings.qdrant.url), HashEncoder.encoder_id, HashEncoder.dimension)
        index.prepare()
        yield index, service.pid
    finally:
        service.stop()


def replace_again(index: FigureIndex, n_figures: int, n_lots: int) -> Iterator[int]:
    """Write lot after lot over the one before.

    Yields:
        How many figures were written so far, after each lot and its searches.
    """
    former: set[str] = set()
    n_written = 0
    for n in range(n_lots):
        lot = draw_lot(n, n_figures - random.Random(n).randrange(_MOST_GONE))
        for start in range(0, len(lot), _BATCH):
            index.upsert(lot[start : start + _BATCH])
        present = {figure.figure_id for figure in lot}
        index.delete_figures(former - present)
        former, n_written = present, n_written + len(lot)
        for figure in lot[:: len(lot) // _SEARCHES_A_LOT]:
            _search(index, figure)
        yield n_written


def _search(index: FigureIndex, figure: FigurePoint) -> None:
    """By likeness, by words and likeness, and how many each owner has."""
    image = Branch("image", IMAGE, figure.image)
    words = Branch("words", BM25, query_word_vector(figure.title))
    for branches in ([image], [image, words]):
        index.query(branches, condition=None, limit=30, group_size=3)
    index.listing.facet("owner", None, 50)


def draw_lot(n: int, n_figures: int) -> list[FigurePoint]:
    """The figures of the nth issue; only ids and places stay."""
    chance = np.random.default_rng(n)
    vectors = chance.standard_normal((n_figures, 2, HashEncoder.dimension))
    vectors = (vectors / np.linalg.norm(vectors, axis=2, keepdims=True)).astype(np.float32)
    return [
        dataclasses.replace(
            _figure(n, *divmod(position, _FIGURES_A_PUBLICATION)),
            image=image,
            text=text,
            source=f"week-{n:04}.tar",
            upload=f"{n:064x}",
            picture=chance.bytes(32).hex(),
        )
        for position, (image, text) in enumerate(vectors)
    ]


def _figure(n: int, publication: int, place: int) -> FigurePoint:
    """A figure as the product stores it, without what differs from figure to figure."""
    drawn = random.Random(f"{n} {publication}")
    number = 1_000_001 + publication
    title = " ".join(drawn.sample(_WORDS, 4))
    shown = "thereof" if place else f"of a {title}"
    caption = f"FIG. {place + 1} is a {_VIEWS[place]} view {shown}"
    return FigurePoint(
        figure_id=f"US-D{number}-S1/{place + 1}",
        publication_id=f"US-D{number}-S1",
        image=np.empty(0, np.float32),
        texts=(title, caption),
        office="US",
        kind="S1",
        title=title,
        locarno=(f"{drawn.randint(1, 32):02}-{drawn.randint(1, 9):02}",),
        locarno_edition="13",
        us_class=(f"D{drawn.randint(1, 34)}/{drawn.randint(100, 700)}",),
        view=_VIEWS[place],
        label=str(place + 1),
        publication_date=date(2021, 1, 5) + timedelta(weeks=n % 52),
        filing_date=date(2019, 1, 5) + timedelta(days=drawn.randrange(620)),
        owners=(f"{drawn.choice(_WORDS)} {drawn.choice(_WORDS)} Inc.",),
        designers=(f"{drawn.choice(_WORDS)} {drawn.choice(_WORDS)}",),
        status="published",
        number_keys=(f"D{number}",),
        leads=("publication", "view") if place == 0 else ("view",),
        caption=caption,
        revision=drawn.randbytes(32).hex(),
    )


def _held(pid: int, folder: Path) -> Row:
    (shard,) = (folder / "home/index/collections").glob("*/shard")
    return {
        "anonymous_mb": anonymous_mb(pid),
        **ask_heap(pid, folder),
        "log_mb": _on_disk_mb(shard / "wal"),
        "segments_mb": _on_disk_mb(shard / "segments"),
    }


def _on_disk_mb(folder: Path) -> float:
    return sum(path.stat().st_blocks for path in folder.rglob("*")) * 512 / 2**20


if __name__ == "__main__":
    main()
