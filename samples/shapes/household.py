"""Water, air, kitchen machines and building parts (Locarno 23, 24, 25, 31)."""

import numpy as np
from drafting.mesh import Mesh

from samples.choices import between, chance, count, one_of
from samples.outlines import (
    arc,
    ellipse,
    filleted,
    polygon,
    rounded_rectangle,
    smooth,
    superellipse,
)
from samples.shapes.electronics import facing
from samples.shapes.vessels import ear_handle
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
    prism,
    scaled,
    slab,
    soft_box,
    tube,
    turned,
    upright_plate,
)


def build_faucet(rng: np.random.Generator) -> Mesh:
    """Faucet: base, body, spout swan, square, straight or fall; lever, cross or two handles."""
    r = between(rng, 1.6, 2.4)
    base = slab(one_of(rng, ellipse(r * 2.8, n=44), rounded_rectangle(r * 2.6, r * 2.6, 0.5)), 0.8, 0.25)
    h, reach = between(rng, 9, 26), between(rng, 10, 17)
    style = one_of(rng, "swan", "square", "straight", "short")
    square = rounded_rectangle(2, 2, 0.2, 3) if style == "square" else ellipse(2, n=18)
    paths = {
        "swan": smooth([(0, 0, 0.8), (0, 0, h * 0.7), (0, -reach * 0.2, h * 0.95),
                        (0, -reach * 0.55, h * 1.05), (0, -reach * 0.92, h * 0.9), (0, -reach, h * 0.62)], 6),
        "square": filleted([(0, 0, 0.8), (0, 0, h), (0, -reach, h), (0, -reach, h - 3)], 0.9, n=3),
        "straight": np.array([(0, 0.6, h * 0.55), (0, -reach, h * 0.75)]),
        "short": smooth([(0, 0, h * 0.3), (0, -reach * 0.5, h * 0.5), (0, -reach * 0.9, h * 0.42),
                         (0, -reach, h * 0.3)], 6),
    }[style]  # fmt: skip
    gauge = r * between(rng, 0.45, 0.65)
    parts = [base, tube(paths, gauge, section=square)]
    tip = paths[-1]
    aerator = cylinder(gauge * 2.3, 1.0, 24)
    parts.append(moved(aerator, x=float(tip[0]), y=float(tip[1]) + (0.4 if style == "straight" else 0),
                       z=float(tip[2]) - 0.95))  # fmt: skip
    body_h = h * (0.75 if style in ("straight", "short") else 0.35)
    body = one_of(rng, cylinder(r * 2, body_h, 40), lathe([(r * 1.1, 0), (r * 0.8, body_h)], n=40))
    parts.append(moved(body, z=0.79))
    handles = one_of(rng, "lever", "side", "pair")
    if handles == "pair" or style == "straight":
        spread = between(rng, 7, 10)
        knob = one_of(
            rng, prism(polygon(6, 1.6), 2.2, taper=0.85),
            lathe(smooth([(0.8, 0), (1.8, 1), (1.5, 2.2), (0, 2.6)], 5), n=32),
            scaled(box(5.4, 1.1, 1.0), z=1),
        )  # fmt: skip
        for side in (-1, 1):
            parts += [moved(slab(ellipse(r * 2.2, n=36), 0.7, 0.2), x=side * spread),
                      moved(cylinder(1.8, 3.4, 26), x=side * spread, z=0.6),
                      moved(knob, x=side * spread, z=4.0)]  # fmt: skip
    elif handles == "lever":
        z = 0.79 + body_h
        parts.append(moved(lathe([(r * 0.9, 0), (r * 0.9, 1.0), (r * 0.6, 1.6), (0, 1.7)], n=36), z=z))
        lever = smooth([(r * 0.3, 0, z + 1), (4, 0, z + 1.8), (8.5, 0, z + between(rng, 1.5, 4))], 5)
        parts.append(tube(lever, 1.0, section=superellipse(1.3, 0.7, 2.6, 16)))
    else:
        z = 0.79 + body_h * 0.6
        parts.append(moved(turned(cylinder(2.4, r + 2.2, 30), "y", 90), z=z))
        lever = [(r + 1.6, 0, z), (r + 2.4, -0.5, z + 6)]
        parts.append(tube(lever, 0.4, n=14))
    return assembly(parts)


def build_sink(rng: np.random.Generator) -> Mesh:
    """Wash basin or sink: outline, depth, deck with tap hole, drain, pedestal or drainer."""
    w, d, h = between(rng, 40, 62), between(rng, 32, 44), between(rng, 12, 18)
    outline = one_of(rng, ellipse(w, d, 60), rounded_rectangle(w, d, between(rng, 1, 12), 9),
                     superellipse(w, d, 3, 60))  # fmt: skip
    deck = between(rng, 0.0, 0.14)
    under, lip = between(rng, 0.5, 0.9), between(rng, 1.2, 3)
    shift = np.array([0, -d * deck / 2])

    def ring(share: float, z: float, move: float = 0.0) -> np.ndarray:
        return np.c_[outline * share + shift * move, np.full(len(outline), z)]

    inner = 0.93 - deck
    body = loft([ring(under, 0), ring(1.0, h - lip), ring(1.0, h), ring(inner, h, 1), ring(inner * 0.92, h * 0.6, 1),
                 ring(inner * 0.75, h * 0.28, 1), ring(0.1, h * 0.22, 1)])  # fmt: skip
    drain = moved(lathe([(2.4, 0), (2.4, 0.3), (1.8, 0.4), (0, 0.1)], n=36), y=float(shift[1]), z=h * 0.22)
    parts = [body, drain]
    if deck > 0.06:
        tap = moved(cylinder(3.4, 0.3, 30), y=d * (0.5 - deck * 0.6), z=h)
        parts.append(tap)
    style = one_of(rng, "counter", "pedestal", "brackets")
    if style == "pedestal":
        column = smooth([(w * 0.2, 0), (w * 0.13, 20), (w * 0.12, 45), (w * 0.24, 62)], 6)
        return assembly([*[moved(p, z=60) for p in parts], lathe(column, n=one_of(rng, 44, 8))])
    if style == "brackets":
        parts.append(moved(soft_box(w * 0.8, 2.5, h * 0.8, 0.5), y=d * 0.46, z=h * 0.1))
    return assembly(parts)


def build_shower_head(rng: np.random.Generator) -> Mesh:
    """Hand shower: head round, oval or square, nozzle rows, handle straight or bowed."""
    w = between(rng, 8, 12)
    outline = one_of(rng, ellipse(w, n=52), superellipse(w, w * 1.15, 3), rounded_rectangle(w, w, 1.5),
                     ellipse(w, w * 1.25, 52))  # fmt: skip
    t = between(rng, 1.6, 3)
    dome = loft([np.c_[outline * s, np.full(len(outline), z)]
                 for s, z in [(0.25, 0), (0.7, t * 0.35), (0.96, t * 0.7), (1, t), (0.97, t + 0.3)]])  # fmt: skip
    plate = moved(prism(outline * 0.84, 0.15), z=t + 0.28)
    nozzle = cylinder(0.4, 0.35, 10)
    rows = count(rng, 1, 3)
    jets = []
    for row in range(rows):
        radius = w * 0.36 * (row + 1) / rows
        jets += around(moved(nozzle, x=radius, z=t + 0.35), 6 * (row + 1))
    core = moved(slab(ellipse(w * 0.16, n=24), 0.5, 0.15), z=t + 0.35)
    tilt = between(rng, 55, 85)
    head = [turned(p, "x", tilt) for p in (dome, plate, core, *jets)]
    length = between(rng, 15, 20)
    bow = smooth([(0, 0.6, 0.4), (0, 1.0, -w * 0.5), (0, 1.4, -length * 0.7), (0, 0.2 + between(rng, 0, 2), -length)], 6)
    girth = np.interp(np.linspace(0, 1, len(bow)), [0, 0.3, 0.8, 1], [1.1, 1.0, 1.15, 0.85])
    grip = tube(bow, list(girth * between(rng, 1.0, 1.3)), section=superellipse(2, 1.7, 2.4, 18))
    end = moved(cylinder(2.0, 1.4, 24), y=float(bow[-1][1]), z=-length - 1.35)
    return assembly([*head, grip], [end])


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
    hub = moved(lathe([(r * 0.16, -1.4), (r * 0.34, -1.0), (r * 0.45, -0.2), (r * 0.45, 0.25)], n=24), z=0.1)
    needle = (moved(cylinder(0.14, 3.2, 8), z=-4.4) if chance(rng, 0.6)
              else lathe([(r * 0.2, -4), (r * 0.4, -3.6), (r * 0.52, -0.6), (r * 0.52, -0.2)], n=28))  # fmt: skip
    return assembly(parts, [hub, needle])


def build_test_stand(rng: np.random.Generator) -> Mesh:
    """Test-tube rack: boards with holes, posts, tubes with or without caps."""
    n, rows = count(rng, 3, 6), count(rng, 1, 2)
    pitch, r = 3.0, 0.95
    w, d = n * pitch + 1.2, rows * pitch + 1.0
    at = [((k - (n - 1) / 2) * pitch, (m - (rows - 1) / 2) * pitch) for k in range(n) for m in range(rows)]
    holes = [ellipse(2 * r + 0.15, n=22) + p for p in at]
    plate = prism(rounded_rectangle(w, d, between(rng, 0, 1)), 0.5, holes=holes)
    side = box(0.5, d, 8.6)
    parts = [box(w, d, 0.6), moved(plate, z=7.2)]
    if chance(rng, 0.5):
        parts.append(moved(plate, z=3.6))
    parts += on_both_sides(moved(side, x=w / 2 - 0.25))
    glass = lathe(filleted([(0, 0), (r, 0.1), (r, 11), (r * 1.15, 11.1), (r * 1.15, 11.5)], 0.9, n=6), n=26)
    stop = moved(lathe([(r * 0.95, 0), (r * 1.1, 0.1), (r * 1.0, 1.4)], n=24), z=11.5)
    tubes = [moved(p, x=x, y=y, z=0.6) for x, y in at if chance(rng, 0.75) for p in (glass, stop)]
    return assembly(parts, tubes)


def build_brick(rng: np.random.Generator) -> Mesh:
    """Brick or paving block: cored, frogged, interlocking, hexagonal or hollow."""
    style = one_of(rng, "cored", "frog", "paver", "hollow", "hex", "wave")
    w, d, h = between(rng, 20, 25), between(rng, 9.5, 12), between(rng, 5.5, 8)
    if style == "cored":
        n, rows = count(rng, 3, 5), count(rng, 1, 2)
        hole = one_of(rng, ellipse(2.6, n=24), rounded_rectangle(2.4, 2.6, 0.3), superellipse(2.2, 3.4, 3, 24))
        holes = [hole + [(k - (n - 1) / 2) * w / n * 0.9, (m - (rows - 1) / 2) * d * 0.42]
                 for k in range(n) for m in range(rows)]  # fmt: skip
        return assembly([prism(rounded_rectangle(w, d, 0.3, 2), h, holes=holes)])
    if style == "frog":
        top = rounded_rectangle(w * 0.7, d * 0.55, 0.8, 4)
        outer = prism(rounded_rectangle(w, d, 0), h - 1.6)
        rim = moved(prism(rounded_rectangle(w, d, 0), 1.6, holes=[top]), z=h - 1.6)
        return assembly([outer, rim])
    if style == "paver":
        s = w / 6
        outline = np.array([(-3, -1.6), (-1.5, -2.1), (0, -1.6), (1.5, -2.1), (3, -1.6), (3.3, 0), (3, 1.6),
                            (1.5, 1.1), (0, 1.6), (-1.5, 1.1), (-3, 1.6), (-2.7, 0)]) * s  # fmt: skip
        edge = loft([np.c_[outline * k, np.full(12, z)] for k, z in [(1, 0), (1, h - 0.6), (0.95, h)]])
        return assembly([edge])
    if style == "hollow":
        n = count(rng, 2, 3)
        cell = w * 1.6 / n
        holes = [rounded_rectangle(cell * 0.72, d * 1.1, 0.6, 3) + [(k - (n - 1) / 2) * cell, 0] for k in range(n)]
        ends = [(-w * 0.8, -d * 0.8), (w * 0.8, -d * 0.8), (w * 0.8, -d * 0.4), (w * 0.76, -d * 0.3),
                (w * 0.76, d * 0.3), (w * 0.8, d * 0.4), (w * 0.8, d * 0.8), (-w * 0.8, d * 0.8),
                (-w * 0.8, d * 0.4), (-w * 0.76, d * 0.3), (-w * 0.76, -d * 0.3), (-w * 0.8, -d * 0.4)]
        return assembly([prism(np.array(ends), h * 2.4, holes=holes)])  # fmt: skip
    if style == "hex":
        ring = polygon(6, w * 0.45)
        block = loft([np.c_[ring * k, np.full(6, z)] for k, z in [(1, 0), (1, h - 0.7), (0.94, h)]])
        inner = moved(prism(ring * between(rng, 0.4, 0.7), 0.6), z=h - 0.01)
        return assembly([block, inner] if chance(rng, 0.6) else [block])
    x = np.linspace(-w / 2, w / 2, 21)
    wave = between(rng, 0.6, 1.6) * np.sin(x / w * 2 * np.pi * count(rng, 1, 3))
    lower, upper = np.stack([x, wave - d / 2], 1), np.stack([x, wave + d / 2], 1)[::-1]
    return assembly([prism(np.concatenate([lower, upper]), h)])


def build_baluster(rng: np.random.Generator) -> Mesh:
    """Column or baluster: plinth, turned, fluted or twisted shaft, capital."""
    h, r = between(rng, 60, 110), between(rng, 6, 10)
    plinth, cap = between(rng, 5, 10), between(rng, 4, 8)
    base = box(r * 2.4, r * 2.4, plinth)
    top = moved(soft_box(r * 2.4, r * 2.4, cap, one_of(rng, 0.0, 1.5)), z=h - cap)
    low, high = plinth, h - cap
    span = high - low
    style = one_of(rng, "turned", "fluted", "vase", "twisted")
    if style == "turned":
        shares = [(0.9, 0), (0.9, 0.04), (0.55, 0.09), (0.85, 0.2), (0.95, 0.3), (0.5, 0.52), (0.42, 0.8),
                  (0.75, 0.86), (0.5, 0.91), (0.85, 0.96), (0.85, 1)]  # fmt: skip
        shaft = lathe(filleted([(r * s, low + span * t) for s, t in shares], 2.5, n=4), n=40)
    elif style == "vase":
        shares = rng.uniform(0.4, 1.0, 6)
        knots = np.stack([shares * r, low + span * np.linspace(0, 1, 6)], axis=1)
        shaft = lathe(smooth(knots, 5), n=40)
    else:
        n = count(rng, 8, 14) if style == "fluted" else count(rng, 4, 6)
        angles = np.arange(n * 6) * 2 * np.pi / (n * 6)
        depth = 0.12 if style == "fluted" else 0.22
        wave = 1 - depth * np.abs(np.sin(n * angles / 2)) ** 0.8
        ring = np.stack([np.cos(angles), np.sin(angles)], axis=1) * wave[:, None] * r * 0.8
        spin = 0.0 if style == "fluted" else between(rng, 1.5, 4)
        levels = np.linspace(0, 1, 2 if style == "fluted" else 19)
        rings = []
        for t in levels:
            a = spin * t
            turn = np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
            size = 1 - 0.12 * t if style == "fluted" else 1.0
            rings.append(np.c_[ring @ turn * size, np.full(len(ring), low + span * t)])
        shaft = loft(rings)
    rings_at = [moved(hoop(r * 1.9, r * 0.24, 40, 10), z=z) for z in (low + r * 0.12, high - r * 0.12)]
    return assembly([base, shaft, top, *(rings_at if chance(rng, 0.6) else [])])


def build_fence(rng: np.random.Generator) -> Mesh:
    """Fence panel: pickets flat, pointed or round; rails, posts with caps, lattice."""
    w, h = between(rng, 120, 190), between(rng, 80, 130)
    n = count(rng, 6, 12)
    style = one_of(rng, "picket", "bars", "boards", "lattice")
    post_h = h * between(rng, 1.0, 1.12)
    cap = one_of(rng, prism(polygon(4, 8, 45), 5, taper=0.1), moved(ball(9, 20), z=-0.5),
                 soft_box(11, 11, 2.5, 0.3))  # fmt: skip
    parts = []
    for x in (-w / 2, w / 2):
        parts += [moved(box(9, 9, post_h), x=x), moved(cap, x=x, z=post_h)]
    inner = w - 9
    for z in (h * 0.18, h * 0.78):
        parts.append(moved(box(inner, 4, 7), z=z))
    step = inner / n
    if style == "boards":
        rows = count(rng, 4, 6)
        for k in range(rows):
            board = box(inner, 2.4, h / rows * 0.82)
            parts.append(moved(board, y=-3.2, z=h * 0.04 + k * h / rows))
        return assembly(parts)
    arch = between(rng, -0.16, 0.16) * h
    for k in range(n):
        x = -inner / 2 + step * (k + 0.5)
        tall = h * 0.95 + arch * (1 - (2 * x / inner) ** 2) - max(arch, 0)
        if style == "picket":
            pw = step * 0.62
            tip = one_of(rng, 0.0, 1.0) if k == 0 else tip
            head = ([(pw / 2, tall - pw * 0.6), (0, tall), (-pw / 2, tall - pw * 0.6)] if tip
                    else list(arc(pw / 2, 0, 180, 9) + [0, tall - pw / 2]))  # fmt: skip
            outline = np.array([(-pw / 2, 4), (pw / 2, 4), *head], dtype=np.float64)
            parts.append(moved(upright_plate(outline, 2), x=x, y=-3.0))
        elif style == "bars":
            parts.append(moved(cylinder(2.6, tall - 4, 12), x=x, z=4))
            parts.append(moved(ball(4.2, 14), x=x, z=tall - 1))
    if style == "lattice":
        span = h * 0.53
        for k in range(-2, n + 1):
            for lean in (-1, 1):
                x0 = -inner / 2 + step * (k + 0.5)
                x1 = x0 + span * 0.6
                a, b = max(x0, -inner / 2), min(x1, inner / 2)
                if b - a < step * 0.4:
                    continue
                za, zb = ((v - x0) / (x1 - x0) * span + h * 0.25 for v in (a, b))
                ends = [(lean * a, lean * 1.0, za), (lean * b, lean * 1.0, zb)]
                parts.append(tube(ends, 1.0, section=rounded_rectangle(2, 2.6, 0)))
    return assembly(parts)


def build_ladder(rng: np.random.Generator) -> Mesh:
    """Ladder: straight or A-frame, rungs round or flat steps, feet, top cap, braces."""
    h, w = between(rng, 90, 170), between(rng, 34, 46)
    n = count(rng, 3, 6)
    flare = between(rng, 0.0, 0.22)
    folding = chance(rng, 0.6)
    lean = between(rng, 12, 20) if folding else 0.0
    rail = rounded_rectangle(2.4, 6, one_of(rng, 0.0, 0.9))
    front: list[Mesh] = []
    for side in (-1, 1):
        foot, top = side * w / 2 * (1 + flare), side * w / 2
        front.append(tube([(foot, 0, 0), (top, 0, h)], 1.0, section=rail))
        front.append(moved(soft_box(4.4, 8, 3, 0.6), x=foot, z=-1))
    for k in range(n):
        z = h * (k + 0.8) / (n + 0.6)
        width = w * (1 + flare * (1 - z / h)) - 2.2
        if folding:
            front.append(moved(soft_box(width, 9, 2.4, 0.4), z=z))
        else:
            front.append(moved(turned(cylinder(3, width, 16), "y", 90), x=-width / 2, z=z))
    if not folding:
        return assembly(front)
    parts = [moved(turned(moved(p, z=-h), "x", -lean), z=h) for p in front]
    for side in (-1, 1):
        foot, top = side * w / 2 * (1 + flare * 0.8), side * (w / 2 - 3)
        rear = tube([(foot, 0, 0), (top, 0, h)], 0.8, section=rail)
        parts.append(moved(turned(moved(rear, z=-h), "x", lean), y=2, z=h))
    cap = moved(soft_box(w + 5, 14, 4, 1.5, 0.6), y=1, z=h - 2)
    bars = [moved(turned(moved(box(w * 0.95, 1.6, 3), z=-h * k), "x", lean), y=2, z=h) for k in (0.4, 0.75)]
    return assembly([*parts, cap, *bars])


def build_blender(rng: np.random.Generator) -> Mesh:
    """Blender: motor base, jug round or faceted, handle, lid, knob or keys."""
    r, base_h, jug_h = between(rng, 7, 9.5), between(rng, 9, 14), between(rng, 17, 24)
    n = one_of(rng, 52, 52, 4, 6, 8)
    section = one_of(rng, ellipse(2, n=48), rounded_rectangle(1.9, 1.9, 0.5), superellipse(2, 2, 3))
    levels = one_of(rng, [(1, 0), (1, base_h * 0.3), (0.7, base_h)], [(0.9, 0), (1, base_h * 0.2), (0.95, base_h)],
                    filleted([(1.05, 0), (1.05, base_h * 0.25), (0.62, base_h * 0.7), (0.66, base_h)], 2))
    parts = [loft([np.c_[section * r * s, np.full(len(section), z)] for s, z in levels])]  # fmt: skip
    low, wide = r * 0.62, r * between(rng, 0.72, 0.95)
    jug = lathe([(low, 0), (low, 1.5), (low * 0.92, 1.7), (wide, jug_h), (wide - 0.4, jug_h), (low * 0.85, 2.2),
                 (0, 2.2)], n=n)  # fmt: skip
    spin = 45 if n == 4 else 0
    parts.append(moved(turned(jug, "z", spin), z=base_h))
    lid = lathe([(wide * 0.97, -0.4), (wide * 1.02, 0), (wide * 1.02, 1.4), (wide * 0.5, 1.8), (wide * 0.5, 3),
                 (wide * 0.4, 3.4), (0, 3.4)], n=n)  # fmt: skip
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
        parts += [moved(key, x=(k - (k_keys - 1) / 2) * 1.9, y=face + 0.35, z=z) for k in range(k_keys)]
    feet = around(moved(cylinder(1.8, 0.6, 16), x=r * 0.7, z=-0.59), 4, 45)
    return assembly([*parts, *feet])


def build_fan(rng: np.random.Generator) -> Mesh:
    """Table fan: cage rings and wires, blades, motor, neck, base, control."""
    r = between(rng, 13, 18)
    n_blades = count(rng, 3, 5)
    z = r * between(rng, 1.25, 1.6)
    rings = [hoop(2 * r, 0.9, 48, 8)]
    for share in one_of(rng, (0.66,), (0.5, 0.78), (0.4, 0.6, 0.8)):
        rings.append(moved(hoop(2 * r * share, 0.45, 44, 6), z=1.6 * (1 - share) * 2))
    wire = tube([(r * 0.22, 0, 2.6), (r * 0.6, 0, 1.9), (r, 0, 0)], 0.22, n=6)
    cage = [*rings, *around(wire, count(rng, 12, 22)), moved(slab(ellipse(r * 0.5, n=36), 1, 0.3), z=2.2)]
    blade = smooth([(r * 0.12, -0.8), (r * 0.5, -r * 0.26), (r * 0.86, -r * 0.16), (r * 0.86, r * 0.16),
                    (r * 0.45, r * 0.24), (r * 0.12, 1.0)], 4, closed=True)  # fmt: skip
    leaf = turned(prism(blade, 0.3), "x", 16)
    fan = [*around(moved(leaf, z=-2.4), n_blades, 30), moved(cylinder(r * 0.4, 3, 30), z=-3.4)]
    motor = moved(lathe([(r * 0.16, -8), (r * 0.28, -7), (r * 0.3, -3.6), (r * 0.2, -3.2)], n=36), z=0)
    back = [moved(turned(hoop(2 * r * 0.6, 0.4, 40, 6), "x", 180), z=-4.4)]
    ribs = around(tube([(r * 0.28, 0, -5), (r * 0.6, 0, -4.4), (r, 0, 0)], 0.22, n=6), count(rng, 10, 16))
    tilt = between(rng, 0, 12)
    head = [moved(turned(facing(p), "x", -tilt), z=z) for p in (*cage, *fan, motor, *back, *ribs)]
    base_w = between(rng, 15, 20)
    base = slab(one_of(rng, ellipse(base_w, n=44), rounded_rectangle(base_w, base_w * 0.85, 3)), 2.2, 0.7)
    neck = tube([(0, 5.5, 1.6), (0, 5.5, z - r * 0.22)], [1.7, 1.2], n=20)
    knob = [moved(cylinder(2, 0.8, 22), x=x, y=-base_w * 0.28, z=2.15) for x in (-2.8, 0, 2.8)]
    return assembly([*head, base, neck, *(knob[: count(rng, 1, 3)])])
