"""DeepPatent2 (Ajayi et al., Sci Data 2023): segmented figures of design patents with object names.

A year unpacked is a folder with `design{YYYY}.json` (an array, in some copies a line a record) and
the figures in `Segmented/` or `Segmentednew/`. Object and aspect may be missing, or the word None;
the authors put the error of all labels together at 11.7 %.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from core.errors import SourceInvalid
from core.locarno import parse_locarno
from encoder.evaluation.manifest import ManifestRow
from encoder.training.drawings import Drawing, DrawnObject
from encoder.training.sources.manifest import describe, write_manifest
from encoder.training.sources.pictures import read_picture
from encoder.training.sources.source import Job, SourceConfig, is_held_out

_RECIPE = "deeppatent2: segmented figures with object names, v2"
_FOLDERS = ("Segmented", "Segmentednew")
_HELD_OUT_OF = 50
"""One patent of so many is held out."""
_PATENT = re.compile(r"USD\d{7}")


class DeepPatent2Source(SourceConfig):
    """One unpacked year; one patent in fifty is held out."""

    kind: Literal["deeppatent2"]
    path: Path
    """The year's folder."""
    leave_out: tuple[Path, ...] = ()
    """Lists that name patents not to train on, such as DeepPatent's test lists."""
    held_out: Path | None = None
    """CSV to list the held-out figures in, for `limn evaluate --images PATH --manifest HELD_OUT`;
    their class is the object name."""

    @property
    def recipe(self) -> str:
        lacking = [path for path in self.leave_out if not path.is_file()]
        if lacking:
            raise SourceInvalid(f"{lacking[0]}: no such list")
        return self.recipe_of(_RECIPE, _find_listing(self.path)[0], *self.leave_out)

    def jobs(self) -> Sequence[Job]:
        """One a figure that is neither held out nor to be left out."""
        left_out = {
            number
            for path in self.leave_out
            for number in _PATENT.findall(path.read_text(encoding="utf-8"))
        }
        return [
            partial(_draw_figure, self.path, figure)
            for figure in read_year(self.path)
            if not figure.is_held_out and figure.number not in left_out
        ]

    def write_held_out(self) -> None:
        """List the held-out figures."""
        if self.held_out is not None:
            kept = (figure for figure in read_year(self.path) if figure.is_held_out)
            write_manifest(self.held_out, map(_manifest_row, kept))


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
    def number(self) -> str:
        """``"USD0836880"``."""
        return self.patent_id.split("-")[0]

    @property
    def is_held_out(self) -> bool:
        """Of a patent kept for evaluation: by its number's hash, so the same for every copy."""
        return is_held_out(self.number, _HELD_OUT_OF)


def read_year(folder: Path) -> tuple[SegmentedFigure, ...]:
    """Read the records of one unpacked year; those without any name of the object are left out.

    Raises:
        SourceInvalid: If the folder holds no `design*.json`, no folder of figures, or records of
            another kind.
    """
    listing, pictures = _find_listing(folder)
    try:
        records = _records(listing.read_text(encoding="utf-8"))
        figures = (_figure(record, pictures) for record in records)
        return tuple(figure for figure in figures if figure.object_name)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SourceInvalid(f"{listing} holds no records of DeepPatent2: {error!r}") from error


def _find_listing(folder: Path) -> tuple[Path, str]:
    """The list of records, and the name of the folder of figures."""
    listing = next(iter(sorted(folder.glob("design*.json"))), None)
    pictures = next((name for name in _FOLDERS if (folder / name).is_dir()), None)
    if listing is None or pictures is None:
        raise SourceInvalid(
            f"{folder} is no unpacked year of DeepPatent2: design*.json and Segmented/ are needed"
        )
    return listing, pictures


def _draw_figure(folder: Path, figure: SegmentedFigure) -> list[Drawing]:
    name, locarno = figure.object_name, figure.locarno
    texts = describe(name, figure.title, locarno)
    drawn = DrawnObject(name, texts, locarno or None, figure.number)
    return [Drawing(figure.patent_id, drawn, read_picture(folder / figure.file))]


def _manifest_row(figure: SegmentedFigure) -> ManifestRow:
    return ManifestRow(
        figure.file,
        figure.number,
        figure.title,
        figure.locarno,
        figure.object_name,
        figure.view,
    )


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
