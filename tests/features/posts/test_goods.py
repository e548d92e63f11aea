"""Offers and wants: what may be said of money, staff and pools, and how it is shown."""

import json
import re

import pytest

from app.features.posts.composing import ConfirmationNeeded
from app.features.posts.kinds.offer import Offer
from app.features.posts.kinds.wanted import Wanted
from tests.features.posts.arranging import a_post
from tests.makers import a_person

MACHINE_HOURS = {
    "category": "machine_hours",
    "price_type": "negotiable",
    "price_eur": 95.5,
    "quantity": 40,
    "unit": "Stunden",
}


@pytest.mark.parametrize(
    ("details", "code"),
    [
        ({"category": "tools", "price_type": "fixed"}, "price_missing"),
        ({"category": "tools", "price_type": "free", "price_eur": 5}, "price_out_of_place"),
        (
            {"category": "non_profit", "price_type": "fixed", "price_eur": 5},
            "money_for_non_profit",
        ),
        ({"category": "purchasing_pool", "price_type": "free"}, "threshold_missing"),
        ({"category": "tools", "price_type": "free", "quantity": 5}, "unit_missing"),
        (
            {"category": "purchasing_pool", "price_type": "free", "threshold": 500},
            "unit_missing",
        ),
    ],
)
def test_what_contradicts_itself_is_refused(details, code):
    for kind in (Offer, Wanted):
        with pytest.raises(ValueError, match=code):
            kind.model_validate(details)


def test_help_for_non_profits_is_an_exchange_without_money():
    for price_type in ("free", "exchange"):
        Offer.model_validate({"category": "non_profit", "price_type": price_type})


async def test_lending_staff_is_thought_over_first(session):
    author = await a_person(session)
    for kind in ("offer", "wanted"):
        details = {"kind": kind, "category": "staff", "price_type": "exchange"}
        with pytest.raises(ConfirmationNeeded):
            await a_post(session, author, kind, details=details)
        await a_post(session, author, kind, details=details, confirmed=["staff_licence"])


async def test_cards_show_category_quantity_price_and_the_threshold_of_a_pool(session, client):
    author = await a_person(session)
    await a_post(session, author, "offer", details={"kind": "offer", **MACHINE_HOURS})
    pool = {
        "kind": "wanted",
        "category": "purchasing_pool",
        "price_type": "negotiable",
        "threshold": 500,
        "unit": "kg",
    }
    await a_post(session, author, "wanted", details=pool)
    await session.commit()
    offers = (await client.get("/posts?kind=offer")).text
    for shown in ("Fertigungskapazität (freie Maschinenstunden)", "40 Stunden", "95,50 €", "VB"):
        assert shown in offers, shown
    assert "bestellt wird ab 500 kg" in (await client.get("/posts?kind=wanted")).text


async def told(client, post):
    page = (await client.get(f"/posts/{post.id}")).text
    script = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    return json.loads(script[1])


async def test_search_engines_are_told_an_offer_or_a_demand(session, client):
    author = await a_person(session)
    used = {"kind": "offer", "category": "machines", "price_type": "fixed", "price_eur": 900,
            "condition": "used"}  # fmt: skip
    offer = await a_post(session, author, "offer", details=used)
    wanted = await a_post(session, author, "wanted", details={"kind": "wanted", **MACHINE_HOURS})
    await session.commit()
    said = await told(client, offer)
    assert (said["@type"], said["price"], said["priceCurrency"]) == ("Offer", 900, "EUR")
    assert said["itemOffered"]["@type"] == "Product"
    assert said["itemCondition"] == "https://schema.org/UsedCondition"
    assert said["offeredBy"]["@type"] == "Person"
    demand = await told(client, wanted)
    assert (demand["@type"], demand["itemOffered"]["@type"]) == ("Demand", "Service")
    assert demand["priceSpecification"]["maxPrice"] == 95.5
    assert "price" not in demand
