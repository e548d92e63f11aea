"""Let people say what they hear of, how often and when, and gather what waits to be mailed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "notification_settings",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("inbox", "mail", "push", name="channel", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "frequency",
            sa.Enum(
                "at_once",
                "daily",
                "weekly",
                "never",
                name="frequency",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_notification_settings_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "person_id", "topic", "channel", name=op.f("pk_notification_settings")
        ),
    )
    op.create_table(
        "quiet_hours",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("begins", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_quiet_hours_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_quiet_hours")),
    )
    op.create_table(
        "group_volumes",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column(
            "volume",
            sa.Enum("louder", "quieter", "muted", name="volume", native_enum=False, length=40),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["groups.id"],
            name=op.f("fk_group_volumes_group_id_groups"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_group_volumes_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", "group_id", name=op.f("pk_group_volumes")),
    )
    op.create_index(op.f("ix_group_volumes_group_id"), "group_volumes", ["group_id"], unique=False)
    op.add_column(
        "notifications", sa.Column("matter", sa.Text(), server_default="", nullable=False)
    )
    op.add_column("notifications", sa.Column("post_id", sa.Uuid(), nullable=True))
    op.add_column("notifications", sa.Column("group_id", sa.Uuid(), nullable=True))
    op.add_column(
        "notifications", sa.Column("count", sa.Integer(), server_default="1", nullable=False)
    )
    op.add_column(
        "notifications",
        sa.Column("is_folded", sa.Boolean(), server_default="false", nullable=False),
    )
    op.add_column(
        "notifications", sa.Column("in_inbox", sa.Boolean(), server_default="true", nullable=False)
    )
    op.add_column(
        "notifications", sa.Column("mail_due_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "notifications", sa.Column("push_due_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.drop_index(op.f("ix_notifications_newest"), table_name="notifications")
    op.drop_index(
        op.f("ix_notifications_unread"),
        table_name="notifications",
        postgresql_where="(read_at IS NULL)",
    )
    op.create_index(
        "ix_notifications_unread",
        "notifications",
        ["person_id", "matter"],
        unique=False,
        postgresql_where=sa.text("read_at IS NULL AND in_inbox AND NOT is_folded"),
    )
    op.create_index(op.f("ix_notifications_group_id"), "notifications", ["group_id"], unique=False)
    op.create_index(
        "ix_notifications_lines",
        "notifications",
        ["person_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("in_inbox AND NOT is_folded"),
    )
    op.create_index(
        "ix_notifications_mail_due",
        "notifications",
        ["mail_due_at", "person_id"],
        unique=False,
        postgresql_where=sa.text("mail_due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_notifications_post_id"), "notifications", ["post_id"], unique=False)
    op.create_index(
        "ix_notifications_push_due",
        "notifications",
        ["push_due_at"],
        unique=False,
        postgresql_where=sa.text("push_due_at IS NOT NULL"),
    )
    op.create_foreign_key(
        op.f("fk_notifications_group_id_groups"),
        "notifications",
        "groups",
        ["group_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(
        op.f("fk_notifications_post_id_posts"),
        "notifications",
        "posts",
        ["post_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.add_column(
        "outgoing_mails",
        sa.Column("letter", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    )
    op.drop_column("outgoing_mails", "html")
