"""One's own dates behind a secret link: what stands there, for whom, and until when."""

import icalendar

from app.core.ids import fingerprint
from app.features.accounts.account import AccountClosed
from app.features.events.calendar_links import forget_calendars
from app.models.calendars import CalendarLink
from tests.features.events.conftest import DAY
from tests.makers import bearer, signed_in

ONE = {"recurrence_rule": None, "holiday_rule": "keep", "participation": "registration"}
ONE |= {"slot_minutes": None, "capacity": 1}


def path_in(address):
    assert address.startswith("http://testserver/api/v1/calendars/")
    return address.removeprefix("http://testserver")


async def entries(client, path):
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"].startswith("private")
    assert "set-cookie" not in answer.headers
    calendar = icalendar.Calendar.from_ical(answer.content)
    assert not calendar.errors
    return list(calendar.walk("VEVENT"))


async def test_the_link_leads_to_ones_own_dates_and_their_online_link(publish, call, client):
    made, dates = await publish()
    path = f"/occurrences/{dates[1]['id']}"
    mine = await call("POST", f"{path}/registrations", "Nadine", 201, json={"slot": 2})
    await call("POST", f"{path}/registrations", "Ole", 201, json={"slot": 3})
    link = await call("POST", "/me/calendar_link", "Nadine", 201)
    secret = path_in(link["secret"])
    [event] = await entries(client, secret)
    assert event["uid"] == f"{mine['id']}-date@testserver"
    assert event["status"] == "CONFIRMED"
    assert event["transp"] == "OPAQUE"
    assert event["dtstart"].to_ical() == b"20270107T144000"
    assert event["dtend"].to_ical() == b"20270107T150000"
    assert event["dtstart"].params["TZID"] == "Europe/Berlin"
    assert event["conference"] == DAY["online_link"]
    assert event["location"] == "Regionalbüro, 45525 Hattingen"
    assert event["organizer"].params["CN"] == "Kammer"
    await call("POST", f"{path}/move", "Lena", json={"starts_at": "2027-01-08T10:00"})
    [moved] = await entries(client, secret)
    assert (moved["uid"], moved["dtstart"].to_ical()) == (event["uid"], b"20270108T104000")
    assert moved["sequence"] > event["sequence"]
    await call("POST", f"{path}/cancel", "Lena")
    [cancelled] = await entries(client, secret)
    assert cancelled["status"] == "CANCELLED"
    assert cancelled["summary"] == "Abgesagt: Ausbildungssprechtag Hattingen"
    await call("POST", f"/registrations/{mine['id']}/cancel", "Nadine")
    assert await entries(client, secret) == []
    assert made


async def test_a_place_not_yet_ones_own_is_tentative_and_has_no_link(publish, call, client):
    _, dates = await publish(**ONE)
    path = f"/occurrences/{dates[0]['id']}/registrations"
    for name in ("Nadine", "Ole"):
        await call("POST", path, name, 201, json={})
    link = await call("POST", "/me/calendar_link", "Ole", 201)
    [event] = await entries(client, path_in(link["secret"]))
    assert event["status"] == "TENTATIVE"
    assert event["summary"] == "Auf der Warteliste: Ausbildungssprechtag Hattingen"
    assert DAY["online_link"] not in event.to_ical().decode()


async def test_with_what_one_holds_stand_the_events_of_ones_company_and_no_strangers_ones(
    publish, call, client
):
    made, _ = await publish()
    draft = {"title": "Nadines Treffen", "details": {**DAY, **ONE, "capacity": None}}
    draft["details"] = {name: value for name, value in draft["details"].items() if value}
    await call("POST", "/posts", "Nadine", 201, json=draft)
    for name, titles in (
        ("Lena", {"Ausbildungssprechtag Hattingen"}), ("Nadine", {"Nadines Treffen"}),
        ("Fremde", set()),
    ):  # fmt: skip
        link = await call("POST", "/me/calendar_link", name, 201)
        secret = path_in(link["secret"])
        assert await entries(client, secret) == []
        held = await entries(client, f"{secret}?held=true")
        assert {str(one["summary"]) for one in held} == titles, name
        text = "".join(one.to_ical().decode() for one in held)
        assert DAY["online_link"] not in text.replace("\r\n ", "")
        if name == "Lena":
            assert held[0]["uid"] == f"{made['id']}@testserver"
            assert held[0]["rrule"]["FREQ"] == ["MONTHLY"]


async def test_a_link_ends_when_it_is_renewed_revoked_or_its_owner_leaves(
    session, call, client, people
):
    await call("GET", "/me/calendar_link", "Nadine", 404)
    first = await call("POST", "/me/calendar_link", "Nadine", 201)
    second = await call("POST", "/me/calendar_link", "Nadine", 201)
    await call("POST", "/me/calendar_link", None, 401)
    old, new = path_in(first["secret"]), path_in(second["secret"])
    assert old != new
    assert (await client.get(old)).status_code == 404
    assert await entries(client, new) == []
    found = await call("GET", "/me/calendar_link", "Nadine")
    assert set(found) == {"created_at"}
    for _ in range(2):
        await call("DELETE", "/me/calendar_link", "Nadine", 204)
    assert (await client.get(new)).status_code == 404
    nadine = people["Nadine"]
    session.add(CalendarLink(person_id=nadine.id, secret_hash=fingerprint("offen")))
    await session.commit()
    assert await entries(client, "/api/v1/calendars/offen.ics") == []
    event = AccountClosed(account_id=nadine.account_id, person_id=nadine.id)
    await forget_calendars(session, event)
    await session.commit()
    assert (await client.get("/api/v1/calendars/offen.ics")).status_code == 404


async def test_the_page_shows_the_address_once(session, client, people):
    headers = await signed_in(session, people["Nadine"])
    token = await bearer(session, people["Nadine"], "events:read")
    await session.commit()
    assert "Noch gibt es keinen Link" in (await client.get("/me/calendar", headers=headers)).text
    form = {"form_id": "0198c1d0-0000-7000-8000-000000000001"}
    shown = (await client.post("/me/calendar", data=form, headers=headers)).text
    assert shown.count('href="webcal://testserver/api/v1/calendars/') == 2
    assert shown.count(".ics?held=true") == 2
    again = await client.post("/me/calendar", data=form, headers=headers)
    assert again.status_code == 303
    assert "/calendars/" not in again.text + again.headers["location"]
    assert "Link erneuern" in (await client.get("/me/calendar", headers=headers)).text
    revoked = await client.post("/me/calendar/revoke", headers=headers)
    assert revoked.headers["location"].startswith("/me/calendar")
    refused = await client.post("/api/v1/me/calendar_link", headers=token)
    assert refused.json()["code"] == "insufficient_scope"
