"""Publications taken back by their office: kept and shown, no longer searchable."""

from datetime import date

from sqlalchemy import Connection, func, insert, select, text, update

from core.errors import BadInput
from core.records import WITHDRAWN, Stage
from ingestion.catalogue_records import StoreOutcome, Withdrawal
from ingestion.catalogue_schema import figures, obsolete_points, publications, withdrawals
from ingestion.database import Database, batches, insert_new, storable
from ingestion.upload_members import Delivery, finish_member, read_delivery
from ingestion.versions import delivered_before

_OWN_STATUS = "its own record says that it is withdrawn"


class Withdrawals(Database):
    """Notices of withdrawal, in whatever order they and the publications come in."""

    def withdraw(
        self,
        publication_id: str,
        upload_id: str,
        member: str,
        reason: str,
        *,
        on: date | None = None,
    ) -> None:
        """Take a publication out of the index, and finish the member that said so.

        The publication stays in the catalogue. A notice may come before its publication, which is
        then withdrawn when it comes; a version delivered after the notice is not (see `versions`).

        Args:
            publication_id: Need not be known.
            upload_id: The upload the notice came with.
            member: The member that holds it, and holds nothing else.
            reason: For people to read: who withdrew it, and why.
            on: Date of the notice; without one, its delivery's.

        Raises:
            BadInput: If the ledger knows no such member.
        """
        with self._writing() as connection:
            delivery = read_delivery(connection, upload_id, member)
            _enter_notice(connection, publication_id, delivery, reason, on)
            finish_member(connection, delivery, publication_id, StoreOutcome.WITHDRAWN, ())

    def withdraw_registration(
        self,
        registration_id: str,
        upload_id: str,
        member: str,
        reason: str,
        *,
        on: date | None = None,
    ) -> None:
        """Take every publication of a registration out of the index, and finish the member.

        Args:
            registration_id: What their ids begin with, ``"WO-DM204232"``.
            upload_id: The upload the notice came with.
            member: The member that holds it, and holds nothing else.
            reason: For people to read: who withdrew it, and why.
            on: Date of the notice; without one, its delivery's.

        Raises:
            BadInput: If none of its publications is known, or the ledger knows no such member.
        """
        of_registration = publications.c.publication_id.startswith(
            f"{registration_id}-", autoescape=True
        )
        with self._writing() as connection:
            delivery = read_delivery(connection, upload_id, member)
            known = connection.scalars(
                select(publications.c.publication_id)
                .where(of_registration)
                .order_by(publications.c.publication_id)
            ).all()
            if not known:
                raise BadInput(
                    f"takes back registration {registration_id}, of which nothing is here; "
                    "if its designs come later, deliver this again after them"
                )
            for publication_id in known:
                _enter_notice(connection, publication_id, delivery, reason, on)
            finish_member(connection, delivery, known[0], StoreOutcome.WITHDRAWN, ())

    def withdrawal(self, publication_id: str) -> Withdrawal | None:
        """Why a publication is withdrawn; None where it is not, or is not known."""
        statement = (
            select(
                func.coalesce(withdrawals.c.reason, _OWN_STATUS).label("reason"),
                func.coalesce(withdrawals.c.upload_id, publications.c.upload_id).label("upload_id"),
                func.coalesce(withdrawals.c.member, publications.c.member).label("member"),
            )
            .select_from(publications)
            .outerjoin(withdrawals, withdrawals.c.publication_id == publications.c.publication_id)
            .where(publications.c.publication_id == publication_id, publications.c.is_withdrawn)
        )
        with self._reading() as connection:
            row = connection.execute(statement).one_or_none()
        if row is None:
            return None
        return Withdrawal(publication_id, row.reason, row.upload_id, row.member)


def _enter_notice(
    connection: Connection,
    publication_id: str,
    delivery: Delivery,
    reason: str,
    on: date | None,
) -> None:
    hold_publication(connection, publication_id)
    notice = {
        "publication_id": publication_id,
        "delivery": delivery.key(on),
        "reason": storable(reason),
        "upload_id": delivery.upload_id,
        "member": delivery.member,
    }
    is_this = withdrawals.c.publication_id == publication_id
    former = connection.scalar(select(withdrawals.c.delivery).where(is_this))
    if former is None:
        connection.execute(insert(withdrawals).values(notice))
    elif former < notice["delivery"]:
        connection.execute(update(withdrawals).where(is_this).values(notice))
    settle_withdrawal(connection, publication_id)


def hold_publication(connection: Connection, publication_id: str) -> None:
    """Make every other writer of this publication wait until the transaction ends.

    On SQLite a writer holds the whole file already. On PostgreSQL a row lock would not do: neither
    the publication nor the notice about it need be there yet.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:publication_id, 0))"),
            {"publication_id": publication_id},
        )


def settle_withdrawal(connection: Connection, publication_id: str) -> None:
    """Make a publication's figures searchable or not, as its version or a newer notice says.

    Figures that leave the index keep their vectors, so that they can come back without a model.
    """
    row = connection.execute(
        select(
            publications.c.record["status"].as_string().label("status"),
            publications.c.version,
            withdrawals.c.delivery.label("notice"),
        )
        .outerjoin(withdrawals, withdrawals.c.publication_id == publications.c.publication_id)
        .where(publications.c.publication_id == publication_id)
    ).one_or_none()
    if row is None:
        return
    is_revoked = row.notice is not None and delivered_before(row.version, row.notice)
    is_withdrawn = row.status == WITHDRAWN or is_revoked
    of_publication = figures.c.publication_id == publication_id
    changed = connection.scalars(
        select(figures.c.figure_id)
        .where(
            of_publication,
            figures.c.is_front_page.is_(False),
            figures.c.is_withdrawn != is_withdrawn,
        )
        .order_by(figures.c.figure_id)
        .with_for_update()
    ).all()
    for table in (publications, figures):
        connection.execute(
            update(table)
            .where(table.c.publication_id == publication_id)
            .values(is_withdrawn=is_withdrawn)
        )
    if is_withdrawn:
        connection.execute(
            update(figures)
            .where(of_publication, figures.c.stage == Stage.INDEXED)
            .values(stage=Stage.EMBEDDED)
        )
        insert_new(connection, obsolete_points, [{"figure_id": figure} for figure in changed])
    else:
        for batch in batches(changed):
            connection.execute(
                obsolete_points.delete().where(obsolete_points.c.figure_id.in_(batch))
            )
