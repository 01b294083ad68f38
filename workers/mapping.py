"""Figures placed in the plane so that similar ones are near each other: a map of the collection."""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.manifold import TSNE

from core.errors import QueryInvalid
from core.ports import Embeddings
from search.conditions import build_filter
from search.query import SearchQuery
from workers.map_records import FigureMap, MapFigure, MapRequest, MapState
from workers.resources import Resources

MIN_FIGURES = 8
"""Fewer are no map."""
_PERPLEXITY = 30.0


def make_map(resources: Resources, request: MapRequest) -> None:
    """Draw a map and keep it; one that is kept already is not drawn again.

    Raises:
        QueryInvalid: If too few figures pass the filter; that is told to who asked, too.
        IndexUnavailable: If Qdrant does not answer.
    """
    store = resources.maps
    if store.map_of(request) is not None:
        store.forget(request)
        return
    started = time.monotonic()
    store.tell(request, MapState(phase="reading", since_s=time.time()))
    sample = _read_sample(resources, request)
    n_figures = len(sample.figures)
    store.tell(request, MapState(phase="placing", since_s=time.time(), n_figures=n_figures))
    places = place(sample.vectors, request.seed)
    figures = tuple(
        figure.model_copy(update={"x": round(float(x), 4), "y": round(float(y), 4)})
        for figure, (x, y) in zip(sample.figures, places, strict=True)
    )
    seconds = time.monotonic() - started
    store.keep(request, FigureMap(figures=figures, n_passing=sample.n_passing, seconds=seconds))


def place(vectors: Embeddings, seed: int) -> NDArray[np.float64]:
    """Places in the plane by t-SNE (van der Maaten & Hinton 2008) on cosine distances.

    Begins at the principal components, so that the same figures make the same map.

    Args:
        vectors: float32 [N, D], N ≥ `MIN_FIGURES`.
        seed: Of what is random in it.

    Returns:
        float64 [N, 2] in [0, 1]; distances across and down are of one scale.
    """
    placed = TSNE(
        metric="cosine",
        init="pca",
        perplexity=min(_PERPLEXITY, (len(vectors) - 1) / 3),
        random_state=seed,
    ).fit_transform(vectors)
    low, high = placed.min(axis=0), placed.max(axis=0)
    unit: NDArray[np.float64] = 0.5 + (placed - (low + high) / 2) / max(
        float((high - low).max()), 1e-9
    )
    return unit.clip(0, 1)


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """Figures drawn by lot, not placed yet; float32 [N, D] their vectors."""

    figures: tuple[MapFigure, ...]
    vectors: Embeddings
    n_passing: int


def _read_sample(resources: Resources, request: MapRequest) -> _Sample:
    asked = SearchQuery.parse({"locarno_any": request.locarno, "office": request.offices})
    condition = build_filter(asked)
    listing = resources.listing(request.collection, request.hidden)
    vectors = listing.lot(condition, request.n_figures, request.seed)
    rows = {row.figure.figure_id: row for row in resources.catalogue.figures(list(vectors))}
    known = [figure_id for figure_id in vectors if figure_id in rows]
    if len(known) < MIN_FIGURES:
        raise QueryInvalid(
            f"{len(known)} figures pass these filters; a map needs {MIN_FIGURES} or more"
        )
    figures = tuple(
        MapFigure(
            figure_id=figure_id,
            publication_id=rows[figure_id].publication.publication_id,
            title=rows[figure_id].publication.title,
            locarno_class=next(
                (code.code[:2] for code in rows[figure_id].publication.locarno[:1]), ""
            ),
            sha256=rows[figure_id].figure.sha256,
            x=0,
            y=0,
        )
        for figure_id in known
    )
    chosen = np.stack([vectors[figure_id] for figure_id in known])
    return _Sample(figures, chosen, listing.count(condition))
