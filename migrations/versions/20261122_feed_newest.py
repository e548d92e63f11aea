"""Find the newest of everything in the feed without reading the rest."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_index(
        "ix_feed_entries_newest",
        "feed_entries",
        ["at", "post_id", "about"],
        unique=False,
        postgresql_where=sa.text("target = 'kind'"),
    )
