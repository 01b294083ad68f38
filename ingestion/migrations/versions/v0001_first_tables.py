"""The tables of the first Limn, which kept its version in `catalogue_schema`."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables of an empty database."""
    op.create_table(
        "catalogue_schema",
        sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1"), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
    )
    _create_ledger()
    _create_publications()
    _create_findings()


def _create_ledger() -> None:
    upload = "uploads.upload_id"
    op.create_table(
        "uploads",
        sa.Column("upload_id", sa.String, primary_key=True),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
    )
    op.create_table(
        "upload_members",
        sa.Column(
            "upload_id", sa.String, sa.ForeignKey(upload, ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("member", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("publication_id", sa.String),
        sa.Column("outcome", sa.String),
        sa.Column("finished_at", _TIME),
        sa.Index("upload_members_by_state", "upload_id", "state"),
        sa.Index("upload_members_by_publication", "publication_id"),
    )
    op.create_table(
        "rejections",
        sa.Column(
            "upload_id", sa.String, sa.ForeignKey(upload, ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("unit", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("member", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )


def _create_publications() -> None:
    op.create_table(
        "publications",
        sa.Column("publication_id", sa.String, primary_key=True),
        sa.Column("content_hash", sa.String, nullable=False),
        sa.Column("office", sa.String, nullable=False),
        sa.Column("number", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("publication_date", sa.Date),
        sa.Column("owner", sa.Text),
        sa.Column("locarno", sa.String),
        sa.Column("locarno_class", sa.String),
        sa.Column("locarno_edition", sa.String),
        sa.Column("us_class", sa.String),
        sa.Column("record", sa.JSON, nullable=False),
        sa.Column("problems", sa.JSON, nullable=False),
        sa.Column("stored_at", _TIME, nullable=False),
        sa.Index("publications_by_number", "number"),
        sa.Index("publications_by_locarno", "locarno"),
        sa.Index("publications_by_date", "publication_date"),
    )
    op.create_table(
        "sheets",
        sa.Column(
            "publication_id",
            sa.String,
            sa.ForeignKey("publications.publication_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("width_px", sa.Integer, nullable=False),
        sa.Column("height_px", sa.Integer, nullable=False),
        sa.Column("rotation_deg", sa.Integer, nullable=False),
    )
    op.create_table(
        "figures",
        sa.Column("figure_id", sa.String, primary_key=True),
        sa.Column("publication_id", sa.String, nullable=False),
        sa.Column("sheet", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("label", sa.String),
        sa.Column("label_source", sa.String, nullable=False),
        sa.Column("view", sa.String, nullable=False),
        sa.Column("object_name", sa.Text),
        sa.Column("caption", sa.Text),
        sa.Column("x_px", sa.Integer, nullable=False),
        sa.Column("y_px", sa.Integer, nullable=False),
        sa.Column("width_px", sa.Integer, nullable=False),
        sa.Column("height_px", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("is_front_page", sa.Boolean, nullable=False),
        sa.Column("stage", sa.String, nullable=False),
        sa.Column("failed_stage", sa.String),
        sa.Column("failure_reason", sa.Text),
        sa.ForeignKeyConstraint(
            ["publication_id", "sheet"],
            ["sheets.publication_id", "sheets.position"],
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("publication_id", "sheet", "position"),
        sa.Index("figures_by_stage", "stage", "figure_id"),
        sa.Index("figures_by_failed_stage", "failed_stage", "figure_id"),
    )


def _create_findings() -> None:
    figure = "figures.figure_id"
    op.create_table(
        "figure_texts",
        sa.Column(
            "figure_id", sa.String, sa.ForeignKey(figure, ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("provenance", sa.String, primary_key=True),
        sa.Column("text_sha256", sa.String, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "embeddings",
        sa.Column(
            "figure_id", sa.String, sa.ForeignKey(figure, ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("encoder_id", sa.String, primary_key=True),
        sa.Column("image", sa.LargeBinary, nullable=False),
        sa.Column("text", sa.LargeBinary),
    )
    op.create_table("obsolete_points", sa.Column("figure_id", sa.String, primary_key=True))
