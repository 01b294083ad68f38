"""Clocks, watches, cameras, tripods and spectacles (Locarno 10, 16)."""

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
    assembly,
    facing,
    moved,
    on_both_sides,
    scaled,
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
    tube,
    upright_plate,
)


def build_clock(rng: np.random.Generator) -> Mesh:
    """Clock: wall, mantel or alarm case, markers, hands, bells or feet."""
    r, d = between(rng, 9, 15), between(rng, 2.5, 4.5)
    outline = one_of(rng, ellipse(2 * r, n=64), rounded_rectangle(2 * r, 2 * r, between(rng, 0, 5)),
                     polygon(8, r * 1.06, 22.5), polygon(6, r * 1.1), superellipse(2 * r, 2 * r,
                                                                                   3))  # fmt: skip
    case = facing(slab(outline, d, between(rng, 0, 0.8)))
    rim = facing(prism(outline * 0.93, 0.4))
    parts = [case, moved(rim, y=-d + 0.01)]
    face_y = -d - 0.38
    n = one_of(rng, 4, 12, 12)
    style = one_of(rng, "bars", "dots", "wedges")
    for k in range(n):
        mark = {
            "bars": box(r * 0.04, r * 0.16, 0.3), "dots": cylinder(r * 0.09, 0.3, 14),
            "wedges": prism(np.array([(-r * 0.05, r * 0.08), (0, -r * 0.1), (r * 0.05,
                                                                             r * 0.08)]), 0.3),
        }[style]  # fmt: skip
        size = 1.0 if k % 3 == 0 or style != "bars" else 0.7
        parts.append(moved(turned(facing(moved(scaled(mark, size, size), y=r * 0.74)), "y",
                                  360 * k / n),
                           y=face_y))  # fmt: skip
    hour, minute = between(rng, 0, 360), between(rng, 0, 360)
    for reach, angle, width in ((0.42, hour, 0.07), (0.64, minute, 0.05)):
        tip = one_of(rng, 0.3, 1.0)
        hand = (
            np.array([(-width, -0.08), (width, -0.08), (width * tip, reach), (-width * tip, reach)])
            * r
        )
        parts.append(moved(turned(facing(prism(hand, 0.2)), "y", angle), y=face_y - 0.3))
    parts.append(moved(facing(cylinder(r * 0.12, 0.6, 22)), y=face_y - 0.1))
    low = float(outline[:, 1].min())
    kind = one_of(rng, "wall", "wall", "alarm", "mantel", "pendulum")
    if kind == "alarm":
        bell = lathe(
            smooth([(r * 0.36, 0), (r * 0.33, r * 0.16), (r * 0.16, r * 0.28), (0, r * 0.3)], 5)
        )
        for s in (-1, 1):
            parts.append(moved(turned(moved(bell, z=r * 0.98), "y", s * 32), y=-d / 2))
            leg = turned(moved(cylinder(r * 0.1, r * 0.3, 16), z=r * 0.95), "y", 180 - s * 30)
            parts.append(moved(leg, y=-d / 2))
    elif kind == "mantel":
        parts.append(
            moved(soft_box(r * 2.3, d * 1.6, r * 0.2, 0.3, 0.2), y=-d / 2, z=low - r * 0.2 + 0.1)
        )
    elif kind == "pendulum":
        rod = moved(box(r * 0.05, 0.3, r * 1.0), y=-d / 2, z=low - r * 1.0)
        bob = moved(facing(slab(ellipse(r * 0.5), 0.6, 0.2)), y=-d / 2 + 0.3, z=low - r * 1.1)
        parts += [rod, bob]
    return assembly(parts)


def build_watch(rng: np.random.Generator) -> Mesh:
    """Watch lying open-loop upright: case outline, bezel, crown, lugs, strap with holes."""
    r, t = between(rng, 1.7, 2.2), between(rng, 0.7, 1.1)
    case = one_of(rng, ellipse(2 * r, n=52), rounded_rectangle(2 * r * 0.9, 2 * r, 0.5),
                  superellipse(2 * r, 2 * r, 3.2), polygon(8, r * 1.06, 22.5))  # fmt: skip
    parts = [facing(slab(case, t, 0.15)), moved(facing(prism(case * 0.86, 0.12)), y=-t)]
    parts.append(moved(facing(prism(case * 0.74, 0.06)), y=-t - 0.12))
    n = one_of(rng, 4, 12)
    if chance(rng, 0.6):
        tick = box(0.06, r * 0.16, 0.06)
        parts += [moved(turned(facing(moved(tick, y=r * 0.58)), "y", 360 * k / n), y=-t - 0.17)
                  for k in range(n)]  # fmt: skip
        for reach, angle in ((0.34, between(rng, 0, 360)), (0.5, between(rng, 0, 360))):
            hand = facing(box(0.09, r * reach, 0.05))
            parts.append(moved(turned(moved(hand, z=r * reach / 2), "y", angle), y=-t - 0.22))
    else:
        parts.append(
            moved(facing(prism(rounded_rectangle(r * 0.8, r * 0.5, 0.1), 0.05)), y=-t - 0.17)
        )
    crown = moved(
        turned(cylinder(0.6, 0.4, 20), "y", 90), x=float(case[:, 0].max()) - 0.02, y=-t / 2
    )
    parts.append(crown)
    if chance(rng, 0.4):
        parts += [moved(p, z=z) for z in (0.8, -0.8) for p in [crown]]
    width = r * between(rng, 0.95, 1.2)
    loop_r = between(rng, 2.7, 3.1)
    angles = np.radians(np.linspace(118, 422, 40))
    tall = between(rng, 1.0, 1.2)
    ring = np.stack([0 * angles, -np.sin(angles), np.cos(angles) * tall], axis=1) * loop_r
    strap = tube(ring, 1.0, section=rounded_rectangle(width, 0.3, 0.08))
    back = float(strap.vertices[:, 1].min())
    strap = moved(strap, y=-t * 0.5 - back)
    return assembly(parts, [strap])


def build_camera(rng: np.random.Generator) -> Mesh:
    """Camera: compact, reflex or action body, lens rings, dials, shutter, grip, hump."""
    w, h, d = between(rng, 10, 14), between(rng, 6, 9), between(rng, 3, 5)
    body = soft_box(w, d, h, between(rng, 0.2, 1.4), between(rng, 0.1, 0.6))
    parts = [body]
    lens_r = h * between(rng, 0.3, 0.42)
    x = between(rng, -0.12, 0.08) * w
    z = h * 0.46
    profile = [(lens_r, 0), (lens_r, 0.8)]
    step = 0.8
    for k in range(count(rng, 1, 3)):
        r = lens_r * (1 - 0.08 * (k + 1))
        profile += [(r, step), (r, step + between(rng, 0.6, 2.0))]
        step = profile[-1][1]
    r = profile[-1][0]
    profile += [(r * 0.82, step), (r * 0.7, step - 0.5), (r * 0.45, step - 0.4), (0, step - 0.15)]
    parts.append(moved(facing(lathe(profile, n=52)), x=x, y=-d / 2 + 0.02, z=z))
    if chance(rng, 0.5):
        hump = prism(np.array([(-w * 0.2, -d / 2), (w * 0.2, -d / 2), (w * 0.15, d / 2),
                               (-w * 0.15, d / 2)]),
                     h * 0.28, taper=between(rng, 0.6, 0.9))  # fmt: skip
        parts.append(moved(hump, x=x, z=h - 0.02))
        parts.append(moved(soft_box(w * 0.14, 0.6, h * 0.14, 0.1), x=x, y=d / 2, z=h + 0.2))
    else:
        finder = facing(soft_box(w * 0.14, h * 0.14, 0.3, 0.1))
        parts.append(moved(finder, x=w * 0.3, y=-d / 2, z=h * 0.82))
    if chance(rng, 0.6):
        grip = moved(
            slab(rounded_rectangle(w * 0.2, d * 0.7, 0.8), h * 0.92, 0.4), x=-w * 0.4, y=-d * 0.35
        )
        parts.append(grip)
    parts.append(moved(cylinder(1.2, 0.6, 24), x=-w * 0.38, z=h - 0.01))
    for k in range(count(rng, 1, 2)):
        dial = cylinder(1.9, 0.7, 30)
        parts.append(moved(dial, x=w * (0.24 + 0.17 * k), y=d * 0.05, z=h - 0.01))
    screen = turned(slab(rounded_rectangle(w * 0.55, h * 0.6, 0.3), 0.25, 0.05), "x", -90)
    parts.append(moved(screen, x=-w * 0.1, y=d / 2 - 0.02, z=h * 0.45))
    pad = turned(cylinder(2.0, 0.3, 28), "x", -90)
    parts.append(moved(pad, x=w * 0.33, y=d / 2 - 0.02, z=h * 0.42))
    lug = turned(hoop(1.0, 0.25, 18, 8), "x", 90)
    return assembly(parts, on_both_sides(moved(lug, x=w / 2 + 0.3, z=h * 0.8)))


def build_tripod(rng: np.random.Generator) -> Mesh:
    """Tripod: three telescopic legs, column, crank, head plate with pan bar."""
    h, spread = between(rng, 30, 50), between(rng, 12, 22)
    shoulder = h * between(rng, 0.72, 0.85)
    parts = []
    n = count(rng, 2, 3)
    joints = np.linspace(0, 1, n + 1)
    leg_parts = []
    top, foot = np.array([1.6, 0, shoulder]), np.array([spread, 0, 0.6])
    for k in range(n):
        a, b = top + (foot - top) * joints[k], top + (foot - top) * joints[k + 1]
        leg_parts.append(tube([a, b], 0.85 - 0.2 * k, n=14))
        leg_parts.append(tube([b - (foot - top) * 0.03, b], 1.05 - 0.2 * k, n=14))
    leg_parts.append(moved(ball(1.6, 16), x=spread, z=-0.2))
    for angle in (90, 210, 330):
        parts += [turned(p, "z", angle) for p in leg_parts]
    parts.append(moved(prism(polygon(6, 2.6), 2.2), z=shoulder - 1.0))
    parts.append(moved(cylinder(1.2, h - shoulder + h * 0.25, 18), z=shoulder - h * 0.25))
    if chance(rng, 0.5):
        low = shoulder * 0.55
        parts.append(moved(cylinder(2.2, 1.2, 20), z=low))
        reach = 1.6 + (spread - 1.6) * (1 - low / shoulder)
        for angle in (90, 210, 330):
            strut = tube([(0.8, 0, low + 0.6), (reach - 0.2, 0, low + 0.9)], 0.3, n=8)
            parts.append(turned(strut, "z", angle))
    head = [moved(cylinder(3, 1.5, 28), z=h), moved(soft_box(4.6, 4.6, 0.8, 0.5, 0.15), z=h + 2.6),
            moved(turned(cylinder(2.0, 3.4, 24), "y", 90), x=-1.7, z=h + 2.0)]  # fmt: skip
    bar = tube([(0, 0.5, h + 2.0), (0, 9, h - 1.5)], 0.35, n=12)
    grip = tube([(0, 6.5, h - 0.5), (0, 10.5, h - 2.1)], 0.65, n=14)
    return assembly([*parts, *head, *([bar, grip] if chance(rng, 0.6) else [])])


def build_eyeglasses(rng: np.random.Generator) -> Mesh:
    """Spectacles: rim outline, bridge, end pieces, temples folded back."""
    w, h = between(rng, 4.6, 5.6), between(rng, 3.2, 5)
    rim = one_of(rng, ellipse(w, h, 44), rounded_rectangle(w, h, 1.2, 7), superellipse(w, h, 2.8),
                 polygon(6, w / 2) * [1, h / w], ellipse(w, n=44),
                 filleted([(-w * 0.42, h * 0.45), (-w * 0.5, -h * 0.1), (-w * 0.15, -h / 2),
                           (w * 0.3, -h / 2), (w * 0.5, h * 0.45)], 1.2, n=6,
                           closed=True))  # fmt: skip
    gauge = between(rng, 0.14, 0.36)
    gap = between(rng, 1.6, 2.2)
    centre = gap / 2 + float(np.abs(rim[:, 0]).max())
    path = np.stack([rim[:, 0] + centre, 0 * rim[:, 0], rim[:, 1]], axis=1)
    frame = tube(
        path, 1.0, section=rounded_rectangle(gauge * 2, gauge * 2.4, gauge * 0.3), closed=True
    )
    parts = on_both_sides(frame)
    lens = moved(upright_plate(rim * 0.98, 0.12), x=centre)
    parts += on_both_sides(lens)
    lift = h * between(rng, 0.1, 0.35)
    inner = gap / 2 + gauge
    bridge = smooth(
        [(-inner, 0, lift), (0, -0.2, lift + between(rng, 0.0, 0.8)), (inner, 0, lift)], 5
    )
    parts.append(tube(bridge, gauge * 0.9, n=10))
    outer = centre + float(rim[:, 0].max())
    z = h * 0.25
    temple = smooth([(outer - 0.2, 0, z), (outer + 0.35, 0.3, z), (outer + 0.4, 5, z),
                     (outer + 0.2, 10, z),
                     (outer - 0.1, 14, z - 2.6)], 6)  # fmt: skip
    thickness = rounded_rectangle(0.3, between(rng, 0.35, 1.0), 0.08)
    return assembly(parts, on_both_sides(tube(temple, 1.0, section=thickness)))
