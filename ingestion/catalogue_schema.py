"""The catalogue's tables, their version, and how an empty database becomes a catalogue."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    inspect,
    select,
    text,
)
from sqlalchemy.types import TypeDecorator

from core.errors import SchemaMismatch

SCHEMA_VERSION = 1
_CREATION_LOCK = 0x4C494D4E
"""PostgreSQL advisory lock under which the tables are made."""


class UtcTime(TypeDecorator[datetime]):
    """Aware UTC time; SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData()

catalogue_schema = Table(
    "catalogue_schema",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

uploads = Table(
    "uploads",
    metadata,
    Column("upload_id", String, primary_key=True),
    Column("path", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("started_at", UtcTime, nullable=False),
)

upload_members = Table(
    "upload_members",
    metadata,
    Column("upload_id", ForeignKey("uploads.upload_id", ondelete="CASCADE"), primary_key=True),
    Column("member", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("publication_id", String),
    Column("outcome", String),
    Column("finished_at", UtcTime),
    Index("upload_members_by_state", "upload_id", "state"),
    Index("upload_members_by_publication", "publication_id"),
)

rejections = Table(
    "rejections",
    metadata,
    Column("upload_id", ForeignKey("uploads.upload_id", ondelete="CASCADE"), primary_key=True),
    Column("unit", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("member", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
"""`unit` is the member whose taking-in met the problem; empty for the archive's own listing."""

publications = Table(
    "publications",
    metadata,
    Column("publication_id", String, primary_key=True),
    Column("content_hash", String, nullable=False),
    Column("office", String, nullable=False),
    Column("number", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("publication_date", Date),
    Column("owner", Text),
    Column("locarno", String),
    Column("locarno_class", String),
    Column("locarno_edition", String),
    Column("us_class", String),
    Column("record", JSON, nullable=False),
    Column("problems", JSON, nullable=False),
    Column("stored_at", UtcTime, nullable=False),
    Index("publications_by_number", "number"),
    Index("publications_by_locarno", "locarno"),
    Index("publications_by_date", "publication_date"),
)
"""`record` holds the whole Publication; the other columns repeat what is queried."""

sheets = Table(
    "sheets",
    metadata,
    Column(
        "publication_id",
        ForeignKey("publications.publication_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("position", Integer, primary_key=True),
    Column("file", Text, nullable=False),
    Column("sha256", String, nullable=False),
    Column("width_px", Integer, nullable=False),
    Column("height_px", Integer, nullable=False),
    Column("rotation_deg", Integer, nullable=False),
)

figures = Table(
    "figures",
    metadata,
    Column("figure_id", String, primary_key=True),
    Column("publication_id", String, nullable=False),
    Column("sheet", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("label", String),
    Column("label_source", String, nullable=False),
    Column("view", String, nullable=False),
    Column("object_name", Text),
    Column("caption", Text),
    Column("x_px", Integer, nullable=False),
    Column("y_px", Integer, nullable=False),
    Column("width_px", Integer, nullable=False),
    Column("height_px", Integer, nullable=False),
    Column("sha256", String, nullable=False),
    Column("is_front_page", Boolean, nullable=False),
    Column("stage", String, nullable=False),
    Column("failed_stage", String),
    Column("failure_reason", Text),
    ForeignKeyConstraint(
        ["publication_id", "sheet"],
        ["sheets.publication_id", "sheets.position"],
        ondelete="CASCADE",
    ),
    UniqueConstraint("publication_id", "sheet", "position"),
    Index("figures_by_stage", "stage", "figure_id"),
    Index("figures_by_failed_stage", "failed_stage", "figure_id"),
)
"""`stage` is the last stage reached; a failure is kept beside it, so that it can be reset."""

figure_texts = Table(
    "figure_texts",
    metadata,
    Column("figure_id", ForeignKey("figures.figure_id", ondelete="CASCADE"), primary_key=True),
    Column("provenance", String, primary_key=True),
    Column("text_sha256", String, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("text", Text, nullable=False),
)

embeddings = Table(
    "embeddings",
    metadata,
    Column("figure_id", ForeignKey("figures.figure_id", ondelete="CASCADE"), primary_key=True),
    Column("encoder_id", String, primary_key=True),
    Column("image", LargeBinary, nullable=False),
    Column("text", LargeBinary),
)
"""Vectors as little-endian float32."""

obsolete_points = Table(
    "obsolete_points",
    metadata,
    Column("figure_id", String, primary_key=True),
)
"""Figures that a replacement removed and whose points the index must still delete."""


def prepare_schema(connection: Connection, where: str) -> None:
    """Create the tables in an empty database, or check the version of the ones there.

    Args:
        connection: In a transaction that holds the write lock on SQLite.
        where: The database, as error messages name it.

    Raises:
        SchemaMismatch: If another version, or something that is no catalogue, is there.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CREATION_LOCK})
    there = set(inspect(connection).get_table_names()) & set(metadata.tables)
    if not there:
        metadata.create_all(connection)
        connection.execute(
            catalogue_schema.insert().values(
                id=1, version=SCHEMA_VERSION, created_at=datetime.now(UTC)
            )
        )
        return
    version = None
    if catalogue_schema.name in there:
        version = connection.execute(select(catalogue_schema.c.version)).scalar_one_or_none()
    if version is None:
        raise SchemaMismatch(
            f"{where} has tables named {', '.join(sorted(there))} but is no Limn catalogue; "
            "give Limn a database of its own (LIMN_CATALOGUE__URL)"
        )
    if version != SCHEMA_VERSION:
        raise SchemaMismatch(
            f"{where} is a catalogue of schema version {version}, this Limn reads version "
            f"{SCHEMA_VERSION}; run the Limn that wrote it, or set LIMN_CATALOGUE__URL or "
            "LIMN_HOME to a new place and ingest the archives again"
        )
