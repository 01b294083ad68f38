"""Putting solids in their places and together into one design."""

import math
from collections.abc import Iterable
from typing import Literal, TypeAlias

import numpy as np

from drafting.mesh import Mesh, merge_meshes

Axis: TypeAlias = Literal["x", "y", "z"]

UNCLAIMED_PART = 1000
"""Parts numbered from here on may be disclaimed: drawn in broken lines."""


def assembly(claimed: Iterable[Mesh], unclaimed: Iterable[Mesh] = ()) -> Mesh:
    """One mesh of many solids, every solid a part of its own.

    Args:
        claimed: Numbered from 0.
        unclaimed: Numbered from `UNCLAIMED_PART`; what a design may leave out of its claim.
    """
    solids = [_numbered(solid, idx) for idx, solid in enumerate(claimed)]
    solids += [_numbered(solid, UNCLAIMED_PART + idx) for idx, solid in enumerate(unclaimed)]
    return merge_meshes(solids)


def group(solids: Iterable[Mesh]) -> Mesh:
    """Several shells as one part, to be moved and copied together."""
    return _numbered(merge_meshes(list(solids)), 0)


def _numbered(mesh: Mesh, part: int) -> Mesh:
    return Mesh(mesh.vertices, mesh.faces, np.full(len(mesh.faces), part, dtype=np.int64))


def moved(mesh: Mesh, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Mesh:
    """The mesh shifted."""
    return Mesh(mesh.vertices + np.array([x, y, z]), mesh.faces, mesh.face_parts)


def turned(mesh: Mesh, axis: Axis, degrees: float) -> Mesh:
    """The mesh turned about an axis through the origin, counter-clockwise seen from its tip."""
    angle = math.radians(degrees)
    first, second = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    turn = np.eye(3)
    turn[first, first] = turn[second, second] = math.cos(angle)
    turn[second, first], turn[first, second] = math.sin(angle), -math.sin(angle)
    return Mesh(mesh.vertices @ turn.T, mesh.faces, mesh.face_parts)


def scaled(mesh: Mesh, x: float = 1.0, y: float = 1.0, z: float = 1.0) -> Mesh:
    """The mesh stretched along the axes; a negative factor mirrors and keeps faces outward."""
    faces = mesh.faces[:, ::-1] if x * y * z < 0 else mesh.faces
    return Mesh(mesh.vertices * np.array([x, y, z]), np.ascontiguousarray(faces), mesh.face_parts)


def around(mesh: Mesh, n: int, start_deg: float = 0.0) -> list[Mesh]:
    """N copies evenly turned about the z axis."""
    return [turned(mesh, "z", start_deg + idx * 360 / n) for idx in range(n)]


def on_both_sides(mesh: Mesh, axis: Axis = "x") -> list[Mesh]:
    """The mesh and its mirror image across the plane through the origin."""
    factors: dict[str, float] = {axis: -1.0}
    return [mesh, scaled(mesh, **factors)]


def facing(mesh: Mesh) -> Mesh:
    """Turn a solid that rises from z = 0 so that it rises towards the viewer of the front view."""
    return turned(mesh, "x", 90)
