"""How long the database takes to find what fits a new load, among 100,000 open freight posts.

``python -m bench.matching`` writes lorries and loads all over Germany with COPY, and asks for the
candidates of new ones as the job does; ``--posts`` says how many there are.
"""

import argparse
import asyncio
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any, Final
from uuid import UUID

import psycopg
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from app.core.db import sqlalchemy_url
from app.core.ids import new_id
from app.features.matching.finding import find_pairs
from app.features.matching.parties import open_party
from app.features.posts.drafts import KINDS, stored
from app.features.posts.freight.geometry import Point
from app.features.posts.freight.lanes import (
    Way,
    capacity_lane,
    days_between,
    days_of_trip,
    keys_of,
    request_lane,
)
from app.features.posts.freight.rule import RULE
from app.models.accounts import Account
from app.models.freight import FreightLane
from app.models.people import Person
from app.models.posts import Post, PostStatus
from app.runtime import load_features
from bench.copying import Copying
from bench.database import empty_database
from bench.report import machine

SEED: Final = 20_270_114
_DAYS: Final = 20  # on which lorries leave, where they are close together
_ROUTES: Final = 3_000  # pairs of postcodes, each driven by many
_ASKED: Final = 60  # new posts that are measured
Place = tuple[UUID, str, Point]


def _places(dsn: str) -> list[Place]:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT id, code, latitude, longitude FROM places "
            "WHERE kind = 'postcode' AND latitude IS NOT NULL ORDER BY code"
        ).fetchall()
    return [(row[0], row[1], Point(row[2], row[3])) for row in rows]


def _author(dsn: str) -> UUID:
    account, person = new_id(), new_id()
    email = "bench@kontor.example"
    with psycopg.connect(dsn) as connection:
        copying = Copying(connection)
        copying.into(Account, [{"id": account, "email": email, "email_key": email}])
        name = {"slug": "bench", "name": "Bench", "sort_name": "bench"}
        copying.into(Person, [{"id": person, "account_id": account, **name}])
    return person


def _details(kind: str, route: list[Place], days: int, numbers: random.Random) -> dict[str, Any]:
    day = datetime(2030, 1, 14) + timedelta(days=numbers.randrange(days))  # noqa: DTZ001 - local
    (_, start, _), (_, end, _) = route
    given = stored(KINDS[kind].example) | {"kind": kind, "origin": start, "destination": end}
    begins, ends = f"{day:%Y-%m-%d}T06:00", f"{day:%Y-%m-%d}T14:00"
    later = f"{day + timedelta(days=1):%Y-%m-%d}T16:00"
    if kind == "freight_capacity":
        return given | {
            "departs_from": begins,
            "departs_until": ends,
            "free_loading_metres": numbers.randrange(20, 272) / 20,
            "free_weight_kg": numbers.randrange(1_000, 24_000),
        }
    return given | {
        "loads_from": begins,
        "loads_until": ends,
        "unloads_until": later,
        "packages": [],
        "loading_metres": numbers.randrange(8, 120) / 20,
        "weight_kg": numbers.randrange(100, 9_000),
        "loading_side": "any",
    }


def _made(
    numbers: random.Random, places: list[Place], author: UUID, count: int, days: int
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield the rows of posts and of their lanes: as many lorries as loads."""
    now = datetime.now(UTC)
    routes = [numbers.sample(places, 2) for _ in range(_ROUTES)]
    cells: dict[tuple[str, int], dict[str, Any]] = {}
    for number in range(count):
        kind = ("freight_capacity", "freight_request")[number % 2]
        route = numbers.randrange(_ROUTES)
        start, end = routes[route]
        drafted = _details(kind, routes[route], days, numbers)
        details = KINDS[kind].details.model_validate(drafted)
        if (kind, route) not in cells:  # the costly part, and the same for all on this route
            make = capacity_lane if kind == "freight_capacity" else request_lane
            cells[kind, route] = make(details, Way(start[2], end[2]))
        post_id = new_id()
        post = {
            "id": post_id,
            "kind": kind,
            "title": f"{start[1]} – {end[1]}",
            "body": "",
            "body_html": "",
            "excerpt": "",
            "details": stored(details),
            "author_id": author,
            "place_id": start[0],
            "status": PostStatus.ACTIVE,
            "published_at": now,
            "expires_at": now + timedelta(days=90),
        }
        lane = cells[kind, route]
        yield post, {"post_id": post_id, **lane, **_own(details, lane)}


def _own(details: Any, lane: dict[str, Any]) -> dict[str, Any]:
    """Return what of a lane differs between the posts of a route: the days, and the size."""
    if lane["is_capacity"]:
        days, metres, weight = (
            days_of_trip(details), details.free_loading_metres, details.free_weight_kg
        )  # fmt: skip
    else:
        days = days_between(details.loads_from, details.loads_until)
        metres, weight = details.loading_metres, details.weight_kg
    keys = keys_of(lane["cells"], days)
    return {"keys": keys, "loading_metres": metres, "weight_kg": weight}


def fill(dsn: str, count: int, days: int) -> None:
    """Write ``count`` open freight posts for ``days``, the same every time but for their ids."""
    numbers, author = random.Random(SEED), _author(dsn)
    rows = list(_made(numbers, _places(dsn), author, count, days))
    with psycopg.connect(dsn) as connection:
        copying = Copying(connection)
        copying.into(Post, (post for post, _ in rows))
        copying.into(FreightLane, (lane for _, lane in rows))
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE) posts")
        connection.execute("VACUUM (ANALYZE) freight_lanes")


async def measure(dsn: str, kind: str) -> list[tuple[float, int]]:
    """Return milliseconds in the database and matches, for some posts of a kind."""
    engine = create_async_engine(sqlalchemy_url(dsn))
    spent: list[float] = []
    began = [0.0]

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def _begin(*_: Any) -> None:
        began[0] = time.perf_counter()

    @event.listens_for(engine.sync_engine, "after_cursor_execute")
    def _end(*_: Any) -> None:
        spent.append((time.perf_counter() - began[0]) * 1_000)

    found: list[tuple[float, int]] = []
    async with AsyncSession(engine) as session:
        chosen = select(Post.id).where(Post.kind == kind).order_by(Post.id).limit(_ASKED)
        for post_id in list(await session.scalars(chosen)):
            subject = await open_party(session, post_id, RULE)
            assert subject is not None  # noqa: S101 - it was just written
            spent.clear()
            pairs = await find_pairs(session, subject, RULE)
            found.append((sum(spent), len(pairs)))
            session.expunge_all()
    await engine.dispose()
    return found


def main() -> None:
    """Measure few posts, many that are as dense, and many that are ten times as dense."""
    asked = argparse.ArgumentParser(prog="python -m bench.matching", description=__doc__)
    asked.add_argument("--posts", type=int, default=100_000)
    most = asked.parse_args().posts
    load_features()
    said = ""
    print("| open posts | days | new | median | slowest | matches, median |")
    print("|---|---|---|---|---|---|")
    for count, days in ((most // 10, _DAYS), (most, 10 * _DAYS), (most, _DAYS)):
        with empty_database("matching") as dsn:
            fill(dsn, count, days)
            for kind in ("freight_request", "freight_capacity"):
                runs = asyncio.run(measure(dsn, kind))[5:]
                times, matches = [run[0] for run in runs], [run[1] for run in runs]
                print(
                    f"| {count:,} | {days} | {kind} | {median(times):.1f} ms "
                    f"| {max(times):.1f} ms | {median(matches):.0f} |",
                    flush=True,
                )
            said = machine(dsn)
    print(f"\n{said}")


if __name__ == "__main__":
    main()
