"""Figure labels as draughtsmen set them: stroke letters of several hands, and a type face."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.ports import GreyImage
from samples.choices import between, chance, one_of

_STROKES: dict[str, tuple[tuple[tuple[float, float], ...], ...]] = {
    "F": (((0, 0), (0, 1), (0.6, 1)), ((0, 0.53), (0.48, 0.53))),
    "I": (((0, 0), (0, 1)),),
    "i": (((0, 0), (0, 0.66)), ((0, 0.88), (0, 0.9))),
    "G": (((0.68, 0.8), (0.56, 0.95), (0.36, 1), (0.14, 0.92), (0, 0.66), (0, 0.34), (0.14, 0.08),
           (0.36, 0), (0.58, 0.05), (0.7, 0.18), (0.7, 0.44), (0.42, 0.44)),),
    "g": (((0.46, 0.66), (0.46, -0.08), (0.38, -0.22), (0.22, -0.27), (0.06, -0.22)),
          ((0.46, 0.5), (0.36, 0.64), (0.22, 0.67), (0.06, 0.57), (0, 0.36), (0.05, 0.13),
           (0.2, 0.02), (0.36, 0.06), (0.46, 0.2))),
    ".": (((0, 0), (0, 0.02)),),
    ":": (((0, 0), (0, 0.02)), ((0, 0.5), (0, 0.52))),
    "0": (((0.28, 0), (0.08, 0.1), (0, 0.35), (0, 0.65), (0.08, 0.9), (0.28, 1), (0.48, 0.9),
           (0.56, 0.65), (0.56, 0.35), (0.48, 0.1), (0.28, 0)),),
    "1": (((0, 0.78), (0.22, 1), (0.22, 0)),),
    "2": (((0, 0.76), (0.07, 0.92), (0.26, 1), (0.46, 0.93), (0.54, 0.75), (0.46, 0.55), (0, 0),
           (0.56, 0)),),
    "3": (((0, 0.84), (0.12, 0.97), (0.28, 1), (0.46, 0.93), (0.52, 0.77), (0.44, 0.6), (0.22,
                                                                                         0.54),
           (0.46, 0.46), (0.55, 0.28), (0.47, 0.08), (0.26, 0), (0.08, 0.05), (0, 0.18)),),
    "4": (((0.42, 0), (0.42, 1), (0, 0.3), (0.58, 0.3)),),
    "5": (((0.5, 1), (0.07, 1), (0.03, 0.56), (0.24, 0.65), (0.46, 0.57), (0.55, 0.33), (0.46,
                                                                                         0.09),
           (0.24, 0), (0.07, 0.05), (0, 0.18)),),
    "6": (((0.5, 0.86), (0.4, 0.98), (0.26, 1), (0.08, 0.85), (0, 0.5), (0.02, 0.25), (0.12, 0.05),
           (0.3, 0), (0.48, 0.1), (0.55, 0.31), (0.47, 0.53), (0.29, 0.6), (0.1, 0.52), (0.02,
                                                                                         0.36)),),
    "7": (((0, 1), (0.55, 1), (0.2, 0)),),
    "8": (((0.28, 0.54), (0.08, 0.63), (0.03, 0.78), (0.1, 0.94), (0.28, 1), (0.46, 0.94),
           (0.53, 0.78), (0.48, 0.63), (0.28, 0.54), (0.07, 0.43), (0, 0.25), (0.08, 0.07), (0.28,
                                                                                             0),
           (0.48, 0.07), (0.56, 0.25), (0.49, 0.43), (0.28, 0.54)),),
    "9": (((0.06, 0.14), (0.16, 0.02), (0.3, 0), (0.48, 0.15), (0.56, 0.5), (0.54, 0.75), (0.44,
                                                                                           0.95),
           (0.26, 1), (0.08, 0.9), (0.01, 0.69), (0.09, 0.47), (0.27, 0.4), (0.46, 0.48), (0.54,
                                                                                           0.64)),),
    "A": (((0, 0), (0.33, 1), (0.66, 0)), ((0.13, 0.36), (0.53, 0.36))),
    "B": (((0, 0), (0, 1), (0.34, 1), (0.5, 0.88), (0.5, 0.66), (0.34, 0.53), (0, 0.53)),
          ((0.34, 0.53), (0.56, 0.4), (0.56, 0.13), (0.36, 0), (0, 0))),
    "C": (((0.64, 0.82), (0.5, 0.97), (0.34, 1), (0.12, 0.9), (0, 0.64), (0, 0.36), (0.12, 0.1),
           (0.34, 0), (0.52, 0.04), (0.64, 0.18)),),
    "D": (((0, 0), (0, 1), (0.3, 1), (0.52, 0.86), (0.62, 0.5), (0.52, 0.14), (0.3, 0), (0, 0)),),
    "E": (((0.56, 1), (0, 1), (0, 0), (0.58, 0)), ((0, 0.53), (0.46, 0.53))),
    "R": (((0, 0), (0, 1), (0.36, 1), (0.53, 0.88), (0.53, 0.63), (0.36, 0.5), (0, 0.5)),
          ((0.3, 0.5), (0.58, 0))),
    "U": (((0, 1), (0, 0.3), (0.1, 0.06), (0.3, 0), (0.5, 0.06), (0.6, 0.3), (0.6, 1)),),
    "a": (((0.44, 0.48), (0.32, 0.64), (0.18, 0.66), (0.04, 0.54), (0, 0.32), (0.06, 0.1),
           (0.2, 0), (0.34, 0.06), (0.44, 0.2)), ((0.44, 0.66), (0.44, 0))),
    "b": (((0, 1), (0, 0)), ((0, 0.2), (0.1, 0.05), (0.24, 0), (0.4, 0.1), (0.46, 0.33),
                             (0.4, 0.56), (0.24, 0.66), (0.1, 0.6), (0, 0.46))),
    "c": (((0.42, 0.54), (0.32, 0.64), (0.2, 0.66), (0.05, 0.54), (0, 0.33), (0.05, 0.12),
           (0.2, 0), (0.32, 0.02), (0.42, 0.12)),),
    "e": (((0, 0.36), (0.44, 0.36), (0.42, 0.52), (0.32, 0.64), (0.2, 0.66), (0.05, 0.54),
           (0, 0.33), (0.06, 0.1), (0.22, 0), (0.36, 0.04), (0.44, 0.14)),),
    "r": (((0, 0.66), (0, 0)), ((0, 0.46), (0.12, 0.62), (0.3, 0.64))),
    "u": (((0, 0.66), (0, 0.2), (0.08, 0.04), (0.22, 0), (0.36, 0.08), (0.44, 0.2)),
          ((0.44, 0.66), (0.44, 0))),
    "(": (((0.2, 1.1), (0.06, 0.8), (0, 0.45), (0.06, 0.1), (0.2, -0.2)),),
    ")": (((0, 1.1), (0.14, 0.8), (0.2, 0.45), (0.14, 0.1), (0, -0.2)),),
    "-": (((0, 0.45), (0.32, 0.45)),),
}  # fmt: skip
"""Pen strokes of each letter: x to the right, y up, capitals one unit high."""
_SERIFED = "FI17i"
_OVERSAMPLING = 3
_SHARP = 0.35
"""Cosine of the turn from which on a corner of a stroke is meant to be one."""


@dataclass(frozen=True, slots=True)
class Lettering:
    """One draughtsman's hand, used on all sheets of a design."""

    cap_height_px: int
    """Of a capital, at 300 dpi."""
    weight: float
    """Pen width as a share of the cap height; 0 sets the type face instead."""
    slant: float
    """Tangent of the lean; 0 is upright."""
    width: float
    """Width of letters, 1 is normal."""
    serifs: bool
    wording: str
    """How labels read, ``"FIG. {}"``."""
    wobble: float = 0.0
    """How far an unsteady hand strays, as a share of the cap height."""

    def label(self, number: str) -> GreyImage:
        """Draw a figure's label, cropped to its ink: uint8 [H, W], 0 or 255."""
        text = self.wording.format(number)
        return _typeset(text, self) if self.weight == 0 else _written(text, self)


def choose_lettering(rng: np.random.Generator, wording: str | None = None) -> Lettering:
    """Draw a hand by lot; `wording` fixes what labels say."""
    hand = one_of(rng, "type", "type", "stroke", "stroke", "bold", "serif")
    weight = {"type": 0.0, "stroke": between(rng, 0.07, 0.11), "bold": between(rng, 0.17, 0.22),
              "serif": between(rng, 0.09, 0.14)}[hand]  # fmt: skip
    return Lettering(
        cap_height_px=int(between(rng, 44, 66)),
        weight=weight,
        slant=between(rng, 0.15, 0.25) if chance(rng, 0.2) else 0.0,
        width=between(rng, 0.85, 1.1),
        serifs=hand == "serif",
        wording=wording or one_of(rng, "FIG. {}", "FIG. {}", "FIG. {}", "Fig. {}", "FIG.{}"),
    )


def _written(text: str, hand: Lettering) -> GreyImage:
    unit = hand.cap_height_px * _OVERSAMPLING
    pen = hand.weight * unit
    strokes: list[list[tuple[float, float]]] = []
    x = 0.0
    for letter in text:
        if letter == " ":
            x += 0.4
            continue
        lines = _STROKES[letter] if hand.wobble == 0 else _unsteady(letter, len(strokes), hand)
        strokes += [[(x + px * hand.width, py) for px, py in _rounded(line)] for line in lines]
        if hand.serifs and letter in _SERIFED:
            strokes += _feet(x, lines, hand.width)
        x += max(px for line in lines for px, _ in line) * hand.width + 0.24 + 0.7 * hand.weight
    edge = 2 * pen + unit
    image = Image.new("L", (int(x * unit + 2 * edge + unit * 0.3), int(unit * 1.4 + 2 * edge)), 255)
    brush = ImageDraw.Draw(image)
    for stroke in strokes:
        points = [
            (edge + (px + hand.slant * py) * unit, edge + (1 - py) * unit) for px, py in stroke
        ]
        brush.line(points, fill=0, width=round(pen), joint="curve")
        for px, py in points:
            brush.ellipse((px - pen / 2, py - pen / 2, px + pen / 2, py + pen / 2), fill=0)
    small = image.resize(
        (image.width // _OVERSAMPLING, image.height // _OVERSAMPLING), Image.Resampling.BOX
    )
    return _cropped_ink(small)


def _unsteady(
    letter: str, place: int, hand: Lettering
) -> tuple[tuple[tuple[float, float], ...], ...]:
    """A letter as a free hand writes it: each time a little larger, higher and bent otherwise."""
    rng = np.random.default_rng([ord(letter), place, hand.cap_height_px])
    size = 1 + 1.5 * hand.wobble * rng.standard_normal()
    lift = hand.wobble * rng.standard_normal()
    bent = []
    for line in _STROKES[letter]:
        points = np.array(line) * size + (0, lift)
        bent.append(points + 0.5 * hand.wobble * rng.standard_normal(points.shape))
    return tuple(tuple((float(x), float(y)) for x, y in points) for points in bent)


def _rounded(stroke: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Cut the blunt corners of a stroke twice (Chaikin), leaving sharp ones."""
    points = np.array(stroke)
    for _ in range(2):
        kept = [points[0]]
        for before, at, after in zip(points, points[1:], points[2:], strict=False):
            into, out = at - before, after - at
            cosine = into @ out / np.sqrt((into @ into) * (out @ out))
            kept += [at - into / 4, at + out / 4] if cosine > _SHARP else [at]
        points = np.array([*kept, points[-1]])
    return [(float(x), float(y)) for x, y in points]


def _feet(
    x: float, lines: tuple[tuple[tuple[float, float], ...], ...], width: float
) -> list[list[tuple[float, float]]]:
    """Short bars across the lower ends of a letter's strokes, and across the top of an I."""
    stem = min(lines[0], key=lambda point: point[1])[0] * width + x
    feet = [[(stem - 0.13, 0.0), (stem + 0.13, 0.0)]]
    if lines == _STROKES["I"]:
        feet.append([(stem - 0.13, 1.0), (stem + 0.13, 1.0)])
    return feet


def _typeset(text: str, hand: Lettering) -> GreyImage:
    size = hand.cap_height_px * 1.4
    font = ImageFont.load_default(size)
    left, top, right, bottom = font.getbbox(text)
    image = Image.new("L", (int(right - left) + 60, int(bottom - top) + 40), 255)
    ImageDraw.Draw(image).text((20 - left, 20 - top), text, fill=0, font=font)
    if hand.slant:
        lean = (1, hand.slant, -hand.slant * image.height / 2, 0, 1, 0)
        image = image.transform(image.size, Image.Transform.AFFINE, lean, fillcolor=255)
    if hand.width != 1:
        image = image.resize(
            (int(image.width * hand.width), image.height), Image.Resampling.BICUBIC
        )
    return _cropped_ink(image)


def _cropped_ink(image: Image.Image) -> GreyImage:
    pixels = np.where(np.asarray(image.convert("L")) < 128, 0, 255).astype(np.uint8)
    rows, columns = np.nonzero(pixels.min(axis=1) == 0)[0], np.nonzero(pixels.min(axis=0) == 0)[0]
    return pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
