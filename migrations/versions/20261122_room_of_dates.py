"""Note of each date whether it has room for one more."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column(
        "occurrences",
        sa.Column("has_room", sa.Boolean(), server_default=sa.text("true"), nullable=False),
    )
    op.create_index(
        "ix_occurrences_with_room",
        "occurrences",
        ["starts_at", "id"],
        unique=False,
        postgresql_where=sa.text("has_room"),
    )
    op.execute(
        """
        UPDATE occurrences o SET has_room = FALSE FROM posts p
        WHERE p.id = o.post_id AND NOT coalesce(CASE p.details ->> 'participation'
            WHEN 'open' THEN TRUE
            WHEN 'registration' THEN
                coalesce(o.capacity, (p.details ->> 'capacity')::integer) IS NULL
                OR coalesce(o.capacity, (p.details ->> 'capacity')::integer) > (
                    SELECT count(*) FROM registrations r WHERE r.occurrence_id = o.id
                    AND r.state IN ('offered', 'confirmed', 'attended')
                )
            WHEN 'slots' THEN EXISTS (
                SELECT FROM generate_series(
                    0,
                    floor(
                        extract(epoch FROM o.ends_at - o.starts_at)
                        / ((p.details ->> 'slot_minutes')::integer * 60)
                    )::integer - 1
                ) AS slots (slot)
                WHERE coalesce(o.capacity, (p.details ->> 'capacity')::integer, 1) > (
                    SELECT count(*) FROM registrations r
                    WHERE r.occurrence_id = o.id AND r.slot = slots.slot
                    AND r.state IN ('offered', 'confirmed', 'attended')
                )
            )
            ELSE FALSE
        END, FALSE)
        """
    )
