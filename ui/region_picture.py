"""A picture of two drawings with their similar regions."""

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from core.ports import GreyImage
from search.regions import LABEL, Box, RegionPair

_SIDE_PX = 640
_GAP_PX = 24
_TEXT_PX = 40
_COLOURS = ("#c0392b", "#2464b4", "#1e8449", "#b9770e")
_INK, _PAPER = "#1c1b19", "#ffffff"


def draw_regions(query: GreyImage, figure: GreyImage, pairs: Sequence[RegionPair]) -> Image.Image:
    """The query on the left, the figure on the right, numbered regions of one colour each."""
    page = Image.new("RGB", (2 * _SIDE_PX + 3 * _GAP_PX, _SIDE_PX + _TEXT_PX + _GAP_PX), _PAPER)
    sides = ((query, [pair.query for pair in pairs]), (figure, [pair.figure for pair in pairs]))
    for n, (image, boxes) in enumerate(sides):
        page.paste(_marked(image, boxes), (_GAP_PX + n * (_SIDE_PX + _GAP_PX), _TEXT_PX))
    font = ImageFont.load_default(18)
    text = LABEL if pairs else f"no region corresponds ({LABEL})"
    ImageDraw.Draw(page).text((_GAP_PX, 10), text, _INK, font)
    return page


def _marked(image: GreyImage, boxes: Sequence[Box]) -> Image.Image:
    scale = _SIDE_PX / max(image.shape)
    size = tuple(max(1, round(side * scale)) for side in image.shape[::-1])
    drawing = Image.fromarray(image).resize((size[0], size[1]), Image.Resampling.BOX).convert("RGB")
    square = Image.new("RGB", (_SIDE_PX, _SIDE_PX), _PAPER)
    square.paste(drawing, (0, 0))
    pen = ImageDraw.Draw(square)
    for n, box in enumerate(boxes):
        colour = _COLOURS[n % len(_COLOURS)]
        corners = tuple(round(c * scale) for c in (box.left, box.top, box.right, box.bottom))
        pen.rectangle(corners, outline=colour, width=3)
        pen.text((corners[0] + 6, corners[1] + 4), str(n + 1), colour, ImageFont.load_default(22))
    return square
