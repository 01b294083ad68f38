"""Combs, brushes, soaps, cosmetics and vaporizers (Locarno 04, 27, 28)."""

import numpy as np

from drafting.mesh import Mesh
from samples.choices import between, chance, count, one_of
from samples.outlines import (
    Points,
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
    facing,
    moved,
    on_both_sides,
    turned,
)
from samples.solids import (
    box,
    cylinder,
    lathe,
    pillow,
    prism,
    slab,
    soft_box,
    stacked,
    tube,
    upright_plate,
)


def build_comb(rng: np.random.Generator) -> Mesh:
    """Comb facing the viewer: back straight, arched or tailed, fine and coarse teeth."""
    w, h = between(rng, 12, 18), between(rng, 3, 5)
    back = h * between(rng, 0.3, 0.45)
    style = one_of(rng, "bar", "arched", "tail", "grip", "pick")
    t = 0.32
    if style == "arched":
        crest = smooth(
            [(w / 2, back), (w * 0.25, back * 1.7), (-w * 0.25, back * 1.7), (-w / 2, back)], 5
        )
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
        bar = [(-w / 2, 0), (w / 2, 0), (w / 2, back), (-w / 2, back)]
        outline = filleted(bar, between(rng, 0.1, 0.9), n=5, closed=True)
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
            tooth = np.array(
                [
                    (-step * 0.25, -reach),
                    (step * 0.25, -reach),
                    (step * 0.5, 0.02),
                    (-step * 0.5, 0.02),
                ]
            )
            parts.append(moved(upright_plate(tooth, t * 0.7), x=x))
    if style in ("bar", "arched"):
        parts += on_both_sides(moved(box(w * 0.035, t, reach), x=w * 0.482, z=-reach))
    return assembly(parts)


def build_hair_brush(rng: np.random.Generator) -> Mesh:
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
    bow = smooth([(0, -depth + 0.5, t / 2), (0, -depth - 2, t / 2), (0, -depth - length * 0.6,
                                                                     t * 0.5),
                  (0, -depth - length, t * 0.4)], 5)  # fmt: skip
    swell = np.interp(
        np.linspace(0, 1, len(bow)),
        [0, 0.25, 0.75, 1],
        one_of(rng, [1.1, 0.7, 1.1, 0.7], [0.8, 0.8, 0.9, 0.5], [1.4, 0.8, 0.9, 1.2]),
    )
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
    section = one_of(
        rng, ellipse(1, n=40), rounded_rectangle(1, 1, 0.2), superellipse(1, 1, 2.8, 40)
    )
    outline = section * [w, d]
    body_h = h * between(rng, 0.62, 0.78)
    parts = [slab(outline, body_h, 0.12)]
    neck = one_of(rng, 0.4, 0.75)
    mouth_h = h - body_h
    mouth = stacked(
        outline,
        [
            (0.94, 0),
            (0.94, mouth_h * 0.25),
            (neck, mouth_h * 0.6),
            (neck * 0.85, mouth_h),
        ],
    )
    mouthpiece = moved(mouth, z=body_h - 0.01)  # fmt: skip
    band = moved(prism(outline * 1.03, 0.25), z=body_h * between(rng, 0.1, 0.85))
    parts.append(band)
    key = one_of(rng, ellipse(w * 0.35, n=28), rounded_rectangle(w * 0.3, w * 0.55, 0.1),
                 polygon(6, w * 0.2))  # fmt: skip
    parts.append(moved(facing(slab(key, 0.2, 0.05)), y=-d / 2 + 0.06, z=body_h * 0.7))
    if chance(rng, 0.5):
        window = slab(rounded_rectangle(w * 0.3, body_h * 0.2, w * 0.14), 0.15, 0.03)
        parts.append(moved(facing(window), y=-d / 2 + 0.06, z=body_h * 0.4))
    if style == "box" and chance(rng, 0.6):
        drip_tip = lathe([(d * 0.48, 0), (d * 0.48, 0.4), (d * 0.2, 0.8), (d * 0.2, 1.8)], n=32)
        tank = [cylinder(d * 0.9, h * 0.28, 32), moved(drip_tip, z=h * 0.28)]
        return assembly(parts, [moved(p, z=body_h - 0.01) for p in tank])
    return assembly(parts, [mouthpiece]) if chance(rng, 0.4) else assembly([*parts, mouthpiece])


def build_soap_bar(rng: np.random.Generator) -> Mesh:
    """Soap bar or pet treat: pillow of some outline with recess or relief."""
    w, d, h = between(rng, 8, 10), between(rng, 5, 6.5), between(rng, 2, 3)
    outline = one_of(rng, superellipse(w, d, 2.6), rounded_rectangle(w, d, 1.2),
                     ellipse(w * 0.8, n=48), superellipse(w, d, 4), _waisted(w, d))  # fmt: skip
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


def _waisted(w: float, d: float) -> Points:
    outline = superellipse(w, d, 3)
    pinch = 1 - 0.28 * np.exp(-((outline[:, 0] / (w * 0.22)) ** 2))
    waisted: Points = outline * np.c_[np.ones(len(outline)), pinch]
    return waisted


def build_cosmetic_container(rng: np.random.Generator) -> Mesh:
    """Cosmetic container: lipstick, compact or cream jar with stepped rings."""
    style = one_of(rng, "lipstick", "compact", "stick")
    if style == "lipstick":
        w = between(rng, 1.8, 2.4)
        section = one_of(
            rng, ellipse(1, n=40), rounded_rectangle(1, 1, 0.1), polygon(8, 0.53, 22.5)
        )
        parts = [prism(section * w, 3.2), moved(prism(section * w * 0.86, 0.9), z=3.2)]
        bullet = cylinder(w * 0.62, 2.4, 32)
        slope = bullet.vertices.copy()
        slope[:, 2] += np.where(slope[:, 2] > 1, slope[:, 0] * 0.9, 0)
        sleeve = moved(cylinder(w * 0.72, 1.4, 36), z=4.1)
        parts += [sleeve, moved(Mesh(slope, bullet.faces, bullet.face_parts), z=5.4)]
        lid = moved(prism(section * w, between(rng, 4, 5)), x=w * 1.7)
        return assembly(parts, [lid] if chance(rng, 0.6) else [])
    if style == "compact":
        w = between(rng, 6, 8)
        outline = one_of(rng, ellipse(w, n=52), rounded_rectangle(w, w, 1.2), polygon(8, w / 2,
                                                                                      22.5),
                         superellipse(w * 1.3, w * 0.8, 2.6))  # fmt: skip
        base = slab(outline, 0.9, 0.3)
        powder = moved(prism(outline * 0.8, 0.12), z=0.85)
        depth = float(outline[:, 1].max())
        lid = moved(slab(outline, 0.8, 0.3), y=-depth)
        angle = between(rng, 70, 110)
        raised = moved(turned(lid, "x", -angle), y=depth, z=0.8)
        glass = moved(turned(moved(prism(outline * 0.8, 0.1), y=-depth, z=-0.05), "x", -angle),
                      y=depth,
                      z=0.8)  # fmt: skip
        hinge = moved(turned(cylinder(0.6, w * 0.3, 18), "y", 90), x=-w * 0.15, y=depth, z=0.8)
        return assembly([base, powder, raised, glass, hinge])
    r, h = between(rng, 2.6, 3.8), between(rng, 2.4, 5)
    profile = [(r * 0.9, 0), (r, 0.3), (r, h * 0.55), (r * 0.94, h * 0.58), (r * 0.94, h * 0.62)]
    steps = count(rng, 1, 4)
    for k in range(steps):
        z = h * (0.62 + 0.5 * k / steps)
        profile += [(r * (1 - 0.06 * k), z), (r * (1 - 0.06 * k), z + h * 0.5 / steps)]
    return assembly([lathe(filleted(profile, 0.15, n=3), n=one_of(rng, 56, 56, 8, 12))])
