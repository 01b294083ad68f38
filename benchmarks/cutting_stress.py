"""Sheets with known truth, drawn in many styles: what real sheets may bring that ours did not.

The styles are those of `cutting_styles`. A sheet's truth is a map of the page that says of every
pixel which figure drew it, turned and scaled with it.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from benchmarks.cutting_styles import ALL_PLACES, Style
from benchmarks.printed_headers import TypeFace, printed_header
from core.ports import GreyImage
from samples.choices import between, chance, count, one_of
from samples.lettering import Lettering

PAGE_PX = (2250, 3000)
"""Width and height of the printed area of a sheet at 300 dpi."""


@dataclass(frozen=True, slots=True)
class StressSheet:
    """A sheet and the truth about it."""

    page: GreyImage
    owner: NDArray[np.uint8]
    """uint8 [H, W]: 0 paper, 1 label, 2 header, 3 dust, 10 + i ink of figure i."""
    labels: tuple[str, ...]
    turn_deg: int
    """Clockwise quarter turns that make it upright."""


class Draughtsman:
    """Draws sheets of a style from a stock of drawings; the same seed gives the same sheets."""

    def __init__(self, drawings: Sequence[GreyImage], faces: Sequence[Path], seed: int) -> None:
        self._drawings = drawings
        self._faces: Sequence[TypeFace] = faces or (None,)
        self._rng = np.random.default_rng(seed)

    def draw(self, style: Style) -> StressSheet:
        """One sheet of a style."""
        rng = self._rng
        n = count(rng, *style.n_figures)
        place, wording = one_of(rng, *style.places), one_of(rng, *style.wordings)
        hand, cap = one_of(rng, *style.hands), count(rng, *style.cap_px)
        first = count(rng, 1, 12)
        labels = [_number(style, first, i) for i in range(n)]
        columns = 1 if n == 1 else 2 if n >= 3 or chance(rng, 0.4) else 1
        rows = -(-n // columns)
        room = (PAGE_PX[0] // columns, PAGE_PX[1] // rows)
        face = self._faces[int(rng.integers(len(self._faces)))]
        cells = []
        for i, label in enumerate(labels):
            written = self._written(wording.format(label), hand, cap, face)
            beside = one_of(rng, *style.places) if style.places == ALL_PLACES else place
            cells.append(self._cell(style, written, beside, 10 + i, room))
        page, owner = self._joined(cells, columns, style)
        if "header" in style.extras:
            page, owner = self._with_header(page, owner)
        if "dust" in style.extras:
            self._dust(page, owner)
        turn = int(one_of(rng, *style.turns))
        page, owner = np.rot90(page, turn // 90), np.rot90(owner, turn // 90)
        page, owner = self._scanned(page, owner, style)
        return StressSheet(page, owner, tuple(labels), turn)

    def _written(self, text: str, hand: str, cap_px: int, face: TypeFace) -> GreyImage:
        rng = self._rng
        if hand == "face" and face is not None:
            font = ImageFont.truetype(face, round(cap_px * 1.38))
            left, top, right, bottom = font.getbbox(text)
            image = Image.new("L", (int(right - left) + 8, int(bottom - top) + 8), 255)
            ImageDraw.Draw(image).text((4 - left, 4 - top), text, fill=0, font=font)
            return _tight(np.where(np.asarray(image) < 128, 0, 255).astype(np.uint8))
        weight = {
            "type": 0.0,
            "face": 0.0,
            "bold": between(rng, 0.17, 0.22),
            "free hand": between(rng, 0.06, 0.12),
        }.get(hand, between(rng, 0.07, 0.12))
        slant = between(rng, 0.15, 0.28) if hand == "slanted" else 0.0
        wobble = between(rng, 0.02, 0.05) if hand == "free hand" else 0.0
        width = between(rng, 0.85, 1.15)
        serifs = hand == "serif"
        return Lettering(cap_px, weight, slant, width, serifs, "{}", wobble).label(text)

    def _cell(
        self, style: Style, label: GreyImage, place: str, number: int, room: tuple[int, int]
    ) -> NDArray[np.uint8]:
        """A figure with its label as an owner map: uint8 [h, w]."""
        rng = self._rng
        gap = count(rng, *style.label_gap_px)
        around = count(rng, *style.gap_px)
        aside = place in ("left", "right")
        width = room[0] - around - (label.shape[1] + gap if aside else 0)
        height = room[1] - around - (0 if aside else label.shape[0] + gap)
        figure = self._figure(style, max(width, 200), max(height, 200))
        size = (
            (max(figure.shape[0], label.shape[0]), figure.shape[1] + gap + label.shape[1])
            if aside
            else (figure.shape[0] + gap + label.shape[0], max(figure.shape[1], label.shape[1]))
        )
        owner = np.zeros(size, np.uint8)
        spare = (size[0] - figure.shape[0], size[1] - figure.shape[1])
        top = spare[0] if place == "above" else 0 if place == "below" else spare[0] // 2
        left = spare[1] if place == "left" else 0 if place == "right" else spare[1] // 2
        _stamp(owner, figure, top, left, number)
        label_top = {"below": size[0] - label.shape[0], "above": 0}.get(
            place, (size[0] - label.shape[0]) // 2
        )
        label_left = {"left": 0, "right": size[1] - label.shape[1]}.get(
            place, int((size[1] - label.shape[1]) * between(rng, 0.3, 0.7))
        )
        _stamp(owner, label, label_top, label_left, 1)
        return owner

    def _figure(self, style: Style, width: int, height: int) -> GreyImage:
        """A drawing of at most this size, with what the style adds to it."""
        rng = self._rng
        if "exploded" in style.extras:
            piece = self._drawing(width, height // 4)
            apart = count(rng, 40, 110)
            pieces = [piece, self._drawing(width, height // 4), piece]
            return _stacked(pieces, apart)
        drawing = self._drawing(width, height)
        if "environment" in style.extras:
            drawing = self._in_environment(self._drawing(width * 2 // 3, height * 2 // 3))
        if "callouts" in style.extras:
            drawing = self._called_out(drawing)
        if "words" in style.extras:
            drawing = self._with_plate(drawing)
        return drawing

    def _drawing(self, width: int, height: int) -> GreyImage:
        chosen = self._drawings[int(self._rng.integers(len(self._drawings)))]
        scale = min(width / chosen.shape[1], height / chosen.shape[0], 2.0)
        size = (max(int(chosen.shape[1] * scale), 8), max(int(chosen.shape[0] * scale), 8))
        grey = Image.fromarray(chosen).resize(size, Image.Resampling.BOX)
        return _tight(np.where(np.asarray(grey) < 150, 0, 255).astype(np.uint8))

    def _with_plate(self, drawing: GreyImage) -> GreyImage:
        """The drawing with a lettered plate below it, as products bear their maker's words."""
        rng = self._rng
        word = one_of(rng, "FIT", "BIG 5", "MENU", "GIFT 12", "FLOW", "12.30", "F1", "FIG TREE")
        font = ImageFont.load_default(count(rng, 40, 70))
        left, top, right, bottom = (int(side) for side in font.getbbox(word))
        margin = count(rng, 14, 40)
        size = (right - left + 2 * margin, bottom - top + 2 * margin)
        plate = Image.new("L", size, 255)
        pen = ImageDraw.Draw(plate)
        pen.rectangle((0, 0, size[0] - 1, size[1] - 1), outline=0, width=3)
        pen.text((margin - left, margin - top), word, fill=0, font=font)
        pieces = [drawing, np.where(np.asarray(plate) < 128, 0, 255).astype(np.uint8)]
        return _tight(_stacked(pieces, 12))

    def _in_environment(self, drawing: GreyImage) -> GreyImage:
        """The drawing within a far larger scene in broken lines that touches it nowhere."""
        rng = self._rng
        margin = count(rng, 60, 160)
        image = Image.fromarray(np.pad(drawing, margin, constant_values=255))
        pen = ImageDraw.Draw(image)
        dash, gap, thick = count(rng, 20, 60), count(rng, 15, 40), count(rng, 3, 5)
        for start in range(4, image.width - dash, dash + gap):
            for y in (6, image.height - 8):
                pen.line((start, y, start + dash, y), fill=0, width=thick)
        for start in range(4, image.height - dash, dash + gap):
            for x in (6, image.width - 8):
                pen.line((x, start, x, start + dash), fill=0, width=thick)
        return _tight(np.array(image))

    def _called_out(self, drawing: GreyImage) -> GreyImage:
        """A circled detail with a leader to its small number, as sheets point to other figures."""
        rng = self._rng
        radius, cap = count(rng, 60, 120), count(rng, 26, 34)
        number = Lettering(cap, 0.1, 0, 1, False, "{}").label(str(count(rng, 2, 19)))
        extra = 2 * radius + number.shape[1] + 60
        image = Image.new("L", (drawing.shape[1] + extra, drawing.shape[0]), 255)
        image.paste(Image.fromarray(drawing), (0, 0))
        pen = ImageDraw.Draw(image)
        x, y = drawing.shape[1] - radius // 2, drawing.shape[0] // 2
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=0, width=3)
        pen.line((x + radius, y, x + radius + 60, y - 10), fill=0, width=3)
        image.paste(Image.fromarray(number), (x + radius + 75, max(y - 10 - cap // 2, 0)))
        return _tight(np.array(image))

    def _joined(
        self, cells: Sequence[NDArray[np.uint8]], columns: int, style: Style
    ) -> tuple[GreyImage, NDArray[np.uint8]]:
        """Cells row by row on a page cut to its ink, as office images are."""
        rng = self._rng
        rows = [cells[i : i + columns] for i in range(0, len(cells), columns)]
        gap = count(rng, *style.gap_px)
        lines = []
        for row in rows:
            height = max(cell.shape[0] for cell in row)
            padded = []
            for cell in row:
                spare = height - cell.shape[0]
                padded.append(np.pad(cell, ((spare // 2, spare - spare // 2), (0, gap))))
            lines.append(np.concatenate(padded, axis=1)[:, :-gap])
        width = max(line.shape[1] for line in lines)
        owner = np.concatenate(
            [
                np.pad(
                    line, ((0, gap), ((spare := width - line.shape[1]) // 2, spare - spare // 2))
                )
                for line in lines
            ]
        )[:-gap]
        margin = count(rng, 4, 30)
        owner = np.pad(owner, margin)
        return np.where(owner > 0, 0, 255).astype(np.uint8), owner

    def _with_header(
        self, page: GreyImage, owner: NDArray[np.uint8]
    ) -> tuple[GreyImage, NDArray[np.uint8]]:
        header = printed_header(self._rng, max(page.shape[1], 1500), self._faces)
        below = count(self._rng, 60, 200)
        height, width = owner.shape
        full = np.zeros((header.shape[0] + below + height + 20, header.shape[1]), np.uint8)
        _stamp(full, header, 10, 0, 2)
        left = (header.shape[1] - width) // 2
        full[-height - 10 : -10, left : left + width] = owner
        return np.where(full > 0, 0, 255).astype(np.uint8), full

    def _dust(self, page: GreyImage, owner: NDArray[np.uint8]) -> None:
        for _ in range(count(self._rng, 20, 80)):
            side = count(self._rng, 1, 5)
            y = count(self._rng, 0, page.shape[0] - side - 1)
            x = count(self._rng, 0, page.shape[1] - side - 1)
            spot = np.s_[y : y + side, x : x + side]
            if not owner[max(y - 20, 0) : y + 20, max(x - 20, 0) : x + 20].any():
                page[spot], owner[spot] = 0, 3

    def _scanned(
        self, page: GreyImage, owner: NDArray[np.uint8], style: Style
    ) -> tuple[GreyImage, NDArray[np.uint8]]:
        rng = self._rng
        dpi, scan = int(one_of(rng, *style.dpi)), one_of(rng, *style.scans)
        image, truth = Image.fromarray(page), Image.fromarray(owner)
        if dpi != 300:
            size = (round(page.shape[1] * dpi / 300), round(page.shape[0] * dpi / 300))
            image = image.resize(
                size, Image.Resampling.BOX if dpi < 300 else Image.Resampling.BICUBIC
            )
            truth = truth.resize(size, Image.Resampling.NEAREST)
        pixels = np.asarray(image).astype(np.float32)
        if scan == "bilevel":
            return np.where(pixels < 150, 0, 255).astype(np.uint8), np.array(truth)
        paper, ink = between(rng, 225, 250), between(rng, 20, 70)
        if scan == "colour":
            ink = between(rng, 60, 130)  # blue or brown lines, grey once read
        pixels = (ink + pixels / 255 * (paper - ink)).astype(np.float32)
        pixels += rng.normal(0, 6, pixels.shape).astype(np.float32)
        grey = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
        if scan == "jpeg":
            held = io.BytesIO()
            grey.save(held, "JPEG", quality=count(rng, 30, 60))
            grey = Image.open(held)
        return np.array(grey), np.array(truth)


def _number(style: Style, first: int, i: int) -> str:
    suffix = style.suffixes[i % len(style.suffixes)]
    if suffix == ".":
        return f"{1 + first % 3}.{i + 1 + first % 8}"
    if len(set(style.suffixes)) > 1 and suffix:
        return f"{first}{suffix}" if i < len(style.suffixes) else f"{first + 1}{suffix}"
    return f"{first + i}{suffix}"


def _tight(image: GreyImage) -> GreyImage:
    rows, columns = (np.flatnonzero((image < 128).any(axis=axis)) for axis in (1, 0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _stacked(pieces: Sequence[GreyImage], gap: int) -> GreyImage:
    width = max(piece.shape[1] for piece in pieces)
    rows = []
    for piece in pieces:
        spare = width - piece.shape[1]
        sides = (spare // 2, spare - spare // 2)
        rows.append(np.pad(piece, ((0, gap), sides), constant_values=255))
    return np.concatenate(rows)[:-gap]


def _stamp(owner: NDArray[np.uint8], image: GreyImage, top: int, left: int, number: int) -> None:
    spot = owner[top : top + image.shape[0], left : left + image.shape[1]]
    spot[image[: spot.shape[0], : spot.shape[1]] < 128] = number
