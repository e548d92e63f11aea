"""What a kind puts into calendars: the days and times that its details name."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Occasion:
    """One entry of a calendar; ``text`` says in German what it is.

    ``key`` tells it from the others of its post, also after a change. A date is a whole day; a
    moment lasts until ``ends``.
    """

    key: str
    text: str
    starts: date | datetime
    ends: datetime | None = None


def on(key: str, text: str, day: date | None) -> Iterable[Occasion]:
    """Return the occasion of a day, where the day is known."""
    return [Occasion(key, text, day)] if day else []
