"""A consultation day with slots (story 5): holidays, bookings, guests, who sees what."""

import re
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from app.core import clock
from app.core.db import transaction
from app.features.events.upkeep import forget_registrations, lapse_offers, turn_to_the_next_date
from app.models.occurrences import Occurrence, Registration
from app.models.posts import Post
from tests.features.events.conftest import DAY, TODAY
from tests.makers import a_company

ONE = {"recurrence_rule": None, "holiday_rule": "keep"}


def key_in(mail):
    return re.search(r"guest-registrations\?key=([\w.-]+)", mail.get_body().get_content())[1]


async def test_ascension_day_is_named_and_proposed_to_be_moved_by_a_week(publish, call):
    made, dates = await publish()
    assert len(dates) == 13
    assert [len(one["slots"]) for one in dates] == [9] * 13
    assert {one["starts_at"][11:16] for one in dates} == {"13:00", "12:00"}  # 14:00 in Berlin
    [ascension] = [one for one in dates if one["holiday"]]
    assert ascension["holiday"] == "Christi Himmelfahrt"
    assert ascension["starts_at"] == "2027-05-06T12:00:00Z"
    assert ascension["proposed_starts_at"] == "2027-05-13T12:00:00Z"
    assert (ascension["state"], ascension["proposal"]) == ("planned", "open")
    path = f"/occurrences/{ascension['id']}"
    await call("POST", f"{path}/proposal", "Nadine", 403, json={"accept": True})
    moved = await call("POST", f"{path}/proposal", "Lena", json={"accept": True})
    assert (moved["state"], moved["proposal"], moved["sequence"]) == ("moved", "accepted", 1)
    assert moved["starts_at"] == "2027-05-13T12:00:00Z"
    assert moved["original_starts_at"] == "2027-05-06T12:00:00Z"
    assert moved["holiday"] is None
    refused = await call("POST", f"{path}/proposal", "Lena", 409, json={"accept": True})
    assert refused["code"] == "nothing_proposed"
    again = await call("GET", f"/events/{made['id']}/occurrences?limit=100")
    assert len(again["items"]) == 13


async def test_a_decision_outlives_a_change_of_the_event_and_an_hour_later_is_the_same_date(
    publish, call
):
    made, dates = await publish()
    [ascension] = [one for one in dates if one["holiday"]]
    await call("POST", f"/occurrences/{ascension['id']}/proposal", "Lena", json={"accept": False})
    await call("POST", f"/occurrences/{dates[2]['id']}/cancel", "Lena")
    booked = await call(
        "POST", f"/occurrences/{dates[1]['id']}/registrations", "Nadine", 201, json={"slot": 2}
    )
    later = {**DAY, "starts_at": "2026-12-03T15:00", "ends_at": "2026-12-03T18:00"}
    await call("PATCH", f"/posts/{made['id']}", "Lena", json={"details": later})
    found = (await call("GET", f"/events/{made['id']}/occurrences?limit=100"))["items"]
    assert [one["id"] for one in found] == [one["id"] for one in dates]
    assert {one["state"] for one in found} == {"planned", "cancelled"}
    assert found[5]["proposal"] == "declined"
    assert found[1]["starts_at"] == "2027-01-07T14:00:00Z"
    kept = await call("GET", f"/registrations/{booked['id']}", "Nadine")
    assert kept["starts_at"] == "2027-01-07T14:40:00Z"
    shorter = {**later, "recurrence_rule": "FREQ=MONTHLY;BYDAY=1TH;UNTIL=20261231"}
    patch = {"details": shorter, "confirmed": ["dates_lost"]}
    await call("PATCH", f"/posts/{made['id']}", "Lena", json=patch)
    left = (await call("GET", f"/events/{made['id']}/occurrences"))["items"]
    assert [(one["id"], one["state"]) for one in left] == [
        (dates[0]["id"], "planned"),
        (dates[1]["id"], "cancelled"),  # somebody reckons with it; the others are gone
    ]


async def test_a_date_bears_the_name_of_the_holiday_on_which_it_is_held_and_of_no_other(
    publish, call
):
    made, dates = await publish()
    [ascension] = [one for one in dates if one["holiday"]]
    path = f"/occurrences/{ascension['id']}"
    for day, holiday in (
        ("2027-05-07", None), ("2027-05-17", "Pfingstmontag"), ("2027-05-11", None)
    ):  # fmt: skip
        moved = await call("POST", f"{path}/move", "Lena", json={"starts_at": f"{day}T14:00"})
        assert moved["holiday"] == holiday
    await call("PATCH", f"/posts/{made['id']}", "Lena", json={"details": DAY | {"venue": "Saal"}})
    assert (await call("GET", path))["holiday"] is None
    back = await call("POST", f"{path}/restore", "Lena")
    assert back["holiday"] == "Christi Himmelfahrt"


async def test_a_slot_is_booked_once_and_who_booked_is_nobody_elses_business(publish, call):
    _, dates = await publish(has_waiting_list=False)
    path = f"/occurrences/{dates[1]['id']}/registrations"
    said = {"slot": 2, "answers": ["Verkürzung"]}
    booked = await call("POST", path, "Nadine", 201, json=said)
    assert (booked["state"], booked["number"]) == ("confirmed", 1)
    assert booked["starts_at"] == "2027-01-07T13:40:00Z"  # 14:40 in Berlin
    assert booked["online_link"] == "https://video.example/geheim"
    assert (await call("POST", path, "Ole", 409, json={"slot": 2}))["code"] == "slot_taken"
    assert (await call("POST", path, "Nadine", 409, json={}))["code"] == "already_registered"
    assert (await call("POST", path, "Ole", 422, json={"slot": 9}))["errors"][0]["code"] == (
        "slot_unknown"
    )
    other = await call("POST", path, "Ole", 201, json={})
    assert other["slot"] == 0
    listed = (await call("GET", path, "Lena"))["items"]
    assert [(one["name"], one["number"]) for one in listed] == [("Nadine", 1), ("Ole", 2)]
    assert listed[0]["answers"] == [{"question": "Worum geht es?", "answer": "Verkürzung"}]
    assert listed[0]["online_link"] is None
    await call("GET", path, "Ole", 403)
    await call("GET", path, None, 401)
    await call("GET", f"/registrations/{booked['id']}", "Ole", 404)
    await call("POST", f"/registrations/{booked['id']}/cancel", "Fremde", 404)
    seen = await call("GET", f"/occurrences/{dates[1]['id']}")
    assert [one["free"] for one in seen["slots"]] == [0, 1, 0, 1, 1, 1, 1, 1, 1]
    assert "geheim" not in str(seen)
    mine = (await call("GET", "/me/registrations", "Nadine"))["items"]
    assert [one["id"] for one in mine] == [booked["id"]]


async def test_a_guest_books_by_mail_and_cancelling_offers_the_slot_to_who_waits(
    publish, call, work, outbox
):
    _, dates = await publish()
    path = f"/occurrences/{dates[1]['id']}"
    guest = {"name": "Nadine Rauhut", "email": "nadine@firma.example", "slot": 2}
    await call("POST", f"{path}/guests", None, 202, json=guest)
    await work()
    [(_, asked)] = outbox.outbox
    key = key_in(asked)
    assert (await call("GET", f"/guest_registrations/{key}"))["state"] == "unconfirmed"
    assert (await call("GET", f"{path}/registrations", "Lena"))["items"] == []
    for _ in range(2):
        taken = await call("POST", f"/guest_registrations/{key}/confirm")
        assert (taken["state"], taken["number"]) == ("confirmed", 1)
    waits = await call("POST", f"{path}/registrations", "Ole", 201, json={"slot": 2})
    assert waits["state"] == "waiting"
    await call("POST", f"/guest_registrations/{key}/cancel")
    offered = await call("GET", f"/registrations/{waits['id']}", "Ole")
    assert offered["state"] == "offered"
    assert offered["offered_until"] == "2026-11-23T09:00:00Z"
    late = await call("POST", f"{path}/registrations", "Fremde", 201, json={"slot": 2})
    assert late["state"] == "waiting"
    taken = await call("POST", f"/registrations/{waits['id']}/confirm", "Ole")
    assert taken["state"] == "confirmed"
    await work()
    told = [mail["Subject"] for _, mail in outbox.outbox]
    assert any("Platz" in subject for subject in told), told
    assert (await call("GET", "/guest_registrations/wrong", None, 410))["code"] == (
        "registration_key_invalid"
    )


async def test_what_is_not_confirmed_in_time_goes_to_the_next(publish, call, runtime):
    made, dates = await publish(
        **ONE, participation="registration", slot_minutes=None, capacity=1, closes_hours_before=2
    )
    path = f"/occurrences/{dates[0]['id']}/registrations"
    got = [await call("POST", path, name, 201, json={}) for name in ("Nadine", "Ole", "Fremde")]
    assert [one["state"] for one in got] == ["confirmed", "waiting", "waiting"]
    assert [one["number"] for one in got] == [1, 2, 3]
    assert [one["waiting_number"] for one in got] == [None, 1, 2]
    await call("POST", f"/registrations/{got[0]['id']}/decline", "Lena")
    with clock.set_to(TODAY + timedelta(hours=25)):
        async with transaction(runtime.sessions) as session:
            await lapse_offers(session)
            line = await session.scalars(select(Registration.state).order_by(Registration.number))
            assert list(line) == ["declined", "lapsed", "offered"]
    refused = await call("POST", f"/registrations/{got[1]['id']}/confirm", "Ole", 409)
    assert refused["code"] == "registration_step_not_possible"
    late = {**DAY, **ONE, "participation": "registration", "closes_hours_before": 270}
    details = {name: value for name, value in late.items() if value is not None}
    await call("PATCH", f"/posts/{made['id']}", "Lena", json={"details": details})
    assert (await call("POST", path, "Ole", 409, json={}))["code"] == "registration_closed"


async def test_more_places_are_offered_to_who_waits(publish, call, work):
    made, dates = await publish(**ONE, participation="registration", slot_minutes=None, capacity=1)
    path = f"/occurrences/{dates[0]['id']}"
    for name in ("Nadine", "Ole", "Fremde"):
        await call("POST", f"{path}/registrations", name, 201, json={})
    await call("PATCH", path, "Lena", json={"capacity": 2, "note": "Saal 2"})
    states = [one["state"] for one in (await call("GET", f"{path}/registrations", "Lena"))["items"]]
    assert states == ["confirmed", "offered", "waiting"]
    details = {**DAY, **ONE, "participation": "registration", "capacity": 3}
    details = {name: value for name, value in details.items() if value is not None}
    await call("PATCH", path, "Lena", json={"capacity": 0})
    await call("PATCH", f"/posts/{made['id']}", "Lena", json={"details": details})
    await work()
    states = [one["state"] for one in (await call("GET", f"{path}/registrations", "Lena"))["items"]]
    assert states == ["confirmed", "offered", "offered"]


async def test_approval_company_limits_and_what_is_open_to_all(publish, call, session, people):
    _, dates = await publish(
        **ONE,
        participation="registration",
        slot_minutes=None,
        needs_approval=True,
        places_per_company=1,
    )
    firm = await a_company(session, "Müller GmbH", owner=people["Nadine"])
    await session.commit()
    path = f"/occurrences/{dates[0]['id']}"
    said = {"company_id": str(firm.id)}
    asked = await call("POST", f"{path}/registrations", "Nadine", 201, json=said)
    assert (asked["state"], asked["company"]) == ("requested", "Müller GmbH")
    await call("POST", f"{path}/registrations", "Ole", 403, json=said)
    await call("POST", f"/registrations/{asked['id']}/approve", "Nadine", 409)
    said_yes = await call("POST", f"/registrations/{asked['id']}/approve", "Lena")
    assert said_yes["state"] == "confirmed"
    guest = {"name": "Paul", "email": "paul@mueller.example"}
    refused = await call("POST", f"{path}/guests", None, 422, json=guest)
    assert refused["errors"][0]["code"] == "company_needed"
    _, open_to_all = await publish(**ONE, participation="open", slot_minutes=None)
    refused = await call(
        "POST", f"/occurrences/{open_to_all[0]['id']}/registrations", "Ole", 409, json={}
    )
    assert refused["code"] == "registration_closed"


async def test_who_is_registered_hears_of_moves_and_of_the_end(publish, call, work, outbox):
    _made, dates = await publish()
    path = f"/occurrences/{dates[1]['id']}"
    await call("POST", f"{path}/registrations", "Nadine", 201, json={"slot": 1})
    await work()
    later = {"starts_at": "2027-01-08T10:00"}
    await call("POST", f"{path}/move", "Lena", json=later)
    await call("POST", f"{path}/restore", "Lena")
    await call("POST", f"{path}/cancel", "Lena")
    await work()
    told = (await call("GET", "/notifications", "Nadine"))["items"]
    assert [one["type"] for one in reversed(told)] == [
        "registration.confirmed",
        "occurrence.moved",
        "occurrence.restored",
        "occurrence.cancelled",
    ]
    await call("POST", f"{path}/move", "Lena", 412, json=later, headers={"If-Match": '"1.x"'})
    await call("POST", f"{path}/move", "Lena", 422, json={"starts_at": "2020-01-08T10:00"})


async def test_withdrawn_events_cancel_their_dates_and_leave_no_way_in(publish, call, work):
    made, dates = await publish()
    path = f"/occurrences/{dates[1]['id']}"
    await call("POST", f"{path}/registrations", "Nadine", 201, json={"slot": 1})
    await call("DELETE", f"/posts/{made['id']}", "Lena", 204)
    await work()
    await call("GET", path, "Ole", 410)
    await call("GET", f"/events/{made['id']}/occurrences", None, 410)
    assert (await call("GET", "/events"))["items"] == []
    [mine] = (await call("GET", "/me/registrations", "Nadine"))["items"]
    assert mine["occurrence_state"] == "cancelled"


async def test_time_turns_to_the_next_date_and_forgets_who_was_there(publish, call, runtime):
    _made, dates = await publish()
    path = f"/occurrences/{dates[0]['id']}"
    await call("POST", f"{path}/registrations", "Nadine", 201, json={})
    with clock.set_to(datetime(2026, 12, 4, 9, tzinfo=UTC)):
        async with transaction(runtime.sessions) as session:
            await turn_to_the_next_date(session)
        async with transaction(runtime.sessions) as session:
            due = await session.scalar(select(Post.due_at))
            assert due == datetime(2027, 1, 7, 13, tzinfo=UTC)
            await forget_registrations(session)
            assert await session.scalar(select(Registration.id))
    with clock.set_to(datetime(2027, 6, 4, 9, tzinfo=UTC)):
        async with transaction(runtime.sessions) as session:
            await forget_registrations(session)
            assert await session.scalar(select(Registration.id)) is None
            assert await session.scalar(select(Occurrence.id))


async def test_the_list_of_dates_takes_the_same_queries_however_many_there_are(
    publish, call, queries
):
    _made, _ = await publish()
    counts = []
    for limit in (1, 10):
        queries.clear()
        found = await call("GET", f"/events?limit={limit}&event_type=consultation_day")
        counts.append(len(queries))
        assert len(found["items"]) == limit
    assert counts[0] == counts[1] <= 3
