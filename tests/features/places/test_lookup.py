"""Finding places by what people type."""

import pytest

from app.features.places.lookup import (
    PlaceAmbiguous,
    PlaceUnknown,
    find_place,
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
