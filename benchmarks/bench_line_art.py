"""How many drawings a second does one core make, and how true are they to the solid?

Rival: the image-space way, which marks pixels where depth or normal jump in a rendered buffer. Both
draw the same meshes at the same size in the same run, taking turns. A time says nothing without
what it buys, so both also draw boxes whose nine visible edges are known exactly: precision is the
share of ink within 1.5 px of a true edge, recall the share of true edges within 1.5 px of ink.

    ./run bench bench_line_art > line_art.json
"""

import json
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable

import numpy as np
import scipy
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import distance_transform_edt

from core.ports import GreyImage
from drafting.depth_buffer import fill_depth_buffer
from drafting.line_art import draw
from drafting.mesh import Mesh, merge_meshes, normalised
from drafting.topology import EdgeModel, build_edges, face_normals
from drafting.views import STANDARD_VIEWS, Viewpoint

_SIZE_PX = 256
_SHEET_PX = 1200
_N_ROUNDS = 7
_BOX_SIDES = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))

Draw = Callable[[EdgeModel, Viewpoint, int], GreyImage]


def box() -> Mesh:
    """Unit cube about the origin."""
    corners = [[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)]
    faces = [f for a, b, c, d in _BOX_SIDES for f in ((a, b, c), (a, c, d))]
    return Mesh(np.array(corners), np.array(faces))


def pebble(n: int) -> Mesh:
    """A bumpy ball of 2n² faces."""
    i, j = np.mgrid[: n + 1, :n]
    polar, azimuth = np.pi * i / n - np.pi / 2, 2 * np.pi * j / n
    radius = 1 + 0.12 * np.sin(3 * azimuth) * np.cos(polar) + 0.08 * np.sin(5 * polar)
    vertices = np.stack(
        [
            radius * np.cos(polar) * np.cos(azimuth),
            radius * np.cos(polar) * np.sin(azimuth),
            radius * np.sin(polar),
        ],
        axis=2,
    ).reshape(-1, 3)
    ring, place = np.mgrid[:n, :n].reshape(2, -1)
    a, b = ring * n + place, ring * n + (place + 1) % n
    faces = np.concatenate([np.stack([a, b, b + n], 1), np.stack([a, b + n, a + n], 1)])
    return normalised(Mesh(vertices, faces))


def heap(n_boxes: int) -> Mesh:
    """Boxes of all sizes through each other: 12 faces each."""
    rng = np.random.default_rng(0)
    boxes = [
        Mesh(box().vertices * rng.uniform(0.05, 0.3, 3) + rng.uniform(-0.5, 0.5, 3), box().faces)
        for _ in range(n_boxes)
    ]
    return normalised(merge_meshes(boxes))


def draw_lines(model: EdgeModel, viewpoint: Viewpoint, size_px: int) -> GreyImage:
    """What is measured."""
    return draw(model, viewpoint, size_px=size_px)


def draw_image_edges(model: EdgeModel, viewpoint: Viewpoint, size_px: int) -> GreyImage:
    """The rival: jumps of depth (2 %) or normal (30°) in a buffer of twice the size, averaged."""
    points = viewpoint.project(model.vertices)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = 0.88 * 2 * size_px / (high - low)[:2].max()
    points = (points - (low + high) / 2) * scale * [1, -1, 1] + [size_px, size_px, 0]
    buffer = fill_depth_buffer(points, model.faces, width_px=2 * size_px, height_px=2 * size_px)
    paper_normal = [[0.0, 0.0, 1.0]]
    normals = np.vstack([face_normals(model.vertices, model.faces), paper_normal])
    normal_image = normals[buffer.face]
    depth = np.where(np.isfinite(buffer.depth), buffer.depth, 4.0 * size_px)
    ink = np.zeros(depth.shape, np.bool_)
    for axis in (0, 1):
        here, there = np.delete(depth, -1, axis), np.delete(depth, 0, axis)
        one, other = np.delete(normal_image, -1, axis), np.delete(normal_image, 0, axis)
        jump = np.abs(here - there) > 0.02 * 2 * size_px
        jump |= np.einsum("ijk,ijk->ij", one, other) < np.cos(np.radians(30))
        inner = (slice(None, -1), slice(None)) if axis == 0 else (slice(None), slice(None, -1))
        ink[inner] |= jump
    return 255 - np.asarray(Image.fromarray(ink.astype(np.uint8) * 255).reduce(2), np.uint8)


def seconds_per_drawing(
    drawers: dict[str, Draw], meshes: list[EdgeModel], size_px: int
) -> dict[str, list[float]]:
    """CPU seconds of every round by method, after one round of warming up; methods take turns."""
    viewpoints = list(STANDARD_VIEWS.values())
    rounds: dict[str, list[float]] = {name: [] for name in drawers}
    for round_idx in range(_N_ROUNDS + 1):
        for name, drawer in drawers.items():
            begun = time.process_time()
            for model in meshes:
                for viewpoint in viewpoints:
                    drawer(model, viewpoint, size_px)
            if round_idx:
                spent = time.process_time() - begun
                rounds[name].append(spent / (len(meshes) * len(viewpoints)))
    return rounds


def truth_on_boxes(drawer: Draw, n_boxes: int = 40) -> dict[str, float]:
    """Precision and recall of ink against the exactly known visible edges of boxes."""
    rng = np.random.default_rng(1)
    precisions, recalls = [], []
    for _ in range(n_boxes):
        mesh = Mesh(box().vertices * rng.uniform(0.3, 1.0, 3), box().faces)
        viewpoint = Viewpoint(rng.uniform(10, 80), rng.uniform(10, 80))
        ink = drawer(build_edges(mesh), viewpoint, _SIZE_PX) < 128
        true = _true_places(mesh, viewpoint)
        on_edge = np.zeros(ink.shape, np.bool_)
        on_edge[true[:, 1], true[:, 0]] = True
        to_edge, to_ink = distance_transform_edt(~on_edge), distance_transform_edt(~ink)
        precisions.append(float((to_edge[ink] <= 1.5).mean()))
        recalls.append(float((to_ink[on_edge] <= 1.5).mean()))
    return {"precision": statistics.mean(precisions), "recall": statistics.mean(recalls)}


def _true_places(mesh: Mesh, viewpoint: Viewpoint) -> NDArray[np.int64]:
    """Pixels along the edges of a box that has no edge at its hindmost corner: int64 [N, 2]."""
    points = viewpoint.project(mesh.vertices)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = 0.88 * _SIZE_PX / (high - low)[:2].max()
    paper = (points - (low + high) / 2)[:, :2] * scale * [1, -1] + _SIZE_PX / 2
    hindmost = int(points[:, 2].argmax())
    signs = mesh.vertices > 0
    edges = [
        (i, j)
        for i in range(8)
        for j in range(i)
        if (signs[i] != signs[j]).sum() == 1 and hindmost not in (i, j)
    ]
    share = np.linspace(0, 1, 4 * _SIZE_PX)[:, None]
    return np.concatenate([paper[i] + share * (paper[j] - paper[i]) for i, j in edges]).astype(
        np.int64
    )


def _summary(rounds: list[float]) -> dict[str, float]:
    rates = sorted(1 / seconds for seconds in rounds)
    return {
        "median": round(statistics.median(rates), 2),
        "lowest": round(rates[0], 2),
        "highest": round(rates[-1], 2),
    }


def main() -> None:
    """Measure and print one JSON object."""
    drawers: dict[str, Draw] = {"lines": draw_lines, "image_edges": draw_image_edges}
    meshes = [build_edges(mesh) for mesh in (pebble(50), heap(417))]
    small = seconds_per_drawing(drawers, meshes, _SIZE_PX)
    large = seconds_per_drawing({"lines": draw_lines}, [build_edges(heap(60))], _SHEET_PX)
    ratios = [b / a for a, b in zip(small["lines"], small["image_edges"], strict=True)]
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    print(
        json.dumps(
            {
                "metric": "drawings per CPU second, one core",
                "unit": "1/s",
                "n": _N_ROUNDS,
                "mesh_faces": [len(model.faces) for model in meshes],
                "views": len(STANDARD_VIEWS),
                "size_px": _SIZE_PX,
                "lines": _summary(small["lines"]) | truth_on_boxes(draw_lines),
                "image_edges": _summary(small["image_edges"]) | truth_on_boxes(draw_image_edges),
                "speed_ratio_lines_to_image_edges": round(statistics.median(ratios), 2),
                "sheet_size_px": _SHEET_PX,
                "lines_on_sheet": _summary(large["lines"]),
                "commit": commit.stdout.strip() or None,
                "hardware": {"machine": platform.machine(), "n_cpus": os.cpu_count()},
                "versions": {
                    "python": platform.python_version(),
                    "numpy": np.__version__,
                    "scipy": scipy.__version__,
                },
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
