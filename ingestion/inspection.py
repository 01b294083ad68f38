"""What cutting found on a sheet, drawn over it and said beside it for a person to judge."""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from core.ports import GreyImage
from core.records import Box, FigureCaption, GivenFigure, LabelSource
from ingestion.figure_binding import BoundFigure, bind_captions, stated
from ingestion.sheets import CutFigure, CutSheet

Colour = tuple[int, int, int]

_FIGURE_COLOURS: tuple[Colour, ...] = (
    (11, 110, 153),
    (179, 84, 30),
    (61, 122, 46),
    (122, 59, 143),
    (107, 107, 0),
    (0, 122, 122),
)
_LABEL_COLOUR: Colour = (208, 32, 32)
_HEADER_COLOUR: Colour = (120, 120, 120)
_INK: Colour = (30, 30, 30)
_SMALLEST_PX = 900
"""Sheets are enlarged to about this longer side, so that the legend can be read."""
_LINE_SHARE = 400
"""Lines are this share of the sheet's longer side thick."""
_TEXT_SHARE = 60


@dataclass(frozen=True, slots=True)
class InspectedSheet:
    """A cut sheet and what its publication says about its figures."""

    name: str
    cut: CutSheet
    bound: tuple[BoundFigure, ...]
    """One a figure, in order; what was read from the sheet alone where no captions are known."""


def inspect_sheets(
    cuts: Sequence[tuple[str, CutSheet, GivenFigure | None]], captions: Sequence[FigureCaption]
) -> list[InspectedSheet]:
    """Bind the figures of a publication's sheets as taking it in does.

    Args:
        cuts: Name and cut of every sheet, in the order of the sheets, and what is stated of a
            figure that came already cut.
        captions: The publication's captions, none for a sheet on its own.
    """
    drawn = [figure for _, cut, given in cuts if given is None for figure in cut.figures]
    bound = iter(bind_captions(drawn, captions))
    return [
        InspectedSheet(
            name, cut, tuple(stated(given) if given else next(bound) for _ in cut.figures)
        )
        for name, cut, given in cuts
    ]


def keep_whole(page: GreyImage) -> CutSheet:
    """A figure that came already cut, as a sheet that holds it and nothing else."""
    whole = Box(0, 0, page.shape[1], page.shape[0])
    return CutSheet(0, page, (CutFigure(whole, page, None, 0.0, None),))


def describe_sheet(sheet: InspectedSheet) -> dict[str, object]:
    """The findings as plain values, for `--json`."""
    return {
        "name": sheet.name,
        "rotation_deg": sheet.cut.rotation_deg,
        "header": _corners_or_none(sheet.cut.header),
        "figures": [
            {
                "position": position,
                "label_read": figure.label,
                "confidence": round(figure.label_confidence, 3),
                "label": said.label,
                "label_source": said.label_source.value,
                "view": said.view.value,
                "caption": said.caption,
                "box": _corners_or_none(figure.box),
                "label_box": _corners_or_none(figure.label_box),
            }
            for position, (figure, said) in enumerate(
                zip(sheet.cut.figures, sheet.bound, strict=True), 1
            )
        ],
    }


def draw_overlay(sheet: InspectedSheet) -> Image.Image:
    """Draw figure boxes, label boxes and the removed header over the sheet, a legend below it.

    Returns:
        RGB. The upright sheet, enlarged where it is small; each figure has a colour of its own on
        the sheet and in the legend, which says its label, the reader's confidence, how it came by
        its caption, and the caption.
    """
    cut = sheet.cut
    upright = Image.fromarray(cut.upright).convert("RGB")
    scale = max(1, round(_SMALLEST_PX / max(upright.size)))
    upright = upright.resize((upright.width * scale, upright.height * scale))
    longer = max(upright.size)
    line, size = max(2, longer // _LINE_SHARE), max(14, longer // _TEXT_SHARE)
    pen = ImageDraw.Draw(upright)
    font = ImageFont.load_default(size)
    if cut.header:
        _frame(pen, cut.header, scale, _HEADER_COLOUR, line)
    for position, figure in enumerate(cut.figures, 1):
        colour = _colour(position)
        _frame(pen, figure.box, scale, colour, line)
        _tag(pen, figure.box, scale, f"#{position}", colour, font)
        if figure.label_box:
            _frame(pen, figure.label_box, scale, _LABEL_COLOUR, line)
    return _with_legend(upright, _legend(sheet), size)


def _legend(sheet: InspectedSheet) -> list[tuple[str, Colour]]:
    """Lines of the legend, each with its colour."""
    cut = sheet.cut
    turned = f"turned {cut.rotation_deg}° clockwise" if cut.rotation_deg else "not turned"
    n = len(cut.figures)
    lines = [(f"{sheet.name}: {n} figure{'s' * (n != 1)}, {turned}", _INK)]
    if cut.header:
        lines.append(("grey: page header, removed", _HEADER_COLOUR))
    if any(figure.label_box for figure in cut.figures):
        lines.append(("red: printed labels, removed from the figures", _LABEL_COLOUR))
    lines += [
        (f"#{position}  {_told(figure, said)}", _colour(position))
        for position, (figure, said) in enumerate(zip(cut.figures, sheet.bound, strict=True), 1)
    ]
    return lines


def _told(figure: CutFigure, said: BoundFigure) -> str:
    if said.label_source is LabelSource.INFERRED:
        read = f"read {figure.label}, " if figure.label else "label not read, "
        told = f"{read}inferred to be {said.label}"
    elif said.label_source is LabelSource.STATED:
        told = f"came already cut, as figure {said.label}"
    elif figure.label:
        told = f"label {figure.label}, confidence {figure.label_confidence:.2f}"
    else:
        told = "label not read" if figure.label_box else "no label found"
    return f"{told}: {said.caption}" if said.caption else told


def _with_legend(
    picture: Image.Image, lines: Sequence[tuple[str, Colour]], size_px: int
) -> Image.Image:
    font = ImageFont.load_default(size_px)
    step, width = round(1.5 * size_px), max(picture.width, 40 * size_px)
    page = Image.new("RGB", (width, picture.height + step * (len(lines) + 1)), "white")
    page.paste(picture, ((width - picture.width) // 2, 0))
    pen = ImageDraw.Draw(page)
    pen.line((0, picture.height, width, picture.height), fill=_INK, width=2)
    for number, (text, colour) in enumerate(lines):
        top = picture.height + step // 2 + number * step
        pen.text((size_px, top), _shortened(text, width - 2 * size_px, font), colour, font)
    return page


def _shortened(text: str, room_px: int, font: ImageFont.ImageFont | ImageFont.FreeTypeFont) -> str:
    """The text, cut to the room there is."""
    if font.getlength(text) <= room_px:
        return text
    while text and font.getlength(f"{text}…") > room_px:
        text = text[: -max(1, len(text) // 20)]
    return f"{text}…"


def _colour(position: int) -> Colour:
    return _FIGURE_COLOURS[(position - 1) % len(_FIGURE_COLOURS)]


def _corners_or_none(box: Box | None) -> list[int] | None:
    return [box.x_px, box.y_px, box.width_px, box.height_px] if box else None


def _frame(pen: ImageDraw.ImageDraw, box: Box, scale: int, colour: Colour, line: int) -> None:
    left, top = scale * box.x_px, scale * box.y_px
    corners = left, top, left + scale * box.width_px - 1, top + scale * box.height_px - 1
    pen.rectangle(corners, outline=colour, width=line)


def _tag(
    pen: ImageDraw.ImageDraw,
    box: Box,
    scale: int,
    text: str,
    colour: Colour,
    font: ImageFont.ImageFont | ImageFont.FreeTypeFont,
) -> None:
    """White text on the figure's colour, in the corner of its box."""
    place = scale * box.x_px, scale * box.y_px
    _, top, right, bottom = pen.textbbox(place, text, font=font)
    margin = round(bottom - top) // 3
    pen.rectangle((*place, right + 2 * margin, bottom + 2 * margin), fill=colour)
    pen.text((place[0] + margin, place[1] + margin), text, fill="white", font=font)
