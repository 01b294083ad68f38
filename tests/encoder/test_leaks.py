"""Nothing that is validated on is trained on, whichever way it could slip in."""

from itertools import pairwise

import numpy as np
import pytest

from core.errors import LeaksFound
from encoder.evaluation.manifest import ManifestRow
from encoder.training.copies import COVERED, covered_share, is_plain, near_pairs, perceptual_hashes
from encoder.training.drawings import Drawing, DrawnObject, pack, read_drawing_set
from encoder.training.leaks import HeldOutFigures, keep_apart
from encoder.training.packing import write_drawing_set


def scribble(seed, *, shift=0, dust=0):
    """A drawing of its own: polygons of random corners."""
    rng = np.random.default_rng(seed)
    image = np.full((300, 300), 255, np.uint8)
    corners = rng.integers(20, 270, size=(14, 2))
    for (y, x), (to_y, to_x) in pairwise(corners):
        for part in np.linspace(0, 1, 400):
            row, column = round(y + part * (to_y - y)), round(x + part * (to_x - x)) + shift
            image[row : row + 3, column : column + 3] = 0
    for row, column in np.random.default_rng([seed, 1]).integers(100, 200, size=(dust, 2)):
        image[row, column] = 0
    return image


def rectangle():
    image = np.full((300, 300), 255, np.uint8)
    image[20:280, 20:280] = 0
    image[24:276, 24:276] = 255
    return image


@pytest.fixture
def drawn_as(tmp_path):
    """A set of objects, a drawing each, from `(key, publication, family, image)`."""

    def make(*objects):
        drawings = [
            Drawing(key, DrawnObject(key, (key,), None, publication, family), image)
            for key, publication, family, image in objects
        ]
        write_drawing_set(tmp_path / "icons", drawings, recipe="test")
        return read_drawing_set(tmp_path / "icons")

    return make


def held_out(*figures):
    rows = tuple(
        ManifestRow(file, publication, family=family) for file, publication, family, _ in figures
    )
    return HeldOutFigures(rows, np.stack([pack(image) for *_, image in figures]))


def test_the_same_publication_is_found_however_it_is_written(drawn_as):
    trained = drawn_as(
        ("chair", "US-D0553080-S1", (), scribble(1)), ("lamp", "D0553081", (), scribble(2))
    )
    figures = held_out(("a.png", "USD0553080", (), scribble(3)))
    with pytest.raises(LeaksFound, match=r"1 leaks.*1 by publication.*US-D0553080-S1 = a.png"):
        keep_apart((trained,), figures, "stop")
    (kept,), report = keep_apart((trained,), figures, "drop")
    assert [drawn.label for drawn in kept.objects] == ["lamp"]
    assert (report["publication"], report["n_dropped_drawings"]) == (1, 1)


def test_a_family_is_found_by_any_number_it_shares_and_unknown_ones_are_counted(drawn_as):
    trained = drawn_as(
        ("chair", "US-D1-S1", ("US 29123456", "hague DM083932"), scribble(1)),
        ("lamp", "D2", (), scribble(2)),
    )
    figures = held_out(
        ("a.png", "WO-DM083932", ("hague DM083932",), scribble(3)),
        ("b.png", "D9", (), scribble(4)),
    )
    (kept,), report = keep_apart((trained,), figures, "drop")
    assert [drawn.label for drawn in kept.objects] == ["lamp"]
    assert report["family"] == 1
    assert report["family_unknown"] == {"validation_figures": 1, "icons": 1}


def test_a_copied_picture_takes_its_publication_along_but_not_its_concept(drawn_as):
    trained = drawn_as(
        ("patent", "D1", (), scribble(1)),
        ("patent", "D1", (), scribble(2)),
        ("icon", None, (), scribble(3)),
        ("icon", None, (), scribble(4)),
        ("other", "D3", (), scribble(5)),
    )
    figures = held_out(("a.png", "D8", (), scribble(1)), ("b.png", "D9", (), scribble(3)))
    (kept,), report = keep_apart((trained,), figures, "drop")
    assert [drawn.label for drawn in kept.objects] == ["icon", "other"]
    assert kept.object_idx.tolist() == [0, 1]
    assert (report["picture"], report["n_dropped_drawings"]) == (2, 3)


def test_a_near_copy_is_found_and_a_drawing_of_the_same_kind_is_not(drawn_as):
    trained = drawn_as(
        ("copy", "D1", (), scribble(1, shift=7, dust=20)), ("other", "D2", (), scribble(2))
    )
    figures = held_out(("a.png", "D9", (), scribble(1)))
    (kept,), report = keep_apart((trained,), figures, "drop")
    assert [drawn.label for drawn in kept.objects] == ["other"]
    assert (report["picture"], report["near_copy"]) == (0, 1)


def test_plain_drawings_are_alike_by_chance_and_counted_apart(drawn_as):
    trained = drawn_as(("box", "D1", (), rectangle()))
    figures = held_out(("a.png", "D9", (), rectangle()))
    (kept,), report = keep_apart((trained,), figures, "stop")
    assert kept is trained
    assert (report["picture"], report["too_plain_to_count"]) == (0, 1)


def test_a_source_that_is_all_validated_on_is_refused_even_when_dropping(drawn_as):
    trained = drawn_as(("chair", "D1", (), scribble(1)))
    with pytest.raises(LeaksFound, match="every drawing of icons is validated on"):
        keep_apart((trained,), held_out(("a.png", "D1", (), scribble(3))), "drop")


def test_hashes_propose_and_pixels_decide():
    drawings = np.stack([pack(scribble(seed)) for seed in range(6)])
    moved = np.stack([pack(scribble(seed, shift=5)) for seed in range(6)])
    rows, columns = near_pairs(perceptual_hashes(drawings), perceptual_hashes(moved))
    assert {(n, n) for n in range(6)} <= set(zip(rows.tolist(), columns.tolist(), strict=True))
    assert covered_share(drawings[0], moved[0]) > COVERED
    assert covered_share(drawings[0], drawings[1]) < 0.7
    assert is_plain(pack(rectangle()))
    assert not is_plain(drawings[0])
