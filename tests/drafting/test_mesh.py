import numpy as np
import pytest

from core.errors import BadInput, MeshInvalid
from drafting.mesh import Mesh, merge_meshes, mesh_from_arrays, normalised, weld


def _soup(mesh: Mesh, rng: np.random.Generator, noise: float) -> Mesh:
    """The same surface with vertices of its own for every face."""
    corners = mesh.vertices[mesh.faces.ravel()]
    corners = corners + rng.uniform(-noise, noise, corners.shape)
    return Mesh(corners, np.arange(len(corners)).reshape(-1, 3), mesh.face_parts)


def test_mesh_refuses_what_is_no_surface():
    triangle = np.array([[0, 1, 2]])
    corners = np.eye(3)
    with pytest.raises(MeshInvalid, match="F ≥ 1"):
        Mesh(corners, np.zeros((0, 3), np.int64))
    with pytest.raises(MeshInvalid, match=r"outside 0…2"):
        Mesh(corners, triangle + 1)
    with pytest.raises(MeshInvalid, match="not finite"):
        Mesh(np.where(corners > 0, np.inf, 0.0), triangle)
    with pytest.raises(MeshInvalid, match="one for each"):
        Mesh(corners, triangle, np.zeros(2, np.int64))
    assert issubclass(MeshInvalid, BadInput)


def test_weld_joins_near_vertices_of_a_soup(solids):
    soup = _soup(solids.box(), np.random.default_rng(0), 1e-6)
    welded = weld(soup, 1e-4)
    assert len(welded.vertices) == 8
    assert len(welded.faces) == 12


def test_weld_drops_needles_doubles_and_unused_vertices(solids):
    box = solids.box()
    vertices = np.concatenate([box.vertices, [[9.0, 9.0, 9.0], [0.0, 0.5, 0.5]]])
    # a double with the other winding, and a needle along the upper rear edge
    more = np.array([box.faces[0][::-1], [3, 9, 7]])
    welded = weld(Mesh(vertices, np.concatenate([box.faces, more])))
    assert len(welded.faces) == 12
    assert len(welded.vertices) == 8


def test_weld_keeps_touching_parts_apart(solids):
    stack = merge_meshes([solids.box(part=0), solids.box(centre=(0, 0, 1), part=1)])
    assert len(weld(stack).vertices) == 16
    assert len(weld(merge_meshes([solids.box(), solids.box(centre=(0, 0, 1))])).vertices) == 12


def test_weld_of_a_surface_without_area_is_refused():
    line = Mesh(np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]]), np.array([[0, 1, 2]]))
    with pytest.raises(MeshInvalid, match="no face with an area"):
        weld(line)


def test_merge_meshes_keeps_parts_and_faces(solids):
    merged = merge_meshes([solids.box(part=3), solids.cylinder(part=5)])
    assert set(merged.face_parts.tolist()) == {3, 5}
    assert np.array_equal(merged.faces[:12], solids.box().faces)
    assert merged.faces.max() == len(merged.vertices) - 1
    with pytest.raises(MeshInvalid):
        merge_meshes([])


def test_normalised_keeps_proportions(solids):
    mesh = normalised(solids.box(size=(4, 2, 1), centre=(7, 8, 9)))
    assert np.allclose(np.ptp(mesh.vertices, axis=0), [1, 0.5, 0.25])
    assert np.allclose(mesh.vertices.min(axis=0) + mesh.vertices.max(axis=0), 0)


def test_mesh_from_arrays_stands_y_up_files_upright(solids):
    """A Y-up file looks along -z at its front: its +z is toward the viewer, our -y."""
    pin = solids.box(size=(0.2, 0.4, 1.0))
    as_file = np.stack([pin.vertices[:, 0], pin.vertices[:, 2], -pin.vertices[:, 1]], axis=1)
    whole_numbers = np.round((as_file + 0.5) * 65535).astype(np.uint16)
    mesh = mesh_from_arrays(whole_numbers, pin.faces.astype(np.uint16), up_axis="Y")
    assert np.allclose(np.ptp(mesh.vertices, axis=0), [0.2, 0.4, 1.0], atol=1e-4)
    a, b, c = (mesh.vertices[mesh.faces[:, k]] for k in range(3))
    assert np.einsum("ij,ij->i", a, np.cross(b, c)).sum() > 0, "still outward"
