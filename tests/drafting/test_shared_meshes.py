"""Real meshes, as untidy as files are: open, folded, doubled, with mixed winding."""

import csv
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core.records import View
from drafting.line_art import draw
from drafting.mesh import mesh_from_arrays
from drafting.topology import build_edges
from drafting.views import STANDARD_VIEWS

_MESHES = Path(__file__).resolve().parents[3] / "shared" / "data" / "meshes"

pytestmark = pytest.mark.realdata


def test_draw_of_shared_meshes_is_line_art():
    rows = list(csv.DictReader((_MESHES / "manifest.csv").read_text("utf-8").splitlines()))
    with zipfile.ZipFile(_MESHES / "meshes.zip") as archive:
        for row in rows[:: len(rows) // 24]:
            arrays = np.load(io.BytesIO(archive.read(row["file"])))
            mesh = mesh_from_arrays(arrays["v"], arrays["f"], up_axis=row["up_axis"])
            model = build_edges(mesh)
            for view in (View.PERSPECTIVE, View.FRONT):
                image = draw(model, STANDARD_VIEWS[view], size_px=256)
                inked = (image < 128).mean()
                assert 0.003 < inked < 0.35, (row["file"], view)
                assert (image[[0, -1]] == 255).all(), (row["file"], view)
                assert (image[:, [0, -1]] == 255).all(), (row["file"], view)
