"""Keep up to when followers were told what is new, and find what a person was told of a post."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "follow_news",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("told_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_follow_news_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_follow_news")),
    )
    op.create_index(
        "ix_follow_news_due",
        "follow_news",
        ["due_at", "person_id"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.drop_index(op.f("ix_notifications_post_id"), table_name="notifications")
    op.create_index(
        "ix_notifications_post", "notifications", ["post_id", "person_id"], unique=False
    )
    # Whoever follows something is looked at once and planned by their wishes then.
    op.execute("""
        INSERT INTO follow_news (person_id, told_to, due_at)
        SELECT p.id, now(), now() FROM people p JOIN accounts a ON a.id = p.account_id
        WHERE a.closed_at IS NULL AND EXISTS (SELECT FROM follows f WHERE f.person_id = p.id)
    """)
