"""Where on a sheet printed figure labels may stand: short rows of character-sized ink.

Rows are looked for along the page and across it, so that labels of sheets that lie sideways are
found as well. Whether a row is a label is for `label_reader` to say.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ingestion.ink_parts import InkParts
from ingestion.ink_runs import join_pairs

_CHARACTER_HEIGHT_PX = (14, 170)
_MAX_CHARACTER_ASPECT = 7.0
"""A row of touching letters is wider than one letter."""
_MAX_ROW_PARTS = 16
_ROW_ASPECT = (0.6, 11.0)
_MAX_GAP = 1.5
"""Widest gap within a label, in character heights (letter-spaced labels, a wide blank)."""
_PIECE_GAP = 0.75
"""Gap, in character heights, from which on a row is also read piece by piece."""
_MAX_HEIGHT_RATIO = 2.4
_BAND_STEP = 1.7
_MAX_CHARACTERS = 4000
"""Sheets with more character-sized parts than this are textures; the most isolated are kept."""


@dataclass(frozen=True, slots=True)
class LabelCandidate:
    """A row of character-sized ink."""

    parts: NDArray[np.int64]
    """Indices of its parts."""
    left: int
    top: int
    right: int
    bottom: int
    upright: bool
    """True for a row along the page; False for one running down or up it."""
    is_piece: bool = False
    """True for a piece of a row that was found as a whole too."""

    @property
    def aspect(self) -> float:
        """Length over height as it is read."""
        width, height = self.right - self.left, self.bottom - self.top
        return width / height if self.upright else height / width


def find_candidates(parts: InkParts, *, upright: bool) -> Iterator[LabelCandidate]:
    """Rows of character-sized ink along the page (`upright`), or those across it."""
    along = (parts.left, parts.right) if upright else (parts.top, parts.bottom)
    across = (parts.top, parts.bottom) if upright else (parts.left, parts.right)
    height, length = across[1] - across[0], along[1] - along[0]
    low, high = _CHARACTER_HEIGHT_PX
    fits = (height >= low) & (height <= high) & (length <= _MAX_CHARACTER_ASPECT * height)
    chosen = np.flatnonzero(fits)
    if chosen.size > _MAX_CHARACTERS:
        chosen = chosen[np.argsort(-height[chosen], kind="stable")[:_MAX_CHARACTERS]]
    if chosen.size == 0:
        return
    row_of = link_rows(along[0][chosen], along[1][chosen], across[0][chosen], across[1][chosen])
    order = np.lexsort((along[0][chosen], row_of))
    chosen, first = chosen[order], _starts(row_of[order])
    is_short = np.diff(first, append=chosen.size) <= _MAX_ROW_PARTS
    has_gap = is_short & _has_wide_gap(chosen, first, along, across)
    rows = candidates_of(parts, chosen, first, is_short, upright=upright)
    for row, parted in zip(rows, has_gap[is_short], strict=True):
        pieces = _pieces(row.parts, along, across) if parted else ()
        parted_off = (replace(subrow(parts, row, piece), is_piece=True) for piece in pieces)
        for candidate in (row, *parted_off):
            if _ROW_ASPECT[0] <= candidate.aspect <= _ROW_ASPECT[1]:
                yield candidate


def rows_by_number(
    parts: InkParts, chosen: NDArray[np.int64], row_of: NDArray[np.int32]
) -> list[LabelCandidate]:
    """Rows along the page made of characters that know their row."""
    order = np.argsort(row_of, kind="stable")
    first = _starts(row_of[order])
    return candidates_of(parts, chosen[order], first, np.ones(first.size, bool), upright=True)


def candidates_of(
    parts: InkParts,
    ordered: NDArray[np.int64],
    first: NDArray[np.int64],
    wanted: NDArray[np.bool_],
    *,
    upright: bool,
) -> list[LabelCandidate]:
    """Rows out of parts that lie row by row.

    Args:
        parts: The sheet's ink.
        ordered: Parts, row by row.
        first: int64 [R], index in `ordered` of every row's first part.
        wanted: bool [R], the rows to build.
        upright: Which way they run.
    """
    bounds = zip(
        first[wanted].tolist(),
        np.append(first[1:], ordered.size)[wanted].tolist(),
        np.minimum.reduceat(parts.left[ordered], first)[wanted].tolist(),
        np.minimum.reduceat(parts.top[ordered], first)[wanted].tolist(),
        np.maximum.reduceat(parts.right[ordered], first)[wanted].tolist(),
        np.maximum.reduceat(parts.bottom[ordered], first)[wanted].tolist(),
        strict=True,
    )
    return [
        LabelCandidate(ordered[begin:end], left, top, right, bottom, upright)
        for begin, end, left, top, right, bottom in bounds
    ]


def _starts(row_of: NDArray[np.int32]) -> NDArray[np.int64]:
    """Where each row begins among characters sorted by row."""
    return np.concatenate(([0], np.flatnonzero(np.diff(row_of)) + 1))


def _has_wide_gap(
    ordered: NDArray[np.int64],
    first: NDArray[np.int64],
    along: tuple[NDArray[np.int64], NDArray[np.int64]],
    across: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> NDArray[np.bool_]:
    """Rows that may have a gap to be parted at, bool [R]; a gap is measured by the lowest part.

    Args:
        ordered: Parts, row by row, each from its start.
        first: int64 [R], index in `ordered` of every row's first part.
        along: Where every part begins and ends along the reading direction.
        across: And across it.
    """
    apart = int(along[1].max()) - int(along[0].min()) + 1
    row = np.repeat(np.arange(first.size), np.diff(first, append=ordered.size))
    reach = np.maximum.accumulate(along[1][ordered] + row * apart) - row * apart
    gap = np.zeros(ordered.size)
    gap[1:] = along[0][ordered][1:] - reach[:-1]
    gap[first] = 0
    lowest = np.minimum.reduceat(across[1][ordered] - across[0][ordered], first)
    return np.asarray(np.maximum.reduceat(gap, first) > _PIECE_GAP * lowest)


def _pieces(
    row: NDArray[np.int64],
    along: tuple[NDArray[np.int64], NDArray[np.int64]],
    across: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> list[NDArray[np.int64]]:
    """A row parted at its wide gaps, where a label and a piece of drawing may have met.

    Returns:
        The pieces of at least two parts, left to right; none where the row is of one piece.
    """
    widest = _PIECE_GAP * median((across[1][row] - across[0][row]).tolist())
    reach = accumulate(along[1][row].tolist(), max)
    starts = along[0][row].tolist()
    breaks = [i for i, end in enumerate(reach, 1) if i < row.size and starts[i] - end > widest]
    if not breaks:
        return []
    bounds = pairwise((0, *breaks, row.size))
    return [row[first:behind] for first, behind in bounds if behind - first > 1]


def link_rows(
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    *,
    max_gap: float = _MAX_GAP,
) -> NDArray[np.int32]:
    """Number of the row each character belongs to.

    Args:
        start: int64 [N], where each begins along the reading direction.
        end: int64 [N], where it ends.
        low: int64 [N], where it begins across the reading direction.
        high: int64 [N], where it ends.
        max_gap: Widest gap within a row, in character heights.

    Returns:
        int32 [N].
    """
    pairs = _near_pairs(start, end, low, high)
    first, second = pairs[:, 0], pairs[:, 1]
    height = high - low
    taller = np.maximum(height[first], height[second])
    shorter = np.minimum(height[first], height[second])
    overlap = np.minimum(high[first], high[second]) - np.maximum(low[first], low[second])
    gap = np.maximum(start[first], start[second]) - np.minimum(end[first], end[second])
    linked = (
        (overlap >= 0.55 * shorter)
        & (taller <= _MAX_HEIGHT_RATIO * shorter)
        & (gap <= max_gap * taller)
    )
    return join_pairs(first[linked], second[linked], start.size)[1]


def _near_pairs(
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Pairs of characters close enough to be linked, int64 [M, 2].

    Sizes are looked at band by band, each with a reach of its own: on a textured sheet the many
    small parts would otherwise be paired over the reach of the few large ones.
    """
    height = high - low
    centres = np.stack(((start + end) / 2, 2.0 * (low + high)), axis=1)
    found = [np.zeros((0, 2), dtype=np.int64)]
    smallest = float(_CHARACTER_HEIGHT_PX[0])
    while smallest <= _CHARACTER_HEIGHT_PX[1]:
        largest = smallest * _MAX_HEIGHT_RATIO * _BAND_STEP
        band = np.flatnonzero((height >= smallest) & (height <= largest))
        if band.size > 1:
            reach = (_MAX_GAP + 2.0) * largest
            pairs = cKDTree(centres[band]).query_pairs(reach, output_type="ndarray")
            found.append(band[pairs])
        smallest *= _BAND_STEP
    return np.concatenate(found)


@dataclass(frozen=True, slots=True)
class ReadingFrame:
    """Where parts lie as a reader sees them who has turned the sheet: arrays over parts."""

    start: NDArray[np.int64]
    """Where each begins along the reading direction."""
    end: NDArray[np.int64]
    low: NDArray[np.int64]
    """Where each begins across the reading direction."""
    high: NDArray[np.int64]


def reading_frame(parts: InkParts, rotation_deg: int) -> ReadingFrame:
    """Parts along and across the reading direction of text that `rotation_deg` makes upright."""
    if rotation_deg % 180 == 0:
        start, end, low, high = parts.left, parts.right, parts.top, parts.bottom
    else:
        start, end, low, high = parts.top, parts.bottom, parts.left, parts.right
    if rotation_deg in (90, 180):
        start, end = -end, -start
    return ReadingFrame(start, end, low, high)


def whole_row(parts: InkParts, chosen: NDArray[np.int64]) -> LabelCandidate:
    """Parts taken together as a row along the page."""
    return LabelCandidate(
        chosen,
        int(parts.left[chosen].min()),
        int(parts.top[chosen].min()),
        int(parts.right[chosen].max()),
        int(parts.bottom[chosen].max()),
        upright=True,
    )


def subrow(parts: InkParts, candidate: LabelCandidate, chosen: NDArray[np.int64]) -> LabelCandidate:
    """The candidate made of other parts."""
    return replace(whole_row(parts, chosen), upright=candidate.upright)


def extend_row(
    parts: InkParts, candidate: LabelCandidate, rotation_deg: int
) -> LabelCandidate | None:
    """The candidate with the next characters behind a wide blank: ``FIG.      1``.

    Returns:
        The longer row, or None where nothing of its size follows on its line.
    """
    frame = reading_frame(parts, rotation_deg)
    own = candidate.parts
    end = int(frame.end[own].max())
    low, high = int(frame.low[own].min()), int(frame.high[own].max())
    size = high - low
    height = frame.high - frame.low
    on_line = np.minimum(frame.high, high) - np.maximum(frame.low, low) >= 0.6 * height
    fits = (height >= 0.45 * size) & (height <= 1.6 * size) & (frame.end - frame.start <= 2 * size)
    next_up = np.flatnonzero(
        on_line & fits & (frame.start >= end - size // 4) & (frame.start <= end + 5 * size)
    )
    next_up = np.setdiff1d(next_up, own)
    if next_up.size == 0:
        return None
    order = next_up[np.argsort(frame.start[next_up], kind="stable")]
    taken = [int(order[0])]
    for part in order[1:4]:
        if frame.start[part] - frame.end[taken[-1]] <= 0.9 * size:
            taken.append(int(part))
    return subrow(parts, candidate, np.union1d(own, taken))
