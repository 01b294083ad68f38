"""`limn inspect`: a sheet on its own or a publication of an archive, and wrong input told."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from core.errors import BadInput, PictureUnreadable
from core.settings import LimitSettings
from ingestion.inspection import describe_sheet
from samples.archive import write_weekly_archives
from samples.families import family_named
from ui.cli import app
from ui.sheet_inspection import inspect_file, write_overlays

LIMITS = LimitSettings()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weeks")
    families = [family_named("jar")]
    (path,) = write_weekly_archives(folder, n_publications=2, seed=4, families=families)
    return path


def test_a_publication_of_an_archive_is_shown_with_its_captions(
    archive: Path, tmp_path: Path
) -> None:
    overlay = tmp_path / "seen.png"
    ran = CliRunner().invoke(
        app, ["inspect", str(archive), str(overlay), "--publication", "d9900002", "--json"]
    )
    assert ran.exit_code == 0, ran.output
    report = json.loads(ran.stdout)
    assert report["rejected"] == []
    assert len(report["sheets"]) > 1
    for sheet in report["sheets"]:
        assert "D9900002" in sheet["name"]
        with Image.open(sheet["overlay"]) as drawn:
            assert drawn.width > 300
        for figure in sheet["figures"]:
            assert figure["label_source"] == "printed"
            assert figure["view"] != "unknown"
            assert figure["caption"]


def test_one_sheet_of_a_publication_keeps_its_captions(archive: Path) -> None:
    whole, _ = inspect_file(archive, LIMITS)
    (second,), problems = inspect_file(archive, LIMITS, sheet=2)
    assert problems == []
    assert second.name == whole[1].name
    assert second.bound == whole[1].bound


def test_a_sheet_on_its_own_is_shown_as_read(tmp_path: Path) -> None:
    page = np.full((300, 200), 255, np.uint8)
    page[100:200:5, 50:150] = 0
    Image.fromarray(page).save(tmp_path / "page.png")
    (sheet,), _ = inspect_file(tmp_path / "page.png", LIMITS, landscape=True)
    assert sheet.cut.rotation_deg == 90
    assert sheet.bound[0].caption is None


def test_a_figure_that_came_already_cut_is_shown_whole(tmp_path: Path) -> None:
    page = np.full((300, 200), 255, np.uint8)
    page[20:80, 20:80] = page[200:260, 20:80] = 0  # two, if it were a sheet
    Image.fromarray(page).save(tmp_path / "page.png")
    (tmp_path / "manifest.csv").write_text("file,publication_id,figure_label\npage.png,D7,2")
    (sheet,), _ = inspect_file(tmp_path, LIMITS)
    assert [said.label for said in sheet.bound] == ["2"]
    assert describe_sheet(sheet)["figures"][0]["box"] == [0, 0, 200, 300]


def test_a_shelf_and_another_format_than_png_are_refused_with_what_to_do(
    archive: Path, tmp_path: Path
) -> None:
    for name in ("a.tar", "b.tar"):
        (tmp_path / name).write_bytes(archive.read_bytes())
    with pytest.raises(BadInput, match=r"holds 2 deliveries; give one of them: .*a\.tar"):
        inspect_file(tmp_path, LIMITS)
    (tmp_path / "b.tar").unlink()
    sheets, _ = inspect_file(tmp_path, LIMITS)
    with pytest.raises(BadInput, match="is a PNG file"):
        write_overlays(sheets, tmp_path / "seen.jpg")


def test_wrong_input_says_what_there_is(archive: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"holds no publication chair; it holds .*D9900001"):
        inspect_file(archive, LIMITS, publication="chair")
    with pytest.raises(BadInput, match="has no sheet 99"):
        inspect_file(archive, LIMITS, sheet=99)
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.raises(PictureUnreadable):
        inspect_file(tmp_path / "broken.png", LIMITS)
