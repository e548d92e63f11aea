import json
import re

import pytest

from app.core.settings import settings
from app.features.companies import policy
from app.models.companies import CompanyState, Staff, StaffRole
from app.models.people import Visibility
from tests.makers import a_company, a_person, bearer, signed_in

VALUES = {"phone": "+4923249113", "email": "post@huegelland.example"}
SHOWN = {"phone": "02324 9113", "email": VALUES["email"]}


@pytest.mark.parametrize("field", ["phone", "email"])
@pytest.mark.parametrize("visibility", list(Visibility))
async def test_contact_data_reach_only_whom_they_are_meant_for(session, client, field, visibility):
    owner, other = await a_person(session), await a_person(session)
    company = await a_company(
        session, owner=owner, **{field: VALUES[field], f"{field}_visibility": visibility}
    )
    viewers = {"nobody": ({}, {})}
    for name, who in (("other", other), ("owner", owner)):
        viewers[name] = (await signed_in(session, who), await bearer(session, who))
    await session.commit()
    expected = {
        "nobody": visibility is Visibility.PUBLIC,
        "other": visibility is not Visibility.NOBODY,
        "owner": True,
    }
    for viewer, seen in expected.items():
        page, api = viewers[viewer]
        html = (await client.get(f"/companies/{company.slug}", headers=page)).text
        card = (await client.get(f"/companies/{company.slug}/card.vcf", headers=page)).text
        body = await client.get(f"/api/v1/companies/{company.id}", headers=api)
        vcard = await client.get(f"/api/v1/companies/{company.id}/vcard", headers=api)
        assert (SHOWN[field] in html) == seen, viewer
        assert (VALUES[field] in html) == seen, viewer  # the structured data, too
        assert (VALUES[field] in card) == seen, viewer
        assert (VALUES[field] in vcard.text) == seen, viewer
        assert body.json()[field] == (VALUES[field] if seen else None), viewer


async def test_json_of_a_company_never_tells_what_the_list_said_t30(session, client):
    company = await a_company(
        session, import_source="liste", external_id="4711", email_on_file="geheim@alt.example"
    )
    await session.commit()
    for path in (f"/api/v1/companies/{company.id}", f"/companies/{company.slug}"):
        text = (await client.get(path)).text
        assert "4711" not in text
        assert "geheim@alt.example" not in text
    body = (await client.get(f"/api/v1/companies/{company.id}")).json()
    assert set(body) == {
        "id", "slug", "name", "form", "state", "legal_form", "register_court", "register_type",
        "register_number", "vat_id", "size_band", "trains_apprentices", "founded_year", "summary",
        "description", "description_html", "offers", "needs", "website", "phone",
        "phone_visibility", "email", "email_visibility", "imprint", "imprint_url", "may_publish",
        "sectors", "sites", "staff", "contacts", "role", "version", "updated_at", "viewer_can",
        "mediates_successions",
    }  # fmt: skip
    refused = await client.get(f"/api/v1/companies/{company.id}?include=email_on_file")
    assert refused.status_code == 422


@pytest.mark.parametrize(
    ("role", "status"),
    [(StaffRole.OWNER, 200), (StaffRole.EDITOR, 200), (StaffRole.MEMBER, 403), (None, 403)],
)
async def test_owners_and_editors_edit(session, client, role, status):
    person = await a_person(session)
    company = await a_company(session)
    if role:
        session.add(Staff(company_id=company.id, person_id=person.id, role=role))
    headers = await bearer(session, person)
    await session.commit()
    answer = await client.patch(
        f"/api/v1/companies/{company.id}", headers=headers, json={"summary": "Neu"}
    )
    assert answer.status_code == status


async def test_a_change_changes_what_is_given_and_nothing_else(session, client):
    owner = await a_person(session)
    company = await a_company(session, owner=owner, founded_year=1987)
    headers = await bearer(session, owner)
    await session.commit()
    at = f"/api/v1/companies/{company.id}"
    answer = await client.patch(at, headers=headers, json={"sectors": ["2008:25"]})
    assert (answer.json()["founded_year"], answer.json()["sectors"][0]["code"]) == (1987, "25")
    moved = await client.patch(
        at, headers=headers, json={"main_site": {"postcode": "44801", "town": "Bochum"}}
    )
    assert [site["town"] for site in moved.json()["sites"]] == ["Bochum"]
    assert moved.json()["sectors"]


async def test_a_change_on_an_older_state_is_refused_also_for_its_sectors(session, client):
    owner = await a_person(session)
    company = await a_company(session, owner=owner)
    headers, page = await bearer(session, owner), await signed_in(session, owner)
    await session.commit()
    at = f"/api/v1/companies/{company.id}"
    tag = {**headers, "if-match": (await client.get(at, headers=headers)).headers["etag"]}
    assert (await client.patch(at, headers=tag, json={"sectors": ["2008:25"]})).is_success
    assert (await client.patch(at, headers=tag, json={"summary": "b"})).status_code == 412
    form = {"version": "1", "name": "X", "main_site.postcode": "45527", "main_site.town": "X"}
    stale = await client.post(f"/companies/{company.id}/edit", headers=page, data=form)
    assert stale.status_code == 412
    assert "inzwischen von anderer Seite geändert" in stale.text


async def test_the_filled_form_can_be_sent_back_as_it_is(session, client):
    owner = await a_person(session)
    headers, api = await signed_in(session, owner), await bearer(session, owner)
    await session.commit()
    draft = {
        "name": "Muster GmbH",
        "main_site": {"street": "Am Markt 1", "postcode": "45527", "town": "Hattingen"},
        "sectors": ["2008:25.62", "2008:26"],
        "phone": "+4923249113",
        "offers": ["drehen"],
        "trains_apprentices": True,
        "founded_year": 1987,
        "register_type": "HRB",
    }
    made = (await client.post("/api/v1/companies", headers=api, json=draft)).json()
    html = (await client.get(f"/companies/{made['slug']}/edit", headers=headers)).text
    inputs = re.findall(r"<input[^>]*>", html)
    data: dict[str, list[str]] = {}
    for tag in inputs:
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        is_choice = attributes.get("type") == "checkbox"
        if attributes.get("name") in {None, "locale", "next", "form_id", "q"}:
            continue
        if not is_choice or " checked" in tag:
            data.setdefault(attributes["name"], []).append(attributes.get("value", ""))
    for name, options in re.findall(
        r'<select[^>]*name="([\w.]+)"[^>]*>(.*?)</select>', html, re.DOTALL
    ):
        chosen = re.findall(r'<option value="([^"]*)" selected', options)
        data[name] = chosen
    for name, text in re.findall(
        r'<textarea[^>]*name="([\w.]+)"[^>]*>(.*?)</textarea>', html, re.DOTALL
    ):
        data[name] = [text]
    sent = await client.post(f"/companies/{made['id']}/edit", headers=headers, data=data)
    assert sent.status_code == 303, re.findall(r"error-summary.*?</div>", sent.text, re.DOTALL)
    after = (await client.get(f"/api/v1/companies/{made['id']}", headers=api)).json()
    volatile = {"version", "updated_at"}
    assert {k: v for k, v in after.items() if k not in volatile} == {
        k: v for k, v in made.items() if k not in volatile
    }


async def test_after_a_new_name_the_old_address_redirects_for_good(session, client):
    owner = await a_person(session)
    company = await a_company(session, owner=owner)
    headers, old = await bearer(session, owner), company.slug
    await session.commit()
    at = f"/api/v1/companies/{company.id}"
    renamed = await client.patch(at, headers=headers, json={"name": "Hügelland Präzision GmbH"})
    slug = renamed.json()["slug"]
    moved = await client.get(f"/companies/{old}")
    assert (moved.status_code, moved.headers["location"]) == (301, f"/companies/{slug}")


async def test_structured_data_say_what_the_page_says_and_cannot_break_out(session, client):
    company = await a_company(session, summary="</script><script>alert(1)</script>")
    await session.commit()
    html = (await client.get(f"/companies/{company.slug}")).text
    scripts = re.findall(r"<script([^>]*)>", html)
    data_of = ' type="application/ld+json"'
    assert all(one == data_of or one.startswith(' src="/static/') for one in scripts)
    assert scripts.count(data_of) == 2  # the company, and the way to it
    data = json.loads(re.search(r'ld\+json">(.*?)</script>', html, re.DOTALL).group(1))
    assert (data["@type"], data["name"]) == ("Organization", company.name)
    assert data["address"]["addressLocality"] == "Hattingen"


async def test_a_closed_company_is_gone_for_all_but_its_staff(session, client):
    owner, other = await a_person(session), await a_person(session)
    company = await a_company(session, owner=owner)
    api, page = await bearer(session, owner), await signed_in(session, owner)
    stranger = await bearer(session, other)
    await session.commit()
    at = f"/api/v1/companies/{company.id}"
    assert (await client.delete(at, headers=stranger)).status_code == 403
    assert (await client.delete(at, headers=api)).status_code == 204
    assert (await client.get(at)).status_code == 410
    assert (await client.get(f"/companies/{company.slug}")).status_code == 410
    assert (await client.get("/api/v1/companies")).json()["items"] == []
    assert "geschlossen" in (await client.get(f"/companies/{company.slug}", headers=page)).text
    assert (await client.patch(at, headers=api, json={"summary": "x"})).status_code == 403
    assert (await client.post(f"{at}/reopen", headers=stranger)).status_code == 404
    assert (await client.post(f"{at}/reopen", headers=api)).json()["state"] == "active"


async def test_an_imported_company_answers_as_one_that_never_existed(session, client, monkeypatch):
    person = await a_person(session)
    stub = await a_company(session, "Backhaus Vietmeier e. K.", state=CompanyState.STUB)
    headers = await bearer(session, person)
    await session.commit()
    answers = [
        (await client.get(f"/api/v1/companies/{key}", headers=headers)).json()
        for key in (stub.id, person.id)
    ]
    for body in answers:
        body.pop("request_id"), body.pop("instance")
    assert answers[0] == answers[1]
    assert (await client.get(f"/companies/{stub.slug}")).status_code == 404
    monkeypatch.setattr(policy, "stubs_are_public", lambda: True)
    assert (await client.get(f"/companies/{stub.slug}")).status_code == 200
    assert settings().publish_imported_stubs is False


async def test_a_page_takes_the_same_queries_for_one_and_for_many(session, client, queries):
    owner = await a_person(session)
    company = await a_company(session, owner=owner)
    counts = []
    for more in (0, 49):
        for _ in range(more):
            person = await a_person(session)
            session.add(Staff(company_id=company.id, person_id=person.id, role=StaffRole.MEMBER))
        await session.flush()
        await session.commit()
        for path in (f"/companies/{company.slug}", f"/api/v1/companies/{company.id}"):
            queries.clear()
            assert (await client.get(path)).status_code == 200
            counts.append(len(queries))
    assert counts[:2] == counts[2:]
