"""Events in calendars, read back by a reader and an expander that are not ours."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
from rdflib import RDF

from app.core import clock
from app.features.events.calendar_files import read_calendar
from tests.features.events.conftest import DAY, TODAY
from tests.features.posts.test_structured_data import REQUIRED, SCHEMA, graphs_of, missing, wrong
from tests.makers import a_group

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")  # of rdflib

BERLIN = ZoneInfo("Europe/Berlin")
FIRST_THURSDAYS = [
    date(2026, 12, 3), date(2027, 1, 7), date(2027, 2, 4), date(2027, 3, 4), date(2027, 4, 1),
    date(2027, 5, 6), date(2027, 6, 3), date(2027, 7, 1), date(2027, 8, 5), date(2027, 9, 2),
    date(2027, 10, 7), date(2027, 11, 4), date(2027, 12, 2),
]  # fmt: skip
OPEN = {"participation": "open", "slot_minutes": None, "holiday_rule": "keep"}


@pytest.fixture
def subscribe(client):
    async def subscribed(address):
        answer = await client.get(f"/api/v1/{address}")
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
        assert b"mailto:" not in answer.content.lower()
        found = icalendar.Calendar.from_ical(answer.content)
        assert not found.errors
        assert not [event.errors for event in found.walk("VEVENT") if event.errors]
        return found

    return subscribed


def held(calendar, years=2):
    """When an independent reader has dates begin that are not cancelled, in Berlin."""
    found = recurring_ical_events.of(calendar).between(TODAY, TODAY + timedelta(days=366 * years))
    kept = [one for one in found if one.get("status") != "CANCELLED"]
    return sorted(one["dtstart"].dt.astimezone(BERLIN) for one in kept)


def single(calendar):
    [event] = calendar.walk("VEVENT")
    return event


async def test_first_thursdays_are_read_back_with_ascension_day_moved(publish, call, subscribe):
    made, dates = await publish()
    before = await subscribe(f"events/{made['id']}.ics")
    assert [one.date() for one in held(before)] == FIRST_THURSDAYS
    [ascension] = [one for one in dates if one["holiday"]]
    await call("POST", f"/occurrences/{ascension['id']}/proposal", "Lena", json={"accept": True})
    await call("POST", f"/occurrences/{dates[2]['id']}/cancel", "Lena")
    after = await subscribe(f"events/{made['id']}.ics")
    wanted = [
        date(2027, 5, 13) if day == date(2027, 5, 6) else day
        for day in FIRST_THURSDAYS
        if day != date(2027, 2, 4)
    ]
    found = held(after)
    assert [one.date() for one in found] == wanted
    assert {(one.hour, one.minute) for one in found} == {(14, 0)}
    winter, summer = [one for one in found if one.date() in {date(2027, 1, 7), date(2027, 7, 1)}]
    assert (winter.utcoffset(), summer.utcoffset()) == (timedelta(hours=1), timedelta(hours=2))
    rule, cancelled, moved = after.walk("VEVENT")
    [old] = before.walk("VEVENT")
    assert {one["uid"] for one in (rule, moved, cancelled, old)} == {f"{made['id']}@testserver"}
    assert "rrule" in rule
    assert rule["dtstart"].params["TZID"] == "Europe/Berlin"
    assert rule["rrule"]["UNTIL"] == [datetime(2027, 12, 31, 22, 59, 59, tzinfo=UTC)]
    assert moved["recurrence-id"].dt == datetime(2027, 5, 6, 14, tzinfo=BERLIN)
    assert moved["dtend"].dt == datetime(2027, 5, 13, 17, tzinfo=BERLIN)
    assert cancelled["recurrence-id"].dt == datetime(2027, 2, 4, 14, tzinfo=BERLIN)
    assert cancelled["summary"] == "Abgesagt: Ausbildungssprechtag Hattingen"
    assert moved["sequence"] > old["sequence"]
    assert cancelled["sequence"] > old["sequence"]
    assert rule["last-modified"].dt.tzinfo is not None


async def test_what_a_calendar_says_of_an_event_and_what_it_does_not(publish, subscribe, people):
    made, _ = await publish()
    event = single(await subscribe(f"events/{made['id']}.ics"))
    assert str(event["location"]) == "Regionalbüro, 45525 Hattingen"
    assert str(event["url"]).endswith(f"/posts/{made['id']}")
    assert event["organizer"].endswith(f"/companies/{people['chamber'].slug}")
    assert event["organizer"].params["CN"] == "Kammer"
    assert "geheim" not in event.to_ical().decode()
    assert event["transp"] == "TRANSPARENT"


async def test_a_changed_event_is_the_same_one_with_a_greater_sequence(publish, call, subscribe):
    weekly = {**OPEN, "starts_at": "2026-11-22T18:00", "ends_at": "2026-11-22T19:00"}
    weekly["recurrence_rule"] = "FREQ=WEEKLY;COUNT=4"
    made, _ = await publish(**weekly)
    path = f"events/{made['id']}.ics"
    old = single(await subscribe(path))
    daily = {**DAY, **weekly, "starts_at": "2026-11-20T20:30", "ends_at": "2026-11-20T21:00"}
    daily["recurrence_rule"] = "FREQ=DAILY;COUNT=5"
    details = {name: value for name, value in daily.items() if value is not None}
    with clock.set_to(TODAY + timedelta(hours=12)):
        await call("PATCH", f"/posts/{made['id']}", "Lena", json={"details": details})
    new, past = (await subscribe(path)).walk("VEVENT")
    assert past["recurrence-id"].dt == past["dtstart"].dt  # it took an hour, now it is half of one
    assert new["uid"] == old["uid"]
    assert new["sequence"] > old["sequence"]
    assert new["last-modified"].dt > old["last-modified"].dt
    # What was held stays as it was held (RDATE), and nothing else is said of that evening (EXDATE).
    assert held(await subscribe(path)) == [
        datetime(2026, 11, 22, 18, tzinfo=BERLIN),
        datetime(2026, 11, 23, 20, 30, tzinfo=BERLIN),
        datetime(2026, 11, 24, 20, 30, tzinfo=BERLIN),
    ]
    assert [one.dt for one in new["exdate"].dts] == [datetime(2026, 11, 22, 20, 30, tzinfo=BERLIN)]


async def test_an_event_stands_in_the_calendars_of_its_list_organiser_group_and_place(
    publish, call, session, people, subscribe
):
    made, _ = await publish()
    group = await a_group(session, people["Lena"])
    hidden = await a_group(session, people["Lena"], "Verborgen", admission="hidden")
    await session.commit()
    details = {k: v for k, v in {**DAY, **OPEN}.items() if v is not None}
    ids = {}
    for name, where in (
        ("group", {"group_id": str(group.id)}),
        ("hidden", {"group_id": str(hidden.id)}),
        ("inside", {"audience": "signed_in"}),
        ("draft", {"as_draft": True}),
    ):
        draft = {"title": name, "details": details, **where}
        ids[name] = (await call("POST", "/posts", "Lena", 201, json=draft))["id"]
    lena = people["Lena"].id
    for query, expected in (
        ("kind=event", {made["id"], ids["group"]}),
        ("kind=event&participation=slots", {made["id"]}),
        (f"company={people['chamber'].id}", {made["id"]}),
        (f"author={lena}", {made["id"], ids["group"]}),
        (f"group={group.id}", {ids["group"]}),
        (f"group={hidden.id}", set()),
        ("place=Hattingen&radius_km=5", {made["id"]}),
    ):
        found = await subscribe(f"posts.ics?{query}")
        uids = {str(one["uid"]).partition("@")[0] for one in found.walk("VEVENT")}
        assert uids == expected, query
    for name in ("hidden", "inside", "draft"):
        await call("GET", f"/events/{ids[name]}.ics", "Lena", 404)


async def test_calendars_are_sent_once_and_dates_take_one_query_more(
    publish, client, queries, subscribe
):
    made, _ = await publish()
    path = f"/api/v1/events/{made['id']}.ics"
    first = await client.get(path)
    known = {"if-none-match": first.headers["etag"]}
    assert (await client.get(path, headers=known)).status_code == 304
    await publish(**OPEN)
    queries.clear()
    assert len((await subscribe("posts.ics?kind=event")).walk("VEVENT")) == 2
    assert len(queries) == 2


async def test_whole_days_other_zones_and_deadlines(publish, subscribe):
    whole = {**OPEN, "starts_at": "2027-05-01T00:00", "ends_at": "2027-05-02T23:59"}
    whole |= {"recurrence_rule": "FREQ=YEARLY;UNTIL=20280601", "more_dates": ["2027-09-04T00:00"]}
    made, _ = await publish(**whole)
    event = single(await subscribe(f"events/{made['id']}.ics"))
    assert (event["dtstart"].dt, event["dtend"].dt) == (date(2027, 5, 1), date(2027, 5, 3))
    assert event["rrule"]["UNTIL"] == [date(2028, 6, 1)]
    assert [one.dt for one in event["rdate"].dts] == [date(2027, 9, 4)]
    there = {**OPEN, "recurrence_rule": None, "time_zone": "America/New_York"}
    made, _ = await publish(**there)
    calendar = await subscribe(f"events/{made['id']}.ics")
    zones = {str(one["tzid"]) for one in calendar.walk("VTIMEZONE")}
    assert zones == {"Europe/Berlin", "America/New_York"}
    assert held(calendar) == [datetime(2026, 12, 3, 20, tzinfo=BERLIN)]
    made, _ = await publish(
        **{**OPEN, "recurrence_rule": None}, event_type="deadline", ends_at=None
    )
    event = single(await subscribe(f"events/{made['id']}.ics"))
    assert event["dtstart"].dt == datetime(2026, 12, 3, 14, tzinfo=BERLIN)
    assert "dtend" not in event


async def test_what_is_given_to_calendars_is_what_our_own_reader_takes(publish, call, client):
    made, dates = await publish()
    await call("POST", f"/occurrences/{dates[5]['id']}/proposal", "Lena", json={"accept": True})
    await call("POST", f"/occurrences/{dates[2]['id']}/cancel", "Lena")
    [read] = read_calendar((await client.get(f"/api/v1/events/{made['id']}.ics")).content)
    assert read.title == made["title"]
    facts = dict(read.facts)
    assert facts["starts_at"].isoformat(timespec="minutes") == DAY["starts_at"]
    assert facts["ends_at"].isoformat(timespec="minutes") == DAY["ends_at"]
    assert (facts["recurrence_rule"], facts["repeats_until"]) == (
        "FREQ=MONTHLY;BYDAY=1TH",
        date(2027, 12, 31),
    )
    assert [(one.original.date(), one.starts and one.starts.date()) for one in read.others] == [
        (date(2027, 2, 4), None),
        (date(2027, 5, 6), date(2027, 5, 13)),
    ]


async def test_what_is_no_event_has_no_calendar(call):
    draft = {"title": "Wort", "body": "Text", "details": {"kind": "discussion"}}
    made = await call("POST", "/posts", "Lena", 201, json=draft)
    await call("GET", f"/events/{made['id']}.ics", None, 404)


async def test_the_page_of_an_event_leads_into_calendars(publish, client, people):
    made, _ = await publish(**OPEN)
    said = (await client.get(f"/posts/{made['id']}")).text
    for address in (
        f"/api/v1/events/{made['id']}.ics",
        f"/api/v1/posts.ics?kind=event&amp;company={people['chamber'].id}",
    ):
        assert f'<a href="{address}"' in said
        assert f'<a href="webcal://testserver{address}"' in said


async def test_the_page_of_an_event_says_what_was_moved_or_cancelled(publish, call, client):
    async def told(event_id):
        graph = graphs_of((await client.get(f"/posts/{event_id}")).text)["Event"]
        root = next(graph.subjects(RDF.type, SCHEMA.Event))
        assert missing(graph, root, (*REQUIRED["Event"], "offers/availability")) == []
        assert wrong(graph) == []
        names = ("eventStatus", "startDate", "endDate", "previousStartDate")
        return tuple(str(graph.value(root, SCHEMA[name])).rpartition("/")[2] for name in names)

    made, dates = await publish(**OPEN)
    planned = ("EventScheduled", "2026-12-03T14:00:00+01:00", "2026-12-03T17:00:00+01:00", "None")
    assert await told(made["id"]) == planned
    first = f"/occurrences/{dates[0]['id']}"
    await call("POST", f"{first}/move", "Lena", json={"starts_at": "2026-12-04T10:00"})
    moved = ("EventRescheduled", "2026-12-04T10:00:00+01:00", "2026-12-04T13:00:00+01:00")
    assert await told(made["id"]) == (*moved, "2026-12-03T14:00:00+01:00")
    await call("POST", f"{first}/cancel", "Lena")
    assert (await told(made["id"]))[1] == "2027-01-07T14:00:00+01:00"  # the next that is held
    once, [only] = await publish(**{**OPEN, "recurrence_rule": None})
    await call("POST", f"/occurrences/{only['id']}/cancel", "Lena")
    assert await told(once["id"]) == ("EventCancelled", *planned[1:])
