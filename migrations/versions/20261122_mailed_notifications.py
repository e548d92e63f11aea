"""Keep when something was mailed by itself, so that more of it shortly after waits for one mail."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column(
        "notifications", sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(
        "ix_notifications_mailed",
        "notifications",
        ["person_id", "matter", "mailed_at"],
        unique=False,
        postgresql_where=sa.text("mailed_at IS NOT NULL"),
    )
