"""Plugs, chargers and what plays sound or points (Locarno 13, 14)."""

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
    scaled,
    turned,
)
from samples.solids import (
    ball,
    box,
    cylinder,
    lathe,
    pillow,
    prism,
    slab,
    soft_box,
    stacked,
    tube,
)


def _prongs(rng: np.random.Generator) -> list[Mesh]:
    """Plug pins rising from z = 0: flat blades, round pins, with or without earth."""
    style = one_of(rng, "blades", "blades_earth", "round", "angled", "uk")
    if style.startswith("blades"):
        pins = on_both_sides(moved(box(0.16, 0.66, 1.7), x=0.64))
        if style == "blades_earth":
            pins.append(moved(cylinder(0.48, 2.0, 20), y=-1.2))
        return pins
    if style == "round":
        return on_both_sides(moved(lathe([(0.24, 0), (0.24, 1.6), (0.1, 1.9)], n=18), x=0.95))
    if style == "angled":
        blades = [turned(box(0.18, 0.7, 1.7), "z", side * 30) for side in (-1, 1)]
        pins = [moved(blade, x=x) for blade, x in zip(blades, (-0.7, 0.7), strict=True)]
        return [*pins, moved(box(0.18, 0.7, 1.9), y=-1.0)]
    return [*on_both_sides(moved(box(0.65, 0.4, 1.7), x=1.1)), moved(box(0.4, 0.8, 2.1), y=1.1)]


def build_plug(rng: np.random.Generator) -> Mesh:
    """Power plug: body outline, prongs, strain relief and cord straight or at a right angle."""
    w, d, h = between(rng, 2.8, 4.2), between(rng, 2.2, 3.8), between(rng, 2.4, 4.5)
    outline = one_of(rng, ellipse(w, w, 44), rounded_rectangle(w, d, 0.5), superellipse(w, d, 2.8),
                     polygon(6, w / 2), rounded_rectangle(w, d, 1.4))  # fmt: skip
    taper = between(rng, 0.55, 1.0)
    rings = [
        (1.0, 0),
        (1.0, h * 0.25),
        ((1 + taper) / 2, h * 0.6),
        (taper, h * 0.9),
        (taper * 0.8, h),
    ]
    body = stacked(outline, rings)
    prongs = [scaled(p, z=-1) for p in _prongs(rng)]
    flange = moved(prism(outline * 1.08, 0.25), z=-0.01)
    parts = [body, *prongs, *([flange] if chance(rng, 0.5) else [])]
    ribs = []
    for k in range(count(rng, 3, 6)):
        ribs.append(moved(cylinder(1.1 - 0.06 * k, 0.3, 20), z=h + 0.45 * k))
    cord_from = h + 0.45 * len(ribs)
    ribs.append(moved(cylinder(0.75, cord_from - h, 16), z=h - 0.05))
    bend = smooth([(0, 0, cord_from - 0.2), (0, 0, cord_from + 2), (1.5, 0, cord_from + 4.5),
                   (0.5, 0, cord_from + 7)], 6)  # fmt: skip
    cord = tube(bend, 0.3, n=12)
    return assembly([facing(scaled(p, z=-1)) for p in parts],
                    [facing(scaled(p, z=-1)) for p in [*ribs, cord]])  # fmt: skip


def build_charger(rng: np.random.Generator) -> Mesh:
    """Charger: wall block with ports, or a wireless pad or stand."""
    style = one_of(rng, "block", "block", "pad", "stand")
    if style == "block":
        w, h, d = between(rng, 3, 5.5), between(rng, 3, 6), between(rng, 2.6, 4)
        body = facing(
            slab(rounded_rectangle(w, h, between(rng, 0.2, 1.2)), d, between(rng, 0.1, 0.5))
        )
        parts = [body]
        n = count(rng, 1, 3)
        for k in range(n):
            port = rounded_rectangle(1.3, 0.55, one_of(rng, 0.05, 0.26))
            z = (k - (n - 1) / 2) * 1.1
            parts.append(moved(facing(prism(port, 0.06)), y=-d, z=z))
            parts.append(moved(facing(prism(port * 0.55, 0.1)), y=-d, z=z))
        pins = [scaled(facing(p), y=-1) for p in _prongs(rng)]
        return assembly(parts, pins)
    w = between(rng, 8, 11)
    outline = one_of(rng, ellipse(w, n=56), rounded_rectangle(w, w, 1.6), superellipse(w, w, 3))
    pad = slab(outline, between(rng, 0.7, 1.4), 0.35)
    top = float(pad.vertices[:, 2].max())
    band = [(w * 0.3, -0.05), (w * 0.3, 0.08), (w * 0.27, 0.08), (w * 0.27, -0.05)]
    ring = moved(lathe(band, n=48, closed=True), z=top)
    if style == "pad":
        socket = facing(prism(rounded_rectangle(0.9, 0.3, 0.14), 0.15))
        cross = [moved(box(w * 0.2, 0.4, 0.06), z=top), moved(box(0.4, w * 0.2, 0.06), z=top)]
        return assembly(
            [pad, ring, moved(socket, y=-w / 2, z=top / 2), *(cross if chance(rng, 0.5) else [])]
        )
    lean = between(rng, 55, 70)
    rise = [
        moved(turned(p, "x", lean), z=w * 0.5 * np.sin(np.radians(lean)) + 1) for p in (pad, ring)
    ]
    foot = slab(rounded_rectangle(w * 0.8, w * 0.7, 1.2), 1.0, 0.3)
    ledge = moved(soft_box(w * 0.7, 1.6, 0.9, 0.4, 0.2), y=-w * 0.3, z=1.0)
    prop = tube(
        [(0, w * 0.3, 0.8), (0, 0.6, w * 0.5)], 1.0, section=rounded_rectangle(w * 0.4, 0.8, 0.2)
    )
    return assembly([*rise, foot, ledge, prop])


def build_loudspeaker(rng: np.random.Generator) -> Mesh:
    """Loudspeaker: cabinet, cylinder or ball; drivers, grille, controls, feet or strap."""
    style = one_of(rng, "cabinet", "cabinet", "cylinder", "ball", "bar")
    if style in ("cylinder", "ball"):
        return _round_speaker(rng, style)
    w, h, d = between(rng, 14, 22), between(rng, 22, 36), between(rng, 14, 20)
    if style == "bar":
        w, h, d = between(rng, 30, 50), between(rng, 7, 10), between(rng, 7, 10)
    radius = one_of(rng, between(rng, 0, 3), min(w, h) / 2.2)
    outline = one_of(rng, rounded_rectangle(w, h, radius), superellipse(w, h, 4))
    parts = [moved(facing(slab(outline, d, one_of(rng, 0.0, 0.8))), y=d / 2, z=h / 2)]
    front = -d / 2
    if style == "bar":
        spots = [(x, h / 2, h * 0.33) for x in (-w * 0.36, w * 0.36)]
        parts.append(moved(facing(soft_box(w * 0.3, h * 0.4, 0.3, 0.4)), y=front, z=h / 2))
    else:
        n = count(rng, 1, 3)
        share = [0.42, 0.26, 0.2][:n]
        tops = np.cumsum([0.06, *[2 * s * w / h + 0.03 for s in share[:-1]]])
        spots = [(0.0, h * float(t) + s * w, s * w) for t, s in zip(tops, share, strict=True)]
    for x, z, r in spots:
        if z + r > h * 0.99:
            continue
        cone = lathe([(r, 0), (r, 0.5), (r * 0.88, 0.7), (r * 0.8, 0.35), (r * 0.35, 0.1),
                      (r * 0.3, 0.45), (0, 0.6)], n=44)  # fmt: skip
        parts.append(moved(facing(cone), x=x, y=front + 0.02, z=z))
        if chance(rng, 0.4):
            bolt = facing(moved(cylinder(0.6, 0.75, 10), x=r * 0.94))
            parts += [moved(turned(bolt, "y", 45 + 90 * k), x=x, y=front, z=z) for k in range(4)]
    if chance(rng, 0.5):
        parts = [moved(p, z=1.4) for p in parts]
        foot = cylinder(2.2, 1.4, 18)
        parts += [
            moved(foot, x=x, y=y) for x in (-w * 0.38, w * 0.38) for y in (-d * 0.35, d * 0.35)
        ]
    return assembly(parts)


def _round_speaker(rng: np.random.Generator, style: str) -> Mesh:
    r = between(rng, 4, 7)
    if style == "ball":
        return _ball_speaker(rng, r)
    h = between(rng, 2, 4) * r
    body = lathe(
        filleted([(r * 0.9, 0), (r, 0), (r, h), (0, h)], between(rng, 0.5, 1.6), n=6), n=56
    )
    parts = [body]
    lines = np.linspace(h * 0.15, h * 0.8, count(rng, 4, 9))
    for z in lines:
        band = [(r - 0.1, z), (r + 0.12, z + 0.05), (r + 0.12, z + 0.35), (r - 0.1, z + 0.4)]
        parts.append(lathe(band, n=56, closed=True))
    n = count(rng, 3, 4)
    keys = around(moved(cylinder(r * 0.26, 0.2, 20), x=r * 0.5), n)
    parts += [moved(p, z=h) for p in keys]
    bow = [(r, 0, h * 0.85), (r + 2.4, 0, h * 0.7), (r + 2.2, 0, h * 0.4), (r, 0, h * 0.3)]
    strap = tube(smooth(bow, 6), 1.0, section=rounded_rectangle(1.4, 0.3, 0.1))
    return assembly(parts, [strap] if chance(rng, 0.5) else [])


def _ball_speaker(rng: np.random.Generator, r: float) -> Mesh:
    mouth = r * between(rng, 0.35, 0.78)
    at = float(np.sqrt(r**2 - mouth**2))
    cone = [(mouth, 0), (mouth * 1.04, 0.5), (mouth * 0.85, 0.8), (mouth * 0.4, 0.2), (0, 0.8)]
    parts = [scaled(ball(2 * r, 44), z=between(rng, 0.85, 1.15))]
    middle = float(parts[0].vertices[:, 2].max()) / 2
    parts.append(moved(facing(lathe(cone, n=44)), y=-at, z=middle))
    style = one_of(rng, "ring", "legs", "block", "none")
    if style == "ring":
        parts.append(lathe([(r * 0.7, -0.6), (r * 0.75, 0), (r * 0.55, 0.5), (0, 0.5)], n=40))
    elif style == "legs":
        leg = tube([(r * 0.5, 0, r * 0.2), (r * 0.85, 0, -r * 0.7)], 0.35, n=12)
        parts += around(leg, count(rng, 3, 4), 90)
    elif style == "block":
        parts.append(moved(soft_box(r * 1.3, r * 1.3, r * 0.5, 0.8, 0.3), z=-r * 0.35))
    if chance(rng, 0.6):
        keys = around(moved(cylinder(r * 0.2, 0.3, 18), x=r * 0.28), count(rng, 2, 5))
        parts += [moved(key, z=2 * middle * 0.97) for key in keys]
    return assembly(parts)


def build_headphones(rng: np.random.Generator) -> Mesh:
    """Headphones: band single or double, yokes, cups round, oval or angular, cushions."""
    half, rise = between(rng, 7, 8.5), between(rng, 9, 11)
    angle = np.linspace(0, np.pi, 25)
    bow = np.stack([np.cos(angle) * half, 0 * angle, np.sin(angle) * rise + 7], axis=1)
    band = tube(
        bow, 1.0, section=superellipse(between(rng, 0.7, 1.2), between(rng, 1.8, 3), 2.6, 14)
    )
    parts = [band]
    if chance(rng, 0.5):
        pad = bow[6:19] * [0.96, 1, 1] - [0, 0, 0.9]
        parts.append(tube(pad, 1.0, section=superellipse(1.2, 2.8, 2.6, 14)))
    cup = one_of(rng, ellipse(7.4, n=44), superellipse(6.2, 8.4, 2.4), polygon(8, 3.9, 22.5),
                 rounded_rectangle(6, 8, 2.4))  # fmt: skip
    shell = slab(cup, 2.4, between(rng, 0.4, 1.0))
    cap = moved(slab(cup * between(rng, 0.5, 0.75), 0.5, 0.2), z=2.35)
    cushion = moved(slab(cup * 0.96, 1.8, 0.8), z=-1.75)
    for part in (shell, cap, cushion):
        on_side = turned(turned(part, "z", 90), "y", 90)
        parts += on_both_sides(moved(on_side, x=half + 0.2, z=4))
    arm = tube(
        [(half, 0, 7.5), (half + 1.0, 0, 3.6)], 1.0, section=rounded_rectangle(0.7, 1.6, 0.2)
    )
    parts += on_both_sides(arm)
    if chance(rng, 0.3):
        boom = smooth([(-half - 1, -1, 2.4), (-half - 1.4, -5, 0.4), (-half + 1, -9, -1.5)], 6)
        x, y, z = boom[-1]
        parts += [tube(boom, 0.3, n=10), moved(ball(1.3, 16), x, y, z - 0.6)]
    return assembly(parts)


def build_earphone_case(rng: np.random.Generator) -> Mesh:
    """Earphone case: pebble, block or disc with a raised lid and two buds."""
    w, d, h = between(rng, 5, 6.5), between(rng, 2.4, 4.5), between(rng, 2.6, 3.6)
    outline = one_of(rng, superellipse(w, d, 2.6), rounded_rectangle(w, d, d / 2.2),
                     ellipse(w, w * 0.9, 52))  # fmt: skip
    depth = float(outline[:, 1].max())
    base = slab(outline, h * 0.6, 0.4)
    deck = moved(prism(outline * 0.88, 0.08), z=h * 0.6 - 0.02)
    lid = moved(slab(outline, h * 0.4, 0.38), y=-depth)
    angle = between(rng, 60, 100)
    raised = moved(turned(lid, "x", -angle), y=depth, z=h * 0.6)
    bud = lathe(smooth([(0.3, 0), (0.62, 0.3), (0.5, 0.8), (0, 1.0)], 5), n=24)
    buds = [moved(bud, x=s * w * 0.2, z=h * 0.6) for s in (-1, 1)]
    lamp = moved(facing(cylinder(0.25, 0.15, 14)), y=float(outline[:, 1].min()) + 0.05, z=h * 0.3)
    return assembly([base, deck, raised, lamp], buds)


def build_mouse(rng: np.random.Generator) -> Mesh:
    """Computer mouse: plan outline, crown, button split, wheel, side keys."""
    w, d, h = between(rng, 5.8, 7), between(rng, 9.5, 12), between(rng, 2.6, 4)
    outline = superellipse(w, d, between(rng, 2.2, 3.4), 52)
    waist, taper = one_of(rng, 0.0, between(rng, 0.06, 0.12)), between(rng, 0.02, 0.07)
    along = outline[:, 1] / d
    outline = outline * np.c_[1 - waist * np.cos(along * 2 * np.pi) + taper * along, np.ones(52)]
    body = pillow(outline, h * 0.55, h * 0.2, h * 0.45)
    parts = [body]
    crown = h * 1.0
    wheel = moved(turned(cylinder(2.0, 0.7, 30), "y", 90), x=-0.35, y=-d * 0.26, z=crown * 0.72)
    parts.append(wheel)
    if chance(rng, 0.7):
        groove = moved(box(0.12, d * 0.34, 0.8), y=-d * 0.33, z=crown * 0.62)
        parts.append(groove)
    if chance(rng, 0.5):
        for k in range(2):
            key = soft_box(0.5, d * 0.13, 0.5, 0.15)
            parts.append(moved(key, x=-w * 0.46, y=-d * 0.12 + k * d * 0.16, z=h * 0.36))
    if chance(rng, 0.4):
        parts.append(moved(slab(ellipse(0.9, 1.4), 0.2, 0.05), y=0.2, z=crown - 0.12))
    cord = smooth(
        [(0, -d / 2 + 0.2, 0.8), (0, -d * 0.7, 0.7), (1, -d * 0.9, 0.4), (0.4, -d * 1.2, 0.4)], 6
    )
    return assembly(parts, [tube(cord, 0.25, n=10)] if chance(rng, 0.5) else [])


def build_remote(rng: np.random.Generator) -> Mesh:
    """Remote control lying along y: body outline, button field, pad or wheel, screen."""
    w, d, h = between(rng, 3.6, 5.4), between(rng, 12, 20), between(rng, 1.2, 2.2)
    outline = one_of(rng, rounded_rectangle(w, d, between(rng, 0.2, 2)), superellipse(w, d, 4))
    parts = [slab(outline, h, between(rng, 0.1, 0.5))]
    key = one_of(rng, slab(ellipse(0.75, n=20), 0.25, 0.08), soft_box(0.8, 0.5, 0.25, 0.12),
                 soft_box(0.7, 0.7, 0.25, 0.1))  # fmt: skip
    columns, rows = count(rng, 2, 3), count(rng, 2, 5)
    for row in range(rows):
        for column in range(columns):
            x = (column - (columns - 1) / 2) * w * 0.27
            parts.append(moved(key, x=x, y=-d * 0.38 + row * 1.1, z=h - 0.01))
    if chance(rng, 0.7):
        pad = one_of(rng, ellipse(w * 0.62, n=40), rounded_rectangle(w * 0.6, w * 0.6, 0.5))
        parts += [moved(slab(pad, 0.25, 0.08), y=d * 0.22, z=h - 0.01),
                  moved(slab(pad * 0.4, 0.15, 0.05), y=d * 0.22, z=h + 0.22)]  # fmt: skip
    else:
        parts.append(moved(soft_box(w * 0.75, d * 0.2, 0.12, 0.2), y=d * 0.3, z=h - 0.01))
    parts.append(moved(slab(ellipse(0.8, n=24), 0.25, 0.08), x=-w * 0.28, y=d * 0.43, z=h - 0.01))
    return assembly(parts)
