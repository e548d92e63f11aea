"""Keep deals, and how both sides rate each other."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "deals",
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["inquiry_id"],
            ["inquiries.id"],
            name=op.f("fk_deals_inquiry_id_inquiries"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deals")),
        sa.UniqueConstraint("inquiry_id", name=op.f("uq_deals_inquiry_id")),
    )
    op.create_index(
        "ix_deals_open",
        "deals",
        ["delivered_at"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "ratings",
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column(
            "side",
            sa.Enum("opener", "keeper", name="side", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("rated_company_id", sa.Uuid(), nullable=True),
        sa.Column("punctual", sa.Boolean(), nullable=False),
        sa.Column("as_agreed", sa.Boolean(), nullable=False),
        sa.Column("would_again", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["people.id"], name=op.f("fk_ratings_author_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deals.id"], name=op.f("fk_ratings_deal_id_deals"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["rated_company_id"],
            ["companies.id"],
            name=op.f("fk_ratings_rated_company_id_companies"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ratings")),
        sa.UniqueConstraint("deal_id", "side", name=op.f("uq_ratings_deal_id_side")),
    )
    op.create_index(op.f("ix_ratings_author_id"), "ratings", ["author_id"], unique=False)
    op.create_index(
        op.f("ix_ratings_rated_company_id"), "ratings", ["rated_company_id"], unique=False
    )
