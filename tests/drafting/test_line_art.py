from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import binary_dilation, label

from core.records import View
from drafting.line_art import LineStyle, Shading, draw
from drafting.mesh import Mesh, merge_meshes
from drafting.topology import build_edges
from drafting.views import STANDARD_VIEWS, Viewpoint

_SIZE = 256
_STYLE = LineStyle(outline_width_px=2, crease_width_px=2)
_FRONT = STANDARD_VIEWS[View.FRONT]
_PERSPECTIVE = STANDARD_VIEWS[View.PERSPECTIVE]


def _ink(mesh, viewpoint=_FRONT, *, style=_STYLE, **how) -> np.ndarray:
    return draw(mesh, viewpoint, size_px=_SIZE, style=style, **how) < 128


def _on_paper(points: np.ndarray, viewpoint: Viewpoint, pixels_per_unit: float) -> np.ndarray:
    """Places of points of a design centred at the origin: [N, 2] x, y."""
    return viewpoint.project(points)[:, :2] * [1, -1] * pixels_per_unit + _SIZE / 2


def _inked_share(ink: np.ndarray, start: np.ndarray, stop: np.ndarray) -> float:
    """How much of a straight line lies on ink or beside it."""
    near = binary_dilation(ink)
    x, y = (start + np.linspace(0.08, 0.92, 60)[:, None] * (stop - start)).T
    return float(near[y.astype(int), x.astype(int)].mean())


def test_draw_of_a_cube_from_the_front_is_a_square(solids):
    ink = _ink(solids.box(), pixels_per_unit=200)
    # the square runs from 28 to 228; its line is two pixels wide
    expected = np.zeros((_SIZE, _SIZE), bool)
    expected[27:229, 27:229] = True
    expected[29:227, 29:227] = False
    assert not (ink & ~binary_dilation(expected)).any()
    assert not (expected & ~binary_dilation(ink)).any()


def test_draw_of_a_cube_from_three_quarters_shows_nine_edges(solids):
    ink = _ink(solids.box(), _PERSPECTIVE, pixels_per_unit=120)
    corners = solids.box().vertices
    places = _on_paper(corners, _PERSPECTIVE, 120)
    shares = [
        _inked_share(ink, places[i], places[j])
        for i in range(8)
        for j in range(i)
        if np.isclose(np.abs(corners[i] - corners[j]).sum(), 1)
    ]
    assert sum(share == 1 for share in shares) == 9
    assert sum(share < 0.2 for share in shares) == 3


def test_draw_keeps_edges_straight_where_a_corner_looks_flat(solids):
    """Two edges that meet at 90° in space may meet at 160° on paper."""
    size, viewpoint = np.array([0.5, 0.9, 0.6]), Viewpoint(64, 53)
    ink = _ink(solids.box(size), viewpoint, pixels_per_unit=180)
    corners = solids.box().vertices
    places = _on_paper(corners * size, viewpoint, 180)
    hindmost = viewpoint.project(corners * size)[:, 2].argmax()
    drawn = np.zeros((_SIZE, _SIZE), bool)
    for i, j in np.argwhere(np.isclose(np.abs(corners[:, None] - corners).sum(axis=2), 1)):
        if hindmost not in (i, j):
            x, y = (places[i] + np.linspace(0, 1, 500)[:, None] * (places[j] - places[i])).T
            drawn[y.astype(int), x.astype(int)] = True
    assert not (ink & ~binary_dilation(drawn, np.ones((3, 3)))).any()
    assert not (drawn & ~binary_dilation(ink)).any()


def test_draw_leaves_no_ink_of_what_is_hidden(solids):
    screen = solids.box(size=(1, 0.1, 1))
    rod = solids.cylinder(0.2, 0.6)
    behind = [
        solids.box(size=(0.5, 0.5, 0.5), centre=(0.1, 1, 0)),
        replace(rod, vertices=rod.vertices + np.array([-0.1, 0.6, 0])),
        solids.ball(0.04, 12),
    ]
    alone = draw(screen, _FRONT, size_px=_SIZE, pixels_per_unit=200)
    crowd = draw(merge_meshes([screen, *behind]), _FRONT, size_px=_SIZE, pixels_per_unit=200)
    assert np.array_equal(alone, crowd)


def test_draw_of_a_cylinder_has_no_lines_on_its_side(solids):
    ink = _ink(solids.cylinder(0.3, 1.0, n=48), pixels_per_unit=200)
    left, right, top, bottom = 68, 188, 28, 228
    assert not ink[top + 4 : bottom - 4, left + 4 : right - 4].any()
    assert binary_dilation(ink)[top:bottom, [left, right]].all()
    assert binary_dilation(ink)[[top, bottom], left:right].all()


@pytest.mark.parametrize("view", [View.PERSPECTIVE, View.FRONT, View.TOP])
def test_draw_of_a_ball_is_one_smooth_circle(solids, view):
    ink = _ink(solids.ball(n=48), STANDARD_VIEWS[view], pixels_per_unit=200)
    y, x = np.nonzero(ink)
    radius = np.hypot(x + 0.5 - _SIZE / 2, y + 0.5 - _SIZE / 2)
    assert radius.min() > 97.5
    assert radius.max() < 102.5
    angle = np.degrees(np.arctan2(y + 0.5 - _SIZE / 2, x + 0.5 - _SIZE / 2))
    assert np.diff(np.sort(angle)).max() < 2, "closed"


def test_draw_ignores_winding(solids):
    turned = solids.cylinder().faces.copy()
    turned[::3] = turned[::3, ::-1]
    twisted = Mesh(solids.cylinder().vertices, turned)
    difference = _ink(solids.cylinder(), _PERSPECTIVE) ^ _ink(twisted, _PERSPECTIVE)
    assert difference.sum() < 12


def test_draw_traces_where_solids_pass_into_each_other(solids):
    peg = solids.cylinder(0.2, 1.0)
    through = merge_meshes([solids.box(size=(0.8, 0.8, 0.3)), peg])
    ink = _ink(through, Viewpoint(0, 40), pixels_per_unit=150)
    angle = np.radians(np.linspace(190, 350, 80))
    ring = np.stack([0.2 * np.cos(angle), 0.2 * np.sin(angle), np.full(80, 0.15)], axis=1)
    x, y = _on_paper(ring, Viewpoint(0, 40), 150).astype(int).T
    assert binary_dilation(ink)[y, x].all()


def test_draw_keeps_parts_that_touch_apart(solids):
    stack = [solids.box(size=(1, 1, 0.5)), solids.box(size=(1, 1, 0.5), centre=(0, 0, 0.5), part=1)]
    ink = _ink(merge_meshes(stack), pixels_per_unit=150)
    assert binary_dilation(ink)[128, 60:196].all()


def test_draw_rules_a_line_between_parts_of_one_flat_surface(solids):
    whole = solids.box()
    front = np.flatnonzero((whole.vertices[whole.faces][:, :, 1] < 0).all(axis=1))
    halves = np.zeros(12, np.int64)
    halves[front[0]] = 1
    assert not _ink(whole, pixels_per_unit=150)[128, 100:156].any()
    assert _ink(replace(whole, face_parts=halves), pixels_per_unit=150)[128, 120:136].any()


def test_draw_broken_parts_has_even_gaps(solids):
    style = replace(_STYLE, broken_parts=frozenset({1}), dash_px=8, gap_px=5)
    pair = merge_meshes(
        [
            solids.box(size=(0.4, 0.4, 0.8), centre=(-0.3, 0, 0)),
            solids.box(size=(0.4, 0.4, 0.8), centre=(0.3, 0, 0), part=1),
        ]
    )
    ink = _ink(pair, style=style, pixels_per_unit=200)
    top = 128 - 80
    solid_row = ink[top - 1 : top + 1, 28:108].any(axis=0)
    broken_row = ink[top - 1 : top + 1, 150:226].any(axis=0)
    assert solid_row.all()
    n_gaps = label(~broken_row)[1]
    assert 4 <= n_gaps <= 7
    assert 0.5 < broken_row.mean() < 0.85


def test_draw_is_the_same_every_time(solids):
    style = replace(_STYLE, shading=Shading.STROKES, seed=3)
    mesh = merge_meshes([solids.cylinder(), solids.box(size=(1, 0.2, 0.2), part=1)])
    first = draw(mesh, _PERSPECTIVE, size_px=_SIZE, style=style)
    assert np.array_equal(first, draw(mesh, _PERSPECTIVE, size_px=_SIZE, style=style))
    assert np.array_equal(first, draw(build_edges(mesh), _PERSPECTIVE, size_px=_SIZE, style=style))
    other = draw(mesh, _PERSPECTIVE, size_px=_SIZE, style=replace(style, seed=4))
    assert not np.array_equal(first, other)


def test_draw_left_of_a_symmetric_design_mirrors_right(solids):
    pin = merge_meshes(
        [solids.cylinder(0.2), solids.box(size=(0.5, 0.9, 0.1), centre=(0, 0.1, 0.2))]
    )
    left = _ink(pin, STANDARD_VIEWS[View.LEFT])
    right = _ink(pin, STANDARD_VIEWS[View.RIGHT])
    assert not (left & ~binary_dilation(right[:, ::-1])).any()
    assert not (right & ~binary_dilation(left[:, ::-1])).any()


def test_draw_turning_the_design_equals_turning_the_view(solids):
    chair = merge_meshes(
        [solids.box(size=(0.6, 0.6, 0.1)), solids.box((0.6, 0.1, 0.8), (0, 0.25, 0.4))]
    )
    turn = np.radians(30)
    matrix = np.array(
        [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
    )
    turned = replace(chair, vertices=chair.vertices @ matrix.T)
    a = _ink(turned, Viewpoint(50, 20))
    b = _ink(chair, Viewpoint(20, 20))
    assert not (a & ~binary_dilation(b)).any()
    assert not (b & ~binary_dilation(a)).any()


def test_draw_fills_the_paper_up_to_the_margin(solids):
    image = draw(solids.box(size=(2, 1, 1)), _FRONT, size_px=(300, 200), margin=0.1)
    assert image.shape == (200, 300)
    rows, columns = np.nonzero(image < 128)
    assert abs(columns.min() - 20) <= 1
    assert abs(columns.max() - 279) <= 1
    assert abs(rows.min() + rows.max() - 199) <= 1


def test_draw_shades_inside_the_surface_and_lighter_than_outlines(solids):
    style = replace(_STYLE, shading=Shading.STROKES)
    plain = draw(solids.cylinder(), _FRONT, size_px=_SIZE, style=_STYLE)
    shaded = draw(solids.cylinder(), _FRONT, size_px=_SIZE, style=style)
    strokes = plain.astype(int) - shaded
    assert (strokes >= 0).all()
    rows, columns = np.nonzero(strokes)
    assert len(rows) > 300
    outline_rows, outline_columns = np.nonzero(plain < 255)
    assert columns.min() > outline_columns.min() + 2
    assert columns.max() < outline_columns.max() - 2
    assert rows.min() > outline_rows.min() + 2
    # the axis is upright: so are the strokes
    assert label(strokes.max(axis=0) > 0)[1] >= 3


def test_draw_tangent_edges_only_when_asked(solids):
    arc = np.linspace(0, np.pi / 2, 7)
    foot = [(0.3 + 0.2 * np.sin(a), -0.3 - 0.2 * np.cos(a)) for a in arc]
    pot = solids.revolved([(0, -0.5), *foot, (0.5, 0.5), (0, 0.5)], n=96)
    plain = _ink(pot, pixels_per_unit=200)
    ruled = _ink(pot, style=replace(_STYLE, tangent_width_px=1.5), pixels_per_unit=200)
    tangent_row = 128 + 60
    assert not plain[tangent_row - 2 : tangent_row + 3, 40:216].any()
    assert ruled[tangent_row - 2 : tangent_row + 3, 40:216].any(axis=0).all()


def test_draw_large_and_small_agree(solids):
    mesh = merge_meshes([solids.cylinder(0.3), solids.box(size=(0.9, 0.2, 0.2))])
    small = _ink(mesh, _PERSPECTIVE)
    style = replace(_STYLE, outline_width_px=8, crease_width_px=8)
    large = draw(mesh, _PERSPECTIVE, size_px=4 * _SIZE, style=style)
    reduced = large.reshape(_SIZE, 4, _SIZE, 4).mean(axis=(1, 3)) < 128
    assert not (small & ~binary_dilation(reduced)).any()
    assert not (reduced & ~binary_dilation(small)).any()
