"""Public holidays of a state, and where a date goes that falls on one."""

from collections.abc import Container
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

import holidays

from app.core.settings import settings
from app.reference.tables import states

_WEEK: Final = timedelta(days=7)
_SATURDAY: Final = 5
_LANGUAGE: Final = "de"


@lru_cache(maxsize=256)
def _of_year(state: str | None, year: int) -> dict[date, str]:
    found = holidays.country_holidays("DE", subdiv=state, years=year, language=_LANGUAGE)
    return {day: name for day, name in found.items()}  # noqa: C416 - a plain one, never filled up


def holiday_on(day: date, state: str | None) -> str | None:
    """Return the German name of a public holiday of a state; nationwide ones without a state."""
    return _of_year(state, day.year).get(day)


def home_state() -> str | None:
    """Return the state in which this site is, such as ``NW``, by the region it speaks for."""
    ags = next(iter(settings().site.region), "")[:2]
    return next((one.code.removeprefix("DE-") for one in states().values() if one.ags == ags), None)


def moved_off(start: datetime, state: str | None, taken: Container[date]) -> datetime | None:
    """Return when a date on a holiday could be held instead: a week later, else soon after.

    Days that are ``taken`` by other dates of the event are left out, and further holidays too.
    None where the two weeks after it have no such day.
    """
    week = [start + _WEEK]
    soon = [start + timedelta(days=days) for days in range(1, 15)]
    for moved in [*week, *(one for one in soon if one.weekday() < _SATURDAY)]:
        if moved.date() not in taken and holiday_on(moved.date(), state) is None:
            return moved
    return None
