"""Rings, pendants, hats and umbrellas (Locarno 02, 03, 11)."""

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
    star,
    superellipse,
    upright,
)
from samples.placing import (
    around,
    assembly,
    facing,
    moved,
    scaled,
    turned,
)
from samples.solids import (
    ball,
    cylinder,
    hoop,
    lathe,
    loft,
    prism,
    slab,
    tube,
)


def _gem(rng: np.random.Generator, width: float) -> Mesh:
    """Cut stone, girdle at z = 0, table up."""
    n = one_of(rng, 4, 6, 8, 8)
    ring = polygon(n, width / 2, 180 / n)
    small = polygon(n, width / 2, 180 / n) * between(rng, 0.5, 0.62)
    levels = [
        (ring * 0.05, -width * 0.42),
        (ring, -0.02 * width),
        (ring, 0.02 * width),
        (small, width * 0.2),
    ]
    return loft([np.c_[outline, np.full(n, z)] for outline, z in levels])


def build_ring(rng: np.random.Generator) -> Mesh:
    """Finger ring facing the viewer: band section, signet, solitaire, row of stones, twist."""
    r, w = between(rng, 0.85, 1.0), between(rng, 0.16, 0.45)
    style = one_of(rng, "solitaire", "signet", "band", "row", "twist", "halo")
    if style == "twist":
        return assembly(_twisted_band(rng, r))
    path = upright(ellipse(2 * r, n=56))
    section = one_of(rng, superellipse(0.16, w, 3, 14), ellipse(0.2, w * 0.7, 14),
                     rounded_rectangle(0.14, w, 0.03))  # fmt: skip
    swell = 0.35 if style in ("signet", "solitaire") and chance(rng, 0.6) else 0.0
    size = 1 + swell * np.clip(path[:, 2] / r, 0, 1) ** 3
    parts = [tube(path, list(size), section=section, closed=True)]
    top = r + 0.1
    if style == "signet":
        plate = one_of(rng, ellipse(1.1, 0.9, 36), rounded_rectangle(1.0, 0.8, 0.1),
                       polygon(6, 0.6), polygon(8, 0.55, 22.5))  # fmt: skip
        parts.append(moved(slab(plate, 0.22, 0.05), z=top - 0.1))
        parts.append(moved(prism(plate * 0.8, 0.03), z=top + 0.11))
    elif style in ("solitaire", "halo"):
        parts += _set_stone(rng, top, halo=style == "halo")
    elif style == "row":
        n = count(rng, 3, 7)
        gem = moved(_gem(rng, 0.26), z=top + 0.04)
        parts += [turned(gem, "y", (k - (n - 1) / 2) * 17) for k in range(n)]
    return assembly(parts)


def _twisted_band(rng: np.random.Generator, r: float) -> list[Mesh]:
    """Two wires wound around each other."""
    turns, gauge = count(rng, 3, 9), between(rng, 0.06, 0.13)
    t = np.arange(112) * 2 * np.pi / 112
    outward = np.stack([np.cos(t), 0 * t, np.sin(t)], axis=1)
    strands = []
    for phase in (0, np.pi):
        swing = np.cos(turns * t + phase)[:, None] * outward
        swing[:, 1] = np.sin(turns * t + phase)
        strands.append(tube(outward * r + 1.3 * gauge * swing, gauge, n=10, closed=True))
    return strands


def _set_stone(rng: np.random.Generator, top: float, *, halo: bool) -> list[Mesh]:
    """A stone in prongs above z = top, perhaps ringed by small ones."""
    width = between(rng, 0.35, 0.75)
    seat = top + width * 0.42
    prong = tube([(width * 0.1, 0, top - 0.05), (width * 0.54, 0, seat + 0.06)], 0.045, n=8)
    parts = [moved(_gem(rng, width), z=seat), *around(prong, one_of(rng, 4, 6), 45)]
    if halo:
        bead = moved(_gem(rng, width * 0.3), x=width * 0.72, z=seat)
        parts += around(bead, count(rng, 8, 12))
    return parts


def _heart(width: float) -> Points:
    a = -np.arange(40) * 2 * np.pi / 40
    y = 13 * np.cos(a) - 5 * np.cos(2 * a) - 2 * np.cos(3 * a) - np.cos(4 * a)
    return np.stack([np.sin(a) ** 3 * 16, y], axis=1) / 34 * width


def build_pendant(rng: np.random.Generator) -> Mesh:
    """Pendant: plate of some outline with relief or opening, bail, chain in part."""
    w = between(rng, 1.6, 3)
    diamond = [(0, -w * 0.6), (w * 0.45, 0), (0, w * 0.6), (-w * 0.45, 0)]
    outline = one_of(rng, ellipse(w, n=48), _heart(w), star(5, w / 2, w / 4.4),
                     polygon(6, w / 2), ellipse(w * 0.7, w * 1.1, 44),
                     filleted(diamond, 0.2, closed=True))  # fmt: skip
    t = between(rng, 0.15, 0.4)
    if chance(rng, 0.35):
        hole = outline * between(rng, 0.45, 0.7)
        parts = [facing(prism(outline, t, holes=[hole]))]
    else:
        parts = [facing(slab(outline, t, 0.05))]
        relief = one_of(
            rng, prism(outline * 0.72, 0.1), moved(scaled(_gem(rng, w * 0.4), z=0.6), z=0.05)
        )
        parts.append(moved(facing(relief), y=-t + 0.02))
    top = float(outline[:, 1].max())
    eye = turned(hoop(0.4, 0.12, 20, 8), "x", 90)
    bail = scaled(turned(hoop(0.6, 0.16, 22, 8), "y", 90), z=1.3)
    parts += [moved(eye, y=-t / 2, z=top + 0.14), moved(bail, y=-t / 2, z=top + 0.58)]
    drop = smooth([(-w * 1.1, 0, top + w * 1.7), (-w * 0.5, 0, top + 1.2), (0, 0, top + 0.8),
                   (w * 0.5, 0, top + 1.2), (w * 1.1, 0, top + w * 1.7)], 7)  # fmt: skip
    return assembly(parts, [moved(tube(drop, 0.06, n=8), y=-t / 2)])


def build_hat(rng: np.random.Generator) -> Mesh:
    """Hat: crown round, flat or pinched, brim flat, curled or visor, band, button."""
    r, h = between(rng, 8.5, 9.5), between(rng, 9, 14)
    style = one_of(rng, "fedora", "bowler", "bucket", "cap", "top")
    band = moved(
        lathe(
            [(r * 0.95, 0.2), (r * 1.04, 0.2), (r * 1.03, 2.6), (r * 0.95, 2.6)], n=52, closed=True
        )
    )
    if style == "cap":
        shell = arc(1, 0, 90, 9) * [r, h * 0.8]
        dome = lathe([*(shell[::-1] * [0.97, 0.96]), *shell], n=52)
        edge = arc(1, 200, 340, 21) * [r * 1.02, r * 1.9]
        root = arc(1, 335, 205, 15) * [r * 0.98, r * 0.9]
        visor = prism(np.concatenate([edge, root]), 0.4)
        seam = tube(upright(arc(1, 0, 180, 19) * [r * 1.005, h * 0.806]), 0.12, n=6)
        seams = [turned(seam, "z", angle) for angle in (0, 60, 120)]
        bend = visor.vertices.copy()
        bend[:, 2] += 0.8 - bend[:, 0] ** 2 * between(rng, 0.005, 0.03)
        button = moved(slab(ellipse(1.4, n=20), 0.6, 0.2), z=h * 0.8 - 0.1)
        return assembly([scaled(dome, y=1.1), Mesh(bend, visor.faces, visor.face_parts), button,
                         *[scaled(s, y=1.1) for s in seams]])  # fmt: skip
    brim_r = r * between(rng, 1.35, 1.75)
    curl = between(rng, -2.5, 2.5)
    crowns = {
        "fedora": filleted([(r, 0), (r * 0.86, h), (0, h * 0.93)], 2.2, n=6),
        "bowler": arc(1, 0, 90, 12) * [r, h * 0.85],
        "bucket": filleted([(r, 0), (r * 0.8, h * 0.75), (0, h * 0.78)], 0.6),
        "top": filleted([(r, 0), (r * 0.92, h * 0.6), (r * 1.02, h * 1.15), (0, h * 1.15)], 0.6),
    }  # fmt: skip
    crown = crowns[style]
    under = [(brim_r, curl if style != "bucket" else -4.0)]
    profile = [
        *under,
        (brim_r, under[0][1] + 0.45),
        (r, 0.45),
        *[tuple(p) for p in crown if p[1] > 0.5],
    ]
    hollow = [(max(x - 0.3, 0), z - 0.5) for x, z in crown if z > 1.0][::-1]
    body = lathe([*hollow, (r * 0.95, -0.1), *profile], n=56)
    parts = [scaled(body, y=between(rng, 1.05, 1.2))]
    if style != "bucket" or chance(rng, 0.3):
        parts.append(
            scaled(band, y=float(parts[0].vertices[:, 1].max() / parts[0].vertices[:, 0].max()))
        )
    return assembly(parts)


def build_umbrella(rng: np.random.Generator) -> Mesh:
    """Open umbrella: ribs, canopy depth, shaft, handle crooked, straight or ball, tip."""
    r, n = between(rng, 44, 58), one_of(rng, 6, 8, 8, 10)
    rise = r * between(rng, 0.32, 0.5)
    profile = np.stack(
        [np.linspace(1, 0, 9) * r, rise * (1 - np.linspace(1, 0, 9) ** between(rng, 1.7, 2.4))], 1
    )
    outer = [tuple(p) for p in profile[:-1]] + [(0.0, rise)]
    inner = [(0.0, rise - 0.9)] + [
        (max(float(x) - 0.4, 0.3), float(z) - 0.9) for x, z in profile[:-1][::-1]
    ]
    canopy = lathe([*outer, *inner], n=n, closed=True)
    shaft_h = between(rng, 70, 84)
    low = rise - shaft_h
    parts = [
        canopy,
        moved(cylinder(1.1, shaft_h + 5, 14), z=low),
        moved(lathe([(1.3, 0), (0.4, 4)], n=16), z=rise + 3),
    ]
    rib = tube([(p[0] * 0.995, 0, p[1] - 1.0) for p in profile[::2]], 0.3, n=6)
    stay = tube(
        [
            (0.5, 0, rise * 0.3),
            (r * 0.5, 0, float(np.interp(-r * 0.5, -profile[:, 0], profile[:, 1])) - 1.2),
        ],
        0.28,
        n=6,
    )
    runner = moved(cylinder(2.2, 4, 18), z=rise * 0.3 - 2)
    parts += [*around(rib, n), *around(stay, n), runner]
    style = one_of(rng, "crook", "straight", "ball", "loop")
    if style == "crook":
        hook = upright(offset(arc(5, 180, 370, 17), 5, 0))
        grip = tube(offset(np.concatenate([[[0, 0, 9]], hook]), 0, 0, low), 1.3, n=16)
    elif style == "straight":
        grip = moved(lathe(smooth([(1.2, 0), (1.9, 3), (1.4, 8), (1.1, 12)], 4), n=28), z=low - 6)
    elif style == "ball":
        grip = moved(ball(5, 28), z=low - 3)
    else:
        path = filleted(
            [(0, 0, 6), (0, 0, 0), (6, 0, -3), (6, 0, -9), (0, 0, -9), (0, 0, -2)], 2, n=5
        )
        grip = tube(offset(path, 0, 0, low + 2), 1.0, n=14)
    return assembly(parts, [grip])
