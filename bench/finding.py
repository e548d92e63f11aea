"""How long the box takes among 27,000 companies and 200,000 posts, and how well it finds.

``python -m bench.finding`` makes the region and its documents, asks the questions of ``QUESTIONS``
as nobody and as a member, several times each, and prints what the database took. The quality is
that of ``tests/search/judgements.tsv`` over the demo region.
"""

import argparse
import asyncio
import os
import statistics
import time
from typing import Any, Final

from app.core.actor import ANONYMOUS, Actor
from app.core.paging import Paging
from app.core.reads import Params, Prepared, Reader
from app.core.settings import settings
from app.demo.filling import fill_demo
from app.features.search.asking import SearchQuery, search_of
from app.features.search.counting import count_hits
from app.features.search.finding import find
from app.features.search.showing import show_hits
from app.features.search.suggesting import suggest
from app.runtime import Runtime, running
from bench.database import empty_database
from bench.dataset import Sizes, fill
from bench.documents import make_documents
from bench.report import machine
from tests.search.judging import judge, judgements

_TIMES: Final = 5
# As people ask: names, one word, several, misspelt, a phrase, narrowed down.
QUESTIONS: Final[tuple[dict[str, Any], ...]] = (
    *({"q": q} for q in ("Brinkmann", "Steinbeck", "Mühlhoff", "Muehlhoff", "Kirchkötter")),
    *({"q": q} for q in ("Gefahrstoffkataster", "Zollanmeldung", "Förderantrag", "Messestand")),
    *({"q": q} for q in ("Photovoltaik Hattingen", "Lagerhalle Witten", "E-Rechnung Austausch")),
    *({"q": q} for q in ("Meisterprüfung Herne", "Partner Härterei", "Rahmenvertrag Erfahrung")),
    *({"q": q} for q in ("Photovoltiak", "Gefahrstofkataster", "Brinckmann")),
    *({"q": q} for q in ('"Partner für Ladesäule"', "Notfallplan -Witten", "Azubi")),
    {"q": "Lagerhalle", "place": "Hattingen", "radius_km": 10},
    {"q": "Stellplatz", "place": "Herne"},
    {"q": "Glasfaser", "kind": "question"},
    {"q": "Schichtplan", "thing": "company"},
    {"q": "Gleitzeit", "order": "newest"},
)
_TYPED: Final = ("Ha", "Brink", "meier", "Photo", "Zoll", "Stein", "Azu")


class _Timed:
    """Counts the milliseconds that reads take."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.spent = 0.0

    async def all(self, read: Prepared, params: Params) -> list[Any]:
        """Return every row."""
        began = time.perf_counter()
        rows = await self._reader.all(read, params)
        self.spent += (time.perf_counter() - began) * 1_000
        return rows

    async def first(self, read: Prepared, params: Params) -> Any | None:
        """Return the first row, or None."""
        rows = await self.all(read, params)
        return rows[0] if rows else None


async def _finding(reader: _Timed, actor: Actor, asked: dict[str, Any]) -> int:
    search = await search_of(reader, SearchQuery(**asked))
    found = await find(reader, actor, search, Paging())
    await show_hits(reader, actor, found.page, search.place)
    return len(found.page.items)


async def _counting(reader: _Timed, actor: Actor, asked: dict[str, Any]) -> int:
    search = await search_of(reader, SearchQuery(**asked))
    counts = await count_hits(reader, actor, search)
    return counts.by["all"][""]


async def _suggesting(reader: _Timed, actor: Actor, asked: dict[str, Any]) -> int:
    return len(await suggest(reader, actor, asked["q"]))


async def _row(name: str, read: Any, asked: tuple[dict[str, Any], ...], rt: Runtime) -> None:
    for who, actor in (("nobody", ANONYMOUS), ("a member", await _member(rt))):
        medians = []
        for one in asked:
            spent, count = [], 0
            for _ in range(_TIMES):
                timed = _Timed(rt.reader)
                count = await read(timed, actor, one)
                spent.append(timed.spent)
            medians.append((statistics.median(spent), one["q"], count))
        medians.sort()
        times = [spent for spent, *_ in medians]
        worst = ", ".join(f"{q} ({count}) {spent:.0f}" for spent, q, count in medians[-3:])
        mid, most = statistics.median(times), times[int(len(times) * 0.95)]
        print(f"| {name} | {who} | {mid:.1f} | {most:.1f} | {worst} |", flush=True)


async def _member(rt: Runtime) -> Actor:
    async with rt.sessions() as session:
        row = await (await session.connection()).exec_driver_sql(
            "SELECT person_id FROM memberships WHERE standing = 'member' "
            "GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
        )
        return Actor(person_id=row.scalar_one())


async def measure(dsn: str) -> None:
    """Make the documents, and print the table."""
    began = time.monotonic()
    async with running(settings(), dsn, for_jobs=True) as rt:
        made = await make_documents(rt, dsn)
    counts = ", ".join(f"{count:,} {thing}" for thing, count in made.items())
    print(f"documents: {counts} in {time.monotonic() - began:.0f} s", flush=True)
    async with running(settings(), dsn) as rt:
        print("| what | reader | ms, median | ms, 95 % | the slowest (hits) |")
        print("|---|---|--:|--:|---|")
        await _row("the first twenty hits", _finding, QUESTIONS, rt)
        await _row("counts of all facets", _counting, QUESTIONS, rt)
        await _row("suggestions", _suggesting, tuple({"q": one} for one in _TYPED), rt)


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
    options = asked.parse_args()
    os.environ["KONTOR_PUBLISH_IMPORTED_STUBS"] = "true"
    os.environ["KONTOR_REQUIRE_DURABLE_DATABASE"] = "false"
    settings.cache_clear()
    with empty_database("demo") as url:
        asyncio.run(quality(url))
    if options.quality:
        return
    with empty_database("finding") as url:
        began = time.monotonic()
        made = fill(url, Sizes(posts=options.posts, replies=options.posts), with_answers=False)
        counts = ", ".join(f"{count:,} {table}" for table, count in made.items())
        print(f"{counts} in {time.monotonic() - began:.0f} s", flush=True)
        asyncio.run(measure(url))
        print(f"\n{machine(url)}, load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
