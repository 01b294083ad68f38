"""Which delivery a publication came with, notices of withdrawal, watched files, equal pictures.

The version now lives in Alembic's own table, so `catalogue_schema` goes.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_TIME = sa.DateTime(timezone=True)
_PAGE = 5_000


def upgrade() -> None:
    """Add what is needed, and say of each publication which delivery it came with."""
    op.drop_table("catalogue_schema")
    op.add_column("uploads", sa.Column("mark", sa.Text))
    op.add_column("publications", sa.Column("version", sa.Text, nullable=False, server_default=""))
    op.add_column("publications", sa.Column("upload_id", sa.String))
    op.add_column("publications", sa.Column("member", sa.Text))
    for table in ("publications", "figures"):
        op.add_column(
            table,
            sa.Column("is_withdrawn", sa.Boolean, nullable=False, server_default=sa.false()),
        )
    op.create_index("figures_by_picture", "figures", ["sha256"])
    op.create_table(
        "withdrawals",
        sa.Column("publication_id", sa.String, primary_key=True),
        sa.Column("delivery", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("upload_id", sa.String, nullable=False),
        sa.Column("member", sa.Text, nullable=False),
    )
    op.create_table(
        "watched_files",
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("mark", sa.Text, nullable=False),
        sa.Column("upload_id", sa.String),
        sa.Column("reason", sa.Text),
        sa.Column("taken_at", _TIME, nullable=False),
    )
    _name_deliveries(op.get_bind())


_publications = sa.table(
    "publications",
    *map(sa.column, ("publication_id", "publication_date", "version", "upload_id", "member")),
)
_WRITERS = sa.text(
    "SELECT p.publication_id, p.publication_date, m.upload_id, m.member, m.position, "
    "u.path, u.started_at "
    "FROM publications p JOIN upload_members m ON m.publication_id = p.publication_id "
    "JOIN uploads u ON u.upload_id = m.upload_id "
    "WHERE m.outcome IN ('new', 'replaced') ORDER BY p.publication_id, m.finished_at"
).columns(publication_date=sa.Date, started_at=_TIME)


def _name_deliveries(connection: sa.Connection) -> None:
    """Write the version of each publication as `ingestion.versions` spells it in this revision."""
    statement = (
        _publications.update()
        .where(_publications.c.publication_id == sa.bindparam("key"))
        .values({name: sa.bindparam(f"new_{name}") for name in ("version", "upload_id", "member")})
    )
    for page in _pages(connection):
        connection.execute(statement, page)


def _pages(connection: sa.Connection) -> Iterator[list[dict[str, object]]]:
    """Values by publication, its last writer's winning; a page at a time."""
    written: dict[str, dict[str, object]] = {}
    for row in connection.execute(_WRITERS).all():
        if len(written) == _PAGE and row.publication_id not in written:
            yield list(written.values())
            written.clear()
        arrived = row.started_at
        arrived = arrived.replace(tzinfo=UTC) if arrived.tzinfo is None else arrived
        written[row.publication_id] = {
            "key": row.publication_id,
            "new_version": _version(row, arrived.astimezone(UTC)),
            "new_upload_id": row.upload_id,
            "new_member": row.member,
        }
    if written:
        yield list(written.values())


def _version(row: sa.Row[tuple[object, ...]], arrived: datetime) -> str:
    delivered = _date_in(row.path.rpartition("/")[2], arrived) or _date_in(row.member, arrived)
    delivered = delivered or arrived.date()
    dated = row.publication_date
    if dated is None or dated > arrived.date():
        dated = delivered
    moment = arrived.isoformat(timespec="microseconds")
    return f"{dated} {delivered} {moment} {row.upload_id} {row.position:08}"


def _date_in(name: str, arrived: datetime) -> date | None:
    for digits in re.findall(r"(?<!\d)(?:19|20)\d{6}(?!\d)", name):
        try:
            found = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        except ValueError:
            continue
        if found <= arrived.date():
            return found
    return None
