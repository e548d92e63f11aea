"""What is forgotten of somebody who has left, and of wishes to hear of them."""

from datetime import time

import pytest
from sqlalchemy import func, select

from app.core import clock
from app.core.db import transaction
from app.features.accounts.account import AccountClosed
from app.features.feed.filing import file_post
from app.features.feed.leaving import forget_reading
from app.features.feed.muting import mute
from app.features.feed.position import ReadTo, mark_read
from app.features.follows.following import FollowDraft, follow
from app.features.follows.leaving import forget_follows
from app.features.posts.bookmarks import bookmark_post
from app.features.searches.saving import SearchDraft, save_search
from app.models.base import Base
from app.models.calendars import CalendarLink, SubscribedCalendar
from app.models.feed import FeedEntry, Mute
from app.models.follows import Follow, FollowTarget
from app.models.notifications import (
    Channel,
    FollowNews,
    GroupVolume,
    NotificationSetting,
    PushSubscription,
    QuietHours,
    Volume,
)
from app.models.people import Person
from app.models.searches import Frequency
from tests.architecture.test_people import FORGOTTEN
from tests.features.accounts.test_closing import close
from tests.features.posts.arranging import a_post, a_reply
from tests.makers import a_group, a_membership, a_person, an_account, as_actor, bearer


async def wish_everything(session, person, group, post):
    """Wish all that can be wished, of a group and of the author of a post among others."""
    actor = as_actor(person)
    await follow(session, actor, FollowDraft(target="tag", key="stahlbau"))
    await follow(session, actor, FollowDraft(target="person", key=str(post.author_id)))
    await mute(session, actor, FollowTarget.PERSON, str(post.author_id))
    await mark_read(session, actor, ReadTo(at=clock.now(), post_id=post.id))
    await bookmark_post(session, actor, post.id)
    filters = {"kind": "question"}
    await save_search(session, actor, SearchDraft(label="Fragen", filters=filters))
    me = {"person_id": person.id}
    session.add_all(
        [
            NotificationSetting(
                topic="replies", channel=Channel.MAIL, frequency=Frequency.NEVER, **me
            ),
            GroupVolume(group_id=group.id, volume=Volume.MUTED, **me),
            FollowNews(told_to=clock.now(), **me),
            QuietHours(begins=time(22), ends=time(7), **me),
            CalendarLink(secret_hash=person.id.bytes, **me),
            SubscribedCalendar(url="https://termine.example/", next_at=clock.now(), **me),
            PushSubscription(
                endpoint=f"https://push.example/{person.id}",
                p256dh="key",
                auth="auth",
                session_id=None,
                token_id=None,
                **me,
            ),
        ]
    )
    await session.flush()


async def how_many(session, person):
    """Count the rows of one person in each table of wishes."""
    counts = {}
    for name in FORGOTTEN:
        table = Base.metadata.tables[name]
        mine = select(func.count()).where(table.c.person_id == person.id)
        counts[name] = await session.scalar(mine)
    return counts


@pytest.fixture
async def parted(session, runtime, client, work):
    """Nadine has left; she and Kim had wished everything, also to hear of each other."""
    account = await an_account(session)
    nadine = await session.scalar(select(Person).where(Person.account_id == account.id))
    kim = await a_person(session, "Kim Jaspert")
    group = await a_group(session, kim)
    await a_membership(session, group, nadine)
    headers = await bearer(session, nadine)
    await session.commit()
    async with transaction(runtime.sessions) as tx:
        of_nadine = await a_post(tx, nadine, tags=["stahlbau"])
        of_kim = await a_post(tx, kim)
        await a_reply(tx, kim, of_nadine)
        await a_reply(tx, nadine, of_kim)
    await work()
    await wish_everything(session, nadine, group, of_kim)
    await wish_everything(session, kim, group, of_nadine)
    await session.commit()
    before = await how_many(session, kim)
    assert all(before.values())
    assert all((await how_many(session, nadine)).values())
    assert (await close(client, headers)).status_code == 204
    await work()
    return nadine, kim, of_nadine, before


async def test_the_wishes_of_somebody_who_leaves_are_forgotten_and_nobody_elses(session, parted):
    nadine, kim, _, before = parted
    assert not any((await how_many(session, nadine)).values())
    of_her = ("follows", "mutes")
    assert await how_many(session, kim) == before | {name: before[name] - 1 for name in of_her}


async def test_nobody_follows_or_mutes_somebody_who_has_left(session, client, parted):
    nadine, kim, post, _ = parted
    for table in (Follow, Mute, FeedEntry):
        about = select(func.count()).where(table.target == "person", table.key == str(nadine.id))
        assert await session.scalar(about) == 0
    headers = await bearer(session, kim)
    await session.commit()
    key = {"target": "person", "key": str(nadine.id)}
    for answer in (
        await client.post("/api/v1/follows", headers=headers, json=key),
        await client.put(f"/api/v1/mutes/person/{nadine.id}", headers=headers),
    ):
        assert answer.json()["errors"][0]["code"] == "unknown_key"
    [item] = (await client.get("/api/v1/feed", headers=headers)).json()["items"]
    assert [(one["target"], one["key"]) for one in item["because"]] == [("tag", "stahlbau")]
    await file_post(session, post.id)
    filed = select(FeedEntry.target).where(FeedEntry.post_id == post.id)
    assert FollowTarget.PERSON not in set(await session.scalars(filed))


async def test_leaving_twice_is_leaving_once(session, parted):
    nadine, kim, *_ = parted
    before = await how_many(session, kim)
    event = AccountClosed(account_id=nadine.account_id, person_id=nadine.id)
    await forget_follows(session, event)
    await forget_reading(session, event)
    assert await how_many(session, kim) == before
