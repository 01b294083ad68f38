"""Faucets, sinks and showers (Locarno 23)."""

import numpy as np

from drafting.mesh import Mesh
from samples.choices import between, count, one_of
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
    moved,
    turned,
)
from samples.solids import (
    box,
    cylinder,
    lathe,
    loft,
    prism,
    slab,
    soft_box,
    stacked,
    tube,
)


def build_faucet(rng: np.random.Generator) -> Mesh:
    """Faucet: base, body, spout swan, square, straight or short; lever, side or two handles."""
    r = between(rng, 1.6, 2.4)
    foot = one_of(rng, ellipse(r * 2.8, n=44), rounded_rectangle(r * 2.6, r * 2.6, 0.5))
    h = between(rng, 9, 26)
    style = one_of(rng, "swan", "square", "straight", "short")
    body_h = h * (0.75 if style in ("straight", "short") else 0.35)
    body = one_of(rng, cylinder(r * 2, body_h, 40), lathe([(r * 1.1, 0), (r * 0.8, body_h)], n=40))
    parts = [slab(foot, 0.8, 0.25), moved(body, z=0.79), *_faucet_spout(rng, style, r, h)]
    handles = "pair" if style == "straight" else one_of(rng, "lever", "side", "pair")
    top = 0.79 + body_h
    if handles == "pair":
        parts += _faucet_pair(rng, r)
    elif handles == "lever":
        cap = lathe([(r * 0.9, 0), (r * 0.9, 1.0), (r * 0.6, 1.6), (0, 1.7)], n=36)
        bow = [(r * 0.3, 0, top + 1), (4, 0, top + 1.8), (8.5, 0, top + between(rng, 1.5, 4))]
        lever = tube(smooth(bow, 5), 1.0, section=superellipse(1.3, 0.7, 2.6, 16))
        parts += [moved(cap, z=top), lever]
    else:
        z = 0.79 + body_h * 0.6
        parts.append(moved(turned(cylinder(2.4, r + 2.2, 30), "y", 90), z=z))
        parts.append(tube([(r + 1.6, 0, z), (r + 2.4, -0.5, z + 6)], 0.4, n=14))
    return assembly(parts)


def _faucet_spout(rng: np.random.Generator, style: str, r: float, h: float) -> list[Mesh]:
    """A spout towards the viewer and the aerator at its end."""
    reach = between(rng, 10, 17)
    swan = [(0, 0, 0.8), (0, 0, h * 0.7), (0, -reach * 0.2, h * 0.95), (0, -reach * 0.55, h * 1.05),
            (0, -reach * 0.92, h * 0.9), (0, -reach, h * 0.62)]  # fmt: skip
    short = [(0, 0, h * 0.3), (0, -reach * 0.5, h * 0.5), (0, -reach * 0.9, h * 0.42),
             (0, -reach, h * 0.3)]  # fmt: skip
    path = {
        "swan": smooth(swan, 6),
        "square": filleted([(0, 0, 0.8), (0, 0, h), (0, -reach, h), (0, -reach, h - 3)], 0.9, n=3),
        "straight": np.array([(0, 0.6, h * 0.55), (0, -reach, h * 0.75)]),
        "short": smooth(short, 6),
    }[style]
    section = rounded_rectangle(2, 2, 0.2, 3) if style == "square" else ellipse(2, n=18)
    gauge = r * between(rng, 0.45, 0.65)
    x, y, z = path[-1]
    inward = 0.4 if style == "straight" else 0.0
    aerator = moved(cylinder(gauge * 2.3, 1.0, 24), x, y + inward, z - 0.95)
    return [tube(path, gauge, section=section), aerator]


def _faucet_pair(rng: np.random.Generator, r: float) -> list[Mesh]:
    """Two handles on rosettes beside the spout."""
    spread = between(rng, 7, 10)
    knob = one_of(
        rng, prism(polygon(6, 1.6), 2.2, taper=0.85), box(5.4, 1.1, 1.0),
        lathe(smooth([(0.8, 0), (1.8, 1), (1.5, 2.2), (0, 2.6)], 5), n=32),
    )  # fmt: skip
    rosette, stem = slab(ellipse(r * 2.2, n=36), 0.7, 0.2), moved(cylinder(1.8, 3.4, 26), z=0.6)
    return [moved(part, x=side * spread) for side in (-1, 1)
            for part in (rosette, stem, moved(knob, z=4.0))]  # fmt: skip


def build_sink(rng: np.random.Generator) -> Mesh:
    """Wash basin or sink: outline, depth, deck with tap hole, drain, pedestal or drainer."""
    w, d, h = between(rng, 40, 62), between(rng, 32, 44), between(rng, 12, 18)
    outline = one_of(rng, ellipse(w, d, 60), rounded_rectangle(w, d, between(rng, 1, 12), 9),
                     superellipse(w, d, 3, 60))  # fmt: skip
    deck = between(rng, 0.0, 0.14)
    under, lip = between(rng, 0.5, 0.9), between(rng, 1.2, 3)
    shift = np.array([0, -d * deck / 2])

    inner = 0.93 - deck
    outside = [(under, 0), (1.0, h - lip), (1.0, h)]
    inside = [(inner, h), (inner * 0.92, h * 0.6), (inner * 0.75, h * 0.28), (0.1, h * 0.22)]
    rings = [np.c_[outline * share, np.full(len(outline), z)] for share, z in outside]
    rings += [np.c_[outline * share + shift, np.full(len(outline), z)] for share, z in inside]
    body = loft(rings)
    drain = moved(
        lathe([(2.4, 0), (2.4, 0.3), (1.8, 0.4), (0, 0.1)], n=36), y=float(shift[1]), z=h * 0.22
    )
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
    outline = one_of(rng, ellipse(w, n=52), superellipse(w, w * 1.15, 3),
                     rounded_rectangle(w, w, 1.5), ellipse(w, w * 1.25, 52))  # fmt: skip
    t = between(rng, 1.6, 3)
    sizes = [(0.25, 0), (0.7, t * 0.35), (0.96, t * 0.7), (1, t), (0.97, t + 0.3)]
    dome = stacked(outline, sizes)
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
    bow = smooth(
        [
            (0, 0.6, 0.4),
            (0, 1.0, -w * 0.5),
            (0, 1.4, -length * 0.7),
            (0, 0.2 + between(rng, 0, 2), -length),
        ],
        6,
    )
    girth = np.interp(np.linspace(0, 1, len(bow)), [0, 0.3, 0.8, 1], [1.1, 1.0, 1.15, 0.85])
    grip = tube(bow, list(girth * between(rng, 1.0, 1.3)), section=superellipse(2, 1.7, 2.4, 18))
    end = moved(cylinder(2.0, 1.4, 24), y=float(bow[-1][1]), z=-length - 1.35)
    return assembly([*head, grip], [end])
