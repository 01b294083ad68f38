"""Segments that continue each other become chains: one stroke of the pen each."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drafting.depth_buffer import ragged_arange
from drafting.feature_edges import Pen, Segments

_MAX_TURN_AT_JUNCTION_DEG = 50.0
_CORNER_DEG = 32.0
_N_ROUNDS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Chains:
    """Polylines laid end to end: P points in C chains."""

    points: NDArray[np.float64]
    """float64 [P, 3]: x, y in pixels, depth. A closed chain repeats its first point at its end."""
    starts: NDArray[np.int64]
    """int64 [C + 1], index of each chain's first point; the last entry is P."""
    closed: NDArray[np.bool_]
    """bool [C]."""
    pens: NDArray[np.int64]
    """int64 [C], values of `Pen`."""
    broken: NDArray[np.bool_]
    """bool [C]."""

    def __len__(self) -> int:
        return len(self.closed)


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Places along chains, N of them."""

    places: NDArray[np.float64]
    """float64 [N, 2], x and y in pixels."""
    owners: NDArray[np.int64]
    """int64 [N], chain."""
    walked: NDArray[np.float64]
    """float64 [N], distance from the start of the chain."""


def sample_chains(chains: Chains, step_px: float) -> Samples:
    """Places at most a step apart along every chain, its points among them."""
    n_segments = np.diff(chains.starts) - 1
    segment = ragged_arange(chains.starts[:-1], n_segments)
    chain = np.repeat(np.arange(len(chains)), n_segments)
    first = chains.points[segment, :2]
    step = chains.points[segment + 1, :2] - first
    length = np.hypot(step[:, 0], step[:, 1])
    before = np.cumsum(length) - length
    at_start = np.zeros(len(chains))
    at_start[chain[::-1]] = before[::-1]
    count = np.ceil(length / step_px).astype(np.int64) + 1
    rank = ragged_arange(np.zeros(len(count), np.int64), count).astype(np.float64)
    share = rank / np.repeat(np.maximum(count - 1, 1), count)
    places = np.repeat(first, count, axis=0) + share[:, None] * np.repeat(step, count, axis=0)
    walked = np.repeat(before - at_start[chain], count) + share * np.repeat(length, count)
    return Samples(places, np.repeat(chain, count), np.asarray(walked, np.float64))


def chain_lengths(chains: Chains) -> NDArray[np.float64]:
    """Length of each chain in pixels: float64 [C]."""
    step = np.diff(chains.points[:, :2], axis=0, append=chains.points[-1:, :2])
    length = np.hypot(step[:, 0], step[:, 1])
    length[chains.starts[1:] - 1] = 0
    return np.asarray(np.add.reduceat(length, chains.starts[:-1]), np.float64)


def merge_chains(first: Chains, second: Chains) -> Chains:
    """Lay two sets of chains into one."""
    return Chains(
        np.concatenate([first.points, second.points]),
        np.concatenate([first.starts, second.starts[1:] + first.starts[-1]]),
        np.concatenate([first.closed, second.closed]),
        np.concatenate([first.pens, second.pens]),
        np.concatenate([first.broken, second.broken]),
    )


def select_chains(chains: Chains, wanted: NDArray[np.bool_]) -> Chains:
    """Keep some chains: bool [C]."""
    counts = np.diff(chains.starts)
    return Chains(
        chains.points[np.repeat(wanted, counts)],
        np.concatenate([[0], np.cumsum(counts[wanted])]),
        chains.closed[wanted],
        chains.pens[wanted],
        chains.broken[wanted],
    )


def chain_segments(segments: Segments) -> Chains:
    """Join segments of the same pen at shared nodes.

    Where more than two meet, those that continue each other straightest are joined. Chains end
    where a sharp edge turns a corner in space, however flat that corner may look on paper.
    """
    partner = _partners(segments)
    order, starts, closed = walk_partners(partner)
    # half 2s + e enters segment s at its end e: a chain visits halves, then leaves by the last
    segment, entry = order // 2, order % 2
    counts = np.diff(starts)
    points = np.empty((len(order) + len(counts), 3))
    place = np.arange(len(order)) + np.repeat(np.arange(len(counts)), counts)
    points[place] = segments.ends[segment, entry]
    lasts = starts[1:] - 1
    points[place[lasts] + 1] = segments.ends[segment[lasts], 1 - entry[lasts]]
    return Chains(
        points,
        starts + np.arange(len(starts)),
        closed,
        segments.pens[segment[starts[:-1]]],
        segments.broken[segment[starts[:-1]]],
    )


def _partners(segments: Segments) -> NDArray[np.int64]:
    """For each segment end 2s + e the end it continues in, or -1: int64 [2S]."""
    n_kinds = 2 * len(Pen)
    kind = segments.pens * 2 + segments.broken
    key = (segments.nodes * n_kinds + kind[:, None]).ravel()
    away = (segments.ends[:, ::-1] - segments.ends).reshape(-1, 3)
    order = np.argsort(key, kind="stable")
    sorted_key = key[order]
    left, right, cost = _pairs_at_nodes(order, sorted_key, away, np.repeat(segments.sharp, 2))
    partner = np.full(len(key), -1, np.int64)
    for _ in range(_N_ROUNDS):
        free = (partner[left] < 0) & (partner[right] < 0)
        left, right, cost = left[free], right[free], cost[free]
        if len(left) == 0:
            break
        best = np.full(len(key), -1, np.int64)
        descending = np.lexsort((np.arange(len(cost)), -cost))
        both = np.stack([left[descending], right[descending]], axis=1).ravel()
        best[both] = np.repeat(descending, 2)
        mutual = (best[left] == np.arange(len(left))) & (best[right] == np.arange(len(left)))
        partner[left[mutual]] = right[mutual]
        partner[right[mutual]] = left[mutual]
    return partner


def _group_sizes(sorted_key: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many entries share each entry's key: int64 [N]."""
    firsts = np.flatnonzero(np.r_[True, sorted_key[1:] != sorted_key[:-1]])
    sizes = np.diff(np.r_[firsts, len(sorted_key)])
    return np.asarray(np.repeat(sizes, sizes), np.int64)


def _pairs_at_nodes(
    order: NDArray[np.int64],
    sorted_key: NDArray[np.int64],
    away: NDArray[np.float64],
    sharp: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """All pairs of ends at a node that may be joined, with the cosine between them on paper."""
    degree = _group_sizes(sorted_key)
    in_space = away / np.maximum(np.linalg.norm(away, axis=1), 1e-9)[:, None]
    on_paper = away[:, :2] / np.maximum(np.hypot(away[:, 0], away[:, 1]), 1e-9)[:, None]
    limit = -np.cos(np.radians(_MAX_TURN_AT_JUNCTION_DEG))
    corner = -np.cos(np.radians(_CORNER_DEG))
    lefts, rights, costs = [], [], []
    for k in range(1, min(int(degree.max(initial=1)), 12)):
        i = np.flatnonzero(sorted_key[k:] == sorted_key[:-k])
        left, right = order[i], order[i + k]
        cost = np.einsum("ij,ij->i", on_paper[left], on_paper[right])
        keep = ((degree[i] == 2) | (cost < limit)) & (left // 2 != right // 2)
        turns = np.einsum("ij,ij->i", in_space[left], in_space[right]) > corner
        keep &= ~(turns & (sharp[left] | sharp[right]))
        lefts.append(left[keep])
        rights.append(right[keep])
        costs.append(cost[keep])
    if not lefts:
        none = np.zeros(0, np.int64)
        return none, none, np.zeros(0)
    return np.concatenate(lefts), np.concatenate(rights), np.concatenate(costs)


def walk_partners(
    partner: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Follow partners from end to end.

    Returns:
        Entered ends in drawing order int64 [S]; start of each chain int64 [C + 1]; closed bool [C].
    """
    follow = partner.tolist()
    visited = [False] * (len(follow) // 2)
    order: list[int] = []
    starts: list[int] = []
    closed: list[bool] = []
    loose = np.flatnonzero(partner < 0).tolist()
    for is_closed, candidates in ((False, loose), (True, range(0, len(follow), 2))):
        for first in candidates:
            if visited[first // 2]:
                continue
            starts.append(len(order))
            closed.append(is_closed)
            end = first
            while end >= 0 and not visited[end // 2]:
                visited[end // 2] = True
                order.append(end)
                end = follow[end ^ 1]
    starts.append(len(order))
    return np.array(order, np.int64), np.array(starts, np.int64), np.array(closed, np.bool_)
