"""Publications and figures as the catalogue holds them."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from core.locarno import class_name
from core.records import BrokenLines
from ingestion.catalogue_records import FigureRow, StoredPublication
from ingestion.figure_texts import MAX_TEXT_CHARS
from ui.access_guard import Seen
from ui.corrections import correct_text, undo_correction
from ui.faults import NotFound


class TextAnswer(BaseModel):
    """One text about a figure, and who wrote it: a model, asked by a version of its prompt."""

    provenance: str
    text: str
    model: str | None
    prompt_hash: str | None


class Correction(BaseModel):
    """A person's words about a figure: in place of a machine's text, or beside all of them."""

    figure_id: str
    text: str = Field(max_length=2 * MAX_TEXT_CHARS)
    """What is right; empty to have `instead_of` alone hidden."""
    instead_of: str | None = None
    """The text that is wrong, word for word; null to add one."""


class CorrectionAnswer(BaseModel):
    """What a person wrote about a figure."""

    correction_id: str
    text: str | None
    """Null where a machine's text is only hidden."""
    instead_of: str | None
    made_at: datetime


class FigureAnswer(BaseModel):
    """One drawn view."""

    figure_id: str
    publication_id: str
    sheet: int
    label: str | None
    label_source: str
    view: str
    object_name: str | None
    caption: str | None
    front_page: bool
    sha256: str
    texts: list[TextAnswer]
    described: str | None
    described_note: str | None


class LocarnoAnswer(BaseModel):
    """A Locarno code with its name."""

    code: str
    edition: str | None
    class_name: str | None


class CitationAnswer(BaseModel):
    """What a publication cites: an earlier publication, or `text` alone for any other source."""

    office: str | None
    number: str | None
    kind: str | None
    date: str | None
    category: str | None
    name: str | None
    text: str | None


class PublicationAnswer(BaseModel):
    """A publication with its figures."""

    publication_id: str
    office: str
    number: str
    kind: str
    title: str
    publication_date: date | None
    filing_date: date | None
    priority_date: date | None
    application_number: str | None
    locarno: list[LocarnoAnswer]
    us_class: list[str]
    owner: str | None
    applicants: list[str]
    assignees: list[str]
    inventors: list[str]
    citations: list[CitationAnswer]
    cited_publication_ids: list[str]
    claim: str | None
    broken_line_statement: str | None
    broken_lines: BrokenLines | None
    colour_statements: list[str]
    embodiment_statements: list[str]
    related_applications: list[str]
    hague_number: str | None
    source: str
    figures: list[FigureAnswer]


def build_router() -> APIRouter:
    """Routes for publications and figures."""
    router = APIRouter(tags=["publications"])

    @router.get("/publications/{publication_id}")
    def get_publication(publication_id: str, seen: Seen) -> PublicationAnswer:
        """A publication and all its figures, front-page copy included."""
        catalogue = seen.resources.catalogue
        stored = catalogue.publication(publication_id)
        if stored is None:
            raise NotFound(f"no publication {publication_id[:80]!r} in the catalogue")
        return _publication(stored, catalogue.figures([f.figure_id for f in stored.figures]))

    @router.get("/figures/{figure_id:path}")
    def get_figure(figure_id: str, seen: Seen) -> FigureAnswer:
        """One figure and what is written about it."""
        rows = seen.resources.catalogue.figures([figure_id])
        if not rows:
            raise NotFound(f"no figure {figure_id[:80]!r} in the catalogue")
        return _figure(rows[0])

    @router.post("/corrections", status_code=201)
    def add_correction(correction: Correction, seen: Seen) -> FigureAnswer:
        """Keep a person's words over a machine's; the figure is indexed anew with them."""
        correct_text(seen.resources, correction.figure_id, correction.text, correction.instead_of)
        return _figure(seen.resources.catalogue.figures([correction.figure_id])[0])

    @router.get("/corrections")
    def list_corrections(figure_id: str, seen: Seen) -> list[CorrectionAnswer]:
        """What people wrote about one figure, oldest first."""
        catalogue = seen.resources.catalogue
        shown = [row.figure.figure_id for row in catalogue.figures([figure_id])]
        return [
            CorrectionAnswer(
                correction_id=kept.correction_id,
                text=kept.text,
                instead_of=kept.original,
                made_at=kept.made_at,
            )
            for kept in catalogue.corrections(shown).get(figure_id, ())
        ]

    @router.delete("/corrections")
    def remove_correction(figure_id: str, correction_id: str, seen: Seen) -> FigureAnswer:
        """Take a correction back: the machine's text that it stood for is there again."""
        undo_correction(seen.resources, figure_id, correction_id)
        return _figure(seen.resources.catalogue.figures([figure_id])[0])

    return router


def _publication(stored: StoredPublication, rows: Sequence[FigureRow]) -> PublicationAnswer:
    record = stored.publication
    return PublicationAnswer(
        publication_id=record.publication_id,
        office=record.office,
        number=record.number,
        kind=record.kind,
        title=record.title,
        publication_date=record.publication_date,
        filing_date=record.filing_date,
        priority_date=record.priority_date,
        application_number=record.application_number,
        locarno=[
            LocarnoAnswer(code=c.code, edition=c.edition, class_name=class_name(c.code))
            for c in record.locarno
        ],
        us_class=list(record.us_class),
        owner=record.owner,
        applicants=list(record.applicants),
        assignees=list(record.assignees),
        inventors=list(record.inventors),
        citations=[CitationAnswer(**asdict(citation)) for citation in record.citations],
        cited_publication_ids=list(record.cited_publication_ids),
        claim=record.claim,
        broken_line_statement=record.broken_line_statement,
        broken_lines=record.broken_lines,
        colour_statements=list(record.colour_statements),
        embodiment_statements=list(record.embodiment_statements),
        related_applications=list(record.related_applications),
        hague_number=record.hague_number,
        source=record.source,
        figures=[_figure(row) for row in rows],
    )


def _figure(row: FigureRow) -> FigureAnswer:
    figure = row.figure
    return FigureAnswer(
        figure_id=figure.figure_id,
        publication_id=figure.publication_id,
        sheet=figure.sheet,
        label=figure.label,
        label_source=figure.label_source,
        view=figure.view,
        object_name=figure.object_name,
        caption=figure.caption,
        front_page=figure.is_front_page,
        sha256=figure.sha256,
        texts=[
            TextAnswer(
                provenance=text.provenance,
                text=text.text,
                model=text.model,
                prompt_hash=text.prompt_hash,
            )
            for text in row.texts
        ],
        described=row.described,
        described_note=row.described_note,
    )
