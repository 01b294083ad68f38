"""Closed solids out of outlines, profiles and paths; each is one shell with outward faces.

Axes as in `drafting.mesh`: x right, y away from the viewer of the front view, z up. A solid that
stands, stands on z = 0 about the z axis unless its docstring says otherwise. Lengths are in
centimetres throughout the families, so that proportions can be judged at sight.
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from drafting.mesh import Mesh
from samples.outlines import (
    Points,
    Triangles,
    ellipse,
    inset,
    rounded_rectangle,
    triangulate,
)
from samples.placing import moved, turned

_QUARTER = np.linspace(0, np.pi / 2, 5)


def _shell(vertices: Points, faces: ArrayLike) -> Mesh:
    triangles = np.asarray(faces, dtype=np.int64).reshape(-1, 3)
    return Mesh(np.ascontiguousarray(vertices), triangles, np.zeros(len(triangles), dtype=np.int64))


def box(width: float, depth: float, height: float) -> Mesh:
    """Block along x, y, z, standing."""
    return prism(rounded_rectangle(width, depth, 0), height)


def soft_box(width: float, depth: float, height: float, radius: float, edge: float = 0.0) -> Mesh:
    """Standing block with upright corners of `radius`, top and bottom rims rounded by `edge`."""
    return slab(rounded_rectangle(width, depth, radius), height, edge)


def cylinder(diameter: float, height: float, n: int = 32) -> Mesh:
    """Standing cylinder."""
    return prism(ellipse(diameter, n=n), height)


def ball(diameter: float, n: int = 28) -> Mesh:
    """Sphere standing on z = 0."""
    angles = np.linspace(-np.pi / 2, np.pi / 2, n // 2 + 1)
    profile = np.stack([np.cos(angles), np.sin(angles) + 1], axis=1) * diameter / 2
    return lathe(profile, n=n)


def hoop(diameter: float, thickness: float, n: int = 40, n_section: int = 12) -> Mesh:
    """Torus lying about the origin; `diameter` runs to the middle of the rod."""
    ring = ellipse(diameter, n=n)
    return tube(np.c_[ring, np.zeros(n)], thickness / 2, n=n_section, closed=True)


def prism(
    outline: Points, height: float, *, holes: Sequence[Points] = (), taper: float = 1.0
) -> Mesh:
    """Outline in the xy plane drawn up to z = height.

    Args:
        outline: Any simple outline, counter-clockwise.
        height: > 0.
        holes: Outlines inside, drawn through.
        taper: Size of the top against the bottom, about the z axis.
    """
    rings = [outline, *holes]
    points = np.concatenate(rings)
    n = len(points)
    cap = _cap(outline, holes)
    faces = [cap[:, ::-1], cap + n]
    start = 0
    for hole_idx, ring in enumerate(rings):
        wall = _band(np.arange(start, start + len(ring)), n)
        faces.append(wall if hole_idx == 0 else wall[:, ::-1])
        start += len(ring)
    bottom, top = np.c_[points, np.zeros(n)], np.c_[points * taper, np.full(n, height)]
    return _shell(np.concatenate([bottom, top]), np.concatenate(faces))


def _cap(outline: Points, holes: Sequence[Points]) -> Triangles:
    ahead = np.roll(outline, -1, axis=0) - outline
    after = np.roll(ahead, -1, axis=0)
    if not holes and np.all(ahead[:, 0] * after[:, 1] - ahead[:, 1] * after[:, 0] >= -1e-12):
        fan = np.arange(1, len(outline) - 1)
        return np.stack([np.zeros_like(fan), fan, fan + 1], axis=1)
    return triangulate(outline, holes)


def _band(ring: NDArray[np.int64], step: int) -> Triangles:
    """Two triangles an edge between a closed ring of indices and the same ring `step` later."""
    ahead = np.roll(ring, -1)
    return np.concatenate(
        [np.stack([ring, ahead, ahead + step], 1), np.stack([ring, ahead + step, ring + step], 1)]
    )


def slab(outline: Points, height: float, edge: float) -> Mesh:
    """Outline drawn up to z = height, its upper and lower rims rounded off by `edge`.

    The rounding is cut down to what the outline's tightest corner can bear.
    """
    rings = _soft_rings(outline, height, edge)
    return loft(rings) if rings else prism(outline, height)


def pillow(outline: Points, height: float, edge: float, crown: float) -> Mesh:
    """A slab whose rounded rim runs on into a dome, `crown` higher in the middle.

    Args:
        outline: Every point of it must be visible from the origin.
        height: Of the rim.
        edge: Rounding of the rims, > 0.
        crown: How much higher the middle is.
    """
    rings = _soft_rings(outline, height, edge)
    below = rings[: len(_QUARTER)]
    wide = float(np.linalg.norm(outline, axis=1).mean())
    steepest = np.pi / 2 - math.atan2(2 * crown, wide)
    edge = float(below[-1][0, 2])
    for angle in np.linspace(0, steepest, len(_QUARTER)):
        ring = inset(outline, edge * (1 - math.cos(angle)))
        below.append(np.c_[ring, np.full(len(ring), height - edge * (1 - math.sin(angle)))])
    rim = below[-1]
    for share in (0.85, 0.7, 0.5, 0.3, 0.05):
        below.append(rim * [share, share, 1] + [0, 0, crown * (1 - share**2)])
    return loft(below)


def _soft_rings(outline: Points, height: float, edge: float) -> list[Points]:
    """Rings of a slab with rounded rims; none where nothing can be rounded."""
    edge = min(edge, height / 2 - 1e-6)
    ahead = np.roll(outline, -1, axis=0) - outline
    while edge > 1e-3 * height:
        shrunk = inset(outline, edge)
        if np.all(((np.roll(shrunk, -1, axis=0) - shrunk) * ahead).sum(axis=1) > 0):
            break
        edge *= 0.8
    else:
        return []
    bends = [(edge * (1 - math.sin(a)), edge * (1 - math.cos(a))) for a in _QUARTER]
    levels = [*bends, *[(cut, height - z) for cut, z in reversed(bends)]]
    return [np.c_[inset(outline, cut), np.full(len(outline), z)] for cut, z in levels]


def loft(sections: Sequence[Points]) -> Mesh:
    """Skin over a stack of closed rings of equal point count, flat caps at both ends.

    Args:
        sections: [N, 3] each; every ring counter-clockwise seen against the direction of travel
            (from above where the stack goes up).
    """
    n = len(sections[0])
    faces = [_band(np.arange(n) + level * n, n) for level in range(len(sections) - 1)]
    low, high = _ring_cap(sections[0]), _ring_cap(sections[-1])
    faces += [low[:, ::-1], high + (len(sections) - 1) * n]
    return _shell(np.concatenate(sections), np.concatenate(faces))


def stacked(outline: Points, levels: Iterable[Sequence[float]]) -> Mesh:
    """Skin over copies of one outline.

    Args:
        outline: Counter-clockwise.
        levels: (size against the outline, z) of each copy, from the bottom up, for a vessel over
            the rim and down inside.
    """
    return loft([np.c_[outline * size, np.full(len(outline), z)] for size, z in levels])


def _ring_cap(ring: Points) -> Triangles:
    """Cap of a roughly flat ring, triangulated in the plane that fits it best."""
    centred = ring - ring.mean(axis=0)
    normal = np.cross(centred, np.roll(centred, -1, axis=0)).sum(axis=0)
    length = float(np.linalg.norm(normal))
    if length < 1e-12:
        fan = np.arange(1, len(ring) - 1)
        return np.stack([np.zeros_like(fan), fan, fan + 1], axis=1)
    frame = _frame(normal / length)
    return _cap(centred @ frame.T, ())


def _frame(normal: Points) -> Points:
    """Two unit vectors [2, 3] that make a right-handed frame with a unit normal."""
    aside = np.array([1.0, 0, 0]) if abs(normal[0]) < 0.9 else np.array([0, 1.0, 0])
    first = np.cross(aside, normal)
    first /= np.linalg.norm(first)
    return np.stack([first, np.cross(normal, first)])


def lathe(profile: ArrayLike, n: int = 40, *, closed: bool = False) -> Mesh:
    """Solid of revolution about the z axis.

    Args:
        profile: [K, 2] of (radius, z), from the axis at the bottom, up the outside and, for a
            vessel, over the rim and down inside back to the axis. An end off the axis is joined
            to it by a flat.
        n: Segments around.
        closed: Join the profile's end to its start instead: a ring that leaves the axis free.
    """
    points = np.asarray(profile, dtype=np.float64)
    if closed:
        points = np.concatenate([points, points[:1]])
    else:
        low, high = [[0.0, points[0, 1]]], [[0.0, points[-1, 1]]]
        points = np.concatenate([low, points, high])
    angles = np.arange(n) * 2 * np.pi / n
    around_axis = np.stack([np.cos(angles), np.sin(angles), np.zeros(n)], axis=1)
    rings = (
        points[:, 0, None, None] * around_axis + np.array([0, 0, 1.0]) * points[:, 1, None, None]
    )
    faces = np.concatenate([_band(np.arange(n) + k * n, n) for k in range(len(points) - 1)])
    return _welded(rings.reshape(-1, 3), faces)


def _welded(vertices: Points, faces: Triangles) -> Mesh:
    """Merge equal points and drop the triangles this flattens."""
    _, first, inverse = np.unique(
        np.round(vertices, 9), axis=0, return_index=True, return_inverse=True
    )
    faces = inverse.reshape(-1)[faces]
    a, b, c = faces.T
    return _shell(vertices[first], faces[(a != b) & (b != c) & (c != a)])


def tube(
    path: ArrayLike,
    radius: float | Sequence[float],
    *,
    n: int = 12,
    section: Points | None = None,
    closed: bool = False,
) -> Mesh:
    """A section carried along a path without twisting, flat at its ends.

    Args:
        path: [P, 3], no repeated points.
        radius: Of a round section, or factor on `section`; one number or one a point.
        n: Corners of the round section.
        section: [N, 2] outline instead of a circle; its x axis starts sideways, its y axis up.
        closed: Join the end to the start.
    """
    points = np.asarray(path, dtype=np.float64)
    ring = ellipse(2.0, n=n) if section is None else section
    ring = ring[::-1]  # the frames look back along the path
    radii = np.broadcast_to(np.asarray(radius, dtype=np.float64), (len(points),))
    rings = []
    for point, (side, up), size in zip(points, _frames(points, closed), radii, strict=True):
        rings.append(point + size * (ring[:, :1] * side + ring[:, 1:] * up))
    if not closed:
        return loft(rings)
    n_ring = len(ring)
    indices = [_band(np.arange(n_ring) + k * n_ring, n_ring) for k in range(len(points))]
    return _shell(np.concatenate(rings), np.concatenate(indices) % (len(points) * n_ring))


def _frames(points: Points, closed: bool) -> list[tuple[Points, Points]]:
    """Sideways and upward unit vectors along a path, turned as little as possible."""
    if closed:
        along = np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0)
    else:
        along = np.gradient(points, axis=0)
        steps = np.diff(points, axis=0)
        steps /= np.linalg.norm(steps, axis=1, keepdims=True)
        along[1:-1] = steps[1:] + steps[:-1]
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    upright = np.array([0, 0, 1.0]) if abs(along[0, 2]) < 0.95 else np.array([0, 1.0, 0])
    side = np.cross(along[0], upright)
    frames = []
    for direction in along:
        side = side - direction * (side @ direction)
        side = side / np.linalg.norm(side)
        frames.append((side, np.cross(side, direction)))
    return _untwisted(frames, along[0]) if closed else frames


def _untwisted(frames: list[tuple[Points, Points]], start: Points) -> list[tuple[Points, Points]]:
    """Spread over a closed path the turn by which its last frame misses its first."""
    side = frames[-1][0] - start * (frames[-1][0] @ start)
    miss = math.atan2(float(side @ frames[0][1]), float(side @ frames[0][0]))
    turns = -miss * np.arange(len(frames)) / len(frames)
    return [
        (side * math.cos(t) + up * math.sin(t), up * math.cos(t) - side * math.sin(t))
        for (side, up), t in zip(frames, turns, strict=True)
    ]


def upright_plate(outline: Points, thickness: float, *, holes: Sequence[Points] = ()) -> Mesh:
    """Outline drawn in the xz plane (its y is z), `thickness` deep, centred on y = 0."""
    return moved(turned(prism(outline, thickness, holes=holes), "x", 90), y=thickness / 2)


def volume(mesh: Mesh) -> float:
    """Signed volume; positive where faces look outward."""
    a, b, c = (mesh.vertices[mesh.faces[:, k]] for k in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)
