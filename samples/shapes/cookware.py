"""Kettles, pans and cutlery (Locarno 07)."""

import numpy as np

from drafting.mesh import Mesh
from samples.choices import between, chance, count, one_of
from samples.outlines import (
    Points,
    ellipse,
    filleted,
    rounded_rectangle,
    smooth,
    star,
    superellipse,
)
from samples.placing import (
    assembly,
    group,
    moved,
    on_both_sides,
)
from samples.shapes.vessels import ear_handle, hollow
from samples.solids import (
    ball,
    cylinder,
    lathe,
    loft,
    prism,
    slab,
    stacked,
    tube,
)


def build_kettle(rng: np.random.Generator) -> Mesh:
    """Kettle or teapot: body, spout straight or goose-necked, handle over or aside, lid, knob."""
    r, h = between(rng, 7, 10), between(rng, 10, 19)
    style = one_of(rng, "cone", "round", "barrel", "dome")
    top = {"cone": 0.55, "round": 0.5, "barrel": 0.85, "dome": 0.4}[style]
    sides = {
        "cone": filleted([(r * 0.9, 0), (r, 0), (r, 1.2), (r * top, h)], 1.5),
        "round": smooth([(r * 0.7, 0), (r, h * 0.3), (r * 0.96, h * 0.6), (r * top, h)], 7),
        "barrel": filleted([(r * 0.85, 0), (r * 0.95, 0), (r * 1.0, h / 2), (r * top, h)], 4, n=7),
        "dome": filleted([(r * 0.9, 0), (r, 0), (r * 0.92, h * 0.7), (r * top, h)], 5, n=7),
    }
    side = np.asarray(sides[style])
    lid_h = between(rng, 0.8, 2.4)
    lid = lathe([(r * top * 0.98, 0), (r * top * 0.9, lid_h * 0.6), (r * top * 0.3, lid_h),
                 (0, lid_h)], n=48)  # fmt: skip
    knob = one_of(rng, ball(2.2, 20), cylinder(2.4, 1.8, 24), lathe(
        [(0.5, 0), (0.6, 0.8), (1.5, 1.6), (1.4, 2.1), (0, 2.3)], n=24))  # fmt: skip
    parts = [lathe(side, n=56), moved(lid, z=h), moved(knob, z=h + lid_h - 0.05)]
    parts.append(_spout(rng, h, side))
    if chance(rng, 0.45):
        y = np.linspace(-1, 1, 13)
        bail = np.stack([y * r * 0.98, 0 * y, h * 0.7 + (1 - y**4) * (h * 0.35 + 5)], axis=1)
        parts.append(tube(bail, 1.0, section=superellipse(1.0, 1.9, 3, 14)))
    else:
        grip = ear_handle(between(rng, 5, 7), h * 0.18, h * 0.88, between(rng, 0.7, 1.0),
                          one_of(rng, "round", "ear", "square", "drop"))  # fmt: skip
        at = float(np.interp(h * 0.5, side[:, 1], side[:, 0]))
        parts.append(moved(grip, x=at * 0.85))
    base = lathe([(r * 1.08, 0), (r * 1.08, 1.2), (r * 0.9, 1.8), (0, 1.8)], n=48)
    return assembly([moved(p, z=1.8) for p in parts], [base] if chance(rng, 0.4) else [])


def _spout(rng: np.random.Generator, h: float, side: Points) -> Mesh:
    """A spout towards −x that starts inside the body."""
    style = one_of(rng, "goose", "straight", "stub")
    low = h * {"goose": 0.2, "straight": 0.45, "stub": 0.75}[style]
    at = float(np.interp(low, side[:, 1], side[:, 0])) * 0.8
    if style == "goose":
        path = smooth([(-at, 0, low), (-at - 4, 0, low + h * 0.15), (-at - 5.5, 0, h * 0.7),
                       (-at - 8, 0, h * 0.98)], 5)  # fmt: skip
        radii = np.linspace(1.5, 0.7, len(path))
    elif style == "straight":
        path = np.array([(-at, 0, low), (-at - 4, 0, h * 0.75), (-at - 7.5, 0, h * 1.0)])
        radii = np.array([2.2, 1.5, 1.1])
    else:
        path = np.array([(-at, 0, low), (-at - 3.2, 0, h * 0.98)])
        radii = np.array([2.6, 1.3])
    return tube(path, list(radii), n=16)


def build_pan(rng: np.random.Generator) -> Mesh:
    """Pan or pot: low or high wall, one long handle or two loops, lid with knob."""
    r, h = between(rng, 9, 15), one_of(rng, between(rng, 3, 5), between(rng, 8, 14))
    flare = between(rng, 0.82, 1.0)
    side = np.asarray(filleted([(r * flare * 0.8, 0), (r * flare, 0), (r, h)], 1.6))
    parts = [lathe(hollow(side, 0.35, 0.5), n=60)]
    if chance(rng, 0.6):
        length = between(rng, 14, 21)
        path = smooth([(r - 0.4, 0, h * 0.75), (r + 3, 0, h * 0.8), (r + length * 0.6, 0, h + 1.5),
                       (r + length, 0, h + 2)], 4)  # fmt: skip
        width = np.interp(np.linspace(0, 1, len(path)), [0, 0.25, 0.9, 1], [0.8, 0.8, 1.25, 0.7])
        grip = tube(path, list(width), section=superellipse(2.0, 1.2, 2.6, 18))
        parts.append(grip)
    else:
        loop = filleted([(0, -3, 0), (3, -2.6, 0.5), (3, 2.6, 0.5), (0, 3, 0)], 2)
        parts += on_both_sides(moved(tube(loop, 0.5, n=12), x=r - 0.5, z=h * 0.75))
    if chance(rng, 0.55):
        rise = between(rng, 0.8, 2.5)
        parts.append(moved(lathe([(r * 1.01, 0), (r * 1.01, 0.4), (r * 0.6, rise * 0.8),
                                  (0, rise)], n=60), z=h))  # fmt: skip
        stem = group([cylinder(1.2, 1.2, 20), moved(slab(ellipse(3.4, n=28), 1.2, 0.5), z=1.2)])
        parts.append(moved(stem, z=h + rise - 0.1))
    return assembly(parts)


def _cutlery(rng: np.random.Generator, head: str) -> Mesh:
    """Spoon or fork lying along y, its head towards −y, seen in plan from above."""
    length, w = between(rng, 14, 22), between(rng, 1.5, 2.9)
    t = np.linspace(0, 1, 15)
    neck = between(rng, 0.22, 0.5)
    flare = one_of(rng, [neck, neck, w * 0.32, w * 0.42, w * 0.3], [neck, neck, neck, neck, neck],
                   [neck, neck * 1.2, w * 0.25, w * 0.55, w * 0.5])  # fmt: skip
    half = np.interp(t, [0, 0.3, 0.6, 0.9, 1.0], flare)
    rise = np.interp(t, [0, 0.2, 0.6, 1], [0.3, 1.0, 1.2, 0.6])
    share = between(rng, 0.26, 0.42)
    y = t * length * (1 - share)
    section = superellipse(2, 0.36, 3, 14)
    rings = [np.c_[section[:, 0] * hw, np.full(14, yy), section[:, 1] * 0.7 + z]
             for hw, yy, z in zip(half, y, rise, strict=True)]  # fmt: skip
    parts = [loft([ring[::-1] for ring in rings])]
    reach = length * share
    if head == "spoon":
        parts.append(_spoon_head(rng, w, reach))
    else:
        parts += _fork_head(rng, w, reach)
    if chance(rng, 0.3):
        end = prism(star(6, w * 0.3, w * 0.2), 0.4) if chance(rng, 0.5) else cylinder(w * 0.5, 0.4)
        parts.append(moved(end, y=y[-1] - w * 0.4, z=0.65))
    return assembly(parts)


def _spoon_head(rng: np.random.Generator, w: float, reach: float) -> Mesh:
    exponent, deep = between(rng, 1.9, 2.8), between(rng, 0.5, 1.0)
    outline = superellipse(2 * w, reach * 1.08, exponent, 40)
    if chance(rng, 0.5):
        outline = outline * np.c_[1 - 0.12 * outline[:, 1] / reach, np.ones(40)]
    levels = [(0.35, -deep), (0.7, -deep * 0.8), (0.9, -deep * 0.4), (1.0, 0), (0.96, 0.03),
              (0.86, -deep * 0.35), (0.66, -deep * 0.7), (0.3, -deep * 0.85)]  # fmt: skip
    bowl = stacked(outline, levels)
    return moved(bowl, y=-reach / 2, z=0.4)


def _fork_head(rng: np.random.Generator, w: float, reach: float) -> list[Mesh]:
    n = count(rng, 3, 4)
    root = reach * between(rng, 0.35, 0.5)
    palm = filleted([(-0.35, 0.2), (-w, -root * 0.8), (-w, -root), (w, -root), (w, -root * 0.8),
                     (0.35, 0.2)], 0.8, closed=True)  # fmt: skip
    parts = [moved(prism(np.asarray(palm), 0.28), z=0.15)]
    for x in np.linspace(-w * 0.86, w * 0.86, n):
        tine = tube(
            smooth(
                [(x, -root + 0.02, 0.3), (x, -root - reach * 0.3, 0.15), (x, -reach * 1.1, 0.9)], 4
            ),
            list(np.linspace(1, 0.55, 9)),
            section=rounded_rectangle(w * 0.32, 0.26, 0),
        )
        parts.append(tine)  # fmt: skip
    return parts


def build_spoon(rng: np.random.Generator) -> Mesh:
    """Spoon: bowl outline and depth, handle flare, ornament at its end."""
    return _cutlery(rng, "spoon")


def build_fork(rng: np.random.Generator) -> Mesh:
    """Fork: three or four tines, palm length, handle flare."""
    return _cutlery(rng, "fork")
