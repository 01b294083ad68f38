"""Seats, tables, shelves and beds (Locarno 06)."""

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
    prism,
    slab,
    soft_box,
    tube,
    turned,
    upright_plate,
)


def _leg(rng: np.random.Generator, height: float, style: str, width: float) -> Mesh:
    """One upright leg standing on the origin, reaching `height`."""
    if style == "square":
        return box(width, width, height)
    if style == "tapered":
        return turned(moved(prism(polygon(4, width * 0.7, 45), height, taper=0.5), z=-height), "x", 180)
    if style == "turned":
        w = width / 2
        profile = [
            (w * 0.7, 0), (w * 1.1, height * 0.06), (w * 0.7, height * 0.12),
            (w * 0.8, height * 0.3), (w * 1.3, height * 0.5), (w * 0.8, height * 0.72),
            (w * 1.2, height * 0.78), (w * 0.9, height * 0.84), (w * 1.1, height),
        ]  # fmt: skip
        return lathe(smooth(profile, 3), n=20)
    return moved(turned(prism(ellipse(width, n=18), height, taper=0.55), "x", 180), z=height)


def _splayed(legs_at: Points, height: float, splay: float, width: float) -> list[Mesh]:
    """Straight round legs that lean outwards from the points where they meet the seat."""
    legs = []
    for x, y in legs_at:
        path = [(x * (1 + splay), y * (1 + splay), 0), (x, y, height)]
        legs.append(tube(path, [width * 0.35, width * 0.5], n=14))
    return legs


def _four(width: float, depth: float, inset: float) -> Points:
    x, y = width / 2 - inset, depth / 2 - inset
    return np.array([[-x, -y], [x, -y], [x, y], [-x, y]])


def _seat_outline(rng: np.random.Generator, width: float, depth: float) -> Points:
    return one_of(
        rng,
        rounded_rectangle(width, depth, between(rng, 0.5, 12)),
        superellipse(width, depth, between(rng, 2.4, 5)),
        filleted(
            [(-0.42 * width, depth / 2), (-width / 2, -depth / 2), (width / 2, -depth / 2),
             (0.42 * width, depth / 2)], 6, closed=True,
        ),
    )  # fmt: skip


def _chair_back(rng: np.random.Generator, width: float, height: float) -> list[Mesh]:
    """A back rising from z = 0 on y = 0, leaning away from the sitter."""
    style = one_of(rng, "slats", "ladder", "panel", "hoop", "cutout")
    post = between(rng, 2.2, 3.6)
    x = width / 2 - post / 2
    if style == "panel":
        parts = [soft_box(width, 2.4, height, 1.1, 0.8)]
    elif style == "cutout":
        outline = filleted(
            [(-x, 0), (x, 0), (width / 2, height), (-width / 2, height)], 7, n=7, closed=True
        )
        hole = ellipse(width * 0.5, height * 0.22, n=28) + [0, height * 0.7]
        parts = [upright_plate(outline, 2.2, holes=[hole])]
    elif style == "hoop":
        ring = np.c_[arc(1, 0, 180, 17) * [x, height * 0.45], np.zeros(17)][:, [0, 2, 1]]
        path = np.concatenate([[[x, 0, 0]], ring + [0, 0, height * 0.55], [[-x, 0, 0]]])
        n = count(rng, 3, 6)
        spans = np.linspace(-0.62, 0.62, n) * x
        tops = height * 0.55 + height * 0.45 * np.sqrt(1 - (spans / x) ** 2) - post / 2
        spindles = [moved(cylinder(1.3, top, 12), x=s) for s, top in zip(spans, tops, strict=True)]
        parts = [tube(path, post / 2, n=12), *spindles]
    else:
        parts = [*on_both_sides(moved(box(post, post, height), x=x))]
        inner = 2 * x - post
        if style == "ladder":
            n = count(rng, 2, 5)
            rail = (height * 0.8) / n * between(rng, 0.35, 0.7)
            for level in np.linspace(height * 0.3, height - rail, n):
                parts.append(moved(box(inner, post * 0.6, rail), z=level))
        else:
            n = count(rng, 3, 7)
            parts.append(moved(box(inner, post * 0.8, height * 0.14), z=height * 0.86))
            parts.append(moved(box(inner, post * 0.8, height * 0.08), z=height * 0.12))
            for at in np.linspace(-0.8, 0.8, n) * inner / 2:
                slat = box(inner / n * 0.4, post * 0.4, height * 0.66)
                parts.append(moved(slat, x=at, z=height * 0.2))
    lean = between(rng, 3, 12)
    return [turned(part, "x", -lean) for part in parts]


def _arm_rests(width: float, depth: float, seat: float) -> list[Mesh]:
    x, y, z = width / 2 + 1.5, depth / 2 - 2, seat - 3
    path = filleted([(x, -y, z), (x, -y, z + 22), (x, y, z + 24)], 7)
    return on_both_sides(tube(path, 1.5, n=12))


def build_chair(rng: np.random.Generator) -> Mesh:
    """Dining chair: seat, back, four legs of a style or a cantilever frame, perhaps arms."""
    width, depth, seat = between(rng, 40, 54), between(rng, 40, 50), between(rng, 42, 48)
    thick = between(rng, 2, 6)
    top = slab(_seat_outline(rng, width, depth), thick, min(1.0, thick / 3))
    parts = [moved(top, z=seat - thick)]
    style = one_of(rng, "square", "tapered", "turned", "round", "splayed", "cantilever", "pedestal")
    under = seat - thick
    if style == "cantilever":
        x, y = width / 2 - 2, depth / 2
        path = [(x, y, under), (x, -y, under), (x, -y, 1.2), (x, y, 1.2), (-x, y, 1.2),
                (-x, -y, 1.2), (-x, -y, under), (-x, y, under)]  # fmt: skip
        parts.append(moved(tube(filleted(path, 6), 1.2, n=12), z=-1.2 + 0.01))
    elif style == "pedestal":
        parts += _pedestal(rng, under, width)
    elif style == "splayed":
        parts += _splayed(_four(width, depth, 7), under, between(rng, 0.15, 0.4), 4)
    else:
        leg = _leg(rng, under, style, between(rng, 3, 5))
        parts += [moved(leg, x=x, y=y) for x, y in _four(width, depth, 4)]
        if chance(rng, 0.5):
            for bar in on_both_sides(moved(box(1.8, depth - 10, 2.4), x=width / 2 - 4, z=under / 3)):
                parts.append(bar)
    back = _chair_back(rng, width * 0.94, between(rng, 34, 52))
    parts += [moved(part, y=depth / 2 - 2, z=seat) for part in back]
    if chance(rng, 0.35):
        parts += _arm_rests(width, depth, seat)
    return assembly(parts)


def _pedestal(rng: np.random.Generator, height: float, spread: float) -> list[Mesh]:
    """A middle column on a plate or on a star of feet."""
    column = moved(cylinder(between(rng, 4, 8), height - 3, 24), z=3)
    if chance(rng, 0.5):
        r = spread * 0.5
        foot = lathe([(r, 0), (r, 0.8), (r * 0.5, 1.6), (4, 3.0), (0, 3.0)], n=40)
        return [column, foot]
    n = count(rng, 3, 5)
    arm = loft([
        np.c_[np.full(4, x), [-w, w, w, -w], [z - h, z - h, z, z]]
        for x, w, z, h in [(0, 2.2, 6.5, 4.5), (spread * 0.55, 1.4, 3.0, 3.0)]
    ])  # fmt: skip
    return [column, *around(arm, n, 90)]


def build_stool(rng: np.random.Generator) -> Mesh:
    """Stool: round, square or saddle seat on three or four legs or a pedestal."""
    width, height = between(rng, 30, 42), one_of(rng, between(rng, 40, 50), between(rng, 60, 78))
    thick = between(rng, 2.5, 7)
    outline = one_of(
        rng, ellipse(width, n=44), rounded_rectangle(width, width, between(rng, 1, 9)),
        polygon(6, width / 2, 30), superellipse(width * 1.15, width * 0.8, 3),
    )  # fmt: skip
    parts = [moved(slab(outline, thick, thick * between(rng, 0.1, 0.45)), z=height - thick)]
    under = height - thick
    style = one_of(rng, "splayed", "splayed", "pedestal", "square", "drum")
    if style == "pedestal":
        parts += _pedestal(rng, under, width)
        if chance(rng, 0.6):
            parts.append(moved(hoop(width * 0.8, 1.6), z=under * 0.35))
            parts += around(moved(turned(cylinder(1.2, width * 0.4), "y", 90), z=under * 0.35), 4)
    elif style == "drum":
        waist = between(rng, 0.55, 0.95)
        r = width / 2 - 1
        profile = smooth([(r, 0), (r * (1 + waist) / 2, under / 4), (r * waist, under / 2),
                          (r * (1 + waist) / 2, under * 0.75), (r, under)], 5)  # fmt: skip
        parts.append(lathe(profile))
    else:
        n = count(rng, 3, 4)
        splay = between(rng, 0.1, 0.5) if style == "splayed" else 0.0
        at = polygon(n, width * 0.34, 45 if n == 4 else 90)
        parts += _splayed(at, under, splay, between(rng, 3, 4.5))
        if chance(rng, 0.7):
            low = at * (1 + splay * 0.65)
            for a, b in zip(low, np.roll(low, -1, axis=0), strict=True):
                parts.append(tube([(*a, under * 0.35), (*b, under * 0.35)], 0.9, n=10))
    return assembly(parts)


def build_bench(rng: np.random.Generator) -> Mesh:
    """Park or hall bench: slatted or solid seat, end frames, perhaps a back."""
    width, depth, seat = between(rng, 100, 160), between(rng, 36, 46), between(rng, 42, 46)
    parts = []
    if chance(rng, 0.6):
        n = count(rng, 3, 7)
        gap = depth / n
        for k in range(n):
            slat = soft_box(width, gap * 0.8, 3, 0.4, 0.4)
            parts.append(moved(slat, y=-depth / 2 + gap * (k + 0.5), z=seat - 3))
    else:
        parts.append(moved(soft_box(width, depth, 6, between(rng, 0.5, 6), 1.2), z=seat - 6))
    under = seat - (3 if len(parts) > 1 else 6)
    end = one_of(rng, "legs", "slab", "loop")
    x = width / 2 - between(rng, 4, 20)
    if end == "slab":
        parts += on_both_sides(moved(box(4, depth * 0.9, under), x=x))
    elif end == "loop":
        y = depth / 2 - 3
        frame = filleted([(x, -y, 1.5), (x, y, 1.5), (x, y, under - 1.5), (x, -y, under - 1.5)], 4,
                         closed=True)  # fmt: skip
        square = rounded_rectangle(3, 3, 0)
        parts += on_both_sides(tube(frame, 1.0, section=square, closed=True))
    else:
        for y in (depth / 2 - 4, -depth / 2 + 4):
            parts += on_both_sides(moved(box(5, 5, under), x=x, y=y))
        parts += on_both_sides(moved(box(4, depth - 13, 4), x=x, z=under * 0.3))
    if chance(rng, 0.5):
        n, rise = count(rng, 2, 4), 40.0
        post = moved(turned(box(4, 3, rise), "x", -10), y=depth / 2 - 2, z=seat)
        parts += on_both_sides(moved(post, x=x))
        for k in range(n):
            rail = moved(soft_box(width, 2, rise / n * 0.7, 0.3), y=-2.5, z=4 + k * rise / n)
            parts.append(moved(turned(rail, "x", -10), y=depth / 2 - 2, z=seat))
    return assembly(parts)


def build_table(rng: np.random.Generator) -> Mesh:
    """Table: top outline, legs, trestles or pedestal, perhaps apron, shelf or drawers."""
    width, height = between(rng, 60, 150), one_of(rng, between(rng, 38, 48), between(rng, 68, 76))
    depth = width * between(rng, 0.45, 1.0)
    thick = between(rng, 2, 5)
    outline = one_of(
        rng, rounded_rectangle(width, depth, between(rng, 0, 12)), ellipse(width, depth, 56),
        superellipse(width, depth, 3.2), polygon(count(rng, 6, 8), width / 2, 22.5),
    )  # fmt: skip
    parts = [moved(slab(outline, thick, one_of(rng, 0.0, 0.8)), z=height - thick)]
    under = height - thick
    style = one_of(rng, "square", "tapered", "turned", "round", "splayed", "pedestal", "trestle")
    inner_w, inner_d = width * 0.66, depth * 0.66
    if style == "pedestal":
        parts += _pedestal(rng, under, min(width, depth))
    elif style == "trestle":
        lean = inner_d / 2
        for x in (-inner_w / 2, inner_w / 2):
            for side in (-1, 1):
                path = [(x, side * lean, 0), (x, side * lean * 0.25, under)]
                parts.append(tube(path, 1.0, section=rounded_rectangle(4, 6, 0)))
            parts.append(moved(box(4, inner_d * 0.6, 4), x=x, z=under * 0.45))
        parts.append(moved(box(inner_w - 4, 4, 5), z=under * 0.5 - 2.5))
    elif style == "splayed":
        parts += _splayed(_four(inner_w, inner_d, 3), under, between(rng, 0.1, 0.3), 5)
    else:
        leg = _leg(rng, under, style, between(rng, 4, 7))
        parts += [moved(leg, x=x, y=y) for x, y in _four(inner_w, inner_d, 3)]
        if chance(rng, 0.5):
            apron = prism(rounded_rectangle(inner_w, inner_d, 0), under * 0.15,
                          holes=[rounded_rectangle(inner_w - 4, inner_d - 4, 0)])  # fmt: skip
            parts.append(moved(apron, z=under * 0.85))
        if chance(rng, 0.4):
            parts.append(moved(box(inner_w - 6, inner_d - 6, 2), z=under * 0.25))
    return assembly(parts)


def build_shelf(rng: np.random.Generator) -> Mesh:
    """Shelving unit: closed sides or posts, boards at even or uneven levels, dividers."""
    width, depth, height = between(rng, 50, 110), between(rng, 24, 38), between(rng, 70, 180)
    n = count(rng, 3, 6)
    board = between(rng, 1.8, 3.5)
    parts: list[Mesh] = []
    style = one_of(rng, "sides", "posts")
    inner = width
    if style == "sides":
        parts += on_both_sides(moved(box(board, depth, height), x=width / 2 - board / 2))
        inner = width - 2 * board
        if chance(rng, 0.5):
            parts.append(moved(box(inner, 1.0, height), y=depth / 2 - 0.5))
    else:
        post = cylinder(2.4, height, 16) if chance(rng, 0.5) else box(2.6, 2.6, height)
        for x, y in _four(width, depth, 1.3):
            parts.append(moved(post, x=x, y=y))
    levels = np.linspace(4, height - board, n)
    if chance(rng, 0.4):
        levels[1:-1] += rng.uniform(-0.25, 0.25, n - 2) * (height / n)
    plank = box(inner - (0 if style == "sides" else 1.4), depth - 1.2, board)
    parts += [moved(plank, z=level) for level in levels]
    if style == "sides" and chance(rng, 0.6):
        for low, high in zip(levels[:-1], levels[1:], strict=True):
            if chance(rng, 0.6):
                x = between(rng, -0.25, 0.25) * inner
                gap = high - low - board
                parts.append(moved(box(board * 0.8, depth - 2.5, gap), x=x, z=low + board))
    return assembly(parts)


def build_bed(rng: np.random.Generator) -> Mesh:
    """Bed: frame, mattress, head board of some outline, pillows; feet or drawers."""
    width, length, rail = between(rng, 95, 180), between(rng, 198, 212), between(rng, 24, 34)
    foot = between(rng, 0, 14)
    parts = [moved(soft_box(width, length, rail - foot, 2, 0.8), z=foot)]
    mattress = soft_box(width - 5, length - 6, between(rng, 14, 22), 8, 3)
    parts.append(moved(mattress, z=rail))
    if foot > 3:
        leg = one_of(rng, box(7, 7, foot), cylinder(7, foot, 20))
        parts += [moved(leg, x=x, y=y) for x, y in _four(width, length, 6)]
    high = between(rng, 75, 120)
    w = width / 2 + between(rng, 0, 6)
    crest = one_of(
        rng,
        np.array([(-w, 0), (w, 0), (w, high), (-w, high)]),
        filleted([(-w, 0), (w, 0), (w, high), (-w, high)], 26, n=9, closed=True),
        np.concatenate([[(-w, 0), (w, 0)], arc(1, 0, 180, 21) * [w, high * 0.3] + [0, high * 0.7]]),
    )
    parts.append(moved(upright_plate(crest, 6), y=length / 2 + 3))
    if chance(rng, 0.4):
        n = count(rng, 3, 6)
        pad = width / n
        for k in range(n):
            tuft = turned(soft_box(pad * 0.94, high * 0.28, 3, 2.0, 1.2), "x", 90)
            at = -width / 2 + pad * (k + 0.5)
            parts.append(moved(tuft, x=at, y=length / 2, z=rail + 22 + high * 0.1))
    if chance(rng, 0.5):
        parts.append(moved(box(width, 5, rail + between(rng, 6, 24)), y=-length / 2 - 2.5))
    top = rail + float(mattress.vertices[:, 2].max())
    n_pillows = 1 if width < 120 else 2
    pillow = soft_box(width / n_pillows * 0.72, 38, 11, 9, 5)
    for k in range(n_pillows):
        at = (k - (n_pillows - 1) / 2) * width / n_pillows
        parts.append(moved(pillow, x=at, y=length / 2 - 26, z=top))
    return assembly(parts)


def build_coat_rack(rng: np.random.Generator) -> Mesh:
    """Standing coat rack: base, pole, pegs that are straight, bent or knobbed."""
    height = between(rng, 150, 185)
    pole = between(rng, 3, 5)
    parts = [cylinder(pole, height, 20)]
    if chance(rng, 0.5):
        r = between(rng, 17, 24)
        parts.append(lathe([(r, 0), (r, 1.5), (r * 0.7, 3), (pole * 0.7, 4), (0, 4)], n=40))
    else:
        n = count(rng, 3, 4)
        foot = smooth([(pole * 0.4, 0, 22), (12, 0, 20), (22, 0, 8), (28, 0, 1.3)], 4)
        parts += around(tube(foot, 1.3, n=10), n, 45)
    n_pegs = count(rng, 3, 6)
    for tier in range(count(rng, 1, 3)):
        z = height - 12 - tier * between(rng, 18, 30)
        peg = one_of(
            rng,
            tube(smooth([(0, 0, z), (9, 0, z - 2), (13, 0, z + 3), (12, 0, z + 9)], 4), 1.1, n=10),
            tube([(0, 0, z), (14, 0, z + 8)], 1.3, n=12),
            tube(smooth([(0, 0, z - 6), (8, 0, z - 6), (15, 0, z), (14, 0, z + 7)], 4), 0.9, n=10),
        )
        parts += around(peg, n_pegs, 45 + tier * 180 / n_pegs)
    parts.append(moved(one_of(rng, ball(pole * 1.5, 20), cylinder(pole * 1.3, 2, 20)), z=height))
    return assembly(parts)
