"""Days, times and numbers as readers of either language write them."""

from datetime import date, datetime

from babel import dates, numbers

from app.core.i18n import current_locale
from app.core.settings import settings


def local(at: datetime) -> datetime:
    """Return a moment in local time; what has no zone is local already."""
    if at.tzinfo is None:
        return at
    return at.astimezone(settings().zone)


def day(at: date) -> str:
    """Write a day, or the local day of a moment, in figures."""
    named = local(at) if isinstance(at, datetime) else at
    german = current_locale.get() == "de"
    return named.strftime("%d.%m.%Y") if german else dates.format_date(named, "d MMM yyyy", "en")


def long_day(at: date) -> str:
    """Write a day with its weekday."""
    named = local(at) if isinstance(at, datetime) else at
    german = current_locale.get() == "de"
    return dates.format_date(
        named, "EEE, d. MMMM yyyy" if german else "EEE, d MMMM yyyy", current_locale.get()
    )


def hour(at: datetime) -> str:
    """Write the time of day of a moment, in local time."""
    return dates.format_time(local(at), "H:mm", locale=current_locale.get())


def month_named(first: date) -> str:
    """Write a month with its year."""
    return dates.format_date(first, "LLLL yyyy", current_locale.get())


def weekday(at: date) -> str:
    """Write the weekday of a day in short."""
    return dates.format_date(at, "EEE", current_locale.get()).rstrip(".")


def exactly(at: datetime) -> str:
    """Write a moment to the minute, in local time."""
    return f"{long_day(at)}, {hour(at)}"


def number(value: float) -> str:
    """Write a number with the marks of the language."""
    return numbers.format_decimal(value, locale=current_locale.get())
