"""Bottles, jars and dispensers (Locarno 09, 23)."""

import numpy as np

from drafting.mesh import Mesh
from samples.choices import between, chance, count, one_of
from samples.outlines import (
    Points,
    ellipse,
    filleted,
    polygon,
    rounded_rectangle,
    smooth,
    star,
    superellipse,
)
from samples.placing import (
    assembly,
    moved,
    on_both_sides,
    turned,
)
from samples.shapes.vessels import ear_handle
from samples.solids import (
    cylinder,
    hoop,
    lathe,
    loft,
    prism,
    slab,
    soft_box,
    stacked,
    tube,
    upright_plate,
)


def _cap(rng: np.random.Generator, r: float) -> list[Mesh]:
    """A closure from z = 0 up, `r` the neck's radius: screw cap, stopper, flip top, pump, spray."""
    style = one_of(rng, "screw", "plain", "stopper", "flip", "sport")
    h = r * between(rng, 1.0, 1.8)
    if style == "screw":
        n = count(rng, 16, 26)
        return [
            prism(star(n, r * 1.25, r * 1.16), h * 0.85),
            moved(cylinder(r * 2.2, 0.12), z=h * 0.85),
        ]
    if style == "plain":
        return [slab(ellipse(r * 2.4, n=40), h, r * 0.2)]
    if style == "stopper":
        return [lathe([(r * 0.9, 0), (r * 0.95, 0.3), (r * 1.4, 0.5), (r * 1.5, h), (r * 1.2,
                                                                                     h * 1.2),
                       (0, h * 1.2)], n=40)]  # fmt: skip
    if style == "flip":
        lid = slab(ellipse(r * 2.5, n=40), h * 0.5, r * 0.18)
        tab = moved(soft_box(r * 0.7, r * 0.4, h * 0.2, 0.1), y=-r * 1.3, z=h * 0.75)
        return [cylinder(r * 2.5, h * 0.7, 40), moved(lid, z=h * 0.7 + 0.01), tab]
    nipple = lathe([(r * 1.2, 0), (r * 1.2, h * 0.6), (r * 0.6, h * 0.9), (r * 0.5, h * 1.5),
                    (r * 0.65, h * 1.6), (r * 0.55, h * 1.9), (0, h * 1.9)], n=40)  # fmt: skip
    return [nipple]


def build_bottle(rng: np.random.Generator) -> Mesh:
    """Bottle: shoulder and waist profile, round, square, faceted or oval section, closure."""
    h, r = between(rng, 16, 28), between(rng, 3, 4.4)
    neck = r * between(rng, 0.3, 0.48)
    body, shoulder = between(rng, 0.5, 0.66), between(rng, 0.72, 0.86)
    style = one_of(rng, "wine", "sloped", "waisted", "bulb", "flask", "stacked")
    side = {
        "wine": [(0.97, 0), (1, 0.02), (1, body), (neck / r, shoulder), (neck / r, 1)],
        "sloped": [(1.05, 0), (1.08, 0.03), (0.7, body), (neck / r, shoulder), (neck / r, 1)],
        "waisted": [(0.95, 0), (1, 0.08), (0.78, 0.3), (1, body), (neck / r, shoulder),
                    (neck / r, 1)],
        "bulb": [(0.7, 0), (1.25, 0.12), (1.3, 0.3), (neck / r * 1.2, 0.58), (neck / r, 0.7),
                 (neck / r, 1)],
        "flask": [(0.6, 0), (1.1, 0.05), (1.2, body), (neck / r, body + 0.12), (neck / r, 1)],
        "stacked": [(1, 0), (1, 0.28), (0.9, 0.32), (1, 0.36), (1, body), (neck / r, shoulder),
                    (neck / r, 1)],
    }[style]  # fmt: skip
    levels = filleted(np.asarray(side) * [1, h], h * 0.06, n=6)
    section = one_of(rng, ellipse(2, n=48), ellipse(2, n=48), rounded_rectangle(1.9, 1.9, 0.35),
                     polygon(count(rng, 6, 10), 1.02), superellipse(2.2, 1.3, 2.6))  # fmt: skip
    rings = []
    for share, z in levels:
        blend = float(np.clip((z / h - body) / max(shoulder - body, 0.05), 0, 1)) ** 1.2
        ring = section * (1 - blend) + _rounded(section) * blend
        rings.append(np.c_[ring * share * r, np.full(len(ring), z)])
    parts = [loft(rings)]
    collar = lathe([(neck, 0), (neck * 1.22, 0.1), (neck * 1.22, 0.5), (neck, 0.6)], n=36)
    parts.append(moved(collar, z=h * 0.93))
    if style in ("wine", "stacked") and len(section) == 48 and chance(rng, 0.5):
        low, high = h * 0.12, h * between(rng, 0.26, 0.28)
        label = [(r * 0.96, low), (r * 1.03, low), (r * 1.03, high), (r * 0.96, high)]
        parts.append(lathe(label, n=48, closed=True))
    closure = [moved(p, z=h) for p in _cap(rng, neck)]
    return assembly(parts, closure)


def _rounded(section: Points) -> Points:
    """The section's points drawn onto the unit circle, each in its own direction."""
    unit: Points = section / np.linalg.norm(section, axis=1, keepdims=True)
    return unit


def build_spray_bottle(rng: np.random.Generator) -> Mesh:
    """Spray bottle: body with or without grip waist, trigger head, nozzle."""
    h, w = between(rng, 14, 20), between(rng, 6.5, 9)
    d = w * between(rng, 0.55, 1.0)
    waist = between(rng, 0.55, 0.95)
    section = superellipse(1, 1, between(rng, 2, 4), 44)
    levels = smooth([(0.95, 0), (1, h * 0.1), (1, h * 0.45), (waist, h * 0.75), (0.36, h)], 6)
    parts = [stacked(section * [w, d], levels)]
    collar = prism(star(20, 1.75, 1.6), 2.0)
    head = upright_plate(
        filleted(
            [
                (-4.6, 3.2),
                (-4.6, 1.6),
                (-1.4, 0.6),
                (-1.3, 0),
                (1.4, 0),
                (3.2, 2.0),
                (2.4, 4.2),
                (-1.5, 4.2),
            ],
            0.7,
            n=4,
            closed=True,
        ),
        2.2,
    )
    nozzle = moved(turned(lathe([(0.9, 0), (1.0, 0.8), (0.7, 1.4)], n=24), "y", -90), x=-4.5, z=2.4)
    trigger = smooth([(-2.2, 0, 1.4), (-3.0, 0, -0.4), (-2.8, 0, -2.4), (-3.6, 0, -4.0)], 5)
    lever = tube(trigger, 1.0, section=rounded_rectangle(1.5, 0.6, 0.2))
    closure = [collar, *[moved(p, z=2.0) for p in (head, nozzle, lever)]]
    return assembly(parts, [moved(p, z=h - 0.05) for p in closure])


def build_jar(rng: np.random.Generator) -> Mesh:
    """Jar: straight, bellied or faceted body, screw, domed or clip lid, knob or handles."""
    r, h = between(rng, 3.5, 6), between(rng, 6, 14)
    n = one_of(rng, 52, 52, 6, 8)
    body = one_of(
        rng, filleted([(r * 0.9, 0), (r, 0), (r, h), (r * 0.85, h + 0.6)], 1.0),
        smooth([(r * 0.75, 0), (r * 1.08, h * 0.4), (r, h * 0.75), (r * 0.8, h + 0.6)], 6),
        filleted([(r * 0.65, 0), (r, h), (r * 0.85, h + 0.5)], 0.8),
    )  # fmt: skip
    parts = [lathe(body, n=n)]
    z = float(body[-1, 1])
    lid_r = r * between(rng, 0.88, 1.02)
    style = one_of(rng, "screw", "dome", "flat", "clip")
    lid: list[Mesh]
    if style == "screw":
        lid = [prism(star(count(rng, 24, 40), lid_r, lid_r * 0.965), 1.6),
               moved(slab(ellipse(lid_r * 1.85, n=44), 0.3, 0.1), z=1.6)]  # fmt: skip
    elif style == "dome":
        lid = [lathe(smooth([(lid_r, 0), (lid_r, 0.5), (lid_r * 0.7, 1.8), (0, 2.4)], 5), n=n)]
        lid.append(
            moved(lathe(smooth([(0.4, 0), (1.1, 0.9), (0.8, 1.6), (0, 1.8)], 4), n=28), z=2.3)
        )
    elif style == "flat":
        lid = [slab(ellipse(lid_r * 2, n=48), between(rng, 0.8, 3), 0.3)]
    else:
        lid = [slab(ellipse(lid_r * 2, n=48), 1.0, 0.3)]
        bail = filleted([(0, -lid_r, -2), (0, -lid_r - 0.8, 0.3), (0, 0, 1.6), (0, lid_r + 0.8,
                                                                                0.3),
                         (0, lid_r, -2)], 1.2)  # fmt: skip
        lid.append(tube(bail, 0.2, n=8))
        lid.append(moved(hoop(2 * r * 0.9, 0.4), z=-0.5))
    if chance(rng, 0.25):
        ear = ear_handle(r * 0.5, h * 0.45, h * 0.8, 0.45, one_of(rng, "round", "ear"))
        parts += on_both_sides(moved(ear, x=r * 0.93))
    return assembly(parts, [moved(p, z=z) for p in lid])


def build_soap_dispenser(rng: np.random.Generator) -> Mesh:
    """Soap dispenser: body section and profile, collar, pump with one of three spouts."""
    h, w = between(rng, 9, 15), between(rng, 6, 8.5)
    section = one_of(
        rng,
        ellipse(1, n=44),
        rounded_rectangle(1, 1, 0.15),
        rounded_rectangle(1, 0.7, 0.2),
        polygon(6, 0.52),
        superellipse(1, 0.8, 3),
    )
    levels = one_of(
        rng, np.array([(0.97, 0), (1, 0.3), (1, h - 0.6), (0.92, h)]),
        filleted([(1, 0), (1, h * 0.6), (0.42, h)], h * 0.2, n=6),
        smooth([(0.8, 0), (1.05, h * 0.35), (0.8, h * 0.75), (0.45, h)], 6),
        filleted([(0.7, 0), (1.1, h * 0.1), (0.6, h * 0.85), (0.5, h)], h * 0.08, n=5),
    )  # fmt: skip
    parts = [stacked(section * w, levels)]
    collar = slab(ellipse(w * 0.38, n=32), 1.2, 0.2)
    stem = moved(cylinder(w * 0.11, 3.0, 18), z=1.2)
    reach = between(rng, 3.5, 5.5)
    spouts = {
        "flat": [moved(soft_box(reach + 1.6, 1.6, 1.0, 0.7, 0.2), x=-reach / 2 + 0.4, z=3.6),
                 moved(cylinder(0.7, 0.8, 14), x=-reach + 0.4, z=2.9)],
        "bent": [tube(filleted([(0, 0, 3.4), (0, 0, 4.6), (-reach, 0, 4.6), (-reach, 0, 3.4)], 1.0,
                               n=6), 0.45, n=14)],
        "head": [moved(lathe([(1.2, 0), (1.3, 1.0), (1.0, 1.3)], n=30), z=3.4),
                 tube([(0, 0, 4.1), (-reach * 0.8, 0, 3.7)], 0.4, n=14)],
    }  # fmt: skip
    pump = [collar, stem, *spouts[one_of(rng, "flat", "bent", "head")]]
    return assembly(parts, [moved(p, z=h) for p in pump])
