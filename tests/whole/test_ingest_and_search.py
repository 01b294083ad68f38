"""From a weekly archive to a class-filtered search, through real workers and services."""

import io
import re
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image


def _first_sheet(archive: Path, folder: Path) -> tuple[str, Path]:
    """The first drawing sheet of the first grant, as a file, and the grant's number."""
    with tarfile.open(archive) as tar:
        member = next(m for m in tar.getmembers() if m.name.upper().endswith(".ZIP"))
        content = tar.extractfile(member)
        assert content
        with zipfile.ZipFile(io.BytesIO(content.read())) as grant:
            name = next(n for n in sorted(grant.namelist()) if n.upper().endswith("D00001.TIF"))
            sheet = folder / "sheet.tif"
            sheet.write_bytes(grant.read(name))
    return Path(name).name[3:10], sheet


def test_every_figure_is_a_point_and_front_pages_are_stored_alone(filled: Any) -> None:
    status = filled("status", "--json").json
    assert status["publications"] == 8
    assert status["failures"] == []
    assert status["by_stage"]["indexed"] == status["figures"] > 8 * 5
    assert status["front_pages"] == 8
    agreed = filled("reconcile", "--json")
    assert agreed.code == 0
    told = agreed.json
    account = told.pop("account")
    assert account["members"] == {"all": 8, "taken": 8, "rejected": 0, "pending": 0}
    assert account["publications"] == 8
    assert account["rejected"] == account["without_figures"] == account["fewer_figures"] == []
    assert told == {
        "figures": status["figures"],
        "points": status["figures"],
        "failures": 0,
        "withdrawn": 0,
        "missing": [],
        "orphans": [],
        "stale": [],
        "pictures_missing": [],
        "pictures_corrupt": [],
        "pictures_orphaned": [],
        "repaired": None,
    }
    figures = filled("export", "--figures", "--json").json["figures"]
    assert len({row["figure_id"] for row in figures}) == len(figures)
    drawn = [row for row in figures if not row["front_page"]]
    assert len(drawn) == status["figures"]
    assert {row["stage"] for row in drawn} == {"indexed"}
    assert {row["stage"] for row in figures if row["front_page"]} == {"stored"}


def test_taking_the_same_archives_in_again_changes_nothing(
    filled: Any, archives: list[Path]
) -> None:
    before = filled("status", "--json").json
    answer = filled("ingest", *archives, "--json")
    assert answer.code == 0
    report = answer.json
    assert report["indexed"] == report["failed"] == 0
    assert report["unchanged"] == report["figures"] == before["figures"]
    assert report["members"]["unchanged"] == report["publications"]
    assert report["members"]["new"] == report["members"]["replaced"] == 0
    assert filled("status", "--json").json == before
    assert "nothing new" in filled("ingest", *archives).out


def test_a_sheet_finds_its_own_grant_and_a_class_filter_holds(
    filled: Any, archives: list[Path], tmp_path: Path
) -> None:
    number, sheet = _first_sheet(archives[0], tmp_path)
    found = filled("search", "--image", sheet, "--json").json
    assert [hit["rank"] for hit in found["hits"]] == list(range(1, len(found["hits"]) + 1))
    scores = [hit["score"] for hit in found["hits"]]
    assert scores == sorted(scores, reverse=True)
    best = found["hits"][0]
    assert number in best["publication_id"]
    other = next(h["locarno"] for h in found["hits"] if h["locarno"] != best["locarno"])
    contact_sheet = tmp_path / "contact.png"
    filtered = filled(
        *("search", "--image", sheet, "--locarno", other, "--json", "--sheet", contact_sheet)
    ).json
    assert filtered["hits"]
    assert {hit["locarno"] for hit in filtered["hits"]} == {other}
    assert filtered["hidden_by_filter"] > 0
    with Image.open(contact_sheet) as page:
        assert page.width > 1000


def test_words_find_what_they_name(filled: Any) -> None:
    title = filled("search", "--text", "a", "--json").json["hits"][0]["title"]
    found = filled("search", "--text", title, "--json").json
    assert found["hits"][0]["title"] == title


@pytest.mark.timeout(600)  # ten commands
def test_a_search_is_saved_put_on_the_record_and_replayed(
    filled: Any, archives: list[Path], tmp_path: Path
) -> None:
    _, sheet = _first_sheet(archives[0], tmp_path)
    hits, record = tmp_path / "hits.xlsx", tmp_path / "record.pdf"
    saved = filled(
        *("search", "--image", sheet, "--rotate", 90, "--save", "Sheet one", "--project", "P"),
        *("--export", hits, "--who", "Ada Müller", "--json"),
    )
    assert saved.code == 0, saved.err
    assert hits.read_bytes().startswith(b"PK")
    sheet.unlink()
    number = saved.json["saved_search"]
    made = filled("certificate", "make", number, "--pdf", record, "--who", "Ada", "--json")
    assert made.code == 0, made.err
    assert made.json["hits"] == len(saved.json["hits"])
    same = filled("certificate", "replay", record, "--json")
    assert (same.code, same.json["verdict"], same.json["made_here"]) == (0, "same", True), same
    assert filled("backup", tmp_path / "kept").code == 0
    restored = type(filled)(tmp_path / "restored")
    assert restored("restore", tmp_path / "kept").code == 0
    again = restored("certificate", "replay", record, "--json")
    assert (again.code, again.json["verdict"], again.json["made_here"]) == (0, "same", True), again
    record.write_bytes(record.read_bytes()[:20_000])
    torn = filled("certificate", "replay", record)
    assert torn.code == 2
    assert "record.pdf: " in torn.err


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["search", "--locarno", "99", "--text", "chair"], "class 99 does not exist"),
        (["search", "--locarno", "seats", "--text", "chair"], "not a Locarno class"),
        (["search"], "image|text|figure"),
        (["search", "--image", "no-such-file.png"], "cannot read no-such-file.png"),
        (["ingest", "no-such-archive.tar"], "no such file or folder: no-such-archive.tar"),
    ],
)
def test_wrong_input_is_told_and_ends_with_two(
    filled: Any, arguments: list[str], what: str
) -> None:
    answer = filled(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert re.search(what, answer.err), answer.err
    assert "Traceback" not in answer.err


def test_a_query_that_is_no_picture_is_told(filled: Any, tmp_path: Path) -> None:
    page = tmp_path / "letter.tif"
    page.write_text("Dear Sir or Madam")
    answer = filled("search", "--image", page, "--json")
    assert (answer.code, answer.out) == (2, "")
    assert "letter.tif" in answer.err
    blank = tmp_path / "blank.png"
    Image.fromarray(np.full((50, 50), 255, np.uint8)).save(blank)
    assert "nothing is drawn" in filled("search", "--image", blank).err


def test_the_demo_does_not_mix_with_a_real_corpus(filled: Any) -> None:
    before = filled("status", "--json").json
    refused = filled("demo", "--no-ui")
    assert refused.code == 2
    assert "not the demo's" in refused.err
    assert filled("status", "--json").json == before


def test_lines_of_every_stage_name_the_upload_that_their_figures_came_with(filled: Any) -> None:
    logs = filled.home / "logs"
    lines = (logs / "ingest-worker.log").read_text() + (logs / "model-worker.log").read_text()
    for event in ("members ingested", "figures described", "figures embedded", "figures indexed"):
        named = [line for line in lines.splitlines() if event in line]
        assert named
        assert all("upload_id=" in line and "message_id=" in line for line in named), named
