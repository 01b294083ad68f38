"""Figures with their publication and texts, as stages and exports read them."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select, true, tuple_

from core.records import FigureText, Stage
from ingestion.catalogue_records import Described, FigureRow
from ingestion.catalogue_schema import figure_texts, figures, publications
from ingestion.database import Database, batches
from ingestion.figure_stages import PAGE, revision_of
from ingestion.figure_texts import TEXT_ORDER, is_searched, text_from_row
from ingestion.publication_rows import figure_from_row, parse_publication
from ingestion.walls import shown


class FigureRows(Database):
    """Reads figures whole."""

    def figures(
        self, figure_ids: Sequence[str], *, searched_texts: bool = False
    ) -> list[FigureRow]:
        """Figures with their publication and texts, in the order asked; unknown ids left out.

        Args:
            figure_ids: The figures.
            searched_texts: Read only the texts by which figures are found, a fifth of all.
        """
        is_read = is_searched if searched_texts else true()
        found: dict[str, FigureRow] = {}
        with self._reading() as connection:
            for batch in batches(dict.fromkeys(figure_ids)):
                found.update(_read_figures(connection, batch, shown(self._hidden), is_read))
        return [found[figure] for figure in dict.fromkeys(figure_ids) if figure in found]

    def iter_figures(self) -> Iterator[FigureRow]:
        """Every figure by publication and place, front-page copies included; read in pages."""
        order = tuple_(figures.c.publication_id, figures.c.sheet, figures.c.position)
        statement = select(figures.c.figure_id, *order).order_by(*order).limit(PAGE)
        page = statement
        while True:
            with self._reading() as connection:
                rows = connection.execute(page).all()
            if not rows:
                return
            yield from self.figures([row.figure_id for row in rows])
            page = statement.where(order > tuple_(*rows[-1][1:]))


def _read_figures(
    connection: Connection,
    figure_ids: Sequence[str],
    is_shown: ColumnElement[bool],
    is_read: ColumnElement[bool],
) -> dict[str, FigureRow]:
    rows = connection.execute(
        select(figures, publications.c.content_hash, publications.c.upload_id)
        .join(publications, publications.c.publication_id == figures.c.publication_id)
        .where(figures.c.figure_id.in_(figure_ids), is_shown)
    ).all()
    named = {row.publication_id for row in rows}
    records = connection.execute(
        select(publications.c.publication_id, publications.c.record).where(
            publications.c.publication_id.in_(named)
        )
    )
    record_of = {row.publication_id: parse_publication(row.record) for row in records}
    texts_of: dict[str, list[FigureText]] = {row.figure_id: [] for row in rows}
    for text in connection.execute(
        select(figure_texts)
        .where(figure_texts.c.figure_id.in_(figure_ids), is_read)
        .order_by(figure_texts.c.figure_id, *TEXT_ORDER)
    ):
        texts_of.setdefault(text.figure_id, []).append(text_from_row(text))
    return {
        row.figure_id: FigureRow(
            figure=figure_from_row(row),
            stage=_stage(row),
            publication=record_of[row.publication_id],
            texts=tuple(texts_of[row.figure_id]),
            revision=revision_of(row.content_hash, row.text_revision),
            upload_id=row.upload_id or "",
            described=Described(row.described) if row.described else None,
            described_note=row.described_note,
        )
        for row in rows
    }


def _stage(row: Row[Any]) -> Stage:
    if row.is_withdrawn:
        return Stage.STORED
    return Stage.FAILED if row.failed_stage else Stage(row.stage)
