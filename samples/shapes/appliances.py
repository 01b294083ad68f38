"""Fans, blenders and laboratory ware (Locarno 23, 24, 31)."""

import numpy as np

from drafting.mesh import Mesh
from samples.choices import between, chance, count, one_of
from samples.outlines import (
    ellipse,
    filleted,
    polygon,
    rounded_rectangle,
    smooth,
    superellipse,
)
from samples.placing import (
    around,
    assembly,
    facing,
    moved,
    on_both_sides,
    turned,
)
from samples.shapes.vessels import ear_handle
from samples.solids import (
    box,
    cylinder,
    hoop,
    lathe,
    prism,
    slab,
    soft_box,
    stacked,
    tube,
)


def build_syringe(rng: np.random.Generator) -> Mesh:
    """Syringe standing: barrel, flange, plunger, rubber, hub with needle or cap."""
    r, h = between(rng, 0.6, 1.3), between(rng, 6, 10)
    barrel = lathe([(r * 0.3, 0), (r * 0.3, 0.4), (r * 0.95, 0.8), (r, 1.2), (r, h)], n=40)
    wing = one_of(rng, superellipse(r * 4.6, r * 2.2, 2.4), ellipse(r * 3.6, n=40),
                  rounded_rectangle(r * 4.8, r * 2.1, r * 0.5), polygon(6, r * 2.0))  # fmt: skip
    parts = [barrel, moved(prism(wing, 0.22), z=h)]
    draw = between(rng, 1.5, h * 0.7)
    fin = box(r * 1.5, 0.22, draw)
    parts += [moved(p, z=h + 0.2) for p in (fin, turned(fin, "z", 90))]
    parts.append(moved(slab(ellipse(r * one_of(rng, 2.2, 2.8), n=36), 0.3, 0.08), z=h + 0.2 + draw))
    for k in range(count(rng, 4, 9)):
        tick = box(r * (0.9 if k % 2 else 0.5), 0.08, 0.07)
        parts.append(moved(tick, y=-r * 0.98, z=1.8 + k * (h - 2.6) / 9))
    hub = moved(
        lathe([(r * 0.16, -1.4), (r * 0.34, -1.0), (r * 0.45, -0.2), (r * 0.45, 0.25)], n=24), z=0.1
    )
    needle = (moved(cylinder(0.14, 3.2, 8), z=-4.4) if chance(rng, 0.6)
              else lathe([(r * 0.2, -4), (r * 0.4, -3.6), (r * 0.52, -0.6), (r * 0.52, -0.2)],
                         n=28))  # fmt: skip
    return assembly(parts, [hub, needle])


def build_tube_rack(rng: np.random.Generator) -> Mesh:
    """Test-tube rack: boards with holes, posts, tubes with or without caps."""
    n, rows = count(rng, 3, 6), count(rng, 1, 2)
    pitch, r = 3.0, 0.95
    w, d = n * pitch + 1.2, rows * pitch + 1.0
    at = [
        ((k - (n - 1) / 2) * pitch, (m - (rows - 1) / 2) * pitch)
        for k in range(n)
        for m in range(rows)
    ]
    holes = [ellipse(2 * r + 0.15, n=22) + p for p in at]
    plate = prism(rounded_rectangle(w, d, between(rng, 0, 1)), 0.5, holes=holes)
    side = box(0.5, d, 8.6)
    parts = [box(w, d, 0.6), moved(plate, z=7.2)]
    if chance(rng, 0.5):
        parts.append(moved(plate, z=3.6))
    parts += on_both_sides(moved(side, x=w / 2 - 0.25))
    glass = lathe(
        filleted([(0, 0), (r, 0.1), (r, 11), (r * 1.15, 11.1), (r * 1.15, 11.5)], 0.9, n=6), n=26
    )
    stop = moved(lathe([(r * 0.95, 0), (r * 1.1, 0.1), (r * 1.0, 1.4)], n=24), z=11.5)
    tubes = [moved(p, x=x, y=y, z=0.6) for x, y in at if chance(rng, 0.75) for p in (glass, stop)]
    return assembly(parts, tubes)


def build_blender(rng: np.random.Generator) -> Mesh:
    """Blender: motor base, jug round or faceted, handle, lid, knob or keys."""
    r, base_h, jug_h = between(rng, 7, 9.5), between(rng, 9, 14), between(rng, 17, 24)
    n = one_of(rng, 52, 52, 4, 6, 8)
    section = one_of(rng, ellipse(2, n=48), rounded_rectangle(1.9, 1.9, 0.5), superellipse(2, 2, 3))
    levels = one_of(
        rng,
        np.array([(1, 0), (1, base_h * 0.3), (0.7, base_h)]),
        np.array([(0.9, 0), (1, base_h * 0.2), (0.95, base_h)]),
        filleted([(1.05, 0), (1.05, base_h * 0.25), (0.62, base_h * 0.7), (0.66, base_h)], 2),
    )
    parts = [stacked(section * r, levels)]
    low, wide = r * 0.62, r * between(rng, 0.72, 0.95)
    jug = lathe([(low, 0), (low, 1.5), (low * 0.92, 1.7), (wide, jug_h), (wide - 0.4, jug_h),
                 (low * 0.85, 2.2), (0, 2.2)], n=n)  # fmt: skip
    spin = 45 if n == 4 else 0
    parts.append(moved(turned(jug, "z", spin), z=base_h))
    lid = lathe([(wide * 0.97, -0.4), (wide * 1.02, 0), (wide * 1.02, 1.4), (wide * 0.5, 1.8),
                 (wide * 0.5, 3), (wide * 0.4, 3.4), (0, 3.4)], n=n)  # fmt: skip
    parts.append(moved(turned(lid, "z", spin), z=base_h + jug_h))
    if chance(rng, 0.8):
        grip = ear_handle(between(rng, 4, 5.5), jug_h * 0.2, jug_h * 0.92, 0.9,
                          one_of(rng, "square", "ear", "round", "drop"))  # fmt: skip
        at = (low + (wide - low) * 0.5) * (0.75 if n == 4 else 0.94)
        parts.append(moved(grip, x=at, z=base_h))
    face = -r * float(levels[1][0]) * (0.97 if len(section) == 48 else 0.94)
    z = base_h * 0.28
    if chance(rng, 0.5):
        dial = lathe([(r * 0.3, 0), (r * 0.27, 1.2), (r * 0.1, 1.3), (0, 1.3)], n=32)
        parts.append(moved(facing(dial), y=face + 0.4, z=z))
        parts.append(moved(facing(box(0.5, r * 0.45, 0.5)), y=face - 0.8, z=z))
    else:
        k_keys = count(rng, 3, 5)
        key = facing(soft_box(1.5, 1.1, 0.8, 0.3))
        parts += [
            moved(key, x=(k - (k_keys - 1) / 2) * 1.9, y=face + 0.35, z=z) for k in range(k_keys)
        ]
    feet = around(moved(cylinder(1.8, 0.6, 16), x=r * 0.7, z=-0.59), 4, 45)
    return assembly([*parts, *feet])


def build_fan(rng: np.random.Generator) -> Mesh:
    """Fan: table fan with cage, blades and neck, box fan or tower."""
    kind = one_of(rng, "table", "table", "box", "tower")
    if kind == "box":
        return _box_fan(rng)
    if kind == "tower":
        return _tower_fan(rng)
    r = between(rng, 13, 18)
    n_blades = count(rng, 3, 5)
    z = r * between(rng, 1.25, 1.6)
    rings = [hoop(2 * r, 0.9, 48, 8)]
    for share in one_of(rng, (0.66,), (0.5, 0.78), (0.4, 0.6, 0.8)):
        rings.append(moved(hoop(2 * r * share, 0.45, 44, 6), z=1.6 * (1 - share) * 2))
    wire = tube([(r * 0.22, 0, 2.6), (r * 0.6, 0, 1.9), (r, 0, 0)], 0.22, n=6)
    cage = [
        *rings,
        *around(wire, count(rng, 12, 22)),
        moved(slab(ellipse(r * 0.5, n=36), 1, 0.3), z=2.2),
    ]
    blade = smooth([(r * 0.12, -0.8), (r * 0.5, -r * 0.26), (r * 0.86, -r * 0.16), (r * 0.86,
                                                                                    r * 0.16),
                    (r * 0.45, r * 0.24), (r * 0.12, 1.0)], 4, closed=True)  # fmt: skip
    leaf = turned(prism(blade, 0.3), "x", 16)
    fan = [*around(moved(leaf, z=-2.4), n_blades, 30), moved(cylinder(r * 0.4, 3, 30), z=-3.4)]
    motor = moved(
        lathe([(r * 0.16, -8), (r * 0.28, -7), (r * 0.3, -3.6), (r * 0.2, -3.2)], n=36), z=0
    )
    back = [moved(turned(hoop(2 * r * 0.6, 0.4, 40, 6), "x", 180), z=-4.4)]
    ribs = around(
        tube([(r * 0.28, 0, -5), (r * 0.6, 0, -4.4), (r, 0, 0)], 0.22, n=6), count(rng, 10, 16)
    )
    tilt = between(rng, 0, 12)
    head = [moved(turned(facing(p), "x", -tilt), z=z) for p in (*cage, *fan, motor, *back, *ribs)]
    base_w = between(rng, 15, 20)
    base = slab(
        one_of(rng, ellipse(base_w, n=44), rounded_rectangle(base_w, base_w * 0.85, 3)), 2.2, 0.7
    )
    neck = tube([(0, 5.5, 1.6), (0, 5.5, z - r * 0.22)], [1.7, 1.2], n=20)
    knob = [moved(cylinder(2, 0.8, 22), x=x, y=-base_w * 0.28, z=2.15) for x in (-2.8, 0, 2.8)]
    return assembly([*head, base, neck, *(knob[: count(rng, 1, 3)])])


def _box_fan(rng: np.random.Generator) -> Mesh:
    w, d = between(rng, 30, 42), between(rng, 7, 12)
    r = w * 0.44
    outline = rounded_rectangle(w, w, between(rng, 0.5, 7))
    frame = facing(prism(outline, d, holes=[ellipse(2 * r, n=48)]))
    leaf = turned(
        prism(
            smooth(
                [
                    (r * 0.1, -1),
                    (r * 0.6, -r * 0.28),
                    (r * 0.93, 0),
                    (r * 0.6, r * 0.28),
                    (r * 0.1, 1),
                ],
                4,
                closed=True,
            ),
            0.4,
        ),
        "x",
        18,
    )
    blades = [facing(p) for p in around(moved(leaf, z=d * 0.45), count(rng, 3, 6), 20)]
    hub = facing(moved(slab(ellipse(r * 0.46, n=36), 3, 0.8), z=d * 0.35))
    bars = []
    for at in np.linspace(-0.8, 0.8, count(rng, 5, 9)) * r:
        half = float(np.sqrt(r**2 - at**2))
        bar = moved(turned(cylinder(0.5, 2 * half, 8), "y", 90), x=-half)
        bars.append(moved(bar if w > 35 else turned(bar, "y", 90), x=0 if w > 35 else at,
                          y=-d + 0.4,
                          z=at if w > 35 else 0))  # fmt: skip
    feet = on_both_sides(
        moved(soft_box(3, d * 1.5, 2.4, 0.8), x=w * 0.36, y=-d / 2, z=-w / 2 - 1.6)
    )
    grip = tube(filleted([(-5, -d / 2, w / 2 - 0.4), (-5, -d / 2, w / 2 + 3), (5, -d / 2,
                                                                               w / 2 + 3),
                          (5, -d / 2, w / 2 - 0.4)], 2), 0.8, n=12)  # fmt: skip
    extras = [grip] if chance(rng, 0.6) else []
    return assembly([frame, *blades, hub, *bars, *feet, *extras])


def _tower_fan(rng: np.random.Generator) -> Mesh:
    w, h = between(rng, 11, 16), between(rng, 50, 80)
    section = one_of(rng, ellipse(w, n=44), rounded_rectangle(w, w * 0.8, 3), superellipse(w, w, 3))
    body = moved(slab(section, h, between(rng, 0.4, 2.5)), z=3)
    base = slab(ellipse(w * between(rng, 1.5, 2.1), n=48), 3.0, 0.9)
    n = count(rng, 9, 18)
    front = float(section[:, 1].min())
    low, high = 3 + h * 0.15, 3 + h * between(rng, 0.7, 0.85)
    slat = facing(soft_box(w * 0.62, (high - low) / n * 0.45, 0.7, 0.2))
    slats = [moved(slat, y=front + 0.35, z=z) for z in np.linspace(low, high, n)]
    keys = around(moved(cylinder(1.2, 0.4, 16), x=w * 0.22), count(rng, 2, 4))
    return assembly([body, base, *slats, *[moved(key, z=3 + h - 0.1) for key in keys]])
