"""Keep what feeds are read from, what is muted, and how far somebody has read."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "feed_positions",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column(
            "about",
            sa.Enum("post", "answer", name="about", native_enum=False, length=40),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_feed_positions_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_feed_positions")),
    )
    op.create_table(
        "mutes",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "target",
            sa.Enum(
                "person",
                "company",
                "group",
                "place",
                "sector",
                "topic",
                "kind",
                "tag",
                name="followtarget",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_mutes_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mutes")),
        sa.UniqueConstraint(
            "person_id", "target", "key", name=op.f("uq_mutes_person_id_target_key")
        ),
    )
    op.create_table(
        "feed_entries",
        sa.Column(
            "target",
            sa.Enum(
                "person",
                "company",
                "group",
                "place",
                "sector",
                "topic",
                "kind",
                "tag",
                name="followtarget",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column(
            "about",
            sa.Enum("post", "answer", name="about", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["posts.id"],
            name=op.f("fk_feed_entries_post_id_posts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "target", "key", "at", "post_id", "about", name=op.f("pk_feed_entries")
        ),
    )
    op.create_index(
        "ix_feed_entries_kind",
        "feed_entries",
        ["target", "key", "kind", "at", "post_id", "about"],
        unique=False,
    )
    op.create_index(op.f("ix_feed_entries_post_id"), "feed_entries", ["post_id"], unique=False)
    op.execute("""
        WITH RECURSIVE parents (id, up) AS (
            SELECT id, parent_id FROM places WHERE parent_id IS NOT NULL
            UNION SELECT postcode_id, municipality_id FROM postcode_municipalities
        ), around (id, up) AS (
            SELECT place_id, place_id FROM posts WHERE place_id IS NOT NULL
            UNION SELECT a.id, p.up FROM around a JOIN parents p ON p.id = a.up
        ), headings (post_id, target, key) AS (
            SELECT id, 'kind', kind FROM posts
            UNION SELECT id, 'tag', unnest(tags) FROM posts
            UNION SELECT id, 'person', author_id::text FROM posts WHERE author_id IS NOT NULL
            UNION SELECT id, 'company', company_id::text FROM posts WHERE company_id IS NOT NULL
            UNION SELECT id, 'group', group_id::text FROM posts WHERE group_id IS NOT NULL
            UNION SELECT p.id, 'place', a.up::text FROM posts p JOIN around a ON a.id = p.place_id
            UNION SELECT p.id, 'sector', c.classification || ':' || named
                FROM posts p JOIN company_sectors c USING (company_id),
                unnest(ARRAY[c.section, c.division]) AS named WHERE named IS NOT NULL
            UNION SELECT p.id, 'sector', '2008:' || (named #>> '{}')
                FROM posts p, unnest(ARRAY[
                    '$.wz2008_section[*]', '$.wz2008_sections[*]',
                    '$.wz2008_division[*]', '$.wz2008_divisions[*]'
                ]::jsonpath[]) AS path, jsonb_path_query(p.details, path) AS named
                WHERE named <> 'null'
        )
        INSERT INTO feed_entries (target, key, at, post_id, about, kind)
        SELECT h.target, h.key, m.at, p.id, m.about, p.kind
        FROM headings h
        JOIN posts p ON p.id = h.post_id
        LEFT JOIN replies r ON r.id = p.accepted_reply_id
        CROSS JOIN LATERAL (
            VALUES ('post', p.published_at), ('answer', r.published_at)
        ) AS m (about, at)
        WHERE p.status IN ('active', 'reserved') AND m.at IS NOT NULL
        """)
