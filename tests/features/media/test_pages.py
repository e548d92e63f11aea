"""Choosing pictures at the pages, and forms that bring files."""

import re

import pytest
from sqlalchemy import select

from app.models.companies import Staff, StaffRole
from app.models.media import Medium
from app.models.people import Person
from tests.features.media.files import a_pdf, a_picture
from tests.makers import a_company, a_person, signed_in


async def a_browser(session, person):
    headers = await signed_in(session, person)
    await session.commit()
    return headers


def chosen(content, alt="Nadine Rauhut vor dem Lager", name="ich.jpg", form_id="1"):
    return {
        "files": {"picture.0": (name, content)},
        "data": {"picture.0.alt": alt, "form_id": form_id},
    }


async def test_a_person_chooses_a_picture_and_takes_it_away(session, client):
    person = await a_person(session)
    headers = await a_browser(session, person)
    page = await client.get("/me/picture", headers=headers)
    assert 'enctype="multipart/form-data"' in page.text
    assert 'accept="image/jpeg,image/png,image/webp"' in page.text
    answer = await client.post("/me/picture", headers=headers, **chosen(a_picture()))
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == f"/people/{person.slug}?notice=person.picture_changed"
    medium = await session.scalar(select(Medium))
    assert medium.alt == "Nadine Rauhut vor dem Lager"
    page = await client.get("/me/picture", headers=headers)
    assert f"/media/{medium.id}/256" in page.text
    await client.post("/me/picture/remove", headers=headers, data={"form_id": "2"})
    picture = select(Person.picture_id).where(Person.id == person.id)
    assert await session.scalar(picture) is None


@pytest.mark.parametrize(
    ("content", "alt", "said"),
    [
        (b"", "", "Bitte füllen Sie dieses Feld aus."),
        (a_picture(), "", "Bitte beschreiben Sie, was auf dem Bild ist."),
        (a_picture(), "x" * 301, "Bitte geben Sie höchstens 300 Zeichen ein."),
        (b"<svg/>", "Eine Halle", "Bitte wählen Sie ein Bild (JPEG, PNG, WebP) oder eine PDF"),
        (a_pdf(), "Eine Halle", "Bitte wählen Sie hier ein Bild."),
    ],
)
async def test_what_is_wrong_is_said_in_the_form(session, client, content, alt, said):
    headers = await a_browser(session, await a_person(session))
    name = "ich.jpg" if content else ""
    answer = await client.post("/me/picture", headers=headers, **chosen(content, alt, name))
    assert answer.status_code in {415, 422}
    assert said in answer.text
    assert await session.scalar(select(Medium.id)) is None
    if content and alt:
        assert re.search(f'name="picture.0.alt" value="{alt}"', answer.text)


async def test_a_form_takes_no_file_that_it_did_not_ask_for(session, client):
    headers = await a_browser(session, await a_person(session))
    answer = await client.post(
        "/me/picture",
        headers=headers,
        files={"picture.0": ("a.jpg", a_picture()), "picture.1": ("b.jpg", a_picture())},
        data={"picture.0.alt": "Eine Halle", "form_id": "1"},
    )
    assert answer.status_code == 422
    assert "Dieses Feld ist hier unbekannt." in answer.text


async def test_the_same_form_twice_uploads_once(session, client):
    headers = await a_browser(session, await a_person(session))
    content = a_picture()
    for _ in range(2):
        answer = await client.post("/me/picture", headers=headers, **chosen(content))
        assert answer.status_code == 303
    assert len((await session.scalars(select(Medium.id))).all()) == 1


@pytest.mark.parametrize("role", [*StaffRole, None])
async def test_owners_and_editors_change_the_logo(session, client, role):
    owner, person = await a_person(session), await a_person(session, "Kim Jaspert")
    company = await a_company(session, owner=owner)
    if role:
        session.add(Staff(company_id=company.id, person_id=person.id, role=role))
        await session.flush()
    headers = await a_browser(session, person)
    url = f"/companies/{company.slug}/logo"
    may = role in {StaffRole.OWNER, StaffRole.EDITOR}
    assert (await client.get(url, headers=headers)).status_code == (200 if may else 403)
    answer = await client.post(url, headers=headers, **chosen(a_picture(kind="PNG")))
    assert answer.status_code == (303 if may else 403)
    await session.refresh(company)
    assert (company.logo_id is not None) == may


async def test_nobody_changes_pictures_without_signing_in(client):
    for path in ("/me/picture", "/companies/hof/logo"):
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["location"][:8]) == (303, "/sign-in")
