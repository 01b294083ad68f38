"""3-D model files: read alike from every format, and refused in words where they are damaged."""

import json
import struct

import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st

from core.errors import MeshInvalid
from drafting import mesh_files
from drafting.mesh_files import read_mesh
from tests.damage import damaged, ends_soon, fuzzing

BOX = trimesh.creation.box([3.0, 1.0, 2.0])
TRIANGLE = b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"


def written(kind: str) -> bytes:
    data = BOX.export(file_type=kind)
    return data if isinstance(data, bytes) else data.encode()


@pytest.mark.parametrize("kind", ["stl", "stl_ascii", "obj", "glb"])
def test_every_format_gives_the_same_body(kind: str) -> None:
    name = f"box.{kind.partition('_')[0]}"
    mesh = read_mesh(written(kind), name, up_axis="Z")
    assert len(mesh.faces) == 12
    assert np.ptp(mesh.vertices, axis=0) == pytest.approx([1, 1 / 3, 2 / 3], abs=1e-6)


@pytest.mark.parametrize(("name", "height"), [("a.STL", 2 / 3), ("a.obj", 1 / 3), ("a.glb", 1 / 3)])
def test_up_is_what_the_format_says(name: str, height: float) -> None:
    mesh = read_mesh(written(name[2:].lower()), name)
    assert float(np.ptp(mesh.vertices[:, 2])) == pytest.approx(height, abs=1e-6)


def test_bodies_of_a_scene_keep_their_places() -> None:
    scene = trimesh.Scene()
    scene.add_geometry(BOX, node_name="one")
    scene.add_geometry(
        BOX, node_name="two", transform=trimesh.transformations.translation_matrix([9, 0, 0])
    )
    mesh = read_mesh(scene.export(file_type="glb"), "two.glb", up_axis="Z")
    assert len(mesh.faces) == 24
    assert np.ptp(mesh.vertices, axis=0) == pytest.approx([1, 1 / 12, 2 / 12], abs=1e-6)


def glb_that_reads(uri: str) -> bytes:
    document = {
        "asset": {"version": "2.0"},
        "buffers": [{"uri": uri, "byteLength": 36}],
        "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "nodes": [{"mesh": 0}],
        "scenes": [{"nodes": [0]}],
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    chunk = struct.pack("<II", len(text), 0x4E4F534A) + text
    return struct.pack("<III", 0x46546C67, 2, 12 + len(chunk)) + chunk


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.stl", b"", "the file is empty"),
        ("a.stl", b"x" * 200, "damaged or cut short"),
        ("a.stl", written("stl")[:-7], "says 12 faces"),
        ("a.stl", b"solid a\nfacet nonsense", "a.stl: "),
        ("a.glb", b"glTF\2\0\0\0", "damaged or no GLB file"),
        ("a.glb", written("glb")[:300], "damaged or no GLB file"),
        ("a.glb", glb_that_reads("file:///etc/passwd"), "damaged or no GLB file"),
        ("a.glb", glb_that_reads("../secret.bin"), "damaged or no GLB file"),
        ("a.obj", b"hello", "holds no surface"),
        ("a.obj", b"v 0 0 0\nv 1 0 0\n", "holds no surface"),
        ("a.obj", b"v 0 0 0\nf 1 2 9\n", "damaged or no OBJ file"),
        ("a.obj", TRIANGLE.replace(b"v 1", b"v nan"), "not finite"),
        ("a.obj", TRIANGLE.replace(b"1", b"0", 2), "a.obj: "),
        ("a.step", b"ISO-10303-21;", "not a 3-D model file; known are .stl, .obj, .glb"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_the_name_of_the_file(
    name: str, data: bytes, said: str
) -> None:
    with pytest.raises(MeshInvalid) as caught:
        read_mesh(data, name)
    assert said in str(caught.value)
    assert str(caught.value).startswith(name)


def test_materials_in_other_files_are_not_looked_for() -> None:
    assert len(read_mesh(b"mtllib /etc/passwd\nusemtl x\n" + TRIANGLE, "a.obj").faces) == 1


def test_too_many_faces_are_refused_before_they_are_written_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mesh_files, "MAX_FACES", 30)
    scene = trimesh.Scene([BOX] * 2)
    assert len(read_mesh(scene.export(file_type="glb"), "a.glb").faces) == 12
    for n in range(3):
        place = trimesh.transformations.translation_matrix([n * 5.0, 0, 0])
        scene.add_geometry(BOX, node_name=f"n{n}", transform=place)
    with pytest.raises(MeshInvalid, match="has 60 faces, more than the 30"):
        read_mesh(scene.export(file_type="glb"), "a.glb")


@given(data=st.data(), kind=st.sampled_from(["stl", "stl_ascii", "obj", "glb"]))
@fuzzing(120)
def test_a_damaged_model_is_read_or_refused(data: st.DataObject, kind: str) -> None:
    content = data.draw(damaged(written(kind), [b"facet", b"v ", b"f 1 2 99", b'"count":']))
    name = f"box.{data.draw(st.sampled_from([kind.partition('_')[0], 'stl', 'obj', 'glb']))}"
    with ends_soon():
        try:
            mesh = read_mesh(content, name)
        except MeshInvalid:
            return
    assert len(mesh.faces)
    assert np.isfinite(mesh.vertices).all()
