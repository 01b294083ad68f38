"""Hand tools (Locarno 08)."""

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
    star,
    superellipse,
    upright,
)
from samples.placing import (
    assembly,
    moved,
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


def _grip(rng: np.random.Generator, length: float, r: float) -> Mesh:
    """A hand grip from z = 0 up: waisted, bellied, faceted or ringed."""
    style = one_of(rng, "belly", "waist", "rings", "hex", "fluted")
    if style == "hex":
        rings = [(0.8, 0), (1, length * 0.1), (1, length * 0.8), (0.6, length)]
        return stacked(polygon(6, r), rings)
    if style == "fluted":
        n = count(rng, 6, 8)
        angles = np.arange(n * 6) * 2 * np.pi / (n * 6)
        section = np.stack([np.cos(angles), np.sin(angles)], 1)
        section *= (r * (0.9 + 0.1 * np.cos(n * angles)))[:, None]
        rings = [
            (0.75, 0),
            (1, length * 0.12),
            (1, length * 0.75),
            (0.7, length * 0.86),
            (0.75, length),
        ]
        return stacked(section, rings)
    profile = {
        "belly": smooth([(r * 0.8, 0), (r, length * 0.3), (r * 1.05, length * 0.55),
                         (r * 0.7, length)], 6),
        "waist": smooth([(r * 0.9, 0), (r * 1.05, length * 0.2), (r * 0.75, length * 0.6),
                         (r * 0.85, length)], 6),
        "rings": np.array([(r, 0)] + [
            (r * (1 if k % 4 in (0, 3) else 0.85),
             length * (0.15 + 0.7 * k / 20)) for k in range(20)
        ] + [(r * 0.8, length)]),
    }[style]  # fmt: skip
    return lathe(profile, n=36)


def build_hammer(rng: np.random.Generator) -> Mesh:
    """Hammer: head claw, ball, sledge or mallet on a shaped handle, standing upright."""
    length = between(rng, 24, 36)
    r = between(rng, 1.1, 1.6)
    grip = _grip(rng, length * 0.45, r * 1.15)
    shaft = moved(
        scaled(prism(ellipse(r * 1.7, n=24), length * 0.6, taper=0.9), y=0.75), z=length * 0.42
    )
    style = one_of(rng, "claw", "ball", "sledge", "mallet", "cross")
    z = length
    parts: list[Mesh] = []
    if style in ("claw", "ball", "cross"):
        face = lathe([(1.1, 0), (1.1, 3.0), (1.6, 3.5), (1.6, 4.6), (1.4, 4.9)], n=32)
        parts.append(moved(turned(face, "y", 90), x=1.2, z=z))
        parts.append(moved(soft_box(3.0, 2.8, 3.2, 0.5, 0.3), z=z - 1.6))
    if style == "claw":
        drop = between(rng, 1.5, 4.0)
        for side in (-1, 1):
            path = smooth(
                [
                    (-1.4, side * 0.7, z + 0.3),
                    (-4, side * 0.8, z + 0.3),
                    (-6.5, side * 1.05, z - drop * 0.5),
                    (-7.8, side * 1.2, z - drop),
                ],
                4,
            )
            parts.append(tube(path, list(np.linspace(1, 0.5, len(path))),
                              section=rounded_rectangle(1.15, 1.3, 0.1)))  # fmt: skip
    elif style == "ball":
        parts += [moved(ball(3.2, 26), x=-3.6, z=z - 1.6)]
        parts.append(moved(turned(cylinder(2.0, 2.0, 24), "y", -90), x=-1.3, z=z))
    elif style == "cross":
        pein = loft([np.c_[rounded_rectangle(2 * w, 2 * h, 0), np.full(4, reach)]
                     for w, h, reach in [(1.5, 1.3, 1.4), (0.2, 1.3, 6.0)]])  # fmt: skip
        parts.append(moved(turned(pein, "y", -90), z=z))
    elif style == "sledge":
        outline = polygon(8, between(rng, 2.2, 3.0), 22.5)
        block = turned(stacked(outline, [(0.8, -5), (1, -4.3), (1, 4.3), (0.8, 5)]), "y", 90)
        parts.append(moved(block, z=z))
    else:
        block = moved(turned(slab(rounded_rectangle(5.2, 5.2, 0.8), 11, 0.8), "y", 90), x=-5.5)
        round_head = moved(turned(lathe(filleted([(2.8, 0), (3.1, 5.5), (2.8, 11)], 3), n=36),
                                  "y", 90),
                           x=-5.5)  # fmt: skip
        parts.append(moved(one_of(rng, block, round_head), z=z))
    return assembly([*parts, shaft], [grip])


def build_screwdriver(rng: np.random.Generator) -> Mesh:
    """Screwdriver along x: grip, ferrule, blade round or square, flat or crossed tip."""
    grip_l, blade = between(rng, 8, 12), between(rng, 6, 16)
    r = between(rng, 1.3, 1.9)
    parts = [_grip(rng, grip_l, r)]
    collar = between(rng, 0.5, 0.8) * r
    parts.append(moved(cylinder(collar * 2, 1.0, 28), z=grip_l - 0.05))
    rod = between(rng, 0.28, 0.45)
    z0 = grip_l + 0.9
    if chance(rng, 0.3):
        parts.append(moved(prism(polygon(6, rod * 1.7), 1.4), z=z0))
    parts.append(moved(cylinder(rod * 2, blade, 18), z=z0))
    z1 = z0 + blade
    if chance(rng, 0.5):
        levels = [(rod, rod, 0), (rod * 1.6, rod * 0.9, 0.8), (rod * 1.5, rod * 0.25, 2.2)]
        tip = loft([np.c_[rounded_rectangle(2 * a, 2 * b, 0), np.full(4, z)] for a, b, z in levels])
    else:
        cross = (
            np.array(
                [
                    (1, 0.3),
                    (0.3, 0.3),
                    (0.3, 1),
                    (-0.3, 1),
                    (-0.3, 0.3),
                    (-1, 0.3),
                    (-1, -0.3),
                    (-0.3, -0.3),
                    (-0.3, -1),
                    (0.3, -1),
                    (0.3, -0.3),
                    (1, -0.3),
                ]
            )
            * rod
        )
        tip = prism(cross, 1.6, taper=0.25)  # fmt: skip
    parts.append(moved(tip, z=z1 - 0.02))
    if chance(rng, 0.4):
        parts.append(moved(lathe([(r * 0.5, -1.0), (r * 0.95, -0.6), (r * 0.95, 0.05)], n=30), z=0))
    return assembly([moved(turned(p, "y", 90), z=r) for p in parts])


def build_wrench(rng: np.random.Generator) -> Mesh:
    """Wrench lying along x: open, ring or combination ends on a flat or ribbed shaft."""
    length, t = between(rng, 14, 24), between(rng, 0.6, 1.1)
    w = between(rng, 1.4, 2.0)
    if chance(rng, 0.25):
        return _adjustable_wrench(rng, length, w, t)
    ends = one_of(rng, ("open", "ring"), ("open", "open"), ("ring", "ring"), ("open", "hang"))
    bow = between(rng, 0.0, 2.5) if chance(rng, 0.5) else 0.0
    waist = between(rng, 0.6, 1.1)
    path = smooth([(-length * 0.44, 0, t / 2), (-length * 0.2, 0, t / 2 + bow),
                   (length * 0.2, 0, t / 2 + bow), (length * 0.44, 0, t / 2)], 5)  # fmt: skip
    girth = np.interp(np.linspace(0, 1, len(path)), [0, 0.3, 0.7, 1], [1, waist, waist, 1])
    parts = [tube(path, list(girth), section=rounded_rectangle(w, t * 0.8, t * 0.3))]
    if bow == 0 and chance(rng, 0.5):
        parts.append(soft_box(length * 0.6, w * 0.45 * waist, t, w * 0.2))
    for side, end in zip((-1, 1), ends, strict=True):
        size = w * between(rng, 0.95, 1.35)
        if end == "open":
            jaw = _open_jaw(size)
            head = moved(turned(prism(jaw, t), "z", between(rng, 0, 18)), x=length / 2)
        elif end == "ring":
            hole = polygon(one_of(rng, 6, 12), size * 0.62)
            head = moved(prism(ellipse(size * 2.1, n=36), t * 1.3, holes=[hole]), x=length / 2)
        else:
            head = prism(ellipse(w * 1.4, n=30), t * 0.8, holes=[ellipse(w * 0.7, n=20)])
            head = moved(head, x=length / 2 - w * 0.4, z=t * 0.1)
        parts.append(turned(head, "z", 180) if side < 0 else head)
    return assembly(parts)


def _adjustable_wrench(rng: np.random.Generator, length: float, w: float, t: float) -> Mesh:
    """A wrench with a sliding jaw, a knurled worm and a tapered handle."""
    gap, deep = between(rng, 0.4, 1.4), w * between(rng, 1.2, 1.7)
    grip = filleted([(0, w * 0.45), (-length * 0.9, w * 0.6), (-length, 0), (-length * 0.9,
                                                                             -w * 0.6),
                     (0, -w * 0.45)], 0.5, closed=True)  # fmt: skip
    fixed = filleted([(-1.0, -w * 0.7), (w * 0.9, -w * 0.9), (w * 0.9, w * 0.2), (w * 0.9 + deep,
                                                                                  w * 0.5),
                      (w * 0.9 + deep, w * 1.1), (w * 0.4, w * 1.3), (-1.0, w * 0.7)], 0.3,
                     closed=True)  # fmt: skip
    low = -w * 0.1 - gap
    slider = np.array([(w * 0.9, low - w * 0.7), (w * 0.9 + deep, low - w * 0.3),
                       (w * 0.9 + deep, low), (w * 0.9, low)])  # fmt: skip
    worm = moved(turned(prism(star(12, w * 0.35, w * 0.3), w * 0.8), "x", -90), x=w * 0.4, z=t / 2)
    hole = moved(prism(ellipse(w * 0.7, n=26), t * 1.1), x=-length * 0.9, z=-t * 0.05)
    parts = [prism(grip, t), prism(fixed, t * 1.25), prism(slider, t * 1.2)]
    return assembly([*parts, moved(worm, y=-w * 0.8), hole])


def _open_jaw(size: float) -> Points:
    """Outline of an open-end wrench jaw pointing along +x."""
    half = math.degrees(math.asin(0.55))
    outer = arc(size * 1.25, half * 0.75, 360 - half * 0.75, 34)
    mouth = np.array([(-0.1, -0.62), (-0.35, -0.3), (-0.35, 0.3), (-0.1, 0.62)]) * size
    return np.concatenate([outer, mouth])


def build_knife(rng: np.random.Generator) -> Mesh:
    """Knife lying along x: blade outline straight, drop or cleaver, bolster, riveted grip."""
    blade, w = between(rng, 10, 22), between(rng, 2.2, 5)
    style = one_of(rng, "chef", "cleaver", "santoku", "paring")
    outline = {
        "chef": [(0, -w * 0.55), *smooth([(blade * 0.4, -w * 0.55), (blade * 0.75, -w * 0.35),
                 (blade, w * 0.35)], 5), (blade * 0.9, w * 0.45), (0, w * 0.45)],
        "cleaver": [(0, -w * 0.9), (blade * 0.9, -w * 0.9), (blade * 0.92, w * 0.5), (0, w * 0.5)],
        "santoku": [(0, -w * 0.6), (blade * 0.8, -w * 0.55), *smooth([(blade, -w * 0.3),
                    (blade * 0.95, 0), (blade * 0.7, w * 0.42)], 5), (0, w * 0.42)],
        "paring": [(0, -w * 0.35), (blade * 0.4, -w * 0.4), (blade * 0.62, w * 0.3), (0, w * 0.3)],
    }[style]  # fmt: skip
    plate = upright_plate(np.asarray(outline, dtype=np.float64), 0.25)
    grip_l, grip_h = between(rng, 9, 12), between(rng, 1.6, 2.4)
    bow = smooth([(0, 0, w * 0.1), (-grip_l * 0.4, 0, between(rng, 0, 0.5)),
                  (-grip_l, 0, between(rng, -0.9, 0.2))], 8)  # fmt: skip
    swell = np.interp(np.linspace(0, 1, len(bow)), [0, 0.3, 0.75, 1], [0.85, 1.0, 0.85, 1.1])
    grip = tube(bow, list(swell * grip_h / 2), section=superellipse(1.3, 2, 3, 20))
    parts = [plate]
    if chance(rng, 0.5):
        parts.append(moved(soft_box(1.4, 1.5, grip_h * 1.02, 0.3, 0.1), z=w * 0.1 - grip_h / 2))
    rivets = [moved(turned(cylinder(0.6, grip_h * 0.72, 16), "x", 90), x=x, y=grip_h * 0.36,
                    z=float(np.interp(-x, -bow[:, 0], bow[:, 2])))
              for x in np.linspace(-2, -grip_l + 2.5, count(rng, 2, 3))]  # fmt: skip
    return assembly(parts, [grip, *(rivets if chance(rng, 0.6) else [])])


def build_scissors(rng: np.random.Generator) -> Mesh:
    """Scissors standing in the xz plane, half open: blades, pivot, ring or oval bows."""
    blade, bow = between(rng, 7, 12), between(rng, 2.2, 3.2)
    angle = between(rng, 6, 16)
    t = 0.28
    outline = np.array([(-0.6, -1.2), (0.7, -1.2), (0.75, 1.5), (0.1, blade), (-0.25, blade),
                        (-0.65, 1.5)])  # fmt: skip
    parts = []
    oval = between(rng, 1.0, 1.6)
    for side in (-1, 1):
        half = moved(upright_plate(outline, t), y=side * t / 2)
        reach = -4.2 - bow
        shank = smooth([(0, -0.9), (side * 0.6, -2.4), (side * bow * 0.9, reach + bow * 0.8)], 5)
        path = upright(shank, side * t / 2)
        ring_path = offset(ellipse(bow * 1.7, bow * 1.7 * oval, 30), side * bow, reach)
        ring = tube(upright(ring_path, side * t / 2), 0.42, n=12, closed=True)
        parts += [turned(p, "y", -side * angle) for p in (half, tube(path, 0.42, n=12), ring)]
    parts.append(moved(turned(cylinder(1.1, t * 2 + 0.3, 22), "x", 90), y=t + 0.15))
    return assembly(parts)


def build_pliers(rng: np.random.Generator) -> Mesh:
    """Pliers in the xz plane: jaws pointed, blunt or round, pivot, bowed sleeved grips."""
    jaw, grip = between(rng, 3, 6), between(rng, 9, 13)
    angle, w = between(rng, 4, 10), between(rng, 1.0, 1.5)
    end = one_of(rng, 0.15, 0.6, 0.9)
    sleeves, metal = [], []
    for side in (-1, 1):
        outline = filleted([(0.02, 0), (w, -0.4), (w * 1.1, 1.2), (w * end + 0.1, jaw), (0.02,
                                                                                         jaw)],
                           0.3, n=3, closed=True) * [side, 1]  # fmt: skip
        plate = upright_plate(outline if side > 0 else outline[::-1], 1.0)
        arm = smooth([(side * 0.4, 0, 0), (side * 1.0, 0, -1.6), (side * 2.3, 0, -grip * 0.45),
                      (side * 1.9, 0, -grip)], 6)  # fmt: skip
        metal += [turned(plate, "y", side * angle),
                  tube(arm[:8], 1.0, section=rounded_rectangle(1.0, 0.9, 0.2))]  # fmt: skip
        radii = np.interp(np.linspace(0, 1, len(arm) - 6), [0, 0.1, 0.9, 1], [0.8, 1, 1, 0.6])
        sleeves.append(tube(arm[6:], list(radii * 0.62), section=superellipse(2, 2.2, 2.6, 16)))
    pivot = moved(turned(cylinder(w * 1.9, 1.3, 28), "x", 90), y=0.65, z=-0.1)
    rivet = moved(turned(cylinder(w * 0.8, 1.6, 20), "x", 90), y=0.8, z=-0.1)
    return assembly([*metal, pivot, rivet], sleeves)
