"""Finding places by what people type."""

import pytest

from app.features.places.lookup import (
    PlaceAmbiguous,
    PlaceUnknown,
    find_place,
    find_point,
    find_postcodes,
    suggest_places,
)

MEANT = {
    "44793": "44793",
    " 44793 Bochum ": "44793",
    "Bochum 44793": "44793",
    "D-45527 Hattingen-Mitte": "45527",
    "45527 Niederwenigern": "45527",
    "58300 Wetter": "58300",
    "38368 Rennau": "38368",
    "1067 Dresden": "01067",
    "Bochum": "05911000",
    "HATTINGEN": "05954016",
    "Muenchen": "BY-munchen",
    "münchen": "BY-munchen",
    "Soest": "NW-soest",
    "Berlin": "BE-berlin",
    "Wetter (Ruhr)": "05954032",
    "Ennepe-Ruhr-Kreis": "05954",
    "Nordrhein-Westfalen": "DE-NW",
    "Deutschland": "DE",
}


async def test_each_of_these_means_one_place(session):
    for typed, code in MEANT.items():
        assert (await find_place(session, typed)).code == code, typed


async def test_several_places_are_offered_by_name(session):
    with pytest.raises(PlaceAmbiguous) as refused:
        await find_place(session, "Wetter", field="town")
    assert [place.name for place in refused.value.candidates] == [
        "Wetter (Hessen)",
        "Wetter (Ruhr)",
    ]
    assert [error.path for error in refused.value.errors] == [("town",)]
    with pytest.raises(PlaceAmbiguous) as refused:
        await find_place(session, "44793 Herne")
    assert [place.code for place in refused.value.candidates] == ["44793", "05916000"]


async def test_an_unknown_place_is_refused(session):
    for typed in ("", "   ", "99999", "Atlantis", "%", "_ochum", "\\", "x" * 10_000):
        with pytest.raises(PlaceUnknown):
            await find_place(session, typed)


async def test_suggestions_begin_with_what_was_typed(reader):
    rows = await suggest_places(reader, "hatt")
    assert [row.name for row in rows][:2] == ["Hatten", "Hattenhofen"]
    assert all(row.name.startswith("Hatt") for row in rows)
    hattingen = next(row for row in rows if row.code == "05954016")
    assert (hattingen.parent_name, hattingen.kind) == ("Ennepe-Ruhr-Kreis", "municipality")
    assert [row.name for row in await suggest_places(reader, "Muenchen", limit=1)] == ["München"]
    codes = [row.code for row in await suggest_places(reader, "4552")]
    assert codes == ["45525", "45527", "45529"]


async def test_suggestions_are_few_and_wildcards_are_letters(reader):
    assert len(await suggest_places(reader, "a", limit=500)) == 20
    assert await suggest_places(reader, "%") == []
    assert await suggest_places(reader, "_") == []
    assert await suggest_places(reader, "") == []


async def test_every_postcode_is_there_for_those_who_place_many(session):
    postcodes = await find_postcodes(session)
    assert len(postcodes) > 8_000
    assert postcodes["44793"].town == "Bochum"
    assert postcodes["44793"].id == (await find_place(session, "44793")).id


async def test_a_point_for_a_list_is_found_by_postcode_and_by_name(reader):
    by_code = await find_point(reader, "45527")
    by_name = await find_point(reader, "Hattingen")
    assert by_code.code == "45527"
    assert by_name.name == "Hattingen"
    assert by_code.latitude is not None
    assert by_name.latitude is not None


async def test_a_point_that_is_unknown_or_not_unique_is_refused_about_its_field(reader):
    for text in ("99999", "Nirgendwo am See", "%"):
        with pytest.raises(PlaceUnknown) as refusal:
            await find_point(reader, text, field="near")
        assert refusal.value.errors[0].path == ("near",)
    with pytest.raises(PlaceAmbiguous):
        await find_point(reader, "Neustadt")
