"""Figures keep every pixel in their PNG, and line art stays small."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from core.ports import GreyImage
from ingestion.figure_png import encode_figure


def _opened(content: bytes) -> tuple[str, GreyImage]:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image.mode, np.asarray(image.convert("L"))


@given(
    height=st.integers(1, 40), width=st.integers(1, 70), seed=st.integers(0, 99), grey=st.booleans()
)
def test_encode_figure_keeps_every_pixel(height: int, width: int, seed: int, grey: bool) -> None:
    rng = np.random.default_rng(seed)
    pixels = rng.choice(np.array([0, 255], dtype=np.uint8), (height, width))
    if grey:
        pixels[0, 0] = 128
    mode, back = _opened(encode_figure(pixels))
    assert mode == ("L" if grey else "1")
    np.testing.assert_array_equal(back, pixels)


@pytest.mark.parametrize("turned", [False, True], ids=["rows", "columns first"])
def test_encode_figure_takes_pixels_in_any_memory_order(turned: bool) -> None:
    pixels: NDArray[np.uint8] = np.full((30, 50), 255, dtype=np.uint8)
    pixels[5:9, 7:33] = 0
    shown = np.rot90(pixels) if turned else pixels
    np.testing.assert_array_equal(_opened(encode_figure(shown))[1], shown)


def test_encode_figure_packs_line_art_as_small_as_pillow_does() -> None:
    pixels = np.full((900, 700), 255, dtype=np.uint8)
    rows, columns = np.mgrid[:900, :700]
    for radius in (150, 220, 300):
        pixels[np.abs(np.hypot(rows - 450, columns - 350) - radius) < 2] = 0
    usual = io.BytesIO()
    Image.fromarray(pixels > 0).save(usual, "PNG")
    assert len(encode_figure(pixels)) <= 1.05 * len(usual.getvalue())
