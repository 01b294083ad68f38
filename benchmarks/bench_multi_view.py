"""Does pairing all views of a query with a publication's views beat one view? By how much?

Same patent: every publication's figures are drawn into two halves, again and again: one half are
query views, the other halves of all publications are the gallery; the reciprocal rank of the
query's own publication. `laid` says how the query pictures may be laid; in the last rows every
query picture is mirrored and turned at random first.

Class: the views of a publication, all or three drawn by chance, ask for the other publications of
its class (Locarno class; main US class, or what else the manifest's class column says), its own
left out; average precision (`benchmarks.view_classes`). Titles say nothing here: no two
publications share one. All systems rank the same publications for the same query views:

- one view: each query view by itself, its best figure counts; the mean over the query views
- best pair: the best of all pairs of a query view and a figure
- mean of best: the mean over query views of the best figure each, figures used more than once
- pairing: the best one-to-one pairing (`search.assignment`)
- soft best: as mean of best, with a soft maximum that does not grow with the number of figures
- pooled (class alone): the mean vector of the views

Gains are paired by publication, intervals are bootstrapped over publications. `--figures` names
further folders of figures that are cut already, for the class alone.

    ./run bench bench_multi_view ../shared/data/sheets --figures .cache/grants .cache/rendered
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.laid_figures import LaidFigures, read_laid_figures
from benchmarks.measured_on import surroundings
from benchmarks.view_classes import class_values
from benchmarks.view_scores import ONE_VIEW, SYSTEMS, Values, paired_gain, summary
from core.ports import Embeddings, Encoder
from core.settings import read_settings
from encoder.checkpoint import load_encoder
from search.orientation import Orientation, Orientations, Tolerance, lay

LAID: tuple[tuple[Tolerance, bool], ...] = (
    ("as-drawn", False),
    ("mirrored", False),
    ("any", False),
    ("as-drawn", True),
    ("any", True),
)
"""Tolerance of the search, and whether queries are turned at random; as drawn before others."""


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path, help="folder of sheets with its manifest.csv")
    parser.add_argument("--figures", type=Path, nargs="*", default=[])
    parser.add_argument("--n-draws", type=int, default=10)
    given = parser.parse_args()
    encoder = load_encoder(read_settings().encoder.checkpoint, n_threads=1, batch_size=8)
    sheets = read_laid_figures(given.images, encoder)
    report = {
        "question": "several query views against one",
        "n_figures": len(sheets.rows),
        "n_publications": len(sheets.by_publication()),
        "n_draws": given.n_draws,
        "same_patent": measure_halves(sheets, encoder, given.n_draws),
        "class": {
            str(folder): measure_classes(figures, given.n_draws)
            for folder, figures in _by_folder(given.images, sheets, given.figures, encoder)
        },
        **surroundings(encoder.encoder_id),
    }
    json.dump(report, sys.stdout, indent=1)


def _by_folder(
    images: Path, sheets: LaidFigures, others: Sequence[Path], encoder: Encoder
) -> Iterator[tuple[Path, LaidFigures]]:
    """Every folder's figures laid as several query pictures are by default."""
    laid = Orientations(encoder).tolerated("auto", 2)
    variants = [list(Orientation).index(o) for o in laid]
    yield images, replace(sheets, rows=sheets.rows[:, variants])
    for folder in others:
        yield folder, read_laid_figures(folder, encoder, cut_figures=False, orientations=laid)


def measure_classes(figures: LaidFigures, n_draws: int) -> dict[str, Any]:
    """Every class that the folder knows, by all views and by three."""
    kinds = {"locarno": figures.classes, "own": figures.own_classes}
    asked = {"all views": None, "three views": 3}
    return {
        f"{kind}, {views}": summary(
            class_values(figures, classes, n_views=n_views, n_draws=n_draws)
        )
        for kind, classes in kinds.items()
        if classes.astype(bool).any()
        for views, n_views in asked.items()
    }


def measure_halves(figures: LaidFigures, encoder: Encoder, n_draws: int) -> list[dict[str, Any]]:
    """Same patent, laid in all ways."""
    orientations = Orientations(encoder)
    results = []
    as_drawn: dict[bool, Values] = {}
    for tolerance, turned in LAID:
        laid = [list(Orientation).index(o) for o in orientations.tolerated(tolerance, 1)]
        values = half_values(figures, laid, turned=turned, n_draws=n_draws)
        results.append(
            {
                "laid": tolerance,
                "queries_turned_at_random": turned,
                "variants": len(laid),
                "one_view_over_as_drawn": paired_gain(
                    values[ONE_VIEW], as_drawn.setdefault(turned, values)[ONE_VIEW]
                ),
                **summary(values),
            }
        )
    return results


def half_values(figures: LaidFigures, laid: list[int], *, turned: bool, n_draws: int) -> Values:
    """Reciprocal rank of all systems over `n_draws` draws of halves."""
    rng = np.random.default_rng(0)
    own = figures.by_publication()
    values: dict[str, list[tuple[str, float]]] = {system: [] for system in (ONE_VIEW, *SYSTEMS)}
    for _ in range(n_draws):
        halves = {p: np.array_split(rng.permutation(idx), 2)[::-1] for p, idx in own.items()}
        for position, publication in enumerate(own):
            queries = figures.rows[halves[publication][0]]  # (Q, 8, D)
            if turned:
                queries = np.stack([views[_turned(rng)] for views in queries])
            gallery = [figures.rows[half[1], 0] for half in halves.values()]
            for system, rows in _scores(queries[:, laid], gallery).items():
                values[system].append((publication, _reciprocal_rank(rows, position)))
    return values


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


if __name__ == "__main__":
    main()
