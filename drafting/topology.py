"""Which faces of a mesh meet along which edges, found once and used for every view."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from drafting.mesh import Mesh

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_T_JUNCTION = 2e-4
"""How far from an edge, as a share of the longest side, a vertex still lies on it."""
_TANGENT_WIDTH_RATIO = 4.0
_FLAT_DEG = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class EdgeModel:
    """A mesh with its edges: what a draughtsman looks along. F faces, E edges.

    An open edge has one face; its second face and apex are -1.
    """

    vertices: Floats
    """float64 [V, 3]."""
    faces: Ints
    """int64 [F, 3]; turned outward where the surface is closed."""
    face_parts: Ints
    """int64 [F]."""
    face_pieces: Ints
    """int64 [F], number of the connected piece a face belongs to."""
    face_closed: Bools
    """bool [F], the piece is watertight and its faces know inside from outside."""
    edge_ends: Ints
    """int64 [E, 2], vertices."""
    edge_faces: Ints
    """int64 [E, 2]."""
    edge_apexes: Ints
    """int64 [E, 2], the vertex of each face that is not on the edge."""
    edge_bend_deg: Floats
    """float64 [E], 0 where the faces continue each other, 180 where folded back or open."""
    edge_concave: Bools
    """bool [E], the surface bends toward its outside; false where inside is unknown."""
    edge_tangent: Bools
    """bool [E], where a broad surface runs into a narrow one, such as a flat into a rounding;
    sharp edges between such surfaces are among them."""


@dataclass(frozen=True, slots=True, eq=False)
class _HalfEdges:
    """The sides of all faces: H entries each."""

    start: Ints
    end: Ints
    face: Ints
    apex: Ints

    def __len__(self) -> int:
        return len(self.start)

    def take(self, idx: Ints | Bools) -> "_HalfEdges":
        return _HalfEdges(self.start[idx], self.end[idx], self.face[idx], self.apex[idx])

    def keys(self, n_vertices: int) -> Ints:
        """One number for each undirected edge: int64 [H]."""
        low, high = np.minimum(self.start, self.end), np.maximum(self.start, self.end)
        return np.asarray(low * n_vertices + high, np.int64)


def build_edges(mesh: Mesh) -> EdgeModel:
    """Find the edges of a mesh; the costly part of a drawing that all its views share.

    Vertices that lie along an open edge split it, so that surfaces meeting in T-junctions close.

    Args:
        mesh: Any mesh; one from a file is welded first (`mesh_from_arrays`).
    """
    halves = _split_open_edges(mesh, _half_edges(mesh.faces))
    halves = halves.take(np.argsort(halves.keys(len(mesh.vertices)), kind="stable"))
    keys = halves.keys(len(mesh.vertices))
    firsts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
    counts = np.diff(np.r_[firsts, len(keys)])
    partner, bend = _sharpest_pair(mesh, halves, firsts, counts)
    pieces = _pieces(halves, firsts, counts, len(mesh.faces))
    closed, inverted = _closed_pieces(mesh, halves, firsts, counts, pieces)
    faces = np.where(inverted[pieces][:, None], mesh.faces[:, ::-1], mesh.faces)
    has_pair = partner >= 0
    edge_faces = np.stack([halves.face[firsts], np.where(has_pair, halves.face[partner], -1)], 1)
    edge_apexes = np.stack([halves.apex[firsts], np.where(has_pair, halves.apex[partner], -1)], 1)
    edge_ends = np.stack([halves.start[firsts], halves.end[firsts]], 1)
    normals = face_normals(mesh.vertices, faces)
    rise = np.einsum(
        "ij,ij->i",
        normals[edge_faces[:, 0]],
        mesh.vertices[edge_apexes[:, 1]] - mesh.vertices[edge_ends[:, 0]],
    )
    face_closed = closed[pieces]
    return EdgeModel(
        vertices=mesh.vertices,
        faces=faces,
        face_parts=mesh.face_parts,
        face_pieces=pieces,
        face_closed=face_closed,
        edge_ends=edge_ends,
        edge_faces=edge_faces,
        edge_apexes=edge_apexes,
        edge_bend_deg=bend,
        edge_concave=has_pair & (counts == 2) & face_closed[edge_faces[:, 0]] & (rise > 0),
        edge_tangent=_tangent_edges(mesh, edge_ends, edge_faces, bend),
    )


def face_normals(vertices: Floats, faces: Ints) -> Floats:
    """Unit normals, zero for a face without area: float64 [F, 3]."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    normals = np.cross(b - a, c - a)
    return np.asarray(
        normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-300), np.float64
    )


def smooth_groups(model: EdgeModel, crease_angle_deg: float) -> Ints:
    """Number the surfaces that only sharp edges part: int64 [F]."""
    joined = (model.edge_faces[:, 1] >= 0) & (model.edge_bend_deg < crease_angle_deg)
    return _face_groups(model.edge_faces[joined], len(model.faces))


def _half_edges(faces: Ints) -> _HalfEdges:
    face = np.tile(np.arange(len(faces)), 3)
    start, end, apex = (np.concatenate([faces[:, (k + s) % 3] for k in range(3)]) for s in range(3))
    return _HalfEdges(start, end, face, apex)


def _split_open_edges(mesh: Mesh, halves: _HalfEdges) -> _HalfEdges:
    """Cut open edges at the vertices of other open edges that lie on them."""
    _, inverse, counts = np.unique(
        halves.keys(len(mesh.vertices)), return_inverse=True, return_counts=True
    )
    is_open = counts[inverse] == 1
    rim = halves.take(is_open)
    if len(rim) == 0:
        return halves
    edge, vertex, along = _vertices_on_edges(mesh, rim)
    if len(edge) == 0:
        return halves
    n = len(rim)
    edge = np.r_[edge, np.arange(n), np.arange(n)]
    vertex = np.r_[vertex, rim.start, rim.end]
    along = np.r_[along, np.zeros(n), np.ones(n)]
    order = np.lexsort((along, edge))
    edge, vertex = edge[order], vertex[order]
    same = (edge[1:] == edge[:-1]) & (vertex[1:] != vertex[:-1])
    owner = edge[1:][same]
    whole = halves.take(~is_open)
    return _HalfEdges(
        np.r_[whole.start, vertex[:-1][same]],
        np.r_[whole.end, vertex[1:][same]],
        np.r_[whole.face, rim.face[owner]],
        np.r_[whole.apex, rim.apex[owner]],
    )


def _vertices_on_edges(mesh: Mesh, rim: _HalfEdges) -> tuple[Ints, Ints, Floats]:
    """Rim vertices inside rim edges: edge index [K], vertex [K], place along the edge [K]."""
    vertex_ids = np.unique(np.r_[rim.start, rim.end])
    a, b = mesh.vertices[rim.start], mesh.vertices[rim.end]
    length = np.linalg.norm(b - a, axis=1)
    tolerance = _T_JUNCTION * mesh.extent
    near = cKDTree(mesh.vertices[vertex_ids]).query_ball_point((a + b) / 2, length / 2 + tolerance)
    edge = np.repeat(np.arange(len(rim)), [len(found) for found in near])
    vertex = vertex_ids[np.concatenate([np.asarray(found, np.int64) for found in near])]
    offset = mesh.vertices[vertex] - a[edge]
    direction = (b - a)[edge] / length[edge, None]
    along = np.einsum("ij,ij->i", offset, direction)
    away = np.linalg.norm(offset - along[:, None] * direction, axis=1)
    inside = (away < tolerance) & (along > tolerance) & (along < length[edge] - tolerance)
    return edge[inside], vertex[inside], (along / length[edge])[inside]


def _sharpest_pair(
    mesh: Mesh, halves: _HalfEdges, firsts: Ints, counts: Ints
) -> tuple[Ints, Floats]:
    """For each edge, which half-edge bends most against its first, and by how much.

    The angle is measured between the faces themselves, so it needs no consistent winding.

    Returns:
        Half-edge index int64 [E], -1 for open edges; bend in degrees float64 [E].
    """
    start = mesh.vertices[halves.start]
    direction = mesh.vertices[halves.end] - start
    direction /= np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-300)
    outward = mesh.vertices[halves.apex] - start
    outward -= np.einsum("ij,ij->i", outward, direction)[:, None] * direction
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-300)
    partner = np.full(len(firsts), -1, np.int64)
    bend = np.full(len(firsts), 180.0)
    for k in range(1, int(min(counts.max(), 8))):
        has = counts > k
        second = firsts[has] + k
        cosine = -np.einsum("ij,ij->i", outward[firsts[has]], outward[second])
        angle = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
        better = (partner[has] < 0) | (angle > bend[has])
        bend[has] = np.where(better, angle, bend[has])
        partner[has] = np.where(better, second, partner[has])
    return partner, bend


def _face_groups(pairs: Ints, n_faces: int) -> Ints:
    links = coo_array(
        (np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(n_faces, n_faces)
    )
    return np.asarray(connected_components(links, directed=False)[1], np.int64)


def _pieces(halves: _HalfEdges, firsts: Ints, counts: Ints, n_faces: int) -> Ints:
    """Connected piece of each face: int64 [F]."""
    pairs = np.stack([np.repeat(halves.face[firsts], counts), halves.face], axis=1)
    return _face_groups(pairs, n_faces)


def _closed_pieces(
    mesh: Mesh, halves: _HalfEdges, firsts: Ints, counts: Ints, pieces: Ints
) -> tuple[Bools, Bools]:
    """Which pieces are watertight, and which of those are inside out: bool [P], bool [P]."""
    forward = np.where(halves.start < halves.end, 1, -1)
    balanced = (np.add.reduceat(forward, firsts) == 0) & (counts % 2 == 0)
    n_pieces = int(pieces.max()) + 1
    broken = np.bincount(pieces[halves.face[firsts]], weights=~balanced, minlength=n_pieces)
    a, b, c = (mesh.vertices[mesh.faces[:, k]] for k in range(3))
    volume = np.bincount(
        pieces, weights=np.einsum("ij,ij->i", a, np.cross(b, c)), minlength=n_pieces
    )
    closed = broken == 0
    return closed, closed & (volume < 0)


def _tangent_edges(mesh: Mesh, edge_ends: Ints, edge_faces: Ints, bend_deg: Floats) -> Bools:
    """Edges between strips of very different width: bool [E]."""
    has_pair = edge_faces[:, 1] >= 0
    flat = _face_groups(edge_faces[has_pair & (bend_deg < _FLAT_DEG)], len(mesh.faces))
    a, b, c = (mesh.vertices[mesh.faces[:, k]] for k in range(3))
    area = np.bincount(flat, weights=np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2)
    ends = mesh.vertices[edge_ends]
    length = np.maximum(np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1), 1e-300)
    widths = area[flat[edge_faces]] / length[:, None]
    ratio = widths.max(axis=1) / np.maximum(widths.min(axis=1), 1e-300)
    return np.asarray(has_pair & (bend_deg >= _FLAT_DEG) & (ratio > _TANGENT_WIDTH_RATIO), np.bool_)
