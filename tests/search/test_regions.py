"""Regions that correspond, on drawings whose parts are known."""

import numpy as np

from core.ports import GreyImage
from search.regions import Box, similar_regions
from tests.search.figures import FakeEncoder

STRIPES, BLOCK = np.s_[::8, :], np.s_[10:34, 10:34]


def drawing(*parts: tuple[int, int, tuple[slice, slice]]) -> GreyImage:
    """Parts of 40 px at their corners, in a frame of 200 px that two dots hold open."""
    image = np.full((200, 200), 255, np.uint8)
    image[0, 0] = image[-1, -1] = 0
    for top, left, pattern in parts:
        image[top : top + 40, left : left + 40][pattern] = 0
    return image


def test_same_parts_in_other_places_correspond() -> None:
    query = drawing((20, 20, STRIPES), (140, 140, BLOCK))
    figure = drawing((140, 20, STRIPES), (20, 140, BLOCK))
    pairs = similar_regions(FakeEncoder(), query, figure)
    assert pairs
    assert [p.similarity for p in pairs] == sorted((p.similarity for p in pairs), reverse=True)
    assert all(a.query.overlap(b.query) < 0.3 for a in pairs for b in pairs if a is not b)
    best = pairs[0]
    on_stripes = best.query.overlap(Box(20, 20, 60, 60)) > 0.5
    place = Box(20, 140, 60, 180) if on_stripes else Box(140, 20, 180, 60)
    assert best.figure.overlap(place) > 0.5


def test_blank_drawing_has_no_regions() -> None:
    blank = np.full((50, 50), 255, np.uint8)
    assert similar_regions(FakeEncoder(), blank, drawing((20, 20, BLOCK))) == ()


def test_same_drawing_corresponds_to_itself() -> None:
    image = drawing((20, 20, STRIPES), (140, 140, BLOCK))
    for pair in similar_regions(FakeEncoder(), image, image):
        assert pair.query == pair.figure
        assert pair.similarity > 0.999
