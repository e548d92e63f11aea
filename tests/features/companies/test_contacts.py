from sqlalchemy import select

from app.features.places.lookup import find_place
from app.models.companies import Contact, Site, Staff, StaffRole
from app.models.people import Visibility
from tests.makers import a_company, a_person, bearer, signed_in


async def _contact(session, company, name, topic="digitalisation", place=None, **fields):
    person = await a_person(session, name, **fields)
    session.add(Staff(company_id=company.id, person_id=person.id, role=StaffRole.MEMBER))
    where = await find_place(session, place) if place else None
    contact = Contact(
        company_id=company.id,
        person_id=person.id,
        topic=topic,
        place_id=where.id if where else None,
    )
    session.add(contact)
    await session.flush()
    return contact


async def _at(session, company, postcode):
    place = await find_place(session, postcode)
    site = await session.scalar(select(Site).where(Site.company_id == company.id))
    site.latitude, site.longitude = place.latitude, place.longitude
    await session.flush()


async def test_an_editor_names_a_contact_person_with_a_stand_in(session, client):
    owner = await a_person(session)
    company = await a_company(session, owner=owner)
    kim = await a_person(session, "Kim Jaspert")
    session.add(Staff(company_id=company.id, person_id=kim.id, role=StaffRole.MEMBER))
    headers = await bearer(session, owner)
    await session.commit()
    at = f"/api/v1/companies/{company.id}/contacts"
    body = {
        "person_id": str(kim.id),
        "topic": "funding",
        "place": "Hattingen",
        "stand_in_id": str(owner.id),
    }
    made = await client.post(at, headers=headers, json=body)
    assert made.status_code == 201
    assert (made.json()["name"], made.json()["stand_in"], made.json()["place"]) == (
        "Kim Jaspert",
        "Nadine Rauhut",
        "Hattingen",
    )
    assert (await client.post(at, headers=headers, json=body)).status_code == 409
    one = f"{at}/{made.json()['id']}"
    moved = await client.put(one, headers=headers, json=body | {"place": None})
    assert moved.json()["place"] is None
    assert (await client.delete(one, headers=headers)).status_code == 204
    assert (await client.get(at)).json()["items"] == []


async def test_only_people_of_the_staff_can_be_named(session, client):
    owner, stranger = await a_person(session), await a_person(session)
    company = await a_company(session, owner=owner)
    headers = await bearer(session, owner)
    await session.commit()
    answer = await client.post(
        f"/api/v1/companies/{company.id}/contacts",
        headers=headers,
        json={"person_id": str(stranger.id), "topic": "funding"},
    )
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/person_id")


async def test_the_finder_knows_who_answers_in_a_place_around_it_or_everywhere(session, client):
    company = await a_company(session)
    await _at(session, company, "45527")
    await _contact(session, company, "Hattingen", place="Hattingen")
    await _contact(session, company, "Bochum", place="Bochum")
    await _contact(session, company, "Land", place="Nordrhein-Westfalen")
    await _contact(session, company, "Überall")
    await _contact(session, company, "Anderes Thema", topic="funding")
    await session.commit()
    answer = await client.get("/api/v1/contacts?topic=digitalisation&place=45527")
    assert {row["name"] for row in answer.json()["items"]} == {"Hattingen", "Land", "Überall"}


async def test_every_organisation_is_listed_on_equal_terms_the_nearest_first(session, client):
    for name, form, postcode in (
        ("Kammer", "chamber", "44793"),
        ("Verein", "association", "45527"),
        ("Firma", "firm", "44649"),
    ):
        company = await a_company(session, name, form=form)
        await _at(session, company, postcode)
        await _contact(session, company, f"Person der {name}")
    await session.commit()
    near = (await client.get("/api/v1/contacts?place=45527")).json()["items"]
    assert [row["company"] for row in near] == ["Verein", "Kammer", "Firma"]
    assert [row["distance_km"] for row in near] == sorted(row["distance_km"] for row in near)
    by_name = (await client.get("/api/v1/contacts")).json()["items"]
    assert [row["company"] for row in by_name] == ["Firma", "Kammer", "Verein"]


async def test_contact_data_of_contact_persons_reach_only_whom_they_are_meant_for(session, client):
    company = await a_company(session, phone="+4923249110", phone_visibility=Visibility.PUBLIC)
    reader = await a_person(session)
    contact = await _contact(
        session,
        company,
        "Kim Jaspert",
        phone="+4923249113",
        phone_visibility=Visibility.SIGNED_IN,
        contact_email="kim@jaspert.example",
        contact_email_visibility=Visibility.NOBODY,
    )
    api, page = await bearer(session, reader), await signed_in(session, reader)
    await session.commit()
    at = f"/contacts/{contact.id}"
    for headers, html_headers, number in (
        ({}, {}, "+4923249110"),
        (api, page, "+4923249113"),
    ):
        body = (await client.get(f"/api/v1{at}", headers=headers)).text
        texts = [
            (await client.get(at, headers=html_headers)).text,
            (await client.get(f"{at}/card.vcf", headers=html_headers)).text,
            (await client.get(f"/api/v1{at}/vcard", headers=headers)).text,
        ]
        assert all(number in text for text in [body, *texts])
        assert ("+4923249113" in body) == bool(headers)
        lists = [
            (await client.get("/contacts", headers=html_headers)).text,
            (await client.get(f"/companies/{company.slug}", headers=html_headers)).text,
        ]
        for text in [body, *texts, *lists]:
            assert "kim@jaspert.example" not in text
            assert ("+4923249113" in text) == bool(headers)


async def test_the_form_offers_the_present_staff(session, client):
    owner = await a_person(session)
    company = await a_company(session, owner=owner)
    headers = await signed_in(session, owner)
    await session.commit()
    page = await client.get(f"/companies/{company.slug}/contacts", headers=headers)
    assert f'value="{owner.id}"' in page.text
    sent = await client.post(
        f"/companies/{company.id}/contacts",
        headers=headers,
        data={"person_id": str(owner.id), "topic": "funding", "place": "", "stand_in_id": ""},
    )
    assert sent.status_code == 303
    wrong = await client.post(
        f"/companies/{company.id}/contacts",
        headers=headers,
        data={"person_id": str(owner.id), "topic": "funding", "place": "Nirgendwo"},
    )
    assert wrong.status_code == 422
    assert f'value="{owner.id}" selected' in wrong.text


async def test_sites_have_one_main_one_that_moves_but_never_vanishes(session, client):
    owner = await a_person(session)
    company = await a_company(session, owner=owner)
    headers, page = await bearer(session, owner), await signed_in(session, owner)
    await session.commit()
    at = f"/api/v1/companies/{company.id}/sites"
    first = (await client.get(at)).json()["items"][0]
    refused = await client.delete(f"{at}/{first['id']}", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "main_site_needed")
    added = await client.post(
        at,
        headers=headers,
        json={"postcode": "44649", "town": "Herne", "label": "Lager", "is_main": True},
    )
    assert added.status_code == 201
    now = (await client.get(at)).json()["items"]
    assert [(site["town"], site["is_main"]) for site in now] == [
        ("Herne", True),
        ("Hattingen", False),
    ]
    assert (await client.delete(f"{at}/{first['id']}", headers=headers)).status_code == 204
    shown = await client.get(f"/companies/{company.slug}/sites", headers=page)
    assert "Lager" in shown.text
    form = await client.post(
        f"/companies/{company.id}/sites", headers=page, data={"postcode": "44801", "town": "Bochum"}
    )
    assert form.status_code == 303
    stranger = await bearer(session, await a_person(session))
    await session.commit()
    assert (
        await client.post(at, headers=stranger, json={"postcode": "44801", "town": "Bochum"})
    ).status_code == 403
