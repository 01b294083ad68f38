"""Lines where two pieces of a design pass into each other, which no edge of the mesh follows."""

import numpy as np
from numpy.typing import NDArray

from drafting.depth_buffer import DepthBuffer
from drafting.feature_edges import Pen, Segments
from drafting.topology import EdgeModel, face_normals


def seam_segments(
    model: EdgeModel,
    buffer: DepthBuffer,
    *,
    crease_angle_deg: float,
    broken_parts: frozenset[int],
) -> Segments:
    """Trace intersections of visible pieces, to a fraction of a pixel.

    Between two neighbouring pixels that show different pieces, the planes of the two faces are
    compared: where each is the nearer one at its own pixel, the surfaces cross in between, and
    the planes say exactly where. A mere step in depth does not cross.

    Returns:
        Segments in pixels of the buffer, all of them visible.
    """
    height, width = buffer.face.shape
    normals = face_normals(model.vertices, model.faces)
    cosine = float(np.cos(np.radians(crease_angle_deg)))
    across = _crossings(model, buffer, normals, cosine, axis=1)
    down = _crossings(model, buffer, normals, cosine, axis=0)
    right = np.full((height, width), -1, np.int64)
    below = np.full((height, width), -1, np.int64)
    right[across[0], across[1]] = np.arange(len(across[0]))
    below[down[0], down[1]] = np.arange(len(down[0])) + len(across[0])
    places = np.concatenate([across[2], down[2]])
    parts = np.concatenate([across[3], down[3]])
    nodes = _cell_links(right, below)
    is_broken = np.asarray(np.isin(parts, list(broken_parts)).all(axis=1), np.bool_)
    return Segments(
        places[nodes],
        nodes,
        np.full(len(nodes), int(Pen.SEAM), np.int64),
        is_broken[nodes[:, 0]],
        np.zeros(len(nodes), np.bool_),
    )


def _crossings(
    model: EdgeModel,
    buffer: DepthBuffer,
    normals: NDArray[np.float64],
    cosine: float,
    *,
    axis: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Crossings between pixels and their neighbours to the right (axis 1) or below (axis 0).

    Returns:
        Rows [K], columns [K], places float64 [K, 3] and the two part numbers [K, 2].
    """
    face = buffer.face
    here = face[:, :-1] if axis == 1 else face[:-1]
    there = face[:, 1:] if axis == 1 else face[1:]
    i, j = np.nonzero((here != there) & (here >= 0) & (there >= 0))
    a, b = here[i, j], there[i, j]
    apart = model.face_pieces[a] != model.face_pieces[b]
    apart &= np.abs(np.einsum("ij,ij->i", normals[a], normals[b])) < cosine
    i, j, a, b = i[apart], j[apart], a[apart], b[apart]
    x, y = j + 0.5, i + 0.5
    step = np.array([1.0, 0.0]) if axis == 1 else np.array([0.0, 1.0])
    difference = buffer.planes[b] - buffer.planes[a]
    behind = difference[:, 0] * x + difference[:, 1] * y + difference[:, 2]
    slope = difference[:, :2] @ step
    crossing = (behind > 0) & (behind + slope < 0)
    i, j, a, b = i[crossing], j[crossing], a[crossing], b[crossing]
    share = -behind[crossing] / slope[crossing]
    px, py = x[crossing] + share * step[0], y[crossing] + share * step[1]
    plane = buffer.planes[a]
    place = np.stack([px, py, plane[:, 0] * px + plane[:, 1] * py + plane[:, 2]], axis=1)
    return i, j, place, np.stack([model.face_parts[a], model.face_parts[b]], axis=1)


def _cell_links(right: NDArray[np.int64], below: NDArray[np.int64]) -> NDArray[np.int64]:
    """Link the crossings on the four sides of each 2 × 2 block of pixels.

    Args:
        right: int64 [H, W], crossing between a pixel and the one to its right, or -1.
        below: The same between a pixel and the one below it.

    Returns:
        Pairs of crossings, int64 [S, 2]; a block with other than two crossings links none.
    """
    sides = np.stack([right[:-1, :-1], right[1:, :-1], below[:-1, :-1], below[:-1, 1:]])
    two = sides[:, (sides >= 0).sum(axis=0) == 2].T
    return two[two >= 0].reshape(-1, 2)
