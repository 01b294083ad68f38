"""One member of an upload: when it was delivered, what became of it, what was refused in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

from core.errors import BadInput
from ingestion.archive_entries import Rejection
from ingestion.catalogue_records import MemberState, StoreOutcome
from ingestion.catalogue_schema import rejections, upload_members, uploads
from ingestion.database import storable
from ingestion.versions import delivery_key


@dataclass(frozen=True, slots=True)
class Delivery:
    """One member of an upload, and how its upload came in."""

    upload_id: str
    member: str
    path: str
    """Of the archive."""
    arrived: datetime
    """When the archive was first seen."""
    position: int
    """Of the member in it."""
    state: MemberState

    def key(self, on: date | None = None) -> str:
        """Its place among all deliveries; see `versions.delivery_key`."""
        return delivery_key(
            self.path, self.member, self.arrived, self.upload_id, self.position, on=on
        )


def read_delivery(connection: Connection, upload_id: str, member: str) -> Delivery:
    """Read and lock a member; part of a larger transaction.

    Raises:
        BadInput: If the ledger knows no such member.
    """
    row = connection.execute(
        select(upload_members, uploads.c.path, uploads.c.started_at)
        .join(uploads, uploads.c.upload_id == upload_members.c.upload_id)
        .where(is_member(upload_id, member))
        .with_for_update(of=upload_members)
    ).one_or_none()
    if row is None:
        raise BadInput(f"upload {upload_id} has no member {member}; enter its archive again")
    return Delivery(
        upload_id=upload_id,
        member=row.member,
        path=row.path,
        arrived=row.started_at,
        position=row.position,
        state=MemberState(row.state),
    )


def finish_member(
    connection: Connection,
    delivery: Delivery,
    publication_id: str,
    outcome: StoreOutcome,
    problems: Sequence[Rejection],
) -> None:
    """Mark a member as stored, with what was wrong inside it; part of the store's transaction.

    A member that was finished before keeps its first outcome: a message delivered twice stores
    the same content again and would turn "new" into "unchanged".
    """
    if delivery.state is not MemberState.DONE:
        connection.execute(
            update(upload_members)
            .where(is_member(delivery.upload_id, delivery.member))
            .values(
                state=MemberState.DONE,
                publication_id=publication_id,
                outcome=outcome,
                finished_at=datetime.now(UTC),
            )
        )
    replace_rejections(connection, delivery.upload_id, delivery.member, problems)


def refuse_stored(connection: Connection, upload_id: str, member: str, reason: str) -> None:
    """List a member that was stored and is not kept any more; part of a larger transaction."""
    connection.execute(
        update(upload_members)
        .where(is_member(upload_id, member))
        .values(
            state=MemberState.REJECTED,
            publication_id=None,
            outcome=None,
            finished_at=datetime.now(UTC),
        )
    )
    replace_rejections(connection, upload_id, member, [Rejection(member, reason)])


def is_member(upload_id: str, member: str) -> ColumnElement[bool]:
    """The condition that a row of `upload_members` is this one."""
    return and_(
        upload_members.c.upload_id == upload_id, upload_members.c.member == storable(member)
    )


def replace_rejections(
    connection: Connection, upload_id: str, unit: str, problems: Sequence[Rejection]
) -> None:
    """List what was refused in a unit, in place of what was listed of it before."""
    unit = storable(unit)
    connection.execute(
        delete(rejections).where(rejections.c.upload_id == upload_id, rejections.c.unit == unit)
    )
    rows = [
        {
            "upload_id": upload_id,
            "unit": unit,
            "position": position,
            "member": storable(problem.member),
            "reason": storable(problem.reason),
        }
        for position, problem in enumerate(problems)
    ]
    if rows:
        connection.execute(insert(rejections), rows)
