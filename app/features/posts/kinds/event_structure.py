"""Events as search engines read them (schema.org/Event)."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.core import clock
from app.features.posts.events.rules import Series, moment_of, next_start
from app.features.posts.events.terms import Attendance, Participation
from app.features.posts.kinds import Shown

_MODES = {
    Attendance.ON_SITE: "OfflineEventAttendanceMode",
    Attendance.ONLINE: "OnlineEventAttendanceMode",
    Attendance.MIXED: "MixedEventAttendanceMode",
}


def structured_event(post: Shown) -> dict[str, Any]:
    """Return an event with its next date; one that repeats says how as well."""
    details = post.details
    series = Series.stored(details)
    start = next_start(series, clock.now()) or moment_of(series.starts, series.zone)
    zone = ZoneInfo(series.zone)
    said: dict[str, Any] = {
        "@type": "Event",
        "name": post.title,
        "description": post.text or post.title,
        "url": post.url,
        "startDate": start.astimezone(zone).isoformat(),
        "endDate": (start + series.length).astimezone(zone).isoformat(),
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": f"https://schema.org/{_MODES[Attendance(details['attendance'])]}",
        "location": _location(post),
        "organizer": post.author,
        "isAccessibleForFree": not details["price_eur"],
    }
    if details["participation"] != Participation.NONE:
        said["offers"] = {
            "@type": "Offer",
            "price": details["price_eur"],
            "priceCurrency": "EUR",
            "url": post.url,
            "availability": "https://schema.org/InStock",
            "validFrom": post.published_at,
        }
    if details.get("for_whom"):
        said["audience"] = {"@type": "Audience", "audienceType": details["for_whom"]}
    if series.rule:
        said["eventSchedule"] = _schedule(series, start.astimezone(zone))
    return said


def _location(post: Shown) -> Any:
    """Return where it is: a place, the page by which one takes part online, or both."""
    mode = post.details["attendance"]
    online = {"@type": "VirtualLocation", "url": post.url}
    if mode == Attendance.ONLINE:
        return online
    place = dict(post.place or {"@type": "Place", "name": post.details.get("venue") or post.title})
    if venue := post.details.get("venue"):
        place["name"] = venue
        address = place.get("address") or {"@type": "PostalAddress", "addressCountry": "DE"}
        place["address"] = {**address, "streetAddress": venue}
    return [place, online] if mode == Attendance.MIXED else place


_UNITS = {"DAILY": "D", "WEEKLY": "W", "MONTHLY": "M", "YEARLY": "Y"}
_WEEKDAYS = {
    "MO": "Monday", "TU": "Tuesday", "WE": "Wednesday", "TH": "Thursday", "FR": "Friday",
    "SA": "Saturday", "SU": "Sunday",
}  # fmt: skip


def _schedule(series: Series, start: datetime) -> dict[str, Any]:
    parts = dict(part.split("=", 1) for part in series.rule.split(";"))
    said: dict[str, Any] = {
        "@type": "Schedule",
        "startDate": series.starts.date().isoformat(),
        "startTime": f"{start:%H:%M:%S}",
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
