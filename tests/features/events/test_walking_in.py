"""Who comes without having registered: entered at the door, counted, listed and certified."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock
from app.models.occurrences import Registration
from tests.features.events.test_certificates import pages_of
from tests.makers import bearer, signed_in

EVENING = {
    "event_type": "meeting", "participation": "registration", "slot_minutes": None, "capacity": 2,
    "recurrence_rule": None, "questions": [], "starts_at": "2026-11-22T18:00",
    "ends_at": "2026-11-22T20:00",
}  # fmt: skip


@pytest.fixture
async def evening(publish, call, people, session):
    """Two places, one of them Nadine's; Ole registers when he likes."""
    _, [date] = await publish(**EVENING)
    await call("POST", f"/occurrences/{date['id']}/registrations", "Nadine", 201, json={})
    return date


async def enter(call, date, status=201, by="Lena", **said):
    return await call("POST", f"/occurrences/{date['id']}/walk_ins", by, status, json=said)


async def test_who_just_comes_is_there_and_takes_a_place_that_nobody_else_gets(evening, call):
    made = await enter(call, evening, name="Ada Gast", company="Walzwerk", email="ada@gast.example")
    assert (made["state"], made["is_walk_in"], made["number"]) == ("attended", True, 2)
    assert (made["name"], made["company"], made["email"]) == (
        "Ada Gast", "Walzwerk", "ada@gast.example"
    )  # fmt: skip
    assert "certify" in made["viewer_can"]
    seen = await call("GET", f"/occurrences/{evening['id']}", "Ole")
    assert (seen["taken"], seen["free"]) == (2, 0)
    assert (await call("GET", "/events?free=true"))["items"] == []
    waits = await call("POST", f"/occurrences/{evening['id']}/registrations", "Ole", 201, json={})
    assert waits["state"] == "waiting"


async def test_one_too_many_is_let_in_only_when_the_keeper_says_so_and_the_count_says_so(
    evening, call
):
    await enter(call, evening, name="Ada Gast")
    refused = await enter(call, evening, 409, name="Eva Gast")
    assert refused["code"] == "no_place_at_the_door"
    assert (await enter(call, evening, name="Eva Gast", even_if_full=True))["state"] == "attended"
    seen = await call("GET", f"/occurrences/{evening['id']}", "Lena")
    assert (seen["capacity"], seen["taken"], seen["free"]) == (2, 3, 0)
    gone = await call("GET", f"/occurrences/{evening['id']}/registrations", "Lena")
    nadine = next(one for one in gone["items"] if one["name"] == "Nadine")
    await call("POST", f"/registrations/{nadine['id']}/decline", "Lena")
    waits = await call("POST", f"/occurrences/{evening['id']}/registrations", "Ole", 201, json={})
    assert waits["state"] == "waiting"  # two are there for two places, though one has left


async def test_only_who_keeps_the_event_enters_people_and_not_before_the_day_before(
    publish, evening, call
):
    for by, status in (("Nadine", 403), ("Fremde", 403), (None, 401)):
        await enter(call, evening, status, by, name="Ada Gast")
    _, [later] = await publish(
        **{**EVENING, "starts_at": "2026-12-22T18:00", "ends_at": "2026-12-22T20:00"}
    )
    assert (await enter(call, later, 409, name="Ada Gast"))["code"] == "check_in_closed"
    _, [deadline] = await publish(**{**EVENING, "event_type": "deadline", "capacity": None})
    assert (await enter(call, deadline, 409, name="Ada"))["code"] == "registration_closed"
    await call("POST", f"/occurrences/{evening['id']}/cancel", "Lena")
    assert (await enter(call, evening, 409, name="Ada Gast"))["code"] == "check_in_closed"
    await enter(call, evening, 422, name="")


async def test_a_guest_with_the_same_address_is_let_in_and_not_entered_twice(
    evening, call, session
):
    guest = {"name": "Ada Gast", "email": "Ada@gast.example"}
    path = f"/occurrences/{evening['id']}/guests"
    await call("POST", path, None, 202, json=guest)  # never confirmed
    said = {"name": "Ada G.", "email": "ada@GAST.example"}
    first = await enter(call, evening, **said)
    again = await enter(call, evening, **said)
    assert (first["id"], first["state"]) == (again["id"], "attended")
    assert (first["name"], first["number"]) == ("Ada G.", 2)
    rows = select(Registration).where(Registration.guest_key.is_not(None))
    assert len((await session.scalars(rows)).all()) == 1
    assert (await enter(call, evening, name="Eva Gast", even_if_full=True))["number"] == 3


async def test_an_entry_by_mistake_is_taken_back_with_its_place_and_who_waits_is_offered_it(
    evening, call
):
    ada = await enter(call, evening, name="Ada Gast")
    waits = await call("POST", f"/occurrences/{evening['id']}/registrations", "Ole", 201, json={})
    for _ in range(2):
        undone = await call("POST", f"/registrations/{ada['id']}/undo_check_in", "Lena")
        assert (undone["state"], undone["attended_at"]) == ("cancelled", None)
    offered = await call("GET", f"/registrations/{waits['id']}", "Ole")
    assert offered["state"] == "offered"


async def test_who_comes_between_takes_the_first_slot_that_is_not_over(
    publish, call, session, people
):
    _, [day] = await publish(
        recurrence_rule=None, starts_at="2026-11-22T14:00", ends_at="2026-11-22T15:00"
    )
    with clock.set_to(clock.now() + timedelta(hours=4, minutes=25)):  # 14:25
        for slot in (1, 2, None):
            made = await enter(call, day, name=f"Gast {slot}", even_if_full=slot is None)
            assert made["slot"] == slot
        assert (await enter(call, day, 409, name="Noch jemand"))["code"] == "no_place_at_the_door"
        assert (await enter(call, day, 422, name="Ada", slot=3))["code"] == "invalid"
    seen = await call("GET", f"/occurrences/{day['id']}", "Lena")
    assert [slot["free"] for slot in seen["slots"]] == [1, 0, 0]


async def test_nobody_mails_an_address_that_the_keeper_typed(evening, call, session, work, outbox):
    await enter(call, evening, name="Ada Gast", email="ada@gast.example")
    await call("POST", f"/occurrences/{evening['id']}/cancel", "Lena")
    await work()
    assert "ada@gast.example" not in {recipient for recipient, _ in outbox.outbox}


async def test_at_the_door_the_page_enters_them_and_both_lists_and_the_paper_have_them(
    evening, call, client, session, people
):
    keeps = await signed_in(session, people["Lena"])
    await session.commit()
    door = f"/occurrences/{evening['id']}/check-in"
    form = {"name": "Ada Gast", "company": "Walzwerk", "email": ""}
    made = await client.post(f"{door.removesuffix('check-in')}walk-ins", data=form, headers=keeps)
    assert made.headers["location"] == f"{door}?notice=event.walked_in"
    page = (await client.get(door, headers=keeps)).text
    assert "1 von 2 sind da" in page
    assert "2 von 2 Plätzen sind vergeben" in page
    full = await client.post(f"{door.removesuffix('check-in')}walk-ins", data=form, headers=keeps)
    assert full.status_code == 409
    assert "bestätigen Sie bitte, dass sie über die Plätze hinaus dabei ist" in full.text
    assert "Über die Plätze hinaus einlassen" in full.text
    assert 'value="Ada Gast"' in full.text
    form["even_if_full"] = "true"
    await client.post(f"{door.removesuffix('check-in')}walk-ins", data=form, headers=keeps)
    assert "3 Plätze sind vergeben, 2 gibt es" in (await client.get(door, headers=keeps)).text
    here = f"/occurrences/{evening['id']}"
    listed = (await client.get(f"{here}/attendance", headers=keeps)).text
    assert listed.count("Ada Gast (ohne Anmeldung)") == 2
    table = (await client.get(f"{here}/attendance.csv", headers=keeps)).content.decode("utf-8-sig")
    head, _, ada, *_ = [line.split(";") for line in table.splitlines()]
    assert (head[10], ada[1], ada[3], ada[8], ada[10]) == (
        "Ohne Anmeldung", "Ada Gast", "Walzwerk", "", "ja"
    )  # fmt: skip
    row = await session.scalar(select(Registration).where(Registration.is_walk_in))
    made = await client.post(f"/registrations/{row.id}/certificate", data={}, headers=keeps)
    pdf = await client.get(made.headers["location"], headers=keeps)
    assert "Ada Gast" in pages_of(pdf.content)[0]


async def test_what_is_over_stays_to_be_found_by_who_keeps_it_and_by_who_was_there(
    evening, call, client, session, people
):
    with clock.set_to(clock.now() + timedelta(days=2)):
        tokens = {name: await bearer(session, people[name]) for name in ("Lena", "Nadine", "Ole")}
        pages = {name: await signed_in(session, people[name]) for name in ("Lena", "Nadine")}
        await session.commit()
        path = f"/api/v1/events/{evening['event_id']}/occurrences"
        assert (await client.get(path, headers=tokens["Lena"])).json()["items"] == []
        over = (await client.get(f"{path}?past=true", headers=tokens["Lena"])).json()["items"]
        assert [one["id"] for one in over] == [evening["id"]]
        for name, ids in (("Nadine", [evening["id"]]), ("Ole", [])):
            mine = await client.get("/api/v1/me/registrations?past=true", headers=tokens[name])
            assert [one["occurrence_id"] for one in mine.json()["items"]] == ids
        shown = await client.get("/me/registrations?past=true", headers=pages["Nadine"])
        assert f"/occurrences/{evening['id']}" in shown.text
        dates = f"/posts/{evening['event_id']}/dates"
        event = await client.get(dates.removesuffix("/dates"), headers=pages["Lena"])
        assert f'"{dates}?past=true"' in event.text
        assert evening["id"] not in (await client.get(dates, headers=pages["Lena"])).text
        assert evening["id"] in (await client.get(f"{dates}?past=true", headers=pages["Lena"])).text


async def test_who_waits_and_is_there_gets_a_free_place_at_the_door_and_loses_it_when_taken_back(
    evening, call
):
    await enter(call, evening, name="Ada Gast")
    path = f"/occurrences/{evening['id']}"
    waits = await call("POST", f"{path}/registrations", "Ole", 201, json={})
    assert waits["state"] == "waiting"
    listed = await call("GET", f"/registrations/{waits['id']}", "Lena")
    assert "check_in" in listed["viewer_can"]
    refused = await call("POST", f"/registrations/{waits['id']}/check_in", "Lena", 409)
    assert refused["code"] == "no_place_at_the_door"
    shown = {"code": listed["code"]}
    assert (await call("POST", f"{path}/check_ins", "Lena", 409, json=shown))["code"] == (
        "no_place_at_the_door"
    )
    await call("POST", f"{path}/check_ins", "Lena", json={**shown, "even_if_full": True})
    seen = await call("GET", path, "Lena")
    assert (seen["capacity"], seen["taken"], seen["free"]) == (2, 3, 0)
    undone = await call("POST", f"/registrations/{waits['id']}/undo_check_in", "Lena")
    assert (undone["state"], undone["attended_at"]) == ("waiting", None)

    nadine = next(
        one
        for one in (await call("GET", f"{path}/registrations", "Lena"))["items"]
        if one["name"] == "Nadine"
    )
    await call("POST", f"/registrations/{nadine['id']}/decline", "Lena")
    offered = await call("GET", f"/registrations/{waits['id']}", "Ole")
    assert offered["state"] == "offered"
    there = await call("POST", f"/registrations/{waits['id']}/check_in", "Lena")
    assert there["state"] == "attended"
    assert (await call("GET", path, "Lena"))["taken"] == 2


async def test_the_pages_let_in_who_waits(evening, call, client, session, people):
    await enter(call, evening, name="Ada Gast")
    here = f"/occurrences/{evening['id']}"
    waits = await call("POST", f"{here}/registrations", "Ole", 201, json={})
    code = (await call("GET", f"/registrations/{waits['id']}", "Lena"))["code"]
    keeper = await signed_in(session, people["Lena"])
    listed = await client.get(f"{here}/registrations", headers=keeper)
    assert f"{here}/check-in/{code}" in listed.text
    asked = await client.get(f"{here}/check-in/{code}", headers=keeper)
    assert "steht auf der Warteliste, und alle Plätze sind vergeben" in asked.text
    at_the_door = {"code": code, "form_id": "a"}
    full = await client.post(f"{here}/check-in", data=at_the_door, headers=keeper)
    assert full.status_code == 409
    assert "Über die Plätze hinaus einlassen" in full.text
    again = {**at_the_door, "form_id": "b", "even_if_full": "true"}
    done = await client.post(f"{here}/check-in", data=again, headers=keeper)
    assert done.status_code == 303
    assert (await call("GET", f"/registrations/{waits['id']}", "Lena"))["state"] == "attended"
