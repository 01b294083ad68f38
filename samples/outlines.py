"""Plane figures the solids are made from: closed outlines, open paths, their triangles.

An outline is float64 [N, 2], counter-clockwise, its last point not repeated; a path is float64
[P, D], open.
"""

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Points: TypeAlias = NDArray[np.float64]
"""float64 [N, D]."""
Triangles: TypeAlias = NDArray[np.int64]
"""int64 [T, 3], indices into points."""


def rounded_rectangle(width: float, height: float, radius: float, n_corner: int = 6) -> Points:
    """Outline of a rectangle about the origin with quarter-round corners.

    Args:
        width: Along x.
        height: Along y.
        radius: Of the corners; cut down to half the shorter side.
        n_corner: Points a corner; a radius of 0 gives plain corners.
    """
    radius = min(radius, width / 2 - 1e-6, height / 2 - 1e-6)
    if radius <= 1e-9:
        return np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [width / 2, height / 2]
    corners = []
    for quarter, (sx, sy) in enumerate([(1, 1), (-1, 1), (-1, -1), (1, -1)]):
        angles = np.linspace(0, np.pi / 2, n_corner) + quarter * np.pi / 2
        centre = [sx * (width / 2 - radius), sy * (height / 2 - radius)]
        corners.append(np.stack([np.cos(angles), np.sin(angles)], axis=1) * radius + centre)
    return np.concatenate(corners)


def ellipse(width: float, height: float | None = None, n: int = 40) -> Points:
    """Outline of an ellipse about the origin; a circle where only its diameter is given."""
    angles = np.arange(n) * 2 * np.pi / n
    height = width if height is None else height
    return np.stack([np.cos(angles) * width / 2, np.sin(angles) * height / 2], axis=1)


def superellipse(width: float, height: float, exponent: float, n: int = 48) -> Points:
    """Outline |2x/w|^e + |2y/h|^e = 1: 2 is an ellipse, 4 a squircle."""
    angles = np.arange(n) * 2 * np.pi / n
    unit = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    points: Points = np.sign(unit) * np.abs(unit) ** (2 / exponent) * [width / 2, height / 2]
    return points


def polygon(n: int, radius: float, phase_deg: float = 0.0) -> Points:
    """Regular polygon with corners at `radius`, the first at `phase_deg` from the x axis."""
    angles = np.arange(n) * 2 * np.pi / n + math.radians(phase_deg)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) * radius


def star(n: int, outer: float, inner: float, phase_deg: float = 90.0) -> Points:
    """Star of n points, alternating between two radii."""
    angles = np.arange(2 * n) * np.pi / n + math.radians(phase_deg)
    radii = np.where(np.arange(2 * n) % 2 == 0, outer, inner)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) * radii[:, None]


def arc(radius: float, start_deg: float, end_deg: float, n: int = 12) -> Points:
    """Open path along a circle about the origin, [n, 2]."""
    angles = np.radians(np.linspace(start_deg, end_deg, n))
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) * radius


def filleted(points: ArrayLike, radius: float, *, n: int = 5, closed: bool = False) -> Points:
    """Round the corners of a path or outline of any dimension.

    Args:
        points: [P, D] corners.
        radius: How far from a corner its rounding starts; cut down to 0.45 of the shorter leg.
        n: Points put in place of a corner.
        closed: Whether the last point is joined to the first.
    """
    corners = np.asarray(points, dtype=np.float64)
    rounded: list[Points] = []
    for idx, corner in enumerate(corners):
        if not closed and idx in (0, len(corners) - 1):
            rounded.append(corner[None])
            continue
        before = corners[idx - 1] - corner
        after = corners[(idx + 1) % len(corners)] - corner
        legs = np.linalg.norm(before), np.linalg.norm(after)
        reach = min(radius, 0.45 * legs[0], 0.45 * legs[1])
        start, end = corner + before / legs[0] * reach, corner + after / legs[1] * reach
        t = np.linspace(0, 1, n)[:, None]
        rounded.append((1 - t) ** 2 * start + 2 * t * (1 - t) * corner + t**2 * end)
    return np.concatenate(rounded)


def smooth(points: ArrayLike, n_between: int = 6, *, closed: bool = False) -> Points:
    """Catmull-Rom curve through points of any dimension.

    Args:
        points: [P, D], P ≥ 2.
        n_between: Points a span.
        closed: Whether the curve returns to its first point.

    Returns:
        [P × n_between, D] closed, [(P - 1) × n_between + 1, D] open.
    """
    knots = np.asarray(points, dtype=np.float64)
    if closed:
        padded = np.concatenate([knots[-1:], knots, knots[:2]])
    else:
        first, last = 2 * knots[0] - knots[1], 2 * knots[-1] - knots[-2]
        padded = np.concatenate([first[None], knots, last[None]])
    t = (np.arange(n_between) / n_between)[:, None]
    spans = []
    for p0, p1, p2, p3 in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        bend = (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3
        spans.append(0.5 * (2 * p1 + (p2 - p0) * t + bend))
    if not closed:
        spans.append(knots[-1:])
    return np.concatenate(spans)


def offset(points: Points, *by: float) -> Points:
    """The points shifted by one number a dimension."""
    shifted: Points = points + np.array(by)
    return shifted


def upright(points: Points, y: float = 0.0) -> Points:
    """Plane points (x, z) stood up in the xz plane: [N, 3]."""
    return np.stack([points[:, 0], np.full(len(points), y), points[:, 1]], axis=1)


def inset(outline: Points, distance: float) -> Points:
    """Move every point of an outline inwards by mitred edge normals.

    Only for distances small against the outline's features; it does not mend crossings.
    """
    ahead = np.roll(outline, -1, axis=0) - outline
    normals = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    both = normals + np.roll(normals, 1, axis=0)
    both /= np.maximum((both**2).sum(axis=1, keepdims=True) / 2, 0.2)
    return outline + both * distance


def area(outline: Points) -> float:
    """Signed area; positive where the outline runs counter-clockwise."""
    x, y = outline[:, 0], outline[:, 1]
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def triangulate(outline: Points, holes: Sequence[Points] = ()) -> Triangles:
    """Triangles filling an outline with holes, counter-clockwise.

    Ear clipping after bridging each hole to the outside (Eberly, "Triangulation by Ear
    Clipping", 2008).

    Args:
        outline: Counter-clockwise.
        holes: Counter-clockwise too, inside the outline, apart from each other.

    Returns:
        Indices into the outline followed by the holes.
    """
    points = np.concatenate([outline, *holes])
    ring = list(range(len(outline)))
    start = len(outline)
    rings = []
    for hole in holes:
        rings.append(list(range(start, start + len(hole)))[::-1])
        start += len(hole)
    for hole_ring in sorted(rings, key=lambda r: -float(points[r, 0].max())):
        ring = _bridged(points, ring, hole_ring)
    return _clip_ears(points, ring)


def _bridged(points: Points, ring: list[int], hole: list[int]) -> list[int]:
    """The ring with a hole spliced in through the shortest cut that crosses no edge."""
    leaps = np.linalg.norm(points[ring][:, None] - points[hole][None], axis=2)
    for flat in np.argsort(leaps, axis=None, kind="stable"):
        at, hole_at = divmod(int(flat), len(hole))
        a, b = points[ring[at]], points[hole[hole_at]]
        if not (_crosses(points, ring, a, b) or _crosses(points, hole, a, b)):
            break
    turned = hole[hole_at:] + hole[: hole_at + 1]
    return ring[: at + 1] + turned + ring[at:]


def _crosses(points: Points, ring: list[int], a: Points, b: Points) -> bool:
    """Whether the segment ab properly crosses an edge of the ring."""
    p, q = points[ring], points[ring[1:] + ring[:1]]
    side_p, side_q = _turn(a, b, p), _turn(a, b, q)
    side_a, side_b = _turn(p, q, a), _turn(p, q, b)
    return bool(np.any((side_p * side_q < -1e-18) & (side_a * side_b < -1e-18)))


def _turn(a: Points, b: Points, c: Points) -> NDArray[np.float64]:
    ab, ac = b - a, c - a
    result: NDArray[np.float64] = ab[..., 0] * ac[..., 1] - ab[..., 1] * ac[..., 0]
    return result


def _clip_ears(points: Points, ring: list[int]) -> Triangles:
    ring = list(ring)
    triangles: list[tuple[int, int, int]] = []
    at = misses = 0
    while len(ring) > 3:
        at %= len(ring)
        a, b, c = ring[at - 1], ring[at], ring[(at + 1) % len(ring)]
        if misses > len(ring) or _is_ear(points, ring, a, b, c):
            triangles.append((a, b, c))
            del ring[at]
            misses = 0
        else:
            misses += 1
        at += 1
    triangles.append((ring[0], ring[1], ring[2]))
    return np.array(triangles, dtype=np.int64)


def _is_ear(points: Points, ring: list[int], a: int, b: int, c: int) -> bool:
    pa, pb, pc = points[a], points[b], points[c]
    if (pb[0] - pa[0]) * (pc[1] - pa[1]) - (pb[1] - pa[1]) * (pc[0] - pa[0]) <= 1e-14:
        return False
    others = points[ring]
    inside = (_turn(pa, pb, others) > 0) & (_turn(pb, pc, others) > 0) & (_turn(pc, pa, others) > 0)
    return not bool(inside.any())
