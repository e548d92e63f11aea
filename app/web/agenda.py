"""Dates as pages show them: under the days on which they begin, or the next few of something."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from app.core.actor import Actor
from app.core.asking import label_of
from app.core.i18n import N_, translate
from app.core.paging import Paging
from app.core.reads import Reader
from app.edge.post_words import Names, spoken
from app.edge.wording import hour, local
from app.features.events.finding import DatesWanted, list_met_dates
from app.features.events.reading import DateView
from app.features.posts.events.terms import Attendance, EventType
from app.features.posts.feed import Filters, home_of

NEXT_SHOWN = 3
NEAR_KM = 25


@dataclass(frozen=True, slots=True)
class Entry:
    """One date in a list; ``until`` is its last day where that is another than the first."""

    row: Any
    names: Names
    free: int | None
    href: str
    type_name: str
    time: str
    until: date | None
    where: list[str]


@dataclass(frozen=True, slots=True)
class Agenda:
    """Dates under their days, and the address of the whole list."""

    href: str = "/events"
    days: list[tuple[date, list[Entry]]] = field(default_factory=list)


def by_day(dates: Iterable[DateView]) -> list[tuple[date, list[Entry]]]:
    """Return dates, which are in order, under the days on which they begin."""
    days = groupby(map(_entry, dates), lambda one: local(one.row.starts_at).date())
    return [(day, list(several)) for day, several in days]


def href_of(row: Any, event_type: str) -> str:
    """Return where a date is read; nothing is to be done about one of a deadline but read on."""
    if event_type == EventType.DEADLINE:
        return f"/posts/{row.post_id}"
    return f"/occurrences/{row.id}"


def _entry(view: DateView) -> Entry:
    row, details = view.row, view.row.details
    starts, ends = local(row.starts_at), local(row.ends_at)
    last = (ends - timedelta(microseconds=1)).date()  # until midnight is not on the next day
    time = hour(starts)
    if last <= starts.date() and ends > starts:
        time = f"{time}–{hour(ends)}"
    online = translate(N_("online")) if details["attendance"] != Attendance.ON_SITE else ""
    where = (row.venue or details.get("venue", ""), row.place_name, online)
    return Entry(
        row,
        spoken(row, left=row.author_has_left),
        view.free,
        href_of(row, details["event_type"]),
        translate(label_of(EventType(details["event_type"]))),
        time,
        last if last > starts.date() else None,
        [part for part in where if part],
    )


async def next_dates(reader: Reader, actor: Actor, href: str, events: Filters) -> Agenda:
    """Return the next few dates of some events; ``href`` is where all of them stand."""
    return await _agenda(reader, actor, href, DatesWanted(replace(events, kind="event")))


async def dates_held_by(reader: Reader, actor: Actor, organiser: UUID) -> Agenda:
    """Return the next dates that a company, or a person who speaks for none, holds."""
    href = f"/events?{urlencode({'organiser': organiser})}"
    wanted = DatesWanted(organiser=organiser)
    return await _agenda(reader, actor, href, wanted)


async def dates_near(reader: Reader, actor: Actor) -> Agenda:
    """Return the next dates around the place of ``actor``, or of everywhere without one."""
    home = await home_of(reader, actor)
    if home is None:
        return await next_dates(reader, actor, "/events", Filters())
    around = Filters(place_id=home.id, radius_km=NEAR_KM)
    href = f"/events?{urlencode({'place': home.name, 'radius_km': NEAR_KM})}"
    return await next_dates(reader, actor, href, around)


async def _agenda(reader: Reader, actor: Actor, href: str, wanted: DatesWanted) -> Agenda:
    page = await list_met_dates(reader, actor, wanted, Paging(NEXT_SHOWN))
    return Agenda(href, by_day(page.items))
