"""Bottles, jars, cartons and cases (Locarno 03, 09, 28)."""

import numpy as np
from drafting.mesh import Mesh

from samples.choices import between, chance, count, one_of
from samples.outlines import (
    Points,
    arc,
    ellipse,
    filleted,
    polygon,
    rounded_rectangle,
    smooth,
    star,
    superellipse,
)
from samples.solids import (
    around,
    assembly,
    box,
    cylinder,
    hoop,
    lathe,
    loft,
    moved,
    on_both_sides,
    prism,
    slab,
    soft_box,
    tube,
    turned,
    upright_plate,
)
from samples.shapes.vessels import ear_handle


def _cap(rng: np.random.Generator, r: float) -> list[Mesh]:
    """A closure from z = 0 up, `r` the neck's radius: screw cap, stopper, flip top, pump, spray."""
    style = one_of(rng, "screw", "plain", "stopper", "flip", "sport")
    h = r * between(rng, 1.0, 1.8)
    if style == "screw":
        n = count(rng, 16, 26)
        return [prism(star(n, r * 1.25, r * 1.16), h * 0.85), moved(cylinder(r * 2.2, 0.12), z=h * 0.85)]
    if style == "plain":
        return [slab(ellipse(r * 2.4, n=40), h, r * 0.2)]
    if style == "stopper":
        return [lathe([(r * 0.9, 0), (r * 0.95, 0.3), (r * 1.4, 0.5), (r * 1.5, h), (r * 1.2, h * 1.2),
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
    parts = [loft([np.c_[section * [w * s, d * s], np.full(44, z)] for s, z in levels])]
    collar = prism(star(20, 1.75, 1.6), 2.0)
    head = upright_plate(filleted([(-4.6, 3.2), (-4.6, 1.6), (-1.4, 0.6), (-1.3, 0), (1.4, 0),
                                   (3.2, 2.0), (2.4, 4.2), (-1.5, 4.2)], 0.7, n=4, closed=True), 2.2)
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
        lid.append(moved(lathe(smooth([(0.4, 0), (1.1, 0.9), (0.8, 1.6), (0, 1.8)], 4), n=28), z=2.3))
    elif style == "flat":
        lid = [slab(ellipse(lid_r * 2, n=48), between(rng, 0.8, 3), 0.3)]
    else:
        lid = [slab(ellipse(lid_r * 2, n=48), 1.0, 0.3)]
        bail = filleted([(0, -lid_r, -2), (0, -lid_r - 0.8, 0.3), (0, 0, 1.6), (0, lid_r + 0.8, 0.3),
                         (0, lid_r, -2)], 1.2)  # fmt: skip
        lid.append(tube(bail, 0.2, n=8))
        lid.append(moved(hoop(2 * r * 0.9, 0.4), z=-0.5))
    if chance(rng, 0.25):
        ear = ear_handle(r * 0.5, h * 0.45, h * 0.8, 0.45, one_of(rng, "round", "ear"))
        parts += on_both_sides(moved(ear, x=r * 0.93))
    return assembly(parts, [moved(p, z=z) for p in lid])


def build_carton(rng: np.random.Generator) -> Mesh:
    """Carton: gable top, flip lid, sleeve drawer, hinged or handled box, window."""
    w, d, h = between(rng, 7, 16), between(rng, 5, 12), between(rng, 6, 22)
    style = one_of(rng, "gable", "telescope", "drawer", "handle", "hex", "pillow")
    if style == "gable":
        rise, fin = d * 0.42, d * 0.16
        parts = [box(w, d, h)]
        roof = np.array([(-d / 2, 0), (d / 2, 0), (0.15, rise), (-0.15, rise)])
        parts.append(moved(turned(upright_plate(roof, w), "z", 90), z=h))
        parts.append(moved(box(w, 0.4, fin), z=h + rise))
        if chance(rng, 0.5):
            spout = [moved(cylinder(2.2, 0.6, 28)), moved(prism(star(18, 1.3, 1.2), 1.1), z=0.6)]
            tilt = np.degrees(np.arctan2(rise, d / 2))
            parts += [moved(turned(p, "x", tilt), y=-d * 0.25, z=h + rise * 0.5) for p in spout]
    elif style == "telescope":
        lid = between(rng, 0.25, 0.6) * h
        parts = [box(w, d, h - 0.2), moved(box(w + 0.5, d + 0.5, lid), z=h - lid)]
        if chance(rng, 0.5):
            parts.append(moved(box(w * 0.12, d + 0.7, lid + 0.2), z=h - lid))
            parts.append(moved(soft_box(w * 0.35, d * 0.25, 0.8, 0.4, 0.3), z=h + 0.2))
    elif style == "drawer":
        sleeve = turned(prism(rounded_rectangle(w, h * 0.4, 0), d,
                              holes=[rounded_rectangle(w - 0.4, h * 0.4 - 0.4, 0)]), "x", 90)
        tray = moved(box(w - 0.5, d, h * 0.35), y=-d * 0.4)
        pull = moved(turned(cylinder(1.8, 0.3, 24), "x", 90), y=-d * 0.9, z=h * 0.17)
        parts = [moved(sleeve, y=d / 2, z=h * 0.2), tray, pull]  # fmt: skip
    elif style == "handle":
        arch = np.concatenate([[(-w / 2, 0), (w / 2, 0)],
                               arc(1, 0, 180, 15) * [w * 0.3, h * 0.3] + [0, h * 0.28]])
        slot = superellipse(w * 0.34, h * 0.09, 3, 24) + [0, h * 0.38]
        parts = [box(w, d, h), moved(upright_plate(arch, 0.3, holes=[slot]), z=h)]
        for y in (-1, 1):
            flap = np.array([(-w / 2, 0), (w / 2, 0), (w / 2 - 1, d * 0.4), (-w / 2 + 1, d * 0.4)])
            leaf = moved(prism(flap if y > 0 else flap[::-1] * [1, -1], 0.15), y=0.15 * y, z=h)
            parts.append(leaf)  # fmt: skip
    elif style == "hex":
        n = count(rng, 5, 8)
        parts = [prism(polygon(n, w / 2), h, taper=between(rng, 0.7, 1.15))]
        parts.append(moved(prism(polygon(n, w * 0.3), 0.8), z=h))
        parts += [moved(p, z=h + 0.8) for p in around(moved(box(w * 0.25, 0.4, 0.4), x=w * 0.1), n)]
    else:
        half = arc(1, 0, 180, 15) * [w / 2, d * 0.28]
        lens = np.concatenate([half, -half[1:-1]])
        parts = [prism(np.asarray(lens), h)]
        for z in (h * 0.12, h * 0.84):
            parts.append(moved(prism(np.asarray(lens) * 1.015, h * 0.04), z=z))
    return assembly(parts)


def build_crate(rng: np.random.Generator) -> Mesh:
    """Open crate or basket: slatted, barred or pierced sides, feet, hand holes."""
    w, d, h = between(rng, 30, 45), between(rng, 22, 32), between(rng, 14, 26)
    style = one_of(rng, "slats", "bars", "holes")
    t = 1.2
    parts = [box(w, d, 1.0)]
    if style == "slats":
        n = count(rng, 3, 5)
        post = box(2, 2, h)
        parts += [moved(post, x=x, y=y) for x in (-w / 2 + 1.0 + t, w / 2 - 1.0 - t)
                  for y in (-d / 2 + 1.0 + t, d / 2 - 1.0 - t)]  # fmt: skip
        for z in np.linspace(1.2, h - h / n * 0.75, n):
            for y in (-d / 2 + t / 2, d / 2 - t / 2):
                parts.append(moved(box(w, t, h / n * 0.75), y=y, z=z))
            for x in (-w / 2 + t / 2, w / 2 - t / 2):
                parts.append(moved(box(t, d - 2 * t, h / n * 0.75), x=x, z=z))
    elif style == "bars":
        rim = prism(rounded_rectangle(w, d, 2), 1.4, holes=[rounded_rectangle(w - 2.4, d - 2.4, 1)])
        parts += [moved(rim, z=z) for z in (h - 1.4, h * 0.45)]
        for x in np.linspace(-w / 2 + 2.2, w / 2 - 2.2, count(rng, 6, 9)):
            parts += [moved(box(0.8, 0.8, h - 2.4), x=x, y=y, z=1.0) for y in (-d / 2 + 0.6, d / 2 - 0.6)]
        for y in np.linspace(-d / 2 + 2.2, d / 2 - 2.2, count(rng, 4, 6)):
            parts += [moved(box(0.8, 0.8, h - 2.4), x=x, y=y, z=1.0) for x in (-w / 2 + 0.6, w / 2 - 0.6)]
    else:
        for width, offset, angle in ((w, d / 2 - t / 2, 0), (d - 2 * t, w / 2 - t / 2, 90)):
            n = count(rng, 3, 5)
            holes = [superellipse(width / n * 0.6, h * 0.35, 3, 20) + [x, h * 0.5]
                     for x in (np.arange(n) - (n - 1) / 2) * width / n]  # fmt: skip
            outline = np.array([(-width / 2, 1), (width / 2, 1), (width / 2, h), (-width / 2, h)])
            wall = turned(upright_plate(outline, t, holes=holes), "z", angle)
            shift = {"x": offset} if angle else {"y": offset}
            parts += [moved(wall, **shift), moved(wall, **{k: -v for k, v in shift.items()})]
    return assembly(parts)


def build_suitcase(rng: np.random.Generator) -> Mesh:
    """Suitcase: shell with ribs or panels, telescopic and side handles, wheels, lock."""
    w, d, h = between(rng, 34, 46), between(rng, 20, 28), between(rng, 50, 70)
    shell = moved(slab(rounded_rectangle(w, d, between(rng, 3, 8)), h, between(rng, 2, 6)), z=4)
    parts = [shell]
    style = one_of(rng, "ribs", "cross", "panel", "plain")
    front = -d / 2
    if style in ("ribs", "cross"):
        n = count(rng, 3, 8)
        for at in np.linspace(-0.36, 0.36, n):
            rib = (soft_box(w / n * 0.4, 1.0, h * 0.78, 0.4) if style == "ribs"
                   else soft_box(w * 0.8, 1.0, h / n * 0.35, 0.4))  # fmt: skip
            place = {"x": at * w, "z": 4 + h * 0.11} if style == "ribs" else {"z": 4 + h * (0.47 + at)}
            parts += [moved(rib, y=y, **place) for y in (front, -front)]
    elif style == "panel":
        pocket = turned(slab(rounded_rectangle(w * 0.76, h * 0.5, 3), 2.0, 0.7), "x", 90)
        parts.append(moved(pocket, y=front + 0.2, z=4 + h * 0.4))
        zipper = turned(slab(rounded_rectangle(w * 0.6, 0.9, 0.3), 0.4, 0.1), "x", 90)
        parts.append(moved(zipper, y=front - 1.8, z=4 + h * 0.58))
    side = tube(filleted([(0, 0, -6), (2.6, 0, -6), (2.6, 0, 6), (0, 0, 6)], 2), 0.8, n=12)
    parts.append(moved(side, x=w / 2 - 0.2, z=4 + h * 0.55))
    lock = moved(soft_box(1.2, 3.0, 5.0, 0.4), x=w / 2 + 0.1, z=4 + h * 0.78)
    parts.append(lock)
    wheel = turned(lathe([(0.5, -0.7), (2, -0.9), (2, 0.9), (0.5, 0.7)], n=28, closed=True), "y", 90)
    rolls = [moved(wheel, x=x, y=y, z=2) for x in (-w * 0.36, w * 0.36) for y in (-d * 0.3, d * 0.3)]
    forks = [moved(box(2.6, 2.2, 2.4), x=x, y=y, z=2.4)
             for x in (-w * 0.36, w * 0.36) for y in (-d * 0.3, d * 0.3)]  # fmt: skip
    rise = between(rng, 6, 30)
    x = w * 0.22
    bow = filleted([(-x, 0, h - 1), (-x, 0, h + rise), (x, 0, h + rise), (x, 0, h - 1)], 2.4)
    handle = tube(bow, 1.0, section=rounded_rectangle(1.4, 2.0, 0.3))
    return assembly([*parts, *forks, moved(handle, y=d * 0.22, z=4)], rolls)


def build_soap_dispenser(rng: np.random.Generator) -> Mesh:
    """Soap dispenser: body section and profile, collar, pump with one of three spouts."""
    h, w = between(rng, 9, 15), between(rng, 6, 8.5)
    section = one_of(rng, ellipse(1, n=44), rounded_rectangle(1, 1, 0.15),
                     rounded_rectangle(1, 0.7, 0.2), polygon(6, 0.52), superellipse(1, 0.8, 3))
    levels = one_of(
        rng, [(0.97, 0), (1, 0.3), (1, h - 0.6), (0.92, h)],
        filleted([(1, 0), (1, h * 0.6), (0.42, h)], h * 0.2, n=6),
        smooth([(0.8, 0), (1.05, h * 0.35), (0.8, h * 0.75), (0.45, h)], 6),
        filleted([(0.7, 0), (1.1, h * 0.1), (0.6, h * 0.85), (0.5, h)], h * 0.08, n=5),
    )  # fmt: skip
    parts = [loft([np.c_[section * w * s, np.full(len(section), z)] for s, z in levels])]
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


def build_cosmetic_jar(rng: np.random.Generator) -> Mesh:
    """Cosmetic container: lipstick, compact or cream jar with stepped rings."""
    style = one_of(rng, "lipstick", "compact", "stick")
    if style == "lipstick":
        w = between(rng, 1.8, 2.4)
        section = one_of(rng, ellipse(1, n=40), rounded_rectangle(1, 1, 0.1), polygon(8, 0.53, 22.5))
        parts = [prism(section * w, 3.2), moved(prism(section * w * 0.86, 0.9), z=3.2)]
        bullet = cylinder(w * 0.62, 2.4, 32)
        slope = bullet.vertices.copy()
        slope[:, 2] += np.where(slope[:, 2] > 1, slope[:, 0] * 0.9, 0)
        sleeve = moved(cylinder(w * 0.72, 1.4, 36), z=4.1)
        parts += [sleeve, moved(Mesh(slope, bullet.faces, bullet.face_parts), z=5.4)]
        lid = moved(prism(section * w, between(rng, 4, 5)), x=w * 1.7)
        return assembly(parts, [lid] if chance(rng, 0.6) else [])
    if style == "compact":
        w = between(rng, 6, 8)
        outline = one_of(rng, ellipse(w, n=52), rounded_rectangle(w, w, 1.2), polygon(8, w / 2, 22.5),
                         superellipse(w * 1.3, w * 0.8, 2.6))  # fmt: skip
        base = slab(outline, 0.9, 0.3)
        powder = moved(prism(outline * 0.8, 0.12), z=0.85)
        depth = float(outline[:, 1].max())
        lid = moved(slab(outline, 0.8, 0.3), y=-depth)
        angle = between(rng, 70, 110)
        raised = moved(turned(lid, "x", -angle), y=depth, z=0.8)
        glass = moved(turned(moved(prism(outline * 0.8, 0.1), y=-depth, z=-0.05), "x", -angle), y=depth,
                      z=0.8)  # fmt: skip
        hinge = moved(turned(cylinder(0.6, w * 0.3, 18), "y", 90), x=-w * 0.15, y=depth, z=0.8)
        return assembly([base, powder, raised, glass, hinge])
    r, h = between(rng, 2.6, 3.8), between(rng, 2.4, 5)
    profile = [(r * 0.9, 0), (r, 0.3), (r, h * 0.55), (r * 0.94, h * 0.58), (r * 0.94, h * 0.62)]
    steps = count(rng, 1, 4)
    for k in range(steps):
        z = h * (0.62 + 0.5 * k / steps)
        profile += [(r * (1 - 0.06 * k), z), (r * (1 - 0.06 * k), z + h * 0.5 / steps)]
    return assembly([lathe(filleted(profile, 0.15, n=3), n=one_of(rng, 56, 56, 8, 12))])


def build_basket_bag(rng: np.random.Generator) -> Mesh:
    """Hand bag: trapezoid or rounded body, flap, clasp, straps or a chain of handles."""
    w, d, h = between(rng, 20, 34), between(rng, 7, 12), between(rng, 14, 24)
    lean = between(rng, 0.75, 1.1)
    front = filleted([(-w / 2, 0), (w / 2, 0), (w / 2 * lean, h), (-w / 2 * lean, h)],
                     between(rng, 0.5, 6), n=6, closed=True)  # fmt: skip
    body = moved(turned(slab(front, d, between(rng, 0.4, 1.6)), "x", 90), y=d / 2)
    parts = [body]
    if chance(rng, 0.6):
        drop = h * between(rng, 0.35, 0.7)
        x = w / 2 * lean * 0.97
        flap = filleted([(-x, h), (-x * 0.9, h - drop), (x * 0.9, h - drop), (x, h)],
                        between(rng, 1, 6), n=6)  # fmt: skip
        parts.append(moved(upright_plate(flap, 0.5), y=-d / 2 - 0.1))
        clasp = turned(slab(one_of(rng, ellipse(3), rounded_rectangle(3.4, 2, 0.4)), 0.7, 0.2), "x", 90)
        parts.append(moved(clasp, y=-d / 2 - 0.3, z=h - drop + 0.8))
    reach = between(rng, 8, 16)
    x = w * between(rng, 0.18, 0.3)
    bow = smooth([(-x, 0, h - 3), (-x, 0, h + reach * 0.3), (0, 0, h + reach), (x, 0, h + reach * 0.3),
                  (x, 0, h - 3)], 7)  # fmt: skip
    strap = tube(bow, 1.0, section=one_of(rng, ellipse(1.1, n=14), rounded_rectangle(0.6, 1.8, 0.2)))
    if chance(rng, 0.7):
        parts += [moved(strap, y=-d / 2 - 0.4), moved(strap, y=d / 2 + 0.4)]
        parts += [moved(turned(cylinder(2.2, 0.5, 22), "x", 90), x=s * x, y=-d / 2 - 0.6, z=h - 3.5)
                  for s in (-1, 1)]  # fmt: skip
    else:
        parts.append(strap)
    return assembly(parts)
