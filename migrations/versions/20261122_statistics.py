"""Keep numbers about places and sectors, and how often whose posts were shown."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "appearances",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "surface",
            sa.Enum(
                "list",
                "feed",
                "search",
                "digest",
                "match",
                "standing",
                name="surface",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "surface", "author", name=op.f("pk_appearances")),
    )
    op.create_table(
        "statistics",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("figures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_statistics")),
    )
    op.create_index("ix_companies_newest", "companies", ["created_at", "id"], unique=False)
