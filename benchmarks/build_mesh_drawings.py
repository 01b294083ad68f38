"""Draws labelled 3-D models as patent figures that `limn evaluate` can rank: PNG and manifest.

Each model is a publication of seven figures in one pen, its label the class, so

    ./run bench build_mesh_drawings MESHES_DIR OUT_DIR --unseen-by CONFIG.toml
    limn evaluate --images OUT_DIR --relevance class --exclude-own-publication

asks for other objects of the same kind, among models that a training run of CONFIG.toml neither
drew nor was told to leave out.
"""

import argparse
import csv
import io
import random
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

from core.errors import MeshInvalid
from drafting.line_art import LineStyle, draw
from drafting.mesh import mesh_from_arrays
from drafting.topology import build_edges
from drafting.views import STANDARD_VIEWS
from encoder.training.config import TrainingConfig, read_config
from encoder.training.sources.meshes import MeshSource

_SIZE_PX = 384


def unseen_models(meshes: Path, config: TrainingConfig) -> list[dict[str, str]]:
    """The manifest's rows that the run's source of models passes over."""
    drawn_from = [source for source in config.sources if isinstance(source, MeshSource)]
    if len(drawn_from) != 1:
        raise SystemExit(f"{config.name} has {len(drawn_from)} sources of models, not one")
    return drawn_from[0].model_copy(update={"path": meshes}).split()[1]


def choose_models(
    rows: list[dict[str, str]], n_models: int | None, rng: random.Random
) -> list[dict[str, str]]:
    """All, or up to `n_models`, label by label, of labels that two or more models share."""
    counts = Counter(row["label"].lower() for row in rows)
    labels = sorted(label for label, count in counts.items() if count > 1)
    rng.shuffle(labels)
    order = {label: place for place, label in enumerate(labels)}
    shared = [row for row in rows if row["label"].lower() in order]
    return sorted(shared, key=lambda row: order[row["label"].lower()])[:n_models]


def draw_model(
    archive: zipfile.ZipFile, row: dict[str, str], rng: random.Random
) -> dict[str, Image.Image]:
    """Every standard view by name, in one pen."""
    arrays = np.load(io.BytesIO(archive.read(row["file"])))
    mesh = mesh_from_arrays(
        arrays["v"].astype(np.float64), arrays["f"], up_axis="Y" if row["up_axis"] == "Y" else "Z"
    )
    edges = build_edges(mesh)
    pen = rng.uniform(1.0, 2.4)
    style = LineStyle(outline_width_px=pen, crease_width_px=0.8 * pen, seed=rng.randrange(2**31))
    return {
        str(name): Image.fromarray(draw(edges, viewpoint, size_px=_SIZE_PX, style=style))
        for name, viewpoint in STANDARD_VIEWS.items()
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("meshes", type=Path, help="folder with meshes.zip and manifest.csv")
    parser.add_argument("out", type=Path)
    parser.add_argument("--unseen-by", type=Path, required=True, help="training configuration")
    parser.add_argument("--models", type=int, help="at most so many")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    rows = unseen_models(given.meshes, read_config(given.unseen_by))
    given.out.mkdir(parents=True, exist_ok=True)
    n_drawn = 0
    with (
        zipfile.ZipFile(given.meshes / "meshes.zip") as archive,
        (given.out / "manifest.csv").open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(("file", "publication_id", "title", "class", "view"))
        for row in choose_models(rows, given.models, rng):
            try:
                views = draw_model(archive, row, rng)
            except MeshInvalid:
                continue
            n_drawn += 1
            label = row["label"].lower()
            for view, picture in views.items():
                name = f"{n_drawn:04}-{view}.png"
                picture.save(given.out / name)
                writer.writerow((name, row["file"], label, label, view))
    print(f"{n_drawn} models drawn")


if __name__ == "__main__":
    main()
