"""Writing one publication whole: new, unchanged, in place of an older version, or not at all."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, exists, insert, select, update

from core.errors import CatalogueUnavailable, PublicationInvalid
from core.records import FigureText, Provenance
from ingestion.catalogue_records import StoredPublication, StoreOutcome
from ingestion.catalogue_schema import (
    citations,
    figure_texts,
    figures,
    obsolete_points,
    publications,
    sheets,
    uploads,
)
from ingestion.database import batches, insert_new
from ingestion.figure_texts import insert_texts, text_from_row
from ingestion.publication_rows import (
    citation_values,
    figure_values,
    parse_publication,
    publication_values,
    sheet_values,
)
from ingestion.upload_members import Delivery, refuse_stored
from ingestion.versions import Standing, complete_each_other, standing_of, stays, version_key
from ingestion.withdrawals import hold_publication, settle_withdrawal


def write_publication(
    connection: Connection, stored: StoredPublication, delivery: Delivery
) -> StoreOutcome:
    """Write a publication unless the same content, a newer version or one that knows more is there.

    Part of a larger transaction, in which the publication is held: of two processes that store it
    at once the second waits and then sees what the first one wrote.

    Raises:
        CatalogueUnavailable: If what is there would complete it; see `completion`.
        PublicationInvalid: If it is words whose pictures lie on the other side of a wall.
    """
    publication_id = stored.publication.publication_id
    hold_publication(connection, publication_id)
    version = version_key(stored.publication.publication_date, delivery.key())
    came_with = {"version": version, "upload_id": delivery.upload_id, "member": delivery.member}
    key = publications.c.publication_id == publication_id
    comes = standing_of(stored.publication, version, has_pictures=bool(stored.sheets))
    there = connection.execute(
        select(
            publications.c.content_hash,
            publications.c.version,
            publications.c.upload_id,
            publications.c.member,
            publications.c.record,
            exists().where(sheets.c.publication_id == publication_id).label("has_pictures"),
        ).where(key)
    ).one_or_none()
    if there is not None and there.content_hash == stored.content_hash:
        if version > there.version:
            if _has_wall(connection, (there.upload_id, delivery.upload_id)):
                came_with = {"version": version}  # the index knows by which upload it is hidden
            connection.execute(update(publications).where(key).values(came_with))
        outcome = StoreOutcome.UNCHANGED
    elif there is not None and complete_each_other(_standing(there), comes):
        outcome = _beside_other_half(connection, stored, there, came_with, delivery)
    elif there is not None and stays(_standing(there), comes):
        outcome = StoreOutcome.OLDER
    else:
        if there is not None and stored.keeps_pictures:
            came_with |= {"upload_id": there.upload_id, "member": there.member}
        if there is not None and comes.completeness > _standing(there).completeness:
            came_with["version"] = max(version, there.version)
        outcome = _write(connection, stored, came_with, is_new=there is None)
    settle_withdrawal(connection, publication_id)
    return outcome


def _has_wall(connection: Connection, upload_ids: Sequence[str | None]) -> bool:
    """Whether one of them is confidential."""
    confidential = select(uploads.c.upload_id).where(
        uploads.c.upload_id.in_([key for key in upload_ids if key]), uploads.c.is_confidential
    )
    return connection.execute(confidential).first() is not None


def _standing(there: Row[Any]) -> Standing:
    record = parse_publication(there.record)
    return standing_of(record, there.version, has_pictures=there.has_pictures)


def _beside_other_half(
    connection: Connection,
    stored: StoredPublication,
    there: Row[Any],
    came_with: Mapping[str, object],
    delivery: Delivery,
) -> StoreOutcome:
    """Keep the pictures where words and pictures stand on two sides of a wall, and list the words.

    Put together, either side would see what came in on the other one, and words without pictures
    are found by no search.

    Raises:
        CatalogueUnavailable: If there is no wall: they are to be put together.
        PublicationInvalid: If the words come now.
    """
    publication_id = stored.publication.publication_id
    is_one_upload = there.upload_id == delivery.upload_id
    if is_one_upload or not _has_wall(connection, (there.upload_id, delivery.upload_id)):
        raise CatalogueUnavailable(
            f"{publication_id} was stored by another worker meanwhile; it is read again with that"
        )
    if not stored.sheets:
        raise PublicationInvalid(delivery.member, _words_apart(connection, delivery.upload_id))
    outcome = _write(connection, stored, came_with, is_new=False)
    refuse_stored(
        connection, there.upload_id, there.member, _words_apart(connection, there.upload_id)
    )
    return outcome


def _words_apart(connection: Connection, upload_id: str) -> str:
    """Why words are not kept, without a word of a confidential upload to those who see it not."""
    if _has_wall(connection, (upload_id,)):
        return (
            "words without pictures; the pictures came in another upload, and nothing is put "
            "together across the wall of a confidential one: take both in with one upload"
        )
    return "words without pictures that all may see; take in a delivery that has them"


def _write(
    connection: Connection,
    stored: StoredPublication,
    came_with: Mapping[str, object],
    *,
    is_new: bool,
) -> StoreOutcome:
    values = {**publication_values(stored), **came_with} | {"stored_at": datetime.now(UTC)}
    if is_new:
        connection.execute(insert(publications).values(values))
        _insert_citations(connection, stored)
        _insert_parts(connection, stored)
        return StoreOutcome.NEW
    paid_texts = _remove_parts(connection, stored)
    key = publications.c.publication_id == stored.publication.publication_id
    connection.execute(update(publications).where(key).values(values))
    connection.execute(
        citations.delete().where(citations.c.publication_id == stored.publication.publication_id)
    )
    _insert_citations(connection, stored)
    _insert_parts(connection, stored)
    insert_texts(connection, paid_texts)
    return StoreOutcome.REPLACED


def _insert_citations(connection: Connection, stored: StoredPublication) -> None:
    if rows := citation_values(stored.publication):
        connection.execute(insert(citations), rows)


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
