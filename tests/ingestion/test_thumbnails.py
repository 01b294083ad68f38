"""Thumbnails keep their shape, and one that was cut short is known by its end."""

import io

import numpy as np
from PIL import Image

from ingestion.thumbnails import THUMBNAIL_PX, draw_thumbnail, is_whole, shrink_line_art


def test_odd_shapes_are_shrunk_and_small_ones_left() -> None:
    needle = np.zeros((4000, 3), np.uint8)
    assert shrink_line_art(needle).shape == (THUMBNAIL_PX, 1)
    tiny = np.zeros((5, 7), np.uint8)
    assert shrink_line_art(tiny) is tiny


def test_ink_and_paper_come_out_of_a_thumbnail_as_they_were() -> None:
    pixels = np.full((40, 30), 255, np.uint8)
    pixels[10:20] = 0
    drawn = np.asarray(Image.open(io.BytesIO(draw_thumbnail(pixels))).convert("L"))
    np.testing.assert_array_equal(drawn, pixels)


def test_a_cut_short_thumbnail_is_not_whole() -> None:
    drawn = draw_thumbnail(np.zeros((5, 7), np.uint8))
    assert is_whole(drawn)
    assert not is_whole(drawn[:-1])
