import pytest

from app.core.actor import ANONYMOUS
from app.core.paging import Paging
from app.features.people.directory import PersonFilters, list_people
from app.features.places.lookup import find_place
from tests.makers import a_company, a_person


async def _names(reader, **filters):
    page = await list_people(reader, ANONYMOUS, PersonFilters(**filters), Paging())
    return [row.name for row in page.items]


async def test_people_are_listed_by_name_with_umlauts_in_their_place(session, reader):
    for name in ("Zoe Arndt", "Özlem Kaya", "Olaf Ast"):
        await a_person(session, name)
    assert await _names(reader) == ["Olaf Ast", "Özlem Kaya", "Zoe Arndt"]


async def test_facets_narrow_the_list(session, reader):
    place = await find_place(session, "45527")
    await a_person(session, "Kim", topics=["funding"], languages=["de", "nl"], place_id=place.id)
    await a_person(session, "Ali", topics=["tourism"], languages=["tr"])
    assert await _names(reader, topic="funding") == ["Kim"]
    assert await _names(reader, language="tr") == ["Ali"]
    assert await _names(reader, place="Hattingen") == ["Kim"]
    assert await _names(reader, topic="funding", language="tr") == []


@pytest.mark.parametrize("q", ["rauhut", "Rauh", "Nadine Rauhut", "Rauhutt", "na"])
async def test_a_name_is_found_by_its_beginning_and_with_small_mistakes(session, reader, q):
    await a_person(session, "Nadine Rauhut")
    await a_person(session, "Ulrich Vietmeier")
    assert await _names(reader, q=q) == ["Nadine Rauhut"]


async def test_the_nearest_come_first_where_that_is_asked_for(session, reader):
    for name, code in (("A Hattingen", "45527"), ("B Herne", "44649"), ("C Bochum", "44793")):
        await a_person(session, name, place_id=(await find_place(session, code)).id)
    await a_person(session, "D ohne Ort")
    near = {"place": "44793", "radius_km": 50}
    assert await _names(reader, **near, order="distance") == ["C Bochum", "B Herne", "A Hattingen"]
    assert await _names(reader, **near) == ["A Hattingen", "B Herne", "C Bochum"]
    assert await _names(reader, place="44793", radius_km=1) == ["C Bochum"]


async def test_pages_of_the_list_meet_without_gap_or_repetition(session, reader, client):
    place = await find_place(session, "45527")
    for number in range(7):
        await a_person(session, f"Kim {number}", place_id=place.id)
    await session.commit()
    for query in ("", "&place=45527&radius_km=10&order=distance"):
        seen, cursor = [], ""
        while cursor is not None:
            after = f"&cursor={cursor}" if cursor else ""
            body = (await client.get(f"/api/v1/people?limit=3{query}{after}")).json()
            seen += [row["id"] for row in body["items"]]
            cursor = body["next"]
        assert len(seen) == len(set(seen)) == 7


async def test_the_list_takes_the_same_queries_for_one_and_for_many(session, client, queries):
    counts = []
    for more in (1, 49):
        for _ in range(more):
            person = await a_person(session)
            await a_company(session, owner=person)
        await session.commit()
        for path in ("/api/v1/people?limit=100", "/people"):
            queries.clear()
            assert (await client.get(path)).status_code == 200
            counts.append(len(queries))
    assert counts[:2] == counts[2:]


async def test_an_empty_form_and_an_unknown_place_are_answered_kindly(session, client):
    await a_person(session)
    await session.commit()
    empty = await client.get("/people?q=&topic=&language=&place=&radius_km=&order=name")
    assert empty.status_code == 200
    assert "Nadine Rauhut" in empty.text
    unknown = await client.get("/people?place=Nirgendwo")
    assert unknown.status_code == 422
    assert 'href="#f-place"' in unknown.text


async def test_the_list_of_people_never_holds_contact_data(session, client):
    await a_person(session, phone="+4923249113", phone_visibility="public")
    await session.commit()
    answer = await client.get("/api/v1/people")
    assert "9113" not in answer.text
    assert set(answer.json()["items"][0]) == {
        "id", "slug", "name", "headline", "function", "topics", "languages", "place", "company",
        "distance_km",
    }  # fmt: skip
