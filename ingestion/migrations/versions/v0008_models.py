"""Which models have embedded the collection, which one searches, and what vectors were made of."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the tables, and the column; of vectors that are there nobody knows."""
    op.add_column("embeddings", sa.Column("revision", sa.String))
    op.create_table(
        "models",
        sa.Column("encoder_id", sa.String, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("folder", sa.Text),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("promoted_at", sa.DateTime(timezone=True)),
        sa.Column("retired_at", sa.DateTime(timezone=True)),
        sa.Column("quality", sa.JSON(none_as_null=True)),
    )
    op.create_table(
        "model_switches",
        sa.Column("switch_id", sa.Integer, primary_key=True),
        sa.Column("switched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("switched_by", sa.Text, nullable=False),
        sa.Column("encoder_id", sa.String, nullable=False),
        sa.Column("former_id", sa.String),
        sa.Column("is_forced", sa.Boolean, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
