"""How long does a picture query take through HTTP on the embedded service, and what does it miss?

Rivals in the same run, taking turns query by query: a flat NumPy scan in this very process (no
HTTP, no payload, no durability: a floor), and qdrant-client's in-memory mode. Every time stands
beside its recall@10 publications against the exact answer. The vectors are made up: clusters of
publications, seven figures each, D = 384.

    python benchmarks/bench_search_latency.py --n-figures 20000 > search_latency.json
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from qdrant_client import QdrantClient, models

from core.ports import Embeddings
from core.records import point_id
from search.branches import Branch
from search.conditions import build_filter
from search.figure_point import FigurePoint
from search.index import FigureIndex
from search.query import SearchQuery
from search.schema import IMAGE

D = 384
FIGURES_A_PUBLICATION = 7
K = 10
N_WARM_UP = 3
CLASSES = (("every class", ()), ("one class in 30", ("07",)), ("one in 1,000", ("31-09",)))

Answer = tuple[str, ...]
Ask = Callable[[Embeddings, SearchQuery], Answer]


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n-figures", type=int, default=20_000)
    parser.add_argument("--n-queries", type=int, default=50)
    parser.add_argument("--local-mode", action="store_true", help="also the in-memory mode: slow")
    given = parser.parse_args()
    rng = np.random.default_rng(0)
    points = make_points(given.n_figures, rng)
    queries = make_queries(points, given.n_queries, rng)
    with running_service() as url:
        index = FigureIndex(url, "bench", D)
        index.prepare()
        started = time.perf_counter()
        index.upsert(points)
        indexed_per_s = len(points) / (time.perf_counter() - started)
        asks: dict[str, Ask] = {
            "edge service": lambda row, query: ask_index(index, row, query, exact=False),
            "edge service, exact": lambda row, query: ask_index(index, row, query, exact=True),
            "numpy flat": flat_scan(points),
        }
        if given.local_mode:
            asks["in-memory mode"] = local_mode(points)
        results = [measure(asks, queries, name, codes) for name, codes in CLASSES]
    report = {
        "question": "latency of one picture query, 10 publications",
        "metric": "wall time",
        "unit": "ms",
        "n_figures": len(points),
        "dimension": D,
        "n_queries": given.n_queries,
        "indexed_figures_per_s": round(indexed_per_s),
        "results": results,
        **surroundings(),
    }
    json.dump(report, sys.stdout, indent=1)


def make_points(n_figures: int, rng: np.random.Generator) -> list[FigurePoint]:
    """Figures scatter about their publication, publications about their class."""
    n_publications = -(-n_figures // FIGURES_A_PUBLICATION)
    classes = rng.standard_normal((30, D))
    points = []
    for p in range(n_publications):
        main = p % 30
        centre = classes[main] + rng.standard_normal(D)
        rare = ("31-09",) if p % 1000 == 0 else ()
        for f in range(min(FIGURES_A_PUBLICATION, n_figures - len(points))):
            row = centre + 0.6 * rng.standard_normal(D)
            points.append(
                FigurePoint(
                    figure_id=f"US-D{p:07d}-S1/{f + 1}",
                    publication_id=f"US-D{p:07d}-S1",
                    image=(row / np.linalg.norm(row)).astype(np.float32),
                    office="US",
                    title=f"Article {p}",
                    locarno=(f"{main + 1:02d}-01", *rare),
                    view="front",
                )
            )
    return points


def make_queries(points: list[FigurePoint], n: int, rng: np.random.Generator) -> Embeddings:
    """Disturbed copies of figures, float32 [Q, D]."""
    chosen = rng.choice(len(points), n, replace=False)
    rows = np.stack([points[i].image for i in chosen]) + 0.05 * rng.standard_normal((n, D))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@contextmanager
def running_service() -> Iterator[str]:
    """The embedded service as its own process, on disk."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "search.edge_service", "--path", folder, "--port", "0"],
            env={**os.environ, "OMP_NUM_THREADS": "1", "LIMN_LOG__LEVEL": "WARNING"},
        )
        address = Path(folder) / "service.json"
        while not address.exists():
            if process.poll() is not None:
                raise SystemExit(f"the service ended with exit code {process.returncode}")
            time.sleep(0.05)
        try:
            yield json.loads(address.read_text())["url"]
        finally:
            process.terminate()
            process.wait()


def ask_index(index: FigureIndex, row: Embeddings, query: SearchQuery, *, exact: bool) -> Answer:
    """Through HTTP, as a search does it."""
    groups = index.query(
        [Branch("image", IMAGE, row)],
        condition=build_filter(query),
        limit=K,
        group_size=3,
        exact=exact,
    )
    return tuple(group.publication_id for group in groups)


def flat_scan(points: list[FigurePoint]) -> Ask:
    """One matrix product, then publications in order of their best figure."""
    matrix = np.stack([p.image for p in points])
    codes = [{*p.locarno, *p.locarno_class} for p in points]
    masks = {
        wanted: np.array([not wanted or not own.isdisjoint(wanted) for own in codes])
        for _, wanted in CLASSES
    }

    def ask(row: Embeddings, query: SearchQuery) -> Answer:
        scores = np.where(masks[query.locarno_any], matrix @ row, -np.inf)
        found: dict[str, None] = {}
        for i in np.argsort(-scores):
            if len(found) == K or scores[i] == -np.inf:
                break
            found[points[i].publication_id] = None
        return tuple(found)

    return ask


def local_mode(points: list[FigurePoint]) -> Ask:
    """qdrant-client's own Python engine."""
    client = QdrantClient(":memory:")
    client.create_collection(
        "bench",
        vectors_config={IMAGE: models.VectorParams(size=D, distance=models.Distance.COSINE)},
    )
    for start in range(0, len(points), 1000):
        batch = [
            models.PointStruct(
                id=point_id(p.figure_id),
                vector={IMAGE: p.image.tolist()},
                payload={
                    "publication_id": p.publication_id,
                    "locarno": list(p.locarno),
                    "locarno_class": list(p.locarno_class),
                },
            )
            for p in points[start : start + 1000]
        ]
        client.upsert("bench", batch)

    def ask(row: Embeddings, query: SearchQuery) -> Answer:
        groups = client.query_points_groups(
            "bench",
            group_by="publication_id",
            query=row.tolist(),
            using=IMAGE,
            query_filter=build_filter(query),
            limit=K,
            group_size=3,
        ).groups
        return tuple(str(group.id) for group in groups)

    return ask


def measure(
    asks: dict[str, Ask], queries: Embeddings, name: str, codes: tuple[str, ...]
) -> dict[str, Any]:
    """Every engine answers every query in turn; ratios are taken query by query."""
    query = SearchQuery(locarno_any=codes)
    times: dict[str, list[float]] = {engine: [] for engine in asks}
    recalls: dict[str, list[float]] = {engine: [] for engine in asks}
    for row in queries[:N_WARM_UP]:
        for ask in asks.values():
            ask(row, query)
    for row in queries:
        truth = set(asks["numpy flat"](row, query))
        for engine, ask in asks.items():
            started = time.perf_counter()
            found = ask(row, query)
            times[engine].append((time.perf_counter() - started) * 1000)
            recalls[engine].append(len(truth & set(found)) / len(truth))
    return {
        "filter": name,
        "engines": {
            engine: {
                "p50_ms": round(statistics.median(spent), 2),
                "p95_ms": round(float(np.percentile(spent, 95)), 2),
                "recall_at_10": round(statistics.fmean(recalls[engine]), 4),
                "median_ratio_to_numpy": round(
                    statistics.median(
                        a / b for a, b in zip(spent, times["numpy flat"], strict=True)
                    ),
                    2,
                ),
            }
            for engine, spent in times.items()
        },
    }


def surroundings() -> dict[str, Any]:
    """What the numbers were measured on."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return {
        "encoder_id": None,
        "commit": commit.stdout.strip(),
        "hardware": f"{platform.machine()}, {os.cpu_count()} cores",
        "load_1min": round(os.getloadavg()[0], 1),
        "versions": {
            "python": platform.python_version(),
            **{p: version(p) for p in ("qdrant-client", "qdrant-edge-py", "numpy")},
        },
    }


if __name__ == "__main__":
    main()
