"""Folders that are written to after they were entered, or while they are read."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from core.errors import ArchiveChanged
from core.settings import Settings
from ingestion import archive_marks
from ingestion.archive_marks import hash_unchanged, read_mark
from ingestion.catalogue_records import Upload
from ingestion.deliveries import list_units
from ingestion.intake import take_in
from workers import stages
from workers.resources import Resources

PATENTS = [f"USD090729{n}-20210105" for n in range(3)]


def _draw(folder: Path, patent: str, n: int = 1, side_px: int = 90) -> Path:
    page = Image.new("L", (120, 120), 255)
    ImageDraw.Draw(page).rectangle((10, 10, side_px, side_px), outline=0, width=3)
    file = folder / patent / f"{patent}-D{n:05}.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    page.save(file)
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for patent in PATENTS:
        _draw(tmp_path / "in", patent)
    return tmp_path / "in"


@pytest.fixture
def resources(tmp_path: Path) -> Iterator[Resources]:
    opened = Resources(Settings(home=tmp_path / "home"))
    yield opened
    opened.catalogue.close()


def _enter(resources: Resources, folder: Path) -> Upload:
    mark = read_mark(folder)
    listing = list_units(folder, resources.settings.limits)
    upload_id = hash_unchanged(folder, mark)
    return resources.catalogue.begin_upload(str(folder), upload_id, 1, listing.members, mark=mark)


def _read(resources: Resources, upload: Upload) -> tuple[int, int, str]:
    """Members done and rejected, and the first reason."""
    catalogue = resources.catalogue
    catalogue.reopen_members(upload.upload_id)
    list(stages.iter_cut(resources, upload.upload_id, catalogue.pending_members(upload.upload_id)))
    progress = catalogue.progress([upload.upload_id])
    reason = progress.rejections[0].reason if progress.rejections else ""
    return progress.n_done, progress.n_rejected, reason


def _overwrite(file: Path) -> None:
    _draw(file.parents[1], file.parent.name, side_px=50)


@pytest.mark.parametrize("change", [_overwrite, Path.unlink])
def test_a_folder_that_changed_is_refused_until_it_is_put_back(
    resources: Resources, folder: Path, change: Callable[[Path], None]
) -> None:
    upload = _enter(resources, folder)
    file = folder / PATENTS[1] / f"{PATENTS[1]}-D00001.png"
    before = file.read_bytes()
    change(file)
    n_done, n_rejected, reason = _read(resources, upload)
    assert (n_done, n_rejected) == (0, 3)
    assert "has changed since it was entered: files below" in reason
    file.write_bytes(before)
    assert _read(resources, upload) == (3, 0, "")


@pytest.mark.parametrize("change", [_overwrite, Path.unlink])
def test_nothing_more_is_stored_from_a_folder_that_changes_while_it_is_read(
    resources: Resources,
    folder: Path,
    change: Callable[[Path], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    upload = _enter(resources, folder)
    monkeypatch.setattr(archive_marks, "_PATIENCE", 0)
    n_taken = 0

    def change_after_one(*arguments: Any, **named: Any) -> Any:
        nonlocal n_taken
        n_taken += 1
        if n_taken == 2:
            change(folder / PATENTS[2] / f"{PATENTS[2]}-D00001.png")
        return take_in(*arguments, **named)

    monkeypatch.setattr(stages, "take_in", change_after_one)
    assert _read(resources, upload)[:2] == (1, 2)


def test_a_picture_that_vanishes_is_noticed_however_lately_the_folder_was_looked_at(
    resources: Resources, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _draw(folder, PATENTS[0], 2)
    upload = _enter(resources, folder)
    monkeypatch.setattr(archive_marks, "_PATIENCE", 10**9)
    archive_marks.check_unchanged(upload)
    (folder / PATENTS[0] / f"{PATENTS[0]}-D00001.png").write_bytes(b"")
    n_done, n_rejected, reason = _read(resources, upload)
    assert (n_done, n_rejected) == (0, 3)
    assert "has changed" in reason


def test_a_folder_touched_or_copied_is_read_on(resources: Resources, folder: Path) -> None:
    upload = _enter(resources, folder)
    for file in folder.rglob("*.png"):
        file.write_bytes(file.read_bytes())
    assert _read(resources, upload)[:2] == (3, 0)


def test_a_folder_still_being_written_is_not_entered(folder: Path) -> None:
    mark = read_mark(folder)
    _draw(folder, PATENTS[0], 2)
    with pytest.raises(ArchiveChanged, match="still being written"):
        hash_unchanged(folder, mark)
