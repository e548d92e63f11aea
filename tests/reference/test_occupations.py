"""Training occupations and the pay of those who learn them."""

import pytest

from app.reference.occupations import find_occupation, search_occupations
from app.reference.tables import (
    known_training_pay,
    occupation_fields,
    occupations,
    training_pay,
)


def test_the_list_is_complete_and_every_occupation_has_a_field_and_a_length():
    assert len(occupations()) == 319
    assert len(occupation_fields()) == 20
    for one in occupations().values():
        assert one.field in occupation_fields(), one
        assert one.months in {24, 36, 42}, one


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Feinwerkmechaniker", "Feinwerkmechaniker/-in"),
        ("feinwerkmechanikerin", "Feinwerkmechaniker/-in"),
        ("Köchin", "Koch/Köchin"),
        ("Kauffrau für Büromanagement", "Kaufmann/Kauffrau für Büromanagement"),
        ("Technischer Modellbauer", "Technische/-r Modellbauer/-in"),
        ("Kfz-Mechatroniker", "Kraftfahrzeugmechatroniker/-in"),
        ("Raketenputzer", None),
    ],
)
def test_an_occupation_is_known_however_it_is_spelt(written, meant):
    found = find_occupation(written)
    assert (found.name if found else None) == meant


def test_occupations_are_searched_by_a_part_of_their_name_and_by_field():
    names = [one.name for one in search_occupations("mechatr")]
    assert "Mechatroniker/-in" in names
    assert "Kraftfahrzeugmechatroniker/-in" in names
    assert {one.field for one in search_occupations(field="food")} == {"food"}


def test_the_minimum_pay_of_a_year_not_yet_announced_is_the_latest_known():
    assert known_training_pay(2026).amounts_eur == (724, 854, 977, 1014)
    assert known_training_pay(2099) == training_pay()[max(training_pay())]
    assert known_training_pay(2000) == training_pay()[min(training_pay())]


async def test_the_api_pages_through_the_occupations(client):
    seen, path = [], "/api/v1/occupations?limit=100"
    while path:
        part = (await client.get(path)).json()
        seen += [one["name"] for one in part["items"]]
        path = part["next"] and f"/api/v1/occupations?limit=100&cursor={part['next']}"
    assert seen == list(occupations())
    found = (await client.get("/api/v1/occupations?q=Feinwerk&field=metal")).json()["items"]
    assert found == [{"name": "Feinwerkmechaniker/-in", "field": "metal", "months": 42}]
    assert (await client.get("/api/v1/occupations?cursor=wrong")).status_code == 400
    fields = (await client.get("/api/v1/occupation-fields")).json()["items"]
    assert {"code": "it", "de": "Informatik und IT", "en": "Computing"} in fields
