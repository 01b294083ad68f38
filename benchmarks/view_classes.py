"""Publications of a class asked for by the views of another: all of them, or three by chance.

A query publication ranks all others, its own is not among them; average precision over that
ranking, of publications. Classes that one publication alone holds have no query.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.laid_figures import LaidFigures
from benchmarks.view_scores import ONE_VIEW, SYSTEMS, Values
from core.ports import Embeddings
from encoder.evaluation.metrics import average_precision

POOLED = "pooled"
"""The mean vector of the query views against the mean vector of the publication's figures."""
Drawn = Sequence[NDArray[np.int64]]


def class_values(
    figures: LaidFigures, classes: NDArray[np.str_], *, n_views: int | None, n_draws: int
) -> Values:
    """Average precision of every system and query publication.

    Args:
        figures: All views laid as a query of several pictures is by default.
        classes: str [N], of each figure; empty where unknown.
        n_views: How many views ask, drawn by chance; None for all.
        n_draws: How often they are drawn.
    """
    own = figures.by_publication()
    names, positions = np.array(list(own)), list(own.values())
    of = np.array([classes[idx[0]] for idx in positions])
    values: dict[str, list[tuple[str, float]]] = {
        system: [] for system in (ONE_VIEW, POOLED, *SYSTEMS)
    }
    for queries in _draws(positions, n_views, n_draws):
        for place, name in enumerate(names):
            others = np.flatnonzero(np.arange(len(names)) != place)
            relevant = of[others] == of[place]
            if not of[place] or not relevant.any():
                continue
            views = figures.rows[queries[place]]  # (Q, V, D)
            gallery = [figures.rows[positions[other], 0] for other in others]
            for system, rows in _scores(views, gallery).items():
                order = np.argsort(-rows, axis=1, kind="stable")
                values[system].append((name, float(average_precision(relevant[order]).mean())))
    return values


def _draws(positions: Drawn, n_views: int | None, n_draws: int) -> Iterator[Drawn]:
    if n_views is None:
        yield positions
        return
    rng = np.random.default_rng(0)
    for _ in range(n_draws):
        yield [rng.permutation(idx)[:n_views] for idx in positions]


def _scores(views: Embeddings, gallery: Sequence[Embeddings]) -> dict[str, Embeddings]:
    """Per system float32 [R, P]: R is Q for one view, else 1."""
    ends = np.cumsum([0, *(len(rows) for rows in gallery)])
    every = np.einsum("qvd,fd->qvf", views, np.concatenate(gallery), optimize=True).max(axis=1)
    cosines = np.split(every, ends[1:-1], axis=1)
    pools = np.stack([_unit(rows.mean(axis=0)) for rows in gallery])
    return {
        ONE_VIEW: np.stack([c.max(axis=1) for c in cosines], axis=1),
        POOLED: (pools @ _unit(views[:, 0].mean(axis=0)))[None],
        **{
            system: np.array([[score(c) for c in cosines]], np.float32)
            for system, score in SYSTEMS.items()
        },
    }


def _unit(vector: Embeddings) -> Embeddings:
    return np.asarray(vector / np.linalg.norm(vector), np.float32)
