"""Words rendered as sheets print them, to train the label reader on.

    python tools/label_reader/render_words.py FONT_FOLDER OUTPUT.pkl --count 30000 --seed 1

Writes a pickled list of (crop, text): the crop as `label_crops.normalise_crop` makes it, the
text without blanks, empty where the crop holds nothing to be read. Any folder of TrueType,
OpenType or Type 1 fonts serves; the shipped weights saw 125 families of free fonts (the metric
twins of Times, Helvetica and Courier, technical lettering, handwriting).
"""

import argparse
import pickle
import random
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from core.ports import GreyImage
from ingestion.label_crops import normalise_crop
from ingestion.label_reader import CHARACTERS

CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MONTHS = ("Jan.", "Feb.", "Mar.", "Apr.", "May", "Jun.", "Jul.", "Aug.", "Sep.", "Oct.", "Nov.")
WORDS = (
    "Sheet",
    "of",
    "U.S.",
    "Patent",
    "Design",
    "PRIOR",
    "ART",
    "perspective",
    "view",
    "front",
    "rear",
    "left",
    "right",
    "top",
    "bottom",
    "SECTION",
    "ON",
    "OFF",
    "MENU",
    "START",
    "OPEN",
    "CLOSE",
    "Home",
    "Search",
    "Settings",
    "File",
    "Edit",
    "HELP",
    "Power",
    "LIGHT",
    "Volume",
    "Back",
    "Next",
    "OK",
    "CANCEL",
    "YES",
    "NO",
    "Message",
    "Group",
    "Name",
    "FIT",
    "FLOW",
    "GIF",
    "GIFT",
    "FILM",
    "BIG",
    "PIG",
    "FIX",
    "SIG",
    "FLG",
)
EIGHT_NEIGHBOURS = np.ones((3, 3), dtype=bool)
Coverage = NDArray[np.uint8]
"""uint8 [H, W], 255 where ink lies, before degradation."""


class WordRenderer:
    """Renders labels, other words and things that are no words, each different."""

    def __init__(self, fonts: list[Path], seed: int, twins: float = 0.06) -> None:
        self.twins = twins
        """Share of labels that end in one of two characters that look alike."""
        self.families: dict[str, list[Path]] = {}
        for font in fonts:
            self.families.setdefault(font.stem.split("-")[0], []).append(font)
        self.dice = random.Random(seed)
        self.noise = np.random.default_rng(seed)

    def sample(self) -> tuple[GreyImage, str] | None:
        """One crop and its text; None where a font could not draw it."""
        kind = self.dice.random()
        text = ""
        if kind < 0.10:
            coverage = self.line_work()
        else:
            font = self.dice.choice(self.families[self.dice.choice(sorted(self.families))])
            size = self.dice.choice([18, 22, 28, 36, 44, 52, 64, 80])
            try:
                coverage, text = self.words(kind, font, size)
            except OSError:
                return None
        ink = tight(self.degrade(coverage))
        if ink is None or ink.shape[0] < 8 or ink.shape[1] > 11 * ink.shape[0]:
            return None
        if kind >= 0.10 and self.dice.random() < 0.12:  # a crop that is not quite tight
            most = ink.shape[0] // 7
            ink = np.pad(ink, [tuple(self.dice.randint(0, most) for _ in range(2))] * 2)
        text = text.replace(" ", "")
        if any(character not in CHARACTERS for character in text):
            return None
        return normalise_crop(ink), text

    def words(self, kind: float, font: Path, size: int) -> tuple[Coverage, str]:
        """Figure labels for the most part; other words; labels that stand on their head (empty)."""
        if kind < 0.14:
            word, number = self.dice.choice(["FIG.", "FIG", "Fig.", "FIGURE"]), str(self.number())
            pieces = [self.render(word, font, size)]
            pieces.append(self.render(number, font, round(size * self.dice.uniform(0.8, 1.7))))
            return self.stray(on_one_line(pieces)), word + number
        if kind < 0.62:
            text = self.label()
        elif kind < 0.73:
            text = f"{self.dice.randint(1, 30)}.{self.dice.randint(1, 14)}"
        elif kind < 0.88:
            text = self.other_words()
        else:
            turned = np.rot90(self.render(self.label(), font, size), self.dice.choice([1, 2, 2, 3]))
            return turned, ""
        coverage = self.render(text, font, size)
        return (self.stray(coverage) if kind < 0.73 else coverage), text

    def number(self) -> int:
        kind = self.dice.random()
        top = 9 if kind < 0.45 else 29 if kind < 0.75 else 130
        ones = [1, 7, 11, 12, 17, 21, 71, 77, 101, 110, 111]
        return self.dice.choice(ones) if kind > 0.88 else self.dice.randint(1, top)

    def label(self) -> str:
        words = ["FIG.", "Fig.", "FIG", "Figure", "FIGURE", "Fig", "fig.", "FIG,", "FIGS.", "FIG-"]
        word = self.dice.choices(words, [48, 20, 7, 7, 6, 4, 2, 1, 1, 1])[0]
        kind = self.dice.random()
        suffix = ""
        if kind < 0.26:
            suffix = self.dice.choice("AABBBCDDEFGH" if kind < 0.22 else CAPITALS)
        elif kind < 0.38:
            suffix = self.dice.choice("aaabbbccdefgh")
        elif kind < 0.48:
            suffix = f"({self.dice.choice('aaabbcdABCD123')})"
        elif kind < 0.54:
            suffix = self.dice.choice(["-1", "-2", "-3", "-A", "-B", ".1", ".2", ".3", "'"])
        elif kind < 0.54 + self.twins:
            suffix = self.dice.choice("8B8B0D")
        return f"{word}{self.dice.choice([' ', ' ', ' ', '', '  '])}{self.number()}{suffix}"

    def other_words(self) -> str:
        month, day = self.dice.choice(MONTHS), self.dice.randint(1, 31)
        header = [
            "U.S. Patent",
            f"{month} {day}, {self.dice.randint(1975, 2024)}",
            f"Sheet {self.dice.randint(1, 30)} of {self.dice.randint(1, 60)}",
            f"US D{self.dice.randint(200, 999)},{self.dice.randint(0, 999):03d} S",
            f"Des. {self.dice.randint(200, 400)},{self.dice.randint(0, 999):03d}",
        ]
        mixed = CAPITALS + CAPITALS.lower() + "0123456789"
        return self.dice.choice(
            [
                self.dice.choice(header),
                str(self.dice.randint(1, 400)),
                self.dice.choice(WORDS),
                self.dice.choice(CAPITALS),
                "".join(self.dice.choice(mixed) for _ in range(self.dice.randint(2, 7))),
            ]
        )

    def render(self, text: str, path: Path, size: int) -> Coverage:
        font = ImageFont.truetype(path, size)
        shares = [0.0, self.dice.uniform(0.02, 0.1), self.dice.uniform(0.1, 0.5)]
        spacing = self.dice.choices(shares, [75, 17, 8])[0] * size
        _, top, _, bottom = font.getbbox(text)
        width = sum(font.getlength(character) + spacing for character in text)
        picture = Image.new("L", (int(width) + 30, int(bottom - top) + 20), 0)
        pen, x = ImageDraw.Draw(picture), 10.0
        for character in text:
            pen.text((x, 10 - top), character, fill=255, font=font)
            x += font.getlength(character) + spacing
        return np.asarray(picture)

    def stray(self, coverage: Coverage) -> Coverage:
        """Now and then a piece of drawing before or behind the words."""
        if self.dice.random() > 0.1:
            return coverage
        height = coverage.shape[0]
        gap, length = (
            self.dice.randint(height // 3, height * 3 // 2),
            self.dice.randint(3, 2 * height),
        )
        picture = Image.new("L", (gap + length, height), 0)
        ends = (
            gap,
            self.dice.uniform(9, height - 9),
            gap + length,
            self.dice.uniform(9, height - 9),
        )
        ImageDraw.Draw(picture).line(ends, fill=255, width=self.dice.randint(2, 4))
        piece = np.asarray(picture)
        if self.dice.random() < 0.5:
            return np.concatenate([coverage, piece], axis=1)
        return np.concatenate([piece[:, ::-1], coverage], axis=1)

    def line_work(self) -> Coverage:
        """Lines, boxes and arcs of a label's size."""
        height = self.dice.randint(30, 90)
        width = int(height * self.dice.uniform(1.2, 7))
        picture = Image.new("L", (width, height), 0)
        pen, thick = ImageDraw.Draw(picture), self.dice.randint(1, 4)
        for _ in range(self.dice.randint(2, 9)):
            x, y = self.dice.uniform(0, width), self.dice.uniform(0, height)
            r, turn = self.dice.uniform(height / 8, height), self.dice.uniform(0, 360)
            shape = self.dice.random()
            if shape < 0.4:
                pen.line((x, y, self.dice.uniform(0, width), r), fill=255, width=thick)
            elif shape < 0.6:
                pen.rectangle((x, y / 3, x + r, height - y / 4), outline=255, width=thick)
            else:
                bow = turn + self.dice.uniform(30, 360)
                pen.arc((x - r, y - r, x + r, y + r), turn, bow, fill=255, width=thick)
        return np.asarray(picture)

    def degrade(self, coverage: Coverage) -> NDArray[np.bool_]:
        """Slant, stretch, bend, hollow, thin, blur and break, then threshold as a scanner does."""
        ink = self.slant(coverage.astype(np.float32) / 255)
        height = ink.shape[0]
        if self.noise.random() < 0.35:
            reach = self.noise.uniform(3, 8)
            bend = [ndimage.gaussian_filter(self.noise.normal(size=ink.shape), reach) for _ in "yx"]
            sway = self.noise.uniform(0.15, 0.8) * height / 40 * reach / 3
            places = np.mgrid[: ink.shape[0], : ink.shape[1]]
            shifted = [p + b * sway / (b.std() + 1e-6) for p, b in zip(places, bend, strict=True)]
            ink = ndimage.map_coordinates(ink, shifted, order=1)
        style, solid = self.noise.random(), ink > 0.5
        if style < 0.12:  # outlined letters
            ink = solid ^ ndimage.binary_erosion(solid, iterations=max(1, height // 30))
        elif style < 0.30:  # plotter lettering: one stroke of even width
            depth = ndimage.distance_transform_edt(solid)
            ridge = solid & (depth >= ndimage.maximum_filter(depth, 3) - 0.01)
            ink = ndimage.binary_dilation(
                ridge, iterations=1 + self.noise.integers(max(1, height // 20))
            )
        grey = ndimage.gaussian_filter(ink.astype(np.float32), self.noise.uniform(0.3, 1.6))
        grey += self.noise.normal(0, self.noise.choice([0.0, 0.05, 0.12]), grey.shape)
        return grey > self.noise.uniform(0.25, 0.65) * min(1.0, float(grey.max()))

    def slant(self, ink: NDArray[np.float32]) -> NDArray[np.float32]:
        turn = np.radians(self.noise.normal(0, 1.2))
        shear = self.noise.normal(0, 0.12) if self.noise.random() < 0.4 else 0.0
        stretch = np.exp(self.noise.normal(-0.05, 0.24))
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        matrix = rotation @ np.array([[1, 0], [shear, 1]]) @ np.diag([1, 1 / stretch])
        height, width = ink.shape
        size = int(1.25 * height + 6), int(1.1 * width * stretch + height * abs(shear) + 20)
        offset = np.array([height / 2, width / 2]) - matrix @ np.array([size[0] / 2, size[1] / 2])
        return ndimage.affine_transform(ink, matrix, offset, size, order=1)


def on_one_line(pieces: list[Coverage]) -> Coverage:
    """Words side by side on one base line."""
    height = max(piece.shape[0] for piece in pieces)
    return np.concatenate(
        [np.pad(piece, ((height - piece.shape[0], 0), (0, 0))) for piece in pieces], axis=1
    )


def tight(ink: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """Crop to the parts that are large enough to be characters, as candidates are cropped."""
    numbered, n = ndimage.label(ink, EIGHT_NEIGHBOURS)
    if n == 0:
        return None
    boxes = ndimage.find_objects(numbered)
    tallest = max(rows.stop - rows.start for rows, _ in boxes)
    large = [box for box in boxes if box[0].stop - box[0].start >= 0.35 * tallest]
    top, bottom = min(b[0].start for b in large), max(b[0].stop for b in large)
    left, right = min(b[1].start for b in large), max(b[1].stop for b in large)
    return ink[top:bottom, left:right]


def main() -> None:
    """Render and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fonts", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--count", type=int, default=30_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--twins", type=float, default=0.06, help="share of labels ending in 8 or B"
    )
    options = parser.parse_args()
    kinds = {".ttf", ".otf", ".t1", ".woff"}
    fonts = sorted(path for path in options.fonts.rglob("*") if path.suffix in kinds)
    renderer = WordRenderer(fonts, options.seed, options.twins)
    samples: list[tuple[GreyImage, str]] = []
    while len(samples) < options.count:
        if sample := renderer.sample():
            samples.append(sample)
    options.output.write_bytes(pickle.dumps(samples))


if __name__ == "__main__":
    main()
