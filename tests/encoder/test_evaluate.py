import numpy as np
import pytest
from pydantic import ValidationError

from core.errors import ConfigurationFault, EvaluationInvalid
from encoder.evaluation import systems
from encoder.evaluation.embedding import LabelledFigure, embed_figures
from encoder.evaluation.evaluate import Question, evaluate
from encoder.evaluation.manifest import ManifestRow, Role, Track
from encoder.evaluation.report import CrossModal, TrackReport
from encoder.evaluation.systems import open_system


def frame(width, pen):
    image = np.full((200, 60 + width), 255, np.uint8)
    image[20 : 20 + pen, 20 : 20 + width] = image[160 : 160 + pen, 20 : 20 + width] = 0
    image[20:160, 20 : 20 + pen] = image[20:160, 20 + width - pen : 20 + width] = 0
    return image


PIXELS = [frame(40, 3), frame(42, 5), frame(220, 3), frame(215, 5)]
ROWS = [
    ManifestRow(f"{number}.png", publication, title, "06-01")
    for number, (publication, title) in enumerate(
        [("A", "Post"), ("A", "Post"), ("B", "Shelf"), ("B", "Shelf")]
    )
]
FIGURES = [LabelledFigure(row, pixels) for row, pixels in zip(ROWS, PIXELS, strict=True)]
MEASURES = {"map", "hit_at_1", "hit_at_10", "recall_at_10", "mrr_at_10", "ndcg_at_10", "ci95"}


@pytest.fixture(scope="module")
def compared(tiny_checkpoint):
    return [open_system(name, n_threads=1, batch_size=4) for name in (str(tiny_checkpoint), "hog")]


def test_the_report_has_the_agreed_keys_and_a_paired_gain(compared):
    report = evaluate(embed_figures(FIGURES, compared), Question(Track.PUBLICATION)).report
    model, hog = report.model, report.baselines["hog"]
    told = report.model_dump(exclude_none=True)
    assert set(told) >= {"n_queries", "n_gallery", "model", "baselines", "ms_per_image"}
    assert set(told["model"]) >= MEASURES | {"text_to_image", "image_to_text"}
    assert set(told["model"]["text_to_image"]) >= {"r_at_1", "r_at_5", "r_at_10"}
    assert set(told["baselines"]["hog"]) >= MEASURES | {"gain", "gain_ci95"}
    assert "text_to_image" not in told["baselines"]["hog"]  # it cannot read
    assert report.n_queries == report.n_gallery == 4
    assert hog.map == 1  # posts and shelves: nothing is easier for HOG
    assert hog.gain["map"] == pytest.approx(model.map - hog.map)
    low, high = hog.gain_ci95["map"]
    assert low <= hog.gain["map"] <= high
    assert TrackReport.model_validate_json(report.model_dump_json()) == report


def test_a_report_out_of_range_is_refused():
    with pytest.raises(ValidationError, match="less than or equal to 1"):
        CrossModal(n_queries=1, r_at_1=1.2, r_at_5=1, r_at_10=1, ci95={})


def test_figures_left_out_are_as_if_they_had_never_been(compared):
    odd = LabelledFigure(ManifestRow("x-D00000.png", "A", "Post"), frame(90, 9))
    whole = embed_figures([odd, *FIGURES], compared)
    without = whole.select(np.array([not row.is_front_page for row in whole.rows]))
    question = Question(Track.PUBLICATION)
    alone = evaluate(embed_figures(FIGURES, compared), question)
    for one, other in zip(evaluate(without, question).results, alone.results, strict=True):
        assert one.means == pytest.approx(other.means)


def test_chunks_do_not_matter(compared, monkeypatch):
    whole = embed_figures(iter(FIGURES), compared)
    monkeypatch.setattr("encoder.evaluation.embedding._CHUNK", 3)
    parts = embed_figures(iter(FIGURES), compared)
    for one, other in zip(whole.embedded, parts.embedded, strict=True):
        assert one.vectors == pytest.approx(other.vectors, abs=1e-5)


def test_a_query_list_apart_from_its_gallery(compared):
    roles = [Role.QUERY, Role.GALLERY, Role.GALLERY, Role.GALLERY]
    figures = [
        LabelledFigure(ManifestRow(row.file, row.publication_id, role=role), pixels)
        for row, role, pixels in zip(ROWS, roles, PIXELS, strict=True)
    ]
    report = evaluate(embed_figures(figures, compared), Question(Track.PUBLICATION)).report
    assert (report.n_queries, report.n_gallery) == (1, 3)


def test_nothing_to_evaluate_is_refused(compared):
    with pytest.raises(EvaluationInvalid, match="no figure"):
        embed_figures([], compared)


def test_a_descriptor_without_its_package_says_what_to_install(monkeypatch):
    monkeypatch.setattr(systems, "find_spec", lambda _: None)
    with pytest.raises(ConfigurationFault, match="`eval` extra"):
        open_system("hog", n_threads=1, batch_size=1)
