"""Polylines over round solids become the smooth curves they stand for."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from drafting.chains import Chains
from drafting.feature_edges import Pen

_CORNER_DEG = 32.0
_STRAIGHT_DEG = 0.3
_TAUBIN_PASSES = (0.5, -0.53) * 4


def faired_outlines(chains: Chains, *, reach_px: float) -> Chains:
    """Take the zigzag out of outlines that step from one facet of a round solid to the next.

    Taubin's λ|μ smoothing (1995), which does not shrink what it smooths, weighted by distance so
    that points do not drift along the line; corners, ends and all lines but outlines stay.

    Args:
        chains: Polylines in pixels.
        reach_px: No point moves farther.
    """
    points = chains.points[:, :2]
    if len(points) == 0:
        return chains
    before, after = _neighbours(chains)
    turn = _turn_deg(points, before, after)
    is_outline = np.repeat(chains.pens == Pen.OUTLINE, np.diff(chains.starts))
    moves = (is_outline & (turn > _STRAIGHT_DEG) & (turn < _CORNER_DEG))[:, None]
    faired = points
    for factor in _TAUBIN_PASSES:
        to_before = np.linalg.norm(faired[before] - faired, axis=1)[:, None]
        to_after = np.linalg.norm(faired[after] - faired, axis=1)[:, None]
        chord = faired[before] * to_after + faired[after] * to_before
        step = chord / np.maximum(to_before + to_after, 1e-9) - faired
        faired = faired + np.where(moves, factor * step, 0)
    shift = faired - points
    away = np.hypot(shift[:, 0], shift[:, 1])[:, None]
    shift *= np.minimum(1, reach_px / np.maximum(away, 1e-9))
    return replace(chains, points=np.column_stack([points + shift, chains.points[:, 2]]))


def smooth_curves(chains: Chains, *, longest_px: float, n_rounds: int = 3) -> Chains:
    """Refine bends of less than 32° by the four-point scheme; corners and straights stay.

    The scheme (Dyn, Levin and Gregory, 1987) passes through the given points. Deviation: a
    neighbour farther away than the segment is long is drawn in, so that a long straight line
    does not bulge the short arc beside it.

    Args:
        chains: Polylines in pixels.
        longest_px: Segments up to this length are fine enough.
        n_rounds: Halvings at most.
    """
    for _ in range(n_rounds):
        refined = _halve_bends(chains, longest_px)
        if refined is chains:
            break
        chains = refined
    return chains


def _halve_bends(chains: Chains, longest_px: float) -> Chains:
    points = chains.points
    n = len(points)
    if n == 0:
        return chains
    before, after = _neighbours(chains)
    turn = _turn_deg(points, before, after)
    bends = (turn > _STRAIGHT_DEG) & (turn < _CORNER_DEG)
    is_last = np.zeros(n, np.bool_)
    is_last[chains.starts[1:] - 1] = True
    segment = np.flatnonzero(~is_last)
    step = points[segment + 1] - points[segment]
    length = np.hypot(step[:, 0], step[:, 1])
    wanted = (length > longest_px) & (bends[segment] | bends[segment + 1])
    if not wanted.any():
        return chains
    segment, step, length = segment[wanted], step[wanted], length[wanted]
    pull = _pull(points, segment, before[segment], bends[segment], step, length)
    pull += _pull(points, segment + 1, after[segment + 1], bends[segment + 1], -step, length)
    middle = points[segment] + step / 2 - pull / 16
    refined = np.insert(points, segment + 1, middle, axis=0)
    added = np.searchsorted(segment, chains.starts)
    return replace(chains, points=refined, starts=chains.starts + added)


def _neighbours(chains: Chains) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Point before and after each point, itself at loose ends: int64 [P], int64 [P]."""
    n = len(chains.points)
    firsts, lasts = chains.starts[:-1], chains.starts[1:] - 1
    before, after = np.arange(n) - 1, np.arange(n) + 1
    before[firsts] = np.where(chains.closed, lasts - 1, firsts)
    after[lasts] = np.where(chains.closed, firsts + 1, lasts)
    return before, after


def _turn_deg(
    points: NDArray[np.float64], before: NDArray[np.int64], after: NDArray[np.int64]
) -> NDArray[np.float64]:
    """How far the line turns at each point; 0 at loose ends: float64 [P]."""
    u = points[:, :2] - points[before, :2]
    v = points[after, :2] - points[:, :2]
    cross = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    return np.asarray(np.degrees(np.abs(np.arctan2(cross, np.einsum("ij,ij->i", u, v)))))


def _pull(
    points: NDArray[np.float64],
    near: NDArray[np.int64],
    far: NDArray[np.int64],
    bends: NDArray[np.bool_],
    step: NDArray[np.float64],
    length: NDArray[np.float64],
) -> NDArray[np.float64]:
    """What one neighbour adds to the four-point rule: its offset plus the step, [S, 3].

    At a corner or loose end the neighbour is taken to continue the segment straight on.
    """
    offset = points[far] - points[near]
    reach = np.maximum(np.hypot(offset[:, 0], offset[:, 1]), 1e-9)
    offset = offset * np.minimum(length / reach, 1)[:, None]
    # a neighbour drawn in further than the segment is long no longer cancels the step along it
    aligned = step * np.minimum(reach / length, 1)[:, None]
    return np.asarray(np.where(bends[:, None], offset + aligned, 0.0), np.float64)
