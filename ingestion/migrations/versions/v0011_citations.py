"""Who cites a publication, without reading the record of every other one."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_PAGE = 2_000


def upgrade() -> None:
    """Make the table and fill it from the records that are here."""
    citations = op.create_table(
        "citations",
        sa.Column("number", sa.String, primary_key=True),
        sa.Column("office", sa.String, primary_key=True),
        sa.Column(
            "publication_id",
            sa.String,
            sa.ForeignKey("publications.publication_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sqlite_with_rowid=False,
    )
    connection = op.get_bind()
    for page in _pages(connection):
        rows = {
            (number, office, publication_id)
            for publication_id, record in page
            for office, number in _cited(record)
        }
        if rows:
            connection.execute(
                citations.insert(),
                [
                    {"number": number, "office": office, "publication_id": publication_id}
                    for number, office, publication_id in sorted(rows)
                ],
            )
    op.create_index("citations_by_publication", "citations", ["publication_id"])


def _pages(connection: sa.Connection) -> Iterator[list[tuple[str, Mapping[str, Any]]]]:
    statement = sa.text(
        "SELECT publication_id, record FROM publications WHERE publication_id > :after "
        "ORDER BY publication_id LIMIT :page"
    )
    after = ""
    while rows := connection.execute(statement, {"after": after, "page": _PAGE}).all():
        yield [(row.publication_id, _parsed(row.record)) for row in rows]
        after = rows[-1].publication_id


def _parsed(record: str | Mapping[str, Any]) -> Mapping[str, Any]:
    """PostgreSQL gives JSON parsed, SQLite as text."""
    return json.loads(record) if isinstance(record, str) else record


def _cited(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Office and number, of records of this revision and of those from before there were any."""
    if "citations" not in record:
        for number in record.get("cited_publication_ids") or ():
            yield "US", number
        return
    for cited in record["citations"]:
        if cited["office"] and cited["number"]:
            yield cited["office"], cited["number"]
