"""Figures beside all that is said about them, drawn for a person to judge."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.errors import PictureUnreadable, StorageFailed
from ingestion.catalogue_records import FigureRow
from ingestion.pictures import PictureStore
from ui.describe_run import SampleFigure

_WIDTH, _PICTURE, _MARGIN, _GAP = 1500, 320, 32, 28
_LINE, _LABEL = 24, 160
_INK, _QUIET, _RULE, _PAPER = "#1c1b19", "#6d6a64", "#d8d4cc", "#ffffff"
_COLOURS = {"captioner": "#1f5f8b", "llm": "#6b3fa0", "person": "#1d7a46"}
"""Of texts that cost something; all others are quiet."""


def draw_descriptions(
    pictures: PictureStore, rows: Sequence[tuple[FigureRow, SampleFigure]], path: Path
) -> None:
    """Draw figures with their texts, one below the other, each text with who wrote it.

    Raises:
        StorageFailed: If the file cannot be written.
    """
    cards = [_card(pictures, row, figure) for row, figure in rows]
    height = 2 * _MARGIN + sum(card.height + _GAP for card in cards)
    page = Image.new("RGB", (_WIDTH, max(height, 2 * _MARGIN)), _PAPER)
    top = _MARGIN
    for card in cards:
        page.paste(card, (_MARGIN, top))
        top += card.height + _GAP
    try:
        page.save(path, format="PNG")
    except OSError as error:
        raise StorageFailed(f"{path} cannot be written: {error.strerror}") from error


def _card(pictures: PictureStore, row: FigureRow, figure: SampleFigure) -> Image.Image:
    font, strong = ImageFont.load_default(17), ImageFont.load_default(20)
    left = _PICTURE + _GAP
    width = _WIDTH - 2 * _MARGIN
    lines: list[tuple[str, str, str]] = []
    for text in figure.texts:
        wrapped = _wrapped(text.text, font, width - left - _LABEL)
        colour = _COLOURS.get(text.provenance, _INK)
        lines += [
            (text.provenance if n == 0 else "", line, colour) for n, line in enumerate(wrapped)
        ]
    card = Image.new("RGB", (width, max(_PICTURE, 40 + _LINE * len(lines)) + 1), _PAPER)
    pen = ImageDraw.Draw(card)
    pen.rectangle((0, 0, _PICTURE, _PICTURE), outline=_RULE)
    _paste_picture(card, pictures, row)
    state = (
        f"   {figure.described}: {figure.note}" if figure.note else f"   {figure.described or ''}"
    )
    head = f"{figure.figure_id}   {figure.title}"
    pen.text((left, 0), head, _INK, strong)
    pen.text((left + strong.getlength(head), 3), state, _QUIET, font)
    for n, (who, line, colour) in enumerate(lines):
        pen.text((left, 36 + n * _LINE), who, _QUIET, font)
        pen.text((left + _LABEL, 36 + n * _LINE), line, colour, font)
    return card


def _paste_picture(card: Image.Image, pictures: PictureStore, row: FigureRow) -> None:
    try:
        pixels = pictures.get_figure(row.figure.sha256)
    except PictureUnreadable:  # the card says what is known of it all the same
        return
    picture = Image.fromarray(np.asarray(pixels))
    picture.thumbnail((_PICTURE - 20, _PICTURE - 20), Image.Resampling.BOX)
    # Thin lines turn pale when made smaller; darken what is left of them.
    picture = picture.point([int(255 * (level / 255) ** 2.2) for level in range(256)])
    card.paste(picture, ((_PICTURE - picture.width) // 2, (_PICTURE - picture.height) // 2))


def _wrapped(
    text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width_px: int
) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width_px:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
