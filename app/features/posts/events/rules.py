"""When an event is held: rules of RFC 5545, in local time, through every change of the clocks."""

import re
from calendar import isleap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from heapq import merge
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from app.features.posts.events.terms import Repetition

MOST_DATES: Final = 2_000  # of one event; a daily one over five years
LONGEST: Final = timedelta(days=3_653)  # from the first date to the last
_TURN: Final = 400  # years, after which the Gregorian calendar repeats itself
_LAST_YEAR: Final = 9_988  # from which LONGEST still ends before the year 10,000
_YEARS_TOUCHED: Final = 12  # by LONGEST at most
_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY = "(MO|TU|WE|TH|FR|SA|SU)"
_PLACE = "([+-]?[1-5])?"
_MONTH_DAY = "(-?([1-9]|[12][0-9]|3[01]))"
_MONTH = "([1-9]|1[0-2])"
_POSITION = "(-?[1-9][0-9]{0,2})"
_PARTS: Final = {
    "FREQ": re.compile("DAILY|WEEKLY|MONTHLY|YEARLY"),
    "INTERVAL": re.compile("[1-9][0-9]?"),
    "COUNT": re.compile("[1-9][0-9]{0,3}"),
    "BYMONTH": re.compile(f"{_MONTH}(,{_MONTH})*"),
    "BYMONTHDAY": re.compile(f"{_MONTH_DAY}(,{_MONTH_DAY})*"),
    "BYDAY": re.compile(f"{_PLACE}{_DAY}(,{_PLACE}{_DAY})*"),
    "BYSETPOS": re.compile(f"{_POSITION}(,{_POSITION})*"),
    "WKST": re.compile(_DAY),
    "UNTIL": re.compile(r"[0-9]{8}(T[0-9]{6}Z?)?"),
}
_LAST_MINUTE: Final = time(23, 59)
_LAST: Final = 5  # the fifth such weekday of a month is its last


class RuleUnreadableError(ValueError):
    """A rule is none, or says what is not understood here."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule without its end, and the last day that it named."""

    text: str
    until: date | None


@dataclass(frozen=True, slots=True)
class Series:
    """When an event is held: its first date in local time, how it repeats, and further dates.

    ``rule`` is an RRULE without UNTIL, empty for a single date. ``until`` is the last day.
    """

    starts: datetime
    ends: datetime
    zone: str
    rule: str = ""
    until: date | None = None
    more: tuple[datetime, ...] = ()

    @classmethod
    def of(cls, details: Any) -> "Series":
        """Return when an event with these details is held."""
        return cls(
            details.starts_at,
            details.ends_at or details.starts_at,
            details.time_zone,
            details.recurrence_rule or rule_of(details.repetition, details.starts_at),
            details.repeats_until,
            tuple(details.more_dates),
        )

    @classmethod
    def stored(cls, details: dict[str, Any]) -> "Series":
        """Return when an event is held whose row has these details."""
        starts = datetime.fromisoformat(details["starts_at"])
        ends, until = details.get("ends_at"), details.get("repeats_until")
        repetition = Repetition(details["repetition"])
        return cls(
            starts,
            datetime.fromisoformat(ends) if ends else starts,
            details["time_zone"],
            details.get("recurrence_rule") or rule_of(repetition, starts),
            date.fromisoformat(until) if until else None,
            tuple(map(datetime.fromisoformat, details.get("more_dates") or ())),
        )

    @property
    def length(self) -> timedelta:
        """How long one date takes."""
        return self.ends - self.starts

    @property
    def is_endless(self) -> bool:
        """Whether nothing says when it ends."""
        return bool(self.rule) and self.until is None and "COUNT=" not in self.rule


def read_rule(text: str, zone: str) -> Rule:
    """Read an RRULE by which an event is held at most once a day; UNTIL is read in ``zone``."""
    pairs = [part.partition("=") for part in text.upper().removeprefix("RRULE:").split(";")]
    given = {name: value for name, _, value in pairs}
    known = all(name in _PARTS and _PARTS[name].fullmatch(given[name]) for name in given)
    if not known or len(given) != len(pairs) or "FREQ" not in given:
        raise RuleUnreadableError(text)
    if "COUNT" in given and "UNTIL" in given:
        raise RuleUnreadableError(text)
    has_place = re.search("[0-9]", given.get("BYDAY", ""))
    if has_place and given["FREQ"] not in {"MONTHLY", "YEARLY"}:
        raise RuleUnreadableError(text)
    if "BYMONTHDAY" in given and given["FREQ"] == "WEEKLY":
        raise RuleUnreadableError(text)
    rule = ";".join(f"{name}={given[name]}" for name in _PARTS if name in given and name != "UNTIL")
    try:
        until = _last_day(given["UNTIL"], zone) if "UNTIL" in given else None
        next(ruled_starts(rule, datetime(2028, 1, 1)), None)  # noqa: DTZ001 - local
    except ValueError as error:
        raise RuleUnreadableError(text) from error
    return Rule(rule, until)


def _last_day(until: str, zone: str) -> date:
    """Return the last day of an UNTIL: a day, a local time, or as RFC 5545 prefers it, UTC."""
    if until.endswith("Z"):
        moment = datetime.strptime(until, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return moment.astimezone(ZoneInfo(zone)).date()
    return date.fromisoformat(until[:8])


def rule_of(repetition: Repetition, first: datetime) -> str:
    """Return the rule that a word means for an event whose first date is ``first``."""
    day = _DAYS[first.weekday()]
    nth = (first.day - 1) // 7 + 1
    return {
        Repetition.DAILY: "FREQ=DAILY",
        Repetition.WEEKLY: "FREQ=WEEKLY",
        Repetition.FORTNIGHTLY: "FREQ=WEEKLY;INTERVAL=2",
        Repetition.MONTHLY_BY_WEEKDAY: (f"FREQ=MONTHLY;BYDAY={-1 if nth == _LAST else nth}{day}"),
        Repetition.MONTHLY_BY_LAST_WEEKDAY: f"FREQ=MONTHLY;BYDAY=-1{day}",
        Repetition.MONTHLY_BY_DAY: "FREQ=MONTHLY",
        Repetition.YEARLY: "FREQ=YEARLY",
    }.get(repetition, "")


def moment_of(local: datetime, zone: str) -> datetime:
    """Return the moment that a local time means.

    One that the clocks leap over is counted as before the leap, one that comes twice is the first
    (RFC 5545, 3.3.5).
    """
    return local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def local_of(moment: datetime, zone: str) -> datetime:
    """Return what clocks on the wall show at a moment."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def is_whole_days(starts: datetime, ends: datetime) -> bool:
    """Whether a date lasts from the first minute of a day to the last of that day or another."""
    return starts.time() == time() and ends.time() == _LAST_MINUTE


def local_starts(series: Series) -> Iterator[datetime]:
    """Yield when each date begins, in local time, the earliest first, each once."""
    ruled: Iterator[datetime] = iter([series.starts])
    if series.rule:
        ruled = ruled_starts(series.rule, series.starts)
    latest = series.starts + LONGEST
    if series.until:
        latest = min(latest, datetime.combine(series.until, time.max))
    last = None
    for start in islice(merge(_up_to(ruled, latest), sorted(series.more)), MOST_DATES):
        if start != last:
            yield start
        last = start


def ruled_starts(rule: str, first: datetime) -> Iterator[datetime]:
    """Yield when a rule has dates begin, from ``first`` on, for ``LONGEST``.

    dateutil searches for the next date up to the year 9999, which takes many seconds where a rule
    never comes true. So it is asked about a time after which few years are left.
    """
    parts = dict(part.split("=", 1) for part in rule.split(";"))
    count = parts.pop("COUNT", None)
    ahead = _years_ahead(first.year)
    later = first.replace(year=first.year + ahead)
    bare: Any = rrulestr(";".join(f"{name}={said}" for name, said in parts.items()), dtstart=later)
    for start in islice(bare.replace(until=later + LONGEST), int(count) if count else None):
        yield start.replace(year=start.year - ahead)


@lru_cache(maxsize=1_024)
def _years_ahead(year: int) -> int:
    """Return how much later the last years are that are the same in days and weekdays.

    Mostly they are a number of times 28 years later, and a turn of the calendar at the earliest.
    """
    wanted = _days_of_years(year)
    latest = range(_LAST_YEAR, _LAST_YEAR - _TURN, -1)
    return next(last for last in latest if _days_of_years(last) == wanted) - year


def _days_of_years(first: int) -> tuple[int, ...]:
    """Return the weekday on which a year begins, and which of it and those after it are longer."""
    weekday = date(first, 1, 1).weekday()
    return (weekday, *(isleap(first + n) for n in range(_YEARS_TOUCHED)))


def _up_to(starts: Iterator[datetime], latest: datetime) -> Iterator[datetime]:
    for start in starts:
        if start > latest:
            return
        yield start


@lru_cache(maxsize=1_024)
def last_end(series: Series) -> datetime | None:
    """Return when the last date is over; None where there is no last one."""
    if series.is_endless:
        return None
    *_, last = local_starts(series)
    return moment_of(last + series.length, series.zone)


def next_start(series: Series, now: datetime) -> datetime | None:
    """Return when the next date begins that is not over."""
    for start in local_starts(series):
        if moment_of(start + series.length, series.zone) > now:
            return moment_of(start, series.zone)
    return None


def begins_on_rule(series: Series) -> bool:
    """Whether the first date is one of those that the rule makes."""
    if not series.rule:
        return True
    return next(ruled_starts(series.rule, series.starts), None) == series.starts
