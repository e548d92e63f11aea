"""Keeping posts in step with another system by its own ids (story 11)."""

import asyncio

from pydantic import TypeAdapter
from sqlalchemy import func, select

from app.core.db import transaction
from app.core.settings import settings
from app.features.posts.drafts import AnyPostDraft
from app.features.posts.syncing import put_post
from app.models.events import EventRecord
from app.models.posts import Post, PostRevision
from app.runtime import running
from tests.makers import a_company, a_person, as_actor, bearer


def an_offer(number=1, **fields):
    details = {"kind": "offer", "category": "tools", "price_type": "fixed", "price_eur": number}
    return {"details": details, "title": f"Schraubstock {number}", **fields}


async def count(session, column=Post.id):
    return await session.scalar(select(func.count(column)))


async def test_putting_publishes_changes_and_leaves_alone(session, client):
    headers = await bearer(session, await a_person(session))
    await session.commit()
    path = "/api/v1/posts/by-external-id/TMS-4711"
    made = await client.put(path, json=an_offer(1), headers=headers)
    assert made.status_code == 201, made.json()
    again = await client.put(path, json=an_offer(1), headers=headers)
    assert (again.status_code, again.json()["version"]) == (200, made.json()["version"])
    assert await count(session, PostRevision.id) == 0
    changed = await client.put(path, json=an_offer(2), headers=headers)
    assert changed.json()["id"] == made.json()["id"]
    assert changed.json()["title"] == "Schraubstock 2"
    assert await count(session) == 1
    read = await client.get(path, headers=headers)
    assert read.json()["id"] == made.json()["id"]
    assert (await client.delete(path, headers=headers)).status_code == 204
    assert (await client.delete(path, headers=headers)).status_code == 204
    assert (await client.get(path, headers=headers)).json()["status"] == "withdrawn"
    anew = await client.put(path, json=an_offer(2), headers=headers)
    assert anew.status_code == 201
    assert anew.json()["id"] != made.json()["id"]


async def test_ids_are_anybodys_own_and_a_companys_are_shared_by_who_speaks_for_it(session, client):
    owner, stranger = await a_person(session), await a_person(session)
    company = await a_company(session, owner=owner)
    mine, theirs = await bearer(session, owner), await bearer(session, stranger)
    await session.commit()
    path = "/api/v1/posts/by-external-id/1"
    body = an_offer(1, company_id=str(company.id))
    assert (await client.put(path, json=body, headers=mine)).status_code == 201
    assert (await client.put(path, json=an_offer(1), headers=mine)).status_code == 201
    assert (await client.put(path, json=an_offer(1), headers=theirs)).status_code == 201
    assert await count(session) == 3
    query = f"{path}?company={company.id}"
    assert (await client.get(query, headers=mine)).json()["company"]["id"] == str(company.id)
    assert (await client.get(query, headers=theirs)).status_code == 404
    assert (await client.delete(query, headers=theirs)).status_code in {403, 404}
    assert (await client.put(path, json=body, headers=theirs)).status_code in {403, 404}


async def test_many_offers_go_in_once_however_often_they_are_sent(session, client):
    headers = await bearer(session, await a_person(session))
    await session.commit()
    body = {"items": [an_offer(n, external_id=f"x{n}") for n in range(1, 41)]}
    first = (await client.post("/api/v1/posts/bulk", json=body, headers=headers)).json()
    assert first["counts"]["created"] == 40, first["results"][0]
    again = (await client.post("/api/v1/posts/bulk", json=body, headers=headers)).json()
    assert again["counts"]["unchanged"] == 40
    assert await count(session) == 40
    gone = {"items": [an_offer(7, external_id="x1")], "withdraw": ["x2", "nowhere"]}
    third = (await client.post("/api/v1/posts/bulk", json=gone, headers=headers)).json()
    assert [one["outcome"] for one in third["results"]] == ["changed", "withdrawn", "refused"]
    assert third["results"][2]["problem"]["status"] == 404


async def test_what_is_refused_leaves_the_others_alone_and_no_event_behind(session, client):
    headers = await bearer(session, await a_person(session))
    await session.commit()
    wrong = an_offer(3, external_id="wrong")
    wrong["details"]["category"] = "unicorns"
    over = an_offer(4, external_id="over", valid_until="2020-01-01")
    body = {
        "items": [
            an_offer(1, external_id="a"),
            wrong,
            over,
            an_offer(5),
            an_offer(6, external_id="a"),
            an_offer(2, external_id="b"),
        ]
    }
    answer = (await client.post("/api/v1/posts/bulk", json=body, headers=headers)).json()
    outcomes = [one["outcome"] for one in answer["results"]]
    assert outcomes == ["created", "refused", "refused", "refused", "refused", "created"]
    problems = [one["problem"] for one in answer["results"]]
    assert problems[1]["errors"][0]["pointer"].endswith("/category")
    assert "unicorns" not in str(problems)
    assert problems[2]["errors"][0]["pointer"] == "/valid_until"
    assert problems[3]["errors"][0]["pointer"] == "/external_id"
    assert problems[4]["code"] == "named_twice"
    assert await count(session) == 2
    published = select(func.count()).where(EventRecord.name == "post.published")
    assert await session.scalar(published) == 2


async def test_more_than_five_hundred_at_once_are_refused(session, client):
    headers = await bearer(session, await a_person(session))
    await session.commit()
    body = {"withdraw": [f"x{n}" for n in range(501)]}
    answer = await client.post("/api/v1/posts/bulk", json=body, headers=headers)
    assert answer.status_code == 422
    anonymous = await client.post("/api/v1/posts/bulk", json={"items": []})
    assert anonymous.status_code == 401


async def test_clients_that_send_twice_at_once_make_one_post(own_database):
    configured = settings().model_copy(update={"write_connections": 8})
    draft = TypeAdapter(AnyPostDraft).validate_python(an_offer(1))
    async with running(configured, own_database) as house:
        async with transaction(house.sessions) as session:
            me = as_actor(await a_person(session))

        async def put():
            async with transaction(house.sessions) as session:
                return await put_post(session, me, "once", draft)

        made = await asyncio.gather(*(put() for _ in range(8)))
    assert len({post.id for post, _ in made}) == 1
    assert sorted(outcome for _, outcome in made) == ["created", *["unchanged"] * 7]
