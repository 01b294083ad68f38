"""Flat scans that the embedded service is compared with, in the process that asks.

None of them has HTTP, payload or durability. Of faiss there are two readings. *Cut beforehand*: an
index that holds nothing but what the filter leaves, as if there were one for every filter that can
be asked. *Masked*: one index of everything; each query finds out from a column of owner codes what
passes, as any system must that filters at query time, and hands it over as a bitmap. Both are
given a selector even where everything passes: for one query at a time faiss 1.15 is five times as
fast with one as without.
"""

from collections.abc import Callable
from dataclasses import dataclass

import faiss
import numpy as np
from numpy.typing import NDArray

from benchmarks.search_corpus import FIGURES_A_PUBLICATION, Corpus, publication_id
from core.ports import Embeddings

K = 10
"""Publications asked for."""
_DEPTH = K * FIGURES_A_PUBLICATION
"""So many figures hold the best ten publications for certain."""

Answer = tuple[str, ...]
Ask = Callable[[Embeddings], Answer]


@dataclass(frozen=True)
class OwnerColumn:
    """The owners of every figure, as codes.

    Attributes:
        names: Position is code.
        codes: int32 [M], those of the first figure, then of the second.
        starts: int64 [N], where each figure's begin; every figure has one at least.
    """

    names: tuple[str, ...]
    codes: NDArray[np.int32]
    starts: NDArray[np.int64]

    def mask(self, name: str) -> NDArray[np.bool_]:
        """The figures of an owner, bool [N]."""
        return np.logical_or.reduceat(self.codes == self.names.index(name), self.starts)


def owner_column(corpus: Corpus) -> OwnerColumn:
    """Every figure is also of the owner "anybody", so that no list is empty."""
    names = ("anybody", *corpus.groups)
    member = np.stack(
        [np.ones(len(next(iter(corpus.groups.values()))), bool), *corpus.groups.values()], axis=1
    )
    by_figure = np.repeat(member, FIGURES_A_PUBLICATION, axis=0)[: len(corpus.rows)]
    figures, codes = np.nonzero(by_figure)
    starts = np.searchsorted(figures, np.arange(len(corpus.rows)))
    return OwnerColumn(names, codes.astype(np.int32), starts)


def faiss_cut(rows: Embeddings, allowed: NDArray[np.bool_]) -> Ask:
    """An index of what the filter leaves."""
    own = np.flatnonzero(allowed)
    flat = _flat(rows[own])
    params = faiss.SearchParameters(sel=faiss.IDSelectorAll())  # type: ignore[call-arg]  # its stubs lack what Python adds

    def ask(row: Embeddings) -> Answer:
        _, found = flat.search(row[None], min(_DEPTH, len(own)), params=params)
        return _publications(own[found[0]])

    return ask


def faiss_masked(flat: faiss.IndexFlatIP, owners: OwnerColumn, name: str) -> Ask:
    """An index of everything; the filter is evaluated for each query."""

    def ask(row: Embeddings) -> Answer:
        bitmap = np.packbits(owners.mask(name), bitorder="little")
        chosen = faiss.IDSelectorBitmap(bitmap)  # type: ignore[call-arg, arg-type]  # as above
        params = faiss.SearchParameters(sel=chosen)  # type: ignore[call-arg]
        _, found = flat.search(row[None], _DEPTH, params=params)
        return _publications(found[0][found[0] >= 0])

    return ask


def faiss_everything(rows: Embeddings) -> faiss.IndexFlatIP:
    """One index of all figures."""
    return _flat(rows)


def numpy_flat(rows: Embeddings, allowed: NDArray[np.bool_]) -> Ask:
    """One matrix product over what is allowed: the truth."""
    own = np.flatnonzero(allowed)
    matrix = rows[own]

    def ask(row: Embeddings) -> Answer:
        scores = matrix @ row
        n = min(_DEPTH, len(scores))
        top = np.argpartition(-scores, n - 1)[:n]
        return _publications(own[top[np.argsort(-scores[top])]])

    return ask


def _flat(rows: Embeddings) -> faiss.IndexFlatIP:
    flat = faiss.IndexFlatIP(rows.shape[1])
    flat.add(np.ascontiguousarray(rows))
    return flat


def _publications(figures: NDArray[np.int64]) -> Answer:
    """In order of their best figure."""
    best = dict.fromkeys(int(i) // FIGURES_A_PUBLICATION for i in figures)
    return tuple(publication_id(p) for p in list(best)[:K])
