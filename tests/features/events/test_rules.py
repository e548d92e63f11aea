"""When events are held: rules, clocks that change, holidays."""

from datetime import UTC, date, datetime

import pytest
from dateutil.rrule import rrulestr

from app.features.posts.drafts import KINDS
from app.features.posts.events.free_days import holiday_on, moved_off
from app.features.posts.events.rules import (
    LONGEST,
    RuleUnreadableError,
    Series,
    last_end,
    local_starts,
    moment_of,
    next_start,
    read_rule,
    ruled_starts,
)

FIRST = datetime(2026, 12, 3, 14)  # noqa: DTZ001 - local on purpose
THURSDAYS = Series(
    FIRST, FIRST.replace(hour=17), "Europe/Berlin", "FREQ=MONTHLY;BYDAY=1TH", date(2027, 12, 31)
)


def details(**said):
    given = {"starts_at": "2026-12-03T14:00", "ends_at": "2026-12-03T17:00", **said}
    return KINDS["event"].details.model_validate({"kind": "event", **given})


def test_first_thursdays_are_those_of_the_calendar_and_14_o_clock_stays_14_o_clock():
    days = [start.date() for start in local_starts(THURSDAYS)]
    assert [f"{day:%d.%m.}" for day in days] == [
        "03.12.", "07.01.", "04.02.", "04.03.", "01.04.", "06.05.", "03.06.", "01.07.", "05.08.",
        "02.09.", "07.10.", "04.11.", "02.12.",
    ]  # fmt: skip
    moments = {start.month: moment_of(start, "Europe/Berlin") for start in local_starts(THURSDAYS)}
    assert (moments[1].hour, moments[7].hour) == (13, 12)
    assert last_end(THURSDAYS) == datetime(2027, 12, 2, 16, tzinfo=UTC)
    now = datetime(2027, 5, 6, 14, 59, tzinfo=UTC)
    assert next_start(THURSDAYS, now) == datetime(2027, 5, 6, 12, tzinfo=UTC)  # it still runs


def test_a_time_that_clocks_leap_over_is_counted_as_before_the_leap():
    leap, twice = datetime(2027, 3, 28, 2, 30), datetime(2027, 10, 31, 2, 30)  # noqa: DTZ001
    assert moment_of(leap, "Europe/Berlin") == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert moment_of(twice, "Europe/Berlin") == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_holidays_are_those_of_the_state_and_a_date_goes_where_none_is():
    assert holiday_on(date(2027, 5, 6), "NW") == "Christi Himmelfahrt"
    assert holiday_on(date(2027, 5, 27), "NW") == "Fronleichnam"
    assert holiday_on(date(2027, 5, 27), "NI") is None
    ascension = datetime(2027, 5, 6, 14)  # noqa: DTZ001
    assert moved_off(ascension, "NW", ()) == datetime(2027, 5, 13, 14)  # noqa: DTZ001
    assert moved_off(ascension, "NW", {date(2027, 5, 13)}) == datetime(2027, 5, 7, 14)  # noqa: DTZ001


def test_words_and_rules_say_the_same():
    words = details(repetition="monthly_by_weekday", repeats_until="2027-12-31").series
    ruled = details(recurrence_rule="RRULE:FREQ=MONTHLY;BYDAY=1TH;UNTIL=20271231T225959Z").series
    assert words == ruled == THURSDAYS


def test_until_in_utc_is_the_local_day():
    assert read_rule("FREQ=DAILY;UNTIL=20270505T220000Z", "Europe/Berlin").until == date(2027, 5, 6)


@pytest.mark.parametrize(
    "rule",
    ["", "FREQ=HOURLY", "FREQ=DAILY;BYHOUR=9", "FREQ=WEEKLY;BYDAY=1TH", "FREQ=DAILY;COUNT=0",
     "FREQ=DAILY;COUNT=2;UNTIL=20270101", "FREQ=DAILY;UNTIL=20271399", "INTERVAL=2",
     "FREQ=DAILY;FREQ=DAILY"],
)  # fmt: skip
def test_what_is_no_rule_for_events_is_refused(rule):
    with pytest.raises(RuleUnreadableError):
        read_rule(rule, "Europe/Berlin")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"ends_at": "2026-12-03T13:00"}, "end_before_start"),
        ({"ends_at": None}, "end_missing"),
        ({"recurrence_rule": "FREQ=MONTHLY;BYDAY=2TH"}, "first_date_off_rule"),
        ({"repetition": "weekly", "repeats_until": "2026-12-01"}, "repeats_until_too_early"),
        ({"repetition": "weekly", "recurrence_rule": "FREQ=DAILY"}, "rule_out_of_place"),
        ({"recurrence_rule": "FREQ=DAILY;COUNT=2", "repeats_until": "2027-01-01"},
         "rule_ends_twice"),
        ({"participation": "slots"}, "slot_minutes_missing"),
        ({"participation": "slots", "slot_minutes": 240}, "slot_minutes_missing"),
        ({"time_zone": "Europe/Hattingen"}, "zone_unknown"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_refused(said, code):
    with pytest.raises(ValueError, match=code):
        details(**said)


def test_twenty_minutes_make_nine_slots_of_an_afternoon():
    assert details(participation="slots", slot_minutes=20).slots == 9
    deadline = details(event_type="deadline", ends_at=None, participation="registration")
    assert (deadline.participation, deadline.slots) == ("none", 0)


def test_a_rule_that_never_comes_true_is_not_searched_for_ever():
    assert list(ruled_starts("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", FIRST)) == []
    assert list(ruled_starts("FREQ=DAILY;COUNT=3", FIRST)) == [
        FIRST.replace(day=day) for day in (3, 4, 5)
    ]


@pytest.mark.parametrize("year", [2026, 2028, 2093, 2097, 2100, 2391])
@pytest.mark.parametrize(
    "rule",
    ["FREQ=YEARLY", "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=WEEKLY;INTERVAL=7;BYDAY=MO,FR",
     "FREQ=MONTHLY;INTERVAL=5;BYDAY=-1TH", "FREQ=DAILY;INTERVAL=99",
     "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=2"],
)  # fmt: skip
def test_a_rule_makes_the_dates_of_its_own_years(rule, year):
    first = datetime(year, 2, 28, 14)  # noqa: DTZ001 - local
    plain = rrulestr(rule, dtstart=first).replace(until=first + LONGEST)
    assert list(ruled_starts(rule, first)) == list(plain)
