"""Labelled 3-D models → patent-style drawings from many sides: the same object, several views."""

import csv
import io
import random
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np

from core.errors import MeshInvalid
from drafting.line_art import LineStyle, draw
from drafting.mesh import mesh_from_arrays
from drafting.topology import build_edges
from drafting.views import STANDARD_VIEWS, Viewpoint
from encoder.training.drawings import CACHE_SIZE_PX, Drawing, DrawnObject

RECIPE = "meshes: standard views and random perspectives, random pens, v1"


def iter_meshes(folder: Path, *, n_perspectives: int, seed: int) -> Iterator[Drawing]:
    """Draw every model from the seven standard sides and from random points above.

    Args:
        folder: Holds `meshes.zip` (`.npz` members with `v`, `f`) and `manifest.csv` (`file, label,
            category, up_axis`).
        n_perspectives: Random perspective views a model.
        seed: Fixes viewpoints and pens.

    Yields:
        Views, model after model; models that cannot be drawn are left out.
    """
    rng = random.Random(seed)  # noqa: S311 (pens, not secrets)
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    rng.shuffle(rows)
    with zipfile.ZipFile(folder / "meshes.zip") as archive:
        for row in rows:
            arrays = np.load(io.BytesIO(archive.read(row["file"])))
            up_axis: Literal["Y", "Z"] = "Y" if row["up_axis"] == "Y" else "Z"
            try:
                mesh = mesh_from_arrays(
                    arrays["v"].astype(np.float64), arrays["f"], up_axis=up_axis
                )
            except MeshInvalid:
                continue
            model, drawn = build_edges(mesh), _describe(row)
            for viewpoint in _viewpoints(n_perspectives, rng):
                image = draw(model, viewpoint, size_px=CACHE_SIZE_PX, style=_style(rng))
                yield Drawing(row["file"], drawn, image)


def _viewpoints(n_perspectives: int, rng: random.Random) -> list[Viewpoint]:
    free = [
        Viewpoint(rng.uniform(-180, 180), rng.uniform(-20, 60), rng.choice((0.0, 0.0, 0.15)))
        for _ in range(n_perspectives)
    ]
    return [*STANDARD_VIEWS.values(), *free]


def _style(rng: random.Random) -> LineStyle:
    pen = rng.uniform(0.8, 2.0)
    return LineStyle(
        crease_angle_deg=rng.uniform(18, 45),
        outline_width_px=pen,
        crease_width_px=pen * rng.uniform(0.6, 1.0),
        seed=rng.randrange(2**31),
    )


def _describe(row: dict[str, str]) -> DrawnObject:
    name = re.sub(r"[^a-z0-9 ]+", " ", row["label"].lower()).strip() or row["category"].lower()
    kind = re.sub(r"[_/-]+", " ", row["category"]).lower()
    return DrawnObject(name, (name, f"a line drawing of a {name}", f"{name}, {kind}"))
