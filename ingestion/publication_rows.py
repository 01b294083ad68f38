"""Between the records of core and the rows of the catalogue."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row

from core.records import (
    Box,
    Figure,
    LabelSource,
    Publication,
    Sheet,
    Stage,
    View,
)
from ingestion.archive_entries import Rejection
from ingestion.catalogue_records import StoredPublication
from ingestion.database import storable

_PUBLICATION = TypeAdapter(Publication)
_PROBLEMS = TypeAdapter(tuple[Rejection, ...])


def publication_values(stored: StoredPublication) -> dict[str, object]:
    """Columns of a publication: the whole record, and beside it what is queried."""
    record = stored.publication
    locarno = record.locarno[0] if record.locarno else None
    return {
        "publication_id": record.publication_id,
        "content_hash": stored.content_hash,
        "office": record.office,
        "number": record.number,
        "kind": record.kind,
        "title": record.title,
        "publication_date": record.publication_date,
        "owner": record.owner,
        "locarno": locarno.code if locarno else None,
        "locarno_class": locarno.main if locarno else None,
        "locarno_edition": locarno.edition if locarno else None,
        "us_class": record.us_class[0] if record.us_class else None,
        "record": _PUBLICATION.dump_python(record, mode="json"),
        "problems": [
            {"member": storable(problem.member), "reason": storable(problem.reason)}
            for problem in stored.problems
        ],
    }


def citation_values(record: Publication) -> list[dict[str, object]]:
    """Rows of what a publication cites by office and number, each once."""
    cited = {(one.number, one.office) for one in record.citations if one.office and one.number}
    return [
        {"number": number, "office": office, "publication_id": record.publication_id}
        for number, office in sorted(cited)
    ]


def parse_publication(record: object) -> Publication:
    """Read the whole record back from its JSON column.

    Rows written before `Publication.citations` name the cited US designs by number alone, those
    written before `Publication.priority_date` may hold it among what is not known.
    """
    if isinstance(record, Mapping) and "citations" not in record:
        numbers = record.get("cited_publication_ids", ())
        record = {**record, "citations": [{"office": "US", "number": n} for n in numbers]}
    if isinstance(record, Mapping) and "priority_date" not in record:
        record = _with_priority(record)
    return _PUBLICATION.validate_python(record)


def _with_priority(record: Mapping[str, Any]) -> Mapping[str, Any]:
    extra = dict(record.get("extra", {}))
    try:
        day = date.fromisoformat(extra.pop("priority_date", ""))
    except ValueError:  # a manifest's own column, which was kept as it stood
        return record
    return {**record, "extra": extra, "priority_date": day}


def parse_problems(problems: object) -> tuple[Rejection, ...]:
    """Read the problems of a publication back from their JSON column."""
    return _PROBLEMS.validate_python(problems)


def sheet_values(sheet: Sheet) -> dict[str, object]:
    """Columns of a sheet."""
    return {
        "publication_id": sheet.publication_id,
        "position": sheet.position,
        "file": sheet.file,
        "sha256": sheet.sha256,
        "width_px": sheet.width_px,
        "height_px": sheet.height_px,
        "rotation_deg": sheet.rotation_deg,
    }


def sheet_from_row(row: Row[Any]) -> Sheet:
    """A sheet from its columns."""
    return Sheet(
        publication_id=row.publication_id,
        position=row.position,
        file=row.file,
        sha256=row.sha256,
        width_px=row.width_px,
        height_px=row.height_px,
        rotation_deg=row.rotation_deg,
    )


def figure_values(figure: Figure) -> dict[str, object]:
    """Columns of a figure just cut."""
    return {
        "figure_id": figure.figure_id,
        "publication_id": figure.publication_id,
        "sheet": figure.sheet,
        "position": figure.position,
        "label": figure.label,
        "label_source": figure.label_source,
        "view": figure.view,
        "object_name": figure.object_name,
        "caption": figure.caption,
        "x_px": figure.box.x_px,
        "y_px": figure.box.y_px,
        "width_px": figure.box.width_px,
        "height_px": figure.box.height_px,
        "sha256": figure.sha256,
        "is_front_page": figure.is_front_page,
        "stage": Stage.STORED if figure.is_front_page else Stage.CUT,
        "failed_stage": None,
        "failure_reason": None,
    }


def figure_from_row(row: Row[Any]) -> Figure:
    """A figure from its columns."""
    return Figure(
        figure_id=row.figure_id,
        publication_id=row.publication_id,
        sheet=row.sheet,
        position=row.position,
        label=row.label,
        label_source=LabelSource(row.label_source),
        view=View(row.view),
        object_name=row.object_name,
        caption=row.caption,
        box=Box(row.x_px, row.y_px, row.width_px, row.height_px),
        sha256=row.sha256,
    )
