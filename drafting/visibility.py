"""Hidden-line removal: the runs of each chain that nothing stands before."""

import numpy as np
from numpy.typing import NDArray

from drafting.chains import Chains
from drafting.depth_buffer import DepthBuffer, ragged_arange

_BIAS_PX = 1.5
"""How much nearer, in buffer pixels, a surface must be to hide a line."""
_GAP_PX = 3.0
"""Shorter hidden runs between visible ones are drawn through."""
_SPECK_PX = 6.0
"""Shorter visible runs with a hidden end are left out."""


def visible_runs(chains: Chains, buffer: DepthBuffer) -> Chains:
    """Cut chains down to what is seen.

    Samples lie a buffer pixel apart along each chain and are compared with the deepest of the
    four pixels around them, so that a line is never hidden by the surface it lies on.

    Args:
        chains: Coordinates and depth in pixels of the buffer.
        buffer: The depth buffer of the same view.
    """
    if len(chains) == 0:
        return chains
    segment, along, chain = _samples(chains)
    first, last = chains.points[segment], chains.points[segment + 1]
    place = first + along[:, None] * (last - first)
    seen = place[:, 2] <= buffer.deepest_around(place[:, 0], place[:, 1]) + _BIAS_PX
    step = np.hypot(*(last - first)[:, :2].T) * _sample_share(segment)
    seen = _without_short_runs(seen, chain, step, chains.closed, value=False, limit=_GAP_PX)
    seen = _without_short_runs(seen, chain, step, chains.closed, value=True, limit=_SPECK_PX)
    return _cut(chains, segment, along, chain, seen)


def _samples(
    chains: Chains,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Places about a pixel apart: first point of the segment, share along it, chain; [N] each."""
    n_points = np.diff(chains.starts)
    segment = ragged_arange(chains.starts[:-1], n_points - 1)
    chain = np.repeat(np.arange(len(chains)), n_points - 1)
    step = chains.points[segment + 1, :2] - chains.points[segment, :2]
    count = np.maximum(np.ceil(np.hypot(step[:, 0], step[:, 1])), 1).astype(np.int64)
    rank = ragged_arange(np.zeros(len(count), np.int64), count)
    along = (rank + 0.5) / np.repeat(count, count)
    return np.repeat(segment, count), along, np.repeat(chain, count)


def _sample_share(segment: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of its segment each sample stands for: float64 [N]."""
    firsts = np.flatnonzero(np.r_[True, segment[1:] != segment[:-1]])
    counts = np.diff(np.r_[firsts, len(segment)])
    return np.asarray(np.repeat(1 / counts, counts), np.float64)


def _runs(seen: NDArray[np.bool_], chain: NDArray[np.int64]) -> NDArray[np.int64]:
    """First sample of each run of equal visibility within a chain, and N at the end: [R + 1]."""
    change = (seen[1:] != seen[:-1]) | (chain[1:] != chain[:-1])
    return np.concatenate([[0], np.flatnonzero(change) + 1, [len(seen)]])


def _without_short_runs(
    seen: NDArray[np.bool_],
    chain: NDArray[np.int64],
    step: NDArray[np.float64],
    closed: NDArray[np.bool_],
    *,
    value: bool,
    limit: float,
) -> NDArray[np.bool_]:
    """Flip runs of `value` shorter than `limit` pixels.

    A chain that is of one value from end to end is left as it is; in a closed chain the first and
    last run count as one where they are equal.
    """
    edges = _runs(seen, chain)
    length = np.add.reduceat(step, edges[:-1])
    owner = chain[edges[:-1]]
    n_runs = np.bincount(owner, minlength=len(closed))
    is_first = np.r_[True, owner[1:] != owner[:-1]]
    is_last = np.r_[is_first[1:], True]
    firsts, lasts = np.flatnonzero(is_first), np.flatnonzero(is_last)
    around = closed[owner[firsts]] & (seen[edges[firsts]] == seen[edges[lasts]]) & (firsts < lasts)
    total = length.copy()
    total[firsts[around]] = total[lasts[around]] = (length[firsts] + length[lasts])[around]
    flip = (seen[edges[:-1]] == value) & (total < limit) & (n_runs[owner] > 1)
    return np.asarray(seen ^ np.repeat(flip, np.diff(edges)), np.bool_)


def _cut(
    chains: Chains,
    segment: NDArray[np.int64],
    along: NDArray[np.float64],
    chain: NDArray[np.int64],
    seen: NDArray[np.bool_],
) -> Chains:
    """Make a chain of every visible run, through the points between its ends."""
    edges = _runs(seen, chain)
    shown = np.flatnonzero(seen[edges[:-1]])
    first, last = edges[shown], edges[shown + 1] - 1
    owner = chain[first]
    from_start = np.r_[True, chain[1:] != chain[:-1]][first]
    to_end = np.r_[chain[1:] != chain[:-1], True][last]
    head = np.where(
        from_start[:, None],
        chains.points[segment[first]],
        _between(chains.points, segment[first], along[first]),
    )
    tail = np.where(
        to_end[:, None],
        chains.points[segment[last] + 1],
        _between(chains.points, segment[last], along[last]),
    )
    n_inner = segment[last] - segment[first]
    counts = n_inner + 2
    starts = np.r_[0, np.cumsum(counts)]
    points = np.empty((int(starts[-1]), 3))
    points[starts[:-1]] = head
    points[starts[1:] - 1] = tail
    points[ragged_arange(starts[:-1] + 1, n_inner)] = chains.points[
        ragged_arange(segment[first] + 1, n_inner)
    ]
    whole = from_start & to_end
    return Chains(
        points, starts, chains.closed[owner] & whole, chains.pens[owner], chains.broken[owner]
    )


def _between(
    points: NDArray[np.float64], segment: NDArray[np.int64], along: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.asarray(
        points[segment] + along[:, None] * (points[segment + 1] - points[segment]), np.float64
    )
