"""Plane outlines: orientation, area, triangles."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samples.outlines import (
    area,
    ellipse,
    filleted,
    inset,
    offset,
    polygon,
    rounded_rectangle,
    smooth,
    star,
    superellipse,
    triangulate,
)


def covered(points: np.ndarray, triangles: np.ndarray) -> float:
    return float(sum(area(points[triangle]) for triangle in triangles))


@pytest.mark.parametrize(
    "outline",
    [
        rounded_rectangle(4, 2, 0.5),
        ellipse(3, 2),
        superellipse(3, 2, 4),
        polygon(5, 1),
        star(5, 2, 1),
        filleted([(0, 0), (2, 0), (1, 2)], 0.4, closed=True),
        smooth([(1, 0), (0, 1), (-1, 0), (0, -1)], closed=True),
    ],
)
def test_outlines_run_counter_clockwise(outline: np.ndarray) -> None:
    assert area(outline) > 0


def test_rounded_rectangle_loses_the_corners_area() -> None:
    square_less_circle = 4 - math.pi
    expected = 6 * 4 - square_less_circle * 0.5**2
    assert area(rounded_rectangle(6, 4, 0.5, n_corner=60)) == pytest.approx(expected, rel=1e-4)


def test_inset_moves_every_side_by_the_distance() -> None:
    assert area(inset(rounded_rectangle(6, 4, 0), 0.5)) == pytest.approx(5 * 3)


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 9), st.floats(0.3, 0.95), st.integers(0, 3))
def test_triangles_cover_the_outline_less_its_holes(n: int, inner: float, n_holes: int) -> None:
    outline = star(n, 4.0, 4.0 * inner, phase_deg=17)
    at = offset(polygon(3, 0.5), 0.0, 0.0) if n_holes else np.zeros((0, 2))
    holes = [offset(polygon(7, 0.12), *centre) for centre in at[:n_holes]]
    triangles = triangulate(outline, holes)
    points = np.concatenate([outline, *holes])
    assert all(area(points[triangle]) > 0 for triangle in triangles)
    expected = area(outline) - sum(area(hole) for hole in holes)
    assert covered(points, triangles) == pytest.approx(expected)


def test_smooth_curve_passes_through_its_points() -> None:
    knots = np.array([[0.0, 0, 0], [1, 2, 0], [3, 1, 1], [4, 4, 4]])
    curve = smooth(knots, 5)
    assert np.allclose(curve[::5], knots)
