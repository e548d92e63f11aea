"""A list as a calendar (iCalendar, RFC 5545): events by their rules, other posts by their days."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from app.core.i18n import N_, translate
from app.core.settings import settings
from app.edge.channels import Channel, Entry, at
from app.features.events.calendar import ChangedDate, EventDates
from app.features.posts.events.rules import Series, is_whole_days, moment_of
from app.features.posts.occasions import Occasion

_UTC: Final = "UTC"
_REFRESH: Final = timedelta(hours=6)


def calendar_of(channel: Channel) -> bytes:
    """Return what the entries name of days; an event of the same UID is the same event, moved."""
    calendar = _empty()
    calendar.add("name", channel.title)
    calendar.add("x-wr-calname", channel.title)
    calendar.add("x-wr-timezone", settings().site.time_zone)
    calendar.add("url", at(channel.page))
    calendar.add("source", at(channel.address), parameters={"VALUE": "URI"})
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT6H")
    # One there, too, where no event is: RFC 5545, 3.4 asks for one component at least.
    zones = {one.dates.series.zone for one in channel.entries if one.dates} - {_UTC}
    for zone in sorted({settings().site.time_zone, *zones}):
        calendar.add_component(_zone(zone))
    for entry in channel.entries:
        for event in _events(entry):
            calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def file_of(entry: Entry) -> bytes:
    """Return a calendar of one entry only, as a file that is handed over once."""
    calendar = _empty()
    calendar.add_component(_zone(settings().site.time_zone))
    for event in _events(entry):
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _empty() -> Any:
    from icalendar import Calendar  # noqa: PLC0415 - half a second, for few

    calendar = Calendar()
    calendar.add("prodid", "-//Kontor//DE")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    return calendar


@cache
def _zone(name: str) -> Any:
    from icalendar import Timezone  # noqa: PLC0415

    return Timezone.from_tzid(name)


def _events(entry: Entry) -> Iterator[Any]:
    host = urlsplit(settings().base_url).hostname or "kontor"
    if entry.dates:
        uid = f"{entry.id}@{host}"
        yield _series(entry, entry.dates, uid)
        for one in entry.dates.changed:
            yield _changed(entry, entry.dates, one, uid)
    for occasion in entry.occasions:
        yield _occasion(entry, occasion, f"{entry.id}-{occasion.key}@{host}")


def _begun(entry: Entry, uid: str, *, updated: datetime, title: str, notes: str = "") -> Any:
    """Begin an event with all that does not depend on when it is."""
    from icalendar import Event, vUri  # noqa: PLC0415

    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", updated.astimezone(UTC))
    event.add("last-modified", updated.astimezone(UTC))
    event.add("created", entry.published.astimezone(UTC))
    event.add("summary", title)
    event.add("description", "\n\n".join(filter(None, [notes, entry.text, at(entry.path)])))
    event.add("url", at(entry.path))
    event.add("categories", [label or term for term, label in entry.tags])
    if entry.author and (entry.dates or entry.mine):
        organizer = vUri(at(entry.author_path or entry.path))  # a page: addresses are nobody's here
        organizer.params["CN"] = entry.author
        event.add("organizer", organizer)
    return event


def _occasion(entry: Entry, occasion: Occasion, uid: str) -> Any:
    mine = entry.mine
    link = mine.online_link if mine else None
    title = f"{occasion.text}: {entry.title}" if occasion.text else entry.title
    event = _begun(entry, uid, updated=entry.updated, title=title, notes=link or "")
    _add_times(event, occasion)
    event.add("transp", "OPAQUE" if mine else "TRANSPARENT")
    if entry.place or link:
        event.add("location", entry.place or link)
    if mine:
        event.add("status", mine.status)
        event.add("sequence", mine.sequence)
    if link:
        event.add("conference", link, parameters={"VALUE": "URI", "FEATURE": "VIDEO"})
    return event


def _add_times(event: Any, occasion: Occasion) -> None:
    """Give an event its day, or its time; the end of a day is the next one (RFC 5545, 3.6.1)."""
    starts, ends = occasion.starts, occasion.ends
    if isinstance(starts, datetime):
        zone = settings().zone
        event.add("dtstart", starts.astimezone(zone))
        if ends and ends > starts:
            event.add("dtend", ends.astimezone(zone))
    else:
        event.add("dtstart", starts)
        event.add("dtend", starts + timedelta(days=1))


def _series(entry: Entry, dates: EventDates, uid: str) -> Any:
    """Return an event as its rule has it."""
    series = dates.series
    event = _begun(entry, uid, updated=entry.updated, title=entry.title)
    _add_span(event, series, series.starts, series.ends)
    if series.rule:
        event.add("rrule", _rule(series))
    if more := [_stamp(series, one) for one in (*series.more, *dates.added)]:
        event.add("rdate", more, parameters=_value(series))
    if dates.left_out:
        left_out = [_stamp(series, one) for one in dates.left_out]
        event.add("exdate", left_out, parameters=_value(series))
    _add_standing(event, entry, dates.venue, dates.sequence, is_cancelled=False)
    return event


def _changed(entry: Entry, dates: EventDates, one: ChangedDate, uid: str) -> Any:
    """Return a single date of an event that is not as its rule has it."""
    series, title = dates.series, entry.title
    if one.is_cancelled:
        title = translate(N_("Abgesagt: %(title)s"), title=title)
    updated = max(entry.updated, one.updated)
    event = _begun(entry, uid, updated=updated, title=title, notes=one.note)
    event.add("recurrence-id", _stamp(series, one.original), parameters=_value(series))
    _add_span(event, series, one.starts, one.ends)
    venue = one.venue or dates.venue
    _add_standing(event, entry, venue, one.sequence, is_cancelled=one.is_cancelled)
    return event


def _add_standing(
    event: Any, entry: Entry, venue: str, sequence: int, *, is_cancelled: bool
) -> None:
    event.add("sequence", sequence)
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    if location := ", ".join(filter(None, [venue, entry.place])):
        event.add("location", location)


def _add_span(event: Any, series: Series, starts: datetime, ends: datetime) -> None:
    """Give an event when it begins and ends: in its zone, or as whole days."""
    if is_whole_days(starts, ends):
        event.add("dtstart", starts.date())
        event.add("dtend", ends.date() + timedelta(days=1))
        return
    event.add("dtstart", _aware(series, starts))
    if ends > starts:
        event.add("dtend", _aware(series, ends))


def _stamp(series: Series, local: datetime) -> date | datetime:
    """Return how a date of a series is named: by its day where the series is of whole days."""
    return local.date() if _is_of_days(series) else _aware(series, local)


def _is_of_days(series: Series) -> bool:
    return is_whole_days(series.starts, series.ends)


def _value(series: Series) -> dict[str, str]:
    return {"VALUE": "DATE"} if _is_of_days(series) else {}


def _aware(series: Series, local: datetime) -> datetime:
    return local.replace(tzinfo=UTC if series.zone == _UTC else ZoneInfo(series.zone))


def _rule(series: Series) -> Any:
    """Return the RRULE; its end is a moment in UTC (RFC 5545, 3.3.10), or a day among days."""
    from icalendar import vRecur  # noqa: PLC0415

    rule = vRecur.from_ical(series.rule)
    if series.until:
        last = datetime.combine(series.until, time(23, 59, 59))
        rule["UNTIL"] = [series.until if _is_of_days(series) else moment_of(last, series.zone)]
    return rule
