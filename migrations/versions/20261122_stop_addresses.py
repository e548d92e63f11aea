"""Keep the exact addresses of a transport apart from its post."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "stop_addresses",
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("loading_site", sa.Text(), nullable=False),
        sa.Column("loading_street", sa.Text(), nullable=False),
        sa.Column("loading_contact", sa.Text(), nullable=False),
        sa.Column("loading_phone", sa.Text(), nullable=False),
        sa.Column("unloading_site", sa.Text(), nullable=False),
        sa.Column("unloading_street", sa.Text(), nullable=False),
        sa.Column("unloading_contact", sa.Text(), nullable=False),
        sa.Column("unloading_phone", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["posts.id"],
            name=op.f("fk_stop_addresses_post_id_posts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_stop_addresses")),
    )
