"""Plugs, loudspeakers, cameras, clocks and office things (Locarno 10, 13, 14, 16, 19)."""

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
    superellipse,
)
from samples.solids import (
    around,
    assembly,
    ball,
    box,
    cylinder,
    hoop,
    lathe,
    loft,
    moved,
    on_both_sides,
    pillow,
    prism,
    scaled,
    slab,
    soft_box,
    tube,
    turned,
    upright_plate,
)


def facing(mesh: Mesh) -> Mesh:
    """Turn a solid that rises from z = 0 so that it rises towards the viewer of the front view."""
    return turned(mesh, "x", 90)


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
    rings = [(1.0, 0), (1.0, h * 0.25), ((1 + taper) / 2, h * 0.6), (taper, h * 0.9), (taper * 0.8, h)]
    body = scaled(loft([np.c_[outline * s, np.full(len(outline), z)] for s, z in rings]), z=1)
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
        body = facing(slab(rounded_rectangle(w, h, between(rng, 0.2, 1.2)), d, between(rng, 0.1, 0.5)))
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
    ring = moved(lathe([(w * 0.3, -0.05), (w * 0.3, 0.08), (w * 0.27, 0.08), (w * 0.27, -0.05)], n=48,
                       closed=True), z=top)  # fmt: skip
    if style == "pad":
        port = moved(facing(prism(rounded_rectangle(0.9, 0.3, 0.14), 0.15)), y=-w / 2, z=top / 2)
        cross = [moved(box(w * 0.2, 0.4, 0.06), z=top), moved(box(0.4, w * 0.2, 0.06), z=top)]
        return assembly([pad, ring, port, *(cross if chance(rng, 0.5) else [])])
    lean = between(rng, 55, 70)
    rise = [moved(turned(p, "x", lean), z=w * 0.5 * np.sin(np.radians(lean)) + 1) for p in (pad, ring)]
    foot = slab(rounded_rectangle(w * 0.8, w * 0.7, 1.2), 1.0, 0.3)
    ledge = moved(soft_box(w * 0.7, 1.6, 0.9, 0.4, 0.2), y=-w * 0.3, z=1.0)
    prop = tube([(0, w * 0.3, 0.8), (0, 0.6, w * 0.5)], 1.0, section=rounded_rectangle(w * 0.4, 0.8, 0.2))
    return assembly([*rise, foot, ledge, prop])


def build_loudspeaker(rng: np.random.Generator) -> Mesh:
    """Loudspeaker: cabinet, cylinder or ball; drivers, grille, controls, feet or strap."""
    style = one_of(rng, "cabinet", "cabinet", "cylinder", "ball", "bar")
    if style in ("cylinder", "ball"):
        return _round_speaker(rng, style)
    w, h, d = between(rng, 14, 22), between(rng, 22, 36), between(rng, 14, 20)
    if style == "bar":
        w, h, d = between(rng, 30, 50), between(rng, 7, 10), between(rng, 7, 10)
    outline = one_of(rng, rounded_rectangle(w, h, between(rng, 0, 3)), rounded_rectangle(w, h, min(w, h) / 2.2),
                     superellipse(w, h, 4))  # fmt: skip
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
        parts += [moved(foot, x=x, y=y) for x in (-w * 0.38, w * 0.38) for y in (-d * 0.35, d * 0.35)]
    return assembly(parts)


def _round_speaker(rng: np.random.Generator, style: str) -> Mesh:
    r = between(rng, 4, 7)
    if style == "ball":
        body = ball(2 * r, 44)
        front = [moved(facing(lathe([(r * 0.6, 0), (r * 0.62, 0.6), (r * 0.5, 0.8), (r * 0.2, 0.3),
                                     (0, 0.9)], n=44)), y=-r * 0.72, z=r)]  # fmt: skip
        foot = lathe([(r * 0.7, -0.6), (r * 0.75, 0), (r * 0.55, 0.5), (0, 0.5)], n=40)
        return assembly([body, *front, foot])
    h = between(rng, 2, 4) * r
    body = lathe(filleted([(r * 0.9, 0), (r, 0), (r, h), (0, h)], between(rng, 0.5, 1.6), n=6), n=56)
    parts = [body]
    lines = np.linspace(h * 0.15, h * 0.8, count(rng, 4, 9))
    for z in lines:
        band = [(r - 0.1, z), (r + 0.12, z + 0.05), (r + 0.12, z + 0.35), (r - 0.1, z + 0.4)]
        parts.append(lathe(band, n=56, closed=True))
    n = count(rng, 3, 4)
    keys = around(moved(cylinder(r * 0.26, 0.2, 20), x=r * 0.5), n)
    parts += [moved(p, z=h) for p in keys]
    strap = tube(smooth([(r, 0, h * 0.85), (r + 2.4, 0, h * 0.7), (r + 2.2, 0, h * 0.4), (r, 0, h * 0.3)], 6),
                 1.0, section=rounded_rectangle(1.4, 0.3, 0.1))  # fmt: skip
    return assembly(parts, [strap] if chance(rng, 0.5) else [])


def build_headphones(rng: np.random.Generator) -> Mesh:
    """Headphones: band single or double, yokes, cups round, oval or angular, cushions."""
    half, rise = between(rng, 7, 8.5), between(rng, 9, 11)
    angle = np.linspace(0, np.pi, 25)
    bow = np.stack([np.cos(angle) * half, 0 * angle, np.sin(angle) * rise + 7], axis=1)
    band = tube(bow, 1.0, section=superellipse(between(rng, 0.7, 1.2), between(rng, 1.8, 3), 2.6, 14))
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
    arm = tube([(half, 0, 7.5), (half + 1.0, 0, 3.6)], 1.0, section=rounded_rectangle(0.7, 1.6, 0.2))
    parts += on_both_sides(arm)
    if chance(rng, 0.3):
        boom = smooth([(-half - 1, -1, 2.4), (-half - 1.4, -5, 0.4), (-half + 1, -9, -1.5)], 6)
        parts += [tube(boom, 0.3, n=10), moved(ball(1.3, 16), *boom[-1][:2], z=float(boom[-1][2]) - 0.6)]
    return assembly(parts)


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
        plate = moved(turned(slab(rounded_rectangle(w * 0.8, 6, 1), 0.6, 0.15), "x", 68), y=0.7, z=9)
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
        hump = prism(np.array([(-w * 0.2, -d / 2), (w * 0.2, -d / 2), (w * 0.15, d / 2), (-w * 0.15, d / 2)]),
                     h * 0.28, taper=between(rng, 0.6, 0.9))  # fmt: skip
        parts.append(moved(hump, x=x, z=h - 0.02))
        parts.append(moved(soft_box(w * 0.14, 0.6, h * 0.14, 0.1), x=x, y=d / 2, z=h + 0.2))
    else:
        finder = facing(soft_box(w * 0.14, h * 0.14, 0.3, 0.1))
        parts.append(moved(finder, x=w * 0.3, y=-d / 2, z=h * 0.82))
    if chance(rng, 0.6):
        grip = moved(slab(rounded_rectangle(w * 0.2, d * 0.7, 0.8), h * 0.92, 0.4), x=-w * 0.4, y=-d * 0.35)
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


def build_clock(rng: np.random.Generator) -> Mesh:
    """Clock: wall, mantel or alarm case, markers, hands, bells or feet."""
    r, d = between(rng, 9, 15), between(rng, 2.5, 4.5)
    outline = one_of(rng, ellipse(2 * r, n=64), rounded_rectangle(2 * r, 2 * r, between(rng, 0, 5)),
                     polygon(8, r * 1.06, 22.5), polygon(6, r * 1.1), superellipse(2 * r, 2 * r, 3))  # fmt: skip
    case = facing(slab(outline, d, between(rng, 0, 0.8)))
    rim = facing(prism(outline * 0.93, 0.4))
    parts = [case, moved(rim, y=-d + 0.01)]
    face_y = -d - 0.38
    n = one_of(rng, 4, 12, 12)
    style = one_of(rng, "bars", "dots", "wedges")
    for k in range(n):
        mark = {
            "bars": box(r * 0.04, r * 0.16, 0.3), "dots": cylinder(r * 0.09, 0.3, 14),
            "wedges": prism(np.array([(-r * 0.05, r * 0.08), (0, -r * 0.1), (r * 0.05, r * 0.08)]), 0.3),
        }[style]  # fmt: skip
        size = 1.0 if k % 3 == 0 or style != "bars" else 0.7
        parts.append(moved(turned(facing(moved(scaled(mark, size, size), y=r * 0.74)), "y", 360 * k / n),
                           y=face_y))  # fmt: skip
    hour, minute = between(rng, 0, 360), between(rng, 0, 360)
    for reach, angle, width in ((0.42, hour, 0.07), (0.64, minute, 0.05)):
        tip = one_of(rng, 0.3, 1.0)
        hand = np.array([(-width, -0.08), (width, -0.08), (width * tip, reach), (-width * tip, reach)]) * r
        parts.append(moved(turned(facing(prism(hand, 0.2)), "y", angle), y=face_y - 0.3))
    parts.append(moved(facing(cylinder(r * 0.12, 0.6, 22)), y=face_y - 0.1))
    low = float(outline[:, 1].min())
    kind = one_of(rng, "wall", "wall", "alarm", "mantel", "pendulum")
    if kind == "alarm":
        bell = lathe(smooth([(r * 0.36, 0), (r * 0.33, r * 0.16), (r * 0.16, r * 0.28), (0, r * 0.3)], 5))
        for s in (-1, 1):
            parts.append(moved(turned(moved(bell, z=r * 0.98), "y", s * 32), y=-d / 2))
            leg = turned(moved(cylinder(r * 0.1, r * 0.3, 16), z=r * 0.95), "y", 180 - s * 30)
            parts.append(moved(leg, y=-d / 2))
    elif kind == "mantel":
        parts.append(moved(soft_box(r * 2.3, d * 1.6, r * 0.2, 0.3, 0.2), y=-d / 2, z=low - r * 0.2 + 0.1))
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
        parts.append(moved(facing(prism(rounded_rectangle(r * 0.8, r * 0.5, 0.1), 0.05)), y=-t - 0.17))
    crown = moved(turned(cylinder(0.6, 0.4, 20), "y", 90), x=float(case[:, 0].max()) - 0.02, y=-t / 2)
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


def build_mouse(rng: np.random.Generator) -> Mesh:
    """Computer mouse: plan outline, crown, button split, wheel, side keys."""
    w, d, h = between(rng, 5.8, 7), between(rng, 9.5, 12), between(rng, 2.6, 4)
    outline = superellipse(w, d, between(rng, 2.2, 3.4), 52)
    waist = between(rng, 0, 0.12)
    outline = outline * np.c_[1 - waist * np.cos(outline[:, 1] / d * 2 * np.pi), np.ones(52)]
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
    cord = smooth([(0, -d / 2 + 0.2, 0.8), (0, -d * 0.7, 0.7), (1, -d * 0.9, 0.4), (0.4, -d * 1.2, 0.4)], 6)
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
    lifted = [moved(turned(p, "y", -lift), x=-length / 2 + 0.4, z=top + 0.35) for p in (magazine, arm)]
    hinge = [moved(turned(cylinder(1.2, w * 1.1, 22), "x", 90), x=-length / 2 + 0.7, y=w * 0.55, z=top + 0.6)]
    cheek = on_both_sides(moved(upright_plate(
        filleted([(-0.3, 0), (2.4, 0), (1.5, 2.2), (0.1, 2.2)], 0.4, closed=True), 0.25),
        x=-length / 2, y=w * 0.52, z=top), "y")  # fmt: skip
    anvil = moved(soft_box(1.8, w * 0.6, 0.15, 0.2), x=length / 2 - 1.4, z=top)
    return assembly([base, *lifted, *hinge, *cheek, anvil])


def build_pen_holder(rng: np.random.Generator) -> Mesh:
    """Pen holder: cup, block with holes, stepped organiser or mesh basket."""
    style = one_of(rng, "cup", "block", "organiser", "ring")
    w, h = between(rng, 7, 10), between(rng, 8, 11)
    pen = group_pen(rng)
    if style == "cup":
        outline = one_of(rng, ellipse(w, n=48), rounded_rectangle(w, w, 0.6), polygon(6, w / 2),
                         superellipse(w, w, 3))  # fmt: skip
        taper = between(rng, 0.75, 1.0)
        rings = [(taper, 0), (1, h), (0.92, h), (taper * 0.92, 0.6)]
        parts = [loft([np.c_[outline * s, np.full(len(outline), z)] for s, z in rings])]
        if chance(rng, 0.4):
            parts.append(moved(prism(outline * 1.04, 0.8), z=0))
        pens = [moved(turned(pen, "x", 7), y=1), moved(turned(pen, "y", 9), x=-0.6)]
        return assembly(parts, [moved(p, z=0.7) for p in pens] if chance(rng, 0.5) else [])
    if style == "block":
        n = count(rng, 3, 5)
        holes = [ellipse(1.5, n=22) + [(k - (n - 1) / 2) * 2.6, y] for k in range(n) for y in (-1.4, 1.4)]
        outline = rounded_rectangle(n * 2.6 + 1.2, 6.2, between(rng, 0.1, 2))
        return assembly([prism(outline, between(rng, 3, 5), holes=holes)])
    if style == "organiser":
        tubs = []
        x = 0.0
        for level in rng.permutation([1.0, 0.72, 0.45]):
            d = between(rng, 4.5, 6.5)
            ring = rounded_rectangle(d, 7, 0.4)
            cell = prism(ring, h * float(level), holes=[rounded_rectangle(d - 0.7, 6.3, 0.3)])
            tubs += [moved(cell, x=x + d / 2), moved(prism(ring * 0.95, 0.5), x=x + d / 2)]
            x += d
        return assembly(tubs)
    base = slab(ellipse(w, n=48), 1.0, 0.3)
    ring = hoop(w * 0.85, 0.6)
    levels = [moved(ring, z=z) for z in np.linspace(h * 0.4, h, count(rng, 2, 4))]
    bars = around(moved(cylinder(0.5, h, 10), x=w * 0.425, z=0.4), count(rng, 6, 14))
    return assembly([base, *levels, *bars])


def group_pen(rng: np.random.Generator) -> Mesh:
    """A pencil standing point up."""
    n = one_of(rng, 6, 20)
    r = 0.38
    rings = [(1, 0), (1, 13), (0.12, 14.6)]
    return loft([np.c_[polygon(n, r * s), np.full(n, z)] for s, z in rings])


def build_pen(rng: np.random.Generator) -> Mesh:
    """Pen along x: barrel section, grip rings, clip, button or cap."""
    length, r = between(rng, 12, 14.5), between(rng, 0.42, 0.65)
    n = one_of(rng, 32, 32, 6, 8)
    swell = between(rng, 1.0, 1.35)
    rings = [(0.25, 0), (0.35, 0.8), (0.8, 2.0), (1.0, 3.2), (swell, length * 0.45), (1.0, length * 0.8),
             (0.9, length)]  # fmt: skip
    section = polygon(n, r)
    parts = [loft([np.c_[section * s, np.full(n, z)] for s, z in rings])]
    for k in range(count(rng, 0, 5)):
        z = 3.0 + 0.45 * k
        band = [(r * 0.9, z), (r * 1.14, z), (r * 1.14, z + 0.2), (r * 0.9, z + 0.2)]
        parts.append(lathe(band, n=28, closed=True))
    waist = [(r * 0.9, length * 0.62), (r * 1.2, length * 0.62), (r * 1.2, length * 0.62 + 0.3),
             (r * 0.9, length * 0.62 + 0.3)]  # fmt: skip
    parts.append(lathe(waist, n=28, closed=True))
    reach = between(rng, 3, 4.5)
    clip = filleted([(r * 0.6, 0, length - 0.3), (r * 1.9, 0, length - 0.3), (r * 1.9, 0, length - reach),
                     (r * 1.25, 0, length - reach - 0.3)], 0.3)  # fmt: skip
    parts.append(tube(clip, 1.0, section=one_of(rng, rounded_rectangle(0.45, 0.16, 0.03), ellipse(0.3, n=12))))
    button = one_of(rng, cylinder(r * 1.0, 0.9, 18), ball(r * 1.8, 18), lathe([(r * 0.9, 0), (r, 0.2)], n=24))
    parts.append(moved(button, z=length - (0.3 if n > 8 else 0.05)))
    nib = moved(lathe([(0.05, -0.5), (r * 0.25, 0.02)], n=16), z=0)
    return assembly([moved(turned(p, "y", 90), z=r) for p in [*parts, nib]])


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


def build_spectacles(rng: np.random.Generator) -> Mesh:
    """Spectacles: rim outline, bridge, end pieces, temples folded back."""
    w, h = between(rng, 4.6, 5.6), between(rng, 3.2, 5)
    rim = one_of(rng, ellipse(w, h, 44), rounded_rectangle(w, h, 1.2, 7), superellipse(w, h, 2.8),
                 polygon(6, w / 2) * [1, h / w], ellipse(w, n=44),
                 filleted([(-w * 0.42, h * 0.45), (-w * 0.5, -h * 0.1), (-w * 0.15, -h / 2),
                           (w * 0.3, -h / 2), (w * 0.5, h * 0.45)], 1.2, n=6, closed=True))  # fmt: skip
    gauge = between(rng, 0.14, 0.36)
    gap = between(rng, 1.6, 2.2)
    centre = gap / 2 + float(np.abs(rim[:, 0]).max())
    path = np.stack([rim[:, 0] + centre, 0 * rim[:, 0], rim[:, 1]], axis=1)
    frame = tube(path, 1.0, section=rounded_rectangle(gauge * 2, gauge * 2.4, gauge * 0.3), closed=True)
    parts = on_both_sides(frame)
    lens = moved(upright_plate(rim * 0.98, 0.12), x=centre)
    parts += on_both_sides(lens)
    lift = h * between(rng, 0.1, 0.35)
    inner = gap / 2 + gauge
    bridge = smooth([(-inner, 0, lift), (0, -0.2, lift + between(rng, 0.0, 0.8)), (inner, 0, lift)], 5)
    parts.append(tube(bridge, gauge * 0.9, n=10))
    outer = centre + float(rim[:, 0].max())
    z = h * 0.25
    temple = smooth([(outer - 0.2, 0, z), (outer + 0.35, 0.3, z), (outer + 0.4, 5, z), (outer + 0.2, 10, z),
                     (outer - 0.1, 14, z - 2.6)], 6)  # fmt: skip
    thickness = rounded_rectangle(0.3, between(rng, 0.35, 1.0), 0.08)
    return assembly(parts, on_both_sides(tube(temple, 1.0, section=thickness)))


def build_earbud_case(rng: np.random.Generator) -> Mesh:
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

