"""Which pictures the catalogue needs, which figures share one, and figures that lost theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import String, and_, func, literal, null, select, union_all, update

from core.records import Stage
from ingestion.catalogue_schema import figures, obsolete_points, publications, sheets
from ingestion.database import Database, batches, insert_new, storable
from ingestion.figure_stages import lock_figures, to_be_indexed
from ingestion.walls import of_shown

_AFTER_HEX = "g"
"""Greater than every hexadecimal digit."""


@dataclass(frozen=True, slots=True)
class PictureUse:
    """A picture that the catalogue needs, and what for."""

    sha256: str
    publication_id: str
    figure_id: str | None
    """None for a sheet's original."""
    sheet: int
    """Sheet position; 0 for the front-page copy."""

    @property
    def name(self) -> str:
        """What reports call it: the figure's id, else the publication's with its sheet."""
        return self.figure_id or f"{self.publication_id} sheet {self.sheet}"


@dataclass(frozen=True, slots=True)
class KeptFrom:
    """The member that the kept version of a publication came with."""

    publication_id: str
    upload_id: str
    member: str


class PictureLedger(Database):
    """Pictures as figures and sheets refer to them, by SHA-256."""

    def pictures_wanted(self, prefix: str) -> list[PictureUse]:
        """Everything that needs a picture whose key begins so; front pages and withdrawn too.

        Args:
            prefix: First hexadecimal digits, so that a large catalogue is walked in parts.
        """
        of_figures = select(
            figures.c.sha256, figures.c.publication_id, figures.c.figure_id, figures.c.sheet
        ).where(figures.c.sha256.between(prefix, prefix + _AFTER_HEX))
        of_sheets = select(
            sheets.c.sha256,
            sheets.c.publication_id,
            null().cast(String).label("figure_id"),
            sheets.c.position.label("sheet"),
        ).where(sheets.c.sha256.between(prefix, prefix + _AFTER_HEX))
        with self._reading() as connection:
            rows = connection.execute(union_all(of_figures, of_sheets))
            return [PictureUse(*row) for row in rows]

    def kept_from(self, publication_ids: Sequence[str]) -> list[KeptFrom]:
        """Where each publication was taken from; those of a forgotten origin are left out."""
        found = []
        with self._reading() as connection:
            for batch in batches(sorted(set(publication_ids))):
                rows = connection.execute(
                    select(
                        publications.c.publication_id,
                        publications.c.upload_id,
                        publications.c.member,
                    ).where(
                        publications.c.publication_id.in_(batch),
                        publications.c.upload_id.is_not(None),
                    )
                )
                found += [KeptFrom(*row) for row in rows]
        return found

    def lose_figures(self, figure_ids: Sequence[str], reason: str) -> int:
        """List figures as failed because their picture is gone, and take them out of the index.

        They are back at STORED: a retry has to cut them again before anything else.

        Args:
            figure_ids: Unknown ones, front pages and withdrawn ones are passed over.
            reason: For a person to read.

        Returns:
            How many are now listed.
        """
        lost: list[str] = []
        with self._writing() as connection:
            for batch in batches(lock_figures(connection, figure_ids)):
                chosen = and_(figures.c.figure_id.in_(batch), to_be_indexed)
                lost += connection.scalars(select(figures.c.figure_id).where(chosen))
                connection.execute(
                    update(figures)
                    .where(chosen)
                    .values(
                        stage=Stage.STORED, failed_stage=Stage.CUT, failure_reason=storable(reason)
                    )
                )
            insert_new(connection, obsolete_points, [{"figure_id": figure} for figure in lost])
        return len(lost)

    def duplicates_of(self, figure_id: str, limit: int | None = None) -> list[str]:
        """Figures of other publications whose picture is the same, bit for bit; by id.

        Front-page copies are not counted: they repeat a figure of their own publication.
        """
        own, other = figures.alias("own"), figures.alias("other")
        statement = (
            select(other.c.figure_id)
            .join(own, own.c.sha256 == other.c.sha256)
            .where(
                own.c.figure_id == figure_id,
                other.c.publication_id != own.c.publication_id,
                other.c.is_front_page.is_(False),
                of_shown(other.c.publication_id, self._hidden),
            )
            .order_by(other.c.figure_id)
            .limit(limit)
        )
        with self._reading() as connection:
            return list(connection.scalars(statement))

    def publications_sharing(self, publication_id: str, limit: int | None = None) -> dict[str, int]:
        """Publications with figures whose picture is the same as one of this publication's.

        Args:
            publication_id: The publication.
            limit: At most so many, those that share most first.

        Returns:
            How many of this publication's figures each shares, by publication id.
        """
        own, other = figures.alias("own"), figures.alias("other")
        n_shared = func.count(own.c.figure_id.distinct())
        statement = (
            select(other.c.publication_id, n_shared)
            .join(own, own.c.sha256 == other.c.sha256)
            .where(
                own.c.publication_id == publication_id,
                other.c.publication_id != publication_id,
                own.c.is_front_page.is_(False),
                other.c.is_front_page.is_(False),
                of_shown(other.c.publication_id, self._hidden),
            )
            .group_by(other.c.publication_id)
            .order_by(n_shared.desc(), other.c.publication_id)
            .limit(limit)
        )
        with self._reading() as connection:
            return {row[0]: row[1] for row in connection.execute(statement)}

    def first_of_duplicates(self) -> Mapping[str, str]:
        """The first figure, by id, of each picture that several publications share.

        Returns:
            Figure id by the picture's SHA-256.
        """
        statement = (
            select(figures.c.sha256, func.min(figures.c.figure_id))
            .where(figures.c.is_front_page.is_(False))
            .group_by(figures.c.sha256)
            .having(func.count(figures.c.publication_id.distinct()) > literal(1))
        )
        with self._reading() as connection:
            return {row[0]: row[1] for row in connection.execute(statement)}
