"""In which order drawings became searchable: counted, never dated, so that no clock matters.

A drawing is a figure with its picture. It arrives once: when it is first found indexed. The same
document delivered again brings no arrival; a version with another picture in the figure's place
does. Arrivals are numbered under a lock, so that whoever has seen number n has seen all below it.
"""

from collections.abc import Sequence
from uuid import uuid4

from sqlalchemy import Connection, and_, exists, func, insert, select, text

from core.records import Stage
from ingestion.catalogue_schema import arrivals, catalogue_identity, figures
from ingestion.database import Database, batches
from ingestion.figure_stages import to_be_indexed

_NUMBERING_LOCK = 0x4C494D4F
"""PostgreSQL advisory lock under which arrivals are numbered."""


class Arrivals(Database):
    """The order in which drawings became searchable."""

    def note_arrivals(self) -> int:
        """Number the drawings that are indexed and were not before.

        Returns:
            The last number; 0 where nothing was ever indexed.
        """
        known = exists().where(
            arrivals.c.figure_id == figures.c.figure_id, arrivals.c.sha256 == figures.c.sha256
        )
        searchable = and_(figures.c.stage == Stage.INDEXED, to_be_indexed)
        new = select(figures.c.figure_id, figures.c.sha256, figures.c.publication_id)
        with self._writing() as connection:
            _hold_numbers(connection)
            connection.execute(
                insert(arrivals).from_select(
                    ["figure_id", "sha256", "publication_id"],
                    new.where(searchable, ~known).order_by(figures.c.figure_id),
                )
            )
            return connection.scalar(select(func.max(arrivals.c.arrival))) or 0

    def arrived(self, after: int, limit: int) -> tuple[list[str], int]:
        """Publications with drawings that arrived after a number, in order of arrival.

        Args:
            after: The last arrival that is known already.
            limit: At most so many publications.

        Returns:
            Their ids, and the number up to which they are all that arrived.
        """
        latest = func.max(arrivals.c.arrival)
        statement = (
            select(arrivals.c.publication_id, func.min(arrivals.c.arrival).label("first"), latest)
            .where(arrivals.c.arrival > after)
            .group_by(arrivals.c.publication_id)
            .order_by("first")
            .limit(limit + 1)
        )
        with self._reading() as connection:
            rows = connection.execute(statement).all()
            if len(rows) <= limit:
                return [row[0] for row in rows], max((row[2] for row in rows), default=after)
        # What else these publications brought after the next one's first drawing comes again.
        return [row[0] for row in rows[:limit]], rows[limit].first - 1

    def first_arrivals(self, publication_ids: Sequence[str]) -> dict[str, int]:
        """The number of each publication's first drawing; those that never arrived left out."""
        found: dict[str, int] = {}
        with self._reading() as connection:
            for batch in batches(publication_ids):
                rows = connection.execute(
                    select(arrivals.c.publication_id, func.min(arrivals.c.arrival))
                    .where(arrivals.c.publication_id.in_(batch))
                    .group_by(arrivals.c.publication_id)
                )
                found.update({row[0]: row[1] for row in rows})
        return found

    def catalogue_id(self) -> str:
        """The name of this catalogue, for good: arrivals of another are counted otherwise."""
        known = select(catalogue_identity.c.catalogue_id)
        with self._reading() as connection:
            if name := connection.scalar(known):
                return str(name)
        with self._writing() as connection:
            _hold_numbers(connection)
            if connection.scalar(known) is None:
                connection.execute(insert(catalogue_identity).values(catalogue_id=str(uuid4())))
            return str(connection.scalar(known))


def _hold_numbers(connection: Connection) -> None:
    """Let one transaction at a time number arrivals: a smaller number must not appear later."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _NUMBERING_LOCK})
