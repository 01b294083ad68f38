"""`limn evaluate` as a person types it, run in this process."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from core.errors import BadInput, CheckpointInvalid, EvaluationInvalid
from ui.cli import app

REAL_DATA = Path(__file__).parents[3] / "shared" / "data"


def rectangle(width, pen=3):
    page = np.full((420, 520), 255, np.uint8)
    page[100 : 100 + pen, 60 : 60 + width] = page[300 : 300 + pen, 60 : 60 + width] = 0
    page[100:300, 60 : 60 + pen] = page[100:303, 60 + width - pen : 60 + width] = 0
    return page


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    rows = [("file", "publication_id", "title", "locarno", "class")]
    for number, (width, publication, title, class_name) in enumerate(
        [(60, "A", "Post", "D1"), (66, "A", "Post", "D1"), (380, "B", "Shelf", "D1"),
         (390, "B", "Shelf", "D1"), (200, "C", "Frame", "")]
    ):  # fmt: skip
        Image.fromarray(rectangle(width)).save(folder / f"{number}.png")
        rows.append((f"{number}.png", publication, title, "06-01", class_name))
    with (folder / "manifest.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return folder


def limn(*arguments):
    return CliRunner().invoke(app, ["evaluate", *map(str, arguments)])


def answer(*arguments):
    done = limn(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_one_json_object_with_model_and_baselines(pictures):
    found = answer("--images", pictures, "--baseline", "hog", "--baseline", "phash")
    assert (found["n_queries"], found["n_gallery"], found["n_publications"]) == (4, 5, 3)
    assert found["relevance"] == "publication"
    assert set(found["baselines"]) == {"hog", "phash"}
    assert found["model"]["hit_at_1"] == 1
    assert found["model"]["text_to_image"]["n_queries"] == 3
    assert found["unreadable"] == []


def test_the_own_publication_and_rows_without_a_class_are_left_out(pictures):
    found = answer("--images", pictures, "--relevance", "class", "--exclude-own-publication")
    assert (found["n_queries"], found["n_gallery"], found["n_left_out"]) == (4, 4, 1)
    assert found["exclude_own_publication"] is True


def test_a_person_gets_tables(pictures):
    done = limn("--images", pictures, "--baseline", "lbp")
    assert done.exit_code == 0
    assert "4 queries among 5 figures of 3 publications" in done.stdout
    for told in ("mAP", "95 % of gain", "title → figure", "head: 1 class, 4 queries"):
        assert told in done.stdout


def test_cut_figures_can_be_kept_and_evaluated_again(pictures, tmp_path):
    kept = tmp_path / "kept"
    cut = answer("--images", pictures, "--cut-figures", "--save-figures", kept)
    assert sorted(path.name for path in kept.glob("*.png"))[0] == "0.1.png"
    with Image.open(kept / "0.1.png") as figure:
        assert figure.width < 120  # cut to its ink
    again = answer("--images", kept)
    assert again["model"]["ci95"] == cut["model"]["ci95"]


def test_pictures_that_cannot_be_used_are_listed_with_exit_code_1(pictures, tmp_path):
    (pictures / "text.png").write_text("no picture")
    lines = (pictures / "manifest.csv").read_text() + "text.png,A,,,\nlost.png,A,,,\n"
    (tmp_path / "m.csv").write_text(lines)
    done = limn("--images", pictures, "--manifest", tmp_path / "m.csv", "--json")
    assert done.exit_code == 1
    listed = {item["file"]: item["reason"] for item in json.loads(done.stdout)["unreadable"]}
    assert "not a TIFF" in listed["text.png"]
    assert "No such file" in listed["lost.png"]


def test_deeppatent_lists_are_measured_with_and_without_front_pages(pictures, tmp_path):
    Image.fromarray(rectangle(60)).save(pictures / "A-D00000.png")
    (tmp_path / "q.txt").write_text("0.png 1\n2.png 2\n")
    (tmp_path / "g.txt").write_text("A-D00000.png 1\n1.png 1\n3.png 2\n4.png 3\n")
    lists = ("--deeppatent-query", tmp_path / "q.txt", "--deeppatent-gallery", tmp_path / "g.txt")
    found = answer("--images", pictures, *lists)
    assert (found["n_queries"], found["n_gallery"]) == (2, 4)
    assert found["without_front_pages"]["n_gallery"] == 3
    assert found["without_front_pages"]["model"]["map"] == 1
    done = limn("--images", pictures, *lists)
    assert "without front-page copies: 2 queries among 3" in done.stdout


def test_citations_from_a_file_of_pairs(pictures, tmp_path):
    (tmp_path / "pairs.csv").write_text("citing,cited\nA,B\n")
    found = answer(
        "--images", pictures, "--relevance", "citations", "--citations", tmp_path / "pairs.csv"
    )
    assert (found["n_queries"], found["n_unanswered"]) == (2, 3)


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (("--images", "nowhere"), BadInput, "no such folder: nowhere"),
        (("--manifest", "nowhere.csv"), EvaluationInvalid, r"nowhere\.csv cannot be read"),
        (("--class-column", "kind"), EvaluationInvalid, "no column `kind`"),
        (("--relevance", "citations"), EvaluationInvalid, "need each other"),
        (("--deeppatent-query", "q.txt"), EvaluationInvalid, "both of --deeppatent-query"),
        (("--checkpoint", "nowhere"), CheckpointInvalid, "nowhere"),
        (("--baseline", "sift"), CheckpointInvalid, "give hog, lbp, phash, or the folder or hub"),
        (("--baseline", "hog", "--baseline", "hog"), EvaluationInvalid, "asked for twice"),
    ],
)  # fmt: skip
def test_wrong_input_says_what_is_wrong(pictures, arguments, error, said):
    done = limn("--images", pictures, *arguments)
    assert isinstance(done.exception, error)
    assert said.replace("\\", "") in str(done.exception)


def test_relevance_that_no_row_states_is_refused_before_anything_is_read(pictures, tmp_path):
    (tmp_path / "m.csv").write_text("file,publication_id\nlost.png,A\n")
    done = limn("--images", pictures, "--manifest", tmp_path / "m.csv", "--relevance", "locarno")
    assert "needs the column `locarno`" in str(done.exception)


@pytest.mark.realdata
def test_real_sheets_are_cut_and_measured(tmp_path):
    sheets = REAL_DATA / "sheets"
    lines = (sheets / "manifest.csv").read_text().splitlines()[:8]
    (tmp_path / "m.csv").write_text("\n".join(lines))
    found = answer("--images", sheets, "--manifest", tmp_path / "m.csv", "--cut-figures")
    assert found["n_queries"] >= 7
    assert found["model"]["hit_at_10"] == 1  # of few
