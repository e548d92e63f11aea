"""The dates kept for an event are those that an independent expander of iCalendar makes."""

import warnings
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings as examples, strategies as st
from icalendar import Calendar, Event, vRecur
from sqlalchemy import delete, select

from app.core import clock
from app.features.posts.drafts import KINDS
from app.features.posts.events.dates import HORIZON, keep_dates
from app.features.posts.events.rules import Series, local_starts, moment_of
from app.models.occurrences import Occurrence, OccurrenceState
from app.models.posts import Post
from tests.makers import a_person

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import recurring_ical_events

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
BERLIN, LENGTH = ZoneInfo("Europe/Berlin"), timedelta(hours=2)
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
rules = st.one_of(
    st.builds(lambda n: f"FREQ=DAILY;INTERVAL={n}", st.integers(3, 40)),
    st.builds(
        lambda n, days: f"FREQ=WEEKLY;INTERVAL={n};BYDAY={','.join(sorted(days, key=DAYS.index))}",
        st.integers(1, 5),
        st.sets(st.sampled_from(DAYS), min_size=1, max_size=3),
    ),
    st.builds(
        lambda nth, day: f"FREQ=MONTHLY;BYDAY={nth}{day}",
        st.sampled_from((1, 2, 3, 4, -1)),
        st.sampled_from(DAYS),
    ),
    st.builds(lambda day: f"FREQ=MONTHLY;BYMONTHDAY={day}", st.integers(1, 31)),
    st.builds(lambda day: f"FREQ=MONTHLY;BYDAY={day};BYSETPOS=-1", st.sampled_from(DAYS)),
    st.builds(lambda month: f"FREQ=YEARLY;BYMONTH={month};BYMONTHDAY=15", st.integers(1, 12)),
)
ends = st.one_of(st.none(), st.integers(1, 60), st.dates(date(2027, 3, 1), date(2028, 12, 31)))
hours = st.integers(0, 20)
# Which of the dates are cancelled, and which are moved by how many hours.
cancelled = st.sets(st.integers(0, 30), max_size=4)
moved = st.dictionaries(st.integers(0, 30), st.integers(-5, 30), max_size=4)


def details_of(rule, end, hour):
    """Return an event whose first date is the first that its rule makes in December."""
    begins = datetime(2026, 12, 1, hour)  # noqa: DTZ001 - local on purpose
    first = next(local_starts(Series(begins, begins, "Europe/Berlin", rule)))
    return KINDS["event"].details.model_validate(
        {
            "kind": "event",
            "starts_at": first,
            "ends_at": first + LENGTH,
            "recurrence_rule": f"{rule};COUNT={end}" if isinstance(end, int) else rule,
            "repeats_until": max(end, first.date()) if isinstance(end, date) else None,
        }
    )


def calendar_of(series, exceptions):
    """Write the event as others would: one master, EXDATE, and RECURRENCE-ID for what moved."""
    master = Event()
    master.add("uid", "1")
    master.add("dtstart", series.starts.replace(tzinfo=BERLIN))
    master.add("dtend", series.ends.replace(tzinfo=BERLIN))
    rule = series.rule
    if series.until:
        last = datetime.combine(series.until, time(23, 59, 59), BERLIN).astimezone(UTC)
        rule += f";UNTIL={last:%Y%m%dT%H%M%SZ}"
    master.add("rrule", vRecur.from_ical(rule))
    calendar = Calendar()
    calendar.add_component(master)
    for original, start in exceptions.items():
        if start is None:
            master.add("exdate", original.astimezone(BERLIN))
            continue
        other = Event()
        other.add("uid", "1")
        other.add("recurrence-id", original.astimezone(BERLIN))
        other.add("dtstart", start.astimezone(BERLIN))
        other.add("dtend", (start + LENGTH).astimezone(BERLIN))
        calendar.add_component(other)
    calendar.add_missing_timezones()
    return Calendar.from_ical(calendar.to_ical())


@pytest.fixture
async def post(session):
    author = await a_person(session)
    written = dict.fromkeys(("title", "body", "body_html", "excerpt"), "Sprechtag")
    made = Post(kind="event", author_id=author.id, published_at=NOW, **written)
    session.add(made)
    await session.flush()
    return made


@given(rules, ends, hours, cancelled, moved)
@examples(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
async def test_dates_are_those_of_an_independent_expander(
    session, post, rule, end, hour, dropped, shifted
):
    details = details_of(rule, end, hour)
    await session.execute(delete(Occurrence))
    session.expunge_all()
    with clock.set_to(NOW):
        kept = await session.get_one(Post, post.id)
        await keep_dates(session, kept, details)
        rows = list(await session.scalars(select(Occurrence).order_by(Occurrence.starts_at)))
        exceptions = {}
        for number, row in enumerate(rows):
            if number in dropped:
                row.state = OccurrenceState.CANCELLED
                exceptions[row.original_starts_at] = None
            elif number in shifted:
                row.starts_at += timedelta(hours=shifted[number], minutes=7)  # beside all others
                row.ends_at = row.starts_at + LENGTH
                row.state = OccurrenceState.MOVED
                exceptions[row.original_starts_at] = row.starts_at
        await session.flush()
        await keep_dates(session, kept, details)  # decisions outlive it
    held = select(Occurrence.starts_at).where(Occurrence.state != OccurrenceState.CANCELLED)
    ours = sorted(await session.scalars(held))
    found = recurring_ical_events.of(calendar_of(details.series, exceptions)).between(
        NOW - timedelta(days=3), NOW + 2 * HORIZON
    )
    theirs = sorted(one["DTSTART"].dt.astimezone(UTC) for one in found)
    first = moment_of(details.series.starts, "Europe/Berlin")
    horizon = max(NOW + HORIZON, first)
    assert ours == [one for one in theirs if one <= horizon or one in exceptions.values()]
