"""Hits as rows that people take along: what was found, of whom, when, what was thought of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

from core.errors import BadInput, PictureUnreadable
from search.casebook_records import Opinion
from search.hits import PublicationHit
from ui.export_files import FORMATS, Picture, table_file
from ui.wording import figure_name, number_of
from workers.resources import Resources


@dataclass(frozen=True, slots=True)
class HitRow:
    """One publication found."""

    rank: int
    publication_id: str
    number: str
    """As printed on the grant."""
    title: str
    owner: str
    office: str
    published: date | None
    filed: date | None
    priority: date | None
    """The earliest that it claims."""
    locarno: str
    us_class: str
    score: float
    best_figure: str
    view: str
    found_by: str
    """The branch of the search that found its best figure."""
    mark: str
    marked_by: str
    notes: str
    also_published_as: str
    """Ids of the publications listed under it as the same design once more."""


HEADINGS = tuple(field.name for field in fields(HitRow))


def hit_rows(
    resources: Resources,
    hits: Sequence[PublicationHit],
    opinions: Mapping[str, Opinion] | None = None,
) -> list[tuple[HitRow, str | None]]:
    """A row for each hit, with the SHA-256 of its best figure where the catalogue knows it."""
    return [_row(resources, hit, (opinions or {}).get(hit.publication_id)) for hit in hits]


def export_hits(
    resources: Resources,
    hits: Sequence[PublicationHit],
    kind: str,
    opinions: Mapping[str, Opinion] | None = None,
) -> bytes:
    """A file of hits.

    Args:
        resources: Catalogue and pictures.
        hits: Best first.
        kind: ``csv``, ``xlsx`` (with a picture of each best figure) or ``json``.
        opinions: What was thought of them, by publication.

    Raises:
        BadInput: If the kind is another.
    """
    if kind not in FORMATS:
        raise BadInput(f"hits are exported as {', '.join(FORMATS)}, not as {kind[:20]!r}")
    found = hit_rows(resources, hits, opinions)
    rows = [[getattr(row, name) for name in HEADINGS] for row, _ in found]
    return table_file(kind, HEADINGS, rows, _thumbnails(resources, [sha for _, sha in found]))


def write_export(path: Path, data: bytes) -> None:
    """Write an export.

    Raises:
        BadInput: If the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise BadInput(f"cannot write {path}: {error.strerror or error}") from error


def kind_of(path: Path) -> str:
    """The kind of export that a file name asks for.

    Raises:
        BadInput: If it ends otherwise.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise BadInput(f"{path}: end its name in {', '.join(f'.{one}' for one in FORMATS)}")
    return kind


def _row(
    resources: Resources, hit: PublicationHit, opinion: Opinion | None
) -> tuple[HitRow, str | None]:
    stored = resources.catalogue.publication(hit.publication_id)
    record = stored.publication if stored else None
    best = hit.figures[0]
    figure = (
        next((f for f in stored.figures if f.figure_id == best.figure_id), None) if stored else None
    )
    marked = opinion.marking if opinion else None
    notes = [f"{r.note} ({r.made_by}, {r.made_at[:10]})" for r in opinion.notes] if opinion else []
    row = HitRow(
        rank=hit.rank,
        publication_id=hit.publication_id,
        number=number_of(record.office, record.number, record.kind) if record else "",
        title=hit.title,
        owner=(record.owner if record else None) or "",
        office=record.office if record else "",
        published=record.publication_date if record else None,
        filed=record.filing_date if record else None,
        priority=record.priority_date if record else None,
        locarno=", ".join(hit.locarno),
        us_class=", ".join(record.us_class) if record else "",
        score=hit.score,
        best_figure=figure_name(best.label, figure.sheet if figure else 1),
        view=best.view,
        found_by=best.branch,
        mark=marked.mark.value if marked and marked.mark else "",
        marked_by=f"{marked.made_by}, {marked.made_at[:10]}" if marked else "",
        notes="\n".join(notes),
        also_published_as=", ".join(twin.publication_id for twin in hit.twins),
    )
    return row, figure.sha256 if figure else None


def _thumbnails(resources: Resources, keys: Sequence[str | None]) -> Iterator[Picture]:
    for sha256 in keys:
        try:
            yield resources.pictures.thumbnail(sha256) if sha256 else None
        except PictureUnreadable:
            yield None
