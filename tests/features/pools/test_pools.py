"""Purchasing pools: shares that add up, are told once, and are nobody else's business."""

import asyncio
import itertools

import pytest
from sqlalchemy import func, select, update

from app.core import clock
from app.core.actor import ANONYMOUS
from app.core.db import transaction
from app.core.settings import settings
from app.features.accounts.account import AccountClosed
from app.features.messages.blocking import block_person
from app.features.pools import policy
from app.features.pools.joining import ShareDraft, drop_shares, join_pool
from app.features.pools.policy import Act, Standing
from app.features.posts.drafts import draft_of
from app.features.posts.publishing import publish_post
from app.models.notifications import Notification
from app.models.pools import Pool, PoolShare
from app.models.posts import Post, PostStatus
from app.runtime import running
from tests.makers import a_company, a_person, as_actor, bearer, signed_in

POOL = {
    "kind": "wanted",
    "category": "purchasing_pool",
    "price_type": "negotiable",
    "unit": "t",
    "threshold": 24,
}


async def a_pool(session, author, **changes):
    draft = draft_of("wanted").model_validate(
        {"details": {**POOL, **changes}, "title": "Pellets gemeinsam bestellen"}
    )
    return await publish_post(session, as_actor(author), draft)


@pytest.fixture
async def people(session):
    names = ("Henrik", "Beate", "Ole", "Stranger")
    found = {name: await a_person(session, name) for name in names}
    found["firm"] = await a_company(session, "Mühlen GmbH", owner=found["Beate"])
    return found


@pytest.fixture
async def call(session, client, work, people):
    post = await a_pool(session, people["Henrik"])
    tokens = {n: await bearer(session, p) for n, p in people.items() if n != "firm"} | {None: {}}
    await session.commit()

    async def called(method, path="", by=None, status=200, **more):
        answer = await client.request(
            method, f"/api/v1/posts/{post.id}/pool{path}", headers=tokens[by], **more
        )
        assert answer.status_code == status, answer.text
        await work()
        return answer.json()

    called.post = post
    return called


async def test_shares_add_up_and_the_threshold_is_told_once_to_all(call, people, session):
    empty = await call("GET")
    assert (empty["total"], empty["remaining"], empty["count"]) == (0, 24, 0)
    assert empty["viewer_can"] == []
    firm = str(people["firm"].id)
    joined = await call("PUT", "/share", "Beate", json={"quantity": 10.5, "company_id": firm})
    assert (joined["total"], joined["remaining"], joined["count"]) == (10.5, 13.5, 1)
    assert joined["own"][0]["company_id"] == firm
    own = await call("PUT", "/share", "Beate", json={"quantity": 1})
    assert (own["total"], own["count"]) == (11.5, 2)
    assert (await session.scalars(select(Notification))).all() == []
    enough = await call("PUT", "/share", "Ole", json={"quantity": 12.5})
    assert (enough["total"], enough["remaining"]) == (24, 0)
    assert enough["reached_at"]
    fewer = await call("PUT", "/share", "Ole", json={"quantity": 2})
    assert fewer["remaining"] == 10.5
    assert fewer["count"] == 3
    await call("PUT", "/share", "Ole", json={"quantity": 40})
    told = await session.scalars(
        select(Notification.person_id).where(Notification.type == "pool.reached")
    )
    assert sorted(told) == sorted(people[name].id for name in ("Henrik", "Beate", "Ole"))
    left = await call("DELETE", "/share", "Beate", params={"company_id": firm})
    assert (left["total"], left["count"]) == (41, 2)
    assert (await call("DELETE", "/share", "Beate"))["total"] == 40
    assert (await call("DELETE", "/share", "Beate"))["total"] == 40
    assert (await call("DELETE", "/share", "Stranger", params={"company_id": firm}))["total"] == 40


async def test_who_takes_part_only_those_inside_learn(call, client, people, session):
    await call("PUT", "/share", "Beate", json={"quantity": 3})
    await call("PUT", "/share", "Ole", json={"quantity": 4})
    for by in ("Henrik", "Beate", "Ole"):
        names = [one["name"] for one in (await call("GET", "/shares", by))["items"]]
        assert names == ["Beate", "Ole"]
    await call("GET", "/shares", "Stranger", 403)
    await call("GET", "/shares", None, 401)
    path = f"/posts/{call.post.id}"
    stranger, ole = [await signed_in(session, people[name]) for name in ("Stranger", "Ole")]
    await session.commit()
    for where, headers in itertools.product(
        (path, f"{path}/pool", f"/api/v1{path}", f"/api/v1{path}/pool"), ({}, stranger)
    ):
        seen = await client.get(where, headers={} if "api" in where else headers)
        assert seen.status_code == 200
        assert "Beate" not in seen.text
    assert "Bisher zusammen" in (await client.get(path)).text
    page = await client.get(f"{path}/pool", headers=ole)
    assert "Beate" in page.text


async def test_a_closed_pool_stays_as_it_is(call, people, session):
    await call("PUT", "/share", "Beate", json={"quantity": 3})
    await call("POST", "/close", "Beate", 403)
    closed = await call("POST", "/close", "Henrik")
    assert closed["closed_at"]
    assert closed["viewer_can"] == ["see_who"]
    assert (await call("POST", "/close", "Henrik"))["closed_at"] == closed["closed_at"]
    refused = await call("PUT", "/share", "Ole", 409, json={"quantity": 3})
    assert refused["code"] == "pool_over"
    await call("PUT", "/share", "Beate", 409, json={"quantity": 4})
    await call("DELETE", "/share", "Beate", 409)
    told = (
        await session.scalars(select(Notification).where(Notification.type == "pool.closed"))
    ).all()
    assert [one.person_id for one in told] == [people["Beate"].id]


async def test_those_who_took_part_read_it_when_the_post_is_done_but_not_when_it_is_withdrawn(
    call, client, people, session
):
    await call("PUT", "/share", "Beate", json={"quantity": 30})
    ole = await signed_in(session, people["Ole"])
    beate = await signed_in(session, people["Beate"])
    await session.commit()
    where = update(Post).where(Post.id == call.post.id)
    await session.execute(where.values(status=PostStatus.DONE, ended_at=clock.now()))
    await session.commit()
    seen = await call("GET", "", "Beate")
    assert (seen["total"], seen["viewer_can"]) == (30, ["see_who"])
    assert [one["name"] for one in (await call("GET", "/shares", "Beate"))["items"]] == ["Beate"]
    page = await client.get(f"/posts/{call.post.id}/pool", headers=beate)
    assert "Wer teilnimmt" in page.text
    assert f'href="/posts/{call.post.id}"' not in page.text
    for by in ("Ole", None):
        await call("GET", "", by, 410)
        await call("GET", "/shares", by, 410 if by else 401)
    assert (await client.get(f"/posts/{call.post.id}/pool", headers=ole)).status_code == 410
    await call("PUT", "/share", "Beate", 410, json={"quantity": 1})
    await session.execute(where.values(status=PostStatus.WITHDRAWN))
    await session.commit()
    await call("GET", "", "Beate", 410)
    await call("GET", "/shares", "Beate", 410)


@pytest.mark.parametrize(
    ("by", "of"), [("Henrik", "Ole"), ("Ole", "Henrik")], ids=["blocked", "has-blocked"]
)
async def test_who_blocked_or_was_blocked_does_not_take_part(call, people, session, by, of):
    await call("PUT", "/share", "Ole", json={"quantity": 3})
    await block_person(session, as_actor(people[by]), people[of].id)
    await session.commit()
    refused = await call("PUT", "/share", "Ole", 403, json={"quantity": 4})
    assert refused["code"] == "pool_not_joinable"
    assert (await call("DELETE", "/share", "Ole"))["total"] == 0
    await call("PUT", "/share", "Ole", 403, json={"quantity": 4})
    await call("PUT", "/share", "Beate", json={"quantity": 4})


async def test_a_company_that_blocked_the_keeper_does_not_take_part(call, people, session):
    firm = people["firm"].id
    await block_person(session, as_actor(people["Beate"]), people["Henrik"].id, firm)
    await session.commit()
    as_firm = {"quantity": 3, "company_id": str(firm)}
    assert (await call("PUT", "/share", "Beate", 403, json=as_firm))["code"] == "pool_not_joinable"
    await call("PUT", "/share", "Beate", json={"quantity": 3})


async def test_only_a_purchasing_pool_has_shares(session, client):
    author = await a_person(session)
    post = await a_pool(session, author, category="tools", threshold=None, unit="")
    headers = await bearer(session, author)
    await session.commit()
    path = f"/api/v1/posts/{post.id}/pool"
    for answer in (
        await client.get(path),
        await client.put(f"{path}/share", json={"quantity": 1}, headers=headers),
    ):
        assert answer.status_code == 409
        assert answer.json()["code"] == "no_pool"


async def test_pages_let_join_change_leave_and_close(call, client, people, session):
    path = f"/posts/{call.post.id}/pool"
    ole, henrik = [await signed_in(session, people[name]) for name in ("Ole", "Henrik")]
    await session.commit()
    assert path in (await client.get(f"/posts/{call.post.id}", headers=ole)).text
    wrong = await client.post(path, data={"quantity": "viel"}, headers=ole)
    assert wrong.status_code == 422
    for quantity in ("2,5", "3"):
        joined = await client.post(path, data={"quantity": quantity, "company_id": ""}, headers=ole)
        assert joined.status_code == 303, joined.text
    assert (await session.scalars(select(PoolShare.quantity))).all() == [3.0]
    assert "Menge ändern" in (await client.get(path, headers=ole)).text
    left = await client.post(f"{path}/leave", data={"company_id": ""}, headers=ole)
    assert left.status_code == 303, left.text
    assert (await client.post(f"{path}/close", headers=henrik)).status_code == 303
    pool = await session.get_one(Pool, call.post.id, populate_existing=True)
    assert pool.closed_at is not None
    assert "geschlossen" in (await client.get(path)).text


async def test_both_faces_of_the_policy_agree(session, people):
    post = await a_pool(session, people["Henrik"])
    firm = people["firm"]
    await join_pool(
        session, as_actor(people["Beate"]), post.id, ShareDraft(quantity=1, company_id=firm.id)
    )
    await join_pool(session, as_actor(people["Ole"]), post.id, ShareDraft(quantity=1))
    actors = [ANONYMOUS, as_actor(people["Stranger"], operator=True)]
    actors += [as_actor(people[name]) for name in ("Henrik", "Beate", "Ole", "Stranger")]
    seen = []
    for actor in actors:
        row = (
            await session.execute(
                select(
                    policy.sees_who(actor).label("sees"), policy.takes_part(actor).label("inside")
                ).where(Post.id == post.id)
            )
        ).one()
        keeps = actor.person_id == people["Henrik"].id
        for is_open, may in itertools.product((True, False), (True, False)):
            here = Standing(is_open=is_open, keeps=keeps, takes_part=row.inside, may_answer=may)
            acts = policy.acts(actor, here)
            assert (Act.SEE_WHO in acts) == row.sees
            assert is_open or acts <= {Act.SEE_WHO}
            assert (Act.CLOSE in acts) == (keeps and is_open)
        seen.append(row.sees)
    assert seen == [False, False, True, True, True, False]


async def test_whoever_leaves_the_platform_leaves_open_pools(session, people):
    post = await a_pool(session, people["Henrik"])
    for name in ("Beate", "Ole"):
        await join_pool(session, as_actor(people[name]), post.id, ShareDraft(quantity=1))
    ole = people["Ole"]
    await drop_shares(session, AccountClosed(account_id=ole.account_id, person_id=ole.id))
    left = await session.scalars(select(PoolShare.person_id).where(PoolShare.post_id == post.id))
    assert list(left) == [people["Beate"].id]


async def test_twenty_who_join_at_once_lose_no_quantity_and_are_told_once(own_database):
    async with running(settings(), own_database) as runtime:
        async with transaction(runtime.sessions) as session:
            post = await a_pool(session, await a_person(session))
            many = [await a_person(session) for _ in range(20)]

        async def join(person):
            async with transaction(runtime.sessions) as session:
                await join_pool(session, as_actor(person), post.id, ShareDraft(quantity=1.3))

        await asyncio.gather(*map(join, [*many, *many]))
        async with transaction(runtime.sessions) as session:
            row = await session.execute(
                select(func.sum(PoolShare.quantity), func.count()).where(
                    PoolShare.post_id == post.id
                )
            )
            assert tuple(row.one()) == (26.0, 20)
            reached = await session.scalar(
                select(func.count()).select_from(Pool).where(Pool.reached_at.is_not(None))
            )
            assert reached == 1
