"""Mugs, bowls, plates, trays, vases, buckets and pet bowls (Locarno 07, 11, 30)."""

import math

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
    superellipse,
)
from samples.placing import (
    assembly,
    moved,
    on_both_sides,
    scaled,
    turned,
)
from samples.solids import (
    box,
    cylinder,
    lathe,
    loft,
    prism,
    soft_box,
    stacked,
    tube,
)


def hollow(outside: Points, wall: float, floor: float) -> Points:
    """Lathe profile of a vessel: the outside, over the rim, and down a parallel inside.

    Args:
        outside: [K, 2] (radius, z) from the foot to the rim.
        wall: Thickness of the side.
        floor: z of the inner floor.
    """
    inside = outside[::-1] - [wall, 0]
    inside = inside[(inside[:, 1] > floor) & (inside[:, 0] > wall)]
    floor_radius = max(float(np.interp(floor, outside[:, 1], outside[:, 0])) - wall, wall / 2)
    return np.concatenate([outside, inside, [[floor_radius, floor], [0, floor]]])


def ear_handle(reach: float, low: float, high: float, radius: float, style: str) -> Mesh:
    """A cup's handle towards +x, from (0, low) back to (0, high)."""
    shapes = {
        "round": [(0, low), (reach * 0.8, low + (high - low) * 0.1), (reach, (low + high) / 2),
                  (reach * 0.8, high - (high - low) * 0.1), (0, high)],
        "ear": [(0, low), (reach * 0.5, low + (high - low) * 0.15),
                (reach, low + (high - low) * 0.65), (reach * 0.75, high), (0, high)],
        "drop": [(0, low), (reach * 0.9, low), (reach, low + (high - low) * 0.35),
                 (reach * 0.6, high * 0.95), (0, high)],
    }  # fmt: skip
    if style == "square":
        flat = filleted([(0, low), (reach, low), (reach, high), (0, high)], reach * 0.3)
    else:
        flat = smooth(shapes[style], 5)
    path = np.stack([flat[:, 0], np.zeros(len(flat)), flat[:, 1]], axis=1)
    return tube(path, 1.0, section=superellipse(radius * 2.4, radius * 1.7, 2.6, 14))


def build_mug(rng: np.random.Generator) -> Mesh:
    """Mug or cup: straight, flared, bellied or faceted body, one of four handles, saucer."""
    r, h, wall = between(rng, 3.6, 5.2), between(rng, 6.5, 11.5), between(rng, 0.3, 0.5)
    style = one_of(rng, "straight", "flared", "belly", "waist", "stepped")
    sides = {
        "straight": filleted([(r * 0.85, 0), (r, 0), (r, h)], 0.8),
        "flared": filleted([(r * 0.5, 0), (r * 0.62, 0), (r * 0.75, h * 0.5), (r * 1.05, h)], 1.0),
        "belly": smooth([(r * 0.7, 0), (r * 1.0, h * 0.3), (r * 1.05, h * 0.55), (r * 0.9, h)], 5),
        "waist": smooth([(r * 0.95, 0), (r * 0.9, h * 0.3), (r * 0.82, h * 0.55), (r, h)], 5),
        "stepped": filleted([(r * 0.7, 0), (r * 0.7, h * 0.12), (r, h * 0.25), (r, h)], 0.6),
    }
    side = np.asarray(sides[style])
    parts = [lathe(hollow(side, wall, 0.6), n=56)]
    low, high = h * between(rng, 0.18, 0.3), h * between(rng, 0.75, 0.88)
    at = [float(np.interp(z, side[:, 1], side[:, 0])) for z in (low, high)]
    reach = between(rng, 2.4, 3.6)
    handle = ear_handle(reach, low, high, between(rng, 0.35, 0.6),
                        one_of(rng, "round", "ear", "drop", "square"))  # fmt: skip
    shear = (at[1] - at[0]) / (high - low)
    vertices = handle.vertices.copy()
    vertices[:, 0] += at[0] + (vertices[:, 2] - low) * shear - wall * 0.6
    parts.append(Mesh(vertices, handle.faces, handle.face_parts))
    if chance(rng, 0.35):
        s = r * 1.7
        parts = [moved(part, z=0.8) for part in parts]
        saucer = [(s * 0.5, 0), (s, 1.3), (s, 1.6), (s * 0.55, 0.8), (0, 0.8)]
        parts.append(lathe(saucer, n=56))
    elif chance(rng, 0.3):
        parts.append(moved(lathe([(r * 0.99, 0), (r, 0.5), (r * 0.5, 1.0), (0, 1.1)]), z=h))
    return assembly(parts)


def build_bowl(rng: np.random.Generator) -> Mesh:
    """Bowl: round, faceted or lobed, on a foot ring or flat, with rim or handles."""
    r, h = between(rng, 6, 13), between(rng, 3.5, 9)
    n = one_of(rng, 56, 56, 8, 12)
    style = one_of(rng, "round", "conical", "flared", "straight")
    foot = r * between(rng, 0.3, 0.5)
    sides = {
        "round": smooth([(foot, 0.8), (r * 0.75, h * 0.3), (r * 0.95, h * 0.65), (r, h)], 6),
        "conical": np.array([(foot, 0.8), (r, h)]),
        "flared": smooth([(foot, 0.8), (r * 0.62, h * 0.35), (r * 0.75, h * 0.8), (r, h)], 6),
        "straight": filleted([(foot, 0.8), (r * 0.92, 0.8), (r, h)], 2.5),
    }
    side = sides[style]
    base = np.array([[foot * 0.9, 0.0], [foot, 0.0]])
    parts = [lathe(hollow(np.concatenate([base, side]), 0.45, 1.3), n=n)]
    if chance(rng, 0.3):
        rim = [(r - 0.2, h - 0.5), (r * 1.18, h - 0.1), (r * 1.18, h + 0.2), (r - 0.2, h)]
        parts.append(lathe(rim, n=n, closed=True))
    if chance(rng, 0.35):
        ear = tube(filleted([(0, -2.2, 0), (2.2, -2.2, 0), (2.2, 2.2, 0), (0, 2.2, 0)], 1.5), 0.45)
        at = float(np.interp(h * 0.8, side[:, 1], side[:, 0]))
        parts += on_both_sides(moved(ear, x=at - 0.3, z=h * 0.8))
    return assembly(parts)


def build_plate(rng: np.random.Generator) -> Mesh:
    """Plate or tray: round, square, oval, scalloped or divided; coupe or rimmed."""
    w = between(rng, 18, 30)
    outline = one_of(
        rng, ellipse(w, n=64), rounded_rectangle(w, w, between(rng, 1, 5)),
        superellipse(w * 1.3, w * 0.8, between(rng, 2, 4), 64), polygon(8, w / 2, 22.5),
        scalloped(w / 2, count(rng, 8, 16)),
    )  # fmt: skip
    rim, depth = between(rng, 0.62, 0.85), between(rng, 1.2, 3.2)
    shallow = chance(rng, 0.5)

    levels = [(rim * 0.92, 0), (rim, 0), (rim * 1.05, 0.4), (1, depth - 0.25), (1, depth)]
    if shallow:
        inner = [(0.97, depth), (0.93, depth * 0.6), (rim, 0.85), (rim * 0.98, 0.5)]
    else:
        well = rim * 1.08
        inner = [(0.97, depth), (0.96, depth - 0.25), (well, depth * 0.7), (well - 0.04, 0.6)]
        inner.append((rim * 0.96, 0.5))
    parts = [stacked(outline, [*levels, *inner])]
    if chance(rng, 0.3):
        wall = between(rng, 0.5, 0.9) * rim
        parts.append(moved(box(w * wall * 0.9, 0.6, depth * 0.5), z=0.5))
        if chance(rng, 0.6):
            parts.append(moved(box(0.6, w * 0.32, depth * 0.5), y=w * 0.16 + 0.3, z=0.5))
    return assembly(parts)


def scalloped(radius: float, n: int) -> Points:
    """Outline of a circle with n shallow waves."""
    angles = np.arange(8 * n) * 2 * np.pi / (8 * n)
    wave = radius * (1 + 0.035 * np.cos(n * angles))
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) * wave[:, None]


def build_vase(rng: np.random.Generator) -> Mesh:
    """Vase: free profile, round, faceted, lobed or twisted section, perhaps two ears."""
    h, r = between(rng, 16, 34), between(rng, 5, 9)
    shares = rng.uniform(0.35, 1.0, 5)
    shares[int(rng.integers(1, 4))] = 1.0
    levels = smooth(np.stack([shares * r, np.linspace(0, h, 5)], axis=1), 5)
    style = one_of(rng, "round", "faceted", "lobed", "twisted")
    section = {
        "round": ellipse(2, n=48), "faceted": polygon(count(rng, 5, 9), 1),
        "lobed": scalloped(1.0, count(rng, 6, 10)) , "twisted": polygon(count(rng, 4, 7), 1),
    }[style]  # fmt: skip
    turn = between(rng, 60, 140) if style == "twisted" else 0.0
    rings = []
    hollowed = [*levels, *[(radius - 0.5, z) for radius, z in levels[::-1] if z > 1.5]]
    for radius, z in hollowed:
        a = math.radians(turn * z / h)
        spin = np.array([[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]])
        rings.append(np.c_[section @ spin * radius, np.full(len(section), z)])
    parts = [loft(rings)]
    if style == "round" and chance(rng, 0.4):
        at = float(np.interp(h * 0.72, levels[:, 1], levels[:, 0]))
        ear = ear_handle(r * 0.6, h * 0.6, h * 0.85, 0.5, one_of(rng, "round", "ear", "square"))
        parts += on_both_sides(moved(ear, x=at - 0.5))
    return assembly(parts)


def build_bucket(rng: np.random.Generator) -> Mesh:
    """Bucket: tapered pail with rim, bail and grip, sometimes ribs or a pouring lip."""
    r, h = between(rng, 11, 15), between(rng, 20, 30)
    low = r * between(rng, 0.68, 0.88)
    side = np.array([(low, 0), (r, h - 2.0), (r + 0.8, h - 2.0), (r + 0.8, h)])
    parts = [lathe([*side, (r - 0.1, h), (low - 0.4, 1.0), (0, 1.0)], n=56)]
    for k in range(count(rng, 0, 3)):
        z = h * (0.25 + 0.2 * k)
        at = low + (r - low) * z / h
        band = [(at - 0.1, z - 0.5), (at + 0.5, z - 0.3), (at + 0.5, z + 0.3), (at - 0.1, z + 0.5)]
        parts.append(lathe(band, n=56, closed=True))
    lug = moved(turned(cylinder(3.2, 1.2, 20), "y", 90), x=r + 0.6, z=h - 4.5)
    parts += on_both_sides(lug)
    raised = chance(rng, 0.7)
    angle = np.linspace(0, np.pi, 21)
    reach = r + 1.4
    bow = np.stack([np.cos(angle) * reach, 0 * angle, np.sin(angle) * reach * 0.95], axis=1)
    grip = moved(turned(cylinder(2.6, 9, 20), "y", 90), x=-4.5, z=reach * 0.95)
    bail = [tube(bow, 0.35, n=10), grip] if chance(rng, 0.7) else [tube(bow, 0.5, n=10)]
    tilt = 0.0 if raised else 62.0
    return assembly(parts, [moved(turned(p, "x", tilt), z=h - 4.5) for p in bail])


def build_pet_bowl(rng: np.random.Generator) -> Mesh:
    """Pet bowl: one or two basins in a sloping, boxy or bone-shaped body on feet."""
    r, h = between(rng, 6, 9), between(rng, 4.5, 8)
    twin = chance(rng, 0.5)
    if twin:
        width = r * 4.6
        outline = one_of(rng, rounded_rectangle(width, r * 2.5, between(rng, 1, r)),
                         superellipse(width, r * 2.6, 3.4))  # fmt: skip
        holes = [offset(ellipse(2 * r, n=40), s * r * 1.12, 0) for s in (-1, 1)]
        body = prism(outline, h, holes=holes)
        cups = [moved(cylinder(2 * r, 1.0, 40), x=s * r * 1.12) for s in (-1, 1)]
        parts = [body, *cups]
        if chance(rng, 0.6):
            foot = cylinder(2.4, 2.0, 20) if chance(rng, 0.5) else box(2.4, 2.4, 2.0)
            feet = [moved(foot, x=x, y=y) for x in (-width * 0.4, width * 0.4)
                    for y in (-r * 0.75, r * 0.75)]  # fmt: skip
            parts = [*[moved(p, z=2.0) for p in parts], *feet]
        return assembly(parts)
    base = r * between(rng, 1.15, 1.45)
    n = one_of(rng, 56, 56, 6, 8)
    waist = between(rng, 0.0, 0.15)
    side = smooth([(base, 0), (base * (1 - waist) - 0.1, h * 0.4), (r * 1.05, h)], 5)
    parts = [lathe([*side, (r, h), (r * 0.95, h * 0.3), (r * 0.8, 1.2), (0, 1.2)], n=n)]
    if chance(rng, 0.4):
        ridge = lathe([(1.6, 1.2), (1.4, h * 0.4), (0.6, h * 0.7), (0, h * 0.72)], n=24)
        bumps = [moved(ridge, x=x, y=y) for x, y in polygon(count(rng, 3, 5), r * 0.45)]
        parts += bumps
    return assembly(parts)


def build_tray(rng: np.random.Generator) -> Mesh:
    """Serving tray: outline, raised rim, cut or looped handles."""
    w, d, h = between(rng, 30, 48), between(rng, 22, 32), between(rng, 2, 5)
    outline = one_of(rng, rounded_rectangle(w, d, between(rng, 1, 8)), superellipse(w, d, 3, 56),
                     ellipse(w, d, 56))  # fmt: skip
    wall = stacked(outline, [(0.9, 0), (1.0, h), (0.975, h), (0.88, 0.6)])
    loop = tube(filleted([(0, -5, 0), (2.5, -5, 2), (2.5, 5, 2), (0, 5, 0)], 2), 0.6, n=12)
    style = one_of(rng, "loops", "arches", "none")
    parts = [wall]
    if style == "loops":
        parts += on_both_sides(moved(loop, x=w / 2 - 0.4, z=h - 0.8))
    elif style == "arches":
        bow = np.c_[arc(5, 0, 180, 13), np.zeros(13)][:, [2, 0, 1]]
        parts += on_both_sides(
            moved(scaled(tube(bow, 0.6, n=12), z=0.9), x=w / 2 * 0.975, z=h - 0.4)
        )
    if chance(rng, 0.3):
        parts.append(moved(soft_box(w * 0.3, d * 0.3, 0.4, 1), z=0.6))
    return assembly(parts)
