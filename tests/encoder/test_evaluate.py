import numpy as np
import pytest
from PIL import Image

from core.errors import PictureUnreadable
from encoder.checkpoint import load_encoder
from encoder.evaluation.baselines import embed_hog
from encoder.evaluation.evaluate import evaluate_figures, evaluate_manifest
from encoder.evaluation.tracks import ManifestRow, Track
from encoder.preprocess import PreprocessConfig


def frame(width, pen):
    image = np.full((200, 60 + width), 255, np.uint8)
    image[20 : 20 + pen, 20 : 20 + width] = image[160 : 160 + pen, 20 : 20 + width] = 0
    image[20:160, 20 : 20 + pen] = image[20:160, 20 + width - pen : 20 + width] = 0
    return image


FIGURES = [frame(40, 3), frame(42, 5), frame(220, 3), frame(215, 5)]
ROWS = tuple(
    ManifestRow(f"{number}.png", publication, title, "06-01", "", "")
    for number, (publication, title) in enumerate(
        [("A", "Post"), ("A", "Post"), ("B", "Shelf"), ("B", "Shelf")]
    )
)
MEASURES = {"map", "hit_at_1", "hit_at_10", "recall_at_10", "mrr_at_10", "ndcg_at_10", "ci95"}


@pytest.fixture(scope="module")
def encoder(tiny_checkpoint):
    return load_encoder(tiny_checkpoint, n_threads=1, batch_size=4)


def test_report_has_the_agreed_keys_and_a_paired_gain(encoder):
    report = evaluate_figures(encoder, FIGURES, ROWS, Track.PUBLICATION, baselines=["hog"])
    assert set(report) == {"n_queries", "n_gallery", "model", "baselines", "ms_per_image"}
    assert set(report["model"]) == MEASURES | {"text_to_image"}
    assert set(report["baselines"]["hog"]) == MEASURES | {"gain_map", "gain_map_ci95"}
    assert report["n_queries"] == report["n_gallery"] == 4
    hog = report["baselines"]["hog"]
    assert hog["map"] == 1  # posts and shelves: nothing is easier for HOG
    assert hog["gain_map"] == pytest.approx(report["model"]["map"] - hog["map"])


def test_manifest_and_figures_give_the_same_numbers(encoder, tmp_path):
    lines = ["file,publication_id,title,locarno"]
    for row, figure in zip(ROWS, FIGURES, strict=True):
        Image.fromarray(figure).save(tmp_path / row.file)
        lines.append(f"{row.file},{row.publication_id},{row.title},{row.locarno}")
    (tmp_path / "m.csv").write_text("\n".join(lines), encoding="utf-8")
    report = evaluate_manifest(encoder, tmp_path / "m.csv", tmp_path, Track.PUBLICATION)
    assert report["model"] == evaluate_figures(encoder, FIGURES, ROWS, Track.PUBLICATION)["model"]


@pytest.mark.parametrize("content", [None, b"no picture"])
def test_an_unreadable_picture_is_named(encoder, tmp_path, content):
    (tmp_path / "m.csv").write_text("file,publication_id\nlost.png,A\n", encoding="utf-8")
    if content:
        (tmp_path / "lost.png").write_bytes(content)
    with pytest.raises(PictureUnreadable, match=r"lost\.png"):
        evaluate_manifest(encoder, tmp_path / "m.csv", tmp_path, Track.PUBLICATION)


def test_hog_rows_are_unit_and_a_blank_one_is_zero():
    vectors = embed_hog([*FIGURES, np.full((40, 40), 255, np.uint8)], PreprocessConfig())
    lengths = np.linalg.norm(vectors, axis=1)
    assert lengths[:4] == pytest.approx(np.ones(4), abs=1e-5)
    assert lengths[4] == 0
