"""Evaluation tracks: which figures answer which, and the numbers of one ranking of them."""

import csv
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import QueryInvalid
from core.ports import Embeddings
from encoder.evaluation.metrics import (
    Relevance,
    average_precision,
    bootstrap_interval,
    hit_at_k,
    ndcg_at_k,
    ranking,
    recall_at_k,
    reciprocal_rank_at_k,
)


class Track(StrEnum):
    """What makes a figure relevant to another."""

    PUBLICATION = "publication"
    """Same publication."""
    LOCARNO = "locarno"
    """Same Locarno subclass, ``06-01``."""
    LOCARNO_CLASS = "locarno_class"
    """Same Locarno main class, ``06``."""
    CLASS = "class"
    """Same entry in the manifest's class column."""
    TITLE = "title"
    """Same title, case folded."""


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """One figure of an evaluation set; empty text where the manifest does not say."""

    file: str
    publication_id: str
    title: str
    locarno: str
    class_name: str
    view: str


@dataclass(frozen=True)
class TrackResult:
    """The numbers of one track; means over queries."""

    n_queries: int
    n_gallery: int
    means: dict[str, float]
    ci95: dict[str, tuple[float, float]]
    average_precisions: NDArray[np.float64]
    """float64 [Q], for paired comparisons."""
    query_publications: NDArray[np.str_]
    """str [Q]."""


def read_manifest_rows(path: Path) -> tuple[ManifestRow, ...]:
    """Read `file, publication_id, title, locarno, class, view`; columns after the first may lack.

    Raises:
        QueryInvalid: If the column `file` is missing or no row is there.
    """
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    if not rows or "file" not in rows[0]:
        raise QueryInvalid(f"{path}: a manifest needs a header with `file` and at least one row")
    names = ("file", "publication_id", "title", "locarno", "class", "view")
    return tuple(ManifestRow(*((row.get(name) or "").strip() for name in names)) for row in rows)


def measure(
    embeddings: Embeddings,
    rows: tuple[ManifestRow, ...],
    track: Track,
    *,
    exclude_own_publication: bool = False,
) -> TrackResult:
    """Rank every figure against all others and score the rankings.

    Args:
        embeddings: float32 [N, D], rows of unit length.
        rows: N figures.
        track: What counts as relevant.
        exclude_own_publication: Take the query's own publication out of its gallery.

    Raises:
        QueryInvalid: If no figure has a relevant other one.
    """
    keys = np.array([_key(row, track) for row in rows])
    publications = np.array([row.publication_id for row in rows])
    files = np.array([row.file for row in rows])
    relevant = (keys[:, None] == keys[None, :]) & (keys != "")[:, None]
    excluded = np.eye(len(rows), dtype=bool)
    if exclude_own_publication:
        excluded |= (publications[:, None] == publications[None, :]) & (publications != "")
    relevant &= ~excluded
    queries = np.flatnonzero(relevant.any(axis=1))
    if queries.size == 0:
        raise QueryInvalid(f"no figure has a relevant other one on the track {track}")
    scores = embeddings[queries] @ embeddings.T
    scores[excluded[queries]] = -np.inf  # last, where they are never relevant
    order = ranking(scores, files)
    ranked = np.take_along_axis(relevant[queries], order, axis=1)
    per_query = _score(ranked)
    groups = publications[queries]
    return TrackResult(
        n_queries=len(queries),
        n_gallery=len(rows),
        means={name: float(values.mean()) for name, values in per_query.items()},
        ci95={name: bootstrap_interval(values, groups) for name, values in per_query.items()},
        average_precisions=per_query["map"],
        query_publications=groups,
    )


def measure_text_to_image(
    text_vectors: Embeddings, embeddings: Embeddings, rows: tuple[ManifestRow, ...]
) -> dict[str, float]:
    """Title → figure: share of publications with one of their figures in the first k.

    Args:
        text_vectors: float32 [N, D], the vector of each row's title.
        embeddings: float32 [N, D] of the figures.
        rows: N figures; those without a title are part of the gallery alone.
    """
    titles = np.array([row.title.casefold() for row in rows])
    _, first = np.unique(titles, return_index=True)
    queries = np.array([row_idx for row_idx in first if titles[row_idx]])
    files = np.array([row.file for row in rows])
    order = ranking(text_vectors[queries] @ embeddings.T, files)
    ranked = np.take_along_axis(titles[queries][:, None] == titles[None, :], order, axis=1)
    return {f"r_at_{k}": float(hit_at_k(ranked, k).mean()) for k in (1, 5, 10)}


def _key(row: ManifestRow, track: Track) -> str:
    match track:
        case Track.PUBLICATION:
            return row.publication_id
        case Track.LOCARNO:
            return row.locarno
        case Track.LOCARNO_CLASS:
            return row.locarno[:2]
        case Track.CLASS:
            return row.class_name
        case Track.TITLE:
            return row.title.casefold()


def _score(ranked: Relevance) -> dict[str, NDArray[np.float64]]:
    return {
        "map": average_precision(ranked),
        "hit_at_1": hit_at_k(ranked, 1),
        "hit_at_10": hit_at_k(ranked, 10),
        "recall_at_10": recall_at_k(ranked, 10),
        "mrr_at_10": reciprocal_rank_at_k(ranked, 10),
        "ndcg_at_10": ndcg_at_k(ranked.astype(np.float64), 10),
    }
