"""Turns furniture catalogues of Sweet Home 3D into a source of labelled 3-D models for training.

    apt-get download sweethome3d-furniture && dpkg -x sweethome3d-furniture_*.deb furniture
    ./run bench build_furniture_meshes furniture/usr/share/sweethome3d/furniture .cache/furniture

writes `meshes.zip` and `manifest.csv` as `kind = "meshes"` reads them: chairs, lamps, taps, doors
and kitchen appliances, each with its name, category and licence (CC0 and CC-BY 3.0).
"""

import argparse
import csv
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.errors import MeshInvalid
from drafting.mesh import Mesh
from drafting.mesh_files import read_mesh

_CATALOGUE = "PluginFurnitureCatalog.properties"
_MAX_FACES = 60_000
_NO_PRODUCTS = {"Characters"}
_COLUMNS = ("file", "label", "category", "source", "up_axis", "n_vertices", "n_faces", "licence")


def read_properties(text: str) -> dict[str, str]:
    """Keys and values of a Java properties file without continued lines."""
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.partition("=") for line in lines if line and line[0] not in "#!")
    return {key.strip(): value.strip() for key, _, value in pairs}


def label_of(name: str) -> str:
    """The object's name without what only counts it: `Sofa 2` is a sofa."""
    return re.sub(r"[\s\d]+$", "", name.split("(", maxsplit=1)[0]).strip().lower()


def pack(mesh: Mesh) -> bytes:
    """As `.npz` with `v`, uint16 [V, 3] within the unit cube, and `f`, [F, 3]."""
    corner = mesh.vertices.min(axis=0)
    vertices = np.round((mesh.vertices - corner) / mesh.extent * 65535).astype(np.uint16)
    packed = io.BytesIO()
    np.savez_compressed(packed, v=vertices, f=mesh.faces.astype(np.uint32))
    return packed.getvalue()


def read_catalogue(path: Path) -> Iterator[tuple[dict[str, str], Mesh]]:
    """The manifest's row and the mesh of every product; what cannot be drawn is printed."""
    with zipfile.ZipFile(path) as catalogue:
        said = read_properties(catalogue.read(_CATALOGUE).decode("latin-1"))
        for key in [key for key in said if key.startswith("model#")]:
            number = key.partition("#")[2]
            category, member = said.get(f"category#{number}", ""), said[key].lstrip("/")
            if category in _NO_PRODUCTS:
                continue
            try:
                mesh = read_mesh(catalogue.read(member), member)
            except (KeyError, MeshInvalid) as error:
                print(f"{path.stem}: {member}: {error}")
                continue
            if len(mesh.faces) > _MAX_FACES:
                print(f"{path.stem}: {member}: {len(mesh.faces):,} faces are too many to draw")
                continue
            yield (
                {
                    "file": f"{path.stem.lower()}/{Path(member).stem}-{number}.npz",
                    "label": label_of(said[f"name#{number}"]),
                    "category": category,
                    "source": f"sweethome3d_{path.stem.lower()}",
                    "up_axis": "Z",  # meshes are read upright
                    "n_vertices": str(len(mesh.vertices)),
                    "n_faces": str(len(mesh.faces)),
                    "licence": said.get("license", "unknown"),
                },
                mesh,
            )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalogues", type=Path, help="folder with .sh3f files")
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    seen: set[bytes] = set()
    with (
        zipfile.ZipFile(given.out / "meshes.zip", "w") as meshes,
        (given.out / "manifest.csv").open("w", encoding="utf-8", newline="") as file,
    ):
        listing = csv.DictWriter(file, _COLUMNS)
        listing.writeheader()
        for path in sorted(given.catalogues.glob("*.sh3f")):
            for row, mesh in read_catalogue(path):
                packed = pack(mesh)
                if packed not in seen:
                    seen.add(packed)
                    meshes.writestr(row["file"], packed)
                    listing.writerow(row)
    print(f"{len(seen)} models")


if __name__ == "__main__":
    main()
