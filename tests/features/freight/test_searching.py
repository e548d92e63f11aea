"""Finding freight by its way, on the list and in the API."""

import pytest

from tests.features.freight.arranging import CAPACITY, REQUEST, a_freight, on, with_points
from tests.makers import a_person


@pytest.fixture
async def found(session, client):
    """Ask for posts of a kind; say which of those arranged were found, by their titles."""
    author = await a_person(session)
    await with_points(session)
    to_hamburg = {"destination": "20095"}
    weekly = {"recurrence": "weekly", "repeats_until": on("2027-02-25")}
    for details in (
        {**CAPACITY},
        {**CAPACITY, **to_hamburg, "bodies": ["box"], "free_loading_metres": 2},
        {**CAPACITY, "origin": "50667", "destination": "44793", **weekly},
        {**CAPACITY, "origin": "44649", "destination": ""},
        {**REQUEST},
        {**REQUEST, **to_hamburg, "loading_side": "any"},
        {**REQUEST, "origin": "23569", "destination": "44649"},
    ):
        await a_freight(session, author, details)
    await session.commit()

    async def asked(query):
        answer = await client.get(f"/api/v1/posts?{query}")
        assert answer.status_code == 200, answer.json()
        page = await client.get(f"/posts?{query}")
        assert page.status_code == 200
        titles = [one["title"].removeprefix("Fräskopf: ") for one in answer.json()["items"]]
        return sorted(titles)

    return asked


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("from_place=44649&to_place=23569", ["44649", "44793 – 23560"]),
        ("from_place=44649&to_place=20095", ["44649", "44793 – 20095", "44793 – 23560"]),
        ("from_place=23569&to_place=44649", []),
        ("from_place=44649&to_place=23569&detour_km=20", ["44649", "44793 – 23560"]),
        ("from_place=50667&to_place=23569", []),
        ("from_place=50667", ["50667 – 44793"]),
        ("to_place=44649", ["44649", "44793 – 20095", "44793 – 23560", "50667 – 44793"]),
        (on("on_day=2027-01-15&from_place=44793"), []),
        (on("on_day=2027-01-14&from_place=20095"), ["44793 – 20095", "44793 – 23560"]),
        (on("on_day=2027-01-21"), ["50667 – 44793"]),
        (on("on_day=2027-01-22"), []),
        ("bodies=box", ["44793 – 20095"]),
        ("loading_metres_from=3&from_place=44793&to_place=23560", ["44649", "44793 – 23560"]),
        ("weight_kg_from=12000", []),
        ("loading_sides=top", []),
    ],
)
async def test_lorries_are_found_by_their_way(found, query, expected):
    assert await found(f"kind=freight_capacity&{query}") == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("from_place=44793&to_place=23560", ["44649 – 20095", "44649 – 23569"]),
        ("from_place=44793&to_place=23560&detour_km=20", ["44649 – 20095"]),
        ("from_place=44793", ["44649 – 20095", "44649 – 23569"]),
        ("to_place=44793", ["23569 – 44649"]),
        (on("on_day=2027-01-15"), []),
        ("loading_side=any", ["44649 – 20095"]),
        ("loading_metres_to=3", []),
        ("weight_kg_to=3000&from_place=23560", ["23569 – 44649"]),
    ],
)
async def test_loads_are_found_on_the_way(found, query, expected):
    assert await found(f"kind=freight_request&{query}") == expected


async def test_unknown_places_are_refused_by_name(client):
    answer = await client.get("/api/v1/posts?kind=freight_request&from_place=Nirgendwo")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/from_place"
