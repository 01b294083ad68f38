"""Drawings laid over each other."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.ports import GreyImage
from search.alignment import Alignment, align, inverse
from search.orientation import Orientation, lay


def drawing(size: tuple[int, int] = (300, 240), offset: tuple[int, int] = (40, 30)) -> GreyImage:
    """A lopsided chair."""
    page = Image.new("L", size, 255)
    pen = ImageDraw.Draw(page)
    x, y = offset
    pen.line([(x, y), (x, y + 150)], fill=0, width=4)
    pen.line([(x, y + 80), (x + 110, y + 80)], fill=0, width=4)
    pen.line([(x + 110, y + 80), (x + 90, y + 150)], fill=0, width=4)
    pen.arc((x - 10, y - 10, x + 60, y + 40), 180, 300, fill=0, width=3)
    return np.asarray(page, np.uint8)


def laid_over(fixed: GreyImage, moved: GreyImage, way: Alignment) -> GreyImage:
    """The moved drawing in the frame of the fixed one, as a browser draws it."""
    picture = Image.fromarray(lay(moved, way.orientation))
    longer, own = max(fixed.shape), max(picture.size)
    zoom = own / (way.scale * longer)
    left, top = -way.left * longer * zoom, -way.top * longer * zoom
    frame = picture.transform(
        fixed.shape[::-1],
        Image.Transform.AFFINE,
        (zoom, 0, left, 0, zoom, top),
        Image.Resampling.BILINEAR,
        fillcolor=255,
    )
    return np.asarray(frame, np.uint8)


def off(fixed: GreyImage, laid: GreyImage) -> float:
    """Distance in pixels between the middles of both inks."""
    (y, x), (v, u) = (np.argwhere(image < 128).mean(axis=0) for image in (fixed, laid))
    return float(np.hypot(y - v, x - u))


@pytest.mark.parametrize("orientation", list(Orientation))
def test_align_finds_a_drawing_that_was_turned_scaled_and_shifted(
    orientation: Orientation,
) -> None:
    fixed = drawing()
    far = drawing((520, 300), (300, 120))
    small = np.asarray(Image.fromarray(far).resize((390, 225), Image.Resampling.BOX), np.uint8)
    moved = lay(small, orientation)
    way, *others = align(fixed, moved, Orientation.AS_DRAWN)
    assert way.orientation is inverse(orientation)
    assert way.overlap > 0.85
    assert off(fixed, laid_over(fixed, moved, way)) < 2
    assert len({way.orientation, *(other.orientation for other in others)}) == len(Orientation)
    assert all(other.overlap < way.overlap for other in others)


def test_align_keeps_the_orientation_found_where_another_is_hardly_better() -> None:
    ring = Image.new("L", (200, 200), 255)
    ImageDraw.Draw(ring).ellipse((40, 40, 160, 160), outline=0, width=3)
    picture = np.asarray(ring, np.uint8)
    way, *_ = align(picture, picture, Orientation.TURNED_90)
    assert way.orientation is Orientation.TURNED_90
    assert way.overlap > 0.95


def test_align_keeps_proportions() -> None:
    tall = Image.new("L", (100, 300), 255)
    ImageDraw.Draw(tall).rectangle((20, 20, 80, 280), outline=0, width=3)
    wide = Image.new("L", (300, 100), 255)
    ImageDraw.Draw(wide).rectangle((20, 20, 280, 80), outline=0, width=3)
    ways = align(np.asarray(tall, np.uint8), np.asarray(wide, np.uint8), Orientation.AS_DRAWN)
    assert ways[0].orientation.n_quarter_turns % 2 == 1
    as_drawn = next(way for way in ways if way.orientation is Orientation.AS_DRAWN)
    assert as_drawn.overlap < 0.5


@pytest.mark.parametrize("blank", [0, 1])
def test_align_has_no_way_for_a_blank_picture(blank: int) -> None:
    pair = [drawing(), drawing()]
    pair[blank] = np.full((50, 50), 255, np.uint8)
    assert align(pair[0], pair[1], Orientation.AS_DRAWN) == ()


def test_align_lays_a_single_dot_over_a_line() -> None:
    dot = np.full((40, 40), 255, np.uint8)
    dot[20, 20] = 0
    line = np.full((40, 400), 255, np.uint8)
    line[20, 5:395] = 0
    for fixed, moved in ((dot, line), (line, dot)):
        assert all(0 < way.scale < 1000 for way in align(fixed, moved, Orientation.AS_DRAWN))


@pytest.mark.parametrize("orientation", list(Orientation))
def test_inverse_lays_a_picture_back(orientation: Orientation) -> None:
    picture = drawing()
    assert np.array_equal(lay(lay(picture, orientation), inverse(orientation)), picture)
