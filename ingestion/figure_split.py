"""Which ink belongs to which figure: parts grouped by the gaps between them and by the labels.

A sheet shows as many figures as it has printed labels. The parts of its drawing are joined by a
minimum spanning tree over the white gaps between them (single linkage), and the widest gaps are
cut until every label has a group of its own. Parts are never cut: an exploded or broken-line
figure stays whole unless a label stands for the piece.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from core.records import Box
from ingestion.gap_tree import GapTree, build_tree, figure_joins
from ingestion.ink_parts import InkParts
from ingestion.ink_runs import join_pairs

_MIN_FIGURE_SHARES = (0.045, 0.02, 0.008)
"""A group smaller than this share of the sheet's diagonal is no figure: it joins a neighbour. The
smaller sizes serve sheets with more labels than figures of the larger ones."""
_MAX_SPARE_CUTS = 6
"""Cuts tried beyond one a label, where figures have wider gaps inside than between them."""

GroupOf = NDArray[np.int64]


def group_parts(parts: InkParts, drawing: NDArray[np.bool_], labels: list[Box]) -> GroupOf:
    """Say for every part which figure it belongs to.

    Args:
        parts: The upright sheet's ink.
        drawing: bool [P], parts that are neither label nor header nor speck.
        labels: Where the printed labels stand.

    Returns:
        int64 [P], index of the part's label in `labels`, -1 where it is no drawing. Without
        labels, and with one, all drawing ink is group 0. A label that no ink could be found for
        has no part.
    """
    if len(labels) < 2 or not drawing.any():
        return np.where(drawing, 0, -1)
    tree = build_tree(parts, drawing)
    diagonal = float(np.hypot(*parts.ink.shape))
    label_boxes = np.array(
        [(b.x_px, b.y_px, b.x_px + b.width_px, b.y_px + b.height_px) for b in labels], dtype=float
    )
    owner = _share_out(tree, label_boxes, diagonal)
    return np.where(tree.clump_of >= 0, owner[tree.clump_of], -1)


def _share_out(tree: GapTree, labels: NDArray[np.float64], diagonal: float) -> NDArray[np.int64]:
    """Give every clump to a label.

    Cuts the widest gaps that leave a figure-sized group on either side, one cut a label first.
    Where that leaves a label without a group nearest to it, further gaps are cut, labels claim
    the group they stand at, and unclaimed groups join the neighbour they lie closest to.

    Returns:
        int64 [K], index of the label.
    """
    n_clumps, n_labels = len(tree.boxes), len(labels)
    best: tuple[float, NDArray[np.int64]] | None = None
    joins: list[int] = []
    for share in _MIN_FIGURE_SHARES:
        joins = figure_joins(tree, share * diagonal)
        if len(joins) >= n_labels - 1:
            break
    for n_groups in range(n_labels, n_labels + _MAX_SPARE_CUTS + 1):
        cut = np.zeros(len(tree.joins), dtype=bool)
        cut[joins[: n_groups - 1]] = True
        group_of = _components(tree, ~cut, n_clumps)
        boxes = _group_boxes(tree, group_of)
        claims, strain = _claim(labels, boxes, diagonal)
        if best is None or strain < 0.8 * best[0]:
            best = (strain, _join_unclaimed(group_of, boxes, claims))
        if len(joins) < n_groups:
            break
    if best is None:
        raise ValueError("no labels to share the ink out to")
    return best[1]


def _components(tree: GapTree, kept: NDArray[np.bool_], n: int) -> NDArray[np.int64]:
    joins = tree.joins[kept]
    return join_pairs(joins[:, 0], joins[:, 1], n)[1].astype(np.int64)


def _group_boxes(tree: GapTree, group_of: NDArray[np.int64]) -> NDArray[np.float64]:
    n = int(group_of.max()) + 1
    boxes = np.empty((n, 4))
    for side, pick, start in (
        (0, np.minimum, np.inf),
        (1, np.minimum, np.inf),
        (2, np.maximum, -np.inf),
        (3, np.maximum, -np.inf),
    ):
        extreme = np.full(n, start)
        pick.at(extreme, group_of, tree.boxes[:, side])
        boxes[:, side] = extreme
    return boxes


def _claim(
    labels: NDArray[np.float64], boxes: NDArray[np.float64], diagonal: float
) -> tuple[NDArray[np.int64], float]:
    """Match labels with groups, all labels of a sheet standing on the same side if they can.

    Returns:
        int64 [L], group of every label (-1 where there are fewer groups than labels), and how far
        the labels stand from their groups.
    """
    below = labels[:, None, 1] - boxes[None, :, 3]
    above = boxes[None, :, 1] - labels[:, None, 3]
    right = labels[:, None, 0] - boxes[None, :, 2]
    left = boxes[None, :, 0] - labels[:, None, 2]
    apart_x, apart_y = (
        np.maximum(np.maximum(left, right), 0),
        np.maximum(np.maximum(above, below), 0),
    )
    size = labels[:, 3] - labels[:, 1]
    slack = 1.5 * size[:, None]
    off_x = np.abs(labels[:, None, [0, 2]].mean(2) - boxes[None][:, :, [0, 2]].mean(2))
    off_y = np.abs(labels[:, None, [1, 3]].mean(2) - boxes[None][:, :, [1, 3]].mean(2))
    wrong = 0.5 * diagonal
    options = {
        "below": np.where(below > -slack, np.abs(below) + 0.25 * off_x + apart_x, wrong + apart_x),
        "above": np.where(above > -slack, np.abs(above) + 0.25 * off_x + apart_x, wrong + apart_x),
        "right": np.where(right > -slack, np.abs(right) + 0.25 * off_y + apart_y, wrong + apart_y),
        "left": np.where(left > -slack, np.abs(left) + 0.25 * off_y + apart_y, wrong + apart_y),
        "near": 1.5 * np.hypot(apart_x, apart_y)
        + 0.25 * np.minimum(off_x, off_y)
        + 0.01 * diagonal,
    }
    claims, strain = np.full(len(labels), -1, dtype=np.int64), np.inf
    for cost in options.values():
        rows, columns = linear_sum_assignment(cost)
        total = float(cost[rows, columns].sum())
        if total < strain:
            claims, strain = np.full(len(labels), -1, dtype=np.int64), total
            claims[rows] = columns
    return claims, strain


def _join_unclaimed(
    group_of: NDArray[np.int64], boxes: NDArray[np.float64], claims: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Label of every clump: a group nobody claims joins the figure it lies closest to.

    A figure that would have to reach across another one for it counts as further away.

    Args:
        group_of: int64 [K], group of every clump.
        boxes: float64 [G, 4], left, top, right, bottom of every group.
        claims: int64 [L], group of every label, -1 for none.
    """
    owner = np.full(len(boxes), -1, dtype=np.int64)
    figures: dict[int, NDArray[np.float64]] = {}
    for label, group in enumerate(claims):
        if group >= 0:
            owner[group] = label
            figures[label] = boxes[group]
    while (owner < 0).any():
        costs = {
            (group, label): _join_cost(boxes[group], label, figures)
            for group in np.flatnonzero(owner < 0)
            for label in figures
        }
        group, label = min(costs, key=lambda pair: costs[pair])
        owner[group] = label
        figures[label] = _union(figures[label], boxes[group])
    return owner[group_of]


def _join_cost(
    box: NDArray[np.float64], label: int, figures: dict[int, NDArray[np.float64]]
) -> float:
    """Gap between a group and a figure, times up to four for the others it would cover."""
    own = figures[label]
    union = _union(own, box)
    covered = sum(
        (_shared_area(union, other) - _shared_area(own, other)) / max(_shared_area(other, other), 1)
        for figure, other in figures.items()
        if figure != label
    )
    gap_x = max(box[0] - own[2], own[0] - box[2], 0.0)
    gap_y = max(box[1] - own[3], own[1] - box[3], 0.0)
    return float((np.hypot(gap_x, gap_y) + 1) * (1 + 3 * min(covered, 1.0)))


def _union(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate((np.minimum(one[:2], other[:2]), np.maximum(one[2:], other[2:])))


def _shared_area(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    sides = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    return float(sides.clip(min=0).prod())
