import pytest
from sqlalchemy import func, select

from app.models.companies import Company, Staff, StaffRole
from app.models.events import EventRecord
from tests.makers import a_person, bearer, signed_in

SITE = {"street": "Nierenhofer Straße 1", "postcode": "45527", "town": "Hattingen"}
WHOLE = {
    "name": "Hügelland Feinwerktechnik GmbH",
    "form": "firm",
    "legal_form": "gmbh",
    "register_court": "Amtsgericht Essen",
    "register_type": "HRB",
    "register_number": "18340",
    "vat_id": "DE 136695976",
    "sectors": ["2008:25.62", "2025:C"],
    "size_band": "5-9",
    "main_site": SITE,
    "summary": "Drehteile in kleinen Mengen",
    "description": "**Wir drehen**",
    "offers": ["Drehen", "Fräsen"],
    "needs": ["Härten"],
    "website": "huegelland.example",
    "phone": "02324 9113",
    "phone_visibility": "signed_in",
    "email": "post@huegelland.example",
    "imprint": "Hügelland Feinwerktechnik GmbH, Nadine Rauhut",
    "founded_year": 1987,
    "trains_apprentices": True,
}


async def test_who_founds_a_company_owns_it(session, client):
    person = await a_person(session)
    headers = await bearer(session, person)
    await session.commit()
    answer = await client.post("/api/v1/companies", headers=headers, json=WHOLE)
    body = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/api/v1/companies/{body['id']}"
    assert (body["role"], body["may_publish"]) == ("owner", True)
    assert body["slug"] == "huegelland-feinwerktechnik-gmbh"
    assert body["vat_id"] == "DE136695976"
    assert body["website"] == "https://huegelland.example/"
    assert body["phone"] == "+4923249113"
    assert [(one["code"], one["classification"]) for one in body["sectors"]] == [
        ("25.62", 2008),
        ("C", 2025),
    ]
    site = body["sites"][0]
    assert (site["town"], site["is_main"]) == ("Hattingen", True)
    assert site["latitude"] == pytest.approx(51.4, abs=0.1)
    assert set(body["viewer_can"]) >= {"edit", "speak", "manage_staff", "close", "leave"}
    events = (await session.scalars(select(EventRecord.name))).all()
    assert "company.founded" in events


async def test_the_form_founds_the_same_company(session, client):
    person = await a_person(session)
    headers = await signed_in(session, person)
    await session.commit()
    answer = await client.post(
        "/companies/new",
        headers=headers,
        data={
            "name": "Hügelland Feinwerktechnik GmbH",
            "form": "firm",
            "main_site.postcode": "45527",
            "main_site.town": "Hattingen",
            "sectors": ["2008:25", "2008:26"],
            "offers": "Drehen, Fräsen",
        },
    )
    assert answer.status_code == 303
    where = "/companies/huegelland-feinwerktechnik-gmbh"
    assert answer.headers["location"] == f"{where}?notice=company.founded"
    html = (await client.get(where, headers=headers)).text
    assert "45527 Hattingen" in html
    assert "Herstellung von Metallerzeugnissen" in html
    assert "Das Impressum fehlt noch" in html


async def test_namesakes_may_both_be_here(session, client):
    person = await a_person(session)
    headers = await bearer(session, person)
    await session.commit()
    body = {"name": "Muster GmbH", "main_site": SITE}
    slugs = [
        (await client.post("/api/v1/companies", headers=headers, json=body)).json()["slug"]
        for _ in range(2)
    ]
    assert slugs == ["muster-gmbh", "muster-gmbh-2"]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"vat_id": "DE136695970"}, "/vat_id"),
        ({"vat_id": "DE1"}, "/vat_id"),
        ({"sectors": ["2008:25"] * 6}, "/sectors"),
        ({"sectors": ["2008:98x"]}, "/sectors/0"),
        ({"sectors": ["62"]}, "/sectors/0"),
        ({"size_band": "huge"}, "/size_band"),
        ({"legal_form": "gmbhh"}, "/legal_form"),
        ({"founded_year": 2999}, "/founded_year"),
        ({"main_site": SITE | {"postcode": "99999", "town": "Nirgendwo"}}, "/main_site/postcode"),
        ({"main_site": SITE | {"town": "Berlin"}}, "/main_site/postcode"),
        ({"main_site": SITE | {"postcode": "4552"}}, "/main_site/postcode"),
        ({"website": "javascript:alert(1)"}, "/website"),
        ({"name": "<b>Muster</b>"}, "/name"),
    ],
)
async def test_what_cannot_be_is_said_at_its_field(session, client, wrong, pointer):
    person = await a_person(session)
    headers = await bearer(session, person)
    await session.commit()
    body = {"name": "Muster GmbH", "main_site": SITE} | wrong
    answer = await client.post("/api/v1/companies", headers=headers, json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert await session.scalar(select(func.count()).select_from(Company)) == 0


@pytest.mark.parametrize(
    "extra",
    ["verified", "owner_id", "role", "status", "state", "slug", "import_source", "email_on_file"],
)
async def test_a_company_takes_no_field_that_is_not_its_own_t31(session, client, extra):
    person = await a_person(session)
    headers = await bearer(session, person)
    await session.commit()
    body = {"name": "Muster GmbH", "main_site": SITE, extra: "active"}
    answer = await client.post("/api/v1/companies", headers=headers, json=body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{extra}")
    assert await session.scalar(select(func.count()).select_from(Staff)) == 0


async def test_nobody_founds_without_an_account(client):
    answer = await client.post("/api/v1/companies", json={"name": "Muster", "main_site": SITE})
    assert answer.status_code == 401
    assert (await client.get("/companies/new")).status_code == 303


async def test_founding_twice_with_one_key_founds_once(session, client):
    person = await a_person(session)
    headers = await bearer(session, person) | {"idempotency-key": "founding-1"}
    await session.commit()
    body = {"name": "Muster GmbH", "main_site": SITE}
    ids = {
        (await client.post("/api/v1/companies", headers=headers, json=body)).json()["id"]
        for _ in range(2)
    }
    assert len(ids) == 1
    roles = (await session.scalars(select(Staff.role))).all()
    assert roles == [StaffRole.OWNER]
