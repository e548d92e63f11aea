"""Reading iCalendar files (RFC 5545) of other programs: what they announce, in words of ours.

Nobody is named: organisers, guests and their addresses stay where they are.
"""

import hashlib
import html
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar, Final

import nh3
from icalendar import Calendar
from icalendar.error import BrokenCalendarProperty

from app.core.errors import FieldError, Invalid
from app.core.i18n import N_
from app.features.events.calendar_times import Times, ZoneUnknownError
from app.features.posts.drafts import MAX_BODY
from app.features.posts.events.rules import Series, begins_on_rule, ruled_starts
from app.features.posts.events.terms import Attendance

MOST_EVENTS: Final = 500
_LAST_MINUTE: Final = time(23, 59)
_TOLD = {"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"}
_UNCLEAR = N_("Die Zeiten oder die Regel der Veranstaltung sind nicht zu verstehen.")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ADDRESS = re.compile(r"https://[^\s<>\"]{4,490}")
_PAGE = re.compile(r"https?://[^\s<>\"]{4,1900}")
_POSTCODE = re.compile(r"\b\d{5}\b")


class CalendarUnreadable(Invalid):
    code: ClassVar[str] = "calendar_unreadable"
    text: ClassVar[str] = N_(
        "Das ist kein vollständiger Kalender im Format iCalendar (.ics), oder er hat mehr als 500 "
        "Veranstaltungen."
    )

    def __init__(self) -> None:
        super().__init__(FieldError((), self.code, self.text))


class EntryUnreadableError(ValueError):
    """An event says something that is not understood here; the message is a German text."""


@dataclass(frozen=True, slots=True)
class OtherDate:
    """A date that is not as the rule has it; times are local. Without ``starts`` it is not held."""

    original: datetime
    starts: datetime | None = None
    ends: datetime | None = None
    venue: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Announced:
    """An event of a file; ``facts`` are details as the kind ``event`` has them.

    ``trouble`` is a German text that says why it is not understood.
    """

    uid: str
    title: str = ""
    body: str = ""
    postcode: str = ""
    facts: tuple[tuple[str, Any], ...] = ()
    others: tuple[OtherDate, ...] = ()
    is_cancelled: bool = False
    is_private: bool = False
    trouble: str = ""

    @property
    def external_id(self) -> str:
        """What the post of it is called: the same in every file that has this event."""
        return f"ics:{hashlib.sha256(self.uid.encode()).hexdigest()}"

    @property
    def digest(self) -> bytes:
        """Tells whether anything of it has changed."""
        return hashlib.sha256(repr(self).encode()).digest()


def read_calendar(content: bytes) -> list[Announced]:
    """Return what a file announces, each event once; refuse what is no calendar as a whole."""
    try:
        found = Calendar.from_ical(_decoded(content), multiple=True)
    except (ValueError, IndexError, KeyError) as error:
        raise CalendarUnreadable from error
    if not found or any(one.name != "VCALENDAR" for one in found):
        raise CalendarUnreadable
    events = [(calendar, one) for calendar in found for one in calendar.walk("VEVENT")]
    by_uid: defaultdict[str, list[Any]] = defaultdict(list)
    zones: dict[str, Times] = {}
    for calendar, event in events:
        uid = str(event.get("uid") or "").strip()
        by_uid[uid].append(event)
        zones.setdefault(uid, Times.of(calendar))
    if len(by_uid) > MOST_EVENTS or len(events) > 10 * MOST_EVENTS:
        raise CalendarUnreadable
    return [one for uid, kept in by_uid.items() for one in _announced(uid, kept, zones[uid])]


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    return re.sub("\r\n?", "\n", text).strip() + "\n"


def _announced(uid: str, events: Sequence[Any], times: Times) -> Iterator[Announced]:
    if not uid:
        for event in events:
            title = _line(event.get("summary"), 120)
            yield Announced("", title, trouble=N_("Die Veranstaltung hat keine Kennung (UID)."))
        return
    ruling = [event for event in events if "recurrence-id" not in event]
    others = [event for event in events if "recurrence-id" in event]
    if ruling:
        yield _read(uid, max(ruling, key=_sequence), others, times)
        return
    for event in others:  # single dates of something that the file does not hold
        yield _read(f"{uid}/{_raw(event, 'recurrence-id')}", event, [], times)


def _sequence(event: Any) -> int:
    found = str(event.get("sequence") or 0)
    return int(found) if found.isdigit() else 0


def _raw(event: Any, name: str) -> str:
    return str(event[name].to_ical().decode())


def _read(uid: str, event: Any, others: Sequence[Any], times: Times) -> Announced:
    title = _line(event.get("summary"), 120)
    if str(event.get("class") or "PUBLIC").upper() in {"PRIVATE", "CONFIDENTIAL"}:
        return Announced(uid, is_private=True)
    if str(event.get("status") or "").upper() == "CANCELLED":
        return Announced(uid, title, is_cancelled=True)
    try:
        facts, apart = _when(event, others, times)
    except EntryUnreadableError as error:
        return Announced(uid, title, trouble=str(error))
    except ZoneUnknownError:
        return Announced(uid, title, trouble=N_("Die Zeitzone der Veranstaltung ist unbekannt."))
    except (BrokenCalendarProperty, ValueError, OverflowError, AttributeError, TypeError, KeyError):
        return Announced(uid, title, trouble=_UNCLEAR)
    location = _line(event.get("location"), 500)
    postcode = _POSTCODE.search(location)
    return Announced(
        uid,
        title,
        _prose(event.get("description")),
        postcode[0] if postcode else "",
        (*facts, *_where(event, location)),
        apart,
    )


def _when(
    event: Any, others: Sequence[Any], times: Times
) -> tuple[tuple[tuple[str, Any], ...], tuple[OtherDate, ...]]:
    """Return the facts of when an event is held, and the dates that differ from its rule."""
    if any(name in _TOLD for one in (event, *others) for name, _ in one.errors):
        raise EntryUnreadableError(_UNCLEAR)
    if "exrule" in event or isinstance(event.get("rrule"), list):
        raise EntryUnreadableError(
            N_("Die Veranstaltung hat mehrere Regeln; hier hat jede nur eine.")
        )
    rule, more = event.get("rrule"), _dates(event, "rdate")
    zone = times.zone_of(event["dtstart"], repeats=bool(rule or more))
    starts = times.local(event["dtstart"].dt, zone)
    ends = _end(event, starts, times, zone)
    text, until = _rule(rule, starts, times, zone) if rule else ("", None)
    further = [times.local(one, zone, starts.time()) for one in more]
    series = Series(starts, ends, zone, text, until)
    if not begins_on_rule(series):  # the first date counts all the same
        further.append(starts)
        first = next(ruled_starts(text, starts), None)
        starts, ends = (first, first + series.length) if first else (starts, ends)
        text, until = (text, until) if first else ("", None)
    skipped = [times.local(one, zone, starts.time()) for one in _dates(event, "exdate")]
    apart = {one: OtherDate(one) for one in skipped}
    for other in others:
        one = _other(other, event, starts.time(), times, zone)
        apart[one.original] = one
    facts = {
        "starts_at": starts,
        "ends_at": ends,
        "time_zone": zone,
        "repetition": "rule" if text else "once",
        "recurrence_rule": text,
        "repeats_until": until,
        "more_dates": tuple(sorted(set(further))),
    }
    return tuple(facts.items()), tuple(apart[key] for key in sorted(apart))


def _dates(event: Any, name: str) -> list[Any]:
    """Return the days and moments of a property that may stand there several times."""
    found = event.get(name)
    lists = found if isinstance(found, list) else [found] if found else []
    dates = [one.dt for entry in lists for one in entry.dts]
    return [one[0] if isinstance(one, tuple) else one for one in dates]


def _end(event: Any, starts: datetime, times: Times, zone: str) -> datetime:
    whole = not isinstance(event["dtstart"].dt, datetime)
    if "dtend" in event:
        ends = times.local(event["dtend"].dt, zone)
        whole = whole and not isinstance(event["dtend"].dt, datetime)
    elif "duration" in event:
        ends = starts + event["duration"].dt
    else:
        ends = starts + timedelta(days=1) if whole else starts
    if whole:  # DTEND is the day after the last one
        last = max(starts.date(), (ends - timedelta(minutes=1)).date())
        return datetime.combine(last, _LAST_MINUTE)
    return ends


def _rule(rule: Any, starts: datetime, times: Times, zone: str) -> tuple[str, date | None]:
    """Return a rule without its end, and the last day on which it has a date begin."""
    said = rule.copy()
    ends = said.pop("UNTIL", None)
    text = str(said.to_ical().decode())
    if not ends:
        return text, None
    end = ends[0]
    if not isinstance(end, datetime):
        return text, max(end, starts.date())
    last = times.local(end, zone)
    day = last.date()
    if datetime.combine(day, starts.time()) > last:
        day -= timedelta(days=1)
    return text, max(day, starts.date())


def _other(other: Any, event: Any, at: time, times: Times, zone: str) -> OtherDate:
    original = times.local(other["recurrence-id"].dt, zone, at)
    if str(other.get("status") or "").upper() == "CANCELLED":
        return OtherDate(original)
    starts = times.local(other["dtstart"].dt, zone)
    venue, usual = (_line(one.get("location"), 200) for one in (other, event))
    title, common = (_line(one.get("summary"), 300) for one in (other, event))
    return OtherDate(
        original,
        starts,
        _end(other, starts, times, zone),
        "" if venue == usual or _ADDRESS.fullmatch(venue) else venue,
        "" if title == common else title,
    )


def _where(event: Any, location: str) -> tuple[tuple[str, Any], ...]:
    """Return where it is: an address to come to, or one to follow, which is told to who may."""
    facts: dict[str, Any] = {"venue": location[:200].strip()}
    if _ADDRESS.fullmatch(location):
        facts = {"venue": "", "online_link": location, "attendance": Attendance.ONLINE.value}
    page = str(event.get("url") or "").strip()
    return tuple((facts | ({"url": page} if _PAGE.fullmatch(page) else {})).items())


def _line(value: Any, longest: int) -> str:
    return " ".join(_CONTROLS.sub(" ", str(value or "")).split())[:longest].strip()


def _prose(value: Any) -> str:
    """Return a description; of HTML, as some programs write it, what one reads of it."""
    text = _CONTROLS.sub("", str(value or ""))
    if re.search(r"<(br|p|div|span|a|b|ul|html)\b", text, re.IGNORECASE):
        broken = re.sub(r"<br\s*/?>|</(p|div|li|tr)>", "\n", text, flags=re.IGNORECASE)
        text = html.unescape(nh3.clean(broken, tags=set()))
    return text.strip()[:MAX_BODY].strip()
