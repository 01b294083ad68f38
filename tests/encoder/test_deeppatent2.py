import json

import numpy as np
import pytest
from PIL import Image

from core.errors import PictureUnreadable, SourceInvalid
from encoder.evaluation.manifest import read_manifest_rows
from encoder.training.drawings import DrawnObject
from encoder.training.sources.deeppatent2 import DeepPatent2Source, read_year

RECORD = {
    "patentID": "USD0836880-20190101",
    "object": "Chair",
    "aspect": "front view",
    "object_title": "Folding chair",
    "subfigure_file": "USD0836880-20190101-D00001_1.png",
    "classification_locarno": "0601",
}


@pytest.fixture
def year(tmp_path):
    (tmp_path / "Segmented").mkdir()

    def write(records, *, as_lines=False):
        text = "\n".join(map(json.dumps, records)) if as_lines else json.dumps(records)
        (tmp_path / "design2019.json").write_text(text)
        for record in records:
            picture = Image.fromarray(np.zeros((20, 30), np.uint8))
            picture.save(tmp_path / "Segmented" / record["subfigure_file"])
        return tmp_path

    return write


def drawn_from(folder, **settings):
    source = DeepPatent2Source(kind="deeppatent2", share=1, path=folder, **settings)
    return [drawing for job in source.jobs() for drawing in job()]


@pytest.mark.parametrize("as_lines", [False, True])
def test_records_become_drawings_of_their_patent(year, as_lines):
    folder = year([RECORD], as_lines=as_lines)
    (figure,) = read_year(folder)
    assert (figure.view, figure.locarno, figure.title) == ("front view", "06-01", "folding chair")
    (drawing,) = drawn_from(folder)
    assert drawing.object_key == "USD0836880-20190101"
    assert drawing.image.shape == (20, 30)
    texts = ("chair", "a line drawing of a chair", "folding chair", "chair, furnishing")
    assert drawing.drawn == DrawnObject("chair", texts, "06-01", "USD0836880")


def test_missing_names_are_replaced_by_the_title_or_left_out(year):
    unnamed = {**RECORD, "object": "None", "aspect": None, "classification_locarno": "D6"}
    nameless = {**unnamed, "object_title": None}
    (figure,) = read_year(year([unnamed, nameless]))
    assert (figure.object_name, figure.view, figure.locarno) == ("folding chair", "", "")


def test_held_out_patents_and_those_to_leave_out_are_not_drawn(year):
    numbers = [f"USD{n:07}-20190101" for n in range(300)]
    folder = year([{**RECORD, "patentID": n, "subfigure_file": f"{n}_1.png"} for n in numbers])
    figures = read_year(folder)
    held_out = {figure.patent_id for figure in figures if figure.is_held_out}
    assert 1 <= len(held_out) <= 20
    (folder / "test.txt").write_text("I20190101/USD0000007-20190101/USD0000007-20190101-D1.png 1")
    settings = {"leave_out": (folder / "test.txt",), "held_out": folder / "held_out.csv"}
    drawn = {drawing.object_key for drawing in drawn_from(folder, **settings)}
    assert drawn == set(numbers) - held_out - {"USD0000007-20190101"}
    DeepPatent2Source(kind="deeppatent2", share=1, path=folder, **settings).write_held_out()
    rows = read_manifest_rows(folder / "held_out.csv")
    assert {f"{row.publication_id}-20190101" for row in rows} == held_out
    assert rows[0].class_name == "chair"
    assert (folder / rows[0].file).is_file()


def test_what_is_no_year_of_deeppatent2_is_refused(tmp_path, year):
    with pytest.raises(SourceInvalid, match="no unpacked year"):
        read_year(tmp_path)
    (year([RECORD]) / "design2019.json").write_text('[{"patent": 1}]')
    with pytest.raises(SourceInvalid, match="no records of DeepPatent2"):
        read_year(tmp_path)


def test_a_missing_picture_is_named(year):
    folder = year([RECORD])
    (folder / "Segmented" / RECORD["subfigure_file"]).unlink()
    with pytest.raises(PictureUnreadable, match="D00001_1"):
        drawn_from(folder)
