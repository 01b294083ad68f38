"""Which edges of a mesh a draughtsman would draw from one viewpoint, hidden or not."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from drafting.topology import EdgeModel

_FOLD_BEND_DEG = 0.05
_ON_LINE_PX = 1e-3


class Pen(IntEnum):
    """What kind of line it is."""

    OUTLINE = 0
    """The surface turns away from the viewer or ends."""
    CREASE = 1
    """A sharp edge between two visible faces, or where two parts meet."""
    TANGENT = 2
    """A flat runs smoothly into a rounding."""
    SEAM = 3
    """Two pieces pass into each other; inked as a crease."""
    SHADING = 4
    """A stroke that shows how a surface is bent."""


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Straight lines on paper, S of them, that meet at numbered nodes."""

    ends: NDArray[np.float64]
    """float64 [S, 2, 3]: two ends, each x, y in pixels (y down) and depth."""
    nodes: NDArray[np.int64]
    """int64 [S, 2]; equal numbers are the same place."""
    pens: NDArray[np.int64]
    """int64 [S], values of `Pen`."""
    broken: NDArray[np.bool_]
    """bool [S], drawn as a broken line."""
    sharp: NDArray[np.bool_]
    """bool [S], a sharp or open edge of the mesh, which may turn a corner."""

    def __len__(self) -> int:
        return len(self.nodes)


def merge_segments(first: Segments, second: Segments) -> Segments:
    """Lay two sets into one; their nodes stay apart."""
    offset = int(first.nodes.max()) + 1 if len(first) else 0
    return Segments(
        np.concatenate([first.ends, second.ends]),
        np.concatenate([first.nodes, second.nodes + offset]),
        np.concatenate([first.pens, second.pens]),
        np.concatenate([first.broken, second.broken]),
        np.concatenate([first.sharp, second.sharp]),
    )


def feature_edges(
    model: EdgeModel,
    points: NDArray[np.float64],
    *,
    crease_angle_deg: float,
    tangents: bool,
    broken_parts: frozenset[int],
) -> Segments:
    """Pick outline, crease, part and tangent edges.

    An edge is an outline where both its faces lie on the same side of it on paper; this needs no
    consistent winding. Where the winding can be trusted, edges that only touch faces turned away
    are left out.

    Args:
        model: The mesh and its edges.
        points: float64 [V, 3], the vertices on paper: x, y in pixels (y down), depth.
        crease_angle_deg: Bend from which an edge is drawn as a crease.
        tangents: Whether smooth edges between a flat and a rounding are drawn.
        broken_parts: Parts drawn in broken lines; an edge shared with another part is solid.
    """
    ends = points[model.edge_ends]
    first, second = model.edge_faces.T
    is_open = second < 0
    side = np.stack([_side_px(ends, points[model.edge_apexes[:, k], :2]) for k in (0, 1)], axis=1)
    folded = side.prod(axis=1) > 0
    on_line = np.abs(side).min(axis=1) < _ON_LINE_PX
    outline = is_open | ((folded | on_line) & (model.edge_bend_deg > _FOLD_BEND_DEG))
    outline &= ~(model.edge_concave & folded & ~on_line)
    parted = ~is_open & (model.face_parts[first] != model.face_parts[second])
    crease = (model.edge_bend_deg >= crease_angle_deg) | parted
    tangent = model.edge_tangent & tangents
    away = _turned_away(model, points)
    hidden = away[first] & (away[second] | is_open)
    drawn = np.flatnonzero((outline | crease | tangent) & ~hidden)
    pens = np.where(outline, Pen.OUTLINE, np.where(crease, Pen.CREASE, Pen.TANGENT))
    is_broken = np.isin(model.face_parts, list(broken_parts))
    broken = is_broken[first] & (is_broken[second] | is_open)
    return Segments(
        ends[drawn],
        model.edge_ends[drawn],
        pens[drawn].astype(np.int64),
        broken[drawn],
        (model.edge_bend_deg >= crease_angle_deg)[drawn],
    )


def _side_px(ends: NDArray[np.float64], apex: NDArray[np.float64]) -> NDArray[np.float64]:
    """Signed distance of each apex from its edge's line on paper: float64 [E]."""
    along = ends[:, 1, :2] - ends[:, 0, :2]
    offset = apex - ends[:, 0, :2]
    length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-12)
    return np.asarray((along[:, 0] * offset[:, 1] - along[:, 1] * offset[:, 0]) / length)


def _turned_away(model: EdgeModel, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Faces of closed pieces that show their back or only their edge: bool [F]."""
    a, b, c = (points[model.faces[:, k], :2] for k in range(3))
    u, v = b - a, c - a
    # y points down on paper, so a face seen from outside runs clockwise: negative area
    area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    longest = np.maximum(np.abs(u).max(axis=1), np.abs(v).max(axis=1))
    return np.asarray(model.face_closed & (area > -_ON_LINE_PX * longest), np.bool_)
