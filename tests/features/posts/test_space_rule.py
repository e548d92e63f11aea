"""Spaces on offer and spaces that are looked for: what must be so, and what is better."""

import itertools
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.core.db import transaction
from app.features.posts.kinds.space_offer import SpaceOffer
from app.features.posts.kinds.space_wanted import SpaceWanted
from app.features.posts.matching_rules import Party
from app.features.posts.publishing import publish_post
from app.features.posts.spaces import RULE
from app.models.matches import Match
from tests.features.posts.arranging import a_draft
from tests.makers import a_person, as_actor

OFFER = {
    "kind": "space_offer", "object_type": "hall", "offer_forms": ["rent"], "area_m2": 1850,
    "divisible_from_m2": 600, "rent_eur_m2": 6.2, "clear_height_m": 7.5, "ramps": 2,
    "available_from": "2027-04-01", "zoning": "GE", "energy_certificate": "not_required",
}  # fmt: skip
WANTED = {
    "kind": "space_wanted", "object_types": ["hall", "production"], "offer_forms": ["rent", "sale"],
    "area_from_m2": 700, "area_to_m2": 1000, "radius_km": 20, "rent_to_eur_m2": 7,
    "clear_height_from_m": 6, "available_by": "2027-09-30", "zonings": ["GE", "GI"],
}  # fmt: skip
HATTINGEN, HERNE = (51.399, 7.1858), (51.5388, 7.2257)  # 15.8 km apart


def party(details, at, day=1):
    model = SpaceOffer if details["kind"] == "space_offer" else SpaceWanted
    return Party(
        details=model.model_validate(details),
        published_at=datetime(2026, 12, day, tzinfo=UTC),
        latitude=at[0],
        longitude=at[1],
    )


def verdict(offer=None, wanted=None):
    one = party({**OFFER, **(offer or {})}, HATTINGEN)
    return RULE.judge(one, party({**WANTED, **(wanted or {})}, HERNE))


def test_what_fits_is_said_with_its_reasons():
    found = verdict()
    assert found.score > 60
    assert [reason.said("de") for reason in found.reasons] == [
        "1.850 m², teilbar ab 600 m²; gesucht ab 700 m²",
        "15,8 km entfernt",
        "6,2 € Kaltmiete je m²",
        "7,5 m hoch",
    ]


@pytest.mark.parametrize(
    ("offer", "wanted"),
    [
        ({"object_type": "office"}, {}),
        ({"offer_forms": ["lease"]}, {}),
        ({"divisible_from_m2": None}, {}),
        ({"divisible_from_m2": 1001}, {}),
        ({}, {"area_from_m2": 1851, "area_to_m2": None}),
        ({}, {"radius_km": 15}),
        ({"rent_eur_m2": 7.01}, {}),
        ({"clear_height_m": 5.9}, {}),
        ({"clear_height_m": None}, {}),
        ({}, {"ramps_from": 3}),
        ({}, {"gates_from": 1}),
        ({}, {"is_open_all_day": True}),
        ({}, {"has_fibre": True}),
        ({}, {"has_rail_siding": True}),
        ({"zoning": "MI"}, {}),
        ({"available_from": "2027-10-01"}, {}),
    ],
)
def test_nothing_fits_across_what_must_be_so(offer, wanted):
    assert verdict() is not None
    assert verdict(offer, wanted) is None


def test_nearer_cheaper_and_rather_of_the_size_is_better():
    score = verdict().score
    assert verdict({"rent_eur_m2": 6.99}).score < score
    assert verdict(wanted={"radius_km": 16}).score < score
    too_large = {"area_to_m2": None}
    assert verdict({"divisible_from_m2": None}, too_large).score < verdict({}, too_large).score


def test_a_price_over_the_limit_in_one_form_is_no_hindrance_to_the_other():
    both = {"offer_forms": ["rent", "sale"], "rent_eur_m2": 9, "purchase_eur_m2": 800}
    assert verdict(both, {"purchase_to_eur_m2": 900}) is not None
    assert verdict(both, {"purchase_to_eur_m2": 700}) is None


async def test_both_ways_round_the_same_pairs_are_found(session, runtime, work):
    """Whichever is published first, and one by one as in bulk: the same pairs."""
    owner, seeker = await a_person(session), await a_person(session, "Kim Jaspert")
    offers = [
        {}, {"rent_eur_m2": 8}, {"object_type": "shop"}, {"divisible_from_m2": 1500},
        {"clear_height_m": 5}, {"available_from": None, "zoning": None},
    ]  # fmt: skip
    wants = [
        {}, {"radius_km": 10}, {"object_types": ["shop"]}, {"area_to_m2": 2000},
        {"clear_height_from_m": None, "rent_to_eur_m2": None},
    ]  # fmt: skip
    await session.commit()
    by_hand = {
        (one, other)
        for (one, offer), (other, wanted) in itertools.product(enumerate(offers), enumerate(wants))
        if verdict(offer, wanted)
    }
    for offers_first in (True, False):
        ids = {}

        async def publish(author, number, details, place, ids=ids):
            draft = a_draft(details["kind"], title="Fläche", details=details, place=place)
            async with transaction(runtime.sessions) as tx:
                ids[(await publish_post(tx, as_actor(author), draft)).id] = number
            await work()

        async def offer_all(publish=publish):
            for number, more in enumerate(offers):
                await publish(owner, number, {**OFFER, **more}, "45525")

        async def want_all(publish=publish):
            for number, more in enumerate(wants):
                await publish(seeker, number, {**WANTED, **more}, "44649")

        for step in (offer_all, want_all) if offers_first else (want_all, offer_all):
            await step()
        matches = await session.scalars(select(Match))
        found = {
            (ids[one.offer_post_id], ids[one.request_post_id])
            for one in matches
            if one.offer_post_id in ids and one.request_post_id in ids
        }
        assert found == by_hand
