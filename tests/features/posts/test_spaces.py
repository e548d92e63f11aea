"""Commercial space: its facts, its filters, its cards, and reservations that last too long."""

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from app.core import clock
from app.core.db import transaction
from app.core.errors import Invalid
from app.features.places.tax_rates import load_tax_rates
from app.features.posts import reminding
from app.features.posts.composing import ConfirmationNeeded
from app.features.posts.ending import reserve_post
from app.features.posts.kinds.space_offer import SpaceOffer
from app.features.posts.kinds.space_wanted import SpaceWanted
from app.models.posts import Post, PostStatus
from tests.features.posts.arranging import a_post
from tests.makers import a_person, as_actor, link_in

HALL = {
    "kind": "space_offer",
    "object_type": "hall",
    "offer_forms": ["rent"],
    "area_m2": 1850,
    "divisible_from_m2": 600,
    "rent_eur_m2": 6.2,
    "clear_height_m": 7.5,
    "ramps": 2,
    "available_from": "2027-04-01",
    "energy_certificate": "not_required",
}


def a_space(**fields):
    return {**HALL, **fields}


async def the_hall(session, author, **fields):
    details = a_space(**fields.pop("details", {}))
    given = {"title": "Halle am Kanal", "place": "45525", "details": details, **fields}
    return await a_post(session, author, "space_offer", **given)


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("area_from_m2=1850", True),
        ("area_from_m2=1851", False),
        ("area_from_m2=700&area_to_m2=700", True),
        ("area_to_m2=600", True),
        ("area_to_m2=599", False),
        ("object_type=hall&offer_form=rent", True),
        ("object_type=office", False),
        ("offer_form=sale", False),
        ("rent_to_eur_m2=6.2", True),
        ("rent_to_eur_m2=6.19", False),
        ("purchase_to_eur_m2=1000", False),
        ("clear_height_from_m=7.5", True),
        ("clear_height_from_m=7.6", False),
        ("ramps_from=2", True),
        ("ramps_from=3", False),
        ("gates_from=1", False),
        ("is_open_all_day=true", False),
        ("available_by=2027-04-01", True),
        ("available_by=2027-03-31", False),
    ],
)
async def test_a_hall_is_found_by_each_of_its_facets(session, client, query, fits):
    await the_hall(session, await a_person(session))
    await session.commit()
    found = (await client.get(f"/api/v1/posts?kind=space_offer&{query}")).json()["items"]
    assert len(found) == (1 if fits else 0)


async def test_what_cannot_be_divided_is_found_by_its_whole_area_and_at_once_means_any_day(
    session, client
):
    whole = {"divisible_from_m2": None, "available_from": None}
    await the_hall(session, await a_person(session), details=whole)
    await session.commit()
    counts = {"area_to_m2=1849": 0, "area_to_m2=1850": 1, "available_by=2020-01-01": 1}
    for query, count in counts.items():
        listed = await client.get(f"/api/v1/posts?kind=space_offer&{query}")
        assert len(listed.json()["items"]) == count, query


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"divisible_from_m2": 1851}, "part_larger_than_whole"),
        ({"provider": "owner", "commission_percent": 3}, "commission_without_agent"),
        ({"energy_certificate": "demand"}, "energy_facts_missing"),
        (
            {"energy_certificate": "consumption", "energy_heat_kwh_m2": 90},
            "energy_facts_missing",
        ),
    ],
)
def test_what_contradicts_itself_is_refused(fields, code):
    with pytest.raises(ValueError, match=code):
        SpaceOffer.model_validate(a_space(**fields))


def test_a_range_that_is_looked_for_begins_before_it_ends():
    wanted = {"object_types": ["hall"], "offer_forms": ["rent"], "area_from_m2": 700}
    with pytest.raises(ValueError, match="range_reversed"):
        SpaceWanted.model_validate({**wanted, "area_to_m2": 699})


async def test_a_building_without_a_word_on_its_energy_certificate_is_asked_about_it(session):
    author = await a_person(session)
    silent = {"energy_certificate": None}
    with pytest.raises(ConfirmationNeeded):
        await the_hall(session, author, details=silent)
    await the_hall(session, author, details=silent, confirmed=["energy_certificate_unsaid"])
    await the_hall(session, author, details={**silent, "object_type": "plot"})


async def test_an_agent_names_a_commission_or_confirms_that_there_is_none(session):
    author = await a_person(session)
    with pytest.raises(ConfirmationNeeded):
        await the_hall(session, author, details={"provider": "agent"})
    await the_hall(session, author, details={"provider": "agent", "commission_percent": 3.57})


async def test_page_and_card_show_what_matters_and_the_trade_tax_rate_with_its_date(
    session, client, tmp_path
):
    author = await a_person(session)
    post = await the_hall(session, author)
    file = tmp_path / "hebesaetze.csv"
    file.write_text("gemeinde;hebesatz;stand\nHattingen;530;01.01.2026\nNirgendwo;400;2026\n")
    report = await load_tax_rates(session, file)
    assert (report.accepted, [line.code for line in report.rejected]) == (1, ["place_unknown"])
    await session.commit()
    page = (await client.get(f"/posts/{post.id}")).text
    for text in ("530 % in Hattingen (Stand 01.01.2026)", "1.850", "Laderampen", "7,5"):
        assert text in page, text
    assert "Gleisanschluss" not in page
    card = (await client.get("/posts?kind=space_offer")).text
    for text in ("1.850 m², teilbar ab 600 m²", "6,20 € je m² und Monat", "ab 01.04.2027"):
        assert text in card, text


@pytest.mark.parametrize(
    ("row", "code"),
    [("Hattingen;199;2026", "percent"), ("Hattingen;x;2026", "percent"),
     ("Hattingen;500;gestern", "date"), ("Hattingen;500;31.02.2026", "date"),
     ("Hattingen;500", "place_unknown")],
)  # fmt: skip
async def test_a_rate_that_cannot_be_is_rejected(session, tmp_path, row, code):
    file = tmp_path / "rates.csv"
    file.write_text(f"ort;hebesatz;stand\n{row}\n")
    report = await load_tax_rates(session, file)
    assert [line.code for line in report.rejected] == [code]


async def test_a_file_without_the_columns_is_refused(session, tmp_path):
    file = tmp_path / "rates.csv"
    file.write_text("ort;satz\nHattingen;530\n")
    with pytest.raises(Invalid):
        await load_tax_rates(session, file)


async def test_search_engines_are_told_area_price_and_day(session, client):
    post = await the_hall(session, await a_person(session))
    await session.commit()
    page = (await client.get(f"/posts/{post.id}")).text
    script = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    told = json.loads(script[1])
    assert told["@type"] == "RealEstateListing"
    assert {"name", "description", "url", "datePosted", "offers"} <= told.keys()
    assert told["mainEntity"]["floorSize"]["value"] == 1850
    [offer] = told["offers"]
    assert offer["priceSpecification"]["price"] == 6.2
    assert offer["priceSpecification"]["priceCurrency"] == "EUR"
    assert offer["availabilityStarts"] == "2027-04-01"


async def test_keepers_are_asked_about_a_reservation_of_ninety_days_once_each_time(
    session, runtime, work, outbox, client
):
    author = await a_person(session)
    post = await the_hall(session, author)
    await reserve_post(session, as_actor(author), post.id)
    for days, mails in ((89, 0), (91, 1), (91, 1)):
        since = clock.now() - timedelta(days=days)
        await session.execute(update(Post).values(reserved_at=since))
        await session.commit()
        async with transaction(runtime.sessions) as ticking:
            await reminding.ask_about_reservations(ticking)
        await work()
        assert len(outbox.outbox) == mails
    [(_, mail)] = outbox.outbox
    assert "seit 91 Tagen reserviert" in mail["Subject"]
    link = link_in(mail)
    assert "Wieder freigeben" in (await client.get(link)).text
    key = link.partition("key=")[2]
    await client.post(f"/posts/{post.id}/keep/release", data={"key": key})
    await session.refresh(post)
    assert post.status == PostStatus.ACTIVE
