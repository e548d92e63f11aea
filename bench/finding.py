"""How long the box takes among 27,000 companies and 200,000 posts, and how well it finds.

``python -m bench.finding`` makes the region and its documents, asks the questions of ``QUESTIONS``
as nobody and as a member, several times each, and prints how long the reads took at the client,
and what processor time the database took for them: the latter says more where the machine has other
things to do. The quality is that of ``tests/search/judgements.tsv`` over the demo region.
"""

import argparse
import asyncio
import os
import statistics
import time
from typing import Any, Final

from app.core.actor import ANONYMOUS, Actor
from app.core.paging import Paging
from app.core.settings import settings
from app.demo.filling import fill_demo
from app.features.companies.directory import CompanyFilters, list_companies
from app.features.posts.feed import Filters, list_posts
from app.features.search.asking import SearchQuery, search_of
from app.features.search.counting import count_hits
from app.features.search.finding import find
from app.features.search.showing import show_hits
from app.features.search.suggesting import suggest
from app.features.wording.questions import understand
from app.runtime import Runtime, running
from bench.database import empty_database
from bench.dataset import Sizes, fill
from bench.documents import make_documents
from bench.report import machine
from bench.timing import Timed, backend_of
from tests.search.judging import judge, judgements

_TIMES: Final = 5
# As people ask. Each word of prose stands in every fourth to tenth post.
KINDS: Final[dict[str, tuple[dict[str, Any], ...]]] = {
    "names": tuple(
        {"q": q} for q in ("Brinkmann", "Steinbeck", "Mühlhoff", "Muehlhoff", "Kirchkötter")
    ),
    "one word": tuple(
        {"q": q}
        for q in ("Gefahrstoffkataster", "Zollanmeldung", "Förderantrag", "Messestand", "Azubi")
    ),
    "two words": (
        *({"q": q} for q in ("Photovoltaik Hattingen", "Lagerhalle Witten", "Partner Härterei")),
        *({"q": q} for q in ("E-Rechnung Austausch", "Meisterprüfung Herne")),
        *({"q": q} for q in ("Rahmenvertrag Erfahrung", "Notfallplan -Witten")),
    ),
    "misspelt": tuple({"q": q} for q in ("Photovoltiak", "Gefahrstofkataster", "Brinckmann")),
    "a phrase": ({"q": '"Partner für Ladesäule"'},),
    "narrowed down": (
        {"q": "Lagerhalle", "place": "Hattingen", "radius_km": 10},
        {"q": "Lagerhalle", "place": "Hattingen", "radius_km": 10, "order": "distance"},
        {"q": "Stellplatz", "place": "Herne"},
        {"q": "Glasfaser", "kind": "question"},
        {"q": "Schichtplan", "thing": "company"},
        {"q": "Gleitzeit", "order": "newest"},
    ),
}
QUESTIONS: Final = tuple(one for kind in KINDS.values() for one in kind)
_TYPED: Final = ("Ha", "Brink", "meier", "Photo", "Zoll", "Stein", "Azu")


async def _finding(reader: Timed, actor: Actor, asked: dict[str, Any]) -> int:
    search = await search_of(reader, SearchQuery(**asked))
    found = await find(reader, actor, search, Paging())
    await show_hits(reader, actor, found.page, search.place)
    return len(found.page.items)


async def _counting(reader: Timed, actor: Actor, asked: dict[str, Any]) -> int:
    search = await search_of(reader, SearchQuery(**asked))
    counts = await count_hits(reader, actor, search)
    return counts.by["all"][""]


async def _suggesting(reader: Timed, actor: Actor, asked: dict[str, Any]) -> int:
    return len(await suggest(reader, actor, asked["q"]))


async def _listing(reader: Timed, actor: Actor, asked: dict[str, Any]) -> int:
    words = understand(asked["q"]).asked
    return len((await list_posts(reader, actor, Filters(q=words), Paging())).items)


async def _looking_up(reader: Timed, actor: Actor, asked: dict[str, Any]) -> int:
    del actor
    return len((await list_companies(reader, CompanyFilters(q=asked["q"]), Paging())).items)


async def _row(name: str, read: Any, asked: tuple[dict[str, Any], ...], rt: Runtime) -> None:
    backend = await backend_of(rt)
    for who, actor in (("nobody", ANONYMOUS), ("a member", await _member(rt))):
        for one in asked[:_TIMES] * 2:  # PostgreSQL settles on its plans
            await read(Timed(rt.reader, backend), actor, one)
        medians = []
        for one in asked:
            each, count = [], 0
            for _ in range(_TIMES):
                timed = Timed(rt.reader, backend)
                count = await read(timed, actor, one)
                each.append((timed.spent, timed.worked))
            spent, worked = (statistics.median(times) for times in zip(*each, strict=True))
            medians.append((spent, worked, one["q"], count))
        medians.sort()
        spent, worked = (sorted(row[column] for row in medians) for column in (0, 1))
        at = int(len(medians) * 0.95)
        figures = (statistics.median(spent), spent[at], statistics.median(worked), worked[at])
        worst = ", ".join(f"{q} ({count}) {spent:.0f}" for spent, _, q, count in medians[-3:])
        said = " | ".join(f"{figure:.1f}" for figure in figures)
        print(f"| {name} | {who} | {said} | {worst} |", flush=True)


async def _member(rt: Runtime) -> Actor:
    async with rt.sessions() as session:
        row = await (await session.connection()).exec_driver_sql(
            "SELECT person_id FROM memberships WHERE standing = 'member' "
            "GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
        )
        return Actor(person_id=row.scalar_one())


def make(dsn: str, posts: int) -> None:
    """Make the region and its documents, and say how many and how long it took."""
    began = time.monotonic()
    rows = fill(dsn, Sizes(posts=posts, replies=posts), with_answers=False)
    _say(rows, began)

    async def documents() -> None:
        async with running(settings(), dsn, for_jobs=True) as rt:
            made = await make_documents(rt, dsn)
        _say({f"documents of {thing}": count for thing, count in made.items()}, began)

    asyncio.run(documents())


def _say(made: dict[str, int], began: float) -> None:
    counts = ", ".join(f"{count:,} {name}" for name, count in made.items())
    print(f"{counts} after {time.monotonic() - began:.0f} s", flush=True)


async def measure(dsn: str) -> None:
    """Print the table."""
    async with running(settings(), dsn) as rt:
        print(
            "| what | reader | ms, median | ms, 95 % | processor ms, median | processor ms, 95 % "
            "| the slowest (hits) |\n|---|---|--:|--:|--:|--:|---|"
        )
        await _row("the first twenty hits", _finding, QUESTIONS, rt)
        for name, asked in KINDS.items():
            await _row(f"of these: {name}", _finding, asked, rt)
        await _row("counts of all facets", _counting, QUESTIONS, rt)
        await _row("suggestions", _suggesting, tuple({"q": one} for one in _TYPED), rt)
        await _row("the list of posts, by words", _listing, QUESTIONS, rt)
        await _row("the directory of companies, by words", _looking_up, QUESTIONS, rt)


async def quality(dsn: str) -> None:
    """Print how well the box finds among what the demo region holds."""
    async with running(settings(), dsn, for_jobs=True) as rt:
        await fill_demo(rt)
        found = await judge(rt.reader, judgements())
    said = f"recall {found.recall:.3f}, precision {found.precision:.3f}"
    print(f"{found.questions} questions over the demo region: {said}")


def main() -> None:
    """Print the quality, then the times."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--posts", type=int, default=200_000)
    asked.add_argument("--quality", action="store_true", help="only how well it finds")
    asked.add_argument("--again", action="store_true", help="only the times, on the same data")
    options = asked.parse_args()
    os.environ["KONTOR_PUBLISH_IMPORTED_STUBS"] = "true"
    os.environ["KONTOR_REQUIRE_DURABLE_DATABASE"] = "false"
    os.environ["KONTOR_READ_CONNECTIONS"] = "1"
    settings.cache_clear()
    if not options.again:
        with empty_database("demo") as url:
            asyncio.run(quality(url))
    if options.quality:
        return
    with empty_database("finding", again=options.again) as url:
        if not options.again:
            make(url, options.posts)
        before = os.getloadavg()[0]
        asyncio.run(measure(url))
        print(f"\n{machine(url)}, load average {before:.1f} to {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
