"""How long does a picture query take, what does it miss, and what is the time spent on?

Three parts, each query by query and rival by rival in turn:

1. The search part through HTTP on the embedded service (quantised, rescored, grouped, with the
   payload that a ranking looks at; the rest is read for the hits of a page, and counts in part 2),
   exact search on the same service, and flat scans in this very process: faiss over an index cut
   beforehand to what the filter leaves, faiss that evaluates the filter for each query, and NumPy,
   the truth (see `search_rivals.py`). Ten publications, unfiltered and under filters that leave
   half to a thousandth of them, and exactly fifty. Every time stands beside its recall@10 against
   the truth, and beside the processor time it took: of the service and of its caller, which other
   work on the machine disturbs less.
2. Whole searches from a PNG file: decoded and cut, encoded, searched, explained. Once with the
   drawing as drawn, once in every orientation (the default for one picture). Then the same drawing
   is asked again, without a filter and under one that leaves fifty: its vectors are kept, so this
   is what a search costs beside them.
3. Eight users at once, each asking whole searches one after another.

The corpus is described in `search_corpus.py`. The serving processes of a home keep OpenBLAS to one
thread, and so should this one. Restrict the whole to two cores with `taskset -c 0,1`; with other
work beside it times are upper bounds, ratios less so.

    OPENBLAS_NUM_THREADS=1 ./run bench bench_search_latency --n-figures 100000 > latency.json
"""

import argparse
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import faiss
import numpy as np

from benchmarks.measured_on import cpu_ms_of, surroundings
from benchmarks.search_corpus import (
    FIFTY,
    FIGURES_A_PUBLICATION,
    SELECTIVITIES,
    Corpus,
    build_corpus,
    serving,
)
from benchmarks.search_rivals import (
    Answer,
    Ask,
    K,
    faiss_cut,
    faiss_everything,
    faiss_filtered,
    numpy_flat,
    owner_column,
)
from benchmarks.timings import Lap, ratio, spread
from core.errors import LimnError
from core.ports import Embeddings, GreyImage
from core.settings import LimitSettings, read_settings
from encoder.checkpoint import load_encoder
from search.branches import Branch
from search.conditions import build_filter
from search.index import FigureIndex
from search.multi_view import RANKING_KEYS
from search.query import SearchQuery
from search.schema import IMAGE
from search.service import SearchService
from ui.query_images import read_query_figures

N_WARM_UP = 3
N_USERS = 8
EVERYTHING = "everything"
SERVICE = "edge service"
CUT = "faiss, cut beforehand"
FILTERED = "faiss, filtered"
TRUTH = "numpy flat"
RIVALS = {CUT, FILTERED}


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n-figures", type=int, default=100_000)
    parser.add_argument("--n-queries", type=int, default=30)
    parser.add_argument("--only-search", action="store_true", help="part 1 alone")
    given = parser.parse_args()
    faiss.omp_set_num_threads(len(os.sched_getaffinity(0)))
    encoder = load_encoder(read_settings().encoder.checkpoint, n_threads=1, batch_size=8)
    corpus = build_corpus(given.n_figures, encoder)
    rng = np.random.default_rng(1)
    rows = query_rows(corpus.rows, given.n_queries, rng)
    files = [corpus.drawings[i] for i in rng.permutation(len(corpus.drawings))]
    with serving(corpus, encoder) as (index, pid, figures_per_s):
        report: dict[str, Any] = {
            "question": "a picture query for 10 publications",
            "metric": "wall time",
            "unit": "ms",
            "n_figures": len(corpus.rows),
            "dimension": encoder.dimension,
            "n_queries": given.n_queries,
            "indexed_figures_per_s": figures_per_s and round(figures_per_s),
            "search_part": [
                measure_search(index, pid, corpus, rows, name)
                for name in (EVERYTHING, *SELECTIVITIES, FIFTY)
            ],
        }
        if not given.only_search:
            report["whole"] = [
                measure_whole(
                    SearchService(index, encoder),
                    pid,
                    files[: N_WARM_UP + given.n_queries],
                    tolerance,
                )
                for tolerance in ("as-drawn", "any")
            ]
            report["users"] = measure_users(
                SearchService(index, encoder), pid, files[: 4 * given.n_queries]
            )
    json.dump({**report, **surroundings(encoder.encoder_id, "faiss-cpu")}, sys.stdout, indent=1)


def query_rows(rows: Embeddings, n: int, rng: np.random.Generator) -> Embeddings:
    """Figures disturbed by a fifth of their length, float32 [Q, D]."""
    chosen = rows[rng.choice(len(rows), n, replace=False)]
    noise = rng.standard_normal(chosen.shape) / np.sqrt(chosen.shape[1])
    moved = chosen + 0.2 * noise
    unit: Embeddings = (moved / np.linalg.norm(moved, axis=1, keepdims=True)).astype(np.float32)
    return unit


def measure_search(
    index: FigureIndex, pid: int, corpus: Corpus, rows: Embeddings, name: str
) -> dict[str, Any]:
    """Every engine answers every query in turn under one filter; ratios are query by query."""
    everything = name == EVERYTHING
    members = corpus.groups.get(name, np.ones(len(corpus.groups[FIFTY]), bool))
    allowed = np.repeat(members, FIGURES_A_PUBLICATION)[: len(corpus.rows)]
    query = SearchQuery(owner=() if everything else (name,))
    asks: dict[str, Ask] = {
        SERVICE: asking(index, query, exact=False),
        "edge service, exact": asking(index, query, exact=True),
        CUT: faiss_cut(corpus.rows, allowed),
        TRUTH: numpy_flat(corpus.rows, allowed),
    }
    if not everything:
        flat = faiss_everything(corpus.rows)
        asks[FILTERED] = faiss_filtered(flat, owner_column(corpus), name)
    laps: dict[str, list[Lap]] = {engine: [] for engine in asks}
    for row in rows[:N_WARM_UP]:
        for ask in asks.values():
            ask(row)
    order, chance = list(asks), random.Random(0)
    for row in rows:
        chance.shuffle(order)  # each finds the processor's caches as any of the others leaves them
        for engine in order:
            laps[engine].append(timed(asks[engine], row, pid))
    truth = [set(lap.answer) for lap in laps[TRUTH]]
    return {
        "filter": name,
        "publications_left": int(members.sum()),
        "engines": {
            engine: {
                **spread([lap.ms for lap in own]),
                "cpu_ms": round(statistics.fmean(lap.cpu_ms for lap in own), 2),
                "recall_at_10": round(
                    statistics.fmean(
                        len(best & set(lap.answer)) / len(best)
                        for best, lap in zip(truth, own, strict=True)
                    ),
                    4,
                ),
                **{f"ratio_to_{rival}": ratio(own, laps[rival]) for rival in RIVALS & laps.keys()},
            }
            for engine, own in laps.items()
        },
    }


def timed(ask: Ask, row: Embeddings, pid: int) -> Lap:
    """Ask once."""
    service_before = cpu_ms_of(pid)
    caller_before = time.process_time()
    started = time.perf_counter()
    answer = ask(row)
    spent = time.perf_counter() - started
    caller = (time.process_time() - caller_before) * 1000
    return Lap(answer, spent * 1000, caller + cpu_ms_of(pid) - service_before)


def asking(index: FigureIndex, query: SearchQuery, *, exact: bool) -> Ask:
    """Through HTTP, as a search ranks publications."""
    condition = build_filter(query)

    def ask(row: Embeddings) -> Answer:
        groups = index.query(
            [Branch("image", IMAGE, row)],
            condition=condition,
            limit=K,
            group_size=1,
            exact=exact,
            payload=RANKING_KEYS,
        )
        return tuple(group.publication_id for group in groups)

    return ask


def measure_whole(
    service: SearchService, pid: int, files: Sequence[bytes], tolerance: str
) -> dict[str, Any]:
    """Whole searches, their parts, and the processor time of both processes; no drawing twice."""
    parts: dict[str, list[float]] = {}
    cpu_ms: list[float] = []
    query = SearchQuery.parse({"limit": K, "orientation": tolerance})
    narrow = query.model_copy(update={"owner": (FIFTY,)})
    again: dict[str, list[Lap]] = {EVERYTHING: [], FIFTY: []}
    for i, file in enumerate(files):
        cpu_before = _cpu_ms(pid)
        started = time.perf_counter()
        images = read_query_figures(file, "query.png", LimitSettings()).figures
        decoded = time.perf_counter()
        result = service.search(query, images[:1])
        if i < N_WARM_UP:
            continue
        laps = {"decode": (decoded - started) * 1000, **result.timings_ms}
        laps["total"] = (time.perf_counter() - started) * 1000
        cpu_ms.append(_cpu_ms(pid) - cpu_before)
        for part, spent in laps.items():
            parts.setdefault(part, []).append(spent)
        for asked, own in zip((query, narrow), again.values(), strict=True):
            own.append(_asked_again(service, pid, asked, images[0]))
    return {
        "laid": tolerance,
        "parts": {part: spread(spent) for part, spent in parts.items()},
        "cpu_ms": round(statistics.fmean(cpu_ms), 1),
        "asked_again": {
            name: {
                **spread([lap.ms for lap in own]),
                "cpu_ms": round(statistics.fmean(lap.cpu_ms for lap in own), 1),
            }
            for name, own in again.items()
        },
    }


def _asked_again(service: SearchService, pid: int, query: SearchQuery, image: GreyImage) -> Lap:
    """One search by a drawing whose vectors are kept, and the publications it finds."""
    cpu_before = _cpu_ms(pid)
    result = service.search(query, [image])
    return Lap(
        tuple(hit.publication_id for hit in result.hits),
        result.total_ms,
        _cpu_ms(pid) - cpu_before,
    )


def measure_users(service: SearchService, pid: int, files: Sequence[bytes]) -> dict[str, Any]:
    """Eight users at once, one question after another each; no drawing twice."""

    def user(number: int) -> tuple[list[float], list[str]]:
        times, errors = [], []
        for file in files[number::N_USERS]:
            started = time.perf_counter()
            try:
                images = read_query_figures(file, "query.png", LimitSettings()).figures
                service.search(SearchQuery(limit=K), images[:1])
            except LimnError as error:
                errors.append(str(error))
            times.append((time.perf_counter() - started) * 1000)
        return times, errors

    service.warm_up()
    cpu_before = _cpu_ms(pid)
    started = time.perf_counter()
    with ThreadPoolExecutor(N_USERS) as pool:
        outcomes = list(pool.map(user, range(N_USERS)))
    times = [spent for own, _ in outcomes for spent in own]
    return {
        "n_users": N_USERS,
        "n_searches": len(times),
        "errors": [error for _, errors in outcomes for error in errors],
        "searches_per_s": round(len(times) / (time.perf_counter() - started), 2),
        "cpu_ms_a_search": round((_cpu_ms(pid) - cpu_before) / len(times), 1),
        **spread(times),
    }


def _cpu_ms(pid: int) -> float:
    """Processor time so far, of the service and of this process."""
    return cpu_ms_of(pid) + time.process_time() * 1000


if __name__ == "__main__":
    main()
