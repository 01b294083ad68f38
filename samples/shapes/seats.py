"""Chairs, stools and benches (Locarno 06-01)."""

import numpy as np

from drafting.mesh import Mesh
from samples.choices import between, chance, count, one_of
from samples.outlines import (
    Points,
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
from samples.shapes.legs import four_corners, pedestal, splayed_legs, upright_leg
from samples.solids import (
    box,
    cylinder,
    hoop,
    lathe,
    slab,
    soft_box,
    tube,
    upright_plate,
)


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
        hole = offset(ellipse(width * 0.5, height * 0.22, n=28), 0, height * 0.7)
        parts = [upright_plate(outline, 2.2, holes=[hole])]
    elif style == "hoop":
        ring = upright(arc(1, 0, 180, 17) * [x, height * 0.45])
        path = np.concatenate([[[x, 0, 0]], offset(ring, 0, 0, height * 0.55), [[-x, 0, 0]]])
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
        parts += pedestal(rng, under, width)
    elif style == "splayed":
        parts += splayed_legs(four_corners(width, depth, 7), under, between(rng, 0.15, 0.4), 4)
    else:
        support = upright_leg(under, style, between(rng, 3, 5))
        parts += [moved(support, x=x, y=y) for x, y in four_corners(width, depth, 4)]
        if chance(rng, 0.5):
            for bar in on_both_sides(
                moved(box(1.8, depth - 10, 2.4), x=width / 2 - 4, z=under / 3)
            ):
                parts.append(bar)
    back = _chair_back(rng, width * 0.94, between(rng, 34, 52))
    parts += [moved(part, y=depth / 2 - 2, z=seat) for part in back]
    if chance(rng, 0.35):
        parts += _arm_rests(width, depth, seat)
    return assembly(parts)


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
        parts += pedestal(rng, under, width)
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
        parts += splayed_legs(at, under, splay, between(rng, 3, 4.5))
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
