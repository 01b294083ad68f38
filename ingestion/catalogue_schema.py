"""The catalogue's tables as the code uses them; `migrations` makes and changes them."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
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
    false,
)
from sqlalchemy.types import TypeDecorator

VERSION_TABLE = "catalogue_revision"
"""Where Alembic notes the revision; a name of its own, so that others may share the database."""


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

uploads = Table(
    "uploads",
    metadata,
    Column("upload_id", String, primary_key=True),
    Column("path", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("mark", Text),
)
"""`mark` tells whether the file is still the one that was read; see `archive_marks`."""

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
    Column("version", Text, nullable=False, server_default=""),
    Column("upload_id", String),
    Column("member", Text),
    Column("is_withdrawn", Boolean, nullable=False, server_default=false()),
    Index("publications_by_number", "number"),
    Index("publications_by_locarno", "locarno"),
    Index("publications_by_date", "publication_date"),
)
"""`record` holds the whole Publication; the other columns repeat what is queried. `version` orders
its deliveries (see `versions`); `upload_id` and `member` name the one that is kept."""

withdrawals = Table(
    "withdrawals",
    metadata,
    Column("publication_id", String, primary_key=True),
    Column("delivery", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("upload_id", String, nullable=False),
    Column("member", Text, nullable=False),
)
"""Notices that a publication was withdrawn; the newest of each, also of publications not here."""

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
    Index("sheets_by_picture", "sha256"),
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
    Column("is_withdrawn", Boolean, nullable=False, server_default=false()),
    ForeignKeyConstraint(
        ["publication_id", "sheet"],
        ["sheets.publication_id", "sheets.position"],
        ondelete="CASCADE",
    ),
    UniqueConstraint("publication_id", "sheet", "position"),
    Index("figures_by_stage", "stage", "figure_id"),
    Index("figures_by_failed_stage", "failed_stage", "figure_id"),
    Index("figures_by_picture", "sha256"),
)
"""`stage` is the last stage reached; a failure is kept beside it, so that it can be reset.
`is_withdrawn` repeats the publication's."""

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
"""Figures that a replacement or withdrawal took away and whose points the index must delete."""

watched_files = Table(
    "watched_files",
    metadata,
    Column("path", Text, primary_key=True),
    Column("mark", Text, nullable=False),
    Column("upload_id", String),
    Column("reason", Text),
    Column("taken_at", UtcTime, nullable=False),
)
"""What `limn watch` made of a file: the upload it became, or why it could not be taken."""
