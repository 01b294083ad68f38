"""Calls of models, each written down before it is made; answers to be mended; whose text it was."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """What was paid so far becomes one call for each answer."""
    op.create_table(
        "provider_calls",
        sa.Column("call_id", sa.String, primary_key=True),
        sa.Column("picture_sha256", sa.String, nullable=False),
        sa.Column("request_hash", sa.String, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("endpoint", sa.Text),
        sa.Column("upload_id", sa.String),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("n_prompt_tokens", sa.BigInteger, nullable=False),
        sa.Column("n_completion_tokens", sa.BigInteger, nullable=False),
        sa.Column("price", sa.Float, nullable=False),
        sa.Index("provider_calls_by_upload", "upload_id"),
    )
    op.execute(
        "INSERT INTO provider_calls SELECT picture_sha256 || request_hash || model, "
        "picture_sha256, request_hash, model, endpoint, upload_id, answered_at, answered_at, "
        "n_prompt_tokens, n_completion_tokens, 0 FROM provider_answers"
    )
    op.drop_index("provider_answers_by_upload", "provider_answers")
    for column in ("endpoint", "n_prompt_tokens", "n_completion_tokens", "upload_id"):
        op.drop_column("provider_answers", column)
    op.alter_column("provider_answers", "n_calls", new_column_name="n_answers")
    op.add_column("provider_answers", sa.Column("flawed_answer", sa.Text))
    op.add_column("provider_answers", sa.Column("flaw", sa.Text))
    op.add_column("text_corrections", sa.Column("provenance", sa.String))
    op.add_column("text_corrections", sa.Column("model", sa.Text))
    op.add_column("text_corrections", sa.Column("prompt_hash", sa.String))
