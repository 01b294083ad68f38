"""Real sheets and what is known about them: the truths that cutting is measured against."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.ports import GreyImage
from core.records import Publication
from core.settings import LimitSettings
from ingestion.deliveries import list_units, read_units
from ingestion.delivery import Unit
from ingestion.image_decode import decode_picture

LIMITS = LimitSettings()
_FIGURE_WORD = re.compile(r"(?i)^fig(?:ure|s)?\b\.?")
_NUMBER = re.compile(r"^\d{1,3}[A-Za-z]?$")

Corners = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels of the sheet as it lies."""


@dataclass(frozen=True, slots=True)
class DrawnGrant:
    """A grant and its drawing sheets, without the front-page copy."""

    publication: Publication
    pages: tuple[tuple[GreyImage, bool], ...]
    """Each page as it lies, and whether the document says that it lies on its side."""


@dataclass(frozen=True, slots=True)
class BoxedSheet:
    """A sheet whose printed labels another reader boxed."""

    name: str
    page: GreyImage
    labels: tuple[tuple[str, Corners], ...]
    """Figure number and place of every printed label."""


def iter_grants(data: Path) -> Iterator[DrawnGrant]:
    """The grants of the weekly archives."""
    for path in sorted((data / "redbook").glob("*.tar")):
        for name, unit in read_units(path, list_units(path, LIMITS).members, LIMITS):
            if not isinstance(unit, Unit):
                raise SystemExit(f"{name} of {path.name} cannot be read: {unit}")
            pages = tuple(
                (decode_picture(unit.images[i.file], i.file, LIMITS.max_pixels), i.landscape)
                for i in unit.publication.images
                if not i.is_front_page
            )
            yield DrawnGrant(unit.publication, pages)


def iter_pdf_sheets(data: Path) -> Iterator[tuple[str, GreyImage]]:
    """The sheets taken from patent PDFs, with ``publication/file`` as their name."""
    for path in sorted((data / "sheets").glob("*/*.png")):
        page = decode_picture(path.read_bytes(), path.name, LIMITS.max_pixels)
        yield f"{path.parent.name}/{path.name}", page


def iter_boxed_sheets(data: Path) -> Iterator[BoxedSheet]:
    """The sheets with boxes of their printed labels."""
    for path in sorted((data / "fig_label_boxes").glob("*.json")):
        image = data / "fig_label_sheets" / f"{path.stem}.TIF"
        page = decode_picture(image.read_bytes(), image.name, LIMITS.max_pixels)
        yield BoxedSheet(path.stem, page, _boxed_labels(json.loads(path.read_text()), page))


def _boxed_labels(found: list[dict], page: GreyImage) -> tuple[tuple[str, Corners], ...]:  # type: ignore[type-arg]
    """Join every word FIG with its number: inside the word, else the nearest number on the page."""
    words = [
        (word["DetectedText"], _corners(word["Geometry"]["Polygon"], page))
        for word in found
        if word["Type"] == "WORD"
    ]
    numbers = [(text, box) for text, box in words if _NUMBER.match(text)]
    labels = []
    for text, box in words:
        match = _FIGURE_WORD.match(text)
        if match is None:
            continue
        inside = text[match.end() :].strip()
        if inside:
            labels.append((inside, box))
            continue
        number, place = min(numbers, key=lambda candidate: _distance(candidate[1], box))
        both = np.array([box, place])
        left, top = both[:, :2].min(axis=0)
        right, bottom = both[:, 2:].max(axis=0)
        labels.append((number, (left, top, right, bottom)))
    return tuple(labels)


def _corners(polygon: list[dict[str, float]], page: GreyImage) -> Corners:
    height, width = page.shape
    xs, ys = [point["X"] * width for point in polygon], [point["Y"] * height for point in polygon]
    return min(xs), min(ys), max(xs), max(ys)


def _distance(one: Corners, other: Corners) -> float:
    middle = np.array([[(b[0] + b[2]) / 2, (b[1] + b[3]) / 2] for b in (one, other)])
    return float(np.hypot(*(middle[0] - middle[1])))


def lay_back(box: Corners, rotation_deg: int, upright: NDArray[np.uint8]) -> Corners:
    """A box on an upright sheet as a box on the sheet as it lay."""
    height, width = upright.shape
    left, top, right, bottom = box
    return {
        0: (left, top, right, bottom),
        90: (top, width - right, bottom, width - left),
        180: (width - right, height - bottom, width - left, height - top),
        270: (height - bottom, left, height - top, right),
    }[rotation_deg]
