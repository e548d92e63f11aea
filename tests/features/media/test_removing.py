"""Describing and removing media, and clearing away what nobody uses."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from app.core import clock
from app.core.db import sqlalchemy_url, transaction
from app.core.errors import NotFound
from app.features.media import removing
from app.features.media.removing import clear_unused, drop_released, release_strays
from app.features.media.uploading import upload
from app.models.events import EventRecord
from app.models.media import Medium, ReleasedFile
from tests.features.media.files import a_picture
from tests.makers import a_person, as_actor, bearer


async def a_medium(session, runtime, person, colour="navy"):
    content = a_picture(colour=colour)
    return await upload(session, as_actor(person), runtime.storage, content, "a.jpg", "Eine Halle")


async def test_the_description_is_changed_by_the_owner_only(session, runtime, client):
    owner, other = await a_person(session), await a_person(session, "Kim Jaspert")
    medium = await a_medium(session, runtime, owner)
    owner.picture_id = medium.id
    await session.flush()
    mine, theirs = await bearer(session, owner), await bearer(session, other)
    await session.commit()
    url = f"/api/v1/media/{medium.id}"
    tag = (await client.get(url, headers=mine)).headers["etag"]
    changed = await client.patch(
        url, headers={**mine, "if-match": tag}, json={"alt": "Die Halle von außen"}
    )
    assert (changed.status_code, changed.json()["alt"]) == (200, "Die Halle von außen")
    stale = await client.patch(url, headers={**mine, "if-match": tag}, json={"alt": "Neu"})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert (await client.patch(url, headers=mine, json={"alt": " "})).status_code == 422
    assert (await client.patch(url, headers=theirs, json={"alt": "Neu"})).status_code == 403
    assert (await client.patch(url, json={"alt": "Neu"})).status_code == 401


async def test_media_are_listed_newest_first_page_by_page(session, runtime, client, queries):
    owner, other = await a_person(session), await a_person(session, "Kim Jaspert")
    for person in (owner, owner, owner, other):
        await a_medium(session, runtime, person)
    headers = await bearer(session, owner)
    await session.commit()
    queries.clear()
    first = await client.get("/api/v1/media?limit=2", headers=headers)
    assert len(queries) == 2  # who asks, and the list
    then = await client.get(
        "/api/v1/media", headers=headers, params={"limit": 2, "cursor": first.json()["next"]}
    )
    ids = [item["id"] for item in first.json()["items"] + then.json()["items"]]
    assert then.json()["next"] is None
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 3
    assert (await client.get("/api/v1/media")).status_code == 401


async def test_what_is_used_cannot_be_removed_and_what_is_not_can(session, runtime, client):
    owner, other = await a_person(session), await a_person(session, "Kim Jaspert")
    medium = await a_medium(session, runtime, owner)
    owner.picture_id = medium.id
    await session.flush()
    mine, theirs = await bearer(session, owner), await bearer(session, other)
    await session.commit()
    url = f"/api/v1/media/{medium.id}"
    assert (await client.delete(url, headers=theirs)).status_code == 403
    used = await client.delete(url, headers=mine)
    assert (used.status_code, used.json()["code"]) == (409, "medium_in_use")
    owner.picture_id = None
    await session.flush()
    await session.commit()
    assert (await client.delete(url, headers=theirs)).status_code == 404
    assert (await client.delete(url, headers=mine)).status_code == 204
    assert (await client.delete(url, headers=mine)).status_code == 404
    assert "medium.removed" in set(await session.scalars(select(EventRecord.name)))


async def test_a_day_later_what_nobody_uses_is_gone(session, runtime):
    owner = await a_person(session)
    media = [await a_medium(session, runtime, owner) for _ in range(3)]
    owner.picture_id = media[0].id
    await session.flush()
    old = clock.now() - timedelta(hours=25)
    await session.execute(
        update(Medium).where(Medium.id.in_([media[0].id, media[1].id])).values(updated_at=old)
    )
    await session.commit()
    for _ in range(2):
        async with transaction(runtime.sessions) as ticking:
            await clear_unused(ticking)
    left = set(await session.scalars(select(Medium.id)))
    assert left == {media[0].id, media[2].id}
    removed = select(func.count()).where(EventRecord.name == "medium.removed")
    assert await session.scalar(removed) == 1


async def test_bytes_stay_a_week_and_as_long_as_a_medium_names_them(session, runtime, monkeypatch):
    owner = await a_person(session)
    shared = [await a_medium(session, runtime, owner) for _ in range(2)]
    alone = await a_medium(session, runtime, owner, "red")
    await session.commit()
    kept = set(runtime.storage.files)
    for medium in (shared[0], alone):
        async with transaction(runtime.sessions) as removal:
            await removing.remove_medium(removal, as_actor(owner), medium.id)
    await _tick(runtime)
    assert set(runtime.storage.files) == kept
    later = clock.now() + timedelta(days=7, minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    await _tick(runtime)
    assert set(runtime.storage.files) == kept - set(alone.renditions.values())
    assert await session.scalar(select(func.count()).select_from(ReleasedFile)) == 0


async def test_a_file_uploaded_again_within_the_week_stays(session, runtime, monkeypatch):
    owner = await a_person(session)
    medium = await a_medium(session, runtime, owner)
    await session.commit()
    async with transaction(runtime.sessions) as removal:
        await removing.remove_medium(removal, as_actor(owner), medium.id)
    async with transaction(runtime.sessions) as again:
        await a_medium(again, runtime, owner)
    assert await session.scalar(select(func.count()).select_from(ReleasedFile)) == 0


async def test_the_bytes_of_an_upload_that_was_rolled_back_go_too(session, runtime, monkeypatch):
    owner = await a_person(session)
    kept = await a_medium(session, runtime, owner)
    await session.commit()

    async def uploaded_in_vain() -> None:
        async with transaction(runtime.sessions) as failing:
            await a_medium(failing, runtime, owner, "red")
            raise NotFound

    with pytest.raises(NotFound):
        await uploaded_in_vain()
    assert len(runtime.storage.files) > len(kept.renditions)
    await _tick(runtime, release_strays)
    later = clock.now() + timedelta(days=4)
    monkeypatch.setattr(clock, "now", lambda: later)
    await _tick(runtime, release_strays)  # again: it puts nothing off
    await _tick(runtime)
    assert len(runtime.storage.files) > len(kept.renditions)
    even_later = later + timedelta(days=3, minutes=1)
    monkeypatch.setattr(clock, "now", lambda: even_later)
    await _tick(runtime)
    assert set(runtime.storage.files) == set(kept.renditions.values())
    assert await session.scalar(select(func.count()).select_from(ReleasedFile)) == 0


async def test_an_upload_under_way_keeps_its_bytes(own_database, runtime, monkeypatch):
    engine = create_async_engine(sqlalchemy_url(own_database))
    sessions = async_sessionmaker(engine, expire_on_commit=False, info=runtime.sessions.kw["info"])
    async with sessions() as session:
        owner = await a_person(session)
        await session.commit()
    async with sessions() as uploading:
        medium = await a_medium(uploading, runtime, owner)
        async with transaction(sessions) as ticking:
            await release_strays(ticking)
            released = set(await ticking.scalars(select(ReleasedFile.digest)))
        assert released == set(medium.renditions.values())
        await uploading.commit()
    later = clock.now() + timedelta(days=8)
    monkeypatch.setattr(clock, "now", lambda: later)
    async with transaction(sessions) as ticking:
        await drop_released(ticking)
    assert set(runtime.storage.files) == set(medium.renditions.values())
    await engine.dispose()


async def _tick(runtime, tick=drop_released):
    async with transaction(runtime.sessions) as ticking:
        await tick(ticking)
