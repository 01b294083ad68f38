"""3-D model files → meshes that can be drawn: STL, OBJ and GLB, read by trimesh.

A file is read from its bytes alone: materials, textures or buffers in other files are never looked
for, on this machine or elsewhere.
"""

import io
from pathlib import PurePath

import numpy as np
import trimesh

from core.errors import MeshInvalid
from drafting.mesh import Mesh, UpAxis, mesh_from_arrays

MAX_FACES = 100_000
"""Seven views of so many take some 20 s on one core."""
_UP_AXIS: dict[str, UpAxis] = {".stl": "Z", ".obj": "Y", ".glb": "Y"}
"""GLB says so; of the others it is what most programs write."""
_STL_HEADER, _STL_FACE = 84, 50
_DAMAGE = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    OSError,
    MemoryError,
    RuntimeError,
)
"""What trimesh's readers raise on damaged bytes, over all three formats."""


def read_mesh(data: bytes, name: str, up_axis: UpAxis | None = None) -> Mesh:
    """Read a model: all its bodies together, upright, in a unit cube.

    Args:
        data: The whole file.
        name: File name; its suffix says the format.
        up_axis: Which axis of the file points up; None for the format's habit.

    Raises:
        MeshInvalid: If the file is damaged, holds no surface, or more than `MAX_FACES` faces.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix not in _UP_AXIS:
        raise MeshInvalid(f"{name}: not a 3-D model file; known are {', '.join(_UP_AXIS)}")
    if not data:
        raise MeshInvalid(f"{name}: the file is empty (0 bytes)")
    _check_length(data, name, suffix)
    try:
        scene = trimesh.load_scene(io.BytesIO(data), file_type=suffix[1:], process=False)
        n_faces = sum(
            len(getattr(scene.geometry[scene.graph[node][1]], "faces", ()))
            for node in scene.graph.nodes_geometry
        )
        _check_faces(n_faces, name)
        body = scene.to_mesh()
        vertices = np.asarray(body.vertices, np.float64).reshape(len(body.vertices), 3)
        faces = np.asarray(body.faces, np.int64).reshape(len(body.faces), 3)
    except _DAMAGE as error:
        raise MeshInvalid(f"{name}: damaged or no {suffix[1:].upper()} file ({error})") from error
    try:
        return mesh_from_arrays(vertices, faces, up_axis=up_axis or _UP_AXIS[suffix])
    except MeshInvalid as error:
        raise MeshInvalid(f"{name}: {error}") from error


def _check_faces(n_faces: int, name: str) -> None:
    """Refuse before bodies that are laid down many times are written out."""
    if not n_faces:
        raise MeshInvalid(f"{name}: holds no surface of faces")
    if n_faces > MAX_FACES:
        raise MeshInvalid(
            f"{name}: has {n_faces:,} faces, more than the {MAX_FACES:,} that are drawn;"
            " simplify it and send it again"
        )


def _check_length(data: bytes, name: str, suffix: str) -> None:
    """Refuse a binary STL that says it is longer than it is, before room is made for it."""
    is_text = data[:5].lower() == b"solid" and b"facet" in data[:1000]
    if suffix != ".stl" or is_text:
        return
    n_faces = int.from_bytes(data[80:84], "little") if len(data) >= _STL_HEADER else 0
    if len(data) != _STL_HEADER + n_faces * _STL_FACE or not n_faces:
        raise MeshInvalid(
            f"{name}: damaged or cut short: says {n_faces:,} faces and has {len(data):,} bytes"
        )
