"""The dates of events as calendars learn of them: by their rule, and what differs from it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Uuid, any_, select

from app.core.reads import Reader, bound, prepared
from app.features.posts.events.rules import Series, local_of, local_starts, moment_of
from app.models.occurrences import Occurrence, OccurrenceState
from app.models.posts import Post


@dataclass(frozen=True, slots=True)
class ChangedDate:
    """A date that is not as the rule has it; times are local. ``original`` is when that would be.

    ``venue`` is empty where it is that of the event.
    """

    original: datetime
    starts: datetime
    ends: datetime
    is_cancelled: bool
    venue: str
    note: str
    sequence: int
    updated: datetime


@dataclass(frozen=True, slots=True)
class EventDates:
    """When an event is held: what its rule says, without ``left_out`` and with ``added``.

    ``sequence`` never falls, and grows with every change.
    """

    series: Series
    venue: str
    sequence: int
    left_out: tuple[datetime, ...]
    added: tuple[datetime, ...]
    changed: tuple[ChangedDate, ...]


@prepared
def _dates() -> Select[Any]:
    ids: Any = bound("ids", ARRAY(Uuid()))
    columns: list[Any] = [
        Occurrence.post_id, Occurrence.original_starts_at, Occurrence.starts_at,
        Occurrence.ends_at, Occurrence.state, Occurrence.sequence, Occurrence.venue,
        Occurrence.note, Occurrence.updated_at, Post.version,
    ]  # fmt: skip
    return (
        select(*columns)
        .join(Post, Post.id == Occurrence.post_id)
        .where(Occurrence.post_id == any_(ids))
        .order_by(Occurrence.post_id, Occurrence.original_starts_at)
    )


async def calendar_dates(reader: Reader, posts: Iterable[Any]) -> dict[UUID, EventDates]:
    """Return the dates of those of ``posts`` that are events; the reader may see all of them.

    A post is a row with ``id``, ``kind`` and ``details``.
    """
    events = {row.id: row.details for row in posts if row.kind == "event"}
    if not events:
        return {}
    rows: defaultdict[UUID, list[Any]] = defaultdict(list)
    for row in await reader.all(_dates(), {"ids": list(events)}):
        rows[row.post_id].append(row)
    return {post_id: _dates_of(events[post_id], kept) for post_id, kept in rows.items()}


def _dates_of(details: dict[str, Any], rows: Sequence[Any]) -> EventDates:
    """Compare what is kept of an event with its rule; before the first row the rule alone holds."""
    series = Series.stored(details)
    kept = [local_of(row.original_starts_at, series.zone) for row in rows]
    ruled = [start for start in _ruled(series, kept[-1]) if start >= kept[0]]
    known, named = set(kept), {*_ruled(series, kept[-1]), *series.more}
    found = (_changed(series, row) for row in rows)
    return EventDates(
        series,
        details.get("venue", ""),
        rows[0].version,
        tuple(start for start in ruled if start not in known),
        tuple(start for start in kept if start not in named),
        tuple(one for one in found if one is not None),
    )


@lru_cache(maxsize=512)
def _ruled(series: Series, last: datetime) -> tuple[datetime, ...]:
    """Return when the rule has dates begin until ``last``, as clocks on the wall show it."""
    found = []
    for start in local_starts(series):
        if start > last:
            break
        found.append(local_of(moment_of(start, series.zone), series.zone))
    return tuple(found)


def _changed(series: Series, row: Any) -> ChangedDate | None:
    original = local_of(row.original_starts_at, series.zone)
    usual_end = moment_of(original + series.length, series.zone)
    is_cancelled = row.state == OccurrenceState.CANCELLED
    as_ruled = (row.starts_at, row.ends_at) == (row.original_starts_at, usual_end)
    if as_ruled and not (is_cancelled or row.venue or row.note):
        return None
    return ChangedDate(
        original,
        local_of(row.starts_at, series.zone),
        local_of(row.ends_at, series.zone),
        is_cancelled,
        row.venue,
        row.note,
        row.version + row.sequence,
        row.updated_at,
    )
