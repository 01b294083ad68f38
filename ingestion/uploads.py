"""The ledger: which archives came in, what became of each of their members."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, func, select, true, update

from core.errors import BadInput
from ingestion.archive_entries import Rejection
from ingestion.catalogue_records import (
    Member,
    MemberState,
    StoreOutcome,
    Upload,
    UploadProgress,
    UploadTerms,
)
from ingestion.catalogue_schema import (
    LISTING,
    figures,
    obsolete_points,
    rejections,
    upload_members,
    upload_projects,
    uploads,
)
from ingestion.database import Database, insert_new, storable
from ingestion.figure_stages import count_stages
from ingestion.upload_members import is_member, replace_rejections
from ingestion.upload_rows import read_uploads


class UploadLedger(Database):
    """Archives and their members; an upload is known by the SHA-256 of its archive."""

    def begin_upload(  # noqa: PLR0913 - all of it is entered in one transaction
        self,
        path: str,
        sha256: str,
        size_bytes: int,
        members: Sequence[str],
        rejected: Sequence[Rejection] = (),
        *,
        mark: str | None = None,
        terms: UploadTerms | None = None,
    ) -> Upload:
        """Enter an archive; entering the same content again keeps what is known of its members.

        Args:
            path: Where the archive lies now; the last one is kept.
            sha256: Of the archive's bytes; becomes the upload id.
            size_bytes: Of the archive.
            members: Names of its grant units, in archive order.
            rejected: What the archive reader refused; replaces an earlier listing.
            mark: See `archive_marks`; None where nobody looks whether it changed.
            terms: A known upload becomes confidential, never open again, and keeps its budget
                where none is given.

        Raises:
            BadInput: If an archive that all have seen is to be put behind a project's wall.
        """
        with self._writing() as connection:
            is_new = insert_new(
                connection,
                uploads,
                [
                    {
                        "upload_id": sha256,
                        "path": storable(path),
                        "size_bytes": size_bytes,
                        "started_at": _arrival(connection),
                    }
                ],
            )
            connection.execute(
                update(uploads)
                .where(uploads.c.upload_id == sha256)
                .values(path=storable(path), size_bytes=size_bytes, mark=mark)
            )
            if terms and terms.project and not is_new:
                _check_wall(connection, sha256)
            _agree(connection, sha256, terms or UploadTerms())
            if terms and terms.project:
                row = {"upload_id": sha256, "project": terms.project}
                insert_new(connection, upload_projects, [row])
            insert_new(
                connection,
                upload_members,
                [
                    {
                        "upload_id": sha256,
                        "member": storable(member),
                        "position": position,
                        "state": MemberState.PENDING,
                    }
                    for position, member in enumerate(members)
                ],
            )
            replace_rejections(connection, sha256, LISTING, rejected)
            return read_uploads(connection, uploads.c.upload_id == sha256)[0]

    def pending_members(self, upload_id: str, among: Sequence[str] | None = None) -> list[str]:
        """Members still to be taken in, in archive order.

        Args:
            upload_id: The upload.
            among: Only these; all where None.
        """
        statement = (
            select(upload_members.c.member)
            .where(
                upload_members.c.upload_id == upload_id,
                upload_members.c.state == MemberState.PENDING,
            )
            .order_by(upload_members.c.position, upload_members.c.member)
        )
        if among is not None:
            statement = statement.where(upload_members.c.member.in_(map(storable, among)))
        with self._reading() as connection:
            return list(connection.scalars(statement))

    def reject_member(self, upload_id: str, member: str, reason: str) -> None:
        """List a member that cannot be taken in. A member already stored stays stored."""
        with self._writing() as connection:
            changed = connection.execute(
                update(upload_members)
                .where(
                    is_member(upload_id, member),
                    upload_members.c.state != MemberState.DONE,
                )
                .values(state=MemberState.REJECTED, finished_at=datetime.now(UTC))
            )
            if changed.rowcount:
                replace_rejections(connection, upload_id, member, [Rejection(member, reason)])

    def reopen_members(self, upload_id: str) -> list[str]:
        """Make rejected members pending again, for a retry.

        Returns:
            The pending members, in archive order.
        """
        with self._writing() as connection:
            reopened = and_(
                upload_members.c.upload_id == upload_id,
                upload_members.c.state == MemberState.REJECTED,
            )
            units = select(upload_members.c.member).where(reopened)
            connection.execute(
                delete(rejections).where(
                    rejections.c.upload_id == upload_id, rejections.c.unit.in_(units)
                )
            )
            connection.execute(
                update(upload_members)
                .where(reopened)
                .values(
                    state=MemberState.PENDING,
                    publication_id=None,
                    outcome=None,
                    finished_at=None,
                )
            )
        return self.pending_members(upload_id)

    @property
    def _is_shown(self) -> ColumnElement[bool]:
        return uploads.c.upload_id.not_in(self._hidden) if self._hidden else true()

    def uploads(self, limit: int | None = None) -> list[Upload]:
        """Uploads, newest first; all of them where no limit is set."""
        with self._reading() as connection:
            return read_uploads(connection, self._is_shown, limit)

    def upload(self, upload_id: str) -> Upload | None:
        """One upload, or None where the ledger does not know it."""
        with self._reading() as connection:
            is_it = uploads.c.upload_id == upload_id
            found = read_uploads(connection, and_(is_it, self._is_shown))
        return found[0] if found else None

    def members(self, upload_id: str, among: Sequence[str] | None = None) -> list[Member]:
        """Members of an upload with their state, in archive order.

        Args:
            upload_id: The upload.
            among: Only these; all where None.
        """
        statement = (
            select(upload_members)
            .where(upload_members.c.upload_id == upload_id)
            .order_by(upload_members.c.position, upload_members.c.member)
        )
        if among is not None:
            statement = statement.where(upload_members.c.member.in_(map(storable, among)))
        with self._reading() as connection:
            return [
                Member(
                    upload_id=row.upload_id,
                    member=row.member,
                    state=MemberState(row.state),
                    publication_id=row.publication_id,
                    outcome=StoreOutcome(row.outcome) if row.outcome else None,
                    finished_at=row.finished_at,
                )
                for row in connection.execute(statement)
            ]

    def progress(self, upload_ids: Sequence[str]) -> UploadProgress:
        """How far these uploads have come together; figures shared by two count once."""
        chosen = upload_members.c.upload_id.in_(upload_ids)
        with self._reading() as connection:
            states = _tally(connection, upload_members.c.state, chosen)
            outcomes = _tally(connection, upload_members.c.outcome, chosen)
            n_publications = connection.scalar(
                select(func.count(upload_members.c.publication_id.distinct())).where(chosen)
            )
            held = select(upload_members.c.publication_id).where(
                chosen, upload_members.c.publication_id.is_not(None)
            )
            by_stage = count_stages(connection, figures.c.publication_id.in_(held))
            n_obsolete = connection.scalar(select(func.count()).select_from(obsolete_points))
            refused = connection.execute(
                select(rejections.c.member, rejections.c.reason)
                .where(rejections.c.upload_id.in_(upload_ids))
                .order_by(rejections.c.upload_id, rejections.c.unit, rejections.c.position)
            ).all()
        return UploadProgress(
            n_members=sum(states.values()),
            n_done=states.get(MemberState.DONE, 0),
            n_rejected=states.get(MemberState.REJECTED, 0),
            n_publications=n_publications or 0,
            outcomes={outcome: outcomes.get(outcome, 0) for outcome in StoreOutcome},
            n_figures=sum(by_stage.values()),
            by_stage=by_stage,
            rejections=tuple(Rejection(row.member, row.reason) for row in refused),
            n_obsolete=n_obsolete or 0,
        )


def _check_wall(connection: Connection, upload_id: str) -> None:
    """Who sends an archive again must not take from others what they may see."""
    is_confidential = select(uploads.c.is_confidential).where(uploads.c.upload_id == upload_id)
    if not connection.scalar(is_confidential):
        raise BadInput(
            "this archive was taken in openly before: all see it, and it stays so; whoever runs "
            "this installation can hide it with `limn ingest --confidential`, then send it again"
        )


def _arrival(connection: Connection) -> datetime:
    """Now, or just after the last arrival where the clock was set back since.

    The order of arrivals decides which of two versions is kept; see `versions`.
    """
    now, last = datetime.now(UTC), connection.scalar(select(func.max(uploads.c.started_at)))
    return now if last is None else max(now, last + timedelta(microseconds=1))


def _agree(connection: Connection, upload_id: str, terms: UploadTerms) -> None:
    values: dict[str, object] = {"is_confidential": True} if terms.is_confidential else {}
    if terms.budget_tokens is not None:
        values["budget_tokens"] = terms.budget_tokens
    if values:
        connection.execute(update(uploads).where(uploads.c.upload_id == upload_id).values(values))


def _tally(
    connection: Connection, column: ColumnElement[str], where: ColumnElement[bool]
) -> dict[str, int]:
    rows = connection.execute(
        select(column, func.count()).where(where, column.is_not(None)).group_by(column)
    )
    return {row[0]: row[1] for row in rows}
