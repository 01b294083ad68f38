"""Connected parts by runs, against SciPy's way of numbering them pixel by pixel."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from ingestion import ink_runs
from ingestion.ink_runs import join_pairs, number_parts


def assert_numbered_as_by_scipy(ink: NDArray[np.bool_]) -> None:
    found = number_parts(ink)
    numbered, n_parts = ndimage.label(ink, structure=np.ones((3, 3)))
    np.testing.assert_array_equal(found.numbered, numbered)
    boxes = [(c.start, r.start, c.stop, r.stop) for r, c in ndimage.find_objects(numbered)]
    sides = np.stack((found.left, found.top, found.right, found.bottom), axis=1)
    np.testing.assert_array_equal(sides, np.array(boxes, dtype=int).reshape(-1, 4))
    assert len(found.left) == n_parts


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (2, 2), (37, 53)])
@pytest.mark.parametrize("share", [0.0, 0.05, 0.3, 0.6, 1.0])
def test_number_parts_agrees_with_scipy(shape: tuple[int, int], share: float) -> None:
    ink = np.random.default_rng(3).random(shape) < share
    assert_numbered_as_by_scipy(ink)


def test_number_parts_joins_over_corners_and_not_over_the_edge_of_the_page() -> None:
    assert_numbered_as_by_scipy(np.eye(9, dtype=bool))
    assert_numbered_as_by_scipy(np.eye(9, dtype=bool)[::-1])
    wrapped = np.zeros((4, 6), dtype=bool)
    wrapped[0, -1] = wrapped[1, 0] = wrapped[2, -1] = True
    assert_numbered_as_by_scipy(wrapped)
    assert len(number_parts(wrapped).left) == 3


def test_number_parts_takes_a_turned_mask() -> None:
    ink = np.random.default_rng(4).random((30, 50)) < 0.3
    assert_numbered_as_by_scipy(np.rot90(ink))


def test_number_parts_of_no_pixels_is_none() -> None:
    assert len(number_parts(np.zeros((0, 0), dtype=bool)).left) == 0


@pytest.mark.parametrize(("n", "n_pairs"), [(1, 0), (7, 0), (9, 5), (60, 60), (150, 150)])
def test_join_pairs_numbers_groups_alike_for_few_pairs_and_for_many(
    monkeypatch: pytest.MonkeyPatch, n: int, n_pairs: int
) -> None:
    first, second = np.random.default_rng(n).integers(0, n, (2, n_pairs))
    n_groups, group = join_pairs(first, second, n)
    monkeypatch.setattr(ink_runs, "_FEW", -1)
    n_groups_of_many, group_of_many = join_pairs(first, second, n)
    assert n_groups == n_groups_of_many
    np.testing.assert_array_equal(group, group_of_many)
