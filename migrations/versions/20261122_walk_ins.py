"""Tell who was entered at the door."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column(
        "registrations",
        sa.Column("is_walk_in", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
