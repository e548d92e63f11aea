"""Make the tables of the search."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "search_documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "thing",
            sa.Enum(
                "post",
                "reply",
                "company",
                "person",
                "group",
                "place",
                name="thing",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("group_id", sa.Uuid(), nullable=True),
        sa.Column("place_id", sa.Uuid(), nullable=True),
        sa.Column("sectors", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_from", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_documents")),
    )
    op.create_index("ix_search_documents_group", "search_documents", ["group_id"], unique=False)
    op.create_index(
        "ix_search_documents_name",
        "search_documents",
        ["name_key"],
        unique=False,
        postgresql_ops={"name_key": "text_pattern_ops"},
    )
    op.create_index(
        "ix_search_documents_name_trgm",
        "search_documents",
        ["name_key"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"name_key": "gin_trgm_ops"},
        postgresql_where=sa.text("thing NOT IN ('post', 'reply')"),
    )
    op.create_index("ix_search_documents_place", "search_documents", ["place_id"], unique=False)
    op.create_index(
        "ix_search_documents_thing", "search_documents", ["thing", "said_at", "id"], unique=False
    )
    op.create_index(
        "ix_search_documents_words",
        "search_documents",
        ["words"],
        unique=False,
        postgresql_using="gin",
    )
    op.create_table(
        "search_words",
        sa.Column("word", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_search_words")),
    )
    op.create_index(
        "ix_search_words_trgm",
        "search_words",
        ["word"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"word": "gin_trgm_ops"},
    )
