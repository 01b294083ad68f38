"""Publications read from the catalogue with all that belongs to them, a page of them at a time."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from core.records import Publication
from ingestion.catalogue_records import StoredPublication
from ingestion.catalogue_schema import figure_texts, figures, publications, sheets
from ingestion.database import Database, batches
from ingestion.figure_texts import TEXT_ORDER, text_from_row
from ingestion.publication_rows import (
    figure_from_row,
    parse_problems,
    parse_publication,
    sheet_from_row,
)
from ingestion.walls import shown


class WholePublications(Database):
    """Publications by id."""

    def publication(self, publication_id: str) -> StoredPublication | None:
        """A publication with its sheets, figures and texts, or None for an unknown id."""
        return self.publications([publication_id]).get(publication_id)

    def publications(self, publication_ids: Iterable[str]) -> dict[str, StoredPublication]:
        """Publications with their sheets, figures and texts by id; unknown ones are missing."""
        found: dict[str, StoredPublication] = {}
        with self._reading() as connection:
            for batch in batches(dict.fromkeys(publication_ids)):
                rows = connection.execute(
                    select(publications).where(
                        publications.c.publication_id.in_(batch), shown(self._hidden)
                    )
                ).all()
                found.update(_read_parts(connection, rows))
        return found

    def publication_records(self, publication_ids: Iterable[str]) -> dict[str, Publication]:
        """What was published, by id, without what was cut from it; unknown ones are missing."""
        records: dict[str, Publication] = {}
        with self._reading() as connection:
            for batch in batches(dict.fromkeys(publication_ids)):
                rows = connection.execute(
                    select(publications.c.publication_id, publications.c.record).where(
                        publications.c.publication_id.in_(batch), shown(self._hidden)
                    )
                )
                records.update({row.publication_id: parse_publication(row.record) for row in rows})
        return records

    def holds_publications(self) -> bool:
        """Whether there is any."""
        anything = select(publications.c.publication_id).where(shown(self._hidden)).limit(1)
        with self._reading() as connection:
            return connection.execute(anything).first() is not None


def _read_parts(connection: Connection, rows: Sequence[Row[Any]]) -> dict[str, StoredPublication]:
    ids = [row.publication_id for row in rows]
    f = figures.c
    sheets_of = _by_publication(
        connection,
        select(sheets).where(sheets.c.publication_id.in_(ids)).order_by(sheets.c.position),
    )
    figures_of = _by_publication(
        connection, select(figures).where(f.publication_id.in_(ids)).order_by(f.sheet, f.position)
    )
    texts_of = _by_publication(
        connection,
        select(figure_texts, f.publication_id)
        .join(figures, f.figure_id == figure_texts.c.figure_id)
        .where(f.publication_id.in_(ids))
        .order_by(f.sheet, f.position, *TEXT_ORDER),
    )
    return {
        row.publication_id: StoredPublication(
            publication=parse_publication(row.record),
            content_hash=row.content_hash,
            sheets=tuple(map(sheet_from_row, sheets_of[row.publication_id])),
            figures=tuple(map(figure_from_row, figures_of[row.publication_id])),
            texts=tuple(map(text_from_row, texts_of[row.publication_id])),
            problems=parse_problems(row.problems),
        )
        for row in rows
    }


def _by_publication(
    connection: Connection, statement: Select[Any]
) -> defaultdict[str, list[Row[Any]]]:
    found: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(statement):
        found[row.publication_id].append(row)
    return found
