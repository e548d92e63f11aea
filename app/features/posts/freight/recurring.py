"""Trips that are made again and again: rules of RFC 5545, as far as a lorry needs them."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import takewhile
from typing import Any, Final

from dateutil.rrule import rrulestr

from app.features.posts.freight.terms import Recurrence

LONGEST: Final = timedelta(days=91)  # from the first trip to the last: the 90 days, both included
_WORDS: Final = {
    Recurrence.WEEKLY: "FREQ=WEEKLY",
    Recurrence.FORTNIGHTLY: "FREQ=WEEKLY;INTERVAL=2",
    Recurrence.WEEKDAYS: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
}
_DAY = "(MO|TU|WE|TH|FR|SA|SU)"
_PARTS: Final = {
    "FREQ": re.compile("DAILY|WEEKLY|MONTHLY"),
    "INTERVAL": re.compile("[1-9][0-9]?"),
    "BYDAY": re.compile(f"([+-]?[1-5])?{_DAY}(,([+-]?[1-5])?{_DAY})*"),
    "UNTIL": re.compile(r"[0-9]{8}(T[0-9]{6}Z?)?"),
}


class RuleUnreadableError(ValueError):
    """A rule is none, or says what is not understood here."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule without its end, and the last day that it named."""

    text: str
    until: date | None


def read_rule(text: str) -> Rule:
    """Read an RRULE of FREQ (daily, weekly, monthly), INTERVAL, BYDAY and UNTIL."""
    pairs = [part.partition("=") for part in text.upper().removeprefix("RRULE:").split(";")]
    given = {name: value for name, _, value in pairs}
    known = all(name in _PARTS and _PARTS[name].fullmatch(given[name]) for name in given)
    if not known or len(given) != len(pairs) or "FREQ" not in given:
        raise RuleUnreadableError(text)
    if re.search("[0-9]", given.get("BYDAY", "")) and given["FREQ"] != "MONTHLY":
        raise RuleUnreadableError(text)
    try:
        until = date.fromisoformat(given["UNTIL"][:8]) if "UNTIL" in given else None
    except ValueError as error:
        raise RuleUnreadableError(text) from error
    rule = ";".join(f"{name}={given[name]}" for name in _PARTS if name in given and name != "UNTIL")
    return Rule(rule, until)


def starts(trip: Any) -> list[datetime]:
    """Return when each trip leaves at the earliest, in local time; none that miss the rule."""
    first: datetime = trip.departs_from
    if trip.recurrence == Recurrence.ONCE or trip.repeats_until is None:
        return [first]
    rule = _WORDS.get(trip.recurrence) or trip.recurrence_rule
    end = min(datetime.combine(trip.repeats_until, time.max), first + LONGEST)
    return list(takewhile(lambda start: start <= end, rrulestr(rule, dtstart=first)))
