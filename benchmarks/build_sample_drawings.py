"""Draws generated designs into a training cache (`kind = "cache"` of a training configuration).

All views of a design share one draughtsman's pen, shading and broken parts, as the figures of a
patent do. Seeds start far from those of the demo's archives.

    python benchmarks/build_sample_drawings.py CACHE_DIR [--designs 12]
"""

import argparse
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from core.locarno import CLASS_NAMES
from core.ports import GreyImage
from drafting.line_art import Shading, draw
from encoder.training.drawings import Drawing, DrawnObject, write_drawing_set
from samples.designs import Design, make_design
from samples.families import FAMILIES

_FIRST_SEED = 50_000_000
_SIZE_PX = 256
RECIPE = "samples: all views of generated designs, one pen a design, v1"


def iter_designs(n_designs: int) -> Iterator[Drawing]:
    """Every view of `n_designs` designs a family, families taking turns."""
    for number in range(n_designs):
        for family_idx, family in enumerate(FAMILIES):
            design = make_design(family, _FIRST_SEED + 1000 * family_idx + number)
            kind = CLASS_NAMES[family.locarno[:2]].lower()
            title = design.title.lower()
            texts = (title, f"a line drawing of a {title}", f"{family.name}, {kind}", family.name)
            drawn = DrawnObject(family.name, texts, family.locarno[:2])
            for image in draw_views(design):
                yield Drawing(f"{family.name}/{number}", drawn, image)


def draw_views(design: Design) -> Iterator[GreyImage]:
    """The views of a design in one pen."""
    rng = random.Random(design.seed)
    pen = rng.uniform(1.0, 2.2)
    shaded = design.is_shaded or rng.random() < 0.4
    style = replace(
        design.style,
        outline_width_px=pen,
        crease_width_px=pen * rng.uniform(0.55, 0.95),
        tangent_width_px=0.7 * pen if design.style.tangent_width_px else 0.0,
        dash_px=rng.uniform(6, 10),
        gap_px=rng.uniform(3, 5),
        shading=Shading.STROKES if shaded else Shading.NONE,
        shading_width_px=pen * 0.6,
        shading_spacing_px=rng.uniform(6, 12),
    )
    for view in design.views:
        yield draw(design.edges, view.viewpoint, size_px=_SIZE_PX, style=style)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--designs", type=int, default=12, help="designs a family")
    arguments = parser.parse_args()
    n_drawings = write_drawing_set(arguments.cache, iter_designs(arguments.designs), recipe=RECIPE)
    print(f"{n_drawings} drawings of {len(FAMILIES) * arguments.designs} designs")


if __name__ == "__main__":
    main()
