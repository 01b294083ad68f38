"""A picture of a search: the query beside its best publications."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.ports import GreyImage

_TILE_PX = 300
_GAP_PX = 18
_TEXT_PX = 64
_MARGIN_PX = 32
_COLUMNS = 5
_INK, _QUIET, _RULE, _PAPER = "#1c1b19", "#6d6a64", "#d8d4cc", "#ffffff"
_SHADE = "#f6f4ef"


@dataclass(frozen=True, slots=True)
class Tile:
    """One drawing with its caption lines, the first one strong."""

    pixels: GreyImage
    lines: tuple[str, ...]


def draw_contact_sheet(title: str, query: Tile, hits: Sequence[Tile]) -> Image.Image:
    """Lay the query and its hits out on one page.

    Args:
        title: What was asked, for the top line.
        query: The drawing asked with.
        hits: Best first; five a row.

    Returns:
        An RGB picture.
    """
    n_rows = max(1, -(-len(hits) // _COLUMNS))
    step_x, step_y = _TILE_PX + _GAP_PX, _TILE_PX + _TEXT_PX + _GAP_PX
    width = 2 * _MARGIN_PX + (_COLUMNS + 1) * step_x + _GAP_PX
    height = 2 * _MARGIN_PX + 44 + n_rows * step_y
    page = Image.new("RGB", (width, height), _PAPER)
    pen = ImageDraw.Draw(page)
    pen.text((_MARGIN_PX, _MARGIN_PX), title, _INK, ImageFont.load_default(24))
    top = _MARGIN_PX + 52
    left = _MARGIN_PX + step_x + _GAP_PX
    pen.rectangle((0, top - _GAP_PX // 2, left - _GAP_PX, height), fill=_SHADE)
    _draw_tile(page, pen, (_MARGIN_PX, top), query)
    for position, hit in enumerate(hits):
        row, column = divmod(position, _COLUMNS)
        _draw_tile(page, pen, (left + column * step_x, top + row * step_y), hit)
    return page


def _draw_tile(
    page: Image.Image, pen: ImageDraw.ImageDraw, corner: tuple[int, int], tile: Tile
) -> None:
    x, y = corner
    pen.rectangle((x, y, x + _TILE_PX, y + _TILE_PX), fill=_PAPER, outline=_RULE)
    picture = Image.fromarray(np.asarray(tile.pixels))
    picture.thumbnail((_TILE_PX - 24, _TILE_PX - 24), Image.Resampling.BOX)
    # Thin lines turn pale when made smaller; darken what is left of them.
    picture = picture.point([int(255 * (level / 255) ** 2.2) for level in range(256)])
    page.paste(picture, (x + (_TILE_PX - picture.width) // 2, y + (_TILE_PX - picture.height) // 2))
    for n, line in enumerate(tile.lines):
        font = ImageFont.load_default(17 if n == 0 else 15)
        pen.text(
            (x, y + _TILE_PX + 6 + n * 20),
            _shortened(line, font, _TILE_PX),
            _INK if n == 0 else _QUIET,
            font,
        )


def _shortened(line: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width_px: int) -> str:
    if font.getlength(line) <= width_px:
        return line
    while line and font.getlength(line + "…") > width_px:
        line = line[:-1]
    return line.rstrip() + "…"
