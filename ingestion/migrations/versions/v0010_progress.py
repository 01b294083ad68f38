"""Indexes that answer how far uploads have come without reading the rows themselves."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make both; the former one of members begins as the new one does."""
    op.create_index(
        "figures_by_standing",
        "figures",
        ["publication_id", "is_front_page", "is_withdrawn", "failed_stage", "stage"],
    )
    op.create_index(
        "upload_members_by_outcome",
        "upload_members",
        ["upload_id", "state", "outcome", "publication_id"],
    )
    op.drop_index("upload_members_by_state", "upload_members")
