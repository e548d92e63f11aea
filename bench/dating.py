"""How long it takes to list and count dates of events on which there is still a place.

``python -m bench.dating`` writes 60,000 dates, nearly all of them full, and prints how long the
reads took at the client, and what processor time the database took for them.
"""

import asyncio
import os
from typing import Any, Final

import psycopg

from app.core.actor import ANONYMOUS
from app.core.db import transaction
from app.core.ids import new_id
from app.core.paging import Paging
from app.core.settings import settings
from app.features.events.counting import count_dates
from app.features.events.finding import DatesWanted, list_met_dates
from app.features.posts.events.room import note_room
from app.models.accounts import Account
from app.models.people import Person
from app.runtime import Runtime, running
from bench.copying import Copying
from bench.database import empty_database
from bench.report import machine
from bench.timing import Timed, spent_on

_TIMES: Final = 15
_EVENTS: Final = """
    INSERT INTO posts (id, kind, title, body, body_html, excerpt, details, author_id, status,
        published_at, version, tags)
    SELECT uuidv7(), 'event', 'Seminar ' || n, '', '', '', jsonb_build_object(
        'event_type', 'seminar', 'starts_at', '2026-01-01T10:00', 'participation', 'registration',
        'capacity', 2, 'time_zone', 'Europe/Berlin', 'repetition', 'daily', 'attendance', 'on_site'
    ), %s, 'active', now(), 1, '{}'
    FROM generate_series(1, 300) AS n
"""
_DATES: Final = """
    INSERT INTO occurrences (id, post_id, original_starts_at, starts_at, ends_at, state, version)
    SELECT uuidv7(), p.id, at, at, at + interval '2 hours', 'planned', 1
    FROM (SELECT id, row_number() OVER (ORDER BY id)::int AS n FROM posts) p,
        generate_series(1, 200) AS day,
        LATERAL (SELECT now() + make_interval(days => day, mins => n)) AS t (at)
"""
_SEATS: Final = """
    INSERT INTO registrations (id, occurrence_id, state, code, number, guest_key, answers,
        registered_at, version)
    SELECT uuidv7(), id, 'confirmed', seat::text, seat, int4send(seat), '{}', now(), 1
    FROM (SELECT id, row_number() OVER (ORDER BY starts_at, id) AS n FROM occurrences) d,
        generate_series(1, 2) AS seat
    WHERE seat = 1 OR d.n %% %s <> 0
"""
_FREE_EVERY: Final = (20, 1_000)  # one date in so many has a place


async def fill(rt: Runtime, dsn: str, free_every: int) -> None:
    """Write 60,000 dates, one in so many with a place, and have each note whether it has room."""
    account, person = new_id(), new_id()
    name = "bench@kontor.example"
    with psycopg.connect(dsn) as connection:
        copying = Copying(connection)
        copying.into(Account, [{"id": account, "email": name, "email_key": name}])
        said = {"slug": "bench", "name": name, "sort_name": name}
        copying.into(Person, [{"id": person, "account_id": account, **said}])
        connection.execute(_EVENTS, [person])
        connection.execute(_DATES)
        connection.execute(_SEATS, [free_every])
    async with transaction(rt.sessions) as session:
        await note_room(session)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")


async def measure(dsn: str, free_every: int) -> None:
    """Print a row of the table for each read."""

    async def listed(reader: Timed, wanted: DatesWanted) -> Any:
        return await list_met_dates(reader, ANONYMOUS, wanted, Paging())

    async def counted(reader: Timed, wanted: DatesWanted) -> Any:
        return await count_dates(reader, ANONYMOUS, wanted)

    async with running(settings(), dsn) as rt:
        await fill(rt, dsn, free_every)
        for name, read in (("the next twenty", listed), ("counts of all facets", counted)):
            for room in (False, True):
                wanted = DatesWanted(has_room=room)
                spent = await spent_on(rt, lambda at, w=wanted, r=read: r(at, w), _TIMES)  # type: ignore[misc]
                which = "with a place" if room else "all"
                said = f"{spent.waited:.1f} | {spent.worked:.1f} | {spent.least:.1f}"
                print(f"| one in {free_every:,} | {name}, {which} | {said} |", flush=True)


def main() -> None:
    """Measure where some dates have a place, and where hardly any has."""
    os.environ["KONTOR_REQUIRE_DURABLE_DATABASE"] = "false"
    os.environ["KONTOR_READ_CONNECTIONS"] = "1"
    settings.cache_clear()
    print("| with a place | what | ms, median | processor ms, median | processor ms, least |")
    print("|---|---|--:|--:|--:|", flush=True)
    said = ""
    for free_every in _FREE_EVERY:
        with empty_database("dating") as dsn:
            asyncio.run(measure(dsn, free_every))
            said = machine(dsn)
    print(f"\n{said}, load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
