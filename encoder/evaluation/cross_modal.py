"""Words that find figures, and figures that find their words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import EvaluationInvalid
from core.ports import Embeddings
from encoder.evaluation.manifest import ManifestRow, Role
from encoder.evaluation.metrics import PerQuery, bootstrap_interval, hit_at_k, ranking

_DEPTHS = (1, 5, 10)
_BLOCK_SCORES = 4_000_000


@dataclass(frozen=True)
class CrossModalResult:
    """Whether each query found one of its answers in the first k."""

    hits: dict[str, PerQuery]
    """`r_at_1, r_at_5, r_at_10`, float64 [Q] each."""
    groups: NDArray[np.str_]
    """[Q], what stands or falls together: a title, or a figure's publication."""

    @property
    def n_queries(self) -> int:
        return len(self.groups)

    @property
    def means(self) -> dict[str, float]:
        """Share of queries with a hit, by depth."""
        return {name: float(values.mean()) for name, values in self.hits.items()}

    @property
    def ci95(self) -> dict[str, tuple[float, float]]:
        """95 % interval of each share, whole groups drawn with replacement."""
        return {name: bootstrap_interval(values, self.groups) for name, values in self.hits.items()}


def text_to_image(
    text_vectors: Embeddings, embeddings: Embeddings, rows: Sequence[ManifestRow]
) -> CrossModalResult:
    """Every distinct title, case folded, asks for its figures among all figures that have one.

    Args:
        text_vectors: float32 [N, D], the vector of each row's title.
        embeddings: float32 [N, D] of the figures.
        rows: N figures; those without a title take no part.

    Raises:
        EvaluationInvalid: If no figure of the gallery has a title.
    """
    titles, figures = _titled(rows, Role.QUERY)
    distinct, first = np.unique(titles, return_index=True)
    files = np.array([rows[row].file for row in figures])
    queries = text_vectors[figures[first]]
    hits = _hits(queries, distinct, embeddings[figures], titles, files)
    return CrossModalResult(hits, distinct)


def image_to_text(
    text_vectors: Embeddings, embeddings: Embeddings, rows: Sequence[ManifestRow]
) -> CrossModalResult:
    """Every figure with a title asks for it among the distinct titles; arguments as above."""
    titles, figures = _titled(rows, Role.GALLERY)
    distinct, first = np.unique(titles, return_index=True)
    gallery = text_vectors[figures[first]]
    hits = _hits(embeddings[figures], titles, gallery, distinct, distinct)
    publications = [rows[row].publication_id or rows[row].file for row in figures]
    return CrossModalResult(hits, np.array(publications))


def _titled(
    rows: Sequence[ManifestRow], other_side: Role
) -> tuple[NDArray[np.str_], NDArray[np.int64]]:
    """Folded titles, and the rows that have one and do not stand on the other side alone."""
    figures = np.array(
        [i for i, row in enumerate(rows) if row.title and row.role != other_side], dtype=np.int64
    )
    if figures.size == 0:
        raise EvaluationInvalid("words cannot be evaluated: no figure has a value in `title`")
    return np.array([rows[i].title.casefold() for i in figures]), figures


def _hits(
    queries: Embeddings,
    query_keys: NDArray[np.str_],
    gallery: Embeddings,
    gallery_keys: NDArray[np.str_],
    gallery_ids: NDArray[np.str_],
) -> dict[str, PerQuery]:
    n_block = max(1, _BLOCK_SCORES // len(gallery))
    found: dict[str, list[PerQuery]] = {f"r_at_{k}": [] for k in _DEPTHS}
    for start in range(0, len(queries), n_block):
        block = slice(start, start + n_block)
        order = ranking(queries[block] @ gallery.T, gallery_ids)
        relevance = query_keys[block, None] == gallery_keys[order]
        for k in _DEPTHS:
            found[f"r_at_{k}"].append(hit_at_k(relevance, k))
    return {name: np.concatenate(parts) for name, parts in found.items()}
