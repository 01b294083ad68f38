"""Publications that belong together: by number, and by who cites whom."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Column, select

from core.publication_numbers import cited_spellings, citing_offices
from core.records import Publication
from ingestion.catalogue_schema import citations, publications
from ingestion.database import Database, batches
from ingestion.walls import shown

_NAMES = (
    publications.c.publication_id,
    publications.c.office,
    publications.c.number,
    publications.c.kind,
    publications.c.title,
    publications.c.publication_date,
    publications.c.owner,
)


@dataclass(frozen=True, slots=True)
class NamedPublication:
    """A publication as another one refers to it."""

    publication_id: str
    office: str
    number: str
    kind: str
    title: str
    publication_date: date | None
    owner: str | None


class RelatedPublications(Database):
    """Looks from one publication to others."""

    def named(self, publication_ids: Collection[str]) -> list[NamedPublication]:
        """What these are called, oldest first; unknown ids left out."""
        return self._read(publications.c.publication_id, sorted(set(publication_ids)))

    def numbered(self, numbers: Collection[str]) -> list[NamedPublication]:
        """Publications of any office with these numbers, ``"D0553080"``, oldest first."""
        return self._read(publications.c.number, sorted(set(numbers)))

    def citing(self, record: Publication, limit: int) -> list[NamedPublication]:
        """Publications that cite this one, newest first.

        Args:
            record: The cited publication; a Hague design is cited by its registration's number, a
                Community design as EP's too.
            limit: At most so many.
        """
        statement = (
            select(*_NAMES)
            .distinct()
            .join(citations, citations.c.publication_id == publications.c.publication_id)
            .where(
                citations.c.number.in_(cited_spellings(record.office, record.number)),
                citations.c.office.in_(citing_offices(record.office)),
                publications.c.publication_id != record.publication_id,
                shown(self._hidden),
            )
            .order_by(
                publications.c.publication_date.desc().nulls_last(), publications.c.publication_id
            )
            .limit(limit)
        )
        with self._reading() as connection:
            return [NamedPublication(*row) for row in connection.execute(statement)]

    def _read(self, column: Column[str], values: Sequence[str]) -> list[NamedPublication]:
        found: list[NamedPublication] = []
        with self._reading() as connection:
            for batch in batches(values):
                chosen = column.in_(batch)
                rows = connection.execute(select(*_NAMES).where(chosen, shown(self._hidden)))
                found += [NamedPublication(*row) for row in rows]
        return sorted(found, key=lambda one: (str(one.publication_date), one.publication_id))
