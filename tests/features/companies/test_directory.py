import json
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.paging import Paging
from app.core.settings import settings
from app.features.companies import policy
from app.features.companies.directory import (
    KEPT_FOR,
    MANY,
    CompanyFilters,
    count_facets,
    list_companies,
)
from app.features.places.lookup import find_place
from app.models.companies import Company, CompanySector, CompanyState, Contact, Site
from tests.makers import a_company, a_person, signed_in


async def _names(reader, **filters):
    page = await list_companies(reader, CompanyFilters(**filters), Paging())
    return [row.name for row in page.items]


async def _sited(session, name, postcode, **fields):
    company = await a_company(session, name, **fields)
    place = await find_place(session, postcode)
    site = await session.scalar(select(Site).where(Site.company_id == company.id))
    site.place_id, site.latitude, site.longitude = place.id, place.latitude, place.longitude
    await session.flush()
    return company


async def test_companies_are_listed_by_name_whatever_they_are(session, reader):
    for name, form in (("Zunft", "association"), ("Ärztehaus", "firm"), ("IHK", "chamber")):
        await a_company(session, name, form=form)
    assert await _names(reader) == ["Ärztehaus", "IHK", "Zunft"]


async def test_every_facet_narrows_the_list(session, reader):
    metal = await _sited(session, "Metall", "45527", size_band="5-9", trains_apprentices=True)
    await _sited(session, "Stadt", "44793", form="town", trains_apprentices=False)
    person = await a_person(session)
    session.add_all(
        [
            CompanySector(
                company_id=metal.id, classification=2008, code="25.62", section="C", division="25"
            ),
            Contact(company_id=metal.id, person_id=person.id, topic="funding"),
        ]
    )
    await session.flush()
    for filters in (
        {"sector": "C"},
        {"sector": "25"},
        {"sector": "2008:25"},
        {"size_band": "5-9"},
        {"trains_apprentices": True},
        {"topic": "funding"},
        {"form": "firm"},
        {"place": "Hattingen"},
        {"place": "45527", "radius_km": 5},
    ):
        assert await _names(reader, **filters) == ["Metall"], filters
    assert await _names(reader, sector="2025:C") == []
    assert await _names(reader, sector="C", form="town") == []


@pytest.mark.parametrize(
    "q", ["hügelland", "Huegelland Feinwerktechnik", "feinwerk", "hü", "Hügeland"]
)
async def test_a_name_is_found_by_a_part_and_with_small_mistakes(session, reader, q):
    await a_company(session, "Hügelland Feinwerktechnik GmbH")
    await a_company(session, "Backhaus Vietmeier e. K.")
    assert await _names(reader, q=q) == ["Hügelland Feinwerktechnik GmbH"]


async def test_the_nearest_come_first_where_that_is_asked_for(session, reader):
    for name, code in (("A Hattingen", "45527"), ("B Herne", "44649"), ("C Bochum", "44793")):
        await _sited(session, name, code)
    near = {"place": "44793", "radius_km": 50}
    assert await _names(reader, **near, order="distance") == ["C Bochum", "B Herne", "A Hattingen"]
    assert await _names(reader, **near) == ["A Hattingen", "B Herne", "C Bochum"]
    assert await _names(reader, order="distance") == await _names(reader)


async def test_pages_of_the_list_meet_without_gap_or_repetition(session, client):
    for number in range(7):
        await _sited(session, f"Muster {number}", "45527")
    await session.commit()
    for query in ("", "&place=45527&radius_km=10&order=distance", "&q=muster"):
        seen, cursor = [], ""
        while cursor is not None:
            after = f"&cursor={cursor}" if cursor else ""
            body = (await client.get(f"/api/v1/companies?limit=3{query}{after}")).json()
            seen += [row["id"] for row in body["items"]]
            cursor = body["next"]
        assert len(seen) == len(set(seen)) == 7


async def test_counts_tell_how_many_each_choice_would_leave(session, reader, client):
    metal = await _sited(session, "Metall", "45527", size_band="5-9", trains_apprentices=True)
    await _sited(session, "Holz", "44793", size_band="5-9")
    for code in ("25", "26"):
        session.add(
            CompanySector(
                company_id=metal.id, classification=2008, code=code, section="C", division=code
            )
        )
    await session.commit()
    counts = await count_facets(reader, CompanyFilters())
    assert counts["all"] == {"": 2}
    assert counts["size_band"] == {"5-9": 2}
    assert counts["sector"] == {"C": 1}  # one company, in two divisions of it
    assert counts["trains_apprentices"] == {"true": 1}
    near = (await client.get("/api/v1/companies/facets?place=45527&radius_km=3")).json()
    assert (near["count"], near["size_band"]) == (1, {"5-9": 1})
    assert "5–9 Beschäftigte (2)" in (await client.get("/companies")).text


async def test_counts_of_many_companies_are_half_a_minute_old_at_most(session, reader):
    async def founded(how_many):
        said = {"name": "GmbH", "sort_name": "gmbh", "state": CompanyState.ACTIVE}
        session.add_all([Company(slug=uuid4().hex, **said) for _ in range(how_many)])
        await session.commit()

    async def counted(**filters):
        return (await count_facets(reader, CompanyFilters(**filters)))["all"].get("", 0)

    now = clock.now() - timedelta(days=1)  # what is kept by then is no other test's
    with clock.set_to(now):
        await founded(MANY - 1)
        assert await counted() == MANY - 1
        await founded(1)
        assert await counted() == MANY  # few are counted each time
        await founded(3)
        assert await counted() == MANY
        assert await counted(form="town") == 0
        assert await counted(form="firm") == MANY + 3
    with clock.set_to(now + KEPT_FOR):
        assert await counted() == MANY + 3


async def test_imported_and_closed_companies_are_in_no_list(session, reader, client, monkeypatch):
    person = await a_person(session)
    await a_company(session, "Importiert", state=CompanyState.STUB)
    await a_company(session, "Geschlossen", state=CompanyState.CLOSED, owner=person)
    await a_company(session, "Offen")
    headers = await signed_in(session, person)
    await session.commit()
    assert await _names(reader) == ["Offen"]
    assert (await count_facets(reader, CompanyFilters()))["all"] == {"": 1}
    for path in ("/companies", "/companies?q=importiert", "/api/v1/companies"):
        for viewer in ({}, headers):
            if path.startswith("/api") and viewer:
                continue
            text = (await client.get(path, headers=viewer)).text
            assert "Importiert" not in text.replace('value="importiert"', "")
            assert "Geschlossen" not in text
    monkeypatch.setattr(policy, "stubs_are_public", lambda: True)
    assert await _names(reader) == ["Importiert", "Offen"]
    assert not settings().publish_imported_stubs


async def test_the_list_takes_the_same_queries_for_one_and_for_many(session, client, queries):
    counts = []
    for more in (1, 49):
        for _ in range(more):
            await a_company(session)
        await session.commit()
        for path in ("/companies", "/api/v1/companies?limit=100", "/api/v1/companies/facets"):
            queries.clear()
            assert (await client.get(path)).status_code == 200
            counts.append(len(queries))
    assert counts[:3] == counts[3:]


async def test_the_page_speaks_english_to_who_wants_it(session, client):
    await a_company(session)
    await session.commit()
    german = await client.get("/companies")
    english = await client.get("/companies", headers={"accept-language": "en"})
    assert "<h1>Unternehmen</h1>" in german.text
    assert "<h1>Companies</h1>" in english.text


async def test_newcomers_find_their_company_in_the_list_by_name_and_town_only(session, client):
    person = await a_person(session)
    await a_company(
        session,
        "Backhaus Vietmeier e. K.",
        state=CompanyState.STUB,
        summary="Geheimnis",
        email_on_file="alt@backhaus.example",
    )
    headers = await signed_in(session, person)
    await session.commit()
    page = await client.get("/welcome?company=Backhaus Vietmeier", headers=headers)
    assert "Dieses Unternehmen steht in unserer Liste." in page.text
    assert "Hattingen" in page.text
    for hidden in ("Geheimnis", "alt@backhaus.example"):
        assert hidden not in page.text
    assert (await client.get("/welcome?company=Backhaus")).status_code == 303
    new = await client.get("/welcome?company=Ganz Neu GmbH", headers=headers)
    assert "/companies/new?name=Ganz%20Neu%20GmbH" in new.text
    form = await client.get("/companies/new?name=Ganz%20Neu%20GmbH", headers=headers)
    assert 'value="Ganz Neu GmbH"' in form.text


# The lists that everybody opens, on as many rows as a chamber brings.
HOT = {
    "by name": {},
    "by name, one sector": {"sector": "C"},
    "by name, one size": {"size_band": "5-9"},
    "by name, training": {"trains_apprentices": True},
    "by part of a name": {"q": "muster 1234"},
    "around a place": {"place": "45527", "radius_km": 5, "order": "distance"},
}


class _Explaining:
    def __init__(self, connection):
        self.connection = connection
        self.plans = []

    async def all(self, read, params):
        raw = (await self.connection.get_raw_connection()).driver_connection
        filled = read.filled(params)
        cursor = await raw.execute(f"EXPLAIN (FORMAT JSON) {read.sql}".encode(), filled)
        self.plans.append(json.dumps((await cursor.fetchone())[0]))
        cursor = await raw.execute(read.sql.encode(), filled)
        return [read.row(values) for values in await cursor.fetchall()]

    async def first(self, read, params):
        rows = await self.all(read, params)
        return rows[0] if rows else None


async def test_no_hot_list_reads_all_of_27000_companies(session, connection):
    raw = (await connection.get_raw_connection()).driver_connection
    await raw.execute(
        """
        INSERT INTO companies (id, version, slug, name, sort_name, form, state, size_band,
            trains_apprentices, summary, description, description_html, offers, needs,
            phone_visibility, email_visibility, imprint)
        SELECT gen_random_uuid(), 1, 'muster-' || n, 'Muster ' || n, 'muster ' || n, 'firm',
            'active', (ARRAY['1-4', '5-9', '10-19', '20-49'])[1 + n % 4], n % 9 = 0, '', '', '',
            '{}', '{}', 'public', 'public', '' FROM generate_series(1, 27000) AS n
        """
    )
    # The connection has looked up companies before, when they were few: it must plan that anew.
    await raw.execute("ANALYZE companies")
    await raw.execute(
        """
        INSERT INTO sites (id, company_id, label, street, postcode, town, latitude, longitude,
            is_main)
        SELECT gen_random_uuid(), id, '', '', '45527', 'Hattingen',
            51.0 + mod(abs(hashtext(slug)), 1000) / 1000.0,
            6.7 + mod(abs(hashtext(slug || 'x')), 1500) / 1000.0, true FROM companies
        """
    )
    await raw.execute(
        """
        INSERT INTO company_sectors (id, company_id, classification, code, section, division)
        SELECT gen_random_uuid(), id, 2008, '25', chr(65 + mod(abs(hashtext(slug)), 18)), '25'
        FROM companies
        """
    )
    await raw.execute("ANALYZE sites; ANALYZE company_sectors")
    for name, filters in HOT.items():
        explaining = _Explaining(connection)
        page = await list_companies(explaining, CompanyFilters(**filters), Paging())
        assert page.items, name
        nodes = explaining.plans[-1].split('"Node Type": ')
        for table in ("companies", "sites", "company_sectors"):
            whole = [node for node in nodes if f'"Relation Name": "{table}"' in node]
            assert not [node for node in whole if node.startswith('"Seq Scan"')], (name, table)
