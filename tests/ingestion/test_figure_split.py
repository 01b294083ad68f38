"""Parts find their figure by the gaps between them and by the labels."""

import numpy as np
import pytest

from core.records import Box
from ingestion.figure_split import group_parts
from ingestion.ink_parts import measure_ink


def sheet(*blocks: tuple[int, int, int, int]) -> np.ndarray:
    """White paper, 1000 × 1000, with filled blocks given as left, top, right, bottom."""
    page = np.full((1000, 1000), 255, np.uint8)
    for left, top, right, bottom in blocks:
        page[top:bottom, left:right] = 0
    return page


def groups(page: np.ndarray, *labels: Box) -> list[int]:
    """Group of each block, in the order parts are numbered: from the top, then from the left."""
    parts = measure_ink(page)
    return group_parts(parts, np.ones(len(parts), bool), list(labels)).tolist()


def below(x: int, y: int) -> Box:
    return Box(x, y, 120, 40)


def test_each_label_gets_the_block_above_it() -> None:
    page = sheet((100, 100, 400, 300), (600, 500, 900, 700))
    assert groups(page, below(190, 330), below(690, 730)) == [0, 1]


def test_a_label_between_two_blocks_belongs_to_the_one_all_labels_stand_below() -> None:
    page = sheet((300, 50, 700, 350), (300, 460, 700, 800))
    assert groups(page, below(440, 400), below(440, 850)) == [0, 1]


def test_labels_above_their_blocks_are_understood_too() -> None:
    page = sheet((300, 150, 700, 420), (300, 620, 700, 900))
    assert groups(page, below(440, 80), below(440, 550)) == [0, 1]


def test_a_figure_with_a_wider_gap_inside_than_to_its_neighbour_stays_whole() -> None:
    page = sheet((100, 60, 400, 150), (100, 330, 400, 500), (500, 60, 900, 500))
    assert groups(page, below(190, 540), below(640, 540)) == [0, 1, 0]


def test_small_parts_join_the_nearest_figure() -> None:
    page = sheet((100, 100, 400, 300), (410, 180, 425, 195), (600, 500, 900, 700))
    assert groups(page, below(190, 330), below(690, 730)) == [0, 0, 1]


@pytest.mark.parametrize("n_labels", [0, 1])
def test_one_label_or_none_keeps_everything_together(n_labels: int) -> None:
    page = sheet((100, 100, 400, 300), (600, 500, 900, 700))
    assert groups(page, *[below(190, 330)][:n_labels]) == [0, 0]


def test_a_figure_much_smaller_than_its_neighbour_is_one_where_a_label_says_so() -> None:
    page = sheet((100, 100, 800, 500), (400, 700, 422, 722))
    assert groups(page, below(390, 530), below(350, 750)) == [0, 1]


def test_more_labels_than_figures_lose_no_ink() -> None:
    page = sheet((100, 100, 400, 300))
    found = groups(page, below(190, 330), below(500, 330), below(800, 330))
    assert len(set(found)) == 1
    assert found[0] >= 0


def test_parts_that_are_no_drawing_belong_to_no_group() -> None:
    parts = measure_ink(sheet((100, 100, 400, 300), (600, 500, 900, 700)))
    found = group_parts(parts, np.array([True, False]), [below(190, 330), below(690, 730)])
    assert found[0] >= 0
    assert found[1] == -1
