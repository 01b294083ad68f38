"""Page headers go, drawings stay."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from core.ports import GreyImage
from ingestion.ink_parts import measure_ink
from ingestion.page_header import find_header
from ingestion.sheets import cut_sheet

WIDTH, HEIGHT = 1700, 2200
MODERN = ("U.S. Patent", "Mar. 3, 2009", "Sheet 1 of 5", "US D587,550 S")
OLD = ("U.S. Patent", "June 14, 1988", "Sheet 2 of 3", "Des. 296,245")


def page_with(entries: tuple[str, ...], y: int = 60, size: int = 40) -> Image.Image:
    """A sheet with the entries spread over its top and a framed drawing in its middle."""
    page = Image.new("L", (WIDTH, HEIGHT), 255)
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(size)
    pen.rectangle((400, 500, 1300, 1500), outline=0, width=5)
    for column, entry in enumerate(entries):
        pen.text((100 + column * 400, y), entry, fill=0, font=font)
    return page


def pixels(page: Image.Image) -> GreyImage:
    return np.where(np.asarray(page) < 128, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("entries", [MODERN, OLD])
@pytest.mark.parametrize("size", [34, 44])
def test_a_printed_header_is_no_drawing(entries: tuple[str, ...], size: int) -> None:
    (figure,) = cut_sheet(pixels(page_with(entries, size=size)), landscape=False).figures
    assert figure.box.y_px > 450
    assert figure.box.height_px < 1100


def test_the_lower_edge_of_a_cut_header_is_no_drawing() -> None:
    whole = page_with(MODERN, y=60)
    cut = whole.crop((0, 85, WIDTH, HEIGHT))
    (figure,) = cut_sheet(pixels(cut), landscape=False).figures
    assert figure.box.y_px > 300


def test_a_header_stays_on_top_of_a_sheet_that_lies_sideways() -> None:
    page = page_with(MODERN)
    cut = cut_sheet(pixels(page), landscape=True)
    (figure,) = cut.figures
    assert figure.box.x_px + figure.box.width_px < HEIGHT - 450


def test_a_row_of_small_parts_at_the_top_of_a_drawing_stays() -> None:
    page = Image.new("L", (WIDTH, HEIGHT), 255)
    pen = ImageDraw.Draw(page)
    for x in range(100, 1600, 60):
        pen.line((x, 0, x + 30, 0), fill=0, width=8)  # a broken line along the page's edge
        pen.line((x, 300, x + 30, 300), fill=0, width=8)
    assert not find_header(measure_ink(pixels(page))).any()


def test_words_of_a_drawing_at_the_top_stay() -> None:
    assert not find_header(measure_ink(pixels(page_with(("FILE", "EDIT", "VIEW", "HELP"))))).any()


def test_labels_at_the_top_stay() -> None:
    page = pixels(page_with(("FIG. 1", "", "", "FIG. 2"), y=20))
    assert not find_header(measure_ink(page)).any()


def test_a_blank_page_has_no_header() -> None:
    assert find_header(measure_ink(np.full((200, 100), 255, np.uint8))).size == 0
