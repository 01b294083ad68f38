"""One track measured: every query ranked against its gallery, block by block, and scored."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import EvaluationInvalid
from core.ports import Embeddings
from encoder.evaluation.long_tail import class_counts, parts_of_classes
from encoder.evaluation.manifest import ManifestRow, Role, Track
from encoder.evaluation.metrics import (
    PerQuery,
    average_precision,
    bootstrap_interval,
    hit_at_k,
    ndcg_at_k,
    ranking,
    recall_at_k,
    reciprocal_rank_at_k,
)
from encoder.evaluation.relevance import Gains, Indices, gain_rule, keys

_BLOCK_SCORES = 2_000_000
"""Query × gallery scores held at once; everything computed from them takes about 50 bytes each."""
_CLASS_TRACKS = (Track.CLASS, Track.LOCARNO, Track.LOCARNO_CLASS, Track.TITLE)


@dataclass(frozen=True)
class TrackResult:
    """The numbers of one track, by query."""

    query_idx: Indices
    """[Q], rows of the set."""
    n_gallery: int
    n_left_out: int
    """Figures of which the track does not know enough."""
    n_unanswered: int
    """Queries to which nothing in their gallery is relevant; they are not scored."""
    measures: Mapping[str, PerQuery]
    """float64 [Q] each."""
    publications: NDArray[np.str_]
    """[Q], for drawing whole publications."""
    class_sizes: tuple[tuple[str, int], ...]
    """Publications of each class, queried or not, most frequent class first."""
    classes: NDArray[np.str_]
    """[Q], for looking at classes apart; empty where unknown."""
    parts: NDArray[np.str_]
    """[Q], head, middle or tail; empty where the class is unknown."""

    @property
    def n_queries(self) -> int:
        return len(self.query_idx)

    @property
    def means(self) -> dict[str, float]:
        """Mean over queries, by measure."""
        return {name: float(values.mean()) for name, values in self.measures.items()}

    @property
    def ci95(self) -> dict[str, tuple[float, float]]:
        """95 % interval of each mean, whole publications drawn with replacement."""
        return {
            name: bootstrap_interval(values, self.publications)
            for name, values in self.measures.items()
        }


@dataclass(frozen=True)
class RankedBlock:
    """A few queries with their whole ranking."""

    query_idx: Indices
    """[B], rows of the set."""
    ranked_idx: Indices
    """[B, G], rows of the set, best first; what a query may not find comes last."""
    gains: Gains
    """[B, G], in ranked order."""
    n_allowed: NDArray[np.int64]
    """[B], how many of the G a query may find."""


def measure(
    embeddings: Embeddings,
    rows: Sequence[ManifestRow],
    track: Track,
    *,
    exclude_own_publication: bool = False,
    cites: Mapping[str, frozenset[str]] | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> TrackResult:
    """Rank every query against its gallery, itself left out, and score the rankings.

    Args:
        embeddings: float32 [N, D], rows of unit length.
        rows: N figures.
        track: What counts as relevant.
        exclude_own_publication: Take the query's own publication out of its gallery.
        cites: Cited by citing publication, for the track of citations.
        watch: Called with queries done and queries in all.

    Raises:
        EvaluationInvalid: If no figure says what the track needs, or no query has a relevant
            figure.
    """
    check_answerable(rows, track, exclude_own_publication=exclude_own_publication)
    rule = gain_rule(track, rows, cites)
    answered, blocks, n_asked = [], [], int((rule.known & _may_ask(rows)).sum())
    n_done = 0
    for block in iter_rankings(
        embeddings, rows, track, exclude_own_publication=exclude_own_publication, cites=cites
    ):
        has_relevant = block.gains.any(axis=1)
        answered.append(block.query_idx[has_relevant])
        blocks.append(_score(block.gains[has_relevant]))
        n_done += len(block.query_idx)
        if watch:
            watch(n_done, n_asked)
    query_idx = np.concatenate([np.empty(0, np.int64), *answered])
    if query_idx.size == 0:
        raise EvaluationInvalid(f"no query has a relevant figure: relevance {track}")
    publications = np.array([row.publication_id or row.file for row in rows])
    classes = keys(rows, track if track in _CLASS_TRACKS else Track.CLASS)
    if not classes[query_idx].astype(bool).any():
        classes = keys(rows, Track.LOCARNO_CLASS)
    class_sizes = class_counts(classes[rule.known], publications[rule.known])
    parts = parts_of_classes(class_sizes)
    return TrackResult(
        query_idx=query_idx,
        n_gallery=int((rule.known & _may_be_found(rows)).sum()),
        n_left_out=int((~rule.known).sum()),
        n_unanswered=n_asked - len(query_idx),
        measures={name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]},
        publications=publications[query_idx],
        class_sizes=class_sizes,
        classes=classes[query_idx],
        parts=np.array([parts.get(str(name), "") for name in classes[query_idx]]),
    )


def check_answerable(
    rows: Sequence[ManifestRow], track: Track, *, exclude_own_publication: bool
) -> None:
    """Refuse a track of which the figures say nothing, before time is spent on them.

    Raises:
        EvaluationInvalid: If no figure has a value in the column that the track needs.
    """
    if not gain_rule(track, rows).known.any():
        raise EvaluationInvalid(
            f"relevance {track} needs the column `{track.column}`, and no figure has a value in it"
        )
    if exclude_own_publication and not any(row.publication_id for row in rows):
        raise EvaluationInvalid(
            "own publications cannot be left out: no figure has a value in `publication_id`"
        )


def iter_rankings(
    embeddings: Embeddings,
    rows: Sequence[ManifestRow],
    track: Track,
    *,
    exclude_own_publication: bool = False,
    cites: Mapping[str, frozenset[str]] | None = None,
    query_idx: Indices | None = None,
) -> Iterator[RankedBlock]:
    """Rank queries against their galleries, a block at a time, so that memory stays small.

    Args:
        embeddings: As in `measure`, and so are the other arguments.
        query_idx: Rank these queries alone.
    """
    rule = gain_rule(track, rows, cites)
    files = np.array([row.file for row in rows])
    publications = np.array([row.publication_id for row in rows])
    if query_idx is None:
        query_idx = np.flatnonzero(rule.known & _may_ask(rows))
    gallery_idx = np.flatnonzero(rule.known & _may_be_found(rows))
    gallery, gallery_files = embeddings[gallery_idx], files[gallery_idx]
    n_block = max(1, _BLOCK_SCORES // max(1, len(gallery_idx)))
    for start in range(0, len(query_idx), n_block):
        asked = query_idx[start : start + n_block]
        hidden = asked[:, None] == gallery_idx
        if exclude_own_publication:
            own = publications[asked][:, None]
            hidden |= (own == publications[gallery_idx]) & (own != "")
        scores = embeddings[asked] @ gallery.T  # (B, G)
        scores[hidden] = -np.inf
        order = ranking(scores, gallery_files)
        gains = np.where(hidden, 0, rule.gains(asked, gallery_idx)).astype(np.uint8)
        yield RankedBlock(
            query_idx=asked,
            ranked_idx=gallery_idx[order],
            gains=np.take_along_axis(gains, order, axis=1),
            n_allowed=(~hidden).sum(axis=1),
        )


def _may_ask(rows: Sequence[ManifestRow]) -> NDArray[np.bool_]:
    return np.array([row.role != Role.GALLERY for row in rows])


def _may_be_found(rows: Sequence[ManifestRow]) -> NDArray[np.bool_]:
    return np.array([row.role != Role.QUERY for row in rows])


def _score(gains: Gains) -> dict[str, PerQuery]:
    relevance = gains > 0
    return {
        "map": average_precision(relevance),
        **{f"hit_at_{k}": hit_at_k(relevance, k) for k in (1, 5, 10)},
        **{f"recall_at_{k}": recall_at_k(relevance, k) for k in (1, 5, 10)},
        "mrr_at_10": reciprocal_rank_at_k(relevance, 10),
        "ndcg_at_10": ndcg_at_k(gains, 10),
    }
