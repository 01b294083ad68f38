import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encoder.preprocess import PreprocessConfig, crop_to_ink, fit_square, level_ink, prepare


def drawing(height=300, width=200, pen=3):
    image = np.full((height, width), 255, np.uint8)
    image[20 : 20 + pen, 30:150] = 0
    image[20:260, 30 : 30 + pen] = 0
    image[200 : 200 + pen, 30:120] = 0
    return image


def test_crop_to_ink_is_the_tight_box():
    assert crop_to_ink(drawing(), 128).shape == (240, 120)


def test_crop_to_ink_of_blank_paper_is_empty():
    assert crop_to_ink(np.full((9, 9), 255, np.uint8), 128).size == 0


@settings(max_examples=25, deadline=None)
@given(
    top=st.integers(0, 90),
    left=st.integers(0, 90),
    bottom=st.integers(0, 90),
    right=st.integers(0, 90),
)
def test_prepare_does_not_depend_on_where_the_drawing_lies(top, left, bottom, right):
    image = drawing()
    moved = np.pad(image, ((top, bottom), (left, right)), constant_values=255)
    assert np.array_equal(prepare(moved, PreprocessConfig()), prepare(image, PreprocessConfig()))


@pytest.mark.parametrize("factor", [2, 3, 5])
def test_prepare_does_not_depend_on_resolution(factor):
    image = drawing(pen=4)
    larger = np.kron(image, np.ones((factor, factor), np.uint8))
    config = PreprocessConfig()
    difference = np.abs(prepare(larger, config) - prepare(image, config))
    assert difference.mean() < 0.005


@pytest.mark.parametrize("shape", [(300, 200), (201, 333), (50, 1000)])
def test_prepare_mirrors_with_the_drawing(shape):
    image = drawing(*shape) if shape[0] > 260 else drawing()[: shape[0]]
    config = PreprocessConfig()
    assert np.allclose(
        prepare(image[:, ::-1].copy(), config), prepare(image, config)[..., ::-1], atol=1e-6
    )


def test_prepare_keeps_lines_one_pixel_wide_on_a_large_sheet():
    image = np.full((3000, 2200), 255, np.uint8)
    image[100, 100:2100] = image[2900, 100:2100] = 0
    image[100:2900, 100] = image[100:2900, 2100] = 0
    ink = prepare(image, PreprocessConfig())[0]
    assert ink.max(axis=0).min() == 0  # the border stays paper
    assert (ink.max(axis=1) > 0.9).sum() >= 0.85 * 128
    assert ink[ink > 0].mean() > 0.8


def test_prepare_of_blank_paper_is_zero_and_of_the_configured_size():
    ink = prepare(np.full((40, 90), 255, np.uint8), PreprocessConfig(size_px=64))
    assert ink.shape == (1, 64, 64)
    assert not ink.any()


def test_fit_square_keeps_the_margin_and_the_aspect():
    ink = fit_square(np.zeros((400, 100), np.uint8), 100, 0.1)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    assert (rows[0], rows[-1]) == (10, 89)
    assert (columns[0], columns[-1]) == (40, 59)


def test_fit_square_enlarges_small_drawings():
    assert fit_square(np.zeros((3, 5), np.uint8), 50, 0.1).sum() == pytest.approx(40 * 24)


def test_level_ink_lifts_a_faint_uniform_line_to_full_ink():
    ink = np.zeros((8, 8), np.float32)
    ink[3] = 0.2
    assert level_ink(ink, 0.75)[3] == pytest.approx(np.ones(8))


def test_level_ink_hand_computed():
    ink = np.array([[0.0, 0.5], [1.0, 0.25]], np.float32)  # Σa² / Σa = 1.3125 / 1.75 = 0.75
    assert level_ink(ink, 1.0) == pytest.approx(np.array([[0, 2 / 3], [1, 1 / 3]]))


@pytest.mark.parametrize("bad", [np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.float32)])
def test_prepare_refuses_what_is_no_grey_image(bad):
    with pytest.raises(ValueError, match="uint8"):
        prepare(bad, PreprocessConfig())
