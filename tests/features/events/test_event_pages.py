"""The pages of events: dates, registering, guests, the organiser's list, deciding."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock
from app.features.posts.drafts import draft_of
from app.features.posts.publishing import publish_post
from app.models.occurrences import Occurrence, Registration
from tests.makers import a_person, as_actor, signed_in


@pytest.fixture
async def evening(session):
    """An evening in three weeks, kept by Lena; Nadine would like to come."""
    lena, nadine = await a_person(session, "Lena"), await a_person(session, "Nadine")
    day = (clock.now() + timedelta(days=21)).date()
    details = {
        "kind": "event", "starts_at": f"{day}T18:00", "ends_at": f"{day}T20:00",
        "repetition": "weekly", "participation": "slots", "slot_minutes": 30,
        "questions": ["Was führt Sie her?"], "online_link": "https://video.example/geheim",
    }  # fmt: skip
    draft = draft_of("event").model_validate({"title": "Sprechstunde", "details": details})
    post = await publish_post(session, as_actor(lena), draft)
    dates = select(Occurrence).where(Occurrence.post_id == post.id).order_by(Occurrence.starts_at)
    first = (await session.scalars(dates)).first()
    cookies = {"Lena": await signed_in(session, lena), "Nadine": await signed_in(session, nadine)}
    await session.commit()
    return post, first, cookies


async def test_registering_and_deciding_by_pages(evening, client, session):
    post, first, cookies = evening
    path = f"/occurrences/{first.id}"
    page = await client.get(f"/posts/{post.id}")
    assert path in page.text
    assert "geheim" not in page.text
    assert path in (await client.get(f"/posts/{post.id}/dates")).text
    page = await client.get(path, headers=cookies["Nadine"])
    assert "Was führt Sie her?" in page.text
    said = {"company_id": "", "slot": "1", "answer_0": "Verkürzung"}
    made = await client.post(path, data=said, headers=cookies["Nadine"])
    assert made.headers["location"].endswith("notice=event.registered")
    page = await client.get(path, headers=cookies["Nadine"])
    assert "https://video.example/geheim" in page.text
    own = await client.get("/me/registrations", headers=cookies["Nadine"])
    assert path in own.text
    listed = await client.get(f"{path}/registrations", headers=cookies["Lena"])
    assert "Verkürzung" in listed.text
    refused = await client.get(f"{path}/registrations", headers=cookies["Nadine"])
    assert refused.status_code == 403
    registration = await session.scalar(select(Registration))
    step = f"/registrations/{registration.id}"
    declined = await client.post(f"{step}/decline", data={}, headers=cookies["Lena"])
    assert declined.headers["location"].startswith(f"{path}/registrations")
    assert (await client.get(f"{path}/edit", headers=cookies["Nadine"])).status_code == 403
    form = await client.get(f"{path}/edit", headers=cookies["Lena"])
    starts = re.search(r'name="starts_at"[^>]*value="([^"]+)"', form.text)[1]
    ends = re.search(r'name="ends_at"[^>]*?(?: value="([^"]*)")?[^>]*>', form.text)[1] or ""
    later = starts.replace("18:00", "23:00")  # the end as the page has it: as long as before
    moved = {"starts_at": later, "ends_at": ends}
    done = await client.post(f"{path}/move", data=moved, headers=cookies["Lena"])
    assert done.status_code == 303, done.text
    for wanted, step in (("verschoben", "cancel"), ("abgesagt", "restore")):
        assert wanted in (await client.get(path)).text
        await client.post(f"{path}/{step}", data={}, headers=cookies["Lena"])
    noted = {"venue": "", "note": "Bitte klingeln", "capacity": "0"}
    await client.post(f"{path}/edit", data=noted, headers=cookies["Lena"])
    assert "Bitte klingeln" in (await client.get(path)).text


async def test_a_date_says_whose_it_is_what_it_costs_and_why_nobody_can_register_any_more(
    session, client
):
    lena, nadine = await a_person(session, "Lena"), await a_person(session, "Nadine")
    day = (clock.now() + timedelta(days=21)).date()
    details = {
        "kind": "event", "starts_at": f"{day}T18:00", "ends_at": f"{day}T20:00", "price_eur": 12.5,
        "participation": "registration", "capacity": 1, "has_waiting_list": False,
        "closes_hours_before": 48,
    }  # fmt: skip
    draft = draft_of("event").model_validate({"title": "Seminar", "details": details})
    post = await publish_post(session, as_actor(lena), draft)
    date = await session.scalar(select(Occurrence).where(Occurrence.post_id == post.id))
    path, cookies = f"/occurrences/{date.id}", await signed_in(session, nadine)
    await session.commit()
    page = (await client.get(path)).text
    assert "<dt>Veranstalter</dt>" in page
    for said in ("Lena", "12,50 €", "Anmeldung möglich bis", 'name="email"'):
        assert said in page, said
    await client.post(path, data={"company_id": ""}, headers=cookies)
    page = (await client.get(path)).text
    assert "Alle Plätze sind vergeben." in page
    assert 'name="email"' not in page
    date.starts_at -= timedelta(days=20)
    await session.commit()
    page = (await client.get(path)).text
    assert "nicht mehr" in page
    assert 'name="email"' not in page


async def test_the_form_of_an_event_has_each_heading_once_and_long_choices_in_one_column(
    session, client
):
    cookies = await signed_in(session, await a_person(session, "Lena"))
    await session.commit()
    page = (await client.get("/posts/new?kind=event", headers=cookies)).text
    lists = re.findall(
        r'<div class="choice-list( choice-list-long)?">.*?name="([\w.]+)"', page, re.DOTALL
    )
    assert page.count(">Wiederholung<") == 1
    long = {name for is_long, name in lists if is_long}
    assert long == {"details.wz2008_sections"}
    assert "details.accessibility" in {name for _, name in lists}


async def test_an_event_is_for_many_and_nobody_reserves_it(evening, client):
    post, _, cookies = evening
    page = (await client.get(f"/posts/{post.id}", headers=cookies["Lena"])).text
    assert f'"/posts/{post.id}/conclude"' in page
    assert "/reserve" not in page
    refused = await client.post(f"/posts/{post.id}/reserve", data={}, headers=cookies["Lena"])
    assert refused.status_code == 409


async def test_a_guest_registers_by_pages(evening, client, work, outbox):
    _, first, _ = evening
    path = f"/occurrences/{first.id}"
    wrong = await client.post(path, data={"name": "Paul", "email": "paul", "company": ""})
    assert wrong.status_code == 422
    said = {"name": "Paul", "email": "paul@firma.example", "company": "Firma", "slot": ""}
    made = await client.post(path, data={**said, "answer_0": ""})
    assert made.headers["location"].endswith("notice=event.mailed")
    await work()
    letter = outbox.outbox[0][1].get_body(("plain",)).get_content()
    link = re.search(r"http://testserver(/guest-registrations\?key=\S+)", letter)[1]
    assert "Anmeldung bestätigen" in (await client.get(link)).text
    key = link.partition("?")[2]
    await client.post(f"/guest-registrations/confirm?{key}", data={})
    assert "angemeldet" in (await client.get(link)).text
    await client.post(f"/guest-registrations/cancel?{key}", data={})
    assert "abgemeldet" in (await client.get(link)).text
    assert (await client.get("/guest-registrations?key=x")).status_code == 410
