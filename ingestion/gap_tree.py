"""The white gaps between the clumps of a drawing, as a minimum spanning tree (single linkage)."""

from dataclasses import dataclass
from math import hypot

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree

from ingestion.ink_parts import InkParts
from ingestion.ink_runs import number_parts

_COARSE_SIDE_PX = 300
"""Gaps are measured on the sheet scaled to about this longer side; 380 and 700 cut the same figures
and take half as long again and five times as long."""


@dataclass(frozen=True, slots=True)
class GapTree:
    """Clumps of touching ink on the coarse sheet and the gaps that join them."""

    clump_of: NDArray[np.int64]
    """int64 [P], clump of every part; -1 for parts that are no drawing."""
    boxes: NDArray[np.float64]
    """float64 [K, 4], left, top, right, bottom of every clump, full-size pixels."""
    joins: NDArray[np.int64]
    """int64 [K - 1, 2], the tree's edges, widest gap first."""
    gaps: NDArray[np.float64]
    """float64 [K - 1], full-size pixels."""


def build_tree(parts: InkParts, drawing: NDArray[np.bool_]) -> GapTree:
    """Clump a drawing's parts on the coarse sheet and span the gaps between the clumps.

    Args:
        parts: The sheet's ink.
        drawing: bool [P], at least one part.
    """
    step = parts.step
    coarser = max(1, round(max(parts.numbered.shape) / _COARSE_SIDE_PX))
    part, row, column = _cells(parts.numbered, coarser)
    shown = drawing[part]
    part, row, column = part[shown], row[shown], column[shown]
    height, width = parts.numbered.shape
    coarse = np.zeros((-(-height // coarser), -(-width // coarser)), dtype=bool)
    coarse[row, column] = True
    clumps = number_parts(coarse)
    numbered, n = clumps.numbered, len(clumps.left)
    clump_of = np.full(len(parts), -1, dtype=np.int64)
    clump_of[part] = numbered[row, column] - 1
    boxes = np.stack(
        [
            _extreme(clump_of, side, n, smallest=smallest)
            for side, smallest in (
                (parts.left, True),
                (parts.top, True),
                (parts.right, False),
                (parts.bottom, False),
            )
        ],
        axis=1,
    )
    joins, gaps = _span(numbered, n)
    return GapTree(clump_of, boxes, joins, gaps * step * coarser)


def _cells(
    numbered: NDArray[np.int32], coarser: int
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """Where the ink of the sheet lies on the coarse one.

    Args:
        numbered: int32 [h, w], number of the part at every pixel from 1, 0 paper.
        coarser: Pixels a coarse one, along and across.

    Returns:
        Part, row and column of every pixel of ink, [M] each.
    """
    flat = np.ascontiguousarray(numbered).reshape(-1)
    inked = np.flatnonzero(flat != 0)  # of bytes in half the time, of numbers not
    row = inked // numbered.shape[1]
    column = inked - row * numbered.shape[1]
    return flat[inked] - 1, row // coarser, column // coarser


def _extreme(
    clump_of: NDArray[np.int64], side: NDArray[np.int64], n: int, *, smallest: bool
) -> NDArray[np.float64]:
    """Smallest or largest `side` of each clump's parts."""
    inside = clump_of >= 0
    extreme = np.full(n, np.inf if smallest else -np.inf)
    pick = np.minimum if smallest else np.maximum
    pick.at(extreme, clump_of[inside], side[inside])
    return extreme


def _span(numbered: NDArray[np.int32], n: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Minimum spanning tree of clumps over the white between them.

    Every paper pixel goes to its nearest clump; where two such realms meet, the gap between their
    clumps is the two distances added.

    Args:
        numbered: int32 [h, w], clump number from 1, 0 paper.
        n: How many clumps.

    Returns:
        Joined pairs int64 [n - 1, 2] from 0, and their gaps float64 [n - 1], widest first.
    """
    nearest = ndimage.distance_transform_edt(
        numbered == 0, return_distances=False, return_indices=True
    )
    height, width = numbered.shape
    realm = numbered.take(nearest[0] * width + nearest[1]) - 1
    pairs, gaps = [], []
    for right, down in ((1, 0), (0, 1)):
        here, there = realm[: height - down, : width - right], realm[down:, right:]
        rows, columns = np.nonzero(here != there)
        one, other = here[rows, columns].astype(np.int64), there[rows, columns]
        pairs.append(np.minimum(one, other) * n + np.maximum(one, other))
        gaps.append(_apart(nearest, rows, columns) + _apart(nearest, rows + down, columns + right))
    pair, gap = np.concatenate(pairs), np.concatenate(gaps)
    order = np.lexsort((gap, pair))
    pair, gap = pair[order], gap[order]
    first = np.concatenate(([True], pair[1:] != pair[:-1])) if pair.size else np.zeros(0, bool)
    pair, gap = pair[first], gap[first]
    graph = coo_array((gap + 1.0, (pair // n, pair % n)), shape=(n, n))
    tree = minimum_spanning_tree(graph.tocsr()).tocoo()
    widest = np.argsort(-tree.data, kind="stable")
    joins = np.stack((tree.row, tree.col), axis=1).astype(np.int64)[widest]
    return joins, tree.data[widest] - 1.0


def _apart(
    nearest: NDArray[np.int32], rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.float64]:
    """How far chosen pixels lie from their nearest ink.

    Args:
        nearest: int32 [2, h, w], row and column of the nearest ink of every pixel.
        rows: int64 [M], of the chosen pixels.
        columns: int64 [M].
    """
    down, right = nearest[0, rows, columns] - rows, nearest[1, rows, columns] - columns
    return np.asarray(np.sqrt((down * down + right * right).astype(np.float64)))


def figure_joins(tree: GapTree, smallest: float) -> list[int]:
    """Edges of the tree that join two figure-sized groups, widest gap first.

    The tree is built up again from its narrowest gap; a join counts where both sides have grown
    to a figure's size, a diagonal of `smallest` pixels, over narrower gaps.
    """
    group_of = list(range(len(tree.boxes)))
    boxes = [tuple(box) for box in tree.boxes.tolist()]

    def find(clump: int) -> int:
        while group_of[clump] != clump:
            group_of[clump] = group_of[group_of[clump]]
            clump = group_of[clump]
        return clump

    found = []
    for edge in range(len(tree.joins) - 1, -1, -1):
        one, other = find(int(tree.joins[edge, 0])), find(int(tree.joins[edge, 1]))
        a, b = boxes[one], boxes[other]
        if min(hypot(a[2] - a[0], a[3] - a[1]), hypot(b[2] - b[0], b[3] - b[1])) >= smallest:
            found.append(edge)
        group_of[other] = one
        boxes[one] = (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
    return found[::-1]
