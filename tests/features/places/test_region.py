"""Which places belong to a region."""

import pytest
from sqlalchemy import select

from app.core.settings import Site
from app.features.places.lookup import find_place
from app.features.places.region import in_region, places_within, region_place_ids
from app.models.places import Place


async def codes_in(session, *region):
    rows = await session.scalars(select(Place.code).where(in_region(Place.id, region)))
    return set(rows)


async def test_the_default_region_is_its_four_towns_and_their_postcodes(session):
    codes = await codes_in(session, *Site().region)
    assert {code for code in codes if len(code) == 8} == {
        "05911000", "05916000", "05954016", "05954036",
    }  # fmt: skip
    assert len(codes) == 4 + 35
    assert {"44793", "44649", "45525", "58452"} <= codes


async def test_the_beginning_of_a_code_takes_in_a_whole_district(session):
    codes = await codes_in(session, "03154")
    assert {"03154", "03154028", "03154018", "38350", "38368"} <= codes
    assert "38100" not in codes


async def test_a_region_can_be_given_by_postcodes(session):
    assert await codes_in(session, "plz:4552") == {"45525", "45527", "45529"}


async def test_no_codes_are_no_region(session):
    assert await region_place_ids(session, ()) == frozenset()


@pytest.mark.parametrize("code", ["", "Bochum", "5", "059110001", "05%", "plz:"])
async def test_what_is_no_code_is_refused(session, code):
    with pytest.raises(ValueError, match="AGS"):
        await region_place_ids(session, [code])


async def test_what_lies_in_a_place_is_found_through_the_whole_tree(session):
    async def inside(name):
        place = await find_place(session, name)
        query = select(Place.code).where(Place.id.in_(places_within(place.id)))
        return set(await session.scalars(query))

    assert await inside("45525") == {"45525"}
    assert await inside("Hattingen") == {"05954016", "45525", "45527", "45529"}
    assert await inside("Rennau") == {"03154018", "38368"}
    assert {"05954", "05954016", "45525", "58452"} <= await inside("Ennepe-Ruhr-Kreis")
    assert len(await inside("Deutschland")) > 18_000
