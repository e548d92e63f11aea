"""Loading the shipped places and sectors into PostgreSQL."""

from sqlalchemy import func, select, update

from app.models.places import Place, PlaceKind, PostcodeMunicipality, Sector
from app.reference.loading import load_reference


async def count(session, *conditions):
    return await session.scalar(select(func.count()).select_from(Place).where(*conditions))


async def test_a_second_run_finds_nothing_to_do(session):
    before = (await session.execute(select(Place.id, Place.name).order_by(Place.id))).all()
    assert not await load_reference(session)
    assert (await session.execute(select(Place.id, Place.name).order_by(Place.id))).all() == before


async def test_a_tree_of_places_and_both_classifications_are_loaded(session):
    assert await count(session, Place.kind == PlaceKind.STATE) == 16
    assert await count(session, Place.kind == PlaceKind.POSTCODE) > 8_000
    assert await count(session, Place.kind == PlaceKind.MUNICIPALITY) > 10_000
    assert await count(session, Place.parent_id.is_(None)) == 1
    assert await session.scalar(select(func.count()).select_from(Sector)) == 109 * 2
    chain, code = [], select(Place).where(Place.kind == PlaceKind.POSTCODE, Place.code == "45525")
    place = await session.scalar(code)
    while place:
        chain.append(place.code)
        place = place.parent_id and await session.get(Place, place.parent_id)
    assert chain == ["45525", "05954016", "05954", "DE-NW", "DE"]


async def test_a_postcode_of_several_municipalities_is_linked_to_each(session):
    postcode = await session.scalar(
        select(Place).where(Place.kind == PlaceKind.POSTCODE, Place.code == "38368")
    )
    towns = await session.scalars(
        select(Place.name)
        .join(PostcodeMunicipality, PostcodeMunicipality.municipality_id == Place.id)
        .where(PostcodeMunicipality.postcode_id == postcode.id)
        .order_by(Place.sort_name)
    )
    assert list(towns) == ["Grasleben", "Mariental", "Querenhorst", "Rennau"]
    assert postcode.name == "38368 Grasleben u. a."


async def test_what_was_damaged_is_repaired_and_what_was_imported_is_left_alone(session):
    bochum, herne = Place.code == "05911000", Place.code == "05916000"
    await session.execute(update(Place).where(bochum).values(name="?", latitude=0))
    await session.execute(update(Place).where(herne).values(name="Herne!", is_imported=True))
    await session.execute(update(Sector).where(Sector.code == "G").values(title_de="?"))
    report = await load_reference(session)
    assert (report.places.changed, report.sectors.changed) == (1, 2)
    assert await session.scalar(select(Place.name).where(bochum)) == "Bochum"
    assert await session.scalar(select(Place.name).where(herne)) == "Herne!"
