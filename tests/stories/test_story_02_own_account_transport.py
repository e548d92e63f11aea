"""Story 2: own-account transport is guarded: never paid, unpaid only after a tick."""

import pytest
from sqlalchemy import select

from app.models.posts import Confirmation, Post
from tests.features.freight.arranging import ASCENSION, CAPACITY, on, with_points
from tests.makers import a_person, signed_in

BACK = {
    **{name: CAPACITY[name] for name in ("departs_from", "departs_until", "arrives_by")},
    "kind": "freight_capacity",
    "time_zone": "Europe/Berlin",
    "origin": "23560",
    "destination": "44649",
    "free_loading_metres": "6",
    "free_weight_kg": "2500",
    "vehicle_type": "up_to_7_5_t",
    "bodies": "curtain_sider",
    "price_type": "fixed",
    "price_eur": "180",
    "legal_status": "own_account",
    "pickup_radius_km": "30",
    "delivery_radius_km": "30",
    "max_detour_km": "60",
    "tolerance_days": "0",
    "recurrence": "once",
}


@pytest.fixture
async def offer(session, client):
    """Post the form as Kim does in her browser."""
    kim = await a_person(session, "Kim Jaspert")
    headers = await signed_in(session, kim)
    await with_points(session)
    await session.commit()

    async def posted(*ticked, **changes):
        fields = {f"details.{name}": text for name, text in {**BACK, **changes}.items()}
        form = {**fields, "audience": "public", "confirmed": list(ticked)}
        return await client.post("/posts/new", data=form, headers=headers)

    return posted


async def test_paid_transport_on_own_account_is_refused_with_a_link(offer, session):
    refused = await offer()
    assert refused.status_code == 422
    assert "Im Werkverkehr dürfen Sie nur eigene Güter" in refused.text
    assert "gesetze-im-internet.de" in refused.text
    assert (await offer("own_account_paid")).status_code == 422
    assert (await session.scalars(select(Post))).all() == []


async def test_unpaid_it_is_published_after_an_explicit_tick_which_is_kept(offer, session):
    unpaid = {"price_type": "unpaid", "price_eur": ""}
    asked = await offer(**unpaid)
    assert asked.status_code == 422
    assert "Bitte rechtlich prüfen (§ 1 GüKG)" in asked.text
    assert 'value="own_account_unpaid"' in asked.text
    published = await offer("own_account_unpaid", **unpaid)
    assert published.status_code == 303, published.text
    kept = (await session.scalars(select(Confirmation))).one()
    assert kept.code == "own_account_unpaid"
    assert "Bitte rechtlich prüfen" in kept.text


async def test_a_van_up_to_three_and_a_half_tonnes_may_be_paid(offer):
    light = {"vehicle_type": "up_to_3_5_t", "bodies": "van", "free_weight_kg": "900"}
    assert (await offer(**light)).status_code == 303


@pytest.mark.parametrize("day", [on("2027-01-17"), ASCENSION])
async def test_a_window_wholly_within_the_driving_ban_is_warned_of(offer, day):
    heavy = {
        "vehicle_type": "up_to_12_t",
        "legal_status": "exempt",
        "departs_from": f"{day}T06:00",
        "departs_until": f"{day}T20:00",
        "arrives_by": "",
    }
    warned = await offer(**heavy)
    assert warned.status_code == 422
    assert "Sonntagsfahrverbot 0–22 Uhr" in warned.text
    assert (await offer("driving_ban", **heavy)).status_code == 303
