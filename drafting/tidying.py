"""What a draughtsman puts right before inking: loose seam ends and specks."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from drafting.chains import Chains, sample_chains, select_chains
from drafting.feature_edges import Pen

_SEAM_REACH_PX = 9.0
_LOOK_BACK = 4
_SPECK_PX = 5.0
_LONELY_PX = 2.5


def joined_seams(chains: Chains) -> Chains:
    """Lead loose ends of seams on to the nearest line ahead of them.

    Tracing loses a seam in the last pixels before an outline, where the surface is seen edge-on.

    Args:
        chains: Visible lines, in pixels of the buffer.
    """
    seams = np.flatnonzero((chains.pens == Pen.SEAM) & ~chains.closed)
    if len(seams) == 0:
        return chains
    samples = sample_chains(chains, 1.0)
    tree = cKDTree(samples.places)
    chain = np.repeat(seams, 2)
    end = np.stack([chains.starts[seams], chains.starts[seams + 1] - 1], axis=1).ravel()
    back = np.minimum(chains.starts[seams + 1] - 1 - chains.starts[seams], _LOOK_BACK)
    inner = end + np.repeat(back, 2) * np.tile([1, -1], len(seams))
    target = np.full(len(end), -1, np.int64)
    for k in range(len(end)):
        near = tree.query_ball_point(chains.points[end[k], :2], _SEAM_REACH_PX)
        others = np.array([idx for idx in near if samples.owners[idx] != chain[k]], np.int64)
        step = samples.places[others] - chains.points[end[k], :2]
        ahead = step @ (chains.points[end[k], :2] - chains.points[inner[k], :2]) > 0
        if ahead.any():
            distance = np.hypot(step[:, 0], step[:, 1])
            target[k] = others[np.argmin(np.where(ahead, distance, np.inf))]
    return _with_ends(chains, end[target >= 0], samples.places[target[target >= 0]])


def _with_ends(chains: Chains, ends: NDArray[np.int64], places: NDArray[np.float64]) -> Chains:
    """Add a point beyond each given end point, at its depth."""
    is_head = np.isin(ends, chains.starts[:-1])
    added = np.column_stack([places, chains.points[ends, 2]])
    at = np.where(is_head, ends, ends + 1)
    order = np.lexsort((is_head, at))
    points = np.insert(chains.points, at[order], added[order], axis=0)
    owner = np.searchsorted(chains.starts, ends, side="right") - 1
    counts = np.diff(chains.starts) + np.bincount(owner, minlength=len(chains))
    return replace(chains, points=points, starts=np.concatenate([[0], np.cumsum(counts)]))


def without_specks(chains: Chains) -> Chains:
    """Leave out lines too short to mean anything that touch no other line.

    Args:
        chains: Visible lines, in pixels of the buffer.
    """
    if len(chains) == 0:
        return chains
    low = np.minimum.reduceat(chains.points[:, :2], chains.starts[:-1])
    high = np.maximum.reduceat(chains.points[:, :2], chains.starts[:-1])
    short = (high - low).max(axis=1) < _SPECK_PX
    if not short.any():
        return chains
    samples = sample_chains(chains, 1.0)
    of_short = short[samples.owners]
    distance = np.full(len(samples.owners), np.inf)
    if not of_short.all():
        long_lines = cKDTree(samples.places[~of_short])
        distance[of_short] = long_lines.query(
            samples.places[of_short], distance_upper_bound=_LONELY_PX
        )[0]
    touches = np.bincount(
        samples.owners, weights=of_short & np.isfinite(distance), minlength=len(chains)
    )
    return select_chains(chains, ~short | (touches > 0))
