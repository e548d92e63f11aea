"""How long the feed takes: by how much one follows, how far one reads, and among how many posts.

``python -m bench.feeding`` makes a region with 20,000 posts and one with ``--posts`` (200,000), and
reads the start page as nobody and the feed of somebody who follows little, and of one who follows
500 things; each several times, after PostgreSQL has settled on its plans.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from app.core.actor import ANONYMOUS, Actor
from app.core.paging import Paging
from app.core.reads import PoolReader
from app.features.feed.reading import FeedFilters, read_feed
from app.features.posts.feed import start_page
from app.runtime import load_features
from bench.database import empty_database
from bench.dataset import Sizes, fill
from bench.report import machine

_SETTLED: Final = 12  # executions; PostgreSQL decides about generic plans after five
_TIMES: Final = 30
_PAGES: Final = (1, 100, 1_000)
_LARGE: Final = 100  # items of a part, for going far quickly; five pages
_FOLLOW: Final = """
    INSERT INTO follows (id, person_id, target, key)
    SELECT uuidv7(), %(me)s, target, key FROM (
        (SELECT 'person' AS target, id::text AS key FROM people ORDER BY id LIMIT 300)
        UNION ALL
        (SELECT 'company', id::text FROM companies WHERE state = 'active' ORDER BY id LIMIT 200)
    ) AS things ON CONFLICT DO NOTHING
"""
Read = Callable[[], Awaitable[Any]]


async def _median(read: Read) -> float:
    for _ in range(_SETTLED):
        await read()
    spent = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        await read()
        spent.append((time.perf_counter() - began) * 1_000)
    return statistics.median(spent)


async def _times(reader: PoolReader, me: UUID) -> list[str]:
    """Return the median milliseconds of some pages of somebody's feed."""
    actor, found, page, cursor = Actor(person_id=me), list[str](), 1, None
    for wanted in _PAGES:
        while page < wanted:
            size = min(_LARGE, 20 * (wanted - page))
            part = (await read_feed(reader, actor, FeedFilters(), Paging(size, cursor))).page
            if part.next is None:
                return [*found, *["–"] * (len(_PAGES) - len(found))]
            cursor, page = part.next, page + size // 20
        paging = Paging(cursor=cursor)
        spent = await _median(lambda at=paging: read_feed(reader, actor, FeedFilters(), at))  # type: ignore[misc]
        found.append(f"{spent:.1f}")
    return found


async def measure(dsn: str, posts: int) -> None:
    """Print a row of the table for each reader."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT person_id FROM follows GROUP BY 1 ORDER BY 1 LIMIT 2"
        ).fetchall()
        few, many = (row[0] for row in rows)
        connection.execute(_FOLLOW, {"me": many})
        connection.execute("VACUUM (ANALYZE) follows")
    pool: AsyncConnectionPool[AsyncConnection] = AsyncConnectionPool(
        dsn, min_size=1, max_size=1, open=False, kwargs={"autocommit": True}
    )
    async with pool:
        reader = PoolReader(pool)
        start = await _median(lambda: start_page(reader, ANONYMOUS, Paging()))
        print(f"| {posts:,} | nobody: start page | {start:.1f} | | |")
        for name, person in (("a place and own groups", few), ("500 people and companies", many)):
            spent = " | ".join(await _times(reader, person))
            print(f"| {posts:,} | {name} | {spent} |", flush=True)


def main() -> None:
    """Measure with 20,000 posts and with more, and print a table in Markdown."""
    asked = argparse.ArgumentParser(prog="python -m bench.feeding", description=__doc__)
    asked.add_argument("--posts", type=int, default=200_000)
    options = asked.parse_args()
    load_features()
    print("| posts | follows | page 1, ms | page 100, ms | page 1,000, ms |\n|--:|---|--:|--:|--:|")
    said = ""
    for posts in (20_000, options.posts):
        with empty_database("feeding") as dsn:
            fill(dsn, Sizes(companies=5_000, posts=posts, replies=posts // 10))
            asyncio.run(measure(dsn, posts))
            said = machine(dsn)
    print(f"\n{said}")


if __name__ == "__main__":
    main()
