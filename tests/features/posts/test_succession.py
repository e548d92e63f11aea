"""Businesses to hand over and trade partners: fields, hints, places, and what machines read."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.core.errors import Invalid
from app.features.posts.bands import EmployeesBand, is_within, sizes_of
from app.features.posts.composing import ConfirmationNeeded
from app.features.posts.cooperation import MIRROR, Cooperation
from app.features.posts.drafts import KINDS, draft_of
from app.features.posts.kinds import Shown
from app.features.posts.kinds.trade_partner import TradePartner
from app.features.posts.publishing import publish_post
from app.models.companies import CompanySector, Site
from app.models.places import Place
from app.models.posts import Confirmation, Post
from tests.makers import a_company, a_group, a_person, as_actor

BAKERY = {
    "kind": "succession_offer",
    "wz2008_section": "C",
    "wz2008_division": "10",
    "employees_band": "11-20",
    "revenue_band_teur": "500-1000",
    "price_band_teur": "negotiable",
    "occasion": "age",
    "handover_forms": ["asset_sale"],
    "timing": "one_to_three_years",
    "premises": "rented",
    "master_required": True,
}
PARTNER = {
    "kind": "trade_partner",
    "cooperations": ["sales_partner_wanted"],
    "direction": "import",
    "countries": ["NL", "PL"],
}


async def an_offer(session, author, **fields):
    draft = draft_of("succession_offer").model_validate(
        {"details": BAKERY, "title": "Bäckerei mit 2 Verkaufsstellen", "place": "58452", **fields}
    )
    return await publish_post(session, as_actor(author), draft)


async def bakeries(session, count, postcode="58452"):
    """Businesses of the trade, among which one is not found."""
    place = await session.scalar(select(Place.id).where(Place.code == postcode))
    for number in range(count):
        company = await a_company(session, f"Ofen {number}", size_band="10-19")
        here = {"company_id": company.id, "classification": 2008}
        session.add(CompanySector(code="10", section="C", division="10", **here))
        await session.execute(
            update(Site).where(Site.company_id == company.id).values(place_id=place)
        )
    await session.flush()


async def where(session, post):
    return await session.scalar(select(Place.name).where(Place.id == post.place_id))


async def test_the_place_of_a_concealed_post_is_its_district(session):
    author = await a_person(session)
    await bakeries(session, 5)
    assert await where(session, await an_offer(session, author)) == "Ennepe-Ruhr-Kreis"
    await bakeries(session, 5, "44793")
    town = await an_offer(session, author, place="44793 Bochum")
    assert await where(session, town) == "Bochum"  # a town that is a district of its own


async def test_a_small_cell_is_told_by_its_state_only_t39(session):
    author = await a_person(session)
    await bakeries(session, 4)
    assert await where(session, await an_offer(session, author)) == "Nordrhein-Westfalen"
    await bakeries(session, 1)
    assert await where(session, await an_offer(session, author)) == "Ennepe-Ruhr-Kreis"
    large = BAKERY | {"employees_band": "over_100"}  # none of the five is known to be as large
    offer = await an_offer(session, author, details=large)
    assert await where(session, offer) == "Nordrhein-Westfalen"


async def test_a_district_without_a_known_code_is_told_by_its_state(session):
    author = await a_person(session)
    offer = await an_offer(session, author, place="80331")
    assert await where(session, offer) == "Bayern"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Schreiben Sie an ulrich@vietmeier.example", "telltale_email"),
        ("Rufen Sie an: 02302 123456", "telltale_phone"),
        ("Mehr unter www.backhaus.example", "telltale_url"),
        ("Mehr unter backhaus-witten.de", "telltale_url"),
        ("Der Laden in der Ruhrstraße läuft gut.", "telltale_street"),
        ("Der Laden am Ardeyweg 12 läuft gut.", "telltale_street"),
        ("Das Backhaus ist seit 1950 am Ort.", "telltale_name"),
        ("Herr Vietmeier führt gern durch den Betrieb.", "telltale_name"),
        ("Umsatz 780.000 € im letzten Jahr", "telltale_figure"),
        ("Wir sind 14 Mitarbeitende.", "telltale_figure"),
        ("Fragen Sie @ulrich-vietmeier", "telltale_mention"),
    ],
)
async def test_what_gives_the_owner_away_is_said_and_can_be_confirmed(session, text, code):
    ulrich = await a_person(session, "Ulrich Vietmeier")
    company = await a_company(session, "Backhaus Vietmeier e. K.", owner=ulrich)
    with pytest.raises(ConfirmationNeeded) as refusal:
        await an_offer(session, ulrich, body=text, company_id=company.id)
    found = {error.code for error in refusal.value.errors}
    assert code in found
    post = await an_offer(
        session, ulrich, body=text, company_id=company.id, confirmed=sorted(found)
    )
    kept = (
        await session.scalars(select(Confirmation).where(Confirmation.post_id == post.id))
    ).all()
    assert {one.code for one in kept} == found
    assert {one.person_id for one in kept} == {None}


@pytest.mark.parametrize(
    "text",
    [
        "Gut eingeführte Bäckerei mit treuer Kundschaft, zwei Verkaufsstellen und einer Backstube.",
        "Seit 1950 am Platz, der Vertriebsweg über Wochenmärkte ist ausbaufähig.",
        "Die Backstube wurde 2019 erneuert; 3 Öfen, 2 Knetmaschinen.",
    ],
)
async def test_what_gives_nobody_away_is_published_without_a_word(session, text):
    ulrich = await a_person(session, "Ulrich Vietmeier")
    assert await an_offer(session, ulrich, body=text)


async def test_a_succession_lives_for_six_months_and_is_renewed_for_three_years_at_most(session):
    author = await a_person(session)
    post = await an_offer(session, author)
    assert post.expires_at - post.published_at == timedelta(days=182)
    assert post.reference.startswith("NAC-")
    assert KINDS["succession_offer"].lifetime.reminders == (30, 7, 1)
    assert KINDS["trade_partner"].lifetime.days == 365


async def test_bands_are_told_and_figures_are_not_taken(session):
    author = await a_person(session)
    for wrong in ({"revenue_band_teur": "780"}, {"employees": 14}, {"wz2008_division": "47"}):
        with pytest.raises(ValueError, match="details"):
            await an_offer(session, author, details=BAKERY | wrong)
    assert is_within("100-250", "250-500")
    assert not is_within("500-1000", "250-500")
    assert not is_within("negotiable", "250-500")
    assert sizes_of(EmployeesBand.TO_20) == {"10-19", "20-49"}


async def test_a_concealed_post_stands_in_no_group(session):
    author = await a_person(session)
    group = await a_group(session, author)
    with pytest.raises(Invalid):
        await an_offer(session, author, group_id=group.id)


async def test_countries_are_taken_by_name_or_code_and_tariff_numbers_with_dots():
    details = TradePartner.model_validate(
        {**PARTNER, "countries": ["Niederlande", "pl", "Germany"], "hs_code": "9031.80"}
    )
    assert details.countries == ["NL", "PL", "DE"]
    assert details.hs_code == "903180"
    for wrong in ({"countries": ["Atlantis"]}, {"hs_code": "9"}, {"quantity_per_year": 5}):
        with pytest.raises(ValueError, match="TradePartner"):
            TradePartner.model_validate({**PARTNER, **wrong})


def test_every_cooperation_has_a_mirror_that_mirrors_it():
    assert set(MIRROR) == set(Cooperation)
    assert all(MIRROR[MIRROR[one]] == one for one in Cooperation)


async def test_who_exports_is_asked_about_export_control(session):
    author = await a_person(session)
    draft = {"details": PARTNER | {"direction": "export"}, "title": "Vertrieb in Polen"}
    wanted = draft_of("trade_partner").model_validate(draft)
    with pytest.raises(ConfirmationNeeded):
        await publish_post(session, as_actor(author), wanted)
    wanted = draft_of("trade_partner").model_validate(draft | {"confirmed": ["export_control"]})
    assert (await publish_post(session, as_actor(author), wanted)).author_id == author.id


async def test_a_trade_partner_is_named_unless_it_wants_to_be_anonymous(session):
    author = await a_person(session)
    draft = draft_of("trade_partner").model_validate(
        {"details": PARTNER | {"is_anonymous": True}, "title": "Vertrieb in Polen"}
    )
    post = await publish_post(session, as_actor(author), draft)
    assert post.is_concealed
    assert post.author_id is None
    assert post.reference.startswith("KOP-")


async def test_machines_are_told_nothing_of_a_concealed_offer(session, client):
    author = await a_person(session, "Ulrich Vietmeier")
    price = BAKERY | {"price_band_teur": "250-500"}
    post = await an_offer(session, author, details=price, body="Gut eingeführt.")
    await session.commit()
    page = await client.get(f"/posts/{post.id}")
    assert page.status_code == 200
    assert page.headers["x-robots-tag"] == "noindex, noarchive"
    assert '<meta name="robots" content="noindex">' in page.text
    assert "application/ld+json" not in page.text
    shown = Shown(
        url=f"https://kontor.example/posts/{post.id}",
        title=post.title,
        text="Gut eingeführt.",
        published_at="2026-11-22T08:00:00+00:00",
        edited_at=None,
        author={"@type": "Person", "name": "Ulrich Vietmeier"},
        details=post.details,
        replies=0,
        accepted=None,
        others=[],
        reference=post.reference,
    )
    told = KINDS["succession_offer"].structured(shown)
    assert told["identifier"] == post.reference
    assert told["priceSpecification"] == {
        "@type": "PriceSpecification",
        "priceCurrency": "EUR",
        "minPrice": 250_000,
        "maxPrice": 500_000,
    }
    assert "Vietmeier" not in str(told)


async def test_lists_are_narrowed_by_facets_and_place(session, client):
    author = await a_person(session)
    await bakeries(session, 5)
    post = await an_offer(session, author)
    await session.commit()
    for query in (
        "wz2008_section=C",
        "employees_band=11-20",
        "price_band_teur=negotiable",
        "handover_form=asset_sale",
        "timing=one_to_three_years",
        "master_required=true",
        "place=Ennepe-Ruhr-Kreis",
        "place=Nordrhein-Westfalen",
        "place=44793&radius_km=25",  # from Bochum to the middle of the district
    ):
        path = f"/api/v1/posts?kind=succession_offer&{query}"
        found = (await client.get(path)).json()["items"]
        assert [one["id"] for one in found] == [str(post.id)], query
    for query in ("wz2008_section=G", "place=10115&radius_km=25"):
        path = f"/api/v1/posts?kind=succession_offer&{query}"
        assert (await client.get(path)).json()["items"] == [], query
    page = await client.get("/posts?kind=succession_offer&employees_band=11-20")
    assert "11–20 (1)" in page.text
    assert "Mitarbeitende: 11–20" in page.text
    stored = await session.scalar(select(Post.details).where(Post.id == post.id))
    assert "kind" not in stored
