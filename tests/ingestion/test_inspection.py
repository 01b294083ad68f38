"""What `limn inspect` shows of a sheet: every box in its colour, every finding in words."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.ports import GreyImage
from core.records import FigureCaption, View
from ingestion.inspection import InspectedSheet, describe_sheet, draw_overlay, inspect_sheets
from ingestion.sheets import cut_sheet

RED, GREY, FIRST = (208, 32, 32), (120, 120, 120), (11, 110, 153)
HEADER = (
    ("U.S. Patent", 20), ("Mar. 3, 2009", 560), ("Sheet 1 of 5", 1060), ("US D587,550 S", 1520),
)  # fmt: skip


def page(*labels: tuple[str, int], header: bool = False) -> GreyImage:
    """Boxes with labels below them, one under the other."""
    picture = Image.new("L", (1900, 400 + 800 * len(labels)), 255)
    pen = ImageDraw.Draw(picture)
    for text, x in HEADER if header else ():
        pen.text((x, 10), text, fill=0, font=ImageFont.load_default(54))
    for number, (text, x) in enumerate(labels):
        top = 250 + 800 * number
        pen.rectangle((x, top, x + 500, top + 400), outline=0, width=5)
        pen.text((x + 150, top + 480), text, fill=0, font=ImageFont.load_default(60))
    return np.where(np.asarray(picture) < 128, 0, 255).astype(np.uint8)


def inspected(pixels: GreyImage, *captions: FigureCaption) -> InspectedSheet:
    (sheet,) = inspect_sheets([("D00001.TIF", cut_sheet(pixels, landscape=False), None)], captions)
    return sheet


def count(colour: tuple[int, int, int], picture: Image.Image) -> int:
    """Pixels of exactly a colour."""
    return int((np.asarray(picture) == colour).all(axis=2).sum())


def test_the_overlay_shows_the_upright_sheet_in_colour_with_a_legend_below() -> None:
    upright = page(("FIG. 1", 200), ("FIG. 2", 900))
    overlay = draw_overlay(inspected(np.ascontiguousarray(np.rot90(upright))))
    assert overlay.width >= upright.shape[1]
    assert overlay.height > upright.shape[0] + 100
    height = upright.shape[0]
    shown = overlay.crop((0, 0, overlay.width, height))
    legend = overlay.crop((0, height, overlay.width, overlay.height))
    assert count(RED, shown) > 500
    assert count(FIRST, shown) > 1000
    assert count(FIRST, legend) > 100


def test_a_removed_header_is_shown_in_grey() -> None:
    with_header = inspected(page(("FIG. 1", 200), header=True))
    assert with_header.cut.header is not None
    assert with_header.cut.header.y_px < 60
    assert count(GREY, draw_overlay(with_header)) > 2000
    without = inspected(page(("FIG. 1", 200)))
    assert without.cut.header is None
    assert count(GREY, draw_overlay(without)) < 200


def test_findings_say_what_was_read_and_what_the_document_adds() -> None:
    caption = FigureCaption("1", "FIG. 1 is a front view of a box", View.FRONT, "box")
    described = describe_sheet(inspected(page(("FIG. 1", 200)), caption))
    assert described["rotation_deg"] == 0
    (figure,) = described["figures"]
    assert figure["label_read"] == figure["label"] == "1"
    assert (figure["label_source"], figure["view"]) == ("printed", "front")
    assert figure["caption"] == "FIG. 1 is a front view of a box"
    assert figure["label_box"][1] > figure["box"][1] + figure["box"][3] - 20


def test_an_inferred_caption_is_told_from_a_read_one() -> None:
    caption = FigureCaption("1", "FIG. 1 is a front view of a box", View.FRONT, "box")
    (figure,) = describe_sheet(inspected(page(("", 200)), caption))["figures"]
    assert (figure["label_read"], figure["confidence"]) == (None, 0.0)
    assert (figure["label"], figure["label_source"]) == ("1", "inferred")


def test_a_small_sheet_is_enlarged_and_a_blank_one_is_shown() -> None:
    small = np.full((200, 300), 255, np.uint8)
    small[50:150:4, 50:250] = 0
    assert max(draw_overlay(inspected(small)).size) >= 900
    assert draw_overlay(inspected(np.full((300, 200), 255, np.uint8))).size[0] > 0
