"""Things worn, carried and used on the body (Locarno 02, 03, 04, 11, 26, 27, 28)."""

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


def _gem(rng: np.random.Generator, width: float) -> Mesh:
    """Cut stone, girdle at z = 0, table up."""
    n = one_of(rng, 4, 6, 8, 8)
    ring = polygon(n, width / 2, 180 / n)
    small = polygon(n, width / 2, 180 / n) * between(rng, 0.5, 0.62)
    levels = [(ring * 0.05, -width * 0.42), (ring, -0.02 * width), (ring, 0.02 * width), (small, width * 0.2)]
    return loft([np.c_[outline, np.full(n, z)] for outline, z in levels])


def build_ring(rng: np.random.Generator) -> Mesh:
    """Finger ring facing the viewer: band section, signet, solitaire, row of stones, twist."""
    r, w = between(rng, 0.85, 1.0), between(rng, 0.16, 0.45)
    style = one_of(rng, "solitaire", "signet", "band", "row", "twist", "halo")
    path = ellipse(2 * r, n=56)
    path = np.stack([path[:, 0], 0 * path[:, 0], path[:, 1]], axis=1)
    section = one_of(rng, superellipse(0.16, w, 3, 14), ellipse(0.2, w * 0.7, 14), rounded_rectangle(0.14, w, 0.03))
    size = np.ones(56)
    if style in ("signet", "solitaire") and chance(rng, 0.6):
        size = 1 + 0.35 * np.clip(path[:, 2] / r, 0, 1) ** 3
    if style == "twist":
        t = np.arange(112) * 2 * np.pi / 112
        parts = []
        k = count(rng, 5, 8)
        for phase in (0, np.pi):
            offset = 0.13 * np.stack([np.cos(k * t + phase) * np.cos(t), np.sin(k * t + phase),
                                      np.cos(k * t + phase) * np.sin(t)], axis=1)  # fmt: skip
            strand = np.stack([np.cos(t), 0 * t, np.sin(t)], axis=1) * r + offset
            parts.append(tube(strand, 0.1, n=10, closed=True))
        return assembly(parts)
    parts = [tube(path, list(size), section=section, closed=True)]
    top = r + 0.1
    stone = between(rng, 0.35, 0.75)
    if style == "signet":
        plate = one_of(rng, ellipse(1.1, 0.9, 36), rounded_rectangle(1.0, 0.8, 0.1), polygon(6, 0.6),
                       polygon(8, 0.55, 22.5))  # fmt: skip
        parts += [moved(slab(plate, 0.22, 0.05), z=top - 0.1), moved(prism(plate * 0.8, 0.03), z=top + 0.11)]
    elif style in ("solitaire", "halo"):
        seat = top + stone * 0.42
        parts.append(moved(_gem(rng, stone), z=seat))
        prong = tube([(stone * 0.1, 0, top - 0.05), (stone * 0.54, 0, seat + 0.06)], 0.045, n=8)
        parts += around(prong, one_of(rng, 4, 6), 45)
        if style == "halo":
            bead = moved(_gem(rng, stone * 0.3), x=stone * 0.72, z=seat)
            parts += around(bead, count(rng, 8, 12))
    elif style == "row":
        n = count(rng, 3, 7)
        for k in range(n):
            angle = (k - (n - 1) / 2) * 17
            gem = moved(_gem(rng, 0.26), z=top + 0.04)
            parts.append(turned(gem, "y", angle))
    return assembly(parts)


def build_pendant(rng: np.random.Generator) -> Mesh:
    """Pendant: plate of some outline with relief or opening, bail, chain in part."""
    w = between(rng, 1.6, 3)
    heart = np.array([(np.sin(a) ** 3 * 16, 13 * np.cos(a) - 5 * np.cos(2 * a) - 2 * np.cos(3 * a)
                       - np.cos(4 * a)) for a in np.arange(40) * 2 * np.pi / 40])[::-1] / 34 * w  # fmt: skip
    outline = one_of(rng, ellipse(w, n=48), heart, star(5, w / 2, w / 4.4), polygon(6, w / 2),
                     ellipse(w * 0.7, w * 1.1, 44), filleted([(0, -w * 0.6), (w * 0.45, 0), (0, w * 0.6),
                     (-w * 0.45, 0)], 0.2, closed=True))  # fmt: skip
    t = between(rng, 0.15, 0.4)
    if chance(rng, 0.35):
        hole = outline * between(rng, 0.45, 0.7)
        parts = [facing(prism(outline, t, holes=[hole]))]
    else:
        parts = [facing(slab(outline, t, 0.05))]
        relief = one_of(rng, prism(outline * 0.72, 0.1), moved(scaled(_gem(rng, w * 0.4), z=0.6), z=0.05))
        parts.append(moved(facing(relief), y=-t + 0.02))
    top = float(outline[:, 1].max())
    eye = turned(hoop(0.4, 0.12, 20, 8), "x", 90)
    bail = scaled(turned(hoop(0.6, 0.16, 22, 8), "y", 90), z=1.3)
    parts += [moved(eye, y=-t / 2, z=top + 0.14), moved(bail, y=-t / 2, z=top + 0.58)]
    drop = smooth([(-w * 1.1, 0, top + w * 1.7), (-w * 0.5, 0, top + 1.2), (0, 0, top + 0.8),
                   (w * 0.5, 0, top + 1.2), (w * 1.1, 0, top + w * 1.7)], 7)  # fmt: skip
    return assembly(parts, [moved(tube(drop, 0.06, n=8), y=-t / 2)])


def build_comb(rng: np.random.Generator) -> Mesh:
    """Comb facing the viewer: back straight, arched or tailed, fine and coarse teeth."""
    w, h = between(rng, 12, 18), between(rng, 3, 5)
    back = h * between(rng, 0.3, 0.45)
    style = one_of(rng, "bar", "arched", "tail", "grip", "pick")
    t = 0.32
    if style == "arched":
        crest = smooth([(w / 2, back), (w * 0.25, back * 1.7), (-w * 0.25, back * 1.7), (-w / 2, back)], 5)
        outline = np.concatenate([[(-w / 2, 0), (w / 2, 0)], crest])
    elif style == "pick":
        w = between(rng, 6, 9)
        outline = np.array([(-w / 2, 0), (w / 2, 0), (w * 0.4, 1.2), (w * 0.12, 2.2), (w * 0.16, 8),
                            (-w * 0.16, 8), (-w * 0.12, 2.2), (-w * 0.4, 1.2)])  # fmt: skip
        outline = filleted(outline, 0.7, n=4, closed=True)
        h = between(rng, 8, 11)
        back = 0.0
    elif style in ("tail", "grip"):
        end = 0.12 if style == "tail" else 0.42
        tail = [(-w / 2 - w * 0.7, back * (0.75 - end)), (-w / 2, 0), (w / 2, 0), (w / 2, back),
                (-w / 2, back), (-w / 2 - w * 0.7, back * (0.75 + end))]  # fmt: skip
        outline = filleted(tail, 0.4, n=4, closed=True)
    else:
        outline = filleted([(-w / 2, 0), (w / 2, 0), (w / 2, back), (-w / 2, back)], between(rng, 0.1, 0.9),
                           n=5, closed=True)  # fmt: skip
    parts = [upright_plate(np.asarray(outline), t)]
    reach = h - back
    fine, coarse = between(rng, 0.2, 0.26), between(rng, 0.4, 0.6)
    pitch = [coarse] if chance(rng, 0.6) else [coarse, fine]
    if style == "pick":
        pitch = [0.8]
    share = 0.92 * w / len(pitch)
    for part, step in enumerate(pitch):
        start = -w * 0.46 + part * share
        for k in range(int(share / (step * 2))):
            x = start + step * (2 * k + 0.7)
            tooth = np.array([(-step * 0.25, -reach), (step * 0.25, -reach), (step * 0.5, 0.02), (-step * 0.5, 0.02)])
            parts.append(moved(upright_plate(tooth, t * 0.7), x=x))
    if style in ("bar", "arched"):
        parts += on_both_sides(moved(box(w * 0.035, t, reach), x=w * 0.482, z=-reach))
    return assembly(parts)


def build_brush(rng: np.random.Generator) -> Mesh:
    """Hair, paddle or scrub brush: head outline, tufts or pins, handle."""
    w, d = between(rng, 5, 8), between(rng, 8, 12)
    head = one_of(rng, ellipse(w, d, 48), rounded_rectangle(w, d, 1.6), superellipse(w, d, 3),
                  ellipse(w * 0.95, n=48))  # fmt: skip
    t = between(rng, 1.0, 1.8)
    parts = [slab(head, t, 0.35), moved(slab(head * 0.84, 0.5, 0.2), z=t - 0.02)]
    rows, columns = count(rng, 5, 7), count(rng, 3, 5)
    depth = float(head[:, 1].max())
    tuft = one_of(rng, cylinder(0.35, 1.7, 8), prism(ellipse(0.6, n=10), 1.4, taper=1.25),
                  prism(polygon(6, 0.28), 1.9, taper=0.5))  # fmt: skip
    for row in range(rows):
        y = (row - (rows - 1) / 2) * depth * 1.5 / rows
        span = w * 0.34 * np.sqrt(max(1 - (y / depth) ** 2, 0.1))
        for column in range(columns):
            x = span * (2 * column / (columns - 1) - 1)
            parts.append(moved(tuft, x=x, y=y, z=t + 0.46))
    length = between(rng, 9, 13)
    bow = smooth([(0, -depth + 0.5, t / 2), (0, -depth - 2, t / 2), (0, -depth - length * 0.6, t * 0.5),
                  (0, -depth - length, t * 0.4)], 5)  # fmt: skip
    swell = np.interp(np.linspace(0, 1, len(bow)), [0, 0.25, 0.75, 1],
                      one_of(rng, [1.1, 0.7, 1.1, 0.7], [0.8, 0.8, 0.9, 0.5], [1.4, 0.8, 0.9, 1.2]))
    grip = tube(bow, list(swell), section=superellipse(2, t * 0.85, 2.6, 18))  # fmt: skip
    parts.append(grip)
    if chance(rng, 0.4):
        parts.append(moved(cylinder(0.8, t * 1.1, 18), y=-depth - length + 1.4, z=-t * 0.05))
    return assembly(parts)


def build_toothbrush(rng: np.random.Generator) -> Mesh:
    """Toothbrush along x: neck, waves of the handle, grip pads, bristle field."""
    length = between(rng, 17, 19.5)
    wave = rng.uniform(-0.35, 0.35, 4)
    knots = np.stack([np.linspace(-length / 2, length * 0.32, 5), np.zeros(5),
                      np.concatenate([wave, [0.0]])], axis=1)  # fmt: skip
    path = smooth(knots, 5)
    girth = np.interp(np.linspace(0, 1, len(path)), [0, 0.1, 0.4, 0.75, 1],
                      [0.35, 0.55, between(rng, 0.5, 0.75), 0.35, 0.28])  # fmt: skip
    parts = [tube(path, list(girth), section=superellipse(2.1, 1.5, 2.6, 20))]
    head_l = length * 0.17
    head = slab(superellipse(head_l, between(rng, 0.9, 1.3), 3), 0.45, 0.12)
    x0 = length * 0.32 + head_l / 2 - 0.3
    parts.append(moved(head, x=x0, z=-0.2))
    nx, ny = count(rng, 5, 8), 3
    trim = one_of(rng, 0.0, 0.25, -0.25)
    for k in range(nx):
        for m in range(ny):
            u = 2 * k / (nx - 1) - 1
            tuft = cylinder(0.26, 1.1 + trim * np.cos(u * 2.6), 8)
            parts.append(moved(tuft, x=x0 + u * head_l * 0.38, y=(m - 1) * 0.3, z=0.22))
    for k in range(count(rng, 0, 5)):
        at = path[6 + k]
        pad = soft_box(0.35, 1.0, 0.3, 0.12, 0.05)
        parts.append(moved(pad, x=float(at[0]), z=float(at[2]) + float(girth[6 + k]) * 0.66))
    return assembly(parts)


def build_vaporizer(rng: np.random.Generator) -> Mesh:
    """Electronic cigarette: stick, pod or box body, mouthpiece, button, window, ring."""
    style = one_of(rng, "stick", "pod", "box")
    h = between(rng, 8, 12)
    w, d = {"stick": (1.4, 1.4), "pod": (2.2, 1.1), "box": (4.2, 2.2)}[style]
    w, d = w * between(rng, 0.85, 1.15), d * between(rng, 0.9, 1.2)
    section = one_of(rng, ellipse(1, n=40), rounded_rectangle(1, 1, 0.2), superellipse(1, 1, 2.8, 40))
    outline = section * [w, d]
    body_h = h * between(rng, 0.62, 0.78)
    parts = [slab(outline, body_h, 0.12)]
    neck = one_of(rng, 0.4, 0.75)
    mouth_h = h - body_h
    mouth = loft([np.c_[outline * s, np.full(len(outline), z)]
                  for s, z in [(0.94, 0), (0.94, mouth_h * 0.25), (neck, mouth_h * 0.6), (neck * 0.85, mouth_h)]])
    mouthpiece = moved(mouth, z=body_h - 0.01)  # fmt: skip
    band = moved(prism(outline * 1.03, 0.25), z=body_h * between(rng, 0.1, 0.85))
    parts.append(band)
    key = one_of(rng, slab(ellipse(w * 0.35, n=28), 0.2, 0.06), slab(rounded_rectangle(w * 0.3, w * 0.55, 0.1), 0.2, 0.05),
                 slab(polygon(6, w * 0.2), 0.2, 0.05))  # fmt: skip
    parts.append(moved(facing(key), y=-d / 2 + 0.06, z=body_h * 0.7))
    if chance(rng, 0.5):
        window = slab(rounded_rectangle(w * 0.3, body_h * 0.2, w * 0.14), 0.15, 0.03)
        parts.append(moved(facing(window), y=-d / 2 + 0.06, z=body_h * 0.4))
    if style == "box" and chance(rng, 0.6):
        tank = [cylinder(d * 0.9, h * 0.28, 32), moved(lathe([(d * 0.48, 0), (d * 0.48, 0.4), (d * 0.2, 0.8),
                (d * 0.2, 1.8)], n=32), z=h * 0.28)]  # fmt: skip
        return assembly(parts, [moved(p, z=body_h - 0.01) for p in tank])
    return assembly(parts, [mouthpiece]) if chance(rng, 0.4) else assembly([*parts, mouthpiece])


def build_umbrella(rng: np.random.Generator) -> Mesh:
    """Open umbrella: ribs, canopy depth, shaft, handle crooked, straight or ball, tip."""
    r, n = between(rng, 44, 58), one_of(rng, 6, 8, 8, 10)
    rise = r * between(rng, 0.32, 0.5)
    profile = np.stack([np.linspace(1, 0, 9) * r, rise * (1 - np.linspace(1, 0, 9) ** between(rng, 1.7, 2.4))], 1)
    outer = [tuple(p) for p in profile[:-1]] + [(0.0, rise)]
    inner = [(0.0, rise - 0.9)] + [(max(float(x) - 0.4, 0.3), float(z) - 0.9) for x, z in profile[:-1][::-1]]
    canopy = lathe([*outer, *inner], n=n, closed=True)
    shaft_h = between(rng, 70, 84)
    low = rise - shaft_h
    parts = [canopy, moved(cylinder(1.1, shaft_h + 5, 14), z=low), moved(lathe([(1.3, 0), (0.4, 4)], n=16), z=rise + 3)]
    rib = tube([(p[0] * 0.995, 0, p[1] - 1.0) for p in profile[::2]], 0.3, n=6)
    stay = tube([(0.5, 0, rise * 0.3), (r * 0.5, 0, float(np.interp(-r * 0.5, -profile[:, 0], profile[:, 1])) - 1.2)], 0.28, n=6)
    runner = moved(cylinder(2.2, 4, 18), z=rise * 0.3 - 2)
    parts += [*around(rib, n), *around(stay, n), runner]
    style = one_of(rng, "crook", "straight", "ball", "loop")
    if style == "crook":
        hook = np.c_[arc(5, 180, 370, 17) + [5, 0], np.zeros(17)][:, [0, 2, 1]]
        grip = tube(np.concatenate([[[0, 0, 9]], hook]) + [0, 0, low], 1.3, n=16)
    elif style == "straight":
        grip = moved(lathe(smooth([(1.2, 0), (1.9, 3), (1.4, 8), (1.1, 12)], 4), n=28), z=low - 6)
    elif style == "ball":
        grip = moved(ball(5, 28), z=low - 3)
    else:
        path = filleted([(0, 0, 6), (0, 0, 0), (6, 0, -3), (6, 0, -9), (0, 0, -9), (0, 0, -2)], 2, n=5)
        grip = tube(path + [0, 0, low + 2], 1.0, n=14)
    return assembly(parts, [grip])


def build_hat(rng: np.random.Generator) -> Mesh:
    """Hat: crown round, flat or pinched, brim flat, curled or visor, band, button."""
    r, h = between(rng, 8.5, 9.5), between(rng, 9, 14)
    style = one_of(rng, "fedora", "bowler", "bucket", "cap", "top")
    band = moved(lathe([(r * 0.95, 0.2), (r * 1.04, 0.2), (r * 1.03, 2.6), (r * 0.95, 2.6)], n=52, closed=True))
    if style == "cap":
        dome = lathe([*(arc(1, 0, 86, 9) * [r, h * 0.8]), (0, h * 0.8)], n=52)
        visor_arc = np.concatenate([arc(1, 200, 340, 21) * [r * 1.02, r * 1.9], (arc(1, 335, 205, 15) * [r * 0.98, r * 0.9])])
        visor = prism(visor_arc, 0.4)
        seams = [turned(tube(np.c_[arc(1, 0, 180, 19) * [r * 1.005, h * 0.806], np.zeros(19)][:, [0, 2, 1]], 0.12, n=6),
                        "z", a) for a in (0, 60, 120)]  # fmt: skip
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
    profile = [*under, (brim_r, under[0][1] + 0.45), (r, 0.45), *[tuple(p) for p in crown if p[1] > 0.5]]
    body = lathe([(r * 0.95, -0.1), *profile], n=56)
    parts = [scaled(body, y=between(rng, 1.05, 1.2))]
    if style != "bucket" or chance(rng, 0.3):
        parts.append(scaled(band, y=float(parts[0].vertices[:, 1].max() / parts[0].vertices[:, 0].max())))
    return assembly(parts)


def build_soap_bar(rng: np.random.Generator) -> Mesh:
    """Soap bar or pet treat: pillow of some outline with recess or relief."""
    w, d, h = between(rng, 8, 10), between(rng, 5, 6.5), between(rng, 2, 3)
    outline = one_of(rng, superellipse(w, d, 2.6), rounded_rectangle(w, d, 1.2), ellipse(w * 0.8, w * 0.8, 48),
                     superellipse(w, d, 4), _waisted(w, d))  # fmt: skip
    body = pillow(outline, h * 0.7, h * 0.3, h * between(rng, 0.1, 0.4))
    top = float(body.vertices[:, 2].max())
    parts = [body]
    relief = one_of(rng, "oval", "bars", "none", "dots")
    if relief == "oval":
        parts.append(moved(slab(outline * 0.5, 0.5, 0.15), z=top - 0.4))
    elif relief == "bars":
        for x in np.linspace(-w * 0.25, w * 0.25, count(rng, 3, 6)):
            parts.append(moved(soft_box(0.35, d * 0.5, 0.7, 0.15), x=x, z=top - 0.62))
    elif relief == "dots":
        n = count(rng, 5, 9)
        parts += around(moved(slab(ellipse(0.7, n=18), 0.6, 0.2), x=w * 0.2, z=top - 0.45), n)
    return assembly(parts)


def _waisted(w: float, d: float) -> np.ndarray:
    outline = superellipse(w, d, 3)
    pinch = 1 - 0.28 * np.exp(-((outline[:, 0] / (w * 0.22)) ** 2))
    return outline * np.c_[np.ones(len(outline)), pinch]
