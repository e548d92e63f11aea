"""Story 12a: a second region, and who answers there for what, found in two steps.

"Regionalmanagement Landkreis Helmstedt (Demo)" runs an instance of its own. Its two business
developers answer for five topics in eight municipalities, and other organisations do beside them.
"""

import re
from itertools import product

from app.features.places.lookup import find_place
from app.models.companies import Contact, OrganisationForm, Site, Staff, StaffRole
from tests.makers import a_company, a_person

TOPICS = ("digitalisation", "skilled_workers", "apprenticeship", "funding", "succession")
TOWNS = (
    "Helmstedt", "Schöningen", "Königslutter am Elm", "Lehre", "Velpke", "Grasleben", "Jerxheim",
    "Süpplingen",
)  # fmt: skip


async def an_office(session, name, form, postcode):
    company = await a_company(session, name, form=form)
    place = await find_place(session, postcode)
    await session.execute(
        Site.__table__.update()
        .where(Site.company_id == company.id)
        .values(latitude=place.latitude, longitude=place.longitude, town=place.name)
    )
    return company


async def somebody(session, company, name):
    person = await a_person(session, name)
    session.add(Staff(company_id=company.id, person_id=person.id, role=StaffRole.MEMBER))
    await session.flush()
    return person


async def a_region(session):
    """The two business developers for all of it, and a chamber and a firm in one town."""
    office = await an_office(
        session, "Regionalmanagement Landkreis Helmstedt (Demo)", OrganisationForm.TOWN, "38350"
    )
    pair = [await somebody(session, office, name) for name in ("Anke Brandes", "Jörg Wille")]
    towns = [await find_place(session, name) for name in TOWNS]
    for number, (topic, town) in enumerate(product(TOPICS, towns)):
        first, second = pair[:: 1 if number % 2 else -1]
        session.add(
            Contact(
                company_id=office.id, person_id=first.id, stand_in_id=second.id,
                topic=topic, place_id=town.id,
            )
        )  # fmt: skip
    for name, form, postcode, person in (
        ("Kammer (Demo)", OrganisationForm.CHAMBER, "38154", "Lena Oberste"),
        ("Elm Metallbau GmbH", OrganisationForm.FIRM, "38364", "Ole Elm"),
    ):
        company = await an_office(session, name, form, postcode)
        expert = await somebody(session, company, person)
        session.add(
            Contact(
                company_id=company.id, person_id=expert.id, topic="apprenticeship",
                place_id=towns[1].id,
            )
        )  # fmt: skip
    await session.commit()


async def test_who_answers_for_a_topic_is_found_in_two_steps(session, client, configure):
    configure(SITE__REGION='["03154"]', SITE__REGION_NAME="Landkreis Helmstedt")
    await a_region(session)
    start = (await client.get("/")).text
    assert "Landkreis Helmstedt" in start
    form = re.search(r'<form[^>]*action="/contacts"[^>]*>(.*?)</form>', start, re.DOTALL)[1]
    for topic in TOPICS:
        assert f'<option value="{topic}"' in form
    assert 'name="place"' in form
    found = (await client.get("/contacts?topic=apprenticeship&place=38364")).text
    names = re.findall(r'listing-title"><a href="/contacts/[^"]+">([^<]+)', found)
    # Schöningen asks: the firm is there, the chamber in Königslutter.
    assert [name for name in names if name in {"Ole Elm", "Lena Oberste"}] == [
        "Ole Elm",
        "Lena Oberste",
    ]
    assert len(names) == 3
    assert "Vertretung: " in found
    assert 'href="/ordering"' in found


async def test_every_topic_has_somebody_in_every_town(session, client, configure):
    configure(SITE__REGION='["03154"]', SITE__REGION_NAME="Landkreis Helmstedt")
    await a_region(session)
    for topic, postcode in product(TOPICS, ("38350", "38364", "38154", "38165", "38458", "38381")):
        answer = await client.get(f"/api/v1/contacts?topic={topic}&place={postcode}")
        items = answer.json()["items"]
        assert items, (topic, postcode)
        office = [one for one in items if one["company"].startswith("Regionalmanagement")]
        assert office[0]["stand_in"] in {"Anke Brandes", "Jörg Wille"}


async def test_who_is_as_near_is_ordered_by_name_and_who_names_no_address_comes_last(
    session, client, configure
):
    configure(SITE__REGION='["03154"]', SITE__REGION_NAME="Landkreis Helmstedt")
    for name, form in (
        ("Zweckverband (Demo)", OrganisationForm.ASSOCIATION),
        ("Amt (Demo)", OrganisationForm.TOWN),
    ):
        company = await an_office(session, name, form, "38350")
        session.add(
            Contact(
                company_id=company.id,
                person_id=(await somebody(session, company, "Kim")).id,
                topic="funding",
            )
        )
    nowhere = await a_company(session, "Aal ohne Adresse")
    person = await somebody(session, nowhere, "Kim")
    session.add(Contact(company_id=nowhere.id, person_id=person.id, topic="funding"))
    await session.commit()
    items = (await client.get("/api/v1/contacts?topic=funding&place=Helmstedt")).json()["items"]
    assert [one["company"] for one in items] == [
        "Amt (Demo)",
        "Zweckverband (Demo)",
        "Aal ohne Adresse",
    ]
    assert items[2]["distance_km"] is None
