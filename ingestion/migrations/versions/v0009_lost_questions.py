"""Questions whose answers were lost wait for a person; which rule other wordings are from."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """What was lost and then answered when it was asked again waits for nobody."""
    op.add_column("provider_calls", sa.Column("released_at", sa.DateTime(timezone=True)))
    op.create_index("provider_calls_by_picture", "provider_calls", ["picture_sha256"])
    op.execute(
        "UPDATE provider_calls SET released_at = due_at WHERE answered_at IS NULL AND EXISTS "
        "(SELECT 1 FROM provider_answers a WHERE a.picture_sha256 = provider_calls.picture_sha256 "
        "AND a.request_hash = provider_calls.request_hash AND a.model = provider_calls.model "
        "AND a.flaw IS NULL)"
    )
    op.add_column("figures", sa.Column("wording_rule", sa.String))
