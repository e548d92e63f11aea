"""Add the dates of events, and who takes part in them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "occurrences",
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("original_starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "moved",
                "cancelled",
                name="occurrencestate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("sequence", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("holiday", sa.Text(), nullable=True),
        sa.Column(
            "proposal",
            sa.Enum("open", "accepted", "declined", name="proposal", native_enum=False, length=40),
            nullable=True,
        ),
        sa.Column("proposed_starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("venue", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("is_off_rule", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("last_number", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("ends_at >= starts_at", name=op.f("ck_occurrences_runs_forward")),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_occurrences_post_id_posts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occurrences")),
        sa.UniqueConstraint(
            "post_id", "original_starts_at", name=op.f("uq_occurrences_post_id_original_starts_at")
        ),
    )
    op.create_index(
        "ix_occurrences_of_post", "occurrences", ["post_id", "starts_at", "id"], unique=False
    )
    op.create_index("ix_occurrences_soonest", "occurrences", ["starts_at", "id"], unique=False)
    op.create_table(
        "registrations",
        sa.Column("occurrence_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "unconfirmed",
                "requested",
                "waiting",
                "offered",
                "confirmed",
                "attended",
                "cancelled",
                "declined",
                "lapsed",
                name="registrationstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("slot", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("company_id", sa.Uuid(), nullable=True),
        sa.Column("guest_key", sa.LargeBinary(), nullable=True),
        sa.Column("guest_name", sa.Text(), nullable=True),
        sa.Column("guest_email", sa.Text(), nullable=True),
        sa.Column("guest_company", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), server_default="de", nullable=False),
        sa.Column("company_key", sa.LargeBinary(), nullable=True),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "num_nonnulls(person_id, guest_key) = 1", name=op.f("ck_registrations_person_or_guest")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_registrations_company_id_companies")
        ),
        sa.ForeignKeyConstraint(
            ["occurrence_id"],
            ["occurrences.id"],
            name=op.f("fk_registrations_occurrence_id_occurrences"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_registrations_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registrations")),
        sa.UniqueConstraint(
            "occurrence_id", "code", name=op.f("uq_registrations_occurrence_id_code")
        ),
        sa.UniqueConstraint(
            "occurrence_id", "number", name=op.f("uq_registrations_occurrence_id_number")
        ),
    )
    op.create_index("ix_registrations_of_company", "registrations", ["company_id"], unique=False)
    op.create_index(
        "ix_registrations_of_person",
        "registrations",
        ["person_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_registrations_offered",
        "registrations",
        ["offered_until"],
        unique=False,
        postgresql_where=sa.text("state = 'offered'"),
    )
    op.create_index(
        "uq_registrations_one_of_a_guest",
        "registrations",
        ["occurrence_id", "guest_key"],
        unique=True,
        postgresql_where=sa.text(
            "state IN ('unconfirmed', 'requested', 'waiting', 'offered', 'confirmed', 'attended')"
        ),
    )
    op.create_index(
        "uq_registrations_one_of_a_person",
        "registrations",
        ["occurrence_id", "person_id"],
        unique=True,
        postgresql_where=sa.text(
            "state IN ('unconfirmed', 'requested', 'waiting', 'offered', 'confirmed', 'attended')"
        ),
    )
