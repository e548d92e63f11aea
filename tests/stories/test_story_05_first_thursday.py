"""Story 5: a consultation day on every first Thursday, booked without an account."""

import asyncio
import re
from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import httpx
import icalendar
import pytest
import recurring_ical_events

from app.core.db import transaction
from app.core.settings import settings
from app.edge.identity import LastUse
from app.main import create_app
from app.runtime import running
from tests.makers import a_company, a_person, bearer, signed_in
from tests.stopping import stopped_at

TODAY = datetime(2026, 11, 22, 9, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
CHAMBER = "Südwestfälische Kammer (Demo)"
DRAFT = {
    "title": "Ausbildungssprechtag Hattingen",
    "place": "45525",
    "details": {
        "kind": "event",
        "event_type": "consultation_day",
        "starts_at": "2026-12-03T14:00",
        "ends_at": "2026-12-03T17:00",
        "recurrence_rule": "FREQ=MONTHLY;BYDAY=1TH;UNTIL=20271231T225959Z",
        "holiday_rule": "move",
        "participation": "slots",
        "slot_minutes": 20,
    },
}
DAYS = [
    "03.12.2026", "07.01.2027", "04.02.2027", "04.03.2027", "01.04.2027", "13.05.2027",
    "03.06.2027", "01.07.2027", "05.08.2027", "02.09.2027", "07.10.2027", "04.11.2027",
    "02.12.2027",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _stopped():
    with stopped_at(TODAY):
        yield


def local(text):
    return datetime.fromisoformat(text).astimezone(BERLIN)


def link_to_registration(mail):
    text = mail.get_body(("plain",)).get_content()
    return re.search(r"http://testserver(/guest-registrations\?key=\S+)", text)[1]


@pytest.fixture
async def people(session):
    """Headers of those who are signed in, by name, and the company that Lena speaks for."""
    lena = await a_person(session, "Lena Oberste")
    found = {"Lena": lena}
    found |= {name: await a_person(session, name) for name in ("Ole Wirth", "Fremder")}
    chamber = await a_company(session, CHAMBER, owner=lena)
    api = {name: await bearer(session, person) for name, person in found.items()}
    ole = await signed_in(session, found["Ole Wirth"])
    await session.commit()
    return {"chamber": chamber, "Nobody": {}, "Ole in a browser": ole, **api}


async def publish(client, people):
    """Lena publishes for the chamber."""
    draft = DRAFT | {"company_id": str(people["chamber"].id)}
    published = await client.post("/api/v1/posts", json=draft, headers=people["Lena"])
    assert published.status_code == 201, published.json()
    return published.json()["id"]


async def dates_of(client, event):
    return (await client.get(f"/api/v1/events/{event}/occurrences?limit=100")).json()["items"]


async def test_story_5_thirteen_first_thursdays_and_ascension_day_a_week_later(people, client):
    event = await publish(client, people)

    # 13 dates of 9 slots, at 14:00 in January as in July.
    dates = await dates_of(client, event)
    assert len(dates) == 13
    assert {len(one["slots"]) for one in dates} == {9}
    assert {f"{local(one['starts_at']):%H:%M}" for one in dates} == {"14:00"}

    # The 6th of May is named as Ascension Day, a week later proposed; Lena accepts.
    [ascension] = [one for one in dates if one["holiday"]]
    assert (ascension["holiday"], ascension["proposal"]) == ("Christi Himmelfahrt", "open")
    assert f"{local(ascension['starts_at']):%d.%m.%Y}" == "06.05.2027"
    assert f"{local(ascension['proposed_starts_at']):%d.%m.%Y}" == "13.05.2027"
    path = f"/api/v1/occurrences/{ascension['id']}/proposal"
    decided = await client.post(path, json={"accept": True}, headers=people["Lena"])
    assert decided.json()["state"] == "moved"
    dates = await dates_of(client, event)
    assert [f"{local(one['starts_at']):%d.%m.%Y}" for one in dates] == DAYS

    # A calendar that reads the feed has the same days, at the same hour.
    feed = await client.get(f"/api/v1/events/{event}.ics")
    calendar = icalendar.Calendar.from_ical(feed.content)
    held = recurring_ical_events.of(calendar).between((2026, 11, 1), (2028, 2, 1))
    starts = sorted(one["DTSTART"].dt.astimezone(BERLIN) for one in held)
    assert [f"{one:%d.%m.%Y %H:%M}" for one in starts] == [f"{day} 14:00" for day in DAYS]


async def test_story_5_a_slot_is_booked_without_an_account_freed_and_offered_on(
    people, client, work, outbox
):
    event = await publish(client, people)
    january = (await dates_of(client, event))[1]
    path = f"/occurrences/{january['id']}"
    [slot] = [one for one in january["slots"] if f"{local(one['starts_at']):%H:%M}" == "14:40"]

    # Nadine has no account. The page says who gets what she enters; she chooses 14:40.
    assert f"Ihre Angaben erhält nur {CHAMBER}" in (await client.get(path)).text
    said = {"name": "Nadine Rauhut", "email": "nadine@rauhut.example", "company": "Rauhut GmbH"}
    asked = await client.post(path, data={**said, "slot": str(slot["number"])})
    assert asked.headers["location"].endswith("notice=event.mailed")
    await work()
    [(_, mail)] = outbox.outbox
    link = link_to_registration(mail)
    query = link.partition("?")[2]
    await client.post(f"/guest-registrations/confirm?{query}", data={})
    assert "14:40" in (await client.get(link)).text
    await work()
    assert "07.01.2027, 14:40" in outbox.outbox[-1][1].get_body(("plain",)).get_content()

    # The slot is gone, and nobody else learns to whom. Ole waits for it.
    seen = (await client.get(f"/api/v1{path}")).json()
    assert [one["number"] for one in seen["slots"] if not one["free"]] == [slot["number"]]
    assert "Nadine" not in str(seen)
    said = {"company_id": "", "slot": str(slot["number"])}
    await client.post(path, data=said, headers=people["Ole in a browser"])
    await only_the_chamber_sees_bookings(client, people, f"/api/v1{path}")

    # She cancels by the link in her mail: a mail offers the slot to Ole, who takes it.
    await work()
    outbox.outbox.clear()
    await client.post(f"/guest-registrations/cancel?{query}", data={})
    await work()
    [offer] = [mail for _, mail in outbox.outbox if "Platz" in mail["Subject"]]
    text = offer.get_body(("plain",)).get_content()
    assert "07.01.2027, 14:40" in text
    assert path in text
    page = (await client.get(path, headers=people["Ole in a browser"])).text
    taken = re.search(r'action="(/registrations/[\w-]+/confirm)"', page)[1]
    await client.post(taken, data={}, headers=people["Ole in a browser"])
    found = await client.get(f"/api/v1{path}/registrations", headers=people["Lena"])
    assert [one["state"] for one in found.json()["items"]] == ["cancelled", "confirmed"]


async def only_the_chamber_sees_bookings(client, people, path):
    """Who keeps an event sees who comes; nobody else does, waiting or not."""
    found = await client.get(f"{path}/registrations", headers=people["Lena"])
    assert [(one["name"], one["state"]) for one in found.json()["items"]] == [
        ("Nadine Rauhut", "confirmed"),
        ("Ole Wirth", "waiting"),
    ]
    for name, status in (("Fremder", 403), ("Ole Wirth", 403), ("Nobody", 401)):
        for way in ("registrations", "attendance.csv"):
            answer = await client.get(f"{path}/{way}", headers=people[name])
            assert answer.status_code == status, (name, way)


async def test_story_5_two_requests_at_once_for_one_slot_give_it_to_one(own_database):
    app = create_app()
    async with running(settings(), own_database) as runtime:
        async with transaction(runtime.sessions) as session:
            keeps = await bearer(session, await a_person(session, "Lena"))
            two = [await bearer(session, await a_person(session)) for _ in range(2)]
        state = {"runtime": runtime, "last_use": LastUse()}

        async def asgi(scope, receive, send):
            scope["state"] = dict(state)
            await app(scope, receive, send)

        transport = httpx.ASGITransport(asgi, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            details = {**DRAFT["details"], "holiday_rule": "keep", "has_waiting_list": False}
            draft = {"title": DRAFT["title"], "details": details}
            published = await client.post("/api/v1/posts", json=draft, headers=keeps)
            assert published.status_code == 201, published.json()
            dates = await dates_of(client, published.json()["id"])
            path = f"/api/v1/occurrences/{dates[1]['id']}/registrations"
            answers = await asyncio.gather(
                *(client.post(path, json={"slot": 2}, headers=one) for one in two)
            )
        assert Counter(one.status_code for one in answers) == {201: 1, 409: 1}
        [refused] = [one.json()["code"] for one in answers if one.status_code == 409]
        assert refused == "slot_taken"
