import numpy as np

from drafting.mesh import Mesh, merge_meshes, weld
from drafting.topology import build_edges, smooth_groups


def test_build_edges_bends_a_box_at_its_twelve_edges(solids):
    model = build_edges(solids.box())
    assert len(model.edge_ends) == 18
    assert np.isclose(model.edge_bend_deg, 90).sum() == 12
    assert np.isclose(model.edge_bend_deg, 0).sum() == 6
    assert model.face_closed.all()
    assert not model.edge_concave.any()


def test_build_edges_turns_an_inside_out_solid(solids):
    box = solids.box()
    model = build_edges(Mesh(box.vertices, box.faces[:, ::-1]))
    assert np.array_equal(model.faces, box.faces)


def test_build_edges_does_not_trust_an_open_or_twisted_surface(solids):
    box = solids.box()
    assert not build_edges(Mesh(box.vertices, box.faces[1:])).face_closed.any()
    twisted = box.faces.copy()
    twisted[0] = twisted[0][::-1]
    model = build_edges(Mesh(box.vertices, twisted))
    assert not model.face_closed.any()
    assert np.isclose(model.edge_bend_deg, 90).sum() == 12, "bends need no winding"


def test_build_edges_closes_t_junctions():
    # two triangles above meet three below along y = 0, with a vertex the upper ones do not have
    vertices = np.array(
        [[0, 0, 0], [2, 0, 0], [0, 1, 0], [2, 1, 0], [0.7, 0, 0], [0, -1, 0], [2, -1, 0]], float
    )
    faces = np.array([[0, 1, 2], [1, 3, 2], [0, 5, 4], [5, 6, 4], [6, 1, 4]])
    model = build_edges(Mesh(vertices, faces))
    on_seam = np.isclose(vertices[model.edge_ends][:, :, 1], 0).all(axis=1)
    assert on_seam.sum() == 2
    assert (model.edge_faces[on_seam] >= 0).all()
    assert np.allclose(model.edge_bend_deg[on_seam], 0)


def test_build_edges_marks_concave_edges(solids):
    step = merge_meshes([solids.box(size=(2, 1, 1)), solids.box(size=(1, 1, 1))])
    assert not build_edges(weld(step)).edge_concave.any()
    cup = solids.revolved([(0, 0), (0.5, 0), (0.5, 1), (0.4, 1), (0.4, 0.1), (0, 0.1)])
    model = build_edges(cup)
    floor_rim = np.isclose(cup.vertices[model.edge_ends][:, :, 2], 0.1).all(axis=1)
    rim = floor_rim & (model.edge_bend_deg > 60)
    assert rim.sum() == 64
    assert model.edge_concave[rim].all()


def test_build_edges_finds_where_a_flat_runs_into_a_rounding(solids):
    arc = np.linspace(0, np.pi / 2, 7)
    pill = [
        (0, 0),
        *((0.4 + 0.1 * np.sin(a), 0.1 - 0.1 * np.cos(a)) for a in arc),
        (0.5, 2),
        (0, 2),
    ]
    model = build_edges(solids.revolved(pill, n=128))
    smooth = model.edge_bend_deg < 30
    heights = model.vertices[model.edge_ends][:, :, 2][smooth & model.edge_tangent]
    assert len(heights) >= 128
    assert np.isclose(np.sort(np.unique(heights.round(3)))[[0, -1]], [0, 0.1]).all()
    can = build_edges(solids.cylinder())
    assert not (can.edge_tangent & (can.edge_bend_deg < 30)).any()


def test_smooth_groups_of_a_cylinder_are_its_side_and_ends(solids):
    groups = smooth_groups(build_edges(solids.cylinder()), 30)
    assert len(np.unique(groups)) == 3
