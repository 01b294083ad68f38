"""What became of everything that was delivered: nothing is left without a figure or a reason."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, exists, func, select, true

from ingestion.catalogue_records import MemberState
from ingestion.catalogue_schema import (
    figures,
    publications,
    rejections,
    sheets,
    upload_members,
    uploads,
    withdrawals,
)
from ingestion.database import Database, batches
from ingestion.figure_stages import to_be_indexed
from ingestion.publication_rows import parse_problems
from ingestion.walls import of_shown, shown

_NO_IMAGES = "its document came without images"
_FRONT_PAGE_ALONE = "no drawing came with it but its front-page copy"


@dataclass(frozen=True, slots=True)
class Refused:
    """Something of an upload that could not be taken in."""

    upload: str
    """Path of its archive."""
    member: str
    reason: str


@dataclass(frozen=True, slots=True)
class WithoutFigures:
    """A publication of which no figure can be searched."""

    publication_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class FewerFigures:
    """A publication of which fewer figures were found than its document declares."""

    publication_id: str
    n_declared: int
    n_found: int


@dataclass(frozen=True, slots=True)
class Account:
    """Deliveries, members and publications, each in exactly one place.

    Invariants: `n_members` = `n_taken` + `n_rejected` + `n_pending`, and `n_publications` =
    `n_with_figures` + `len(without_figures)`.
    """

    n_uploads: int
    n_refused_uploads: int
    """Of those, the ones of which nothing could be read."""
    n_members: int
    n_taken: int
    n_rejected: int
    n_pending: int
    refused: tuple[Refused, ...]
    """Whole members and single files, in the order in which their uploads came."""
    n_publications: int
    n_with_figures: int
    """With figures that are indexed, on their way, or listed as failed."""
    without_figures: tuple[WithoutFigures, ...]
    """By id, each with its reason."""
    fewer_figures: tuple[FewerFigures, ...]
    """By id; of publications that came with drawings."""


class Accounts(Database):
    """Draws the account up; every member and every publication is read once."""

    def account(self) -> Account:
        """The account of the whole catalogue, in one consistent view."""
        with self._reading() as connection:
            rows = connection.execute(
                select(upload_members.c.state, func.count())
                .where(self._is_own(upload_members.c.upload_id))
                .group_by(upload_members.c.state)
            )
            states = {row[0]: row[1] for row in rows}
            n_uploads = connection.scalar(
                select(func.count()).select_from(uploads).where(self._is_own(uploads.c.upload_id))
            )
            has_members = exists().where(upload_members.c.upload_id == uploads.c.upload_id)
            n_refused_uploads = connection.scalar(
                select(func.count())
                .select_from(uploads)
                .where(self._is_own(uploads.c.upload_id), ~has_members)
            )
            refused = _refused(connection, self._is_own(rejections.c.upload_id))
            n_publications = connection.scalar(
                select(func.count()).select_from(publications).where(shown(self._hidden))
            )
            without = tuple(self._without_figures(connection))
            fewer = tuple(self._fewer_figures(connection))
        n_publications = n_publications or 0
        return Account(
            n_uploads=n_uploads or 0,
            n_refused_uploads=n_refused_uploads or 0,
            n_members=sum(states.values()),
            n_taken=states.get(MemberState.DONE, 0),
            n_rejected=states.get(MemberState.REJECTED, 0),
            n_pending=states.get(MemberState.PENDING, 0),
            refused=refused,
            n_publications=n_publications,
            n_with_figures=n_publications - len(without),
            without_figures=without,
            fewer_figures=fewer,
        )

    def refused(self, upload_ids: Sequence[str]) -> tuple[Refused, ...]:
        """Everything refused of some uploads, in the order in which they came."""
        with self._reading() as connection:
            return tuple(
                one
                for batch in batches(upload_ids)
                for one in _refused(connection, rejections.c.upload_id.in_(batch))
            )

    def _without_figures(self, connection: Connection) -> Iterator[WithoutFigures]:
        has_figures = (
            select(figures.c.figure_id)
            .where(figures.c.publication_id == publications.c.publication_id, to_be_indexed)
            .exists()
        )
        last_sheet = (
            select(func.max(sheets.c.position))
            .where(sheets.c.publication_id == publications.c.publication_id)
            .scalar_subquery()
        )
        rows = connection.execute(
            select(
                publications.c.publication_id,
                publications.c.is_withdrawn,
                publications.c.problems,
                withdrawals.c.reason,
                last_sheet.label("last_sheet"),
            )
            .outerjoin(withdrawals, withdrawals.c.publication_id == publications.c.publication_id)
            .where(~has_figures, shown(self._hidden))
            .order_by(publications.c.publication_id)
        )
        for row in rows:
            reasons = [problem.reason for problem in parse_problems(row.problems)]
            if row.is_withdrawn:
                reasons = [f"withdrawn: {row.reason or 'its own status says so'}"]
            elif row.last_sheet is None:
                reasons = reasons or [_NO_IMAGES]
            elif row.last_sheet == 0:
                reasons = [_FRONT_PAGE_ALONE, *reasons]
            yield WithoutFigures(row.publication_id, "; ".join(dict.fromkeys(reasons)))

    def _fewer_figures(self, connection: Connection) -> Iterator[FewerFigures]:
        n_found = func.count().label("n_found")
        found = (
            select(figures.c.publication_id, n_found)
            .where(
                figures.c.is_front_page.is_(False), of_shown(figures.c.publication_id, self._hidden)
            )
            .group_by(figures.c.publication_id)
            .subquery()
        )
        n_declared = publications.c.record["n_declared_figures"].as_integer()
        rows = connection.execute(
            select(publications.c.publication_id, n_declared, found.c.n_found)
            .join(found, found.c.publication_id == publications.c.publication_id)
            .where(n_declared > found.c.n_found)
            .order_by(publications.c.publication_id)
        )
        return (FewerFigures(*row) for row in rows)

    def _is_own(self, upload_id: ColumnElement[str]) -> ColumnElement[bool]:
        """Of an upload that is not hidden."""
        return upload_id.not_in(self._hidden) if self._hidden else true()


def _refused(connection: Connection, where: ColumnElement[bool]) -> tuple[Refused, ...]:
    rows = connection.execute(
        select(uploads.c.path, rejections.c.member, rejections.c.reason)
        .join(uploads, uploads.c.upload_id == rejections.c.upload_id)
        .where(where)
        .order_by(
            uploads.c.started_at, uploads.c.upload_id, rejections.c.unit, rejections.c.position
        )
    )
    return tuple(Refused(*row) for row in rows)
