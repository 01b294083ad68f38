"""How long does a picture query take, what does it miss, and what is the time spent on?

Three parts, each query by query and rival by rival in turn:

1. The search part through HTTP on the embedded service (quantised, rescored, grouped, with the
   payload that a ranking looks at; the rest is read for the hits of a page, and counts in part 2),
   exact search on the same service, and flat scans in this very process: faiss over an index cut
   beforehand to what the filter leaves, faiss that evaluates the filter for each query, and NumPy,
   the truth (see `search_rivals.py`). Ten publications, unfiltered and under filters that leave
   half to a thousandth of them, and exactly fifty. Beside them the service's engine alone, in this
   process and handing over no more than faiss does (see `engine_alone.py`): the search without what
   stands around it. Every time stands beside its recall@10 against
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
from typing import Any

import faiss
import numpy as np

from benchmarks.engine_alone import EngineAlone, engine_alone
from benchmarks.measured_on import cpu_ms_of, surroundings
from benchmarks.search_corpus import (
    FIFTY,
    FIGURES_A_PUBLICATION,
    SELECTIVITIES,
    Corpus,
    build_corpus,
    service_folder,
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
from benchmarks.whole_searches import N_WARM_UP, measure_users, measure_whole
from core.ports import Embeddings
from core.settings import read_settings
from encoder.checkpoint import load_encoder
from search.branches import Branch
from search.conditions import build_filter
from search.index import FigureIndex
from search.multi_view import RANKING_KEYS
from search.query import SearchQuery
from search.schema import IMAGE
from search.service import SearchService

EVERYTHING = "everything"
SERVICE = "edge service"
ENGINE = "its engine alone"
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
    with serving(corpus, encoder) as (_, _, figures_per_s):
        pass  # filled, where it was not, and stopped: only so may its store be copied
    with (
        engine_alone(
            service_folder(corpus, encoder), encoder.encoder_id, encoder.dimension
        ) as engine,
        serving(corpus, encoder) as (index, pid, _),
    ):
        report: dict[str, Any] = {
            "question": "a picture query for 10 publications",
            "metric": "wall time",
            "unit": "ms",
            "n_figures": len(corpus.rows),
            "dimension": encoder.dimension,
            "n_queries": given.n_queries,
            "indexed_figures_per_s": figures_per_s and round(figures_per_s),
            "search_part": [
                measure_search(index, engine, pid, corpus, rows, name)
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
    index: FigureIndex,
    engine: EngineAlone,
    pid: int,
    corpus: Corpus,
    rows: Embeddings,
    name: str,
) -> dict[str, Any]:
    """Every engine answers every query in turn under one filter; ratios are query by query."""
    everything = name == EVERYTHING
    members = corpus.groups.get(name, np.ones(len(corpus.groups[FIFTY]), bool))
    allowed = np.repeat(members, FIGURES_A_PUBLICATION)[: len(corpus.rows)]
    query = SearchQuery(owner=() if everything else (name,))
    asks: dict[str, Ask] = {
        SERVICE: asking(index, query, exact=False),
        "edge service, exact": asking(index, query, exact=True),
        ENGINE: engine.asking(query, rows),
        CUT: faiss_cut(corpus.rows, allowed),
        TRUTH: numpy_flat(corpus.rows, allowed),
    }
    if not everything:
        flat = faiss_everything(corpus.rows)
        asks[FILTERED] = faiss_filtered(flat, owner_column(corpus), name)
    laps: dict[str, list[Lap]] = {answerer: [] for answerer in asks}
    for row in rows[:N_WARM_UP]:
        for ask in asks.values():
            ask(row)
    order, chance = list(asks), random.Random(0)
    for row in rows:
        chance.shuffle(order)  # each finds the processor's caches as any of the others leaves them
        for answerer in order:
            laps[answerer].append(timed(asks[answerer], row, pid))
    truth = [set(lap.answer) for lap in laps[TRUTH]]
    return {
        "filter": name,
        "publications_left": int(members.sum()),
        "engines": {
            answerer: {
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
            for answerer, own in laps.items()
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


if __name__ == "__main__":
    main()
