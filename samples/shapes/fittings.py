"""Padlocks, handles, knobs, hooks and casters (Locarno 08)."""

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
    superellipse,
    upright,
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
    lathe,
    prism,
    slab,
    soft_box,
    tube,
    upright_plate,
)


def build_padlock(rng: np.random.Generator) -> Mesh:
    """Padlock: body outline, shackle height and gauge, key hole, dials or bumper."""
    w, h, d = between(rng, 3.6, 5.6), between(rng, 3.2, 5.4), between(rng, 1.4, 2.4)
    outline = one_of(
        rng, rounded_rectangle(w, h, between(rng, 0.1, 1.2)), ellipse(w, w, 48),
        superellipse(w, h, 3), polygon(6, w * 0.56, 0),
        filleted([(-w / 2, h / 2), (-w / 2, -h * 0.2), (0, -h * 0.62), (w / 2, -h * 0.2),
                  (w / 2, h / 2)], 0.8, closed=True),
    )  # fmt: skip
    body = moved(turned(slab(outline, d, between(rng, 0.1, 0.45)), "x", 90), y=d / 2)
    top = float(np.abs(outline[:, 1]).max())
    gauge = between(rng, 0.3, 0.48)
    half = w * between(rng, 0.26, 0.34)
    rise = between(rng, 1.4, 4.2)
    crown = offset(upright(arc(half, 0, 180, 17)), 0, 0, top + rise)
    foot = top * 0.55
    shackle = tube([(half, 0, foot), *crown, (-half, 0, foot)], gauge, n=14)
    parts = [body, shackle]
    front = -d / 2
    style = one_of(rng, "keyhole", "dials", "band", "key_plate")
    if style == "keyhole":
        parts.append(
            moved(turned(cylinder(w * 0.3, 0.15, 28), "x", 90), y=front + 0.02, z=-h * 0.08)
        )
        parts.append(moved(box(w * 0.06, 0.2, w * 0.2), y=front - 0.13, z=-h * 0.08 - w * 0.1))
    elif style == "dials":
        n = count(rng, 3, 4)
        dial = turned(prism(polygon(10, 0.55), h * 0.13), "z", 18)
        for k in range(n):
            parts.append(moved(dial, y=front + 0.12, z=-h * 0.36 + k * h * 0.2))
    elif style == "band":
        for z in np.linspace(-h * 0.25, h * 0.1, count(rng, 2, 4)):
            parts.append(moved(soft_box(w * 0.8, 0.3, h * 0.07, 0.1), y=front, z=z))
    else:
        plate = turned(slab(superellipse(w * 0.5, h * 0.5, 2.6, 36), 0.2, 0.08), "x", 90)
        parts.append(moved(plate, y=front + 0.02, z=-h * 0.05))
    return assembly(parts)


def build_door_handle(rng: np.random.Generator) -> Mesh:
    """Door handle: rose or long plate, lever straight, waved, bent or a knob."""
    tall = chance(rng, 0.35)
    plate = (one_of(rng, rounded_rectangle(4.2, 22, 0.4), rounded_rectangle(4, 21, 2))
             if tall else one_of(rng, ellipse(5.2, n=44), rounded_rectangle(5, 5,
                                                                            0.4)))  # fmt: skip
    rose_d = between(rng, 0.6, 1.2)
    parts = [turned(slab(plate, rose_d, 0.2), "x", 90)]
    neck = between(rng, 3, 4.5)
    parts.append(turned(cylinder(between(rng, 1.6, 2.2), neck, 28), "x", 90))
    style = one_of(rng, "lever", "wave", "return", "flat", "knob")
    reach = between(rng, 10, 14)
    y = -neck
    if style == "knob":
        r = between(rng, 2.3, 3.0)
        knob = lathe(
            one_of(
                rng,
                smooth([(1, 0), (r, 1.2), (r * 0.95, 2.6), (0, 3.4)], 6),
                np.array([(1.2, 0), (r, 0.8), (r, 2.4), (r * 0.8, 2.8)]),
            ),
            n=44,
        )
        parts.append(moved(turned(knob, "x", 90), y=y))  # fmt: skip
    else:
        paths = {
            "lever": np.array([(0, y, 0), (reach, y, 0)]),
            "wave": smooth([(0, y, 0), (reach * 0.35, y, 0.8), (reach * 0.7, y, -0.5),
                            (reach, y, 0.2)], 6),
            "return": filleted([(0, y, 0), (reach, y, 0), (reach, -1.2, 0)], 2.2, n=7),
            "flat": np.array([(0, y, 0), (reach, y, 0)]),
        }  # fmt: skip
        path = paths[style] - [0.9, 0, 0] * (np.arange(len(paths[style])) == 0)[:, None]
        size = between(rng, 0.85, 1.1)
        section = {
            "lever": ellipse(2, n=20), "wave": superellipse(1.3, 2.3, 2.6, 20),
            "return": ellipse(1.9, n=18), "flat": rounded_rectangle(1.0, 2.4, 0.2),
        }[style]  # fmt: skip
        parts.append(tube(path, size, section=section))
    if tall:
        parts.append(moved(turned(cylinder(1.7, 0.4, 26), "x", 90), y=-rose_d + 0.02, z=-6.5))
        parts.append(moved(box(0.3, 0.3, 0.9), y=-rose_d - 0.5, z=-6.95))
    return assembly(parts)


def build_hook(rng: np.random.Generator) -> Mesh:
    """Wall hook: plate outline, one or two curled arms with ends ball, cut or flat."""
    w, h = between(rng, 2.4, 4), between(rng, 4, 8)
    outline = one_of(
        rng,
        rounded_rectangle(w, h, 0.3),
        superellipse(w, h, 2.6),
        ellipse(w, h),
        filleted([(0, -h / 2), (w / 2, 0), (0, h / 2), (-w / 2, 0)], 0.5, closed=True),
    )
    parts = [turned(slab(outline, 0.6, 0.2), "x", 90)]  # fmt: skip
    r = between(rng, 0.4, 0.65)
    depth, rise = between(rng, 3, 6), between(rng, 2, 4.5)
    low = -h * 0.2
    path = smooth([(0, -0.3, low), (0, -depth * 0.5, low - 1.6), (0, -depth, low - 0.6),
                   (0, -depth * 1.05, low + rise)], 6)  # fmt: skip
    spread = between(rng, 1.2, 2.6) if chance(rng, 0.4) else 0.0
    for side in (-1, 1) if spread else (0,):
        lean = np.linspace(0, 1, len(path))[:, None] * [side * spread, 0, 0]
        arm = path + lean
        parts.append(tube(arm, r, n=14))
        x, y, z = arm[-1]
        parts.append(moved(ball(r * 3, 20), x, y, z - r * 1.2))
    if chance(rng, 0.4):
        upper = smooth([(0, -0.3, h * 0.3), (0, -depth * 0.6, h * 0.4), (0, -depth, h * 0.75)], 5)
        parts += [tube(upper, r, n=14), moved(ball(r * 3, 20), y=-depth, z=h * 0.75 - r * 1.5)]
    for z in (h * 0.32, -h * 0.36):
        parts.append(moved(turned(cylinder(0.7, 0.2, 16), "x", 90), y=-0.58, z=z))
    return assembly(parts)


def build_caster(rng: np.random.Generator) -> Mesh:
    """Caster: wheel with hub, fork, swivel and plate or stem."""
    r, w = between(rng, 2.5, 4), between(rng, 1.2, 2.4)
    hub = one_of(rng, 0.35, 0.55)
    tyre = [(r * hub, -w / 2 * 0.8), (r * 0.96, -w / 2), (r, -w * 0.35), (r, w * 0.35),
            (r * 0.96, w / 2), (r * hub, w * 0.4)]  # fmt: skip
    wheel = turned(lathe(tyre, n=44, closed=True), "y", 90)
    axle = moved(turned(cylinder(r * hub * 2, w * 0.7, 28), "y", 90), x=-w * 0.35)
    bolt = moved(turned(prism(polygon(6, 0.55), w + 1.6), "y", 90), x=-w / 2 - 0.8)
    back = between(rng, 0.4, 1.4)
    cheek = filleted([(-0.8, -0.8), (0.8, -0.8), (back + 1.2, r * 1.25), (back - 1.4, r * 1.25)],
                     0.7,
                     closed=True)  # fmt: skip
    side = turned(upright_plate(cheek, 0.3), "z", 90)
    fork = on_both_sides(moved(side, x=w / 2 + 0.3))
    crown = moved(soft_box(w + 0.9, 2.6, 0.4, 0.4), y=back - 0.1, z=r * 1.25)
    swivel = moved(cylinder(2.4, 0.6, 28), y=back, z=r * 1.25 + 0.4)
    top = r * 1.25 + 1.0
    mount = (moved(cylinder(0.9, 3, 20), y=back, z=top) if chance(rng, 0.4)
             else moved(soft_box(5.4, 5.0, 0.4, 0.5), y=back, z=top))  # fmt: skip
    return assembly([wheel, axle, bolt, *fork, crown, swivel], [mount])


def build_hook_rail(rng: np.random.Generator) -> Mesh:
    """Hook rail: a board with several pegs or hooks in a row."""
    n, w = count(rng, 3, 6), between(rng, 24, 42)
    board = one_of(rng, rounded_rectangle(w, 5, 0.3), rounded_rectangle(w, 5, 2.4),
                   superellipse(w, 6, 4, 48))  # fmt: skip
    parts = [turned(slab(board, 1.4, 0.3), "x", 90)]
    hook = one_of(
        rng,
        tube(smooth([(0, -1.2, 0), (0, -3, -1.6), (0, -4.4, -0.4), (0, -4.2, 1.4)], 5), 0.4, n=12),
        tube([(0, -1.2, -0.5), (0, -5, 1.2)], 0.7, n=16),
        turned(lathe([(0.6, 1.2), (0.5, 3), (1.2, 3.8), (1.0, 4.6)], n=24), "x", 90),
    )
    parts += [moved(hook, x=x) for x in np.linspace(-w * 0.4, w * 0.4, n)]
    return assembly(parts)


def build_knob(rng: np.random.Generator) -> Mesh:
    """Furniture knob or dial: lobed, knurled or domed body on a collar."""
    r, h = between(rng, 1.6, 2.6), between(rng, 1.4, 2.6)
    n = count(rng, 4, 9)
    angles = np.arange(n * 8) * 2 * np.pi / (n * 8)
    lobes = np.stack([np.cos(angles), np.sin(angles)], 1)
    lobes *= (r * (1 + between(rng, 0.05, 0.16) * np.cos(n * angles)))[:, None]
    body = one_of(
        rng, slab(lobes, h, 0.35),
        lathe(smooth([(r * 0.6, 0), (r * 1.1, h * 0.55), (r * 0.85, h * 0.9), (0, h * 1.05)], 6)),
        prism(polygon(n + 3, r), h, taper=between(rng, 0.7, 1.0)),
    )  # fmt: skip
    collar = lathe([(r * 0.9, 0), (r * 0.9, 0.2), (r * 0.45, 0.5), (r * 0.45, 1.4)], n=36)
    ribs = around(moved(box(0.15, 0.2, h * 0.6), x=r * 0.98, z=1.4 + h * 0.2), 2 * n)
    parts = [collar, moved(body, z=1.4)]
    return assembly([turned(p, "x", 90) for p in [*parts, *(ribs if chance(rng, 0.3) else [])]])
