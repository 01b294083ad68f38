"""Figures of real patents with what their publications say, and other people's words for them."""

import csv
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.describing import FigureFacts
from core.locarno import class_name, subclass_titles
from core.ports import Embeddings, Encoder, GreyImage
from core.settings import LimitSettings
from ingestion.deliveries import list_units, read_units
from ingestion.delivery import Unit
from ingestion.formats.uspto_fields import us_class
from ingestion.image_decode import decode_picture
from ingestion.intake import take_in
from ingestion.pictures import PictureStore
from ingestion.sheets import cut_sheet

SETS = ("redbook", "sheets", "covers")
_LIMITS = LimitSettings()
_HELD_OUT_EVERY = 8
"""Of the covers, every eighth was kept from the shipped encoder's training."""


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """N figures and what is known of each.

    Attributes:
        publications: str [N].
        us_classes: N sets of full US classes, ``{"D8/93"}``.
        vectors: float32 [N, D], of the pictures.
    """

    facts: tuple[FigureFacts, ...]
    publications: tuple[str, ...]
    us_classes: tuple[frozenset[str], ...]
    vectors: Embeddings


@dataclass(frozen=True, slots=True)
class _Drawn:
    facts: FigureFacts
    publication: str
    us_classes: frozenset[str]
    image: GreyImage


def read_figures(data: Path, name: str, encoder: Encoder) -> Figures:
    """One of `SETS`, its pictures embedded."""
    readers = {"redbook": _iter_redbook, "sheets": _iter_sheets, "covers": _iter_covers}
    kept: list[_Drawn] = []
    vectors: list[Embeddings] = []
    for drawn in readers[name](data / name):
        vectors.append(encoder.encode_images([drawn.image]))
        kept.append(drawn)
    return Figures(
        tuple(one.facts for one in kept),
        tuple(one.publication for one in kept),
        tuple(one.us_classes for one in kept),
        np.concatenate(vectors),
    )


def read_foreign_titles(path: Path) -> list[tuple[str, frozenset[str], str]]:
    """Titles of other patents: title, full US classes, design number."""
    with path.open(encoding="utf-8", newline="") as lines:
        return [
            (
                row["title"].strip(),
                frozenset(filter(None, (us_class(field) for field in row["class"].split(", ")))),
                row["id"],
            )
            for row in csv.DictReader(lines)
        ]


def _iter_redbook(folder: Path) -> Iterator[_Drawn]:
    with tempfile.TemporaryDirectory() as home:
        store = PictureStore(home)
        for path in sorted(folder.glob("*.tar")):
            for _, unit in read_units(path, list_units(path, _LIMITS).members, _LIMITS):
                if not isinstance(unit, Unit):
                    raise SystemExit(f"{path.name} cannot be read: {unit}")
                stored = take_in(unit, pictures=store, limits=_LIMITS)
                publication = stored.publication
                codes = tuple(code.code for code in publication.locarno)
                for figure in stored.figures:
                    if figure.is_front_page:
                        continue
                    facts = _facts(
                        figure.figure_id,
                        publication.title,
                        codes,
                        view=figure.view.value,
                        caption=figure.caption,
                        object_name=figure.object_name,
                    )
                    image = store.get_figure(figure.sha256)
                    classes = frozenset(publication.us_class)
                    yield _Drawn(facts, publication.publication_id, classes, image)


def _iter_sheets(folder: Path) -> Iterator[_Drawn]:
    for row in _rows(folder):
        page = decode_picture((folder / row["file"]).read_bytes(), row["file"], _LIMITS.max_pixels)
        for position, figure in enumerate(cut_sheet(page, landscape=False).figures, 1):
            facts = _facts(f"{row['file']}.{position}", row["title"], (row["locarno"],))
            classes = frozenset((row["us_class"],))
            yield _Drawn(facts, row["publication_id"], classes, figure.pixels)


def _iter_covers(folder: Path) -> Iterator[_Drawn]:
    for row in _rows(folder):
        number = int(re.sub(r"\D", "", row["publication_id"]))
        if row["title"] and number % _HELD_OUT_EVERY == 0:
            image = np.asarray(Image.open(folder / row["file"]).convert("L"))
            classes = frozenset((row["us_class"].replace("-", "/"),))
            facts = _facts(row["file"], row["title"], ())
            yield _Drawn(facts, row["publication_id"], classes, image)


def _rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _facts(
    figure_id: str,
    title: str,
    codes: tuple[str, ...],
    *,
    view: str = "unknown",
    **known: Any,
) -> FigureFacts:
    kind = (subclass_titles().get(codes[0]) or class_name(codes[0])) if codes else None
    return FigureFacts(figure_id, title.strip(), view, locarno=codes, locarno_title=kind, **known)
