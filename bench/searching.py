"""How long it takes to find the saved searches that one new post fits.

``python -m bench.searching`` keeps 1,000, then 10,000, then 100,000 searches of 2,000 people, and
publishes posts against each. What is timed is all that the worker does for one post to find its
searches and to keep the hits; telling people of them comes after it.
"""

import asyncio
import random
import statistics
import time
from typing import Any, Final

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.db import transaction
from app.core.settings import settings
from app.features.posts.drafts import draft_of
from app.features.posts.publishing import publish_post
from app.features.searches.finding import find_searches
from app.features.searches.saving import SearchDraft, save_search
from app.models.accounts import Account
from app.models.people import Person
from app.models.searches import SavedSearch, SearchHit
from app.runtime import running
from bench.database import empty_database
from bench.dataset import SEED

PEOPLE: Final = 2_000
ASKED: Final = 1_000  # searches that differ; more of them are the same for other people
POSTS: Final = 40
TOWNS: Final = ("44793", "44649", "58452", "45525", "44135", "45127", "58089", "59065", "48143")
CATEGORIES: Final = ("machines", "tools", "surplus", "storage", "machine_hours", "service")


def _filters(numbers: random.Random) -> dict[str, Any]:
    """Return filters as people in a district ask: mostly of one kind and near a town."""
    near = {"place": numbers.choice(TOWNS), "radius_km": numbers.choice((5, 10, 25, 50))}
    match numbers.randrange(10):
        case 0:
            return near
        case 1:
            return {"tag": numbers.choice(("stahl", "holz", "logistik"))}
        case 2 | 3 | 4:
            return near | {"kind": "offer", "category": numbers.choice(CATEGORIES)}
        case 5 | 6:
            return near | {"kind": "wanted", "category": numbers.choice(CATEGORIES)}
        case _:
            return near | {
                "kind": "space_offer",
                "object_type": numbers.choice(("hall", "office", "shop")),
                "area_from_m2": numbers.choice((50, 200, 700)),
                "rent_to_eur_m2": numbers.choice((5, 7, 12)),
            }


def _draft(numbers: random.Random, number: int) -> Any:
    kind = numbers.choice(("offer", "wanted", "space_offer"))
    details: dict[str, Any] = {
        "kind": kind,
        "category": numbers.choice(CATEGORIES),
        "price_type": "free",
    }
    if kind == "space_offer":
        details = {
            "kind": kind,
            "object_type": numbers.choice(("hall", "office", "shop")),
            "offer_forms": ["rent"],
            "area_m2": numbers.choice((100, 500, 2_000)),
            "rent_eur_m2": numbers.choice((4.5, 6.2, 9)),
            "energy_certificate": "not_required",
        }
    given = {"title": f"Probe {number}", "place": numbers.choice(TOWNS), "details": details}
    return draft_of(kind).model_validate(given)


async def _people(session: Session) -> list[Any]:
    accounts = [
        Account(email=f"p{n}@kontor.example", email_key=f"p{n}@kontor.example", locale="de")
        for n in range(PEOPLE)
    ]
    session.add_all(accounts)
    await session.flush()
    people = [
        Person(account_id=account.id, slug=f"p{n}", name=f"Person {n}", sort_name=f"p {n}")
        for n, account in enumerate(accounts)
    ]
    session.add_all(people)
    await session.flush()
    return [person.id for person in people]


async def _copy_to_others(session: Session, wanted: int) -> None:
    """Keep the searches of the first again for other people, until there are ``wanted``."""
    count = await session.scalar(select(func.count()).select_from(SavedSearch)) or 0
    columns = "label, frequency, query, wanted, kind, place_id, radius_km, south, north, west, east"
    copied = text(
        f"INSERT INTO saved_searches (id, person_id, version, {columns}) "  # noqa: S608 - ours
        f"SELECT uuidv7(), p.id, 1, {columns} "
        "FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n, "
        "(SELECT *, row_number() OVER (ORDER BY id) AS at FROM saved_searches "
        f"ORDER BY id LIMIT {ASKED}) AS s JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 "
        f"AS at FROM people) AS p ON true WHERE p.at = (n * 7 + s.at * 13) % {PEOPLE}"
    )
    for first in range(count // ASKED, wanted // ASKED, 5):
        last = min(first + 5, wanted // ASKED) - 1
        await session.execute(copied, {"first": first, "last": last})


async def measure(dsn: str) -> None:
    """Print the times for each number of searches."""
    numbers = random.Random(SEED)
    async with running(settings(), dsn) as runtime:
        async with transaction(runtime.sessions) as session:
            people = await _people(session)
        async with transaction(runtime.sessions) as session:
            for number in range(ASKED):
                draft = SearchDraft.model_validate(
                    {"label": "Probe", "frequency": "daily", "filters": _filters(numbers)}
                )
                keeper = people[1 + number // 25]  # nobody keeps more than fifty
                await save_search(session, Actor(person_id=keeper), draft)
        print("| searches | hits of a post, median | ms, median | ms, 95 % | ms, most |")
        print("|--:|--:|--:|--:|--:|")
        for wanted in (ASKED, 10_000, 100_000):
            async with transaction(runtime.sessions) as session:
                await _copy_to_others(session, wanted)
                await session.execute(text("ANALYZE saved_searches"))
            await _publish(runtime.sessions, people[0], numbers, wanted)


async def _publish(sessions: Any, author: Any, numbers: random.Random, searches: int) -> None:
    times, hits = [], []
    for number in range(POSTS):
        async with transaction(sessions) as session:
            post = await publish_post(session, Actor(person_id=author), _draft(numbers, number))
            post_id = post.id
        began = time.perf_counter()
        async with transaction(sessions) as session:
            await find_searches(session, post_id)
        times.append((time.perf_counter() - began) * 1_000)
        async with transaction(sessions) as session:
            found = select(func.count()).where(SearchHit.post_id == post_id)
            hits.append(await session.scalar(found) or 0)
    slow = statistics.quantiles(times, n=20)[-1]
    median = statistics.median(times)
    print(
        f"| {searches:,} | {statistics.median(hits):.0f} | {median:.1f} | {slow:.1f} | "
        f"{max(times):.1f} |"
    )


def main() -> None:
    """Measure on an empty database of its own."""
    with empty_database("searching") as dsn:
        asyncio.run(measure(dsn))


if __name__ == "__main__":
    main()
