"""Give posts a life, and make the tables of typed posts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "reference_counters",
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", "year", name=op.f("pk_reference_counters")),
    )
    op.create_table(
        "concealed_authors",
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_concealed_authors_company_id_companies")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_concealed_authors_person_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["posts.id"],
            name=op.f("fk_concealed_authors_post_id_posts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concealed_authors")),
        sa.UniqueConstraint("post_id", name=op.f("uq_concealed_authors_post_id")),
    )
    op.create_index(
        op.f("ix_concealed_authors_company_id"), "concealed_authors", ["company_id"], unique=False
    )
    op.create_index(
        op.f("ix_concealed_authors_person_id"), "concealed_authors", ["person_id"], unique=False
    )
    op.create_table(
        "confirmations",
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_confirmations_person_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["posts.id"],
            name=op.f("fk_confirmations_post_id_posts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmations")),
        sa.UniqueConstraint("post_id", "code", name=op.f("uq_confirmations_post_id_code")),
    )
    op.create_index(
        op.f("ix_confirmations_person_id"), "confirmations", ["person_id"], unique=False
    )
    op.create_table(
        "matches",
        sa.Column("offer_post_id", sa.Uuid(), nullable=False),
        sa.Column("request_post_id", sa.Uuid(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("offer_version", sa.Integer(), nullable=False),
        sa.Column("request_version", sa.Integer(), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("offer_post_id <> request_post_id", name=op.f("ck_matches_two_posts")),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f("ck_matches_score")),
        sa.ForeignKeyConstraint(
            ["offer_post_id"],
            ["posts.id"],
            name=op.f("fk_matches_offer_post_id_posts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["request_post_id"],
            ["posts.id"],
            name=op.f("fk_matches_request_post_id_posts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matches")),
        sa.UniqueConstraint(
            "offer_post_id",
            "request_post_id",
            name=op.f("uq_matches_offer_post_id_request_post_id"),
        ),
    )
    op.create_index("ix_matches_request_post_id", "matches", ["request_post_id"], unique=False)
    op.alter_column("post_revisions", "replaced_by_id", existing_type=sa.UUID(), nullable=True)
    op.add_column(
        "posts",
        sa.Column("is_concealed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("posts", sa.Column("reference", sa.Text(), nullable=True))
    op.add_column("posts", sa.Column("external_id", sa.Text(), nullable=True))
    op.add_column(
        "posts",
        sa.Column(
            "audience",
            sa.Enum("public", "signed_in", name="audience", native_enum=False, length=40),
            server_default="public",
            nullable=False,
        ),
    )
    op.add_column("posts", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "posts", sa.Column("reminders", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column("posts", sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("posts", sa.Column("reserved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("posts", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "posts",
        sa.Column(
            "conclusion",
            sa.Enum(
                "here",
                "elsewhere",
                "no_longer_needed",
                "other",
                name="conclusion",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
    )
    op.alter_column("posts", "author_id", existing_type=sa.UUID(), nullable=True)
    op.create_index(
        "ix_posts_details",
        "posts",
        ["details"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"details": "jsonb_path_ops"},
    )
    op.create_index(
        "ix_posts_ended",
        "posts",
        ["ended_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NOT NULL"),
    )
    op.create_index(
        "ix_posts_expires",
        "posts",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )
    op.create_index("ix_posts_kind_due", "posts", ["kind", "due_at", "id"], unique=False)
    op.create_index(
        "uq_posts_external_id_of_company",
        "posts",
        ["company_id", "external_id"],
        unique=True,
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )
    op.create_index(
        "uq_posts_external_id_of_person",
        "posts",
        ["author_id", "external_id"],
        unique=True,
        postgresql_where=sa.text("external_id IS NOT NULL AND company_id IS NULL"),
    )
    op.create_unique_constraint(op.f("uq_posts_reference"), "posts", ["reference"])
    op.execute("UPDATE posts SET ended_at = withdrawn_at WHERE withdrawn_at IS NOT NULL")
    op.drop_column("posts", "withdrawn_at")
    op.create_check_constraint(
        op.f("ck_posts_concealed_has_no_author"), "posts", "is_concealed = (author_id IS NULL)"
    )
    op.create_check_constraint(
        op.f("ck_posts_concealed_has_no_company"), "posts", "NOT is_concealed OR company_id IS NULL"
    )
