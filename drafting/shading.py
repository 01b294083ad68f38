"""Surface shading as in US design patents: sparse straight strokes inside visible surfaces."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drafting.chains import Chains
from drafting.depth_buffer import DepthBuffer
from drafting.feature_edges import Pen

_MAX_SURFACES = 24
_SMALLEST_SHARE = 0.004
"""Surfaces that show less of the drawing than this stay unshaded."""
_INSET = 0.4
"""Strokes keep this share of their spacing away from lines."""
_SHORTEST = 1.2
"""Shortest stroke, in spacings."""
_FLAT_SPREAD = 0.004
"""Largest variance of the normals of a flat surface."""
_CYLINDER_SPREAD = 0.01
"""Smallest variance of the normals up to which strokes run along the axis of a cylinder."""
_AXIS_RATIO = 0.6
"""Smaller over larger variance on paper up to which a doubly curved surface has an axis."""
_SHORTEST_AXIS = 0.3
"""Cylinders seen more steeply into their axis stay unshaded."""
_OBLIQUE = np.array([0.5, -0.866])
"""Strokes without an axis, x right and y down."""
_LIGHT = np.array([-0.45, 0.62, -0.64])
"""Toward the light: paper left, up and toward the viewer."""
_DARKNESS_FROM = np.array([0.3, 0.62, 0.45, 0.62])
"""How dark a curved surface must be for each of four neighbouring strokes."""
_FLAT_LENGTHS = np.array([0.85, 0.6, 0.35])
"""A group of strokes on a flat surface, as shares of its width."""
_FLAT_PAUSE = 3
"""Strokes left out after a group, at least."""
_FLAT_GROUPS = 2
"""Groups on a flat surface, at most."""


@dataclass(frozen=True, slots=True, eq=False)
class _Surface:
    """One visible surface: K pixels that strokes may cover."""

    mask: NDArray[np.bool_]
    """bool [H, W]."""
    darkness: NDArray[np.float64]
    """float64 [H, W], 0 … 1; meaningful inside the mask."""
    direction: NDArray[np.float64]
    """float64 [2], of the strokes, x right and y down."""
    is_flat: bool


def shading_strokes(
    buffer: DepthBuffer,
    surfaces: NDArray[np.int64],
    normals: NDArray[np.float64],
    *,
    spacing_px: float,
    seed: int,
) -> Chains:
    """Strokes along the axis of curved surfaces, closer where they turn away; oblique on flats.

    Args:
        buffer: What each pixel shows.
        surfaces: int64 [F], number of the smooth surface a face belongs to.
        normals: float64 [F, 3], unit normals: paper right, up, away from the viewer.
        spacing_px: Distance of neighbouring strokes in buffer pixels.
        seed: Of the irregular ends of strokes.
    """
    shown = buffer.face >= 0
    surface_image = np.where(shown, surfaces[buffer.face], -1)
    inner = _inner(surface_image, max(1, round(_INSET * spacing_px)))
    area = np.bincount(surface_image[inner], minlength=int(surfaces.max()) + 1)
    largest = np.lexsort((np.arange(len(area)), -area))[:_MAX_SURFACES]
    facing = normals * -np.sign(normals[:, 2:] + 1e-12)
    ends = []
    for rank, surface in enumerate(largest[area[largest] > _SMALLEST_SHARE * shown.size]):
        mask = inner & (surface_image == surface)
        found = _read_surface(mask, facing[buffer.face])
        if found is not None:
            random = np.random.default_rng((seed, rank))
            ends.append(_surface_strokes(found, spacing_px, random))
    strokes = np.concatenate(ends) if ends else np.zeros((0, 2, 2))
    points = np.zeros((2 * len(strokes), 3))
    points[:, :2] = strokes.reshape(-1, 2)
    return Chains(
        points,
        np.arange(len(strokes) + 1) * 2,
        np.zeros(len(strokes), np.bool_),
        np.full(len(strokes), int(Pen.SHADING), np.int64),
        np.zeros(len(strokes), np.bool_),
    )


def _inner(surface_image: NDArray[np.int64], inset_px: int) -> NDArray[np.bool_]:
    """Pixels whose surroundings show the same surface: bool [H, W]."""
    height, width = surface_image.shape
    padded = np.pad(surface_image, inset_px, constant_values=-1)
    inner = surface_image >= 0
    for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0), (0.7, 0.7), (-0.7, 0.7), (0.7, -0.7)):
        y, x = inset_px + round(dy * inset_px), inset_px + round(dx * inset_px)
        inner &= padded[y : y + height, x : x + width] == surface_image
    return inner


def _read_surface(mask: NDArray[np.bool_], normal_image: NDArray[np.float64]) -> _Surface | None:
    """Tell flat from curved and find the axis; None where strokes would not show the form."""
    spread = np.cov(normal_image[mask].T)
    variances, axes = np.linalg.eigh(spread)
    is_flat = bool(variances[2] < _FLAT_SPREAD)
    is_round = bool(variances[0] > _CYLINDER_SPREAD)
    axis = axes[:2, 0] * [1, -1]
    if is_round:
        on_paper, paper_axes = np.linalg.eigh(spread[:2, :2])
        axis = paper_axes[:, 0] * [1, -1] if on_paper[0] < _AXIS_RATIO * on_paper[1] else _OBLIQUE
    if is_flat:
        axis = _OBLIQUE
    if np.hypot(*axis) < _SHORTEST_AXIS:
        return None
    turned = 1 - np.abs(normal_image[:, :, 2])
    unlit = 1 - np.maximum(normal_image @ (_LIGHT / np.linalg.norm(_LIGHT)), 0)
    darkness = 0.25 * turned + 0.6 * unlit if is_round else 0.65 * turned + 0.35 * unlit
    return _Surface(mask, darkness, axis / np.hypot(*axis), is_flat)


def _surface_strokes(
    surface: _Surface, spacing_px: float, random: np.random.Generator
) -> NDArray[np.float64]:
    """Strokes of one surface: float64 [S, 2, 2], two ends each, x and y."""
    rows, columns = np.nonzero(surface.mask)
    along, across = surface.direction, surface.direction[::-1] * [-1, 1]
    place = np.stack([columns + 0.5, rows + 0.5], axis=1)
    low_u, high_u = (place @ along).min(), (place @ along).max()
    low_v, high_v = (place @ across).min(), (place @ across).max()
    v = np.arange(low_v + spacing_px * random.uniform(0.3, 0.9), high_v, spacing_px)
    u = np.arange(low_u, high_u, 1.0)
    grid = u[None, :, None] * along + v[:, None, None] * across
    height, width = surface.mask.shape
    x = np.clip(grid[:, :, 0].astype(np.int64), 0, width - 1)
    y = np.clip(grid[:, :, 1].astype(np.int64), 0, height - 1)
    allowed = surface.mask[y, x]
    if not surface.is_flat:
        needed = _DARKNESS_FROM[np.arange(len(v)) % len(_DARKNESS_FROM)]
        allowed &= surface.darkness[y, x] > needed[:, None]
    line, first, last = _runs(allowed)
    keep, head, tail = _trimmed(surface, line, last - first + 1, random)
    keep &= (last - tail) - (first + head) > _SHORTEST * spacing_px
    start = grid[line, first] + head[:, None] * along
    stop = grid[line, last] - tail[:, None] * along
    return np.asarray(np.stack([start, stop], axis=1)[keep], np.float64)


def _runs(
    allowed: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Runs of true in each row: row, first and last column, int64 [R] each."""
    step = np.diff(np.pad(allowed.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    line, first = np.nonzero(step == 1)
    return line, first, np.nonzero(step == -1)[1] - 1


def _trimmed(
    surface: _Surface,
    line: NDArray[np.int64],
    length: NDArray[np.int64],
    random: np.random.Generator,
) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]:
    """Which runs become strokes, and how much is left free at both ends, in pixels: [R] each."""
    jitter = random.uniform(0.0, 0.06, (2, len(line)))
    n_lines = int(line.max(initial=0)) + 1
    if not surface.is_flat:
        return np.ones(len(line), np.bool_), jitter[0] * length, jitter[1] * length
    period = max(len(_FLAT_LENGTHS) + _FLAT_PAUSE, -(-n_lines // _FLAT_GROUPS))
    lengths = np.pad(_FLAT_LENGTHS, (0, period - len(_FLAT_LENGTHS)))
    share = lengths[(line + period // 2 + int(random.integers(2))) % period]
    free = (1 - share) / 2
    return share > 0, (free + jitter[0]) * length, (free - jitter[1]).clip(0) * length
