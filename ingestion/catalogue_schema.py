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
    Float,
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
    Column("is_confidential", Boolean, nullable=False, server_default=false()),
    Column("budget_tokens", BigInteger),
)
"""`mark` tells whether the file is still the one that was read; see `archive_marks`. Nothing of a
confidential upload leaves the machine. `budget_tokens` goes before the configured budget."""

upload_projects = Table(
    "upload_projects",
    metadata,
    Column("upload_id", ForeignKey("uploads.upload_id", ondelete="CASCADE"), primary_key=True),
    Column("project", String, primary_key=True),
)
"""Projects of the casebook that a confidential upload belongs to; see `core.access`."""

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
    Index("upload_members_by_publication", "publication_id"),
    Index("upload_members_by_outcome", "upload_id", "state", "outcome", "publication_id"),
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
LISTING = ""
"""`unit` of what the archive reader refused; else the member whose taking-in met the problem."""

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

citations = Table(
    "citations",
    metadata,
    Column("number", String, primary_key=True),
    Column("office", String, primary_key=True),
    Column(
        "publication_id",
        ForeignKey("publications.publication_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Index("citations_by_publication", "publication_id"),
    sqlite_with_rowid=False,
)
"""What the publication cites by office and number; repeats its `record`, found by what is cited."""

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
    Column("text_revision", Integer, nullable=False, server_default="0"),
    Column("described", String),
    Column("described_note", Text),
    Column("wording_rule", String),
    ForeignKeyConstraint(
        ["publication_id", "sheet"],
        ["sheets.publication_id", "sheets.position"],
        ondelete="CASCADE",
    ),
    UniqueConstraint("publication_id", "sheet", "position"),
    Index("figures_by_stage", "stage", "figure_id"),
    Index("figures_by_failed_stage", "failed_stage", "figure_id"),
    Index("figures_by_picture", "sha256"),
    Index("figures_by_described", "described", "figure_id"),
    Index(
        "figures_by_standing",
        "publication_id",
        "is_front_page",
        "is_withdrawn",
        "failed_stage",
        "stage",
    ),
)
"""`stage` is the last stage reached; a failure is kept beside it, so that it can be reset.
`is_withdrawn` repeats the publication's. `text_revision` counts how often the texts changed after
others may have read them; `described` is a `Described` and `described_note` says why.
`wording_rule` is the hash of the rule by which its other wordings were written."""

figure_texts = Table(
    "figure_texts",
    metadata,
    Column("figure_id", ForeignKey("figures.figure_id", ondelete="CASCADE"), primary_key=True),
    Column("provenance", String, primary_key=True),
    Column("text_sha256", String, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("model", Text),
    Column("prompt_hash", String),
)

provider_answers = Table(
    "provider_answers",
    metadata,
    Column("picture_sha256", String, primary_key=True),
    Column("request_hash", String, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("prompt_hash", String, nullable=False),
    Column("texts", JSON, nullable=False),
    Column("problem", Text),
    Column("flawed_answer", Text),
    Column("flaw", Text),
    Column("n_answers", Integer, nullable=False),
    Column("answered_at", UtcTime, nullable=False),
)
"""The newest answer to every question, so that none is asked twice; it outlives the figures it was
asked for. `flawed_answer` is one of the wrong form that is to be sent back, `flaw` says why."""

provider_calls = Table(
    "provider_calls",
    metadata,
    Column("call_id", String, primary_key=True),
    Column("picture_sha256", String, nullable=False),
    Column("request_hash", String, nullable=False),
    Column("model", Text, nullable=False),
    Column("endpoint", Text),
    Column("upload_id", String),
    Column("due_at", UtcTime, nullable=False),
    Column("answered_at", UtcTime),
    Column("n_prompt_tokens", BigInteger, nullable=False),
    Column("n_completion_tokens", BigInteger, nullable=False),
    Column("price", Float, nullable=False),
    Column("released_at", UtcTime),
    Index("provider_calls_by_upload", "upload_id"),
    Index("provider_calls_by_picture", "picture_sha256"),
)
"""Every call of a model, written down before it is made; `upload_id` is the upload that pays. Until
it is answered, tokens and price are the most that it can cost. One that was not answered when it
was due is lost: its process died, or the answer did not arrive, and it may have to be paid. Its
question is put again only after `released_at`, when a person allowed that."""

text_corrections = Table(
    "text_corrections",
    metadata,
    Column("figure_id", String, primary_key=True),
    Column("original_sha256", String, primary_key=True),
    Column("picture_sha256", String, nullable=False),
    Column("original", Text),
    Column("text", Text),
    Column("made_at", UtcTime, nullable=False),
    Column("provenance", String),
    Column("model", Text),
    Column("prompt_hash", String),
)
"""What people wrote in place of a machine's text, or beside all where `original` is null; without
`text` the original is only hidden. Holds while the figure has the same picture. `provenance`,
`model` and `prompt_hash` are the original's."""

embeddings = Table(
    "embeddings",
    metadata,
    Column("figure_id", ForeignKey("figures.figure_id", ondelete="CASCADE"), primary_key=True),
    Column("encoder_id", String, primary_key=True),
    Column("image", LargeBinary, nullable=False),
    Column("text", LargeBinary),
    Column("revision", String),
)
"""Vectors as little-endian float32, and the figure's revision that they were made of, null where
an older Limn did not note it."""

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

arrivals = Table(
    "arrivals",
    metadata,
    Column("arrival", Integer, primary_key=True),
    Column("figure_id", String, nullable=False),
    Column("sha256", String, nullable=False),
    Column("publication_id", String, nullable=False),
    UniqueConstraint("figure_id", "sha256"),
    Index("arrivals_by_publication", "publication_id"),
)
"""Drawings in the order in which they became searchable; kept when their publication goes."""

catalogue_identity = Table(
    "catalogue_identity", metadata, Column("catalogue_id", String, primary_key=True)
)
"""At most one row: the name that this catalogue was given when one was first asked for."""

models = Table(
    "models",
    metadata,
    Column("encoder_id", String, primary_key=True),
    Column("source", Text, nullable=False),
    Column("folder", Text),
    Column("added_at", UtcTime, nullable=False),
    Column("promoted_at", UtcTime),
    Column("retired_at", UtcTime),
    Column("quality", JSON(none_as_null=True)),
)
"""Models that embedded the collection. The one that was promoted and not retired searches; without
such a row, the configured checkpoint does."""

model_switches = Table(
    "model_switches",
    metadata,
    Column("switch_id", Integer, primary_key=True),
    Column("switched_at", UtcTime, nullable=False),
    Column("switched_by", Text, nullable=False),
    Column("encoder_id", String, nullable=False),
    Column("former_id", String),
    Column("is_forced", Boolean, nullable=False),
    Column("note", Text, nullable=False),
)
"""Every change of the model that searches; kept when the model goes."""
