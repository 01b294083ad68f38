"""Outlines of round solids, interrupted where they hop from facet to facet, become whole."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from drafting.chains import Chains, walk_partners
from drafting.depth_buffer import ragged_arange
from drafting.feature_edges import Pen

_REACH_PX = 8.0
_CORNER_PX = 0.01
"""Chains that end in the very same point do so because it is a corner."""
_LARGEST_TURN_COSINE = -0.85
_LOOK_BACK = 2


def bridged_outlines(chains: Chains) -> Chains:
    """Join outlines whose loose ends lie close together and continue each other.

    The outline of a mesh of a round solid steps from one row of facets to the next; at some steps
    it disappears for a moment behind the solid, or starts anew beside where it ended. Both ends
    are replaced by the point halfway.

    Args:
        chains: Visible lines, in pixels of the buffer.
    """
    partner = _loose_partners(chains)
    if not (partner >= 0).any():
        return chains
    order, groups, closed = walk_partners(partner)
    chain, from_tail = order // 2, order % 2 == 1
    counts = np.diff(chains.starts)[chain]
    rank = ragged_arange(np.zeros(len(chain), np.int64), counts)
    head, tail = chains.starts[chain], chains.starts[chain + 1] - 1
    sign = np.repeat(np.where(from_tail, -1, 1), counts)
    points = chains.points[np.repeat(np.where(from_tail, tail, head), counts) + sign * rank]
    ends = np.cumsum(counts)
    drop = np.zeros(len(points), np.bool_)
    whole = chains.closed[chain[groups[:-1]]]
    for first, last in _joints(groups, closed & ~whole):
        here, there = ends[first] - 1, ends[last] - counts[last]
        points[there] = points[here] = (points[here] + points[there]) / 2
        drop[here] = last == first + 1
    kept_counts = counts - np.bincount(np.repeat(np.arange(len(chain)), counts), weights=drop)
    starts = np.concatenate([[0], np.cumsum(kept_counts.astype(np.int64))])[groups]
    leader = chain[groups[:-1]]
    return Chains(points[~drop], starts, closed, chains.pens[leader], chains.broken[leader])


def _joints(groups: NDArray[np.int64], closed: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Places in drawing order that follow each other: the tail of one meets the head of the next.

    Args:
        groups: int64 [G + 1], first place of each joined chain.
        closed: bool [G], whether the last place meets the first.
    """
    joints = []
    for group, (first, last) in enumerate(pairwise(groups.tolist())):
        joints += [(k, k + 1) for k in range(first, last - 1)]
        if closed[group]:
            joints.append((last - 1, first))
    return joints


def _loose_partners(chains: Chains) -> NDArray[np.int64]:
    """For each chain end 2c + e the end it continues in, or -1: int64 [2C].

    Both ends of a chain that is closed already are each other's partner.
    """
    n = len(chains)
    partner = np.full(2 * n, -1, np.int64)
    rounds = np.flatnonzero(chains.closed)
    partner[2 * rounds], partner[2 * rounds + 1] = 2 * rounds + 1, 2 * rounds
    loose = np.flatnonzero(np.repeat(~chains.closed & (chains.pens == Pen.OUTLINE), 2))
    if len(loose) < 2:
        return partner
    head, tail = chains.starts[:-1], chains.starts[1:] - 1
    back = np.minimum(tail - head, _LOOK_BACK)
    end = np.stack([head, tail], axis=1).ravel()[loose]
    inner = np.stack([head + back, tail - back], axis=1).ravel()[loose]
    place = chains.points[end, :2]
    away = chains.points[inner, :2] - place
    away /= np.maximum(np.hypot(away[:, 0], away[:, 1]), 1e-9)[:, None]
    pairs = cKDTree(place).query_pairs(_REACH_PX, output_type="ndarray")
    left, right = pairs[:, 0], pairs[:, 1]
    kind = chains.broken[loose // 2]
    keep = np.einsum("ij,ij->i", away[left], away[right]) < _LARGEST_TURN_COSINE
    step = place[left] - place[right]
    distance = np.hypot(step[:, 0], step[:, 1])
    keep &= distance > _CORNER_PX
    keep &= (kind[left] == kind[right]) & (loose[left] // 2 != loose[right] // 2)
    left, right, distance = left[keep], right[keep], distance[keep]
    for k in np.lexsort((left, right, distance)):
        a, b = loose[left[k]], loose[right[k]]
        if partner[a] < 0 and partner[b] < 0:
            partner[a], partner[b] = b, a
    return partner
