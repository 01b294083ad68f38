"""Sheets: what is on them, how they lie, and the letters of the labels."""

from dataclasses import replace

import numpy as np
import pytest

from samples.designs import cropped, make_design
from samples.lettering import Lettering, choose_lettering
from samples.sheets import draw_sheets

HAND = Lettering(
    cap_height_px=50, weight=0.1, slant=0.0, width=1.0, serifs=False, wording="FIG. {}"
)


@pytest.fixture(scope="module")
def drawn() -> list[tuple[int, list]]:
    """Number of views and sheets of a few designs."""
    designs = [make_design("brick", seed) for seed in (3, 4)]
    return [
        (
            len(design.views),
            draw_sheets(design, HAND, [str(k + 1) for k in range(len(design.views))]),
        )
        for design in designs
    ]


def test_every_figure_stands_on_one_sheet_in_order(drawn: list) -> None:
    for n_views, (front, *sheets) in drawn:
        assert front.labels == ()
        assert [label for sheet in sheets for label in sheet.labels] == [
            str(k + 1) for k in range(n_views)
        ]
        assert all(1 <= len(sheet.labels) <= 3 for sheet in sheets)


def test_sheets_are_cropped_to_their_ink(drawn: list) -> None:
    for _, (front, *sheets) in drawn:
        for sheet, margin in [(front, 8), *[(sheet, 20) for sheet in sheets]]:
            inked = np.argwhere(sheet.image == 0)
            assert inked.min() == margin
            assert (inked.max(axis=0) == np.array(sheet.image.shape) - 1 - margin).all()
            assert set(np.unique(sheet.image)) == {0, 255}


def test_a_sheet_that_lies_is_stored_turned_counter_clockwise(drawn: list) -> None:
    lying = [sheet for _, sheets in drawn for sheet in sheets if sheet.landscape]
    label = HAND.label(lying[0].labels[-1])
    upright = np.rot90(lying[0].image, -1)
    bottom = cropped(upright)[-label.shape[0] :]
    columns = np.nonzero(bottom.min(axis=0) == 0)[0]
    last = bottom[:, columns[-1] - label.shape[1] + 1 : columns[-1] + 1]
    assert np.array_equal(last, label)


def test_front_page_copy_is_the_first_figure_without_label(drawn: list) -> None:
    for _, (front, first, *_) in drawn:
        upright = np.rot90(first.image, -1) if first.landscape else first.image
        figure = cropped(front.image)
        rows = upright.shape[0] - figure.shape[0]
        columns = upright.shape[1] - figure.shape[1]
        assert any(
            np.array_equal(upright[r : r + figure.shape[0], c : c + figure.shape[1]], figure)
            for r in (20,)
            for c in range(columns)
        )
        assert rows > 100


@pytest.mark.parametrize("seed", range(12))
def test_every_hand_writes_every_label(seed: int) -> None:
    hand = choose_lettering(np.random.default_rng(seed))
    labels = [hand.label(str(number)) for number in range(1, 21)]
    heights = [label.shape[0] for label in labels]
    assert 0.8 * hand.cap_height_px < min(heights) <= max(heights) < 2.0 * hand.cap_height_px
    assert len({label.tobytes() for label in labels}) == len(labels)


def test_hague_numbers_are_written_bare() -> None:
    hand = choose_lettering(np.random.default_rng(0), "{}")
    assert hand.label("1.7").shape[1] < HAND.label("1").shape[1]


def test_hague_numbers_stand_above_their_figure_at_the_left() -> None:
    hand = replace(HAND, wording="{}")
    design = make_design("brick", 3)
    numbers = [f"1.{k + 1}" for k in range(len(design.views))]
    sheet = draw_sheets(design, hand, numbers)[1]
    upright = np.rot90(sheet.image, -1) if sheet.landscape else sheet.image
    label = hand.label("1.1")
    corner = upright[20 : 20 + label.shape[0], 20 : 20 + label.shape[1]]
    assert np.array_equal(corner, label)
