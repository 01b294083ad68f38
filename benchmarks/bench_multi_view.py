"""Does pairing all views of a query with a publication's views beat one view? By how much?

Every publication's figures are drawn into two halves, again and again: one half are query views,
the other halves of all publications are the gallery. All systems rank the same publications for the
same query views in the same draw:

- one view: each query view by itself, its best figure counts; the mean over the query views
- best pair: the best of all pairs of a query view and a figure
- mean of best: the mean over query views of the best figure each, figures used more than once
- pairing: the best one-to-one pairing (`search.assignment`), as a search scores several pictures

Relevant is the query's own publication (reciprocal rank), then the publications of its Locarno
class, its own left out (average precision; classes held by one publication have none). Gains are
paired by publication, intervals are bootstrapped over publications. `laid` says how the query
pictures may be laid; in the last rows every query picture is mirrored and turned at random first.

    ./run bench bench_multi_view ../shared/data/sheets > multi_view.json
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.laid_figures import LaidFigures, read_laid_figures
from core.ports import Embeddings
from encoder.checkpoint import load_encoder
from encoder.evaluation.metrics import average_precision, bootstrap_interval
from search.assignment import assign_views
from search.multi_view import MISSING_VIEW
from search.orientation import Orientation, Orientations, Tolerance, lay

ONE_VIEW = "one view"
Score = Callable[[Embeddings], float]
SYSTEMS: dict[str, Score] = {
    "best pair": lambda cosines: float(cosines.max()),
    "mean of best": lambda cosines: float(cosines.max(axis=1).mean()),
    "pairing": lambda cosines: assign_views(cosines, MISSING_VIEW).score,
}
LAID: tuple[tuple[Tolerance, bool], ...] = (
    ("as-drawn", False),
    ("mirrored", False),
    ("any", False),
    ("as-drawn", True),
    ("any", True),
)


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path, help="folder of sheets with its manifest.csv")
    parser.add_argument("--n-draws", type=int, default=10)
    given = parser.parse_args()
    encoder = load_encoder(None, n_threads=1, batch_size=8)
    figures = read_laid_figures(given.images, encoder)
    orientations = Orientations(encoder)
    results = []
    for tolerance, turned in LAID:
        laid = [list(Orientation).index(o) for o in orientations.tolerated(tolerance, 1)]
        results.append(
            {
                "laid": tolerance,
                "queries_turned_at_random": turned,
                "variants": len(laid),
                **measure(figures, laid, turned=turned, n_draws=given.n_draws),
            }
        )
    report = {
        "question": "several query views against one",
        "metric": "mean reciprocal rank (same publication), mean average precision (same class)",
        "n_figures": len(figures.rows),
        "n_publications": len(figures.by_publication()),
        "n_draws": given.n_draws,
        "results": results,
        "encoder_id": encoder.encoder_id,
        "commit": _commit(),
        "load_1min": round(os.getloadavg()[0], 1),
    }
    json.dump(report, sys.stdout, indent=1)


def measure(figures: LaidFigures, laid: list[int], *, turned: bool, n_draws: int) -> dict[str, Any]:
    """All systems over `n_draws` draws of halves."""
    rng = np.random.default_rng(0)
    own = figures.by_publication()
    publications = list(own)
    main_class = np.array([figures.classes[own[p][0]] for p in publications])
    values: dict[str, dict[str, list[tuple[str, float]]]] = {
        metric: {system: [] for system in (ONE_VIEW, *SYSTEMS)} for metric in ("same", "class")
    }
    for _ in range(n_draws):
        halves = {p: np.array_split(rng.permutation(idx), 2)[::-1] for p, idx in own.items()}
        for position, publication in enumerate(publications):
            queries = figures.rows[halves[publication][0]]  # (Q, 8, D)
            if turned:
                queries = np.stack([views[_turned(rng)] for views in queries])
            scores = _scores(
                queries[:, laid], [figures.rows[halves[p][1], 0] for p in publications]
            )
            alike = (main_class == main_class[position]) & (np.arange(len(own)) != position)
            for system, rows in scores.items():
                values["same"][system].append((publication, _reciprocal_rank(rows, position)))
                if alike.any():
                    values["class"][system].append((publication, _class_ap(rows, position, alike)))
    return {metric: _summary(by_system) for metric, by_system in values.items()}


def _turned(rng: np.random.Generator) -> list[int]:
    """Positions of the eight orientations of a picture that was laid at random first.

    Orientation i of the laid picture is some orientation of the picture itself; which one is read
    off a small asymmetric pattern.
    """
    pattern = np.arange(4, dtype=np.uint8).reshape(2, 2)
    of = {lay(pattern, orientation).tobytes(): i for i, orientation in enumerate(Orientation)}
    first = lay(pattern, list(Orientation)[rng.integers(len(Orientation))])
    return [of[lay(first, orientation).tobytes()] for orientation in Orientation]


def _scores(queries: Embeddings, gallery: list[Embeddings]) -> dict[str, Embeddings]:
    """Per system float32 [R, P]: R is Q for one view, else 1."""
    cosines = [np.einsum("qvd,fd->qvf", queries, rows).max(axis=1) for rows in gallery]
    scores = {ONE_VIEW: np.stack([c.max(axis=1) for c in cosines], axis=1)}
    for system, score in SYSTEMS.items():
        scores[system] = np.array([[score(c) for c in cosines]], np.float32)
    return scores


def _reciprocal_rank(rows: Embeddings, position: int) -> float:
    ranks = 1 + (rows > rows[:, position, None]).sum(axis=1)
    return float((1 / ranks).mean())


def _class_ap(rows: Embeddings, position: int, alike: NDArray[np.bool_]) -> float:
    others = np.arange(rows.shape[1]) != position
    order = np.argsort(-rows[:, others], axis=1, kind="stable")
    return float(average_precision(alike[others][order]).mean())


def _summary(by_system: dict[str, list[tuple[str, float]]]) -> dict[str, Any]:
    names = np.array([publication for publication, _ in by_system[ONE_VIEW]])
    base = np.array([value for _, value in by_system[ONE_VIEW]])
    summary = {}
    for system, pairs in by_system.items():
        values = np.array([value for _, value in pairs])
        gain = values - base
        summary[system] = {
            "mean": round(float(values.mean()), 4),
            "ci95": _rounded(bootstrap_interval(values, names)),
            "gain_over_one_view": round(float(gain.mean()), 4),
            "gain_ci95": _rounded(bootstrap_interval(gain, names)),
        }
    return {"n_publications": len(set(names)), "systems": summary}


def _rounded(interval: tuple[float, float]) -> list[float]:
    return [round(end, 4) for end in interval]


def _commit() -> str:
    return subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()


if __name__ == "__main__":
    main()
