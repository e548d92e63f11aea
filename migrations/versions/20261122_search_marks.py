"""Mark documents of the search, so that the index narrows them down and goes back through time."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


_MARK = """
WITH RECURSIVE tree (start, id, parent_id) AS (
    SELECT id, id, parent_id FROM places
    UNION SELECT m.postcode_id, p.id, p.parent_id
        FROM postcode_municipalities m JOIN places p ON p.id = m.municipality_id
    UNION SELECT t.start, p.id, p.parent_id FROM tree t JOIN places p ON p.id = t.parent_id
), areas (place_id, marks) AS (
    SELECT start, array_agg('area:' || id) FROM tree
    WHERE start IN (SELECT place_id FROM search_documents) GROUP BY start
)
UPDATE search_documents d SET marks = array_remove(
    ARRAY[
        'thing:' || d.thing, 'kind:' || d.kind, 'group:' || d.group_id,
        't0:' || n.at, 't1:' || n.at / 8, 't2:' || n.at / 64, 't3:' || n.at / 512,
        't4:' || n.at / 4096, 't5:' || n.at / 32768
    ], NULL
) || ARRAY(SELECT 'sector:' || s FROM unnest(d.sectors) AS s) || coalesce(a.marks, '{}')
FROM (
    SELECT id, greatest(0, floor(extract(epoch FROM said_at) / 10800)::int) AS at
    FROM search_documents
) AS n, search_documents o LEFT JOIN areas a ON a.place_id = o.place_id
WHERE n.id = d.id AND o.id = d.id
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column(
        "search_documents",
        sa.Column("marks", postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}"),
    )
    op.drop_index("ix_search_documents_group", table_name="search_documents")
    op.drop_index("ix_search_documents_place", table_name="search_documents")
    op.drop_index("ix_search_documents_words", table_name="search_documents")
    # Until the worker has made the documents anew, in batches, they are found by these.
    op.execute(_MARK)
    op.alter_column("search_documents", "marks", server_default=None)
    op.create_index(
        "ix_search_documents_words_marks",
        "search_documents",
        ["words", "marks"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
