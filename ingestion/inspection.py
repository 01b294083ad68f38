"""What cutting found on a sheet, drawn over it for a person to judge."""

from PIL import Image, ImageDraw, ImageFont

from core.records import Box
from ingestion.sheets import CutSheet

_FIGURE_COLOURS = ("#0b6e99", "#b3541e", "#3d7a2e", "#7a3b8f", "#a3274b", "#6b6b00")
_LABEL_COLOUR = "#d02020"
_LINE_SHARE = 500
"""Lines are this share of the sheet's longer side thick."""


def draw_overlay(cut: CutSheet) -> Image.Image:
    """Draw figure boxes, label boxes and the quarter turns over a cut sheet.

    Args:
        cut: The sheet.

    Returns:
        RGB, of the upright sheet's size. Each figure's box has a colour of its own and says its
        place in reading order and its label with the reader's confidence; label boxes are red.
    """
    picture = Image.fromarray(cut.upright).convert("RGB")
    draw = ImageDraw.Draw(picture)
    longer = max(picture.size)
    line = max(1, longer // _LINE_SHARE)
    font = ImageFont.load_default(max(12, longer // 45))
    for position, figure in enumerate(cut.figures, 1):
        colour = _FIGURE_COLOURS[(position - 1) % len(_FIGURE_COLOURS)]
        draw.rectangle(_corners(figure.box), outline=colour, width=line)
        told = f"{figure.label} ({figure.label_confidence:.2f})" if figure.label else "no label"
        place = (figure.box.x_px + 2 * line, figure.box.y_px + 2 * line)
        _write(draw, place, f"#{position}: {told}", colour, font)
        if figure.label_box:
            draw.rectangle(_corners(figure.label_box), outline=_LABEL_COLOUR, width=line)
    if cut.rotation_deg:
        text = f"turned {cut.rotation_deg} degrees clockwise"
        _write(draw, (2 * line, picture.height - longer // 30), text, _LABEL_COLOUR, font)
    return picture


def _corners(box: Box) -> tuple[int, int, int, int]:
    return box.x_px, box.y_px, box.x_px + box.width_px - 1, box.y_px + box.height_px - 1


def _write(
    draw: ImageDraw.ImageDraw,
    place: tuple[int, int],
    text: str,
    colour: str,
    font: ImageFont.ImageFont | ImageFont.FreeTypeFont,
) -> None:
    """Text on a paper-coloured ground, so that it can be read over a drawing."""
    draw.rectangle(draw.textbbox(place, text, font=font), fill="white")
    draw.text(place, text, fill=colour, font=font)
