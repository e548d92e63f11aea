"""How long the feed takes: by how much one follows, how far one reads, and among how many posts.

``python -m bench.feeding`` makes a region with 20,000 posts and one with ``--posts`` (200,000), and
reads the start page, as nobody and signed in, and the feed of somebody who follows little, and of
one who follows 500 things; each many times, after PostgreSQL has settled on its plans. ``--again``
reads once more what was made before.
"""

import argparse
import asyncio
import os
import statistics
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

import psycopg

from app.core.actor import ANONYMOUS, Actor
from app.core.paging import Paging
from app.core.settings import settings
from app.features.feed.reading import FeedFilters, read_feed
from app.features.posts.feed import start_page
from app.runtime import Runtime, running
from bench.database import empty_database
from bench.dataset import Sizes, fill
from bench.report import machine
from bench.timing import Spent, Timed, spent_on

_TIMES: Final = 20  # in each round
_ROUNDS: Final = 5  # in turn, so that what else the machine does meets all alike
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
Read = Callable[[Timed], Awaitable[Any]]


async def _paging(rt: Runtime, actor: Actor, wanted: int) -> Paging | None:
    """Return where a page of somebody's feed begins; None where it has none."""
    page, paging = 1, Paging()
    while page < wanted:
        size = min(_LARGE, 20 * (wanted - page))
        part = (await read_feed(rt.reader, actor, FeedFilters(), Paging(size, paging.cursor))).page
        if part.next is None:
            return None
        paging, page = Paging(cursor=part.next), page + size // 20
    return paging


def _followers(dsn: str) -> tuple[UUID, UUID]:
    """Return somebody who follows a thing or two, and somebody who follows 500 more."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT person_id FROM follows GROUP BY 1 ORDER BY 1 LIMIT 2"
        ).fetchall()
        few, many = (row[0] for row in rows)
        connection.execute(_FOLLOW, {"me": many})
        connection.execute("VACUUM (ANALYZE) follows")
    return few, many


def _start(actor: Actor) -> Read:
    async def read(reader: Timed) -> Any:
        return await start_page(reader, actor, Paging())

    return read


def _feed(actor: Actor, paging: Paging) -> Read:
    async def read(reader: Timed) -> Any:
        return await read_feed(reader, actor, FeedFilters(), paging)

    return read


async def measure(dsn: str, posts: int) -> None:
    """Print a row of the table for each read."""
    few, many = (Actor(person_id=person) for person in _followers(dsn))
    async with running(settings(), dsn) as rt:
        reads = {"start page, nobody": _start(ANONYMOUS), "start page, signed in": _start(few)}
        for who, actor in (("a place and six groups", few), ("500 people and companies", many)):
            for page in _PAGES:
                if paging := await _paging(rt, actor, page):
                    name = f"feed of who follows {who}, page {page:,}"
                    reads[name] = _feed(actor, paging)
        found: dict[str, list[Spent]] = {name: [] for name in reads}
        for _ in range(_ROUNDS):
            for name, read in reads.items():
                found[name].append(await spent_on(rt, read, _TIMES))
    first = statistics.median(one.worked for one in next(iter(found.values())))
    for name, rounds in found.items():
        waited, worked = (
            statistics.median(getattr(one, field) for one in rounds)
            for field in ("waited", "worked")
        )
        said = f"{waited:.1f} | {worked:.1f} | {worked / first:.2f}"
        print(f"| {posts:,} | {name} | {said} |", flush=True)


def main() -> None:
    """Measure with 20,000 posts and with more, and print a table in Markdown."""
    asked = argparse.ArgumentParser(prog="python -m bench.feeding", description=__doc__)
    asked.add_argument("--posts", type=int, default=200_000)
    asked.add_argument("--again", action="store_true", help="only the times, on the same data")
    options = asked.parse_args()
    os.environ["KONTOR_REQUIRE_DURABLE_DATABASE"] = "false"
    os.environ["KONTOR_PUBLISH_IMPORTED_STUBS"] = "true"
    os.environ["KONTOR_READ_CONNECTIONS"] = "1"
    settings.cache_clear()
    print(
        "| posts | what | ms, median | processor ms, median | of the first row |\n"
        "|--:|---|--:|--:|--:|",
        flush=True,
    )
    said, before = "", os.getloadavg()[0]
    for name, posts in (("feeding-few", 20_000), ("feeding", options.posts)):
        with empty_database(name, again=options.again) as dsn:
            if not options.again:
                fill(dsn, Sizes(posts=posts, replies=posts // 10))
            asyncio.run(measure(dsn, posts))
            said = machine(dsn)
    print(f"\n{said}, load average {before:.1f} to {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
