"""Lamps, bulbs and candles (Locarno 26)."""

import numpy as np

from drafting.mesh import Mesh
from samples.choices import between, chance, count, one_of
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
    on_both_sides,
    scaled,
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
)


def _shade(rng: np.random.Generator, width: float) -> Mesh:
    """Open lamp shade, opening downwards at z = 0, its neck at the top."""
    r, h = width / 2, width * between(rng, 0.45, 0.9)
    style = one_of(rng, "cone", "bell", "dome", "drum", "disc", "faceted", "tiered")
    outside = {
        "cone": np.array([(r, 0), (r * 0.35, h)]),
        "bell": smooth([(r, 0), (r * 0.62, h * 0.3), (r * 0.5, h * 0.7), (r * 0.2, h)], 6),
        "dome": smooth([(r, 0), (r * 0.93, h * 0.35), (r * 0.65, h * 0.75), (r * 0.15, h)], 6),
        "drum": np.array([(r, 0), (r * 0.88, h)]),
        "disc": np.array([(r, 0), (r, h * 0.1), (r * 0.3, h * 0.3)]),
        "faceted": np.array([(r * 0.75, 0), (r, h * 0.45), (r * 0.25, h)]),
        "tiered": np.array([(r, 0), (r * 0.8, h * 0.3), (r * 0.8, h * 0.4), (r * 0.5, h * 0.7),
                            (r * 0.5, h * 0.8), (r * 0.2, h)]),
    }[style]  # fmt: skip
    n = count(rng, 5, 9) if style == "faceted" else 48
    top = float(outside[-1, 1])
    inside = [(max(radius - 0.35, 0.2), z - 0.02 if z else 0.0) for radius, z in outside[::-1]]
    inside[0] = (inside[0][0], top - 0.4)
    return lathe([*map(tuple, outside), (0.0, top), (0.0, top - 0.4), *inside], n=n, closed=True)


def build_pendant_lamp(rng: np.random.Generator) -> Mesh:
    """Pendant lamp: shade, neck, cord and ceiling rose; sometimes a cluster."""
    width = between(rng, 18, 42)
    shade = _shade(rng, width)
    top = float(shade.vertices[:, 2].max())
    neck_h = between(rng, 2, 6)
    neck = one_of(
        rng,
        cylinder(width * 0.14, neck_h, 24),
        lathe([(width * 0.12, 0), (width * 0.05, neck_h * 0.6), (width * 0.05, neck_h)], n=24),
        ball(neck_h, 20),
    )
    cord_h = width * between(rng, 0.5, 1.1)
    unit = [shade, moved(neck, z=top - 0.05)]
    if chance(rng, 0.5):
        unit.append(moved(ball(width * 0.3, 24), z=between(rng, -0.12, 0.08) * width))
    cord_from = top + neck_h - 0.1
    cord = moved(cylinder(0.7, cord_h, 10), z=cord_from)
    rose = moved(lathe([(5, 0), (5, 1.2), (4, 2.4)], n=32), z=cord_from + cord_h)
    if chance(rng, 0.25):
        n = count(rng, 2, 3)
        bar = soft_box(width * 1.15 * n, 4, 2, 1)
        at = (np.arange(n) - (n - 1) / 2) * width * 1.15
        parts = [moved(p, x=x) for x in at for p in unit]
        cords = [moved(cord, x=x) for x in at]
        return assembly(parts, [*cords, moved(bar, z=cord_from + cord_h)])
    return assembly(unit, [cord, rose])


def build_desk_lamp(rng: np.random.Generator) -> Mesh:
    """Desk lamp: base, jointed, bowed or straight stem, conical, bar or disc head."""
    base_w, base_h = between(rng, 12, 20), between(rng, 1.5, 3.5)
    outline = one_of(rng, ellipse(base_w, n=44), rounded_rectangle(base_w, base_w * 0.8, 2),
                     superellipse(base_w, base_w * 0.75, 3), polygon(6, base_w / 2))  # fmt: skip
    parts = [slab(outline, base_h, min(0.9, base_h / 3))]
    reach, height = between(rng, 12, 24), between(rng, 26, 42)
    style = one_of(rng, "jointed", "bow", "straight", "gooseneck")
    rod = between(rng, 0.5, 0.9)
    back = base_w * 0.25
    tip = (back - reach, 0.0, height)
    if style == "jointed":
        elbow = (back + between(rng, 2, 7), 0.0, height * between(rng, 0.5, 0.65))
        tip = (tip[0], 0.0, height * between(rng, 0.8, 1.0))
        parts += [tube([(back, 0, base_h - 0.1), elbow], rod), tube([elbow, tip], rod)]
        joint = turned(cylinder(rod * 4.2, rod * 4, 22), "x", 90)
        for x, _, z in ((back, 0, base_h + rod), elbow, tip):
            parts.append(moved(joint, x=x, y=rod * 2, z=z))
    elif style == "bow":
        path = smooth([(back, 0, base_h - 0.1), (back + 2, 0, height * 0.55),
                       (back - reach * 0.4, 0, height), (*tip[:2], height * 0.86)], 7)  # fmt: skip
        tip = (tip[0], 0.0, height * 0.86)
        parts.append(tube(path, rod))
    elif style == "gooseneck":
        path = smooth([(back, 0, base_h - 0.1), (back, 0, height * 0.5), (back - 2, 0,
                                                                          height * 0.9),
                       (back - reach * 0.6, 0, height), (*tip[:2], height * 0.8)], 6)  # fmt: skip
        tip = (tip[0], 0.0, height * 0.8)
        parts.append(tube(path, rod * 1.4))
    else:
        parts.append(tube([(back, 0, base_h - 0.1), (back, 0, height + 1)], rod * 1.2))
        parts.append(tube([(back, 0, height), tip], rod))
    parts += [moved(p, *tip) for p in _lamp_head(rng)]
    cord = smooth([(base_w * 0.4, 0, 0.5), (base_w * 0.7, 0, 0.5), (base_w * 0.8, 4, 0.5),
                   (base_w * 1.0, 5, 0.5)], 5)  # fmt: skip
    return assembly(parts, [tube(cord, 0.35, n=8)] if chance(rng, 0.4) else [])


def _lamp_head(rng: np.random.Generator) -> list[Mesh]:
    """A lamp head hanging from the origin, shining down."""
    style = one_of(rng, "shade", "bar", "disc", "globe", "can")
    if style == "shade":
        shade = _shade(rng, between(rng, 10, 17))
        top = float(shade.vertices[:, 2].max())
        return [turned(moved(shade, z=-top), "y", between(rng, 0, 30)), ball(2.2, 18)]
    if style == "bar":
        bar = soft_box(between(rng, 20, 34), between(rng, 2.6, 5), between(rng, 1, 2), 1.3, 0.3)
        return [moved(bar, x=between(rng, -6, 2), z=-1.0)]
    if style == "disc":
        return [moved(slab(ellipse(between(rng, 10, 18), n=48), 1.6, 0.6), z=-1.6)]
    if style == "globe":
        return [moved(ball(between(rng, 8, 13), 32), z=-9), cylinder(3, 1.8, 24)]
    can = turned(moved(cylinder(between(rng, 6, 9), between(rng, 9, 14), 36), z=-9), "y", 25)
    return [can]


def build_bulb(rng: np.random.Generator) -> Mesh:
    """Light bulb: pear, globe, candle, tube, reflector or spiral envelope on a screw cap."""
    style = one_of(rng, "pear", "globe", "candle", "tube", "reflector", "spiral")
    r, h = between(rng, 2.6, 3.6), between(rng, 6.5, 9)
    neck = 1.35
    outlines = {
        "pear": smooth([(neck, 0), (neck * 1.2, h * 0.22), (r * 0.93, h * 0.5), (r, h * 0.68),
                        (r * 0.72, h * 0.92), (0, h)], 7),
        "globe": smooth([(neck, 0), (r * 0.95, h * 0.25), (r * 1.35, h * 0.55),
                         (r * 0.95, h * 0.87), (0, h)], 7),
        "candle": smooth([(neck, 0), (r * 0.62, h * 0.28), (r * 0.5, h * 0.6), (0.35, h * 0.92),
                          (0, h * 1.05)], 7),
        "tube": filleted([(neck, 0), (neck * 1.15, 0.6), (neck * 1.15, h * 1.2), (0, h * 1.2)], 1.3,
                         n=7),
        "reflector": filleted([(neck, 0), (neck * 1.1, h * 0.25), (r * 1.2, h * 0.7),
                               (r * 1.2, h * 0.8), (0, h * 0.92)], 0.9, n=6),
    }  # fmt: skip
    if style == "spiral":
        turns = count(rng, 2, 4)
        t = np.linspace(0, 1, 26 * turns)
        angle = t * turns * 2 * np.pi
        helix = np.stack(
            [np.cos(angle) * r * 0.75, np.sin(angle) * r * 0.75, 2.4 + t * h * 0.75], 1
        )
        parts = [tube(helix, 0.55, n=10), cylinder(r * 1.6, 1.8, 36)]
        parts[1] = lathe([(neck, 0), (r * 0.95, 0.6), (r * 0.95, 1.9), (0, 2.1)], n=40)
    else:
        parts = [lathe(outlines[style], n=48)]
        if chance(rng, 0.4):
            collar = [(neck, -0.2), (neck * 1.5, h * 0.05), (neck * 1.7, h * 0.22), (0, h * 0.22)]
            fins = box(0.35, 0.9, h * 0.22)
            parts.append(lathe(collar, n=40))
            parts += around(moved(fins, x=neck * 1.5), count(rng, 8, 14))
    thread = []
    for k in range(4):
        z = -0.5 - 0.5 * k
        thread += [(1.28, z), (1.4, z - 0.12), (1.28, z - 0.24)]
    cap = [(0, -3.2), (0.5, -3.2), (0.55, -2.9), (1.0, -2.5), *thread[::-1], (neck, 0.02)]
    return assembly(parts, [lathe(cap, n=36)])


def build_candle(rng: np.random.Generator) -> Mesh:
    """Candle: pillar, taper, faceted, twisted or set in a jar or holder."""
    r, h = between(rng, 2.5, 4.5), between(rng, 7, 15)
    wick = moved(cylinder(0.35, 1.3, 8), z=h - 0.05)
    style = one_of(rng, "pillar", "stacked", "facets", "fluted", "holder")
    if style == "stacked":
        bead = ball(r * 2, 32)
        n = count(rng, 2, 4)
        parts = [moved(bead, z=k * r * 1.55) for k in range(n)]
        return assembly([*parts, moved(wick, z=(n - 1) * r * 1.55 + 2 * r - h)])
    if style == "facets":
        n = count(rng, 5, 8)
        body = prism(polygon(n, r), h, taper=between(rng, 0.5, 1.0))
    elif style == "fluted":
        n = count(rng, 8, 14)
        angles = np.arange(n * 6) * 2 * np.pi / (n * 6)
        wave = r * (1 + 0.07 * np.abs(np.sin(n * angles / 2)))
        body = prism(np.stack([np.cos(angles), np.sin(angles)], axis=1) * wave[:, None], h)
    else:
        top = one_of(rng, 0.15, 0.8)
        body = lathe(filleted([(r * 0.98, 0), (r, h), (0, h - 0.3)], top), n=48)
    parts = [body, wick]
    if style == "holder":
        dish = lathe([(r * 1.2, 0), (r * 2, 1.2), (r * 2, 1.6), (r * 1.15, 0.8), (r * 1.15, 2.6),
                      (r * 1.02, 2.6), (r * 1.02, 0.5)], n=48)  # fmt: skip
        ring = turned(hoop(3.2, 0.7, 24, 10), "x", 90)
        return assembly([*parts, dish, moved(ring, x=r * 2 + 1.3, z=1.4)])
    return assembly(parts)


def build_flashlight(rng: np.random.Generator) -> Mesh:
    """Flashlight along x: head, knurled or ribbed barrel, switch, tail ring or clip."""
    r, length = between(rng, 1.4, 2.2), between(rng, 9, 18)
    head = r * between(rng, 1.2, 2.0)
    cone = between(rng, 1.5, 4)
    profile = [(r * 0.9, 0), (r, 0.4)]
    for k in range(count(rng, 2, 7)):
        z = 1.6 + k * 1.0
        if z < length - 3:
            profile += [(r, z), (r * 0.88, z + 0.12), (r * 0.88, z + 0.42), (r, z + 0.54)]
    profile += [(r, length), (head, length + cone), (head, length + cone + 2.2)]
    profile += [(head * 0.92, length + cone + 2.5), (head * 0.85, length + cone + 2.5),
                (head * 0.3, length + cone + 1.2), (0, length + cone + 1.2)]  # fmt: skip
    parts = [lathe(profile, n=48)]
    button = one_of(rng, cylinder(1.2, 0.5, 20), soft_box(0.9, 1.8, 0.5, 0.3))
    parts.append(moved(turned(button, "y", 90), x=r - 0.15, z=length * 0.72))
    if chance(rng, 0.6):
        notch = box(0.5, 0.8, 0.9)
        ring = around(moved(notch, x=head - 0.1), count(rng, 5, 8), 20)
        parts += [moved(p, z=length + cone + 0.9) for p in ring]
    if chance(rng, 0.5):
        clip = filleted([(-r + 0.2, 0, 1.0), (-r - 0.6, 0, 1.0), (-r - 0.6, 0, length * 0.5),
                         (-r - 0.1, 0, length * 0.52)], 0.4)  # fmt: skip
        parts.append(tube(clip, 1.0, section=rounded_rectangle(0.9, 0.2, 0)))
    laid = [turned(p, "y", -90) for p in parts]
    return assembly([moved(p, z=head) for p in laid])


def build_lantern(rng: np.random.Generator) -> Mesh:
    """Lantern: base, glass or bars, roof, bail."""
    n = one_of(rng, 4, 6, 40)
    r, h = between(rng, 5, 7.5), between(rng, 10, 16)
    base = lathe([(r * 1.12, 0), (r * 1.12, 1.2), (r, 1.8), (0, 1.8)], n=n)
    glass = moved(lathe([(r * 0.78, 0), (r * 0.78, h)], n=n), z=1.8)
    roof_h = between(rng, 2, 6)
    roof = lathe([(r * 1.15, 0), (r * 1.15, 0.6), (r * 0.35, roof_h), (r * 0.35, roof_h + 1.2),
                  (r * 0.2, roof_h + 1.8), (0, roof_h + 1.8)], n=n)  # fmt: skip
    phase = 45 if n == 4 else 0
    bars = n if n < 10 else count(rng, 4, 8)
    post = moved(cylinder(0.7, h, 10), x=r * 0.92, z=1.8)
    parts = [base, glass, moved(roof, z=1.8 + h), *around(post, bars)]
    if chance(rng, 0.5):
        parts.append(moved(hoop(r * 1.84, 0.6, 40, 10), z=1.8 + h * 0.5))
    ring_r = between(rng, 1.5, 3.5)
    ring = scaled(turned(hoop(2 * ring_r, 0.5, 28, 10), "x", 90), z=between(rng, 0.8, 1.4))
    top = 1.8 + h + roof_h + 1.8
    return assembly([*[turned(p, "z", phase) for p in parts], moved(ring, z=top + ring_r * 0.8)])


def build_wall_lamp(rng: np.random.Generator) -> Mesh:
    """Wall lamp: back plate, arm, one or two shades up or down."""
    plate = one_of(rng, ellipse(12, n=40), rounded_rectangle(9, 16, 1.2), superellipse(10, 15, 3))
    back = turned(slab(plate, 1.6, 0.5), "x", 90)
    reach = between(rng, 7, 14)
    shade = _shade(rng, between(rng, 9, 15))
    top = float(shade.vertices[:, 2].max())
    up = chance(rng, 0.5)
    lamp = moved(scaled(shade, z=-1) if up else shade, z=top + 1 if up else -top - 1)
    arm = smooth([(0, -1.4, 0), (0, -reach * 0.5, one_of(rng, 0.0, 3.0, -3.0)), (0, -reach, 0)], 6)
    parts = [back]
    spread = 0.0 if chance(rng, 0.6) else between(rng, 9, 12)
    for side in (-1, 1) if spread else (0,):
        bent = arm + np.linspace(0, 1, len(arm))[:, None] * [side * spread, 0, 0]
        parts += [tube(bent, 0.7), moved(lamp, x=side * spread, y=-reach)]
        parts.append(moved(cylinder(3, 2, 24), x=side * spread, y=-reach, z=-1))
    parts += on_both_sides(moved(turned(cylinder(1, 0.5, 12), "x", 90), y=-1.5, x=2.4))
    return assembly(parts)
