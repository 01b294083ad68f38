"""Bricks, balusters, fences and ladders (Locarno 25)."""

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
)
from samples.placing import (
    assembly,
    moved,
    turned,
)
from samples.solids import (
    ball,
    box,
    cylinder,
    hoop,
    lathe,
    loft,
    prism,
    soft_box,
    stacked,
    tube,
    upright_plate,
)


def build_brick(rng: np.random.Generator) -> Mesh:
    """Brick or paving block: cored, frogged, interlocking, hexagonal, waved or hollow."""
    size = between(rng, 20, 25), between(rng, 9.5, 12), between(rng, 5.5, 8)
    make = one_of(rng, _cored_brick, _frogged_brick, _interlocking_paver, _hollow_block,
                  _hexagonal_paver, _waved_paver)  # fmt: skip
    return assembly(make(rng, *size))


def _cored_brick(rng: np.random.Generator, w: float, d: float, h: float) -> list[Mesh]:
    n, rows = count(rng, 3, 5), count(rng, 1, 2)
    hole = one_of(
        rng, ellipse(2.6, n=24), rounded_rectangle(2.4, 2.6, 0.3), superellipse(2.2, 3.4, 3, 24)
    )
    holes = [offset(hole, (k - (n - 1) / 2) * w / n * 0.9, (m - (rows - 1) / 2) * d * 0.42)
             for k in range(n) for m in range(rows)]  # fmt: skip
    return [prism(rounded_rectangle(w, d, 0.3, 2), h, holes=holes)]


def _frogged_brick(rng: np.random.Generator, w: float, d: float, h: float) -> list[Mesh]:
    deep = between(rng, 1.0, 2.4)
    hollow = rounded_rectangle(w * between(rng, 0.5, 0.8), d * 0.55, between(rng, 0, 2.5), 4)
    whole = rounded_rectangle(w, d, 0)
    return [prism(whole, h - deep), moved(prism(whole, deep, holes=[hollow]), z=h - deep)]


def _interlocking_paver(rng: np.random.Generator, w: float, d: float, h: float) -> list[Mesh]:
    tooth = between(rng, 0.3, 0.7)
    x = np.array([-3, -1.5, 0, 1.5, 3])
    side = np.stack([x, -1.6 - tooth * np.array([0, 1, 0, 1, 0])], axis=1)
    other = np.stack([x, 1.6 - tooth * np.array([0, 1, 0, 1, 0])], axis=1)[::-1]
    outline = np.concatenate([side, [(3.3, 0)], other, [(-2.7, 0)]]) * [w / 6, d / 3.2]
    return [stacked(outline, [(1, 0), (1, h - 0.6), (0.95, h)])]


def _hollow_block(rng: np.random.Generator, w: float, d: float, h: float) -> list[Mesh]:
    n = count(rng, 2, 3)
    cell = w * 1.6 / n
    hole = rounded_rectangle(cell * 0.72, d * 1.1, between(rng, 0.2, 2), 3)
    holes = [offset(hole, (k - (n - 1) / 2) * cell, 0) for k in range(n)]
    end = np.array([(0.8, -0.8), (0.8, -0.4), (0.76, -0.3), (0.76, 0.3), (0.8, 0.4), (0.8, 0.8)])
    outline = np.concatenate([end, end[::-1] * [-1, 1]]) * [w, d]
    return [prism(outline, h * 2.4, holes=holes)]


def _hexagonal_paver(rng: np.random.Generator, w: float, d: float, h: float) -> list[Mesh]:
    ring = polygon(6, (w + d) * 0.3)
    block = stacked(ring, [(1, 0), (1, h - 0.7), (0.94, h)])
    inner = moved(prism(ring * between(rng, 0.4, 0.7), 0.6), z=h - 0.01)
    return [block, inner] if chance(rng, 0.6) else [block]


def _waved_paver(rng: np.random.Generator, w: float, d: float, h: float) -> list[Mesh]:
    x = np.linspace(-w / 2, w / 2, 21)
    wave = between(rng, 0.6, 1.6) * np.sin(x / w * 2 * np.pi * count(rng, 1, 3))
    lower, upper = np.stack([x, wave - d / 2], 1), np.stack([x, wave + d / 2], 1)[::-1]
    return [prism(np.concatenate([lower, upper]), h)]


def build_column(rng: np.random.Generator) -> Mesh:
    """Column or baluster: plinth, turned, fluted or twisted shaft, capital."""
    h, r = between(rng, 60, 110), between(rng, 6, 10)
    plinth, cap = between(rng, 5, 10), between(rng, 4, 8)
    base = box(r * 2.4, r * 2.4, plinth)
    top = moved(soft_box(r * 2.4, r * 2.4, cap, one_of(rng, 0.0, 1.5)), z=h - cap)
    low, high = plinth, h - cap
    span = high - low
    style = one_of(rng, "turned", "fluted", "vase", "twisted")
    if style == "turned":
        shares = [(0.9, 0), (0.9, 0.04), (0.55, 0.09), (0.85, 0.2), (0.95, 0.3), (0.5, 0.52),
                  (0.42, 0.8), (0.75, 0.86), (0.5, 0.91), (0.85, 0.96), (0.85, 1)]  # fmt: skip
        shaft = lathe(filleted([(r * s, low + span * t) for s, t in shares], 2.5, n=4), n=40)
    elif style == "vase":
        girths = rng.uniform(0.4, 1.0, 6)
        knots = np.stack([girths * r, low + span * np.linspace(0, 1, 6)], axis=1)
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
    rings_at = [
        moved(hoop(r * 1.9, r * 0.24, 40, 10), z=z) for z in (low + r * 0.12, high - r * 0.12)
    ]
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
    pointed = chance(rng, 0.5)
    for k in range(n):
        x = -inner / 2 + step * (k + 0.5)
        tall = h * 0.95 + arch * (1 - (2 * x / inner) ** 2) - max(arch, 0)
        if style == "picket":
            pw = step * 0.62
            head = ([(pw / 2, tall - pw * 0.6), (0, tall), (-pw / 2, tall - pw * 0.6)] if pointed
                    else list(offset(arc(pw / 2, 0, 180, 9), 0, tall - pw / 2)))  # fmt: skip
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
    bars = [
        moved(turned(moved(box(w * 0.95, 1.6, 3), z=-h * k), "x", lean), y=2, z=h)
        for k in (0.4, 0.75)
    ]
    return assembly([*parts, cap, *bars])
