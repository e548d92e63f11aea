"""Which training places fit whom, and that nobody learns where a young person lives."""

from datetime import UTC, date, datetime
from itertools import product

import pytest

from app.features.posts.drafts import KINDS
from app.features.posts.kinds.apprenticeship import Apprenticeship
from app.features.posts.kinds.apprenticeship_wanted import ApprenticeshipWanted
from app.features.posts.kinds.training_match import RULE
from app.features.posts.matching_rules import Party
from app.reference.postcodes import point_of_postcode
from tests.makers import a_company, a_person, bearer, signed_in

HATTINGEN = point_of_postcode("45527")
THEN = datetime(2026, 12, 1, 8, tzinfo=UTC)


def a_place(*, size_band=None, point=HATTINGEN, **details):
    known = Apprenticeship(
        **{
            "occupation": "Feinwerkmechaniker",
            "starts_on": date(2027, 8, 1),
            "certificate": "intermediate",
            **details,
        }
    )
    latitude, longitude = point or (None, None)
    return Party(known, THEN, latitude=latitude, longitude=longitude, size_band=size_band)


def a_wish(**details):
    known = ApprenticeshipWanted(
        **{
            "first_name": "Mika",
            "wishes": ["Feinwerkmechanikerin"],
            "postcode": "58455",
            "max_km": 20,
            "start_year": 2027,
            "certificate": "intermediate",
            **details,
        }
    )
    return Party(known, THEN)


def points(offer=None, request=None):
    found = RULE.judge(offer or a_place(), request or a_wish())
    return found and found.score


def test_occupation_field_internship_and_size_are_weighed():
    exact = points()
    assert exact == 60 + 20 * (1 - 15 / 20)  # some 11 km, told as at most 15
    in_field = {"wishes": [], "wished_fields": ["metal"]}
    assert points(request=a_wish(**in_field)) == exact - 25
    wanted = a_wish(wants_internship=True, company_sizes=["5-9"])
    assert points(a_place(internship_possible=True, size_band="5-9"), wanted) == exact + 20
    assert points(a_place(), wanted) == exact


@pytest.mark.parametrize(
    ("place", "wish"),
    [
        ({"occupation": "Koch"}, {}),
        ({"starts_on": date(2028, 8, 1)}, {}),
        ({"certificate": "general"}, {}),
        ({}, {"max_km": 5}),
        ({"point": None}, {}),
        ({}, {"start_year": None}),
    ],
)
def test_a_hard_condition_is_never_crossed(place, wish):
    assert points() is not None
    assert points(a_place(**place), a_wish(**wish)) is None


def test_at_once_means_the_year_in_which_it_is_written():
    now = {"starts_on": None, "starts_at_once": True}
    assert points(a_place(**now), a_wish(start_year=None)) is not None
    assert points(a_place(**now), a_wish(start_year=2026)) is not None
    assert points(a_place(**now)) is None


def test_the_nearest_of_several_sites_counts():
    far = point_of_postcode("23560")
    assert points(a_place(point=far)) is None
    assert points(a_place(point=far, sites=["Hof Nord", "58452 Witten"])) is not None


def test_distances_are_told_in_steps_so_that_no_postcode_can_be_found_out():
    told = {
        reason.params["km"]
        for postcode in ("58455", "58453", "58456", "45529", "44799")
        if (found := RULE.judge(a_place(), a_wish(postcode=postcode, max_km=100)))
        for reason in found.reasons
        if "km" in reason.params
    }
    assert told
    assert all(km % 5 == 0 for km in told)


def test_what_fits_is_always_among_those_that_sql_narrows_to():
    """A pair that the rule would take has an occupation or a field in common, as narrow asks."""
    for occupation, wishes, fields in product(
        ("Feinwerkmechaniker", "Koch", "Lasertechniker"),
        ([], ["Feinwerkmechaniker"], ["Industriemechaniker", "Lasertechniker"]),
        (["metal"], ["food"]),
    ):
        place, wish = a_place(occupation=occupation), a_wish(wishes=wishes, wished_fields=fields)
        shared = place.details.occupation in wish.details.wishes
        same_field = place.details.occupation_field in wish.details.wished_fields
        assert (points(place, wish) is not None) == (shared or same_field)


async def test_mika_is_told_of_the_place_and_nobody_learns_who_mika_is(
    session, client, work, outbox
):
    mika, nadine = await a_person(session, "Mika Tomczak"), await a_person(session)
    firm = await a_company(session, owner=nadine, size_band="5-9")
    mine, hers = await bearer(session, mika), await bearer(session, nadine)
    stranger = await signed_in(session, await a_person(session, "Kim Jaspert"))
    await session.commit()
    details = a_wish().details.model_dump(mode="json") | {"wishes": [], "wished_fields": ["metal"]}
    made = await client.post("/api/v1/posts", json={"details": details}, headers=mine)
    assert made.status_code == 201, made.text
    wanted = made.json()
    assert (wanted["audience"], wanted["author"], wanted["place"]) == ("signed_in", None, None)
    assert wanted["details"]["postcode"] == "58455"
    path = f"/api/v1/posts/{wanted['id']}"
    assert (await client.get(path)).status_code == 404
    seen = (await client.get(path, headers=hers)).json()
    assert (seen["details"]["area"], seen["details"]["postcode"]) == ("584", "")
    page = await client.get(f"/posts/{wanted['id']}", headers=stranger)
    assert "Mika sucht eine Ausbildung" in page.text
    for leak in ("Tomczak", mika.slug, "58455", "Witten"):
        assert leak not in page.text, leak
    listed = await client.get("/api/v1/posts?kind=apprenticeship_wanted&area=584", headers=hers)
    assert [one["id"] for one in listed.json()["items"]] == [wanted["id"]]
    assert "58455" not in listed.text
    refused = await client.patch(path, json={"place": "58455"}, headers=mine)
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["code"] == "place_not_shown"
    assert (await client.get(path, headers=hers)).json()["place"] is None

    place = a_place().details.model_dump(mode="json")
    offer = {"details": place, "company_id": str(firm.id), "place": "45527"}
    published = await client.post("/api/v1/posts", json=offer, headers=hers)
    assert published.status_code == 201, published.text
    await work()
    found = (await client.get(f"{path}/matches", headers=mine)).json()["items"]
    assert [one["post"]["id"] for one in found] == [published.json()["id"]]
    assert "Berufsfeld Metall und Maschinenbau" in found[0]["reasons"]
    theirs = await client.get(f"/api/v1/posts/{published.json()['id']}/matches", headers=hers)
    assert len(theirs.json()["items"]) == 1
    for leak in ("Tomczak", "58455"):
        assert leak not in theirs.text
    assert len(outbox.outbox) >= 2


def test_both_kinds_name_the_same_rule():
    assert KINDS["apprenticeship"].rule is KINDS["apprenticeship_wanted"].rule is RULE
