"""Patent-style line drawings of meshes: hidden lines removed, crisp outlines, broken parts."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from core.ports import GreyImage
from drafting.bridges import bridged_outlines
from drafting.chains import Chains, chain_segments, merge_chains, sample_chains
from drafting.curves import faired_outlines, smooth_curves
from drafting.depth_buffer import DepthBuffer, fill_depth_buffer
from drafting.feature_edges import Pen, feature_edges, merge_segments
from drafting.mesh import Mesh
from drafting.pen import Paper, pen_down
from drafting.seams import seam_segments
from drafting.shading import shading_strokes
from drafting.tidying import joined_seams, without_specks
from drafting.topology import EdgeModel, build_edges, face_normals, smooth_groups
from drafting.views import Viewpoint
from drafting.visibility import visible_runs

_SMALL_PX = 512
"""Up to this size depth is sampled twice and ink four times a pixel; above, once and twice."""
_CURVE_STEP_PX = 2.5
_FAIRING = 0.0015
"""How far fairing may move an outline, as a share of the drawing."""


class Shading(StrEnum):
    """How surfaces are shaded."""

    NONE = "none"
    STROKES = "strokes"


@dataclass(frozen=True, slots=True)
class LineStyle:
    """How a draughtsman draws; widths and lengths are in pixels of the drawing."""

    crease_angle_deg: float = 30.0
    """Bend from which an edge between two visible faces is drawn."""
    outline_width_px: float = 2.0
    crease_width_px: float = 1.4
    tangent_width_px: float = 0.0
    """Of smooth edges where a flat runs into a rounding; 0 leaves them out."""
    broken_parts: frozenset[int] = frozenset()
    """Parts that form no part of the claimed design."""
    dash_px: float = 7.0
    gap_px: float = 4.0
    shading: Shading = Shading.NONE
    shading_width_px: float = 0.8
    shading_spacing_px: float = 9.0
    """Distance of neighbouring shading strokes."""
    seed: int = 0
    """Of the irregularities of shading strokes."""


def draw(
    mesh: Mesh | EdgeModel,
    viewpoint: Viewpoint,
    *,
    size_px: int | tuple[int, int],
    style: LineStyle | None = None,
    margin: float = 0.06,
    pixels_per_unit: float | None = None,
) -> GreyImage:
    """Draw one view.

    Args:
        mesh: What is drawn; `build_edges` once where several views are drawn of it.
        viewpoint: Where it is seen from.
        size_px: Side of the square drawing, or its width and height.
        style: How it is drawn.
        margin: Paper left free on each side, as a share of the shorter side.
        pixels_per_unit: Scale, for views of one design at one scale; else the drawing fills the
            paper. What does not fit is cut off.

    Returns:
        uint8 [H, W], 0 ink, 255 paper; the same input gives the same bytes.
    """
    width, height = (size_px, size_px) if isinstance(size_px, int) else size_px
    style = style or LineStyle()
    model = build_edges(mesh) if isinstance(mesh, Mesh) else mesh
    small = max(width, height) <= _SMALL_PX
    fine = 2 if small else 1
    points = fine * _place_on_paper(
        viewpoint.project(model.vertices), width, height, margin, pixels_per_unit
    )
    buffer = fill_depth_buffer(points, model.faces, width_px=width * fine, height_px=height * fine)
    chains = _visible_lines(model, points, buffer, style)
    chains = faired_outlines(_scaled(chains, 1 / fine), reach_px=_FAIRING * max(width, height))
    chains = smooth_curves(chains, longest_px=_CURVE_STEP_PX)
    if style.shading is Shading.STROKES:
        chains = merge_chains(
            chains, _scaled(_shading(model, viewpoint, buffer, style, fine), 1 / fine)
        )
    paper = Paper(width, height, oversampling=4 if small else 2)
    _ink_lines(paper, chains, style, step_px=0.25 if small else 0.5)
    return paper.image()


def _place_on_paper(
    projected: NDArray[np.float64],
    width_px: int,
    height_px: int,
    margin: float,
    pixels_per_unit: float | None,
) -> NDArray[np.float64]:
    """Scale and centre: float64 [V, 3], x, y (down) and depth in pixels."""
    low, high = projected.min(axis=0), projected.max(axis=0)
    if pixels_per_unit is None:
        free = margin * min(width_px, height_px)
        room = np.array([width_px, height_px]) - 2 * free
        pixels_per_unit = float((room / np.maximum((high - low)[:2], 1e-9)).min())
    centred = (projected - (low + high) / 2) * pixels_per_unit
    return np.asarray(centred * [1, -1, 1] + [width_px / 2, height_px / 2, 0], np.float64)


def _visible_lines(
    model: EdgeModel, points: NDArray[np.float64], buffer: DepthBuffer, style: LineStyle
) -> Chains:
    edges = feature_edges(
        model,
        points,
        crease_angle_deg=style.crease_angle_deg,
        tangents=style.tangent_width_px > 0,
        broken_parts=style.broken_parts,
    )
    seams = seam_segments(
        model, buffer, crease_angle_deg=style.crease_angle_deg, broken_parts=style.broken_parts
    )
    chains = visible_runs(chain_segments(merge_segments(edges, seams)), buffer)
    return without_specks(joined_seams(bridged_outlines(chains)))


def _shading(
    model: EdgeModel, viewpoint: Viewpoint, buffer: DepthBuffer, style: LineStyle, fine: int
) -> Chains:
    return shading_strokes(
        buffer,
        smooth_groups(model, style.crease_angle_deg),
        face_normals(model.vertices, model.faces) @ viewpoint.rotation().T,
        spacing_px=style.shading_spacing_px * fine,
        seed=style.seed,
    )


def _scaled(chains: Chains, factor: float) -> Chains:
    return Chains(chains.points * factor, chains.starts, chains.closed, chains.pens, chains.broken)


def _ink_lines(paper: Paper, chains: Chains, style: LineStyle, *, step_px: float) -> None:
    widths = {
        Pen.OUTLINE: style.outline_width_px,
        Pen.CREASE: style.crease_width_px,
        Pen.SEAM: style.crease_width_px,
        Pen.TANGENT: style.tangent_width_px,
        Pen.SHADING: style.shading_width_px,
    }
    samples = sample_chains(chains, step_px)
    down = pen_down(chains, samples, dash_px=style.dash_px, gap_px=style.gap_px)
    for width_px in sorted(set(widths.values())):
        same = np.isin(chains.pens, [pen for pen in Pen if widths[pen] == width_px])
        places = samples.places[same[samples.owners] & down]
        if len(places):
            paper.stroke(places, width_px)
