"""What furniture stands on: legs, splayed legs, pedestals."""

import numpy as np

from drafting.mesh import Mesh
from samples.choices import between, chance, count
from samples.outlines import (
    Points,
    ellipse,
    polygon,
    smooth,
)
from samples.placing import (
    around,
    moved,
    turned,
)
from samples.solids import (
    box,
    cylinder,
    lathe,
    loft,
    prism,
    tube,
)


def upright_leg(height: float, style: str, width: float) -> Mesh:
    """One upright leg standing on the origin, reaching `height`."""
    if style == "square":
        return box(width, width, height)
    if style == "tapered":
        return turned(
            moved(prism(polygon(4, width * 0.7, 45), height, taper=0.5), z=-height), "x", 180
        )
    if style == "turned":
        w = width / 2
        profile = [
            (w * 0.7, 0), (w * 1.1, height * 0.06), (w * 0.7, height * 0.12),
            (w * 0.8, height * 0.3), (w * 1.3, height * 0.5), (w * 0.8, height * 0.72),
            (w * 1.2, height * 0.78), (w * 0.9, height * 0.84), (w * 1.1, height),
        ]  # fmt: skip
        return lathe(smooth(profile, 3), n=20)
    return moved(turned(prism(ellipse(width, n=18), height, taper=0.55), "x", 180), z=height)


def splayed_legs(legs_at: Points, height: float, splay: float, width: float) -> list[Mesh]:
    """Straight round legs that lean outwards from the points where they meet the seat."""
    legs = []
    for x, y in legs_at:
        path = [(x * (1 + splay), y * (1 + splay), 0), (x, y, height)]
        legs.append(tube(path, [width * 0.35, width * 0.5], n=14))
    return legs


def four_corners(width: float, depth: float, inset: float) -> Points:
    """Corners of a rectangle about the origin, `inset` from its sides."""
    x, y = width / 2 - inset, depth / 2 - inset
    return np.array([[-x, -y], [x, -y], [x, y], [-x, y]])


def pedestal(rng: np.random.Generator, height: float, spread: float) -> list[Mesh]:
    """A middle column on a plate or on a star of feet."""
    column = moved(cylinder(between(rng, 4, 8), height - 3, 24), z=3)
    if chance(rng, 0.5):
        r = spread * 0.5
        foot = lathe([(r, 0), (r, 0.8), (r * 0.5, 1.6), (4, 3.0), (0, 3.0)], n=40)
        return [column, foot]
    n = count(rng, 3, 5)
    arm = loft([
        np.c_[np.full(4, x), [-w, w, w, -w], [z - h, z - h, z, z]]
        for x, w, z, h in [(0, 2.2, 6.5, 4.5), (spread * 0.55, 1.4, 3.0, 3.0)]
    ])  # fmt: skip
    return [column, *around(arm, n, 90)]
