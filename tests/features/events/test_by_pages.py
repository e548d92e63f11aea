"""What becomes of a registration, done by pages, and what each side is mailed in its language."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.db import transaction
from app.features.notifications.gathering import announce_due
from app.models.occurrences import Registration
from tests.features.events.test_on_the_day import an_event
from tests.makers import a_person, signed_in

GUEST = {"name": "Paul Gast", "email": "paul@firma.example", "company": "", "answer_0": "Rat"}


@pytest.fixture
async def table(session):
    """One place, by approval, at an event that Lena keeps; Nadine reads English."""
    people = {
        "Lena": await a_person(session, "Lena"),
        "Nadine": await a_person(session, "Nadine", locale="en"),
    }
    details = {
        "participation": "registration", "slot_minutes": None, "repetition": "once",
        "capacity": 1, "needs_approval": True,
    }  # fmt: skip
    [date] = await an_event(session, people["Lena"], days=5, **details)
    cookies = {name: await signed_in(session, person) for name, person in people.items()}
    await session.commit()
    return f"/occurrences/{date.id}", cookies


@pytest.fixture
def mailed(work, outbox):
    async def delivered():
        """The plain texts that were mailed since the last look."""
        await work()
        found = [mail.get_body(("plain",)).get_content() for _, mail in outbox.outbox]
        outbox.outbox.clear()
        return found

    return delivered


def to(name, mails):
    """The one mail that greets somebody."""
    [text] = [text for text in mails if name in text.partition("\n")[0]]
    return text


async def press(client, path, cookies, button):
    """Press a button of a page: the first form whose button says so."""
    page = (await client.get(path, headers=cookies)).text
    forms = re.findall(r'<form[^>]*action="([^"]+)"[^>]*>(.*?)</form>', page, re.DOTALL)
    [action, *_] = [action for action, body in forms if button in body]
    answer = await client.post(action.replace("&amp;", "&"), data={}, headers=cookies)
    assert answer.status_code == 303, answer.text
    return answer


async def test_approval_the_waiting_list_and_both_sides_cancelling_by_pages(
    table, client, session, mailed
):
    path, cookies = table
    lena, nadine = cookies["Lena"], cookies["Nadine"]

    # Nadine asks; she and Lena are told, each in their language, with a link back.
    said = {"company_id": "", "answer_0": "Advice"}
    await client.post(path, data=said, headers=nadine)
    asked = to("Nadine", await mailed())
    assert "organiser" in asked
    assert path in asked

    # A guest asks, too, in German.
    await client.post(path, data=GUEST)
    text = to("Paul", await mailed())
    link = re.search(r"http://testserver(/guest-registrations\?key=\S+)", text)[1]
    await press(client, link, {}, "Anmeldung bestätigen")
    assert "sobald der Veranstalter zusagt" in to("Paul", await mailed())

    # Lena reads the answers and says yes to both: the second one waits.
    listed = f"{path}/registrations"
    assert "Advice" in (await client.get(listed, headers=lena)).text
    await press(client, listed, lena, "Zusagen")
    assert path in to("Nadine", await mailed())
    await press(client, listed, lena, "Zusagen")
    assert "Warteliste" in to("Paul", await mailed())
    order = select(Registration.state).order_by(Registration.number)
    assert list(await session.scalars(order)) == ["confirmed", "waiting"]
    numbers = select(Registration.number).order_by(Registration.number)
    assert list(await session.scalars(numbers)) == [1, 2]  # none went to who did not confirm yet
    assert "Neue Anmeldung" not in (await client.get("/notifications", headers=lena)).text

    # Nadine leaves: the guest is offered the place, in time, and takes it.
    await press(client, path, nadine, "Cancel registration")
    offer = to("Paul", await mailed())
    assert "ist ein Platz für Sie frei" in offer
    assert link in offer
    await press(client, link, {}, "Anmeldung bestätigen")
    sure = to("Paul", await mailed())
    code = await session.scalar(
        select(Registration.code).where(Registration.guest_key.is_not(None))
    )
    assert code in sure

    # Lena takes it back after all: the guest learns of it, and has no way in.
    await press(client, listed, lena, "Ablehnen")
    assert "abgelehnt" in to("Paul", await mailed())
    assert code not in (await client.get(link)).text
    assert list(await session.scalars(order)) == ["cancelled", "declined"]


async def test_who_keeps_the_event_hears_of_registrations_as_they_wish(table, client, mailed):
    path, cookies = table
    await client.post(path, data={"company_id": "", "answer_0": ""}, headers=cookies["Nadine"])
    assert not [text for text in await mailed() if "Lena" in text.partition("\n")[0]]  # daily
    inbox = (await client.get("/notifications", headers=cookies["Lena"])).text
    assert "wartet auf Ihre Zusage" in inbox


async def test_several_registrations_are_one_line_with_their_count_in_the_digest(
    table, client, session, mailed, runtime
):
    path, cookies = table
    ole = await signed_in(session, await a_person(session, "Ole"))
    await session.commit()
    for headers in (cookies["Nadine"], ole):
        await client.post(path, data={"company_id": "", "answer_0": ""}, headers=headers)
    await mailed()
    with clock.set_to(clock.now() + timedelta(days=1)):
        async with transaction(runtime.sessions) as tx:
            await announce_due(tx)
        digest = to("Lena", await mailed())
    said = r"- 2 Anmeldungen zu „[^“]+“ am \S+ \S+ warten auf Ihre Zusage\.[^(]*http"
    assert re.search(said, digest), digest


async def test_a_guest_reads_english_where_they_asked_in_english(table, client, mailed):
    path, _ = table
    english = {"accept-language": "en"}
    page = (await client.get(path, headers=english)).text
    assert "is deleted 180 days afterwards" in page
    await client.post(path, data=GUEST, headers=english)
    assert "please confirm your registration" in to("Paul", await mailed())


async def test_answers_stand_in_the_list_and_in_the_file(table, client):
    path, cookies = table
    said = {"company_id": "", "answer_0": "Verkürzung der Ausbildung"}
    await client.post(path, data=said, headers=cookies["Nadine"])
    for way in ("registrations", "attendance.csv"):
        found = await client.get(f"{path}/{way}", headers=cookies["Lena"])
        assert "Verkürzung der Ausbildung" in found.text
