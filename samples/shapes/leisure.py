"""Toys, sports goods, instruments, wheels and tents (Locarno 12, 17, 21)."""

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
from samples.shapes.electronics import facing
from samples.solids import (
    around,
    assembly,
    ball,
    box,
    cylinder,
    group,
    hoop,
    lathe,
    loft,
    moved,
    on_both_sides,
    prism,
    scaled,
    slab,
    soft_box,
    tube,
    turned,
    upright_plate,
)


def build_wheel(rng: np.random.Generator) -> Mesh:
    """Vehicle wheel facing the viewer: rim, spokes straight, forked, curved or mesh, hub, tyre."""
    r, d = between(rng, 18, 24), between(rng, 8, 14)
    rim = facing(lathe([(r * 0.86, 0), (r, 0), (r, d), (r * 0.95, d + 0.6), (r * 0.86, d)], n=64,
                       closed=True))  # fmt: skip
    hub_r = r * between(rng, 0.16, 0.26)
    hub = facing(moved(cylinder(hub_r * 2, d * 0.75, 36), z=d * 0.1))
    cap = facing(moved(slab(one_of(rng, ellipse(hub_r, n=28), polygon(6, hub_r * 0.5)), 0.8, 0.2), z=d * 0.85))
    style = one_of(rng, "straight", "forked", "curved", "disc", "mesh")
    n = count(rng, 5, 10)
    z = d * between(rng, 0.45, 0.7)
    thick = d * 0.25
    parts = [rim, hub, cap]
    w = r * 0.9 * np.pi / n * between(rng, 0.3, 0.55)
    if style == "disc":
        holes = [ellipse(r * 0.9 / n * 1.7, n=20) + p for p in polygon(n, r * 0.62)]
        parts.append(facing(moved(prism(ellipse(r * 1.74, n=64), thick, holes=holes), z=z)))
    else:
        spoke = {
            "straight": [(hub_r * 0.8, -w * 0.5), (r * 0.88, -w * 0.8), (r * 0.88, w * 0.8),
                         (hub_r * 0.8, w * 0.5)],
            "curved": [(hub_r * 0.8, -w * 0.4), *smooth([(r * 0.5, w * 0.3), (r * 0.88, w * 1.6)], 4),
                       *smooth([(r * 0.88, w * 2.6), (r * 0.5, w * 1.2)], 4), (hub_r * 0.8, w * 0.5)],
            "forked": [(hub_r * 0.8, -w * 0.4), (r * 0.5, -w * 0.45), (r * 0.88, -w * 1.3),
                       (r * 0.88, -w * 0.8), (r * 0.56, 0), (r * 0.88, w * 0.8), (r * 0.88, w * 1.3),
                       (r * 0.5, w * 0.45), (hub_r * 0.8, w * 0.4)],
            "mesh": [(hub_r * 0.8, -w * 0.25), (r * 0.88, w * 0.95), (r * 0.88, w * 1.35),
                     (hub_r * 0.8, w * 0.25)],
        }[style]  # fmt: skip
        blade = moved(prism(np.asarray(spoke, dtype=np.float64), thick), z=z)
        parts += [facing(p) for p in around(blade, n, 90)]
        if style == "mesh":
            parts += [facing(p) for p in around(scaled(blade, y=-1), n, 90)]
    nut = moved(prism(polygon(6, hub_r * 0.13), 0.7), x=hub_r * 0.72, z=d * 0.85)
    parts += [facing(p) for p in around(nut, 5, 90)]
    tread = lathe(filleted([(r * 1.0, 0.3), (r * 1.28, 0), (r * 1.28, d), (r * 1.0, d - 0.3)], 1.6, n=5),
                  n=64, closed=True)  # fmt: skip
    return assembly(parts, [facing(tread)] if chance(rng, 0.7) else [])


def build_skateboard(rng: np.random.Generator) -> Mesh:
    """Skateboard along x: deck outline, kicks, concave, trucks, wheels."""
    length, w = between(rng, 62, 100), between(rng, 18, 24)
    outline = one_of(
        rng, rounded_rectangle(length, w, w / 2 - 0.5, 9), superellipse(length, w, 3, 56),
        filleted([(-length / 2, -w * 0.2), (-length * 0.3, -w / 2), (length * 0.25, -w * 0.45),
                  (length / 2, 0), (length * 0.25, w * 0.45), (-length * 0.3, w / 2),
                  (-length / 2, w * 0.2)], w * 0.4, n=6, closed=True),
        filleted([(-length / 2, -w * 0.4), (0, -w * 0.32), (length / 2, -w * 0.42),
                  (length / 2, w * 0.42), (0, w * 0.32), (-length / 2, w * 0.4)], w * 0.3, n=6, closed=True),
    )  # fmt: skip
    deck_t = between(rng, 1.0, 1.6)
    kick = between(rng, 0, 8) if chance(rng, 0.7) else 0.0
    x = np.linspace(-length / 2, length / 2, 25)
    rise = kick * np.clip((np.abs(x) - length * 0.32) / (length * 0.18), 0, 1) ** 1.4
    half = _half_widths(outline, x)
    rings = []
    for xi, up, hw in zip(x, rise, half, strict=True):
        ring = rounded_rectangle(2 * max(hw, 0.6), deck_t, 0.2, 3)
        rings.append(np.c_[np.full(len(ring), xi), ring[:, 0], ring[:, 1] + 9 + up])
    deck = loft(rings)
    parts = [deck]
    wheel_r, wheel_w = between(rng, 2.4, 3.6), between(rng, 3, 4.5)
    wheel = turned(lathe([(0.6, -wheel_w / 2), (wheel_r * 0.85, -wheel_w / 2), (wheel_r, -wheel_w * 0.3),
                          (wheel_r, wheel_w * 0.3), (wheel_r * 0.85, wheel_w / 2), (0.6, wheel_w / 2)],
                         n=32, closed=True), "x", 90)  # fmt: skip
    for side in (-1, 1):
        at = side * length * 0.32
        parts.append(moved(soft_box(8, 5.5, 0.8, 0.5), x=at, z=7.5))
        hanger = loft([np.c_[np.array([-1, 1, 1, -1]) * s, np.array([-1, -1, 1, 1]) * s * 1.6, [z] * 4]
                       for s, z in [(1.0, wheel_r), (1.6, 7.5)]])  # fmt: skip
        parts.append(moved(hanger, x=at))
        parts.append(moved(turned(cylinder(1.3, w * 0.86, 16), "x", 90), x=at, y=w * 0.43, z=wheel_r))
        parts += [moved(wheel, x=at, y=y, z=wheel_r) for y in (-w * 0.36, w * 0.36)]
        bolts = [(at + dx, dy) for dx in (-2.6, 2.6) for dy in (-1.7, 1.7)]
        parts += [moved(cylinder(0.8, 0.2, 12), x=bx, y=by, z=9 + deck_t / 2 - 0.02) for bx, by in bolts]
    return assembly(parts)


def _half_widths(outline: Points, x: Points) -> Points:
    """Half the width of a closed outline at places along x."""
    upper = outline[outline[:, 1] >= -1e-9]
    upper = upper[np.argsort(upper[:, 0], kind="stable")]
    return np.interp(x, upper[:, 0], upper[:, 1])


def build_dumbbell(rng: np.random.Generator) -> Mesh:
    """Dumbbell along x: heads round, hexagonal, stacked plates or balls; grip waist, kettlebell."""
    if chance(rng, 0.25):
        return _kettlebell(rng)
    r, head_l, grip_l = between(rng, 5, 8), between(rng, 6, 10), between(rng, 12, 15)
    style = one_of(rng, "hex", "round", "plates", "ball", "octagon")
    grip = lathe(smooth([(1.4, 0), (1.75, grip_l * 0.3), (1.8, grip_l / 2), (1.75, grip_l * 0.7),
                         (1.4, grip_l)], 4), n=28)  # fmt: skip
    parts = [moved(turned(grip, "y", 90), x=-grip_l / 2)]
    if style in ("hex", "octagon"):
        n = 6 if style == "hex" else 8
        ring = polygon(n, r, 180 / n if n == 6 else 22.5)
        head = loft([np.c_[ring * s, np.full(n, z)]
                     for s, z in [(0.8, 0), (1, 0.9), (1, head_l - 0.9), (0.8, head_l)]])  # fmt: skip
    elif style == "round":
        head = lathe(filleted([(r * 0.5, 0), (r, 0.4), (r, head_l), (r * 0.6, head_l), (0, head_l - 0.5)],
                              between(rng, 0.4, 1.6)), n=48)  # fmt: skip
    elif style == "ball":
        head = ball(2 * r * 0.85, 36)
    else:
        n, z, rings = count(rng, 2, 4), 0.0, []
        for k in range(n):
            thick, size = head_l / n * 0.85, r * (1 - 0.13 * k)
            rings.append(moved(slab(ellipse(2 * size, n=44), thick, 0.3), z=z))
            z += thick + 0.15
        rings += [cylinder(2.4, z + 1.6, 20), moved(star_nut(), z=z)]
        head = group(rings)
    head = moved(turned(head, "y", 90), x=grip_l / 2 - 0.1)
    parts += on_both_sides(head)
    if style in ("round", "hex", "octagon") and chance(rng, 0.5):
        badge = moved(turned(slab(ellipse(r * 1.1, n=36), 0.3, 0.1), "y", 90), x=grip_l / 2 + head_l - 0.15)
        parts += on_both_sides(badge)
    low = -min(float(p.vertices[:, 2].min()) for p in parts)
    return assembly([moved(p, z=low) for p in parts])


def star_nut() -> Mesh:
    """A six-lobed spin-lock nut rising from z = 0."""
    return prism(star(6, 2.4, 1.7), 1.0)


def _kettlebell(rng: np.random.Generator) -> Mesh:
    r = between(rng, 8, 11)
    body = lathe(smooth([(r * 0.6, 0), (r, r * 0.75), (r * 0.75, r * 1.45), (0, r * 1.75)], 7), n=48)
    x, top = r * between(rng, 0.55, 0.75), r * between(rng, 2.2, 2.6)
    bow = smooth([(-x * 0.9, 0, r * 1.1), (-x * 1.15, 0, r * 1.75), (-x * 0.7, 0, top), (x * 0.7, 0, top),
                  (x * 1.15, 0, r * 1.75), (x * 0.9, 0, r * 1.1)], 6)  # fmt: skip
    face = moved(facing(slab(ellipse(r * 0.9, n=36), 0.5, 0.15)), y=-r * 0.9, z=r * 0.85)
    return assembly([body, tube(bow, between(rng, 1.3, 1.8), n=16), face])


def build_toy_block(rng: np.random.Generator) -> Mesh:
    """Building block: studs on a box, slope, cylinder or corner; open below."""
    pitch, nx, ny = 0.8, count(rng, 1, 5), count(rng, 1, 3)
    h = one_of(rng, 0.32, 0.96, 0.96)
    w, d = nx * pitch, ny * pitch
    stud = one_of(rng, cylinder(0.48, 0.2, 24), prism(rounded_rectangle(0.45, 0.45, 0.05), 0.2),
                  prism(polygon(6, 0.27), 0.2))  # fmt: skip
    style = one_of(rng, "brick", "brick", "slope", "arch", "round")
    parts: list[Mesh] = []
    free = np.ones((nx, ny), dtype=bool)
    if style == "slope" and ny > 1:
        outline = np.array([(-d / 2, 0), (d / 2, 0), (d / 2, h), (d / 2 - pitch, h), (-d / 2, 0.12)])
        parts.append(turned(upright_plate(outline * [1, 1], w), "z", 90))
        free[:, :-1] = False
    elif style == "arch" and nx > 2:
        half = w / 2 - 0.4
        bow = arc(1, 180, 0, 17) * [half, h * 0.7]
        outline = np.concatenate([[(-w / 2, 0)], bow, [(w / 2, 0), (w / 2, h), (-w / 2, h)]])
        parts.append(upright_plate(outline, d))
    elif style == "round":
        nx = ny = 2
        w = d = 2 * pitch
        free = np.ones((2, 2), dtype=bool)
        parts.append(cylinder(w, h, 44))
    else:
        wall = prism(rounded_rectangle(w, d, 0.02, 2), h - 0.12,
                     holes=[rounded_rectangle(w - 0.24, d - 0.24, 0)])  # fmt: skip
        parts += [wall, moved(box(w, d, 0.12), z=h - 0.12)]
        if nx > 1 and ny > 1:
            posts = prism(ellipse(0.64, n=24), h - 0.12, holes=[ellipse(0.48, n=20)])
            parts += [moved(posts, x=(k - (nx - 2) / 2) * pitch, y=(m - (ny - 2) / 2) * pitch)
                      for k in range(nx - 1) for m in range(ny - 1)]  # fmt: skip
    for k in range(nx):
        for m in range(ny):
            if free[k, m]:
                x, y = (k - (nx - 1) / 2) * pitch, (m - (ny - 1) / 2) * pitch
                shrink = 0.8 if style == "round" else 1.0
                parts.append(moved(stud, x=x * shrink, y=y * shrink, z=h - 0.005))
    return assembly(parts)


def build_chess_piece(rng: np.random.Generator) -> Mesh:
    """Chess piece: turned body with collars; crown, cross, mitre, tower or ball on top."""
    h, r = between(rng, 5, 10), between(rng, 1.4, 2.0)
    neck = r * between(rng, 0.3, 0.48)
    body = filleted([(r, 0), (r, 0.5), (r * 0.86, 0.8), (r * 0.9, 1.2), (neck * 1.3, h * 0.3),
                     (neck, h * 0.66), (neck * 1.7, h * 0.7), (neck * 1.7, h * 0.74),
                     (neck * 1.1, h * 0.76)], 0.15, n=4)  # fmt: skip
    style = one_of(rng, "pawn", "rook", "king", "queen", "bishop")
    z = h * 0.75
    top = r * 0.55
    if style == "pawn":
        extra = [moved(ball(top * 2.4, 28), z=z - 0.1)]
    elif style == "rook":
        crown = lathe([(neck, 0), (top * 1.2, h * 0.08), (top * 1.2, h * 0.2), (top * 0.8, h * 0.2),
                       (top * 0.8, h * 0.13), (0, h * 0.13)], n=40)  # fmt: skip
        notch = moved(box(top * 0.5, top * 0.5, h * 0.06), x=top, z=h * 0.2 - 0.01)
        extra = [moved(p, z=z) for p in [crown, *around(notch, count(rng, 4, 6))]]
    elif style == "queen":
        cup = lathe([(neck, 0), (top * 1.3, h * 0.16), (top * 1.0, h * 0.18), (0, h * 0.22)], n=40)
        beads = around(moved(ball(top * 0.45, 14), x=top * 1.1, z=h * 0.13), count(rng, 6, 9))
        extra = [moved(p, z=z) for p in [cup, *beads, moved(ball(top * 0.6, 18), z=h * 0.2)]]
    elif style == "king":
        cup = lathe([(neck, 0), (top * 1.2, h * 0.14), (top * 0.5, h * 0.2), (0, h * 0.2)], n=40)
        cross = [moved(box(0.24, 0.24, h * 0.14), z=h * 0.19), moved(box(0.8, 0.24, 0.24), z=h * 0.25)]
        extra = [moved(p, z=z) for p in [cup, *cross]]
    else:
        mitre = lathe(smooth([(neck, 0), (top * 1.15, h * 0.08), (top * 0.6, h * 0.18), (0, h * 0.24)], 6),
                      n=40)  # fmt: skip
        extra = [moved(p, z=z) for p in [mitre, moved(ball(top * 0.5, 16), z=h * 0.225)]]
    return assembly([lathe(body, n=44), *extra])


def build_tent(rng: np.random.Generator) -> Mesh:
    """Tent: ridge, dome, pyramid, tunnel or bell; door, guy lines, poles."""
    w, d, h = between(rng, 180, 260), between(rng, 200, 300), between(rng, 110, 190)
    style = one_of(rng, "ridge", "dome", "pyramid", "tunnel", "bell")
    parts: list[Mesh] = []
    if style == "ridge":
        wall = h * one_of(rng, 0.0, 0.3)
        half = w / 2
        side = [(-half, 0), (half, 0), (half * 0.95, wall + 0.1), (0, h), (-half * 0.95, wall + 0.1)]
        parts.append(upright_plate(np.array(side), d))
        door = np.array([(0, 2), (half * 0.45, 2), (0, h * 0.85)])
        parts.append(moved(upright_plate(door, 2), y=-d / 2 - 0.5))
        parts.append(moved(tube([(0, -d / 2 - 12, h), (0, d / 2 + 12, h)], 2.2, n=8), z=0.8))
    elif style == "dome":
        n = one_of(rng, 4, 6, 8)
        arcs = arc(1, 0, 88, 9) * [w / 2, h]
        parts.append(turned(lathe([*arcs, (0, h)], n=n), "z", 45 if n == 4 else 0))
        pole = np.c_[arc(1, 0, 180, 19) * [w / 2 * 1.01, h * 1.02], np.zeros(19)][:, [0, 2, 1]]
        spin = 45 if n == 4 else 0
        parts += [turned(tube(pole, 1.6, n=8), "z", spin + a) for a in np.arange(n // 2) * 360 / n]
        door = np.concatenate([[(-w * 0.14, 0), (w * 0.14, 0)], arc(1, 0, 180, 11) * [w * 0.14, h * 0.2]
                               + [0, h * 0.35]])  # fmt: skip
        porch = upright_plate(door, w * 0.16)
        parts.append(moved(porch, y=-w * (0.36 if n == 4 else 0.44)))
    elif style == "tunnel":
        bow = np.concatenate([arc(1, 0, 180, 19) * [w / 2, h * 0.7]])
        for k, (y, s) in enumerate([(-d / 2, 0.86), (0, 1.0), (d / 2, 0.8)]):
            hoop_path = np.c_[bow * s, np.full(19, y)][:, [0, 2, 1]]
            parts.append(tube(hoop_path * 1.005, 2.2, n=8))
            if k:
                ring_a = np.c_[bow * last, np.full(19, last_y)][:, [0, 2, 1]]
                parts.append(loft([ring_a[::-1], hoop_path[::-1]]))
            last, last_y = s, y
    else:
        n = 4 if style == "pyramid" else count(rng, 8, 12)
        wall = h * (0.0 if style == "pyramid" else 0.35)
        profile = [(w * 0.52, 0), (w * 0.5, wall + 0.1), (w * 0.03, h), (0, h)]
        parts.append(turned(lathe(profile, n=n), "z", 45 if n == 4 else 180 / n))
        parts.append(moved(cylinder(4, 10, 10), z=h - 2))
        lean = np.degrees(np.arctan2(w * 0.47 * (0.7 if n == 4 else 0.97), h - wall))
        door = np.array([(-w * 0.12, 0), (w * 0.12, 0), (0, (h - wall) * 0.75)])
        flap = turned(upright_plate(door, 2), "x", -lean)
        parts.append(moved(flap, y=-w * 0.5 * (0.72 if n == 4 else 0.97), z=wall))
    guys = []
    if chance(rng, 0.6):
        for x in (-1, 1):
            for y in (-1, 1):
                low = (x * w * 0.8, y * d * 0.55, 0)
                guys.append(tube([(x * w * 0.22, y * d * 0.3, h * 0.5), low], 0.8, n=6))
                guys.append(tube([low, (low[0], low[1], 8)], 1.4, n=6))
    return assembly(parts, guys)


def build_guitar(rng: np.random.Generator) -> Mesh:
    """Guitar upright, facing the viewer: body outline, neck, head, frets, bridge, tuners."""
    style = one_of(rng, "acoustic", "electric", "ukulele", "angular")
    h, w = between(rng, 42, 50), between(rng, 30, 38)
    if style in ("acoustic", "ukulele"):
        waist, upper = between(rng, 0.55, 0.7), between(rng, 0.7, 0.82)
        half = smooth([(0, 0), (w * 0.36, h * 0.03), (w / 2, h * 0.25), (w / 2 * waist, h * 0.58),
                       (w / 2 * upper, h * 0.82), (w * 0.2, h * 0.98), (0, h)], 5)[1:-1]  # fmt: skip
        d = between(rng, 8, 11)
    elif style == "electric":
        half = smooth([(0, 0), (w * 0.4, h * 0.08), (w * 0.45, h * 0.35), (w * 0.32, h * 0.6),
                       (w * 0.42, h * 0.85), (w * 0.36, h * 1.08), (w * 0.2, h * 0.88), (0, h * 0.8)], 5)[1:-1]
        d = between(rng, 3.5, 5)
    else:
        half = np.array([(w * 0.2, 0), (w * 0.5, h * 0.25), (w * 0.22, h * 0.5), (w * 0.45, h * 0.9),
                         (w * 0.15, h * 0.8)])  # fmt: skip
        d = between(rng, 3.5, 5)
    outline = np.concatenate([half, half[::-1] * [-1, 1]])
    neck_l, neck_w = between(rng, 34, 46), between(rng, 4.6, 5.8)
    top = float(np.interp(0, [0], [h if style in ("acoustic", "ukulele") else h * 0.8]))
    parts = [upright_plate(outline, d)]
    front = -d / 2
    neck = moved(box(neck_w, 2.4, neck_l + h * 0.2), y=front + 0.2, z=top - h * 0.2)
    parts.append(neck)
    for k in range(count(rng, 7, 12)):
        z = top + neck_l * (1 - 0.5 ** (k / 7.0)) * 1.2
        if z < top + neck_l - 1:
            parts.append(moved(box(neck_w, 0.3, 0.3), y=front - 1.1, z=top + neck_l - (z - top)))
    head_outline = one_of(
        rng, filleted([(-neck_w * 0.5, 0), (neck_w * 0.5, 0), (neck_w * 0.8, 4), (neck_w * 0.65, 15),
                       (-neck_w * 0.65, 15), (-neck_w * 0.8, 4)], 1.4, closed=True),
        filleted([(-neck_w * 0.5, 0), (neck_w * 0.5, 0), (neck_w * 1.1, 14), (0, 17), (-neck_w * 0.5, 15)],
                 1.5, closed=True),
    )  # fmt: skip
    head = turned(upright_plate(head_outline, 1.8), "x", -8)
    parts.append(moved(head, y=front + 0.4, z=top + neck_l))
    peg = moved(turned(cylinder(1.6, 2.4, 16), "y", 90), x=neck_w * 0.6)
    for k in range(one_of(rng, 2, 3)):
        for side in on_both_sides(peg):
            parts.append(moved(side, y=front + 0.8 + k * 0.5, z=top + neck_l + 4 + k * 4))
    if style in ("acoustic", "ukulele"):
        parts.append(moved(facing(cylinder(w * 0.28, 0.15, 44)), y=front + 0.02, z=h * 0.62))
        parts.append(moved(facing(cylinder(w * 0.22, 0.3, 40)), y=front + 0.02, z=h * 0.62))
    else:
        for k in range(count(rng, 1, 3)):
            parts.append(moved(soft_box(7, 1.4, 2.6, 0.3), y=front, z=h * (0.3 + 0.14 * k)))
        parts += [moved(facing(cylinder(1.8, 1.6, 18)), x=w * 0.26 + k * 2.2, y=front, z=h * (0.32 - 0.08 * k))
                  for k in range(2)]  # fmt: skip
    parts.append(moved(soft_box(9, 1.2, 1.8, 0.3), y=front, z=h * 0.2))
    return assembly(parts)


def build_drum(rng: np.random.Generator) -> Mesh:
    """Drum: shell cylindrical, conical or goblet, hoops, lugs and rods, legs."""
    r, h = between(rng, 12, 20), between(rng, 10, 34)
    style = one_of(rng, "snare", "conga", "goblet")
    h = h if style == "snare" else h + r * 1.2
    if style == "conga":
        shell = lathe(smooth([(r * 0.7, 0), (r * 1.05, h * 0.55), (r, h)], 9), n=48)
    elif style == "goblet":
        shell = lathe(smooth([(r * 0.8, 0), (r * 0.45, h * 0.3), (r * 0.5, h * 0.5), (r, h * 0.8), (r, h)], 6),
                      n=48)  # fmt: skip
    else:
        shell = lathe([(r, 0), (r, h)], n=56)
    band = [(r * 0.97, -0.9), (r * 1.05, -0.9), (r * 1.05, 0.9), (r * 0.97, 0.9)]
    parts = [shell, moved(lathe(band, n=56, closed=True), z=h)]
    skin = moved(cylinder(r * 1.96, 0.4, 48), z=h - 0.05)
    parts.append(skin)
    n = count(rng, 5, 10)
    if style == "snare":
        parts.append(lathe(band, n=56, closed=True))
        rod = moved(cylinder(0.7, h, 10), x=r * 1.08)
        lug = moved(soft_box(1.6, 2.2, h * 0.3, 0.4), x=r * 1.02, z=h * 0.35)
        parts += [*around(rod, n), *around(lug, n)]
    else:
        ring = between(rng, 0.5, 0.75) * h
        plate = moved(soft_box(1.0, 2.2, h - ring, 0.3), x=r * 1.04, z=ring)
        parts += around(plate, n)
    legs = around(moved(tube([(r * 1.1, 0, h * 0.5), (r * 1.35, 0, -12)], 0.8, n=12)), 3, 90)
    return assembly(parts, legs if style == "snare" and h > 18 and chance(rng, 0.6) else [])


def build_ball_toy(rng: np.random.Generator) -> Mesh:
    """Spinning top or rattle: lathed body with rings, stem, beads or handle."""
    r, h = between(rng, 2.5, 4), between(rng, 3, 5)
    body = one_of(
        rng, [(0.15, 0), (r, h * 0.55), (r, h * 0.7), (r * 0.4, h), (0.5, h)],
        smooth([(0.15, 0), (r * 0.6, h * 0.25), (r, h * 0.6), (r * 0.5, h * 0.95), (0.5, h)], 6),
        filleted([(0.2, 0), (r * 0.3, h * 0.35), (r, h * 0.45), (r * 0.95, h * 0.8), (0.6, h)], 0.4),
    )  # fmt: skip
    parts = [lathe(body, n=one_of(rng, 52, 52, 8, 12))]
    stem_h = between(rng, 1.5, 3.5)
    stem = one_of(rng, cylinder(0.8, stem_h, 20), lathe([(0.5, 0), (0.35, stem_h * 0.7), (0.7, stem_h)], n=24))
    parts.append(moved(stem, z=h - 0.05))
    parts.append(moved(one_of(rng, ball(1.4, 22), cylinder(1.5, 0.5, 26)), z=h + stem_h - 0.15))
    n = count(rng, 0, 8)
    if n > 2:
        parts += around(moved(ball(r * 0.32, 16), x=r * 0.95, z=h * 0.5), n)
    elif chance(rng, 0.6):
        parts.append(moved(hoop(r * 2.05, r * 0.16, 48, 10), z=h * 0.62))
    return assembly(parts)


def build_toy_car(rng: np.random.Generator) -> Mesh:
    """Toy vehicle along x: body profile, cabin, wheels, bumpers, load."""
    length, w = between(rng, 9, 14), between(rng, 4, 5.5)
    wheel_r = between(rng, 1.0, 1.6)
    style = one_of(rng, "car", "truck", "racer", "van")
    base, half = wheel_r * 0.9, length / 2
    profile = {
        "car": [(-half, 0), (half, 0), (half, 1.6), (half * 0.45, 2.0), (half * 0.15, 3.6),
                (-half * 0.6, 3.6), (-half * 0.9, 1.9), (-half, 1.7)],
        "truck": [(-half, 0), (half, 0), (half, 1.6), (half * 0.75, 1.9), (half * 0.6, 4.2),
                  (half * 0.1, 4.2), (half * 0.1, 1.2), (-half, 1.2)],
        "racer": [(-half, 0.2), (half, 0.1), (half, 0.6), (half * 0.2, 1.3), (-half * 0.2, 2.0),
                  (-half, 1.8)],
        "van": [(-half, 0), (half, 0), (half, 1.8), (half * 0.8, 2.1), (half * 0.55, 4.4), (-half, 4.4)],
    }[style]  # fmt: skip
    shape = filleted(profile, between(rng, 0.2, 0.8), n=4, closed=True)
    parts = [moved(turned(slab(np.asarray(shape), w, 0.25), "x", 90), y=w / 2, z=base)]
    if style == "truck":
        bed = prism(rounded_rectangle(half * 1.02, w, 0.1), 2.2, holes=[rounded_rectangle(half * 0.92, w - 0.6, 0)])
        parts.append(moved(bed, x=-half * 0.46, z=base + 1.2))
    elif style == "racer":
        wing = box(1.2, w * 1.05, 0.2)
        parts += [moved(wing, x=-half + 0.5, z=base + 3.0)]
        parts += [moved(box(0.6, 0.2, 1.6), x=-half + 0.5, y=y, z=base + 1.5) for y in (-w * 0.35, w * 0.35)]
    else:
        window = filleted([(-half * 0.5, 2.2), (half * 0.1, 2.2), (0, 3.3), (-half * 0.5, 3.3)], 0.3, n=3,
                          closed=True)  # fmt: skip
        for y in (-w / 2, w / 2):
            parts.append(moved(upright_plate(np.asarray(window), 0.2), y=y, z=base))
    wheel = turned(lathe([(0, -0.6), (wheel_r * 0.5, -0.6), (wheel_r * 0.55, -0.75), (wheel_r * 0.9, -0.75),
                          (wheel_r, -0.5), (wheel_r, 0.6), (0, 0.6)], n=32), "x", -90)  # fmt: skip
    for x in (-half * 0.62, half * 0.6):
        for side in (-1, 1):
            parts.append(moved(turned(wheel, "z", 0 if side < 0 else 180), x=x, y=side * w / 2, z=wheel_r))
    if chance(rng, 0.5):
        parts.append(moved(soft_box(0.5, w * 0.96, 0.6, 0.2), x=half, z=base + 0.3))
        lamp = turned(cylinder(0.8, 0.3, 18), "y", 90)
        parts += [moved(lamp, x=half - 0.05, y=y, z=base + 1.15) for y in (-w * 0.32, w * 0.32)]
    return assembly(parts)
