"""The casebook: projects, saved searches, remarks, watches, certificates; and what arrived when."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables."""
    _make_arrivals()
    op.create_table(
        "casebook_projects",
        sa.Column("project_id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("made_at", sa.String, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
    )
    op.create_table(
        "casebook_searches",
        sa.Column("search_id", sa.Integer, primary_key=True),
        sa.Column(
            "project_id",
            sa.Integer,
            sa.ForeignKey("casebook_projects.project_id"),
            nullable=False,
            index=True,
        ),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("query", sa.JSON, nullable=False),
        sa.Column("pictures", sa.JSON, nullable=False),
        sa.Column("made_at", sa.String, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
    )
    op.create_table(
        "casebook_remarks",
        sa.Column("remark_id", sa.Integer, primary_key=True),
        sa.Column(
            "project_id", sa.Integer, sa.ForeignKey("casebook_projects.project_id"), nullable=False
        ),
        sa.Column("publication_id", sa.String, nullable=False),
        sa.Column("mark", sa.String),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("search_id", sa.Integer, sa.ForeignKey("casebook_searches.search_id")),
        sa.Column("made_at", sa.String, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Index("casebook_remarks_by_publication", "project_id", "publication_id"),
    )
    op.create_table(
        "casebook_watches",
        sa.Column(
            "search_id", sa.Integer, sa.ForeignKey("casebook_searches.search_id"), primary_key=True
        ),
        sa.Column("covered", sa.Integer, nullable=False),
        sa.Column("is_on", sa.Boolean, nullable=False),
        sa.Column("last_run_at", sa.String),
        sa.Column("problem", sa.Text),
        sa.Column("made_at", sa.String, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
    )
    op.create_table(
        "casebook_watch_hits",
        sa.Column(
            "search_id", sa.Integer, sa.ForeignKey("casebook_watches.search_id"), primary_key=True
        ),
        sa.Column("publication_id", sa.String, primary_key=True),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("figure_id", sa.String, nullable=False),
        sa.Column("found_at", sa.String, nullable=False),
    )
    op.create_table(
        "casebook_certificates",
        sa.Column("certificate_id", sa.Integer, primary_key=True),
        sa.Column(
            "search_id",
            sa.Integer,
            sa.ForeignKey("casebook_searches.search_id"),
            nullable=False,
            index=True,
        ),
        sa.Column("sha256", sa.String, nullable=False, unique=True),
        sa.Column("json_file", sa.String, nullable=False),
        sa.Column("pdf_file", sa.String, nullable=False),
        sa.Column("n_hits", sa.Integer, nullable=False),
        sa.Column("made_at", sa.String, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
    )


def _make_arrivals() -> None:
    op.create_table(
        "arrivals",
        sa.Column("arrival", sa.Integer, primary_key=True),
        sa.Column("figure_id", sa.String, nullable=False),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("publication_id", sa.String, nullable=False),
        sa.UniqueConstraint("figure_id", "sha256"),
        sa.Index("arrivals_by_publication", "publication_id"),
    )
    op.create_table("catalogue_identity", sa.Column("catalogue_id", sa.String, primary_key=True))
