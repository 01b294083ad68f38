"""One design of a family: its mesh, how it is drawn, and which views are shown."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.ports import GreyImage
from core.records import View
from drafting.line_art import LineStyle, Shading, draw
from drafting.mesh import Mesh
from drafting.topology import EdgeModel, build_edges
from drafting.views import STANDARD_VIEWS, Viewpoint
from samples.choices import between, chance, one_of
from samples.families import Family, family_named
from samples.placing import UNCLAIMED_PART

_FINE = 2
"""Figures are drawn at half their size and enlarged: a quarter of the time, edges still smooth."""
_COARSE_PX = 513
"""From this size on a drawing is sampled once a pixel, below it twice: smaller ones cost more."""
_CREASE_DEG = 38.0
_ORDERS = (
    (View.FRONT, View.REAR, View.LEFT, View.RIGHT, View.TOP, View.BOTTOM),
    (View.FRONT, View.REAR, View.RIGHT, View.LEFT, View.TOP, View.BOTTOM),
    (View.TOP, View.BOTTOM, View.FRONT, View.REAR, View.LEFT, View.RIGHT),
    (View.FRONT, View.LEFT, View.RIGHT, View.REAR, View.TOP, View.BOTTOM),
)


@dataclass(frozen=True, slots=True)
class DesignView:
    """One view a design shows."""

    view: View
    viewpoint: Viewpoint
    words: str
    """How the description speaks of it where it is a perspective view, ``"rear perspective"``."""


@dataclass(frozen=True)
class Design:
    """A design ready to be drawn and described; the same family and seed give the same one."""

    family: Family
    seed: int
    title: str
    mesh: Mesh
    views: tuple[DesignView, ...]
    """In the order of the figures: a perspective view, the six elevations, perhaps another."""
    style: LineStyle
    """Widths in pixels at 300 dpi."""

    @property
    def is_broken(self) -> bool:
        """Whether some parts are drawn in broken lines."""
        return bool(self.style.broken_parts)

    @property
    def is_shaded(self) -> bool:
        return self.style.shading is not Shading.NONE

    @cached_property
    def edges(self) -> EdgeModel:
        """The mesh's edges, found once for all views."""
        return build_edges(self.mesh)

    def extent(self, view: DesignView) -> NDArray[np.float64]:
        """Width and height of a view in the mesh's unit: float64 [2]."""
        seen = view.viewpoint.project(self.mesh.vertices)[:, :2]
        return np.asarray(seen.max(axis=0) - seen.min(axis=0), dtype=np.float64)

    def drawn(self, view: DesignView, *, pixels_per_unit: float) -> GreyImage:
        """Draw a view at a scale, cropped to its ink.

        Returns:
            uint8 [H, W], 0 ink or 255 paper, nothing between.
        """
        width, height = (int(side) for side in self.extent(view) * pixels_per_unit / _FINE + 12)
        width = max(width, _COARSE_PX) if width > height else width
        height = max(height, _COARSE_PX) if height >= width else height
        image = draw(
            self.edges,
            view.viewpoint,
            size_px=(width, height),
            style=_scaled(self.style, 1 / _FINE),
            margin=0.0,
            pixels_per_unit=pixels_per_unit / _FINE,
        )
        large = Image.fromarray(image).resize(
            (width * _FINE, height * _FINE), Image.Resampling.BICUBIC
        )
        return cropped(np.where(np.asarray(large) < 140, 0, 255).astype(np.uint8))


def make_design(family: Family | str, seed: int) -> Design:
    """Build one design of a family.

    Args:
        family: A family or its name.
        seed: Any non-negative number; it decides shape, title, views and pen.

    Raises:
        KeyError: If no family has the name.
    """
    family = family_named(family) if isinstance(family, str) else family
    rng = np.random.default_rng([seed, zlib.crc32(family.name.encode())])
    mesh = family.build(rng)
    return Design(
        family=family,
        seed=seed,
        title=one_of(rng, *family.titles),
        mesh=mesh,
        views=_views(rng, mesh),
        style=_style(rng, mesh, seed),
    )


def _views(rng: np.random.Generator, mesh: Mesh) -> tuple[DesignView, ...]:
    size = np.ptp(mesh.vertices, axis=0)
    lies = size[2] < 0.35 * max(size[0], size[1])
    raised = between(rng, 34, 50) if lies else between(rng, 14, 32)
    side = one_of(rng, 1, 1, -1)
    turn, depth = between(rng, 26, 44), one_of(rng, 0.0, 0.08, 0.15)
    words = one_of(rng, "perspective", "perspective", "front perspective",
                   f"front, {'right' if side > 0 else 'left'} perspective")  # fmt: skip
    views = [DesignView(View.PERSPECTIVE, Viewpoint(side * turn, raised, depth), words)]
    for view in one_of(rng, *_ORDERS):
        views.append(DesignView(view, STANDARD_VIEWS[view], view.value))
    if chance(rng, 0.25):
        last = one_of(
            rng,
            DesignView(
                View.PERSPECTIVE, Viewpoint(180 - side * turn, raised, depth), "rear perspective"
            ),
            DesignView(
                View.PERSPECTIVE, Viewpoint(side * turn, -raised, depth), "bottom perspective"
            ),
        )
        views.append(last)
    return tuple(views)


def _style(rng: np.random.Generator, mesh: Mesh, seed: int) -> LineStyle:
    pen = between(rng, 3.8, 6.0)
    unclaimed = np.unique(mesh.face_parts[mesh.face_parts >= UNCLAIMED_PART])
    broken = frozenset(int(part) for part in unclaimed) if chance(rng, 0.55) else frozenset[int]()
    dash = between(rng, 20, 30)
    return LineStyle(
        crease_angle_deg=_CREASE_DEG,
        outline_width_px=pen,
        crease_width_px=pen * between(rng, 0.6, 1.0),
        broken_parts=broken,
        dash_px=dash,
        gap_px=dash * between(rng, 0.45, 0.65),
        shading=Shading.STROKES if chance(rng, 0.2) else Shading.NONE,
        shading_width_px=between(rng, 2.4, 3.2),
        shading_spacing_px=between(rng, 24, 40),
        seed=seed,
    )


def _scaled(style: LineStyle, factor: float) -> LineStyle:
    return replace(
        style,
        outline_width_px=style.outline_width_px * factor,
        crease_width_px=style.crease_width_px * factor,
        dash_px=style.dash_px * factor,
        gap_px=style.gap_px * factor,
        shading_width_px=style.shading_width_px * factor,
        shading_spacing_px=style.shading_spacing_px * factor,
    )


def cropped(image: GreyImage, margin_px: int = 0) -> GreyImage:
    """Cut an image to the box of its ink and lay a paper margin around it.

    Raises:
        ValueError: If there is no ink.
    """
    rows, columns = np.nonzero(image.min(axis=1) < 255)[0], np.nonzero(image.min(axis=0) < 255)[0]
    if not len(rows):
        raise ValueError("nothing is drawn on this image")
    inked = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.pad(inked, margin_px, constant_values=255)


def common_scale(
    design: Design, views: Sequence[DesignView], width_px: int, height_px: int
) -> float:
    """Largest pixels per unit at which every one of the views fits a box."""
    extents = np.stack([design.extent(view) for view in views])  # (N, 2)
    return float((np.array([width_px, height_px]) / np.maximum(extents, 1e-9)).min())
