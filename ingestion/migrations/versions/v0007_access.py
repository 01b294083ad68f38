"""Who may do what: keys, members of projects, whose confidential uploads and query drawings are."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "access_keys",
        sa.Column("key_id", sa.String, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("secret_sha256", sa.String, nullable=False),
        sa.Column("made_at", sa.String, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("expires_at", sa.String),
        sa.Column("last_used_at", sa.String),
        sa.Column("revoked_at", sa.String),
    )
    op.create_table(
        "casebook_members",
        sa.Column(
            "project_id",
            sa.Integer,
            sa.ForeignKey("casebook_projects.project_id"),
            primary_key=True,
        ),
        sa.Column("member", sa.String, primary_key=True),
        sa.Column("made_at", sa.String, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
    )
    op.create_table(
        "casebook_drawings",
        sa.Column("sha256", sa.String, primary_key=True),
        sa.Column("owner", sa.String, primary_key=True),
        sa.Column("kept_at", sa.String, nullable=False),
    )
    op.create_table(
        "upload_projects",
        sa.Column(
            "upload_id",
            sa.String,
            sa.ForeignKey("uploads.upload_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("project", sa.String, primary_key=True),
    )
