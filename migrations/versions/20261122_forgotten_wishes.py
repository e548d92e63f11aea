"""Forget what people wished who have left, and wishes to hear of them."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    for table in (
        "follows",
        "mutes",
        "feed_positions",
        "saved_searches",
        "bookmarks",
        "push_subscriptions",
        "notifications",
        "notification_settings",
        "group_volumes",
        "quiet_hours",
    ):
        op.execute(
            f"DELETE FROM {table} USING people"  # noqa: S608 - of names that stand above
            f" WHERE people.id = {table}.person_id AND people.left_at IS NOT NULL"
        )
    for table in ("follows", "mutes", "feed_entries"):
        op.execute(
            f"DELETE FROM {table} USING people"  # noqa: S608
            f" WHERE {table}.target = 'person' AND {table}.key = people.id::text"
            " AND people.left_at IS NOT NULL"
        )
