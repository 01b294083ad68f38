"""Solids: closed, facing outward, of the volume they should have."""

import math

import numpy as np
import pytest

from drafting.mesh import Mesh
from samples.outlines import ellipse, polygon, rounded_rectangle, smooth
from samples.placing import UNCLAIMED_PART, around, assembly, moved, on_both_sides, scaled, turned
from samples.solids import (
    ball,
    box,
    cylinder,
    hoop,
    lathe,
    pillow,
    prism,
    slab,
    stacked,
    tube,
    upright_plate,
    volume,
)

SQUARE = rounded_rectangle(2, 2, 0)


def is_closed(mesh: Mesh) -> bool:
    """Every directed edge of a closed surface is met once by its reverse."""
    edges = np.concatenate([mesh.faces[:, [0, 1]], mesh.faces[:, [1, 2]], mesh.faces[:, [2, 0]]])
    forward = {(int(a), int(b)) for a, b in edges}
    return len(forward) == len(edges) and all((b, a) in forward for a, b in forward)


@pytest.mark.parametrize(
    ("solid", "expected"),
    [
        (box(2, 3, 4), 24),
        (cylinder(2, 3, n=400), math.pi * 3),
        (ball(2, n=120), 4 / 3 * math.pi),
        (prism(SQUARE, 3, holes=[ellipse(1, n=400)]), 12 - 3 * math.pi / 4),
        (prism(SQUARE, 3, taper=0.5), 3 / 3 * (4 + 1 + 2)),
        (upright_plate(SQUARE, 0.5), 2),
        (stacked(SQUARE, [(1, 0), (1, 2), (0.5, 2), (0.5, 1)]), 8 - 1),
        (lathe([(1, 0), (1, 2)], n=400), 2 * math.pi),
        (lathe([(1, 0), (2, 0), (2, 1), (1, 1)], n=400, closed=True), 3 * math.pi),
        (tube([(0, 0, 0), (0, 0, 5)], 1.0, n=400), 5 * math.pi),
        (tube([(0, 0, 0), (5, 0, 0)], 1.0, section=SQUARE), 20),
        (hoop(10, 2, n=200, n_section=200), 2 * math.pi * 5 * math.pi),
    ],
)
def test_solids_are_closed_and_face_outward(solid: Mesh, expected: float) -> None:
    assert is_closed(solid)
    assert volume(solid) == pytest.approx(expected, rel=2e-3)


def test_rounded_solids_lose_a_little() -> None:
    soft = slab(rounded_rectangle(4, 4, 1), 2, 0.5)
    crowned = pillow(rounded_rectangle(4, 4, 1), 2, 0.5, 0.6)
    assert is_closed(soft)
    assert is_closed(crowned)
    assert 0.8 * 32 < volume(soft) < volume(crowned) < 40


def test_slab_edge_never_turns_the_outline_inside_out() -> None:
    tight = slab(rounded_rectangle(4, 4, 0.2), 3, 1.4)
    assert is_closed(tight)
    assert volume(tight) == pytest.approx(48, rel=0.05)


def test_closed_tube_on_a_twisted_path_meets_itself_untwisted() -> None:
    t = np.arange(60) * 2 * np.pi / 60
    knot = np.stack(
        [np.sin(t) + 2 * np.sin(2 * t), np.cos(t) - 2 * np.cos(2 * t), -np.sin(3 * t)], 1
    )
    mesh = tube(knot, 0.3, n=8, closed=True)
    rings = mesh.vertices.reshape(60, 8, 3)
    steps = np.linalg.norm(rings - np.roll(rings, -1, axis=0), axis=2)
    assert is_closed(mesh)
    assert steps.max() < 2.5 * np.median(steps)


def test_mirrored_and_turned_solids_keep_facing_outward() -> None:
    wedge = prism(polygon(3, 1), 2, taper=0.4)
    for placed in (
        turned(wedge, "x", 70),
        scaled(wedge, x=-1),
        scaled(wedge, z=-2),
        moved(wedge, 3),
    ):
        assert volume(placed) > 0
    assert volume(scaled(wedge, z=-2)) == pytest.approx(2 * volume(wedge))


def test_turning_goes_counter_clockwise_seen_from_the_axis_tip() -> None:
    east = moved(box(1, 1, 1), x=5)
    assert turned(east, "z", 90).vertices.mean(axis=0)[1] == pytest.approx(5)


def test_assembly_numbers_parts_and_marks_what_may_be_disclaimed() -> None:
    cube = box(1, 1, 1)
    mesh = assembly([cube, *on_both_sides(moved(cube, x=3))], around(moved(cube, x=9), 2))
    assert np.unique(mesh.face_parts).tolist() == [0, 1, 2, UNCLAIMED_PART, UNCLAIMED_PART + 1]


def test_lathe_of_a_vessel_holds_less_than_its_outline() -> None:
    side = smooth([(1, 0), (2, 2), (1.5, 4)], 8)
    vessel = lathe([*side, (1.3, 4), (0.8, 0.3), (0, 0.3)])
    assert is_closed(vessel)
    assert 0 < volume(vessel) < volume(lathe(side))
