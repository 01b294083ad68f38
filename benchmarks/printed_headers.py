"""The line that is printed across the top of a sheet from a patent PDF."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.ports import GreyImage
from samples.choices import between, count, one_of

TypeFace = Path | None
"""A font file, or None for the drawn letters of `samples.lettering`."""
HEADER_KINDS = ("whole", "askew", "upper half cut", "feet alone")


def printed_header(rng: np.random.Generator, width: int, faces: Sequence[TypeFace]) -> GreyImage:
    """The line across the top of a sheet from a patent PDF: uint8 [h, width]."""
    year, serial = count(rng, 1976, 2024), count(rng, 100, 999)
    total = count(rng, 1, 12)
    month = one_of(rng, "Jan.", "Feb.", "Mar.", "Apr.", "May", "Jun.", "Jul.", "Sep.", "Oct.")
    modern = year > 2000
    words = [
        one_of(rng, "U.S. Patent", "United States Patent") if not modern else "U.S. Patent",
        f"{month} {count(rng, 1, 31)}, {year}",
        f"Sheet {count(rng, 1, total)} of {total}",
        f"US D{serial},{count(rng, 0, 999):03d} S"
        if modern
        else f"Des. {serial},{count(rng, 0, 999):03d}",
    ]
    face = faces[int(rng.integers(len(faces)))]
    size = count(rng, 46, 62)
    font = ImageFont.truetype(face, size) if face else ImageFont.load_default(size)
    image = Image.new("L", (width, size * 2), 255)
    pen = ImageDraw.Draw(image)
    lengths = [font.getlength(word) for word in words]
    gap = max((width - 20 - sum(lengths)) / (len(words) - 1), size)
    x = 4.0
    for i, (word, length) in enumerate(zip(words, lengths, strict=True)):
        bold = 1 if i in (0, 3) else 0
        pen.text((x, 6), word, fill=0, font=font, stroke_width=bold)
        x += length + gap
    return _trimmed(np.where(np.asarray(image) < 128, 0, 255).astype(np.uint8))


def with_printed_header(
    sheet: GreyImage, rng: np.random.Generator, faces: Sequence[TypeFace], kind: str
) -> tuple[GreyImage, int]:
    """A sheet with a page header over it, and the number of rows that are the header's."""
    header = printed_header(rng, max(sheet.shape[1], 1900), faces or (None,))
    if kind == "askew":
        level = Image.fromarray(np.pad(header, ((60, 60), (0, 0)), constant_values=255))
        turned = level.rotate(between(rng, -1.2, 1.2), fillcolor=255)
        header = _trimmed(np.where(np.asarray(turned) < 128, 0, 255).astype(np.uint8))
    share = {"upper half cut": between(rng, 0.4, 0.65), "feet alone": 0.75}.get(kind, 0.0)
    header = header[int(share * header.shape[0]) :]
    n_rows, gap = header.shape[0], count(rng, 60, 200)
    width = max(sheet.shape[1], header.shape[1])
    page = np.full((n_rows + gap + sheet.shape[0], width), 255, np.uint8)
    page[:n_rows, : header.shape[1]] = header
    left = (width - sheet.shape[1]) // 2
    page[-sheet.shape[0] :, left : left + sheet.shape[1]] = sheet
    return page, n_rows


def _trimmed(header: GreyImage) -> GreyImage:
    """Without the white rows above and below."""
    rows = np.flatnonzero((header == 0).any(axis=1))
    return header[rows[0] : rows[-1] + 1]
