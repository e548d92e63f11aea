import itertools

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.actor import ANONYMOUS
from app.features.people import policy
from app.models.companies import Staff, StaffRole
from app.models.people import Person, Visibility
from tests.makers import a_company, a_person, as_actor, bearer, signed_in

PHONE, EMAIL, WEBSITE = "+4923249113", "kim@jaspert.example", "https://kim.example/"
SHOWN = {"phone": "02324 9113", "contact_email": EMAIL, "website": WEBSITE}


@pytest.mark.parametrize("field", ["phone", "contact_email", "website"])
@pytest.mark.parametrize("visibility", list(Visibility))
async def test_contact_data_reach_only_whom_they_are_meant_for(session, client, field, visibility):
    values = {"phone": PHONE, "contact_email": EMAIL, "website": WEBSITE}
    person = await a_person(
        session, "Kim Jaspert", **{field: values[field], f"{field}_visibility": visibility}
    )
    other = await a_person(session)
    page_of, client_of = {"nobody": {}}, {"nobody": {}}
    for name, who in (("other", other), ("self", person)):
        page_of[name] = await signed_in(session, who)
        client_of[name] = await bearer(session, who)
    await session.commit()
    expected = {
        "nobody": visibility is Visibility.PUBLIC,
        "other": visibility is not Visibility.NOBODY,
        "self": True,
    }
    for viewer, seen in expected.items():
        html = (await client.get(f"/people/{person.slug}", headers=page_of[viewer])).text
        card = (await client.get(f"/people/{person.slug}/card.vcf", headers=page_of[viewer])).text
        json = await client.get(f"/api/v1/people/{person.id}", headers=client_of[viewer])
        vcard = await client.get(f"/api/v1/people/{person.id}/vcard", headers=client_of[viewer])
        assert (SHOWN[field] in html) == seen, viewer
        assert (values[field] in card) == seen, viewer
        assert (values[field] in vcard.text) == seen, viewer
        assert json.json()[field] == (values[field] if seen else None), viewer


async def test_what_is_private_by_default_is_not_public(session, client):
    person = await a_person(session, "Kim Jaspert", phone=PHONE, contact_email=EMAIL)
    await session.commit()
    answer = await client.get(f"/people/{person.slug}")
    assert PHONE not in answer.text
    assert EMAIL not in answer.text
    assert '<meta name="robots" content="noindex">' in answer.text


async def test_only_who_wants_it_is_found_by_search_engines(session, client):
    person = await a_person(session, found_by_search_engines=True)
    await session.commit()
    assert "noindex" not in (await client.get(f"/people/{person.slug}")).text


async def test_json_of_a_profile_has_exactly_the_promised_fields_t30(session, client):
    person = await a_person(session)
    await session.commit()
    body = (await client.get(f"/api/v1/people/{person.id}")).json()
    assert set(body) == {
        "id", "slug", "name", "headline", "function", "about", "about_html", "topics",
        "languages", "place", "phone", "contact_email", "website", "positions",
        "responsibilities", "version", "updated_at", "viewer_can",
    }  # fmt: skip
    refused = await client.get(f"/api/v1/people/{person.id}?fields=account_id")
    assert refused.status_code == 422


@pytest.mark.parametrize(
    "extra", ["is_admin", "account_id", "slug", "id", "version", "created_at", "left_at"]
)
async def test_a_profile_takes_no_field_that_is_not_its_own_t31(session, client, extra):
    person = await a_person(session)
    headers = await bearer(session, person)
    await session.commit()
    answer = await client.patch("/api/v1/me", headers=headers, json={extra: "1"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"/{extra}"


async def test_a_change_changes_what_is_given_and_nothing_else(session, client):
    person = await a_person(session, headline="Feinwerk", phone=PHONE)
    headers = await bearer(session, person)
    await session.commit()
    answer = await client.patch(
        "/api/v1/me", headers=headers, json={"about": "**Drehen**", "place": "45527"}
    )
    body = answer.json()
    assert answer.status_code == 200
    assert (body["headline"], body["phone"]) == ("Feinwerk", PHONE)
    assert "<strong>Drehen</strong>" in body["about_html"]
    assert "Hattingen" in body["place"]
    cleared = await client.patch("/api/v1/me", headers=headers, json={"place": None, "phone": None})
    assert (cleared.json()["place"], cleared.json()["phone"]) == (None, None)
    refused = await client.patch("/api/v1/me", headers=headers, json={"name": None})
    assert refused.status_code == 422


async def test_a_change_on_an_older_state_is_refused(session, client):
    person = await a_person(session)
    headers = await bearer(session, person)
    await session.commit()
    read = await client.get("/api/v1/me", headers=headers)
    tag = {**headers, "if-match": read.headers["etag"]}
    assert (await client.patch("/api/v1/me", headers=tag, json={"headline": "a"})).is_success
    assert (
        await client.patch("/api/v1/me", headers=tag, json={"headline": "b"})
    ).status_code == 412


async def test_an_unknown_place_is_said_at_its_field_on_both_fronts(session, client):
    person = await a_person(session)
    headers, page = await bearer(session, person), await signed_in(session, person)
    await session.commit()
    answer = await client.patch("/api/v1/me", headers=headers, json={"place": "99999"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/place")
    form = await client.post(
        "/me/profile", headers=page, data={"name": "Kim", "place": "Nirgendwo", "version": "1"}
    )
    assert form.status_code == 422
    assert 'href="#f-place"' in form.text


async def test_after_a_new_name_the_old_address_redirects(session, client):
    person = await a_person(session, "Nadine Rauhut")
    headers, old = await signed_in(session, person), person.slug
    await session.commit()
    answer = await client.post(
        "/me/profile", headers=headers, data={"name": "Nadine Öttinger", "version": "1"}
    )
    assert answer.headers["location"] == "/people/nadine-oettinger?notice=person.edited"
    moved = await client.get(f"/people/{old}")
    assert (moved.status_code, moved.headers["location"]) == (301, "/people/nadine-oettinger")


async def test_both_faces_of_the_policy_agree(session):
    someone, other = await a_person(session), await a_person(session)
    for left, actor in itertools.product(
        (False, True), (ANONYMOUS, as_actor(someone), as_actor(other))
    ):
        someone.left_at = clock.now() if left else None
        await session.flush()
        found = await session.scalar(
            select(Person.id).where(Person.id == someone.id, policy.visible_to(actor))
        )
        acts = policy.acts(actor, someone.id, left=left)
        assert (found is not None) == (policy.Act.VIEW in acts)
        assert (policy.Act.EDIT in acts) == (not left and actor.person_id == someone.id)


async def test_who_has_left_is_not_found(session, client):
    person = await a_person(session, left_at=clock.now())
    await session.commit()
    assert (await client.get(f"/people/{person.slug}")).status_code == 404
    assert (await client.get(f"/api/v1/people/{person.id}")).status_code == 404
    assert (await client.get("/api/v1/people")).json()["items"] == []


async def test_a_former_company_is_shown_with_its_last_year(session, client):
    person = await a_person(session, "Jonas Terhorst")
    company = await a_company(session, "Kemnader Messtechnik UG", owner=person)
    colleague = await a_person(session)
    await session.commit()
    session.add(Staff(company_id=company.id, person_id=colleague.id, role=StaffRole.OWNER))
    await session.flush()
    headers = await bearer(session, person)
    await session.commit()
    left = await client.delete(f"/api/v1/companies/{company.id}/membership", headers=headers)
    assert left.status_code == 204
    html = (await client.get(f"/people/{person.slug}")).text
    assert "Kemnader Messtechnik UG" in html
    assert f"bis {clock.now().year}" in html
