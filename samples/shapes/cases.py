"""Cartons, crates, suitcases and bags (Locarno 03, 09)."""

import numpy as np

from drafting.mesh import Mesh
from samples.choices import between, chance, count, one_of
from samples.outlines import (
    arc,
    ellipse,
    filleted,
    offset,
    polygon,
    rounded_rectangle,
    smooth,
    star,
    superellipse,
)
from samples.placing import (
    around,
    assembly,
    facing,
    moved,
    on_both_sides,
    scaled,
    turned,
)
from samples.solids import (
    box,
    cylinder,
    lathe,
    prism,
    slab,
    soft_box,
    tube,
    upright_plate,
)


def build_carton(rng: np.random.Generator) -> Mesh:
    """Carton: gable top, telescope lid, drawer in a sleeve, carrying box, prism or pillow."""
    size = between(rng, 7, 16), between(rng, 5, 12), between(rng, 6, 22)
    make = one_of(rng, _gable_carton, _telescope_carton, _drawer_carton, _carrier_carton,
                  _prism_carton, _pillow_carton)  # fmt: skip
    return assembly(make(rng, *size))


def _gable_carton(rng: np.random.Generator, w: float, d: float, h: float) -> list[Mesh]:
    rise, fin = d * 0.42, d * 0.16
    roof = np.array([(-d / 2, 0), (d / 2, 0), (0.15, rise), (-0.15, rise)])
    parts = [box(w, d, h), moved(turned(upright_plate(roof, w), "z", 90), z=h)]
    parts.append(moved(box(w, 0.4, fin), z=h + rise))
    if chance(rng, 0.5):
        spout = [moved(cylinder(2.2, 0.6, 28)), moved(prism(star(18, 1.3, 1.2), 1.1), z=0.6)]
        tilt = np.degrees(np.arctan2(rise, d / 2))
        parts += [moved(turned(p, "x", tilt), y=-d * 0.25, z=h + rise * 0.5) for p in spout]
    return parts


def _telescope_carton(rng: np.random.Generator, w: float, d: float, h: float) -> list[Mesh]:
    lid = between(rng, 0.25, 0.6) * h
    parts = [box(w, d, h - 0.2), moved(box(w + 0.5, d + 0.5, lid), z=h - lid)]
    if chance(rng, 0.6):
        parts.append(moved(box(w * 0.12, d + 0.7, lid + 0.2), z=h - lid))
        parts.append(moved(soft_box(w * 0.35, d * 0.25, 0.8, 0.4, 0.3), z=h + 0.2))
    return parts


def _drawer_carton(rng: np.random.Generator, w: float, d: float, h: float) -> list[Mesh]:
    low = h * 0.4
    inside = rounded_rectangle(w - 0.4, low - 0.4, 0)
    sleeve = facing(prism(rounded_rectangle(w, low, 0), d, holes=[inside]))
    out = between(rng, 0.1, 0.6) * d
    tray = moved(box(w - 0.5, d, low - 0.5), y=-out, z=0.25)
    pull = one_of(rng, cylinder(1.8, 0.3, 24), soft_box(2.4, 0.9, 0.6, 0.3))
    return [moved(sleeve, y=d / 2, z=low / 2), tray,
            moved(facing(pull), y=-d / 2 - out, z=low / 2)]  # fmt: skip


def _carrier_carton(rng: np.random.Generator, w: float, d: float, h: float) -> list[Mesh]:
    crest = offset(arc(1, 0, 180, 15) * [w * 0.3, h * 0.3], 0, h * between(rng, 0.2, 0.4))
    top = float(crest[:, 1].max())
    slot = offset(superellipse(w * 0.34, h * 0.09, 3, 24), 0, top - h * 0.17)
    arch = np.concatenate([[(-w / 2, 0), (w / 2, 0)], crest])
    parts = [box(w, d, h), moved(upright_plate(arch, 0.3, holes=[slot]), z=h)]
    flap = np.array([(-w / 2, 0), (w / 2, 0), (w / 2 - 1, d * 0.4), (-w / 2 + 1, d * 0.4)])
    leaf = moved(prism(flap, 0.15), y=0.15, z=h)
    return [*parts, *on_both_sides(leaf, "y")]


def _prism_carton(rng: np.random.Generator, w: float, d: float, h: float) -> list[Mesh]:
    n = count(rng, 5, 8)
    body = prism(polygon(n, w / 2), h, taper=between(rng, 0.7, 1.15))
    bow = around(moved(box(w * 0.2, 0.4, 0.4), x=w * 0.1, z=h + 0.8), n)
    lid = moved(prism(polygon(n, w * 0.24), 0.8), z=h)
    return [scaled(part, y=min(1.3 * d / w, 1.0)) for part in (body, lid, *bow)]


def _pillow_carton(rng: np.random.Generator, w: float, d: float, h: float) -> list[Mesh]:
    half = arc(1, 0, 180, 15) * [w / 2, d * between(rng, 0.2, 0.4)]
    lens = np.concatenate([half, -half[1:-1]])
    bands = [moved(prism(lens * 1.015, h * 0.04), z=z) for z in (h * 0.12, h * 0.84)]
    return [prism(lens, h), *bands]


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
            parts += [
                moved(box(0.8, 0.8, h - 2.4), x=x, y=y, z=1.0) for y in (-d / 2 + 0.6, d / 2 - 0.6)
            ]
        for y in np.linspace(-d / 2 + 2.2, d / 2 - 2.2, count(rng, 4, 6)):
            parts += [
                moved(box(0.8, 0.8, h - 2.4), x=x, y=y, z=1.0) for x in (-w / 2 + 0.6, w / 2 - 0.6)
            ]
    else:
        for width, side, angle in ((w, d / 2 - t / 2, 0), (d - 2 * t, w / 2 - t / 2, 90)):
            n = count(rng, 3, 5)
            holes = [offset(superellipse(width / n * 0.6, h * 0.35, 3, 20), x, h * 0.5)
                     for x in (np.arange(n) - (n - 1) / 2) * width / n]  # fmt: skip
            outline = np.array([(-width / 2, 1), (width / 2, 1), (width / 2, h), (-width / 2, h)])
            wall = turned(upright_plate(outline, t, holes=holes), "z", angle)
            shift = {"x": side} if angle else {"y": side}
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
            place = (
                {"x": at * w, "z": 4 + h * 0.11} if style == "ribs" else {"z": 4 + h * (0.47 + at)}
            )
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
    wheel = turned(
        lathe([(0.5, -0.7), (2, -0.9), (2, 0.9), (0.5, 0.7)], n=28, closed=True), "y", 90
    )
    rolls = [
        moved(wheel, x=x, y=y, z=2) for x in (-w * 0.36, w * 0.36) for y in (-d * 0.3, d * 0.3)
    ]
    forks = [moved(box(2.6, 2.2, 2.4), x=x, y=y, z=2.4)
             for x in (-w * 0.36, w * 0.36) for y in (-d * 0.3, d * 0.3)]  # fmt: skip
    rise = between(rng, 6, 30)
    x = w * 0.22
    bow = filleted([(-x, 0, h - 1), (-x, 0, h + rise), (x, 0, h + rise), (x, 0, h - 1)], 2.4)
    handle = tube(bow, 1.0, section=rounded_rectangle(1.4, 2.0, 0.3))
    return assembly([*parts, *forks, moved(handle, y=d * 0.22, z=4)], rolls)


def build_handbag(rng: np.random.Generator) -> Mesh:
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
        clasp = turned(
            slab(one_of(rng, ellipse(3), rounded_rectangle(3.4, 2, 0.4)), 0.7, 0.2), "x", 90
        )
        parts.append(moved(clasp, y=-d / 2 - 0.3, z=h - drop + 0.8))
    reach = between(rng, 8, 16)
    x = w * between(rng, 0.18, 0.3)
    bow = smooth([(-x, 0, h - 3), (-x, 0, h + reach * 0.3), (0, 0, h + reach), (x, 0,
                                                                                h + reach * 0.3),
                  (x, 0, h - 3)], 7)  # fmt: skip
    strap = tube(
        bow, 1.0, section=one_of(rng, ellipse(1.1, n=14), rounded_rectangle(0.6, 1.8, 0.2))
    )
    if chance(rng, 0.7):
        parts += [moved(strap, y=-d / 2 - 0.4), moved(strap, y=d / 2 + 0.4)]
        parts += [moved(turned(cylinder(2.2, 0.5, 22), "x", 90), x=s * x, y=-d / 2 - 0.6, z=h - 3.5)
                  for s in (-1, 1)]  # fmt: skip
    else:
        parts.append(strap)
    return assembly(parts)
