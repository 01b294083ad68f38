"""Tables, shelves, beds and coat racks (Locarno 06)."""

from itertools import pairwise

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
from samples.placing import (
    around,
    assembly,
    moved,
    on_both_sides,
    turned,
)
from samples.shapes.legs import four_corners, pedestal, splayed_legs, upright_leg
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
        parts += pedestal(rng, under, min(width, depth))
    elif style == "trestle":
        lean = inner_d / 2
        for x in (-inner_w / 2, inner_w / 2):
            for side in (-1, 1):
                path = [(x, side * lean, 0), (x, side * lean * 0.25, under)]
                parts.append(tube(path, 1.0, section=rounded_rectangle(4, 6, 0)))
            parts.append(moved(box(4, inner_d * 0.6, 4), x=x, z=under * 0.45))
        parts.append(moved(box(inner_w - 4, 4, 5), z=under * 0.5 - 2.5))
    elif style == "splayed":
        parts += splayed_legs(four_corners(inner_w, inner_d, 3), under, between(rng, 0.1, 0.3), 5)
    else:
        support = upright_leg(under, style, between(rng, 4, 7))
        parts += [moved(support, x=x, y=y) for x, y in four_corners(inner_w, inner_d, 3)]
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
        for x, y in four_corners(width, depth, 1.3):
            parts.append(moved(post, x=x, y=y))
    levels = np.linspace(4, height - board, n)
    if chance(rng, 0.4):
        levels[1:-1] += rng.uniform(-0.25, 0.25, n - 2) * (height / n)
    plank = box(inner - (0 if style == "sides" else 1.4), depth - 1.2, board)
    parts += [moved(plank, z=level) for level in levels]
    if style == "sides" and chance(rng, 0.6):
        for low, high in pairwise(levels):
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
        parts += [moved(leg, x=x, y=y) for x, y in four_corners(width, length, 6)]
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
