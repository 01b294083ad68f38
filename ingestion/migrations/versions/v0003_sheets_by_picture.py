"""Sheets are found by their picture, as figures are: the picture store is checked that way."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the index."""
    op.create_index("sheets_by_picture", "sheets", ["sha256"])
