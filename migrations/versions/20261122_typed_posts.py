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
        "threads",
        sa.Column("last_message_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_threads")),
    )
    op.create_index("ix_threads_latest", "threads", ["last_message_at"], unique=False)
    op.create_table(
        "trade_tax_rates",
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.CheckConstraint("percent BETWEEN 200 AND 2000", name=op.f("ck_trade_tax_rates_percent")),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["places.id"],
            name=op.f("fk_trade_tax_rates_municipality_id_places"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("municipality_id", name=op.f("pk_trade_tax_rates")),
    )
    op.create_table(
        "blocks",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("by_person_id", sa.Uuid(), nullable=True),
        sa.Column("by_company_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "num_nonnulls(by_person_id, by_company_id) = 1", name=op.f("ck_blocks_one_blocker")
        ),
        sa.ForeignKeyConstraint(
            ["by_company_id"],
            ["companies.id"],
            name=op.f("fk_blocks_by_company_id_companies"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["by_person_id"],
            ["people.id"],
            name=op.f("fk_blocks_by_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_blocks_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocks")),
        sa.UniqueConstraint(
            "by_company_id", "person_id", name=op.f("uq_blocks_by_company_id_person_id")
        ),
        sa.UniqueConstraint(
            "by_person_id", "person_id", name=op.f("uq_blocks_by_person_id_person_id")
        ),
    )
    op.create_index(op.f("ix_blocks_person_id"), "blocks", ["person_id"], unique=False)
    op.create_table(
        "conversations",
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("opener_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("company_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "accepted",
                "refused",
                name="conversationstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
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
            "num_nonnulls(person_id, company_id) = 1", name=op.f("ck_conversations_one_addressee")
        ),
        sa.CheckConstraint(
            "person_id IS DISTINCT FROM opener_id", name=op.f("ck_conversations_not_with_oneself")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_conversations_company_id_companies")
        ),
        sa.ForeignKeyConstraint(
            ["opener_id"], ["people.id"], name=op.f("fk_conversations_opener_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_conversations_person_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["threads.id"],
            name=op.f("fk_conversations_thread_id_threads"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint(
            "opener_id", "company_id", name=op.f("uq_conversations_opener_id_company_id")
        ),
        sa.UniqueConstraint("thread_id", name=op.f("uq_conversations_thread_id")),
    )
    op.create_index(
        op.f("ix_conversations_company_id"), "conversations", ["company_id"], unique=False
    )
    op.create_index("ix_conversations_person", "conversations", ["person_id"], unique=False)
    op.create_index(
        "uq_conversations_pair",
        "conversations",
        [
            sa.literal_column("least(opener_id, person_id)"),
            sa.literal_column("greatest(opener_id, person_id)"),
        ],
        unique=True,
        postgresql_where=sa.text("person_id IS NOT NULL"),
    )
    op.create_table(
        "messages",
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column(
            "side",
            sa.Enum("opener", "keeper", name="side", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["people.id"], name=op.f("fk_messages_author_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["threads.id"],
            name=op.f("fk_messages_thread_id_threads"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
    )
    op.create_index(op.f("ix_messages_author_id"), "messages", ["author_id"], unique=False)
    op.create_index("ix_messages_thread", "messages", ["thread_id", "sent_at", "id"], unique=False)
    op.create_table(
        "read_marks",
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("read_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_read_marks_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["threads.id"],
            name=op.f("fk_read_marks_thread_id_threads"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("thread_id", "person_id", name=op.f("pk_read_marks")),
    )
    op.create_index(op.f("ix_read_marks_person_id"), "read_marks", ["person_id"], unique=False)
    op.create_table(
        "reply_templates",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_reply_templates_company_id_companies"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_templates")),
        sa.UniqueConstraint(
            "company_id", "title", name=op.f("uq_reply_templates_company_id_title")
        ),
    )
    op.create_table(
        "saved_searches",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
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
        sa.Column("query", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("wanted", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=True),
        sa.Column("radius_km", sa.Double(), nullable=True),
        sa.Column("south", sa.Double(), nullable=False),
        sa.Column("north", sa.Double(), nullable=False),
        sa.Column("west", sa.Double(), nullable=False),
        sa.Column("east", sa.Double(), nullable=False),
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
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_saved_searches_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["place_id"],
            ["places.id"],
            name=op.f("fk_saved_searches_place_id_places"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_searches")),
    )
    op.create_index(
        "ix_saved_searches_narrow", "saved_searches", ["kind", "south", "north"], unique=False
    )
    op.create_index(
        "ix_saved_searches_person",
        "saved_searches",
        ["person_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_saved_searches_place_id"), "saved_searches", ["place_id"], unique=False
    )
    op.create_table(
        "message_files",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("medium_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["medium_id"], ["media.id"], name=op.f("fk_message_files_medium_id_media")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["messages.id"],
            name=op.f("fk_message_files_message_id_messages"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("message_id", "medium_id", name=op.f("pk_message_files")),
    )
    op.create_index(
        op.f("ix_message_files_medium_id"), "message_files", ["medium_id"], unique=False
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
        "freight_lanes",
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("is_capacity", sa.Boolean(), nullable=False),
        sa.Column("from_latitude", sa.Double(), nullable=False),
        sa.Column("from_longitude", sa.Double(), nullable=False),
        sa.Column("to_latitude", sa.Double(), nullable=True),
        sa.Column("to_longitude", sa.Double(), nullable=True),
        sa.Column("to_cell", sa.Integer(), nullable=True),
        sa.Column("cells", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("keys", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("loading_metres", sa.Double(), nullable=False),
        sa.Column("weight_kg", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["posts.id"],
            name=op.f("fk_freight_lanes_post_id_posts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_freight_lanes")),
    )
    op.create_index(
        "ix_freight_lanes_capacity_cells",
        "freight_lanes",
        ["cells"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("is_capacity"),
    )
    op.create_index(
        "ix_freight_lanes_capacity_keys",
        "freight_lanes",
        ["keys"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("is_capacity"),
    )
    op.create_index(
        "ix_freight_lanes_request_cells",
        "freight_lanes",
        ["cells"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("NOT is_capacity"),
    )
    op.create_index(
        "ix_freight_lanes_request_keys",
        "freight_lanes",
        ["keys"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("NOT is_capacity"),
    )
    op.create_table(
        "freight_shares",
        sa.Column("capacity_post_id", sa.Uuid(), nullable=False),
        sa.Column("request_post_id", sa.Uuid(), nullable=False),
        sa.Column("loading_metres", sa.Double(), nullable=False),
        sa.Column("weight_kg", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["capacity_post_id"],
            ["posts.id"],
            name=op.f("fk_freight_shares_capacity_post_id_posts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["request_post_id"],
            ["posts.id"],
            name=op.f("fk_freight_shares_request_post_id_posts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freight_shares")),
        sa.UniqueConstraint("request_post_id", name=op.f("uq_freight_shares_request_post_id")),
    )
    op.create_index(
        op.f("ix_freight_shares_capacity_post_id"),
        "freight_shares",
        ["capacity_post_id"],
        unique=False,
    )
    op.create_table(
        "inquiries",
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=True),
        sa.Column("offered_post_id", sa.Uuid(), nullable=True),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "sent",
                "seen",
                "in_talks",
                "accepted",
                "declined",
                "closed",
                "withdrawn",
                name="inquirystate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("is_concealed", sa.Boolean(), nullable=False),
        sa.Column("names_opener", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("files_deleted_at", sa.DateTime(timezone=True), nullable=True),
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
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_inquiries_company_id_companies")
        ),
        sa.ForeignKeyConstraint(
            ["offered_post_id"],
            ["posts.id"],
            name=op.f("fk_inquiries_offered_post_id_posts"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_inquiries_person_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_inquiries_post_id_posts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["threads.id"],
            name=op.f("fk_inquiries_thread_id_threads"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiries")),
        sa.UniqueConstraint("post_id", "number", name=op.f("uq_inquiries_post_id_number")),
        sa.UniqueConstraint("thread_id", name=op.f("uq_inquiries_thread_id")),
    )
    op.create_index("ix_inquiries_company", "inquiries", ["company_id"], unique=False)
    op.create_index(
        "ix_inquiries_ended",
        "inquiries",
        ["ended_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_inquiries_offered_post_id"), "inquiries", ["offered_post_id"], unique=False
    )
    op.create_index("ix_inquiries_person", "inquiries", ["person_id"], unique=False)
    op.create_index(
        "uq_inquiries_one_of_a_company",
        "inquiries",
        ["post_id", "company_id"],
        unique=True,
        postgresql_where=sa.text(
            "company_id IS NOT NULL AND state IN ('sent', 'seen', 'in_talks')"
        ),
    )
    op.create_index(
        "uq_inquiries_one_of_a_person",
        "inquiries",
        ["post_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("company_id IS NULL AND state IN ('sent', 'seen', 'in_talks')"),
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
    op.create_table(
        "mediations",
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_mediations_company_id_companies")
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_mediations_post_id_posts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mediations")),
        sa.UniqueConstraint("post_id", name=op.f("uq_mediations_post_id")),
    )
    op.create_index(op.f("ix_mediations_company_id"), "mediations", ["company_id"], unique=False)
    op.create_table(
        "search_hits",
        sa.Column("search_id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_due", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_search_hits_post_id_posts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["search_id"],
            ["saved_searches.id"],
            name=op.f("fk_search_hits_search_id_saved_searches"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_hits")),
        sa.UniqueConstraint("search_id", "post_id", name=op.f("uq_search_hits_search_id_post_id")),
    )
    op.create_index(
        "ix_search_hits_due",
        "search_hits",
        ["search_id"],
        unique=False,
        postgresql_where=sa.text("is_due"),
    )
    op.create_index(
        "ix_search_hits_newest", "search_hits", ["search_id", "found_at", "id"], unique=False
    )
    op.create_index(op.f("ix_search_hits_post_id"), "search_hits", ["post_id"], unique=False)
    op.create_table(
        "disclosure_steps",
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column(
            "side",
            sa.Enum("opener", "keeper", name="side", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "act",
            sa.Enum(
                "released",
                "withdrawn",
                "opened",
                name="disclosureact",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
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
            name=op.f("fk_disclosure_steps_inquiry_id_inquiries"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_steps")),
    )
    op.create_index(
        "ix_disclosure_steps_inquiry",
        "disclosure_steps",
        ["inquiry_id", "taken_at", "id"],
        unique=False,
    )
    op.create_table(
        "disclosures",
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("opener_released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("keeper_released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
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
            "opened_at IS NULL OR num_nonnulls(opener_released_at, keeper_released_at) = 2",
            name=op.f("ck_disclosures_opened_by_both"),
        ),
        sa.ForeignKeyConstraint(
            ["inquiry_id"],
            ["inquiries.id"],
            name=op.f("fk_disclosures_inquiry_id_inquiries"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosures")),
        sa.UniqueConstraint("inquiry_id", name=op.f("uq_disclosures_inquiry_id")),
    )
    op.create_table(
        "inquiry_steps",
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "sent",
                "seen",
                "in_talks",
                "accepted",
                "declined",
                "closed",
                "withdrawn",
                name="inquirystate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "side",
            sa.Enum("opener", "keeper", name="side", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
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
            name=op.f("fk_inquiry_steps_inquiry_id_inquiries"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry_steps")),
    )
    op.create_index(
        "ix_inquiry_steps_inquiry", "inquiry_steps", ["inquiry_id", "taken_at", "id"], unique=False
    )
    op.create_table(
        "mediation_checks",
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_mediation_checks_company_id_companies")
        ),
        sa.ForeignKeyConstraint(
            ["inquiry_id"],
            ["inquiries.id"],
            name=op.f("fk_mediation_checks_inquiry_id_inquiries"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_mediation_checks_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mediation_checks")),
        sa.UniqueConstraint("inquiry_id", name=op.f("uq_mediation_checks_inquiry_id")),
    )
    op.create_index(
        op.f("ix_mediation_checks_company_id"), "mediation_checks", ["company_id"], unique=False
    )
    op.create_index(
        op.f("ix_mediation_checks_person_id"), "mediation_checks", ["person_id"], unique=False
    )
    op.add_column(
        "companies",
        sa.Column(
            "mediates_successions", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
    )
    op.create_index(
        "ix_companies_mediating",
        "companies",
        ["id"],
        unique=False,
        postgresql_where=sa.text("mediates_successions"),
    )
    op.add_column(
        "outgoing_mails",
        sa.Column(
            "headers", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
    )
    op.add_column(
        "people",
        sa.Column("is_minor", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column(
        "people",
        sa.Column("accepts_messages", sa.Boolean(), server_default=sa.text("true"), nullable=False),
    )
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
    op.add_column(
        "posts", sa.Column("reservation_asked_at", sa.DateTime(timezone=True), nullable=True)
    )
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
