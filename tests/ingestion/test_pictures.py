"""Pictures keep their bytes, are never half there, and say so when they are damaged."""

import errno
import io
import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import ConfigurationFault, PictureUnreadable, StorageFailed
from ingestion.pictures import PictureStore
from ingestion.thumbnails import THUMBNAIL_PX


def _drawing(height_px: int = 2000, width_px: int = 1400) -> np.ndarray:
    """A frame of one-pixel lines with a diagonal."""
    pixels = np.full((height_px, width_px), 255, np.uint8)
    pixels[[10, -10], 10:-10] = 0
    pixels[10:-10, [10, -10]] = 0
    steps = np.arange(20, min(height_px, width_px) - 20)
    pixels[steps, steps] = 0
    return pixels


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> PictureStore:
    """A store in a folder, and one behind another fsspec file system."""
    if request.param == "folder":
        return PictureStore(str(tmp_path / "pictures"))
    return PictureStore(f"memory://{tmp_path.name}")


def test_a_batch_is_whole_when_its_block_ends_and_not_there_when_it_fails(tmp_path: Path) -> None:
    store = PictureStore(str(tmp_path))
    with store.batch() as batch:
        first = batch.put(b"first")
        assert batch.put(b"first") == first
        assert first not in [path.name for path in _files(tmp_path)], "no name before the disk"
    assert store.get(first) == b"first"

    def fail() -> None:
        with store.batch() as batch:
            batch.put(b"second")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert [path.name for path in _files(tmp_path)] == [first], "nothing half there"


def test_originals_come_back_byte_for_byte(store: PictureStore) -> None:
    data = b"II*\0 whatever a scanner wrote"
    sha256 = store.put(data)
    assert store.put(data) == sha256
    assert store.get(sha256) == data


def test_a_second_put_writes_nothing(tmp_path: Path) -> None:
    store = PictureStore(str(tmp_path))
    store.put(b"same")
    (path,) = _files(tmp_path)
    before = path.stat()
    store.put(b"same")
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_figures_come_back_pixel_for_pixel(store: PictureStore) -> None:
    line_art = _drawing()
    greys = np.arange(256, dtype=np.uint8).reshape(16, 16)
    for pixels, mode in ((line_art, "1"), (greys, "L"), (np.zeros((1, 1), np.uint8), "1")):
        sha256 = store.put_figure(pixels)
        np.testing.assert_array_equal(store.get_figure(sha256), pixels)
        assert Image.open(io.BytesIO(store.get(sha256))).mode == mode


def test_line_art_is_kept_small(store: PictureStore) -> None:
    assert len(store.get(store.put_figure(_drawing()))) < 2000 * 1400 / 250


def test_missing_and_damaged_pictures_are_told_apart(tmp_path: Path) -> None:
    store = PictureStore(str(tmp_path))
    with pytest.raises(PictureUnreadable, match="not in the picture store"):
        store.get("0" * 64)
    sha256 = store.put_figure(_drawing())
    (path,) = _files(tmp_path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(PictureUnreadable, match=rf"{path}.*was damaged"):
        store.get_figure(sha256)
    with pytest.raises(PictureUnreadable, match="was damaged"):
        store.thumbnail(sha256)


def test_a_cut_short_picture_is_written_again(tmp_path: Path) -> None:
    store = PictureStore(str(tmp_path))
    sha256 = store.put(b"complete")
    (path,) = _files(tmp_path)
    path.write_bytes(b"comp")
    store.put(b"complete")
    assert store.get(sha256) == b"complete"


def test_thumbnails_of_an_earlier_version_are_swept(tmp_path: Path) -> None:
    store = PictureStore(str(tmp_path))
    sha256 = store.put_figure(_drawing())
    store.thumbnail(sha256)
    former = tmp_path / "thumbnails" / sha256[:2] / f"{sha256}.webp"
    former.write_bytes(b"RIFF")
    assert store.sweep(older_than_s=3600) == 1
    assert not former.exists()
    assert len(_files(tmp_path)) == 2


def test_thumbnails_are_drawn_once_and_keep_thin_lines(store: PictureStore) -> None:
    sha256 = store.put_figure(_drawing())
    drawn = store.thumbnail(sha256)
    small = np.asarray(Image.open(io.BytesIO(drawn)).convert("L"))
    assert max(small.shape) == THUMBNAIL_PX
    assert small.shape[0] / small.shape[1] == pytest.approx(2000 / 1400, rel=0.01)
    diagonal = small[np.arange(20, 200), np.arange(20, 200)]
    assert diagonal.max() < 200, "a one-pixel line stays visible at a sixth of its size"
    assert (small == 255).mean() > 0.9, "paper stays white"
    assert store.thumbnail(sha256) == drawn


def test_thumbnails_of_originals_and_of_what_is_no_picture(store: PictureStore) -> None:
    file = io.BytesIO()
    Image.fromarray(_drawing() > 0).save(file, "TIFF", compression="group4")
    assert store.thumbnail(store.put(file.getvalue()))
    with pytest.raises(PictureUnreadable):
        store.thumbnail(store.put(b"no picture"))


def test_a_forked_process_stores_pictures_as_its_parent_did(tmp_path: Path) -> None:
    script = (
        "import os, sys\n"
        "from ingestion.pictures import PictureStore\n"
        "store = PictureStore(sys.argv[1])\n"
        "def put(word):\n"
        "    with store.batch() as batch:\n"
        "        for n in range(3):\n"
        "            batch.put(f'{word} {n}'.encode())\n"
        "put('parent')\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    put('child')\n"
        "    os._exit(0)\n"
        "os._exit(os.waitpid(child, 0)[1])\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, timeout=60)
    assert len(_files(tmp_path)) == 6


def test_a_full_disk_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = PictureStore(str(tmp_path))

    def no_space(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(StorageFailed, match="No space left on device; make room"):
        store.put(b"picture")
    assert _files(tmp_path) == []


def test_a_file_size_limit_leaves_no_half_file(tmp_path: Path) -> None:
    script = (
        "import resource, sys\n"
        "from ingestion.pictures import PictureStore\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, (4096, {resource.RLIM_INFINITY}))\n"
        "PictureStore(sys.argv[1]).put(bytes(100_000))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=False
    )
    assert "StorageFailed" in done.stderr
    assert _files(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "pictures").write_text("a file is in the way")
    with pytest.raises(StorageFailed, match="cannot be written"):
        PictureStore(str(tmp_path / "pictures")).put(b"picture")


def test_unknown_file_systems_are_refused() -> None:
    with pytest.raises(ConfigurationFault, match="LIMN_PICTURES__URL"):
        PictureStore("nosuch://bucket")
