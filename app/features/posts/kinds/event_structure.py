"""Events as search engines read them (schema.org/Event)."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.core import clock
from app.features.posts.events.rules import Series, moment_of, next_start
from app.features.posts.events.terms import Attendance, Participation
from app.features.posts.kinds import Shown
from app.models.occurrences import OccurrenceState

_MODES = {
    Attendance.ON_SITE: "OfflineEventAttendanceMode",
    Attendance.ONLINE: "OnlineEventAttendanceMode",
    Attendance.MIXED: "MixedEventAttendanceMode",
}


_STATES = {
    OccurrenceState.PLANNED: "EventScheduled",
    OccurrenceState.MOVED: "EventRescheduled",
    OccurrenceState.CANCELLED: "EventCancelled",
}


def structured_event(post: Shown) -> dict[str, Any]:
    """Return an event with its next date; one that repeats says how as well."""
    details = post.details
    series = Series.stored(details)
    zone = ZoneInfo(series.zone)
    said: dict[str, Any] = {
        "@type": "Event",
        "name": post.title,
        "description": post.text or post.title,
        "url": post.url,
        **_when(post, series, zone),
        "eventAttendanceMode": f"https://schema.org/{_MODES[Attendance(details['attendance'])]}",
        "location": _location(post),
        "organizer": post.author,
        "isAccessibleForFree": not details["price_eur"],
    }
    if details["participation"] != Participation.NONE:
        said["offers"] = _offer(post)
    if details.get("for_whom"):
        said["audience"] = {"@type": "Audience", "audienceType": details["for_whom"]}
    if series.rule:
        said["eventSchedule"] = _schedule(series)
    return said


def _when(post: Shown, series: Series, zone: ZoneInfo) -> dict[str, Any]:
    """Return when the next date is, and whether it was moved or cancelled."""
    if post.date is None:
        start = next_start(series, clock.now()) or moment_of(series.starts, series.zone)
        end, state, was = start + series.length, OccurrenceState.PLANNED, start
    else:
        start, end, was = (
            datetime.fromisoformat(post.date[name])
            for name in ("starts_at", "ends_at", "original_starts_at")
        )
        state = OccurrenceState(post.date["state"])
    said = {
        "startDate": start.astimezone(zone).isoformat(),
        "endDate": end.astimezone(zone).isoformat(),
        "eventStatus": f"https://schema.org/{_STATES[state]}",
    }
    if state == OccurrenceState.MOVED:
        said["previousStartDate"] = was.astimezone(zone).isoformat()
    return said


def _offer(post: Shown) -> dict[str, Any]:
    """Return what taking part costs; whether a place is left is told where their number is none."""
    said = {
        "@type": "Offer",
        "price": post.details["price_eur"],
        "priceCurrency": "EUR",
        "url": post.url,
        "validFrom": post.published_at,
    }
    is_limited = post.details["participation"] == Participation.SLOTS or post.details.get(
        "capacity"
    )
    return said if is_limited else {**said, "availability": "https://schema.org/InStock"}


def _location(post: Shown) -> Any:
    """Return where it is: a place, the page by which one takes part online, or both."""
    mode = post.details["attendance"]
    online = {"@type": "VirtualLocation", "url": post.url}
    if mode == Attendance.ONLINE:
        return online
    venue = (post.date or {}).get("venue") or post.details.get("venue")
    place = dict(post.place or {"@type": "Place", "name": venue or post.title})
    if venue:
        place["name"] = venue
        address = place.get("address") or {"@type": "PostalAddress", "addressCountry": "DE"}
        place["address"] = {**address, "streetAddress": venue}
    return [place, online] if mode == Attendance.MIXED else place


_UNITS = {"DAILY": "D", "WEEKLY": "W", "MONTHLY": "M", "YEARLY": "Y"}
_WEEKDAYS = {
    "MO": "Monday", "TU": "Tuesday", "WE": "Wednesday", "TH": "Thursday", "FR": "Friday",
    "SA": "Saturday", "SU": "Sunday",
}  # fmt: skip


def _schedule(series: Series) -> dict[str, Any]:
    parts = dict(part.split("=", 1) for part in series.rule.split(";"))
    said: dict[str, Any] = {
        "@type": "Schedule",
        "startDate": series.starts.date().isoformat(),
        "startTime": series.starts.time().isoformat(),
        "endTime": series.ends.time().isoformat(),
        "repeatFrequency": f"P{parts.get('INTERVAL', 1)}{_UNITS[parts['FREQ']]}",
        "scheduleTimezone": series.zone,
    }
    if "BYDAY" in parts:
        days = [_WEEKDAYS[day[-2:]] for day in parts["BYDAY"].split(",")]
        said["byDay"] = [f"https://schema.org/{day}" for day in days]
    if series.until:
        said["endDate"] = series.until.isoformat()
    if "COUNT" in parts:
        said["repeatCount"] = int(parts["COUNT"])
    return said
