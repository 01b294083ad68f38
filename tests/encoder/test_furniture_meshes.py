"""Furniture catalogues become a source of labelled models that a training run can draw."""

import csv
import sys
import zipfile

import numpy as np
import pytest
import trimesh

from benchmarks import build_furniture_meshes
from encoder.training.sources.meshes import MeshSource

CATALOGUE = """
# a comment
name=A catalogue
license=CC0
id#1=one
name#1=Coffee table 2
category#1=Living room
model#1=/tables/low.obj
name#2=Sitting woman
category#2=Characters
model#2=/people/woman.obj
name#3=Stool
category#3=Kitchen
model#3=/stools/gone.obj
name#4=Coffee table (again)
category#4=Living room
model#4=/tables/low.obj
"""


@pytest.fixture
def built(tmp_path, monkeypatch, capsys):
    box = trimesh.creation.box([3.0, 1.0, 2.0]).export(file_type="obj")
    with zipfile.ZipFile(tmp_path / "Shop.sh3f", "w") as catalogue:
        catalogue.writestr("PluginFurnitureCatalog.properties", CATALOGUE)
        catalogue.writestr("tables/low.obj", box)
        catalogue.writestr("people/woman.obj", box)
    out = tmp_path / "furniture"
    monkeypatch.setattr(sys, "argv", ["build", str(tmp_path), str(out)])
    build_furniture_meshes.main()
    return out, capsys.readouterr().out


def test_products_are_listed_once_and_what_is_missing_is_said(built):
    out, said = built
    listing = (out / "manifest.csv").read_text(encoding="utf-8").splitlines()
    assert [(row["label"], row["category"], row["licence"]) for row in csv.DictReader(listing)] == [
        ("coffee table", "Living room", "CC0")
    ]
    assert "stools/gone.obj" in said
    assert said.endswith("1 models\n")


def test_a_model_stands_upright_in_the_source(built):
    out, _ = built
    (job,) = MeshSource(kind="meshes", path=out, n_perspectives=0, share=1).jobs()
    drawings = job()
    assert drawings[0].drawn.texts[0] == "coffee table"
    front = drawings[1].image < 128
    height, width = (np.ptp(np.flatnonzero(front.any(axis=axis))) for axis in (1, 0))
    assert height / width == pytest.approx(1 / 3, abs=0.05)  # 3 wide, 1 high, 2 deep
