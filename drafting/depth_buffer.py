"""A depth buffer over triangles, filled without a loop over faces."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_FACE_BITS = 24
_DEPTH_STEPS = float(2**37)
_EMPTY = np.iinfo(np.int64).max
_EDGE_ON_PX2 = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class DepthBuffer:
    """What each pixel shows. Pixel [i, j] is sampled at its centre, x = j + 0.5, y = i + 0.5."""

    depth: NDArray[np.float64]
    """float64 [H, W], larger is farther, infinite on empty paper."""
    face: NDArray[np.int64]
    """int64 [H, W], -1 on empty paper."""
    planes: NDArray[np.float64]
    """float64 [F, 3], depth = a·x + b·y + c on each face; NaN for faces seen edge-on."""

    def deepest_around(
        self, x_px: NDArray[np.float64], y_px: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Greatest depth of the four pixel centres around each point: float64 [N].

        A point on an outline always has one of them outside, so the surface it bounds never
        hides it; a point on a single plane is never deeper than this.
        """
        h, w = self.depth.shape
        i = np.clip(np.floor(y_px - 0.5).astype(np.int64), -1, h - 1) + 1
        j = np.clip(np.floor(x_px - 0.5).astype(np.int64), -1, w - 1) + 1
        padded = np.pad(self.depth, 1, constant_values=np.inf)
        rows = np.maximum(padded[:-1], padded[1:])
        blocks = np.maximum(rows[:, :-1], rows[:, 1:])
        return blocks[i, j]


def ragged_arange(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Concatenate ``arange(start, start + count)`` over all rows.

    Example:
        >>> ragged_arange(np.array([5, 0]), np.array([2, 3])).tolist()
        [5, 6, 0, 1, 2]
    """
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(starts - ends + counts, counts)


def fill_depth_buffer(
    points: NDArray[np.float64], faces: NDArray[np.int64], *, width_px: int, height_px: int
) -> DepthBuffer:
    """Rasterise triangles, nearest wins; ties go to the lower face number.

    Args:
        points: float64 [V, 3], x and y in pixels (y down), depth in any unit.
        faces: int64 [F, 3]; both sides are filled.
        width_px: W.
        height_px: H.
    """
    planes = _planes(points, faces)
    seen = np.flatnonzero(~np.isnan(planes[:, 0]))
    face, row, first, count = _spans(points, faces[seen], width_px, height_px)
    face = seen[face]
    a, b, c = planes[face].T
    base = b * (row + 0.5) + c + a * 0.5
    column = ragged_arange(first, count)
    depth = np.repeat(a, count) * column + np.repeat(base, count)
    nearest = float(points[:, 2].min())
    reach = max(float(np.ptp(points[:, 2])), 1e-12)
    steps = ((depth - nearest) * (_DEPTH_STEPS / reach)).astype(np.int64)
    np.clip(steps, 0, 2**38, out=steps)
    keys = (steps << _FACE_BITS) | np.repeat(face, count)
    nearest_keys = np.full(width_px * height_px, _EMPTY, np.int64)
    np.minimum.at(nearest_keys, np.repeat(row * width_px, count) + column, keys)
    buffer = nearest_keys.reshape(height_px, width_px)
    empty = buffer == _EMPTY
    depth_image = np.where(empty, np.inf, (buffer >> _FACE_BITS) * (reach / _DEPTH_STEPS) + nearest)
    return DepthBuffer(depth_image, np.where(empty, -1, buffer & ((1 << _FACE_BITS) - 1)), planes)


def _planes(points: NDArray[np.float64], faces: NDArray[np.int64]) -> NDArray[np.float64]:
    p, q, r = (points[faces[:, k]] for k in range(3))
    u, v = q - p, r - p
    area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    area = np.where(np.abs(area) < _EDGE_ON_PX2, np.nan, area)
    a = (u[:, 2] * v[:, 1] - v[:, 2] * u[:, 1]) / area
    b = (v[:, 2] * u[:, 0] - u[:, 2] * v[:, 0]) / area
    return np.stack([a, b, p[:, 2] - a * p[:, 0] - b * p[:, 1]], axis=1)


def _spans(
    points: NDArray[np.float64], faces: NDArray[np.int64], width_px: int, height_px: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Pixel runs covered by triangles: face, row, first column and length, int64 [S] each."""
    corners = points[faces][:, :, :2]
    order = np.argsort(corners[:, :, 1], axis=1, kind="stable")
    corners = np.take_along_axis(corners, order[:, :, None], axis=1)
    x0, x1, x2 = corners[:, :, 0].T
    y0, y1, y2 = corners[:, :, 1].T
    top = np.clip(np.ceil(y0 - 0.5), 0, height_px).astype(np.int64)
    bottom = np.clip(np.ceil(y2 - 0.5), 0, height_px).astype(np.int64)
    n_rows = bottom - top
    face = np.repeat(np.arange(len(faces)), n_rows)
    row = ragged_arange(top, n_rows)
    with np.errstate(divide="ignore", invalid="ignore"):
        long_slope = (x2 - x0) / (y2 - y0)
        upper_slope = (x1 - x0) / (y1 - y0)
        lower_slope = (x2 - x1) / (y2 - y1)
    y = row + 0.5
    upper = y < y1[face]
    long_x = x0[face] + (y - y0[face]) * long_slope[face]
    anchor_x = np.where(upper, x0[face], x1[face])
    anchor_y = np.where(upper, y0[face], y1[face])
    slope = np.where(upper, upper_slope[face], lower_slope[face])
    short_x = anchor_x + (y - anchor_y) * slope
    left = np.clip(np.ceil(np.minimum(long_x, short_x) - 0.5), 0, width_px).astype(np.int64)
    right = np.clip(np.ceil(np.maximum(long_x, short_x) - 0.5), 0, width_px).astype(np.int64)
    some = right > left
    return face[some], row[some], left[some], (right - left)[some]
