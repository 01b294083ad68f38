"""Flat scans that the embedded service is compared with, in the process that asks.

None of them has HTTP, payload or durability. Of faiss there are two readings. *Cut beforehand*: an
index that holds nothing but what the filter leaves, as if there were one for every filter that can
be asked. *Filtered*: one index of everything; each query finds out from a column of owner codes
what passes, as any system must that filters at query time, and hands over its ids.

Both are given the fastest of the ways that were tried. A selector even where everything passes: for
one query at a time faiss 1.15 is five times as fast with one as without. Ids rather than a bitmap:
faiss then looks at those vectors alone, where it asks a bitmap about every one.
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
    """Who owns which figure, M pairs.

    Attributes:
        names: Position is code.
        codes: int32 [M].
        figures: int64 [M], ascending.
    """

    names: tuple[str, ...]
    codes: NDArray[np.int32]
    figures: NDArray[np.int64]

    def figures_of(self, name: str) -> NDArray[np.int64]:
        """The figures of an owner, ascending."""
        own: NDArray[np.int64] = self.figures[np.flatnonzero(self.codes == self.names.index(name))]
        return own


def owner_column(corpus: Corpus) -> OwnerColumn:
    """The owners of all figures; every one is also of the owner "anybody"."""
    names = ("anybody", *corpus.groups)
    member = np.stack(
        [np.ones(len(next(iter(corpus.groups.values()))), bool), *corpus.groups.values()], axis=1
    )
    by_figure = np.repeat(member, FIGURES_A_PUBLICATION, axis=0)[: len(corpus.rows)]
    figures, codes = np.nonzero(by_figure)
    return OwnerColumn(names, codes.astype(np.int32), figures)


def faiss_cut(rows: Embeddings, allowed: NDArray[np.bool_]) -> Ask:
    """An index of what the filter leaves."""
    own = np.flatnonzero(allowed)
    flat = _flat(rows[own])
    params = faiss.SearchParameters(sel=faiss.IDSelectorAll())  # type: ignore[call-arg]  # its stubs lack what Python adds

    def ask(row: Embeddings) -> Answer:
        _, found = flat.search(row[None], min(_DEPTH, len(own)), params=params)
        return _publications(own[found[0]])

    return ask


def faiss_filtered(flat: faiss.IndexFlatIP, owners: OwnerColumn, name: str) -> Ask:
    """An index of everything; the filter is evaluated for each query."""

    def ask(row: Embeddings) -> Answer:
        chosen = faiss.IDSelectorArray(owners.figures_of(name))
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
