"""A month of dates, day by day, weeks from Monday; each day shows its first few."""

from calendar import Calendar
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Date, Integer, Select, Text, bindparam, cast, func, select

from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.reads import Reader, bound, prepared
from app.core.settings import settings
from app.features.appearances.noting import note_posts
from app.features.events.finding import DatesWanted, narrowed
from app.features.posts.events.dates import HORIZON
from app.features.posts.events.free_days import holiday_on, home_state
from app.models.companies import Company
from app.models.occurrences import Occurrence
from app.models.places import Place
from app.models.posts import Post
from app.models.statistics import Surface

SHOWN = 4  # dates of one day; the rest stands in the list of the day
_KEPT = timedelta(days=366)  # how far back one can leaf


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a month with its first dates; ``more`` is how many there are besides."""

    day: date
    holiday: str | None
    dates: list[Any]
    more: int


@dataclass(frozen=True, slots=True)
class Month:
    """A month; days of its weeks that lie in another are None. ``total`` counts dates by days."""

    first: date
    weeks: list[tuple[int, list[Day | None]]]
    total: int
    before: date | None
    after: date | None


def month_of(text: str) -> date:
    """Return the first day of a month such as ``2026-12``; refuse those out of reach."""
    try:
        first = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError:
        raise NotFound from None
    if first.strftime("%Y-%m") != text or not _is_in_reach(first):
        raise NotFound
    return first


def _is_in_reach(first: date) -> bool:
    today = clock.today(settings().zone)
    return (today - _KEPT).replace(day=1) <= first <= (today + HORIZON)


def _next(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


@prepared
def _of_month(actor: Actor, given: frozenset[str]) -> Select[Any]:
    zone = bound("zone", Text())
    first, last = bound("first", Date()), bound("last", Date())
    starts = cast(func.timezone(zone, Occurrence.starts_at), Date())
    # What ends at midnight is not held on the day that begins then.
    ends = cast(func.timezone(zone, Occurrence.ends_at - timedelta(microseconds=1)), Date())
    days = (
        func.generate_series(
            func.greatest(starts, first),
            func.least(func.greatest(starts, ends), last),
            timedelta(days=1),
        )
        .table_valued("day", joins_implicitly=True)
        .render_derived(name="days")
    )
    day = cast(days.c.day, Date())
    columns: list[Any] = [
        Occurrence.id, Occurrence.post_id, Occurrence.starts_at, Occurrence.ends_at,
        Occurrence.state, Post.title, Post.author_id, Post.company_id, Post.is_concealed,
        Post.details["event_type"].astext.label("event_type"),
        Place.name.label("place_name"),
        Company.name.label("company_name"),
        day.label("day"),
        (starts < day).label("runs_on"),
        func.count().over(partition_by=day).label("of_day"),
        func.row_number()
        .over(partition_by=day, order_by=(Occurrence.starts_at, Occurrence.id))
        .label("number"),
    ]  # fmt: skip
    found = (
        select(*columns)
        .join(Post, Post.id == Occurrence.post_id)
        .outerjoin(Place, Place.id == Post.place_id)
        .outerjoin(Company, Company.id == Post.company_id)
        .where(*narrowed(actor, given))
        .subquery("found")
    )
    shown = bindparam("shown", SHOWN, Integer())
    in_order = (found.c.day, found.c.number)
    return select(found).where(found.c.number <= shown).order_by(*in_order)


async def read_month(reader: Reader, actor: Actor, wanted: DatesWanted, first: date) -> Month:
    """Return a month with the dates that readers meet, those of a day as in the list.

    A date of several days stands on each of them. The time that ``wanted`` names does not count.
    """
    after, zone = _next(first), settings().zone
    wanted = replace(
        wanted,
        since=datetime.combine(first, time(), zone),
        until=datetime.combine(after, time(), zone),
    )
    read = _of_month(actor.shape, wanted.given)
    bounds = {"zone": zone.key, "first": first, "last": after - timedelta(days=1)}
    rows = await reader.all(read, wanted.params(actor) | bounds)
    note_posts(Surface.LIST, actor, rows)
    by_day: dict[date, list[Any]] = {}
    for row in rows:
        by_day.setdefault(row.day, []).append(row)
    state = home_state()

    def day_of(day: date) -> Day | None:
        if day.month != first.month:
            return None
        dates = by_day.get(day, [])
        more = dates[0].of_day - len(dates) if dates else 0
        return Day(day, holiday_on(day, state), dates, more)

    weeks = Calendar().monthdatescalendar(first.year, first.month)
    before = (first - timedelta(days=1)).replace(day=1)
    return Month(
        first,
        [(week[0].isocalendar().week, [day_of(day) for day in week]) for week in weeks],
        sum(dates[0].of_day for dates in by_day.values()),
        before if _is_in_reach(before) else None,
        after if _is_in_reach(after) else None,
    )
