"""`limn ingest --dry-run` as people and scripts meet it."""

import json

import pytest
from PIL import Image
from typer.testing import CliRunner

from ui.cli import app

HEADER = "file,publication_id,title,colour,view\n"


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "designs"
    place.mkdir()
    for n in (1, 2):
        Image.new("L", (40 + n, 30), 255).save(place / f"{n}.png")
    return place


@pytest.fixture
def dry_run(tmp_path, monkeypatch):
    monkeypatch.setenv("LIMN_HOME", str(tmp_path / "home"))

    def run(*arguments):
        result = CliRunner().invoke(app, ["ingest", "--dry-run", *map(str, arguments)])
        assert not (tmp_path / "home").exists()
        return result

    return run


def test_dry_run_shows_how_the_first_would_be_read(folder, dry_run):
    (folder / "manifest.csv").write_text(f"{HEADER}1.png,D0907292,Chair,red,front\n2.png,D2,,,")
    result = dry_run(folder)
    assert result.exit_code == 0
    assert "manifest, 2 publications" in result.stdout
    assert "publications: 2 new" in result.stdout
    assert "columns kept as they are: colour" in result.stdout
    assert "US-D0907292-S1" in result.stdout
    assert "1 figure" in result.stdout
    assert "nothing was written" in result.stdout


def test_dry_run_names_what_lies_beside_the_deliveries(folder, dry_run):
    (folder / "manifest.csv").write_text(f"{HEADER}1.png,D1,,,\n2.png,D2,,,")
    (folder.parent / "notes.md").write_text("beside")
    assert "1 file beside the deliveries left alone: " in dry_run(folder.parent).stdout
    beside = json.loads(dry_run("--json", folder.parent).stdout)["beside"]
    assert beside == [str(folder.parent / "notes.md")]


def test_dry_run_lists_a_delivery_that_lacks_a_part_and_looks_at_the_others(folder, dry_run):
    (folder / "manifest.csv").write_text(f"{HEADER}1.png,D1,,,\n2.png,D2,,,")
    year = folder.parent / "year"
    year.mkdir()
    for part in ("aa", "ac"):
        (year / f"2019.{part}").write_bytes(b"PK\x03\x04")
    result = dry_run("--json", folder, year)
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["publications"] == 2
    (refused,) = report["rejected"]
    assert refused["archive"] == str(year / "2019.aa")
    assert refused["member"] == "2019.ab"
    assert report["beside"] == [str(year / "2019.ac")]


def test_dry_run_json_is_one_object_and_problems_give_1(folder, dry_run):
    (folder / "manifest.csv").write_text(f"{HEADER}1.png,D0907292,Chair,red,\ngone.png,D2,,,")
    result = dry_run("--json", folder)
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert (report["publications"], report["new"], report["images"]) == (2, 1, 1)
    assert report["images_missing"] == 1
    (rejected,) = (bad for bad in report["rejected"] if bad["member"] != "2.png")
    assert "manifest.csv line 3 gone.png is not in the delivery" in rejected["reason"]
    (delivery,) = report["deliveries"]
    (example,) = delivery["examples"]
    assert example["extra"] == {"colour": "red"}
    assert (example["sheets"], example["figures"], example["outcome"]) == (1, 0, "new")


def test_dry_run_where_nothing_can_be_read_gives_2(tmp_path, dry_run):
    (tmp_path / "notes.txt").write_text("no drawings")
    result = dry_run(tmp_path / "notes.txt")
    assert result.exit_code == 2
    assert "none that can be taken in" in result.stdout
