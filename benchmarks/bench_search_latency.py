"""How long does a picture query take, what does it miss, and what is the time spent on?

Three parts, each query by query and rival by rival in turn:

1. The search part through HTTP on the embedded service (quantised, rescored, grouped, with
   payload), exact search on the same service, a flat faiss index over the same vectors in this very
   process (no HTTP, no payload, no durability) and a flat NumPy scan, the truth. Ten publications,
   unfiltered and under filters that leave half to a thousandth of them, and exactly fifty. Every
   time stands beside its recall@10 against the truth.
2. Whole searches from a PNG file: decoded and cut, encoded, searched, explained. Once with the
   drawing as drawn, once in every orientation (the default for one picture).
3. Eight users at once, each asking whole searches one after another.

The corpus is described in `search_corpus.py`. Restrict the whole to two cores with
`taskset -c 0,1`; with other work beside it times are upper bounds, ratios less so.

    ./run bench bench_search_latency --n-figures 100000 > search_latency.json
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import faiss
import numpy as np

from benchmarks.measured_on import surroundings
from benchmarks.search_corpus import (
    FIFTY,
    FIGURES_A_PUBLICATION,
    SELECTIVITIES,
    Corpus,
    build_corpus,
    publication_id,
    serving,
)
from core.errors import LimnError
from core.ports import Embeddings
from core.settings import LimitSettings
from encoder.checkpoint import load_encoder
from search.branches import Branch
from search.conditions import build_filter
from search.index import FigureIndex
from search.query import SearchQuery
from search.schema import IMAGE
from search.service import SearchService
from ui.query_images import read_query_figures

K = 10
N_WARM_UP = 3
N_USERS = 8
EVERYTHING = "everything"
TRUTH = "numpy flat"

Answer = tuple[str, ...]
Ask = Callable[[Embeddings], Answer]


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n-figures", type=int, default=100_000)
    parser.add_argument("--n-queries", type=int, default=30)
    parser.add_argument("--only-search", action="store_true", help="part 1 alone")
    given = parser.parse_args()
    faiss.omp_set_num_threads(len(os.sched_getaffinity(0)))
    encoder = load_encoder(None, n_threads=1, batch_size=8)
    corpus = build_corpus(given.n_figures, encoder)
    rng = np.random.default_rng(1)
    rows = query_rows(corpus.rows, given.n_queries, rng)
    files = [corpus.drawings[i] for i in rng.choice(len(corpus.drawings), given.n_queries)]
    with serving(corpus, encoder) as (index, figures_per_s):
        report: dict[str, Any] = {
            "question": "a picture query for 10 publications",
            "metric": "wall time",
            "unit": "ms",
            "n_figures": len(corpus.rows),
            "dimension": encoder.dimension,
            "n_queries": given.n_queries,
            "indexed_figures_per_s": figures_per_s and round(figures_per_s),
            "search_part": [
                measure_search(index, corpus, rows, name)
                for name in (EVERYTHING, *SELECTIVITIES, FIFTY)
            ],
        }
        if not given.only_search:
            service = SearchService(index, encoder)
            report["whole"] = [
                measure_whole(service, files, tolerance) for tolerance in ("as-drawn", "any")
            ]
            report["users"] = measure_users(service, files)
    json.dump({**report, **surroundings(encoder.encoder_id, "faiss-cpu")}, sys.stdout, indent=1)


def query_rows(rows: Embeddings, n: int, rng: np.random.Generator) -> Embeddings:
    """Figures disturbed by a fifth of their length, float32 [Q, D]."""
    chosen = rows[rng.choice(len(rows), n, replace=False)]
    noise = rng.standard_normal(chosen.shape) / np.sqrt(chosen.shape[1])
    moved = chosen + 0.2 * noise
    return (moved / np.linalg.norm(moved, axis=1, keepdims=True)).astype(np.float32)


def measure_search(
    index: FigureIndex, corpus: Corpus, rows: Embeddings, name: str
) -> dict[str, Any]:
    """Every engine answers every query in turn under one filter; ratios are query by query."""
    n_publications = len(corpus.groups[FIFTY])
    members = corpus.groups.get(name, np.ones(n_publications, bool))
    allowed = np.repeat(members, FIGURES_A_PUBLICATION)[: len(corpus.rows)]
    query = SearchQuery(owner=() if name == EVERYTHING else (name,))
    asks: dict[str, Ask] = {
        "edge service": asking(index, query, exact=False),
        "edge service, exact": asking(index, query, exact=True),
        "faiss flat": asking_faiss(corpus.rows, None if name == EVERYTHING else allowed),
        TRUTH: asking_numpy(corpus.rows, allowed),
    }
    times: dict[str, list[float]] = {engine: [] for engine in asks}
    recalls: dict[str, list[float]] = {engine: [] for engine in asks}
    for row in rows[:N_WARM_UP]:
        for ask in asks.values():
            ask(row)
    for row in rows:
        found: dict[str, Answer] = {}
        for engine, ask in asks.items():
            started = time.perf_counter()
            found[engine] = ask(row)
            times[engine].append((time.perf_counter() - started) * 1000)
        truth = set(found[TRUTH])
        for engine, answer in found.items():
            recalls[engine].append(len(truth & set(answer)) / len(truth))
    return {
        "filter": name,
        "publications_left": int(members.sum()),
        "engines": {
            engine: {
                **spread(spent),
                "recall_at_10": round(statistics.fmean(recalls[engine]), 4),
                "median_ratio_to_faiss": round(
                    statistics.median(
                        a / b for a, b in zip(spent, times["faiss flat"], strict=True)
                    ),
                    2,
                ),
            }
            for engine, spent in times.items()
        },
    }


def asking(index: FigureIndex, query: SearchQuery, *, exact: bool) -> Ask:
    """Through HTTP, as a search ranks publications."""
    condition = build_filter(query)

    def ask(row: Embeddings) -> Answer:
        groups = index.query(
            [Branch("image", IMAGE, row)], condition=condition, limit=K, group_size=1, exact=exact
        )
        return tuple(group.publication_id for group in groups)

    return ask


def asking_faiss(rows: Embeddings, allowed: "np.ndarray | None") -> Ask:
    """The best figures, then publications in order of their best figure."""
    flat = faiss.IndexFlatIP(rows.shape[1])
    flat.add(rows)
    params = None
    if allowed is not None:
        bitmap = np.packbits(allowed, bitorder="little")
        params = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bitmap))

    def ask(row: Embeddings) -> Answer:
        _, found = flat.search(row[None], K * FIGURES_A_PUBLICATION, params=params)
        figures = found[0][found[0] >= 0]
        best = dict.fromkeys(int(i) // FIGURES_A_PUBLICATION for i in figures)
        return tuple(publication_id(p) for p in list(best)[:K])

    return ask


def asking_numpy(rows: Embeddings, allowed: "np.ndarray") -> Ask:
    """One matrix product over what is allowed."""
    own = np.flatnonzero(allowed)
    matrix = rows[own]

    def ask(row: Embeddings) -> Answer:
        scores = matrix @ row
        n = min(K * FIGURES_A_PUBLICATION, len(scores))
        top = np.argpartition(-scores, n - 1)[:n]
        order = own[top[np.argsort(-scores[top])]]
        best = dict.fromkeys(int(i) // FIGURES_A_PUBLICATION for i in order)
        return tuple(publication_id(p) for p in list(best)[:K])

    return ask


def measure_whole(service: SearchService, files: Sequence[bytes], tolerance: str) -> dict[str, Any]:
    """Whole searches and their parts."""
    parts: dict[str, list[float]] = {}
    query = SearchQuery.parse({"limit": K, "orientation": tolerance})
    for i, file in enumerate([*files[:N_WARM_UP], *files]):
        started = time.perf_counter()
        images = read_query_figures(file, "query.png", LimitSettings()).figures
        decoded = time.perf_counter()
        result = service.search(query, images[:1])
        if i < N_WARM_UP:
            continue
        laps = {"decode": (decoded - started) * 1000, **result.timings_ms}
        laps["total"] = (time.perf_counter() - started) * 1000
        for part, spent in laps.items():
            parts.setdefault(part, []).append(spent)
    return {"laid": tolerance, "parts": {part: spread(spent) for part, spent in parts.items()}}


def measure_users(service: SearchService, files: Sequence[bytes]) -> dict[str, Any]:
    """Eight users at once, one question after another each."""

    def user(number: int) -> tuple[list[float], list[str]]:
        times, errors = [], []
        for file in files[number::2]:
            started = time.perf_counter()
            try:
                images = read_query_figures(file, "query.png", LimitSettings()).figures
                service.search(SearchQuery(limit=K), images[:1])
            except LimnError as error:
                errors.append(str(error))
            times.append((time.perf_counter() - started) * 1000)
        return times, errors

    started = time.perf_counter()
    with ThreadPoolExecutor(N_USERS) as pool:
        outcomes = list(pool.map(user, [n % 2 for n in range(N_USERS)]))
    times = [spent for own, _ in outcomes for spent in own]
    return {
        "n_users": N_USERS,
        "n_searches": len(times),
        "errors": [error for _, errors in outcomes for error in errors],
        "searches_per_s": round(len(times) / (time.perf_counter() - started), 2),
        **spread(times),
    }


def spread(spent: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    return {
        "p50_ms": round(statistics.median(spent), 2),
        "p95_ms": round(float(np.percentile(spent, 95)), 2),
    }


if __name__ == "__main__":
    main()
