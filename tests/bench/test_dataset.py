"""The region that is measured: as large as asked for, and the same every time."""

from datetime import UTC, datetime

import psycopg

from bench.dataset import Sizes, fill

SMALL = Sizes(companies=300, people=60, groups=12, posts=150, replies=450)
NOW = datetime(2026, 7, 1, tzinfo=UTC)


def _texts(dsn: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            "SELECT p.id, p.title, p.body_html, count(r.id), min(r.published_at) "
            "FROM posts p LEFT JOIN replies r ON r.post_id = p.id GROUP BY p.id ORDER BY p.id"
        ).fetchall()


def test_the_region_has_the_size_asked_for(own_database: str) -> None:
    written = fill(own_database, SMALL, NOW)

    assert written["companies"] == 300
    assert written["people"] == 60
    assert written["groups"] == 12
    assert written["posts"] == 150
    assert written["replies"] == 450
    replies = [row[3] for row in _texts(own_database)]
    assert max(replies) == 40
    assert min(replies) == 0


def test_the_same_sizes_and_day_give_the_same_rows(own_database: str) -> None:
    fill(own_database, SMALL, NOW)
    first = _texts(own_database)
    with psycopg.connect(own_database) as connection:
        connection.execute("TRUNCATE accounts, people, companies, groups, follows CASCADE")

    fill(own_database, SMALL, NOW)

    assert _texts(own_database) == first


def test_every_row_keeps_the_rules_of_the_platform(own_database: str) -> None:
    fill(own_database, SMALL, NOW)

    with psycopg.connect(own_database) as connection:
        foreign = connection.execute(
            "SELECT count(*) FROM posts p WHERE group_id IS NOT NULL AND NOT EXISTS (SELECT FROM "
            "memberships m WHERE m.group_id = p.group_id AND m.person_id = p.author_id)"
        ).fetchone()
        ownerless = connection.execute(
            "SELECT count(*) FROM groups g WHERE NOT EXISTS (SELECT FROM memberships m "
            "WHERE m.group_id = g.id AND m.person_id = g.founded_by_id AND standing = 'owner')"
        ).fetchone()
        placed = connection.execute(
            "SELECT count(*) FROM sites WHERE is_main AND place_id IS NOT NULL"
        ).fetchone()
    assert (foreign, ownerless, placed) == ((0,), (0,), (300,))
