"""Wheels, skateboards, weights and tents (Locarno 12, 21)."""

from itertools import pairwise

import numpy as np

from drafting.mesh import Mesh
from samples.choices import between, chance, count, one_of
from samples.outlines import (
    Points,
    arc,
    ellipse,
    filleted,
    offset,
    polygon,
    rounded_rectangle,
    smooth,
    star,
    superellipse,
    upright,
)
from samples.placing import (
    around,
    assembly,
    facing,
    group,
    moved,
    on_both_sides,
    scaled,
    turned,
)
from samples.solids import (
    ball,
    cylinder,
    lathe,
    loft,
    prism,
    slab,
    soft_box,
    stacked,
    tube,
    upright_plate,
)


def build_wheel(rng: np.random.Generator) -> Mesh:
    """Vehicle wheel facing the viewer: rim, spokes straight, forked, curved or mesh, hub, tyre."""
    r, d = between(rng, 18, 24), between(rng, 8, 14)
    rim = facing(lathe([(r * 0.86, 0), (r, 0), (r, d), (r * 0.95, d + 0.6), (r * 0.86, d)], n=64,
                       closed=True))  # fmt: skip
    hub_r = r * between(rng, 0.16, 0.26)
    hub = facing(moved(cylinder(hub_r * 2, d * 0.75, 36), z=d * 0.1))
    cap = facing(
        moved(
            slab(one_of(rng, ellipse(hub_r, n=28), polygon(6, hub_r * 0.5)), 0.8, 0.2), z=d * 0.85
        )
    )
    style = one_of(rng, "straight", "forked", "curved", "disc", "mesh")
    n = count(rng, 5, 10)
    z = d * between(rng, 0.45, 0.7)
    thick = d * 0.25
    parts = [rim, hub, cap]
    w = r * 0.9 * np.pi / n * between(rng, 0.3, 0.55)
    if style == "disc":
        holes = [ellipse(r * 0.9 / n * 1.7, n=20) + p for p in polygon(n, r * 0.62)]
        parts.append(facing(moved(prism(ellipse(r * 1.74, n=64), thick, holes=holes), z=z)))
    else:
        spoke = {
            "straight": [(hub_r * 0.8, -w * 0.5), (r * 0.88, -w * 0.8), (r * 0.88, w * 0.8),
                         (hub_r * 0.8, w * 0.5)],
            "curved": [(hub_r * 0.8, -w * 0.4), *smooth([(r * 0.5, w * 0.3), (r * 0.88, w * 1.6)],
                                                        4),
                       *smooth([(r * 0.88, w * 2.6), (r * 0.5, w * 1.2)], 4), (hub_r * 0.8,
                                                                               w * 0.5)],
            "forked": [(hub_r * 0.8, -w * 0.4), (r * 0.5, -w * 0.45), (r * 0.88, -w * 1.3),
                       (r * 0.88, -w * 0.8), (r * 0.56, 0), (r * 0.88, w * 0.8), (r * 0.88,
                                                                                  w * 1.3),
                       (r * 0.5, w * 0.45), (hub_r * 0.8, w * 0.4)],
            "mesh": [(hub_r * 0.8, -w * 0.25), (r * 0.88, w * 0.95), (r * 0.88, w * 1.35),
                     (hub_r * 0.8, w * 0.25)],
        }[style]  # fmt: skip
        blade = moved(prism(np.asarray(spoke, dtype=np.float64), thick), z=z)
        parts += [facing(p) for p in around(blade, n, 90)]
        if style == "mesh":
            parts += [facing(p) for p in around(scaled(blade, y=-1), n, 90)]
    nut = moved(prism(polygon(6, hub_r * 0.13), 0.7), x=hub_r * 0.72, z=d * 0.85)
    parts += [facing(p) for p in around(nut, 5, 90)]
    tread = lathe(filleted([(r * 1.0, 0.3), (r * 1.28, 0), (r * 1.28, d), (r * 1.0, d - 0.3)],
                           1.6, n=5),
                  n=64, closed=True)  # fmt: skip
    return assembly(parts, [facing(tread)] if chance(rng, 0.7) else [])


def build_skateboard(rng: np.random.Generator) -> Mesh:
    """Skateboard along x: deck outline, kicks, concave, trucks, wheels."""
    length, w = between(rng, 62, 100), between(rng, 18, 24)
    outline = one_of(
        rng, rounded_rectangle(length, w, w / 2 - 0.5, 9), superellipse(length, w, 3, 56),
        filleted([(-length / 2, -w * 0.2), (-length * 0.3, -w / 2), (length * 0.25, -w * 0.45),
                  (length / 2, 0), (length * 0.25, w * 0.45), (-length * 0.3, w / 2),
                  (-length / 2, w * 0.2)], w * 0.4, n=6, closed=True),
        filleted([(-length / 2, -w * 0.4), (0, -w * 0.32), (length / 2, -w * 0.42),
                  (length / 2, w * 0.42), (0, w * 0.32), (-length / 2, w * 0.4)], w * 0.3, n=6,
                  closed=True),
    )  # fmt: skip
    deck_t = between(rng, 1.0, 1.6)
    kick = between(rng, 0, 8) if chance(rng, 0.7) else 0.0
    x = np.linspace(-length / 2, length / 2, 25)
    rise = kick * np.clip((np.abs(x) - length * 0.32) / (length * 0.18), 0, 1) ** 1.4
    half = _half_widths(outline, x)
    rings = []
    for xi, up, hw in zip(x, rise, half, strict=True):
        ring = rounded_rectangle(2 * max(hw, 0.6), deck_t, 0.2, 3)
        rings.append(np.c_[np.full(len(ring), xi), ring[:, 0], ring[:, 1] + 9 + up])
    deck = loft(rings)
    parts = [deck]
    wheel_r, wheel_w = between(rng, 2.4, 3.6), between(rng, 3, 4.5)
    wheel = turned(lathe([(0.6, -wheel_w / 2), (wheel_r * 0.85, -wheel_w / 2), (wheel_r,
                                                                                -wheel_w * 0.3),
                          (wheel_r, wheel_w * 0.3), (wheel_r * 0.85, wheel_w / 2), (0.6,
                                                                                    wheel_w / 2)],
                         n=32, closed=True), "x", 90)  # fmt: skip
    for side in (-1, 1):
        at = side * length * 0.32
        parts.append(moved(soft_box(8, 5.5, 0.8, 0.5), x=at, z=7.5))
        hanger = stacked(rounded_rectangle(2, 3.2, 0), [(1.0, wheel_r), (1.6, 7.5)])
        parts.append(moved(hanger, x=at))
        parts.append(
            moved(turned(cylinder(1.3, w * 0.86, 16), "x", 90), x=at, y=w * 0.43, z=wheel_r)
        )
        parts += [moved(wheel, x=at, y=y, z=wheel_r) for y in (-w * 0.36, w * 0.36)]
        bolts = [(at + dx, dy) for dx in (-2.6, 2.6) for dy in (-1.7, 1.7)]
        parts += [
            moved(cylinder(0.8, 0.2, 12), x=bx, y=by, z=9 + deck_t / 2 - 0.02) for bx, by in bolts
        ]
    return assembly(parts)


def _half_widths(outline: Points, x: Points) -> Points:
    """Half the width of a closed outline at places along x."""
    upper = outline[outline[:, 1] >= -1e-9]
    upper = upper[np.argsort(upper[:, 0], kind="stable")]
    return np.interp(x, upper[:, 0], upper[:, 1])


def build_dumbbell(rng: np.random.Generator) -> Mesh:
    """Dumbbell along x: heads round, hexagonal, stacked plates or balls; grip waist, kettlebell."""
    if chance(rng, 0.25):
        return _kettlebell(rng)
    r, head_l, grip_l = between(rng, 5, 8), between(rng, 6, 10), between(rng, 12, 15)
    style = one_of(rng, "hex", "round", "plates", "ball", "octagon")
    grip = lathe(smooth([(1.4, 0), (1.75, grip_l * 0.3), (1.8, grip_l / 2), (1.75, grip_l * 0.7),
                         (1.4, grip_l)], 4), n=28)  # fmt: skip
    parts = [moved(turned(grip, "y", 90), x=-grip_l / 2)]
    if style in ("hex", "octagon"):
        n = 6 if style == "hex" else 8
        ring = polygon(n, r, 180 / n if n == 6 else 22.5)
        head = stacked(ring, [(0.8, 0), (1, 0.9), (1, head_l - 0.9), (0.8, head_l)])
    elif style == "round":
        side = [(r * 0.5, 0), (r, 0.4), (r, head_l), (r * 0.6, head_l), (0, head_l - 0.5)]
        head = lathe(filleted(side, between(rng, 0.4, 1.6)), n=48)
    elif style == "ball":
        head = ball(2 * r * 0.85, 36)
    else:
        n, z, rings = count(rng, 2, 4), 0.0, []
        for k in range(n):
            thick, size = head_l / n * 0.85, r * (1 - 0.13 * k)
            rings.append(moved(slab(ellipse(2 * size, n=44), thick, 0.3), z=z))
            z += thick + 0.15
        rings += [cylinder(2.4, z + 1.6, 20), moved(_star_nut(), z=z)]
        head = group(rings)
    head = moved(turned(head, "y", 90), x=grip_l / 2 - 0.1)
    parts += on_both_sides(head)
    if style in ("round", "hex", "octagon") and chance(rng, 0.5):
        badge = moved(
            turned(slab(ellipse(r * 1.1, n=36), 0.3, 0.1), "y", 90), x=grip_l / 2 + head_l - 0.15
        )
        parts += on_both_sides(badge)
    low = -min(float(p.vertices[:, 2].min()) for p in parts)
    return assembly([moved(p, z=low) for p in parts])


def _star_nut() -> Mesh:
    """A six-lobed spin-lock nut rising from z = 0."""
    return prism(star(6, 2.4, 1.7), 1.0)


def _kettlebell(rng: np.random.Generator) -> Mesh:
    r = between(rng, 8, 11)
    body = lathe(
        smooth([(r * 0.6, 0), (r, r * 0.75), (r * 0.75, r * 1.45), (0, r * 1.75)], 7), n=48
    )
    x, top = r * between(rng, 0.55, 0.75), r * between(rng, 2.2, 2.6)
    bow = smooth([(-x * 0.9, 0, r * 1.1), (-x * 1.15, 0, r * 1.75), (-x * 0.7, 0, top), (x * 0.7,
                                                                                         0, top),
                  (x * 1.15, 0, r * 1.75), (x * 0.9, 0, r * 1.1)], 6)  # fmt: skip
    face = moved(facing(slab(ellipse(r * 0.9, n=36), 0.5, 0.15)), y=-r * 0.9, z=r * 0.85)
    return assembly([body, tube(bow, between(rng, 1.3, 1.8), n=16), face])


def build_tent(rng: np.random.Generator) -> Mesh:
    """Tent: ridge, dome, tunnel, pyramid or bell; door, guy lines, poles."""
    w, d, h = between(rng, 180, 260), between(rng, 200, 300), between(rng, 110, 190)
    make = one_of(rng, _ridge_tent, _dome_tent, _tunnel_tent, _pointed_tent)
    guys = []
    if chance(rng, 0.6):
        for x in (-1, 1):
            for y in (-1, 1):
                low = (x * w * 0.8, y * d * 0.55, 0)
                guys.append(tube([(x * w * 0.22, y * d * 0.3, h * 0.5), low], 0.8, n=6))
                guys.append(tube([low, (low[0], low[1], 8)], 1.4, n=6))
    return assembly(make(rng, w, d, h), guys)


def _ridge_tent(rng: np.random.Generator, w: float, d: float, h: float) -> list[Mesh]:
    wall, half = h * one_of(rng, 0.0, 0.3), w / 2
    gable = [(-half, 0), (half, 0), (half * 0.95, wall + 0.1), (0, h), (-half * 0.95, wall + 0.1)]
    door = np.array([(0, 2), (half * 0.45, 2), (0, h * 0.85)])
    ridge = tube([(0, -d / 2 - 12, h + 0.8), (0, d / 2 + 12, h + 0.8)], 2.2, n=8)
    return [upright_plate(np.array(gable), d), moved(upright_plate(door, 2), y=-d / 2 - 0.5), ridge]


def _dome_tent(rng: np.random.Generator, w: float, d: float, h: float) -> list[Mesh]:
    n = one_of(rng, 4, 6, 8)
    spin = 45 if n == 4 else 0
    skin = lathe([*(arc(1, 0, 88, 9) * [w / 2, h]), (0, h)], n=n)
    pole = tube(upright(arc(1, 0, 180, 19) * [w / 2 * 1.01, h * 1.02]), 1.6, n=8)
    poles = [turned(pole, "z", spin + angle) for angle in np.arange(n // 2) * 360 / n]
    crest = offset(arc(1, 0, 180, 11) * [w * 0.14, h * 0.2], 0, h * 0.35)
    door = np.concatenate([[(-w * 0.14, 0), (w * 0.14, 0)], crest])
    porch = moved(upright_plate(door, d * 0.13), y=-w * (0.36 if n == 4 else 0.44))
    return [turned(skin, "z", spin), *poles, porch]


def _tunnel_tent(rng: np.random.Generator, w: float, d: float, h: float) -> list[Mesh]:
    bow = arc(1, 0, 180, 19) * [w / 2, h * 0.7]
    sizes = between(rng, 0.75, 1.0), 1.0, between(rng, 0.6, 0.9)
    hoops = [upright(bow * s, y) for y, s in zip((-d / 2, 0, d / 2), sizes, strict=True)]
    skins = [loft([near[::-1], far[::-1]]) for near, far in pairwise(hoops)]
    return [*skins, *[tube(path * 1.005, 2.2, n=8) for path in hoops]]


def _pointed_tent(rng: np.random.Generator, w: float, d: float, h: float) -> list[Mesh]:
    n = one_of(rng, 4, count(rng, 8, 12))
    wall, near = (0.0, 0.72) if n == 4 else (h * 0.35, 0.97)
    skin = lathe([(w * 0.52, 0), (w * 0.5, wall + 0.1), (w * 0.03, h), (0, h)], n=n)
    lean = np.degrees(np.arctan2(w * 0.47 * near, h - wall))
    door = np.array([(-w * 0.12, 0), (w * 0.12, 0), (0, (h - wall) * 0.75)])
    flap = moved(turned(upright_plate(door, d * 0.008), "x", -lean), y=-w * 0.5 * near, z=wall)
    return [turned(skin, "z", 45 if n == 4 else 180 / n), moved(cylinder(4, 10, 10), z=h - 2), flap]
