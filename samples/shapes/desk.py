"""Staplers, pens and pen holders (Locarno 19)."""

import numpy as np

from drafting.mesh import Mesh
from samples.choices import between, chance, count, one_of
from samples.outlines import (
    ellipse,
    filleted,
    offset,
    polygon,
    rounded_rectangle,
    smooth,
    superellipse,
)
from samples.placing import (
    around,
    assembly,
    moved,
    on_both_sides,
    turned,
)
from samples.solids import (
    ball,
    box,
    cylinder,
    hoop,
    lathe,
    prism,
    slab,
    soft_box,
    stacked,
    tube,
    upright_plate,
)


def build_stapler(rng: np.random.Generator) -> Mesh:
    """Stapler along x: base, magazine, arm straight or arched, anvil."""
    length, w = between(rng, 11, 16), between(rng, 2.2, 3.2)
    lift = between(rng, 6, 14)
    base = soft_box(length, w * 1.15, between(rng, 0.6, 1.2), between(rng, 0.2, 1.2), 0.15)
    top = float(base.vertices[:, 2].max())
    magazine = moved(box(length * 0.92, w * 0.6, 0.9), x=length * 0.46)
    bow = between(rng, 0.0, 1.2)
    x = np.linspace(0, length * 0.96, 9)
    thick = between(rng, 0.9, 1.8)
    under = np.stack([x, np.full(9, 0.7)], axis=1)
    over = np.stack([x, 0.7 + thick + bow * np.sin(x / length * np.pi)], axis=1)[::-1]
    arm = upright_plate(np.concatenate([under, over]), w)
    lifted = [
        moved(turned(p, "y", -lift), x=-length / 2 + 0.4, z=top + 0.35) for p in (magazine, arm)
    ]
    hinge = [
        moved(
            turned(cylinder(1.2, w * 1.1, 22), "x", 90),
            x=-length / 2 + 0.7,
            y=w * 0.55,
            z=top + 0.6,
        )
    ]
    cheek = on_both_sides(moved(upright_plate(
        filleted([(-0.3, 0), (2.4, 0), (1.5, 2.2), (0.1, 2.2)], 0.4, closed=True), 0.25),
        x=-length / 2, y=w * 0.52, z=top), "y")  # fmt: skip
    anvil = moved(soft_box(1.8, w * 0.6, 0.15, 0.2), x=length / 2 - 1.4, z=top)
    return assembly([base, *lifted, *hinge, *cheek, anvil])


def build_pen_holder(rng: np.random.Generator) -> Mesh:
    """Pen holder: cup, block with holes, stepped organiser or mesh basket."""
    style = one_of(rng, "cup", "block", "organiser", "ring")
    w, h = between(rng, 7, 10), between(rng, 8, 11)
    pen = _pencil(rng)
    if style == "cup":
        outline = one_of(rng, ellipse(w, n=48), rounded_rectangle(w, w, 0.6), polygon(6, w / 2),
                         superellipse(w, w, 3))  # fmt: skip
        taper = between(rng, 0.75, 1.0)
        rings = [(taper, 0), (1, h), (0.92, h), (taper * 0.92, 0.6)]
        parts = [stacked(outline, rings)]
        if chance(rng, 0.4):
            parts.append(moved(prism(outline * 1.04, 0.8), z=0))
        pens = [moved(turned(pen, "x", 7), y=1), moved(turned(pen, "y", 9), x=-0.6)]
        return assembly(parts, [moved(p, z=0.7) for p in pens] if chance(rng, 0.5) else [])
    if style == "block":
        n = count(rng, 3, 5)
        holes = [
            offset(ellipse(1.5, n=22), (k - (n - 1) / 2) * 2.6, y)
            for k in range(n)
            for y in (-1.4, 1.4)
        ]
        outline = rounded_rectangle(n * 2.6 + 1.2, 6.2, between(rng, 0.1, 2))
        return assembly([prism(outline, between(rng, 3, 5), holes=holes)])
    if style == "organiser":
        tubs = []
        x = 0.0
        for level in rng.permutation([1.0, 0.72, 0.45]):
            d = between(rng, 4.5, 6.5)
            wall = rounded_rectangle(d, 7, 0.4)
            cell = prism(wall, h * float(level), holes=[rounded_rectangle(d - 0.7, 6.3, 0.3)])
            tubs += [moved(cell, x=x + d / 2), moved(prism(wall * 0.95, 0.5), x=x + d / 2)]
            x += d
        return assembly(tubs)
    base = slab(ellipse(w, n=48), 1.0, 0.3)
    ring = hoop(w * 0.85, 0.6)
    levels = [moved(ring, z=z) for z in np.linspace(h * 0.4, h, count(rng, 2, 4))]
    bars = around(moved(cylinder(0.5, h, 10), x=w * 0.425, z=0.4), count(rng, 6, 14))
    return assembly([base, *levels, *bars])


def _pencil(rng: np.random.Generator) -> Mesh:
    """A pencil standing point up."""
    n = one_of(rng, 6, 20)
    r = 0.38
    rings = [(1, 0), (1, 13), (0.12, 14.6)]
    return stacked(polygon(n, r), rings)


def build_pen(rng: np.random.Generator) -> Mesh:
    """Pen along x: barrel section, grip rings, clip, button or cap."""
    length, r = between(rng, 12, 14.5), between(rng, 0.42, 0.65)
    n = one_of(rng, 32, 32, 6, 8)
    swell = between(rng, 1.0, 1.35)
    rings = [(0.25, 0), (0.35, 0.8), (0.8, 2.0), (1.0, 3.2), (swell, length * 0.45), (1.0,
                                                                                      length * 0.8),
             (0.9, length)]  # fmt: skip
    section = polygon(n, r)
    parts = [stacked(section, rings)]
    for k in range(count(rng, 0, 5)):
        z = 3.0 + 0.45 * k
        band = [(r * 0.9, z), (r * 1.14, z), (r * 1.14, z + 0.2), (r * 0.9, z + 0.2)]
        parts.append(lathe(band, n=28, closed=True))
    waist = [(r * 0.9, length * 0.62), (r * 1.2, length * 0.62), (r * 1.2, length * 0.62 + 0.3),
             (r * 0.9, length * 0.62 + 0.3)]  # fmt: skip
    parts.append(lathe(waist, n=28, closed=True))
    reach = between(rng, 3, 4.5)
    clip = filleted([(r * 0.6, 0, length - 0.3), (r * 1.9, 0, length - 0.3), (r * 1.9, 0,
                                                                              length - reach),
                     (r * 1.25, 0, length - reach - 0.3)], 0.3)  # fmt: skip
    parts.append(
        tube(
            clip, 1.0, section=one_of(rng, rounded_rectangle(0.45, 0.16, 0.03), ellipse(0.3, n=12))
        )
    )
    button = one_of(
        rng, cylinder(r * 1.0, 0.9, 18), ball(r * 1.8, 18), lathe([(r * 0.9, 0), (r, 0.2)], n=24)
    )
    parts.append(moved(button, z=length - (0.3 if n > 8 else 0.05)))
    nib = moved(lathe([(0.05, -0.5), (r * 0.25, 0.02)], n=16), z=0)
    return assembly([moved(turned(p, "y", 90), z=r) for p in [*parts, nib]])


def build_phone_stand(rng: np.random.Generator) -> Mesh:
    """Phone stand: bent sheet, wedge block with slot, tripod cradle or ring."""
    w = between(rng, 6, 9)
    style = one_of(rng, "sheet", "wedge", "post", "arch")
    phone = slab(rounded_rectangle(7.2, 14.6, 0.9), 0.8, 0.2)
    if style == "sheet":
        rise, lean = between(rng, 9, 13), between(rng, 2, 5)
        path = filleted([(0, -5, 1.6), (0, -4.6, 0.2), (0, -2, 0.2), (0, lean, rise), (0, 6.5, 0.2),
                         (0, 1.0, 0.2)], 1.0, n=5)  # fmt: skip
        sheet = tube(path, 1.0, section=rounded_rectangle(w, 0.35, 0))
        parts = [sheet]
        if chance(rng, 0.4):
            parts.append(moved(turned(cylinder(2.4, 0.6, 28), "x", 68), y=0.3, z=rise * 0.45))
    elif style == "wedge":
        d, h = between(rng, 7, 10), between(rng, 3, 5)
        outline = filleted([(-d / 2, 0), (d / 2, 0), (d / 2, h), (d * 0.05, h), (-0.4, h * 0.45),
                            (-1.4, h * 0.45), (-1.7, h * 0.75), (-d / 2, h * 0.5)], 0.3, n=3,
                           closed=True)  # fmt: skip
        parts = [turned(upright_plate(outline, w), "z", 90)]
    elif style == "post":
        base = slab(one_of(rng, ellipse(w * 1.1, n=48), rounded_rectangle(w, w, 1)), 1.2, 0.4)
        post = tube([(0, 1, 1), (0, 1.6, 8)], between(rng, 0.5, 0.8), n=16)
        plate = moved(
            turned(slab(rounded_rectangle(w * 0.8, 6, 1), 0.6, 0.15), "x", 68), y=0.7, z=9
        )
        lips = on_both_sides(moved(soft_box(1.2, 2.2, 0.9, 0.3), x=w * 0.22, y=-1.3, z=6.0))
        parts = [base, post, plate, *lips]
    else:
        bow = smooth([(-w / 2, 3, 0.4), (-w * 0.45, 1.5, 7), (0, 1, 10), (w * 0.45, 1.5, 7),
                      (w / 2, 3, 0.4)], 6)  # fmt: skip
        hook = filleted([(0, 3, 0.4), (0, -3.5, 0.4), (0, -4, 1.6)], 0.6)
        parts = [tube(bow, 0.45, n=12)]
        parts += [moved(tube(hook, 0.45, n=12), x=s * w / 2) for s in (-1, 1)]
        parts.append(moved(turned(cylinder(0.9, w, 16), "y", 90), x=-w / 2, y=-3.2, z=0.45))
    device = moved(turned(phone, "x", 68), y=1.0 - 2.2, z=8.3)
    return assembly(parts, [device] if chance(rng, 0.25) and style in ("sheet", "post") else [])
