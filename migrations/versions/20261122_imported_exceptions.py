"""Remember which dates of an imported event are not as its rule has them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column(
        "imported_events",
        sa.Column("others", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )
