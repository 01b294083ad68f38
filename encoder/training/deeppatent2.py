"""DeepPatent2 (Ajayi et al., Sci Data 2023): segmented figures of design patents with object names.

A year unpacked is a folder with `design{YYYY}.json` (an array, in some copies a line a record) and
the figures in `Segmented/` or `Segmentednew/`. Object and aspect may be missing, or the word None;
the authors put the error of all labels together at 11.7 %.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from core.errors import EvaluationInvalid, PictureUnreadable
from core.locarno import CLASS_NAMES, parse_locarno
from encoder.training.drawings import Drawing, DrawnObject

RECIPE = "deeppatent2: segmented figures with object names, v1"
_FOLDERS = ("Segmented", "Segmentednew")
_HELD_OUT_OF = 50
"""One patent of so many is held out."""


@dataclass(frozen=True, slots=True)
class SegmentedFigure:
    """One record: a figure cut from its sheet by the data set's authors."""

    file: str
    """Below the year's folder."""
    patent_id: str
    """``"USD0836880-20190101"``."""
    object_name: str
    title: str
    view: str
    locarno: str
    """``"06-01"``, empty where it is no code."""

    @property
    def is_held_out(self) -> bool:
        """Of a patent kept for evaluation: by its number's hash, so the same for every copy."""
        digest = hashlib.sha256(self.patent_id.split("-")[0].encode()).digest()
        return int.from_bytes(digest[:4]) % _HELD_OUT_OF == 0


def read_year(folder: Path) -> tuple[SegmentedFigure, ...]:
    """Read the records of one unpacked year; those without any name of the object are left out.

    Raises:
        EvaluationInvalid: If the folder holds no `design*.json`, no folder of figures, or records
            of another kind.
    """
    listing = next(iter(sorted(folder.glob("design*.json"))), None)
    pictures = next((name for name in _FOLDERS if (folder / name).is_dir()), None)
    if listing is None or pictures is None:
        raise EvaluationInvalid(
            f"{folder} is no unpacked year of DeepPatent2: design*.json and Segmented/ are needed"
        )
    try:
        records = _records(listing.read_text(encoding="utf-8"))
        figures = (_figure(record, pictures) for record in records)
        return tuple(figure for figure in figures if figure.object_name)
    except (ValueError, KeyError, TypeError) as error:
        raise EvaluationInvalid(f"{listing} holds no records of DeepPatent2: {error}") from error


def iter_drawings(
    folder: Path, figures: tuple[SegmentedFigure, ...], leave_out: frozenset[str]
) -> Iterator[Drawing]:
    """The figures to train on: neither held out nor of the patents to leave out.

    Args:
        folder: The year.
        figures: From `read_year`.
        leave_out: Patent numbers, ``"USD0836880"``, say those of a benchmark's test lists.

    Raises:
        PictureUnreadable: If a picture is missing or damaged.
    """
    for figure in figures:
        if figure.is_held_out or figure.patent_id.split("-")[0] in leave_out:
            continue
        try:
            with Image.open(folder / figure.file) as picture:
                image = np.asarray(picture.convert("L"))
        except (OSError, UnidentifiedImageError) as error:
            raise PictureUnreadable(str(folder / figure.file), str(error)) from error
        yield Drawing(figure.patent_id, _describe(figure), image)


def _describe(figure: SegmentedFigure) -> DrawnObject:
    name = figure.object_name
    texts = [name, f"a line drawing of a {name}"]
    if figure.title and figure.title != name:
        texts.append(figure.title)
    if figure.locarno[:2] in CLASS_NAMES:
        texts.append(f"{name}, {CLASS_NAMES[figure.locarno[:2]].lower()}")
    return DrawnObject(name, tuple(texts), figure.locarno or None)


def _records(text: str) -> list[dict[str, Any]]:
    if text.lstrip().startswith("["):
        array: list[dict[str, Any]] = json.loads(text)
        return array
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def _figure(record: dict[str, Any], pictures: str) -> SegmentedFigure:
    title = _word(record.get("object_title"))
    return SegmentedFigure(
        file=f"{pictures}/{record['subfigure_file']}",
        patent_id=str(record["patentID"]),
        object_name=_word(record.get("object")) or title,
        title=title,
        view=_word(record.get("aspect")),
        locarno=_locarno(_word(record.get("classification_locarno"))),
    )


def _word(value: object) -> str:
    text = "" if value is None else str(value).strip().lower()
    return "" if text == "none" else text


def _locarno(text: str) -> str:
    try:
        return parse_locarno(text).code
    except ValueError:
        return ""
