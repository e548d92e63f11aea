"""Times of iCalendar files as local times in a zone that has a name here."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from app.core.local_time import zone_names
from app.core.settings import settings

_HALF_A_YEAR: Final = timedelta(days=182)  # in it, the clocks change where they do


class ZoneUnknownError(ValueError):
    """A zone has no name here, and its clocks do not go like those of this site."""


@dataclass(frozen=True, slots=True)
class Times:
    """The zone that a calendar means where it names none."""

    usual: str

    @classmethod
    def of(cls, calendar: Any) -> "Times":
        """Return that of a calendar, else that of this site."""
        named = _known(str(calendar.get("x-wr-timezone") or ""))
        return cls(named or settings().site.time_zone)

    def zone_of(self, starts: Any, *, repeats: bool) -> str:
        """Return the zone in which an event is held that begins at this DTSTART.

        A single moment in UTC is told in the usual zone; what repeats in UTC stays there.
        """
        value = starts.dt
        if not isinstance(value, datetime):
            return self.usual
        named = str(starts.params.get("TZID") or "")
        if found := _known(named):
            return found
        if value.tzinfo is None:
            if named:
                raise ZoneUnknownError(named)
            return self.usual
        if not named and value.utcoffset() == timedelta():
            return "UTC" if repeats else self.usual
        here = ZoneInfo(settings().site.time_zone)
        wall = value.replace(tzinfo=None)
        for moment in (wall, wall + _HALF_A_YEAR):
            there = moment.replace(tzinfo=value.tzinfo).utcoffset()
            if there != moment.replace(tzinfo=here).utcoffset():
                raise ZoneUnknownError(named)
        return settings().site.time_zone

    def local(self, value: date | datetime, zone: str, at: time = time.min) -> datetime:
        """Return a day (at a time of day) or a moment as clocks show it in a zone."""
        if not isinstance(value, datetime):
            return datetime.combine(value, at)
        if value.tzinfo is not None:
            value = value.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        return value.replace(second=0, microsecond=0)


def _known(name: str) -> str | None:
    """Return the IANA name of a zone that goes by it, by its Windows name, or behind a prefix."""
    name = name.strip().strip('"')
    found = WINDOWS_TO_OLSON.get(name, name)
    tail = "/".join(found.split("/")[-2:])
    return next((one for one in (found, tail) if one in zone_names()), None)
