"""What a DeepPatent2 record says of its figure. Pure.

The authors tell of 11.7 % wrong labels overall, so what is read here is what the data set states,
not what is printed (`LabelSource.STATED`).
"""

import re
from collections.abc import Mapping

from core.locarno import LocarnoCode, parse_locarno
from core.records import FigureCaption, GivenFigure, View
from ingestion.caption_phrases import read_views
from ingestion.figure_captions import parse_description
from ingestion.formats.manifest_cells import cell_text, parse_label, parse_us_class

_BETWEEN_CODES = re.compile(r"[;,|]")


def record_text(record: Mapping[str, object], column: str) -> str:
    """A value as text; ``""`` where it is missing, null or the word "None"."""
    text = cell_text(record.get(column))
    return "" if text.lower() in {"none", "null", "nan"} else text


def read_figure(record: Mapping[str, object], label_in_name: str | None) -> GivenFigure:
    """What a record says of a figure already cut.

    Args:
        record: With `figid`, `caption`, `object` and `aspect`, each of which may be missing.
        label_in_name: The figure's number in its file name, taken where `figid` is missing.
    """
    caption = read_caption(record, label_in_name)
    label = caption.label or None
    return GivenFigure(label, caption.view, caption.object_name, caption.text or None)


def read_caption(record: Mapping[str, object], label_in_name: str | None) -> FigureCaption:
    """The same as a caption; its label and text may be empty.

    What the caption itself tells of view and object stands in for a missing `aspect` or `object`.
    """
    text, title = record_text(record, "caption"), record_text(record, "object_title")
    told = next(iter(parse_description((text,), title).captions), None) if text else None
    aspect = record_text(record, "aspect")
    view = read_views(f"is a {aspect}", 1)[0] if aspect else View.UNKNOWN
    if view is View.UNKNOWN and told is not None:
        view = told.view
    try:
        label = parse_label(record_text(record, "figid") or label_in_name or "")
    except ValueError:
        label = ""
    object_name = record_text(record, "object") or (told.object_name if told else None)
    return FigureCaption(label, text, view, object_name)


def read_classes(
    record: Mapping[str, object],
) -> tuple[tuple[LocarnoCode, ...], tuple[str, ...], tuple[str, ...]]:
    """Locarno and US classes of a record's patent.

    Returns:
        Locarno codes, US classes, and what is wrong with those that were left out.
    """
    locarno, us_class, problems = [], [], []
    for code in _codes(record, "classification_locarno"):
        try:
            locarno.append(parse_locarno(code))
        except ValueError as error:
            problems.append(f"classification_locarno {error}; left out")
    for code in _codes(record, "classification_national"):
        try:
            us_class.append(parse_us_class(code))
        except ValueError as error:
            problems.append(f"classification_national {code[:80]!r} {error}; left out")
    return tuple(dict.fromkeys(locarno)), tuple(dict.fromkeys(us_class)), tuple(problems)


def _codes(record: Mapping[str, object], column: str) -> list[str]:
    parts = (part.strip() for part in _BETWEEN_CODES.split(record_text(record, column)))
    return [part for part in parts if part]
