import io
import json

import numpy as np
import pytest
from PIL import Image

from core.errors import EvaluationInvalid
from encoder.evaluation.embedding import LabelledFigure, embed_figures
from encoder.evaluation.evaluate import Question, evaluate
from encoder.evaluation.example_queries import choose_queries
from encoder.evaluation.manifest import ManifestRow, Track
from encoder.evaluation.plot_files import write_plots
from encoder.evaluation.plots import (
    class_label,
    draw_class_frequency,
    draw_class_gain,
    draw_learning_curves,
)
from encoder.evaluation.result_sheet import draw_results
from encoder.evaluation.systems import System

MATCH, MISMATCH = (0, 0, 0), (209, 36, 47)


def by_size(images):
    """Puts drawings of like height near each other."""
    angles = np.array([image.shape[0] for image in images]) / 100
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def by_width(images):
    return by_size([image.T for image in images])


@pytest.fixture(scope="module")
def evaluation():
    figures = []
    for number in range(12):
        pixels = np.full((60 + 8 * number, 90 - 5 * (number % 4)), 255, np.uint8)
        pixels[10:-10, 20:24] = 0
        row = ManifestRow(f"{number:02}.png", f"P{number // 2}", "Thing", f"0{number // 4 + 1}-01")
        figures.append(LabelledFigure(row, pixels))
    systems = [System("ours", by_size), System("rival", by_width)]
    embedded = embed_figures(figures, systems, keep_thumbnails=True)
    return evaluate(embedded, Question(Track.PUBLICATION))


@pytest.fixture
def history(tmp_path):
    path = tmp_path / "history.jsonl"
    lines = [{"step": s, "losses": {"total": 1 / s}, "images_per_s": 9.0} for s in (1, 2, 3)]
    lines.append({"step": 3, "validation": {"map": 0.4}})
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


def test_every_plot_is_written_as_a_png(evaluation, history, tmp_path):
    written = write_plots(evaluation, tmp_path / "plots", history)
    assert {path.stem for path in written} == {
        "results",
        "embedding_map",
        "class_frequency",
        "class_gain",
        "learning_curves",
    }
    for path in written:
        with Image.open(path) as picture:
            assert min(picture.size) > 300


def test_frames_are_black_on_a_match_and_red_on_a_mismatch(evaluation):
    queries = choose_queries(evaluation.results[0])
    file = io.BytesIO()
    draw_results(evaluation, queries).savefig(file, dpi=100)
    pixels = np.asarray(Image.open(file).convert("RGB"))
    at_first_hits = pixels[100, :, :]  # through the first row's tiles
    colours = {tuple(int(v) for v in pixel) for pixel in at_first_hits}
    assert MATCH in colours
    assert MISMATCH in colours


def test_queries_are_drawn_from_head_and_tail_and_always_the_same(evaluation):
    result = evaluation.results[0]
    queries = choose_queries(result)
    assert len(set(queries.tolist())) == 6
    assert {"head", "tail"} <= set(result.parts[queries].tolist())
    assert queries.tolist() == choose_queries(result).tolist()


def test_class_bars_stand_in_the_order_and_height_of_the_counts():
    (axes,) = draw_class_frequency((("06", 5), ("26", 2), ("99", 1))).axes
    assert [bar.get_height() for bar in axes.patches] == [5, 2, 1]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == [
        "06 Furnishing",
        "26 Lighting apparatus",
        "99",
    ]


def test_gain_bars_are_the_mean_by_class():
    (axes,) = draw_class_gain(
        np.array([0.5, 0.1, -0.2]), np.array(["a", "a", "b"]), np.array(["head"] * 3), "hog"
    ).axes
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([-0.2, 0.3])
    assert axes.get_title(loc="left").startswith("Ahead in 1 of 2 classes")


def test_learning_curves_have_a_panel_for_each_group(history):
    panels = draw_learning_curves(history).axes
    assert [axes.get_title(loc="left") for axes in panels] == ["losses", "validation"]
    assert panels[0].lines[0].get_ydata() == pytest.approx([1, 1 / 2, 1 / 3])


def test_steps_that_a_killed_run_did_again_are_drawn_once(tmp_path):
    steps = [(50, 3.0), (100, 2.0), (100, 1.5), (150, 1.0)]
    lines = [json.dumps({"step": step, "losses": {"total": total}}) for step, total in steps]
    (tmp_path / "h.jsonl").write_text("\n".join(lines), encoding="utf-8")
    line = draw_learning_curves(tmp_path / "h.jsonl").axes[0].lines[0]
    assert (list(line.get_xdata()), list(line.get_ydata())) == ([50, 100, 150], [3.0, 1.5, 1.0])


@pytest.mark.parametrize("text", ["not json", "[]", '{"step": 1}', '{"losses": {"total": 1}}'])
def test_a_history_that_is_none_is_refused(tmp_path, text):
    (tmp_path / "h.jsonl").write_text(text)
    with pytest.raises(EvaluationInvalid, match=r"h\.jsonl"):
        draw_learning_curves(tmp_path / "h.jsonl")


def test_class_labels_are_cut_between_words():
    assert class_label("06") == "06 Furnishing"
    assert class_label("D8/93") == "D8/93"
    assert class_label("28", 30) == "28 Pharmaceutical and…"
