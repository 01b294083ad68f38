"""Triangle meshes in drawing coordinates: x right, y away from the front view, z up."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from core.errors import MeshInvalid

UpAxis = Literal["Y", "Z"]
"""Which axis of a file points up. Y-up files look along -z at their front, Z-up files along +y."""

_UNIT_WELD = 1e-6
_THINNEST_FACE = 1e-7


def _no_parts() -> NDArray[np.int64]:
    return np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """A surface of triangles, each belonging to a numbered part.

    Raises:
        MeshInvalid: If there is no face, a face names a vertex that does not exist, a coordinate
            is not finite or the part numbers are not one a face.
    """

    vertices: NDArray[np.float64]
    """float64 [V, 3]: x right, y away from the viewer of the front view, z up."""
    faces: NDArray[np.int64]
    """int64 [F, 3], counter-clockwise seen from outside."""
    face_parts: NDArray[np.int64] = field(default_factory=_no_parts)
    """int64 [F], part number of each face; all zero when left out."""

    def __post_init__(self) -> None:
        vertices, faces = self.vertices, self.faces
        if faces.ndim != 2 or faces.shape[1] != 3 or len(faces) == 0:
            raise MeshInvalid(f"a mesh needs faces of shape [F, 3], F ≥ 1; got {faces.shape}")
        if vertices.ndim != 2 or vertices.shape[1] != 3:
            raise MeshInvalid(f"a mesh needs vertices of shape [V, 3]; got {vertices.shape}")
        if faces.min() < 0 or faces.max() >= len(vertices):
            raise MeshInvalid(f"a face names a vertex outside 0…{len(vertices) - 1}")
        if not np.isfinite(vertices).all():
            raise MeshInvalid("a vertex has a coordinate that is not finite")
        if len(self.face_parts) == 0:
            object.__setattr__(self, "face_parts", np.zeros(len(faces), np.int64))
        if self.face_parts.shape != (len(faces),):
            raise MeshInvalid(
                f"part numbers have shape {self.face_parts.shape}, not one for each of the "
                f"{len(faces)} faces"
            )

    @property
    def extent(self) -> float:
        """Longest side of the bounding box."""
        return float(np.ptp(self.vertices, axis=0).max())


def mesh_from_arrays(
    vertices: NDArray[Any],
    faces: NDArray[Any],
    *,
    up_axis: UpAxis = "Z",
    weld_tolerance: float = 1e-4,
) -> Mesh:
    """Make a mesh ready to draw from the arrays of a file: upright, welded, in a unit cube.

    Args:
        vertices: Any number type [V, 3], in the file's own axes and units.
        faces: Any integer type [F, 3].
        up_axis: Which axis of the file points up.
        weld_tolerance: Vertices nearer than this share of the longest side become one.

    Raises:
        MeshInvalid: If the arrays are no mesh, or nothing is left after welding.
    """
    upright = np.asarray(vertices, np.float64)
    if up_axis == "Y":
        upright = np.stack([upright[:, 0], -upright[:, 2], upright[:, 1]], axis=1)
    return weld(normalised(Mesh(upright, np.asarray(faces, np.int64))), weld_tolerance)


def normalised(mesh: Mesh) -> Mesh:
    """Centre a mesh and scale its longest side to 1, keeping its proportions.

    Raises:
        MeshInvalid: If all vertices are one point.
    """
    low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
    extent = float((high - low).max())
    if extent <= 0:
        raise MeshInvalid("all vertices of the mesh are the same point")
    return replace(mesh, vertices=(mesh.vertices - (low + high) / 2) / extent)


def merge_meshes(meshes: Sequence[Mesh]) -> Mesh:
    """Lay meshes into one, keeping their part numbers; nothing is welded across them.

    Raises:
        MeshInvalid: If there is no mesh.
    """
    if not meshes:
        raise MeshInvalid("no mesh to merge")
    offsets = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes[:-1])])
    return Mesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([m.faces + offset for m, offset in zip(meshes, offsets, strict=True)]),
        np.concatenate([mesh.face_parts for mesh in meshes]),
    )


def weld(mesh: Mesh, tolerance: float = _UNIT_WELD) -> Mesh:
    """Join near vertices of the same part; drop faces without area, doubles and unused vertices.

    Vertices of different parts are not joined, so that parts that touch keep their own outlines;
    vertices that parts share already stay shared.

    Args:
        mesh: Any mesh.
        tolerance: Largest distance joined, as a share of the longest side.

    Raises:
        MeshInvalid: If no face with an area is left.
    """
    vertex_parts = np.full(len(mesh.vertices), np.iinfo(np.int64).max)
    np.minimum.at(vertex_parts, mesh.faces.ravel(), np.repeat(mesh.face_parts, 3))
    label = _near_groups(mesh.vertices, vertex_parts, tolerance * mesh.extent)
    welded = np.empty((int(label.max()) + 1, 3))
    welded[label[::-1]] = mesh.vertices[::-1]
    faces = label[mesh.faces]
    keep = _has_area(welded, faces, mesh.extent)
    keep[keep] = _first_of_doubles(faces[keep])
    if not keep.any():
        raise MeshInvalid("the mesh has no face with an area")
    kept_ids, kept_faces = np.unique(faces[keep], return_inverse=True)
    return Mesh(welded[kept_ids], kept_faces.reshape(-1, 3), mesh.face_parts[keep])


def _near_groups(
    points: NDArray[np.float64], parts: NDArray[np.int64], distance: float
) -> NDArray[np.int64]:
    """Number the groups of points of one part that lie within a distance: int64 [N]."""
    pairs = cKDTree(points).query_pairs(distance, output_type="ndarray")
    pairs = pairs[parts[pairs[:, 0]] == parts[pairs[:, 1]]]
    links = coo_array(
        (np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(len(points), len(points))
    )
    return np.asarray(connected_components(links, directed=False)[1], np.int64)


def _has_area(
    vertices: NDArray[np.float64], faces: NDArray[np.int64], extent: float
) -> NDArray[np.bool_]:
    """Whether each face is wider than a hair: bool [F]."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    doubled_area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    longest = np.maximum(
        np.linalg.norm(b - a, axis=1),
        np.maximum(np.linalg.norm(c - b, axis=1), np.linalg.norm(a - c, axis=1)),
    )
    return np.asarray(doubled_area > _THINNEST_FACE * extent * longest, np.bool_)


def _first_of_doubles(faces: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mark the first of the faces over the same three vertices: bool [F]."""
    _, first = np.unique(np.sort(faces, axis=1), axis=0, return_index=True)
    keep = np.zeros(len(faces), np.bool_)
    keep[first] = True
    return keep
