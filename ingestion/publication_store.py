"""Writing one publication whole: new, unchanged, or in place of what was there."""

from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select, update

from core.records import FigureText, Provenance
from ingestion.catalogue_records import StoredPublication, StoreOutcome
from ingestion.catalogue_schema import figure_texts, figures, obsolete_points, publications, sheets
from ingestion.database import batches, insert_new
from ingestion.figure_findings import insert_texts
from ingestion.publication_rows import (
    figure_values,
    publication_values,
    sheet_values,
    text_from_row,
)


def write_publication(connection: Connection, stored: StoredPublication) -> StoreOutcome:
    """Write a publication unless the same content is there; part of a larger transaction.

    The row of the publication is the lock: of two processes that store it at once, the second
    waits in the insert and then sees what the first one wrote.
    """
    values = publication_values(stored) | {"stored_at": datetime.now(UTC)}
    key = publications.c.publication_id == stored.publication.publication_id
    if insert_new(connection, publications, [values]):
        _insert_parts(connection, stored)
        return StoreOutcome.NEW
    content_hash = connection.scalar(
        select(publications.c.content_hash).where(key).with_for_update()
    )
    if content_hash == stored.content_hash:
        return StoreOutcome.UNCHANGED
    paid_texts = _remove_parts(connection, stored)
    connection.execute(update(publications).where(key).values(values))
    _insert_parts(connection, stored)
    insert_texts(connection, paid_texts)
    return StoreOutcome.REPLACED


def _insert_parts(connection: Connection, stored: StoredPublication) -> None:
    if stored.sheets:
        connection.execute(insert(sheets), [sheet_values(sheet) for sheet in stored.sheets])
    if stored.figures:
        connection.execute(insert(figures), [figure_values(figure) for figure in stored.figures])
    insert_texts(connection, stored.texts)
    for batch in batches([figure.figure_id for figure in stored.figures]):
        connection.execute(obsolete_points.delete().where(obsolete_points.c.figure_id.in_(batch)))


def _remove_parts(connection: Connection, stored: StoredPublication) -> list[FigureText]:
    """Take the former figures away and list those that do not come back as obsolete.

    Returns:
        Texts that cost something and still describe the same pixels.
    """
    of_publication = figures.c.publication_id == stored.publication.publication_id
    former = connection.execute(
        select(figures.c.figure_id, figures.c.sha256, figures.c.is_front_page)
        .where(of_publication)
        .order_by(figures.c.figure_id)
        .with_for_update()
    ).all()
    pixels = {figure.figure_id: figure.sha256 for figure in stored.figures}
    gone = [
        row.figure_id for row in former if not row.is_front_page and row.figure_id not in pixels
    ]
    same = [row.figure_id for row in former if pixels.get(row.figure_id) == row.sha256]
    paid = connection.execute(
        select(figure_texts)
        .where(figure_texts.c.figure_id.in_(same), figure_texts.c.provenance != Provenance.GRANT)
        .order_by(figure_texts.c.figure_id, figure_texts.c.position)
    ).all()
    connection.execute(
        sheets.delete().where(sheets.c.publication_id == stored.publication.publication_id)
    )
    insert_new(connection, obsolete_points, [{"figure_id": figure} for figure in gone])
    return [text_from_row(row) for row in paid]
