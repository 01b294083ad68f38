import numpy as np
import pytest

from core.errors import QueryInvalid
from encoder.evaluation.tracks import (
    ManifestRow,
    Track,
    measure,
    measure_text_to_image,
    read_manifest_rows,
)

ROWS = (
    ManifestRow("a1", "A", "Chair", "06-01", "", ""),
    ManifestRow("a2", "A", "Chair", "06-01", "", ""),
    ManifestRow("b1", "B", "Table", "06-03", "", ""),
    ManifestRow("b2", "B", "Table", "06-03", "", ""),
    ManifestRow("c1", "C", "Lamp", "26-05", "", ""),
)
ANGLES = np.array([0, 40, 30, 100, 170]) * np.pi / 180
VECTORS = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1).astype(np.float32)


def test_measure_same_publication_hand_computed():
    # a1: b1 before a2; a2: b1 before a1; b1: both a before b2; b2: a2 first, then b1
    result = measure(VECTORS, ROWS, Track.PUBLICATION)
    assert result.n_queries == 4
    assert result.n_gallery == 5
    assert result.means["map"] == pytest.approx((1 / 2 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    assert result.means["hit_at_1"] == 0


def test_measure_class_without_own_publication_hand_computed():
    result = measure(VECTORS, ROWS, Track.LOCARNO_CLASS, exclude_own_publication=True)
    assert result.n_queries == 4
    # its own publication is out; only b2 ranks the lamp between the two chairs
    assert result.means["map"] == pytest.approx((1 + 1 + 1 + (1 + 2 / 3) / 2) / 4)


def test_measure_by_subclass_and_title_agree_here():
    by_title = measure(VECTORS, ROWS, Track.TITLE).means
    assert by_title == measure(VECTORS, ROWS, Track.LOCARNO).means


def test_measure_refuses_a_track_nobody_answers():
    with pytest.raises(QueryInvalid, match="class"):
        measure(VECTORS, ROWS, Track.CLASS)


def test_text_to_image_finds_the_titled_figure():
    titles = VECTORS.copy()
    titles[4] = VECTORS[0]  # "Lamp" points at a chair; the lamp is its last answer
    found = measure_text_to_image(titles, VECTORS, ROWS)
    assert found == {"r_at_1": pytest.approx(2 / 3), "r_at_5": 1.0, "r_at_10": 1.0}


def test_read_manifest_rows_fills_missing_columns(tmp_path):
    (tmp_path / "m.csv").write_text("file,title\nx.png, Chair \n", encoding="utf-8")
    assert read_manifest_rows(tmp_path / "m.csv") == (
        ManifestRow("x.png", "", "Chair", "", "", ""),
    )


def test_read_manifest_rows_refuses_a_manifest_without_files(tmp_path):
    (tmp_path / "m.csv").write_text("picture\nx.png\n", encoding="utf-8")
    with pytest.raises(QueryInvalid, match="file"):
        read_manifest_rows(tmp_path / "m.csv")
