"""The only clock: what time it is, in UTC."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def today(zone: ZoneInfo) -> date:
    """Return the calendar day that ``zone`` has now."""
    return now().astimezone(zone).date()
