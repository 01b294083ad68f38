import numpy as np
import pytest

from core.records import View
from drafting.views import STANDARD_VIEWS, Viewpoint

# what each view shows to the right, upward and nearest to the viewer
_SEEN = {
    View.FRONT: ([1, 0, 0], [0, 0, 1], [0, -1, 0]),
    View.REAR: ([-1, 0, 0], [0, 0, 1], [0, 1, 0]),
    View.RIGHT: ([0, 1, 0], [0, 0, 1], [1, 0, 0]),
    View.LEFT: ([0, -1, 0], [0, 0, 1], [-1, 0, 0]),
    View.TOP: ([1, 0, 0], [0, 1, 0], [0, 0, 1]),
    View.BOTTOM: ([1, 0, 0], [0, -1, 0], [0, 0, -1]),
}


@pytest.mark.parametrize("view", list(_SEEN))
def test_standard_views_show_their_side(view):
    right, up, near = (np.array([axis], float) for axis in _SEEN[view])
    viewpoint = STANDARD_VIEWS[view]
    assert np.allclose(viewpoint.project(right), [[1, 0, 0]])
    assert np.allclose(viewpoint.project(up), [[0, 1, 0]])
    assert np.allclose(viewpoint.project(near), [[0, 0, -1]])


def test_perspective_view_shows_front_right_and_top():
    toward_viewer = -STANDARD_VIEWS[View.PERSPECTIVE].rotation()[2]
    assert toward_viewer[0] > 0
    assert toward_viewer[1] < 0
    assert toward_viewer[2] > 0


def test_perspective_keeps_lines_straight_and_near_things_large():
    t = np.linspace(0, 1, 7)[:, None]
    line = np.array([[-1, -1, -1]]) + t * np.array([[2.0, 1.5, 0.7]])
    projected = Viewpoint(20, 10, perspective=0.4).project(line)
    u, v = projected[1:-1] - projected[0], projected[-1] - projected[0]
    assert np.allclose(np.cross(u, v), 0, atol=1e-9)
    square = np.array([[x, y, 0.0] for y in (-1, 1) for x in (-1, 1)])
    paper = Viewpoint(0, 0, perspective=0.25).project(square)
    near, far = np.ptp(paper[:2, 0]), np.ptp(paper[2:, 0])
    assert near / far == pytest.approx(1.5)
