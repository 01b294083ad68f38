"""Who wrote a text, what providers answered and what that cost, what people corrected."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add what is needed; texts that are there keep an unknown model."""
    op.add_column(
        "uploads",
        sa.Column("is_confidential", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.add_column("uploads", sa.Column("budget_tokens", sa.BigInteger))
    op.add_column(
        "figures", sa.Column("text_revision", sa.Integer, nullable=False, server_default="0")
    )
    op.add_column("figures", sa.Column("described", sa.String))
    op.add_column("figures", sa.Column("described_note", sa.Text))
    op.create_index("figures_by_described", "figures", ["described", "figure_id"])
    op.add_column("figure_texts", sa.Column("model", sa.Text))
    op.add_column("figure_texts", sa.Column("prompt_hash", sa.String))
    op.create_table(
        "provider_answers",
        sa.Column("picture_sha256", sa.String, primary_key=True),
        sa.Column("request_hash", sa.String, primary_key=True),
        sa.Column("model", sa.Text, primary_key=True),
        sa.Column("prompt_hash", sa.String, nullable=False),
        sa.Column("endpoint", sa.Text),
        sa.Column("texts", sa.JSON, nullable=False),
        sa.Column("problem", sa.Text),
        sa.Column("n_calls", sa.Integer, nullable=False),
        sa.Column("n_prompt_tokens", sa.BigInteger, nullable=False),
        sa.Column("n_completion_tokens", sa.BigInteger, nullable=False),
        sa.Column("upload_id", sa.String),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Index("provider_answers_by_upload", "upload_id"),
    )
    op.create_table(
        "text_corrections",
        sa.Column("figure_id", sa.String, primary_key=True),
        sa.Column("original_sha256", sa.String, primary_key=True),
        sa.Column("picture_sha256", sa.String, nullable=False),
        sa.Column("original", sa.Text),
        sa.Column("text", sa.Text),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    )
