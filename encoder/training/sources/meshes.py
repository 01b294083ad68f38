"""Labelled 3-D models → patent-style drawings from many sides: the same object, several views."""

import csv
import io
import random
import re
import zipfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field

from core.errors import MeshInvalid, SourceInvalid
from drafting.line_art import LineStyle, Shading, draw
from drafting.mesh import mesh_from_arrays
from drafting.topology import build_edges
from drafting.views import STANDARD_VIEWS, Viewpoint
from encoder.training.drawings import CACHE_SIZE_PX, Drawing, DrawnObject
from encoder.training.sources.source import DATA_SEED, Job, SourceConfig

_RECIPE = "meshes: standard views and random perspectives, one draughtsman a model, v2"
_SHARE_OF_ONE_HAND = 0.75
"""Models whose views are all drawn in one style, as the figures of a patent are; the others' views
differ in style, so that style alone never tells which views belong together."""


class MeshSource(SourceConfig):
    """Labelled 3-D models, drawn from the seven standard sides and from random points above."""

    kind: Literal["meshes"]
    path: Path
    """Folder with `meshes.zip` (`.npz` members with `v`, `f`) and `manifest.csv` (`file, label,
    category, source, up_axis`)."""
    n_perspectives: int = Field(default=6, ge=0)
    """Random perspective views a model."""
    n_models: int | None = Field(default=None, ge=1)
    """Models drawn, picked by chance; None for all."""
    leave_out: tuple[str, ...] = ()
    """Values of the manifest's column `source`, for example of models whose licence is unclear."""
    kept_back: Path | None = None
    """CSV whose column `publication_id` names models (their `file`) that are not drawn, as
    `build_mesh_drawings` lists those it draws for measuring."""

    @property
    def recipe(self) -> str:
        return self.recipe_of(_RECIPE, *([self.kept_back] if self.kept_back else []))

    def jobs(self) -> Sequence[Job]:
        """One a model; models that cannot be drawn give nothing."""
        archive = self.path / "meshes.zip"
        drawn, _ = self.split()
        return [partial(_draw_model, archive, self.n_perspectives, DATA_SEED, row) for row in drawn]

    def split(self) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
        """The manifest's rows that are drawn, and those that the choice by chance passes over."""
        rows = [
            row
            for row in _read_listing(self.path / "manifest.csv")
            if row.get("source") not in self.leave_out
        ]
        if self.kept_back is not None:
            kept = {row.get("publication_id") for row in _read_listing(self.kept_back)}
            rows = [row for row in rows if row["file"] not in kept]
        random.Random(DATA_SEED).shuffle(rows)  # noqa: S311 (order, not secrets)
        n_drawn = len(rows) if self.n_models is None else self.n_models
        return rows[:n_drawn], rows[n_drawn:]


def _read_listing(listing: Path) -> list[dict[str, str]]:
    try:
        with listing.open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceInvalid(f"{listing} cannot be read: {error}") from error


def _draw_model(
    archive_path: Path, n_perspectives: int, seed: int, row: dict[str, str]
) -> list[Drawing]:
    """All views of one model; none where it is no drawable mesh."""
    rng = random.Random(f"{seed} {row['file']}")  # noqa: S311 (pens, not secrets)
    with zipfile.ZipFile(archive_path) as archive:
        arrays = np.load(io.BytesIO(archive.read(row["file"])))
    up_axis: Literal["Y", "Z"] = "Y" if row["up_axis"] == "Y" else "Z"
    try:
        mesh = mesh_from_arrays(arrays["v"].astype(np.float64), arrays["f"], up_axis=up_axis)
    except MeshInvalid:
        return []
    model, drawn = build_edges(mesh), _describe(row)
    one_hand = _style(rng) if rng.random() < _SHARE_OF_ONE_HAND else None
    return [
        Drawing(
            row["file"],
            drawn,
            draw(model, viewpoint, size_px=CACHE_SIZE_PX, style=one_hand or _style(rng)),
        )
        for viewpoint in _viewpoints(n_perspectives, rng)
    ]


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
        tangent_width_px=0.6 * pen if rng.random() < 0.2 else 0.0,
        shading=Shading.STROKES if rng.random() < 0.35 else Shading.NONE,
        shading_width_px=0.6 * pen,
        shading_spacing_px=rng.uniform(5, 11),
        seed=rng.randrange(2**31),
    )


def _describe(row: dict[str, str]) -> DrawnObject:
    name = re.sub(r"[^a-z0-9 ]+", " ", row["label"].lower()).strip() or row["category"].lower()
    kind = re.sub(r"[_/-]+", " ", row["category"]).lower()
    return DrawnObject(name, (name, f"a line drawing of a {name}", f"{name}, {kind}"))
