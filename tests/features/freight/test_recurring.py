"""Trips that are repeated: rules of RFC 5545, matched and found on each of their days."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from pydantic import ValidationError

from app.features.posts.freight.lanes import departures
from app.features.posts.freight.recurring import RuleUnreadableError, read_rule
from app.features.posts.kinds.freight_capacity import FreightCapacity
from tests.features.freight.arranging import CAPACITY, REQUEST, a_freight, on, with_points
from tests.makers import a_person, bearer

FIRST = date.fromisoformat(on("2027-01-14"))  # a Thursday


def a_trip(**changes):
    return FreightCapacity.model_validate({**CAPACITY, **changes})


def days(**changes):
    return [(start.date() - FIRST).days for start, _ in departures(a_trip(**changes))]


def until(days):
    return {"repeats_until": f"{FIRST + timedelta(days=days)}"}


def rule(text):
    return {"recurrence": "rule", "recurrence_rule": text}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, [0]),
        ({"recurrence": "weekly", **until(14)}, [0, 7, 14]),
        ({"recurrence": "fortnightly", **until(30)}, [0, 14, 28]),
        ({"recurrence": "weekdays", **until(7)}, [0, 1, 4, 5, 6, 7]),
        ({**rule("FREQ=DAILY;INTERVAL=3"), **until(7)}, [0, 3, 6]),
        ({**rule("RRULE:FREQ=WEEKLY;BYDAY=TU,TH"), **until(12)}, [0, 5, 7, 12]),
        ({**rule("FREQ=MONTHLY;BYDAY=2TH"), **until(60)}, [0, 28, 56]),
    ],
)
def test_a_trip_leaves_on_each_day_of_its_rule(given, expected):
    assert days(**given) == expected


def test_it_is_repeated_for_ninety_days_at_most():
    assert max(days(recurrence="weekly", **until(300))) == 91
    assert len(days(recurrence="weekdays", **until(300))) == 66


def test_the_end_that_a_rule_names_is_its_last_day():
    end = FIRST + timedelta(days=10)
    trip = a_trip(**rule(f"FREQ=WEEKLY;UNTIL={end:%Y%m%d}T235959Z"))
    assert (trip.repeats_until, trip.recurrence_rule) == (end, "FREQ=WEEKLY")


def test_what_was_kept_before_rules_were_known_reads_as_it_did():
    old = {**CAPACITY, "recurrence": "weekly", **until(14)}
    assert "recurrence_rule" not in old
    assert FreightCapacity.model_validate(old).recurrence_rule == ""


@pytest.mark.parametrize(
    "text",
    ["", "weekly", "FREQ=YEARLY", "FREQ=WEEKLY;COUNT=3", "FREQ=WEEKLY;BYDAY=1TH", "INTERVAL=2",
     "FREQ=WEEKLY;INTERVAL=0", "FREQ=DAILY;UNTIL=20279999", "FREQ=DAILY;FREQ=DAILY"],
)  # fmt: skip
def test_what_is_no_rule_for_a_lorry_is_unreadable(text):
    with pytest.raises(RuleUnreadableError):
        read_rule(text)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({**rule("FREQ=WEEKLY;COUNT=3"), **until(9)}, "rule_unreadable"),
        (
            {"recurrence": "weekly", "recurrence_rule": "FREQ=DAILY", **until(9)},
            "rule_out_of_place",
        ),
        (rule("FREQ=DAILY"), "repeats_until_missing"),
        ({**rule("FREQ=WEEKLY;BYDAY=MO"), **until(9)}, "first_trip_off_rule"),
    ],
)
def test_what_does_not_go_together_is_refused(given, code):
    with pytest.raises(ValidationError) as refused:
        a_trip(**given)
    assert refused.value.errors()[0]["type"] == code


async def test_loads_match_and_searches_find_on_each_occurrence(session, client, work):
    await with_points(session)
    dilek, kim = await a_person(session, "Dilek Aksoy"), await a_person(session, "Kim Jaspert")
    twice = {**rule("FREQ=WEEKLY;BYDAY=TU,TH"), **until(30)}
    headers = await bearer(session, dilek)
    lorry = await a_freight(session, dilek, CAPACITY, **twice)
    await session.commit()

    async def found(days):
        day = FIRST + timedelta(days=days)
        query = {"kind": "freight_capacity", "on_day": f"{day}"}
        answer = await client.get("/api/v1/posts", params=query)
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["items"]] == [str(lorry.id)]

    assert [day for day in range(-1, 34) if await found(day)] == [
        0, 5, 7, 12, 14, 19, 21, 26, 28,
    ]  # fmt: skip
    for days, fits in ((12, True), (13, False)):
        day = SimpleNamespace(d=FIRST + timedelta(days=days), n=FIRST + timedelta(days=days + 1))
        window = {"loads_from": f"{day.d}T07:00", "loads_until": f"{day.d}T12:00"}
        body = {"details": {**REQUEST, **window, "unloads_until": f"{day.n}T16:00"}}
        mine = await bearer(session, kim)
        await session.commit()
        made = await client.post("/api/v1/posts", json=body, headers=mine)
        assert made.status_code == 201, made.text
        await work()
        path = f"/api/v1/posts/{lorry.id}/matches"
        matched = (await client.get(path, headers=headers)).json()["items"]
        assert (made.json()["id"] in [one["post"]["id"] for one in matched]) == fits
