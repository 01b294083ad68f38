"""Toys and musical instruments (Locarno 17, 21)."""

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
)
from samples.placing import (
    around,
    assembly,
    facing,
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
    tube,
    upright_plate,
)


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
        outline = np.array(
            [(-d / 2, 0), (d / 2, 0), (d / 2, h), (d / 2 - pitch, h), (-d / 2, 0.12)]
        )
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
        cross = [
            moved(box(0.24, 0.24, h * 0.14), z=h * 0.19),
            moved(box(0.8, 0.24, 0.24), z=h * 0.25),
        ]
        extra = [moved(p, z=z) for p in [cup, *cross]]
    else:
        side = [(neck, 0), (top * 1.15, h * 0.08), (top * 0.6, h * 0.18), (0, h * 0.24)]
        mitre = lathe(smooth(side, 6), n=40)
        extra = [moved(p, z=z) for p in [mitre, moved(ball(top * 0.5, 16), z=h * 0.225)]]
    return assembly([lathe(body, n=44), *extra])


def build_spinning_top(rng: np.random.Generator) -> Mesh:
    """Spinning top or rattle: lathed body with rings, stem, beads or handle."""
    r, h = between(rng, 2.5, 4), between(rng, 3, 5)
    body = one_of(
        rng, np.array([(0.15, 0), (r, h * 0.55), (r, h * 0.7), (r * 0.4, h), (0.5, h)]),
        smooth([(0.15, 0), (r * 0.6, h * 0.25), (r, h * 0.6), (r * 0.5, h * 0.95), (0.5, h)], 6),
        filleted([(0.2, 0), (r * 0.3, h * 0.35), (r, h * 0.45), (r * 0.95, h * 0.8), (0.6, h)],
                 0.4),
    )  # fmt: skip
    parts = [lathe(body, n=one_of(rng, 52, 52, 8, 12))]
    stem_h = between(rng, 1.5, 3.5)
    stem = one_of(
        rng, cylinder(0.8, stem_h, 20), lathe([(0.5, 0), (0.35, stem_h * 0.7), (0.7, stem_h)], n=24)
    )
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
        "van": [(-half, 0), (half, 0), (half, 1.8), (half * 0.8, 2.1), (half * 0.55, 4.4), (-half,
                                                                                            4.4)],
    }[style]  # fmt: skip
    shape = filleted(profile, between(rng, 0.2, 0.8), n=4, closed=True)
    parts = [moved(turned(slab(np.asarray(shape), w, 0.25), "x", 90), y=w / 2, z=base)]
    if style == "truck":
        bed = prism(
            rounded_rectangle(half * 1.02, w, 0.1),
            2.2,
            holes=[rounded_rectangle(half * 0.92, w - 0.6, 0)],
        )
        parts.append(moved(bed, x=-half * 0.46, z=base + 1.2))
    elif style == "racer":
        wing = box(1.2, w * 1.05, 0.2)
        parts += [moved(wing, x=-half + 0.5, z=base + 3.0)]
        parts += [
            moved(box(0.6, 0.2, 1.6), x=-half + 0.5, y=y, z=base + 1.5)
            for y in (-w * 0.35, w * 0.35)
        ]
    else:
        window = filleted([(-half * 0.5, 2.2), (half * 0.1, 2.2), (0, 3.3), (-half * 0.5, 3.3)],
                          0.3, n=3,
                          closed=True)  # fmt: skip
        for y in (-w / 2, w / 2):
            parts.append(moved(upright_plate(np.asarray(window), 0.2), y=y, z=base))
    wheel = turned(lathe([(0, -0.6), (wheel_r * 0.5, -0.6), (wheel_r * 0.55, -0.75),
                          (wheel_r * 0.9, -0.75),
                          (wheel_r, -0.5), (wheel_r, 0.6), (0, 0.6)], n=32), "x", -90)  # fmt: skip
    for x in (-half * 0.62, half * 0.6):
        for side in (-1, 1):
            parts.append(
                moved(turned(wheel, "z", 0 if side < 0 else 180), x=x, y=side * w / 2, z=wheel_r)
            )
    if chance(rng, 0.5):
        parts.append(moved(soft_box(0.5, w * 0.96, 0.6, 0.2), x=half, z=base + 0.3))
        lamp = turned(cylinder(0.8, 0.3, 18), "y", 90)
        parts += [moved(lamp, x=half - 0.05, y=y, z=base + 1.15) for y in (-w * 0.32, w * 0.32)]
    return assembly(parts)


def build_guitar(rng: np.random.Generator) -> Mesh:
    """Guitar upright, facing the viewer: body outline, neck, head, frets, bridge, tuners."""
    is_hollow = chance(rng, 0.5)
    h, w = between(rng, 42, 50), between(rng, 30, 38)
    half = _hollow_body(rng, w, h) if is_hollow else _solid_body(rng, w, h)
    d = between(rng, 8, 11) if is_hollow else between(rng, 3.5, 5)
    parts = [upright_plate(np.concatenate([half, half[::-1] * [-1, 1]]), d)]
    front = -d / 2
    parts += _guitar_neck(rng, front, h if is_hollow else h * 0.8)
    if is_hollow:
        for share, depth in ((0.28, 0.15), (0.22, 0.3)):
            hole = facing(cylinder(w * share, depth, 44))
            parts.append(moved(hole, y=front + 0.02, z=h * 0.62))
    else:
        pickup, dial = soft_box(7, 1.4, 2.6, 0.3), facing(cylinder(1.8, 1.6, 18))
        for k in range(count(rng, 1, 3)):
            parts.append(moved(pickup, y=front, z=h * (0.3 + 0.14 * k)))
        for k in range(2):
            parts.append(moved(dial, x=w * 0.26 + k * 2.2, y=front, z=h * (0.32 - 0.08 * k)))
    parts.append(moved(soft_box(9, 1.2, 1.8, 0.3), y=front, z=h * 0.2))
    return assembly(parts)


def _hollow_body(rng: np.random.Generator, w: float, h: float) -> Points:
    """Right half of a waisted body, from the bottom up."""
    waist, upper = between(rng, 0.55, 0.7), between(rng, 0.7, 0.82)
    knots = [(0, 0), (w * 0.36, h * 0.03), (w / 2, h * 0.25), (w / 2 * waist, h * 0.58),
             (w / 2 * upper, h * 0.82), (w * 0.2, h * 0.98), (0, h)]  # fmt: skip
    return smooth(knots, 5)[1:-1]


def _solid_body(rng: np.random.Generator, w: float, h: float) -> Points:
    """Right half of an electric guitar's body, horned or angular, from the bottom up."""
    if chance(rng, 0.4):
        return np.array([(w * 0.2, 0), (w * 0.5, h * 0.25), (w * 0.22, h * 0.5),
                         (w * 0.45, h * 0.9), (w * 0.15, h * 0.8)])  # fmt: skip
    horn = between(rng, 0.98, 1.12)
    knots = [(0, 0), (w * 0.4, h * 0.08), (w * 0.45, h * 0.35), (w * 0.32, h * 0.6),
             (w * 0.42, h * 0.85), (w * 0.36, h * horn), (w * 0.2, h * 0.88),
             (0, h * 0.8)]  # fmt: skip
    return smooth(knots, 5)[1:-1]


def _guitar_neck(rng: np.random.Generator, front: float, top: float) -> list[Mesh]:
    """Neck rising from z = top, its frets, head and tuning pegs."""
    length, w = between(rng, 34, 46), between(rng, 4.6, 5.8)
    low = top * 0.2
    parts = [moved(box(w, 2.4, length + low), y=front + 0.2, z=top - low)]
    for k in range(count(rng, 7, 12)):
        drop = length * (1 - 0.5 ** (k / 7.0)) * 1.2
        if drop < length - 1:
            parts.append(moved(box(w, 0.3, 0.3), y=front - 1.1, z=top + length - drop))
    paddle = [(-w * 0.5, 0), (w * 0.5, 0), (w * 0.8, 4), (w * 0.65, 15), (-w * 0.65, 15),
              (-w * 0.8, 4)]  # fmt: skip
    hooked = [(-w * 0.5, 0), (w * 0.5, 0), (w * 1.1, 14), (0, 17), (-w * 0.5, 15)]
    outline = filleted(one_of(rng, paddle, hooked), 1.4, closed=True)
    head = turned(upright_plate(outline, 1.8), "x", -8)
    parts.append(moved(head, y=front + 0.4, z=top + length))
    peg = moved(turned(cylinder(1.6, 2.4, 16), "y", 90), x=w * 0.6)
    for k in range(one_of(rng, 2, 3)):
        for side in on_both_sides(peg):
            parts.append(moved(side, y=front + 0.8 + k * 0.5, z=top + length + 4 + k * 4))
    return parts


def build_drum(rng: np.random.Generator) -> Mesh:
    """Drum: shell cylindrical, conical or goblet, hoops, lugs and rods, legs."""
    r, h = between(rng, 12, 20), between(rng, 10, 34)
    style = one_of(rng, "snare", "conga", "goblet")
    h = h if style == "snare" else h + r * 1.2
    if style == "conga":
        shell = lathe(smooth([(r * 0.7, 0), (r * 1.05, h * 0.55), (r, h)], 9), n=48)
    elif style == "goblet":
        shell = lathe(smooth([(r * 0.8, 0), (r * 0.45, h * 0.3), (r * 0.5, h * 0.5), (r, h * 0.8),
                              (r, h)], 6),
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
