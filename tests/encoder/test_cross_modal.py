import numpy as np
import pytest

from core.errors import EvaluationInvalid
from encoder.evaluation.cross_modal import image_to_text, text_to_image
from encoder.evaluation.manifest import ManifestRow

ROWS = (
    ManifestRow("a1", "A", "Chair"),
    ManifestRow("a2", "A", "chair"),
    ManifestRow("b1", "B", "Table"),
    ManifestRow("c1", "C", "Lamp"),
    ManifestRow("d1", "D"),
)
FIGURES = np.array([[1, 0], [0.9, 0.1], [0.8, 0.3], [0, 1], [1, 0]], np.float32)
TITLES = np.array([[1, 0], [1, 0], [1, 0.2], [1, 0], [0, 0]], np.float32)  # lamp points at a chair


def test_titles_find_their_figures_among_those_with_a_title():
    found = text_to_image(TITLES, FIGURES, ROWS)
    assert found.n_queries == 3
    # chair finds a1; table ranks a1, a2, b1; lamp comes last of four
    assert found.means == {"r_at_1": pytest.approx(1 / 3), "r_at_5": 1.0, "r_at_10": 1.0}
    low, high = found.ci95["r_at_1"]
    assert 0 <= low < high <= 1


def test_figures_find_their_title():
    found = image_to_text(TITLES, FIGURES, ROWS)
    assert found.groups.tolist() == ["A", "A", "B", "C"]
    # c1 and b1 like the table best; chair and lamp tie for the chairs after nothing, by name
    assert found.hits["r_at_1"].tolist() == [1.0, 0.0, 1.0, 0.0]


def test_words_need_titles():
    with pytest.raises(EvaluationInvalid, match="title"):
        text_to_image(TITLES[4:], FIGURES[4:], ROWS[4:])
