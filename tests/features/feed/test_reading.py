"""The feed: everything of what one follows, strictly by time, with reasons, and nothing else."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core import clock
from app.core.actor import ANONYMOUS
from app.core.errors import SignInRequired
from app.core.paging import Paging
from app.features.feed.filing import file_post
from app.features.feed.muting import mute
from app.features.feed.position import ReadTo, mark_read, read_to
from app.features.feed.reading import FeedFilters, read_feed
from app.features.follows.following import FollowDraft, follow
from app.features.follows.targets import Thing
from app.features.posts.ending import withdraw_post
from app.features.posts.replying import accept_answer
from app.models.feed import About, FeedEntry
from app.models.follows import FollowTarget
from app.models.groups import Admission
from app.models.places import Place, PlaceKind
from tests.features.posts.arranging import a_post, a_reply
from tests.makers import a_company, a_group, a_membership, a_person, as_actor, bearer, signed_in

GOODS = {"kind": "offer", "category": "storage", "price_type": "negotiable"}
BAKERY = {
    "kind": "succession_offer",
    "wz2008_section": "C",
    "wz2008_division": "10",
    "employees_band": "11-20",
    "occasion": "age",
    "handover_forms": ["asset_sale"],
    "timing": "later",
}


@pytest.fixture
async def me(session):
    return await a_person(session, "Kim Jaspert")


@pytest.fixture
async def other(session):
    return await a_person(session, "Lena Oberste")


@pytest.fixture
def publish(session):
    """Publish a post, some minutes after the last, and file it."""
    now = [clock.now() - timedelta(days=2)]

    async def publish(author, kind="question", **fields):
        now[0] += timedelta(minutes=7)
        with clock.set_to(now[0]):
            post = await a_post(session, author, kind, **fields)
        await file_post(session, post.id)
        return post

    return publish


@pytest.fixture
def follows(session, me):
    async def follows(target, key):
        await follow(session, as_actor(me), FollowDraft(target=target, key=str(key)))

    return follows


@pytest.fixture
def feed(reader, me):
    async def feed(person=None, limit=20, cursor=None, **filters):
        actor = as_actor(person or me)
        return (await read_feed(reader, actor, FeedFilters(**filters), Paging(limit, cursor))).page

    return feed


def ids(page):
    return [item.row.id for item in page.items]


def reasons(item):
    return [(one.thing.target.value, one.name) for one in item.because]


async def test_whatever_is_followed_brings_posts_and_says_so(
    session, me, other, publish, follows, feed
):
    company = await a_company(session, "Jaspert Gerüstbau GmbH", owner=other)
    group = await a_group(session, other, "Ausbildung")
    state = await session.scalar(
        select(Place.id).where(Place.kind == PlaceKind.STATE, Place.code == "DE-NW")
    )
    brought = {
        ("tag", "stahlbau"): await publish(other, tags=["stahlbau"]),
        ("kind", "offer"): await publish(other, "offer", details=GOODS),
        ("company", company.id): await publish(other, company_id=company.id),
        ("group", group.id): await publish(other, group_id=group.id),
        ("place", state): await publish(other, place="45527"),
        ("sector", "2008:10"): await publish(other, "succession_offer", details=BAKERY),
        ("person", other.id): await publish(other),
    }
    assert ids(await feed()) == []
    for (target, key), post in brought.items():
        if target == "person":
            break
        await follows(target, key)
        assert post.id in ids(await feed()), target
    await follows("person", other.id)
    found = await feed()
    concealed = brought["sector", "2008:10"].id
    by_time = sorted(brought.values(), key=lambda post: post.published_at, reverse=True)
    assert ids(found) == [post.id for post in by_time]
    by_id = {item.row.id: item for item in found.items}
    assert reasons(by_id[brought["tag", "stahlbau"].id]) == [
        ("person", "Lena Oberste"),
        ("tag", "stahlbau"),
    ]
    assert reasons(by_id[concealed]) == [("sector", "Herstellung von Nahrungs- und Futtermitteln")]


async def test_a_concealed_post_is_nobodys_whom_one_follows_t37(
    session, me, other, publish, follows, feed
):
    company = await a_company(session, owner=other)
    await follows("person", other.id)
    await follows("company", company.id)
    post = await publish(other, "succession_offer", details=BAKERY, company_id=company.id)
    assert ids(await feed()) == []
    keys = set(await session.scalars(select(FeedEntry.key).where(FeedEntry.post_id == post.id)))
    assert not keys & {str(other.id), str(company.id)}
    await follow(session, as_actor(other), FollowDraft(target="kind", key="succession_offer"))
    await follows("kind", "succession_offer")
    assert ids(await feed()) == [post.id]
    assert ids(await feed(other)) == []  # their own, which is no news to them


async def test_nothing_comes_that_the_reader_may_not_see(
    session, me, other, publish, follows, feed
):
    group = await a_group(session, other, "Geheim", admission=Admission.HIDDEN)
    await follows("person", other.id)
    await follows("tag", "geheim")
    inside = await publish(other, group_id=group.id, tags=["geheim"])
    gone = await publish(other, tags=["geheim"])
    await withdraw_post(session, as_actor(other), gone.id)
    draft = await publish(other, tags=["geheim"], as_draft=True)
    assert ids(await feed()) == []
    membership = await a_membership(session, group, me)
    found = await feed()
    assert ids(found) == [inside.id]
    assert reasons(found.items[0])[0] == ("group", "Geheim")
    await session.delete(membership)
    await session.flush()
    assert ids(await feed()) == []
    await file_post(session, gone.id)
    filed = select(func.count()).where(FeedEntry.post_id.in_([gone.id, draft.id]))
    assert await session.scalar(filed) == 0


async def test_own_groups_come_by_themselves_and_own_posts_never(session, me, other, publish, feed):
    group = await a_group(session, other, "Ausbildung")
    await a_membership(session, group, me)
    theirs = await publish(other, group_id=group.id)
    await publish(me, group_id=group.id)
    assert ids(await feed()) == [theirs.id]


async def test_an_accepted_answer_is_news_when_it_is_accepted(
    session, me, other, publish, follows, feed
):
    await follows("person", other.id)
    question = await publish(other)
    later = await publish(other)
    reply = await a_reply(session, me, question)
    await accept_answer(session, as_actor(other), question.id, reply.id)
    await file_post(session, question.id)
    found = await feed()
    assert [(item.row.id, item.row.about) for item in found.items] == [
        (question.id, About.ANSWER),
        (later.id, About.POST),
        (question.id, About.POST),
    ]
    at = found.items[0].row.at
    await file_post(session, question.id)
    assert (await feed()).items[0].row.at == at


@pytest.mark.parametrize("size", [1, 3, 7])
async def test_parts_hold_every_post_once_and_by_time_whatever_their_size(
    session, me, other, publish, follows, feed, size
):
    tags = ["holz", "stahl", "glas", "putz"]
    made = [
        await publish(other, tags=sorted({tags[n % 4], tags[n * n % 3]}), place="45527")
        for n in range(17)
    ]
    for tag in tags:
        await follows("tag", tag)
    await follows("person", other.id)
    found, cursor = [], None
    while True:
        page = await feed(limit=size, cursor=cursor)
        assert len(page.items) <= size
        found += ids(page)
        if not (cursor := page.next):
            break
    assert found == [post.id for post in reversed(made)]


async def test_walking_and_looking_things_up_meet_the_same_for_the_same_reasons(
    session, me, other, publish, follows, feed
):
    """A short part is met on a walk through all there is, a long one among the things followed."""
    third = await a_person(session)
    hidden = await a_group(session, third, admission=Admission.HIDDEN)
    await follows(FollowTarget.PERSON, other.id)
    await follows(FollowTarget.TAG, "holz")
    await follows(FollowTarget.TAG, "laut")
    for number in range(18):
        author = (me, other, third)[number % 3]
        tags = [["holz"], [], ["holz", "laut"], ["glas"]][number % 4]
        is_hidden = author is third and number % 2
        await publish(author, tags=tags, group_id=hidden.id if is_hidden else None)
    await mute(session, as_actor(me), FollowTarget.TAG, "glas")
    for filters in ({}, {"kind": "question"}, {"since": clock.now() - timedelta(hours=47)}):
        looked_up = await feed(limit=100, **filters)
        walked, cursor = [], None
        while True:
            part = await feed(limit=1, cursor=cursor, **filters)
            walked += part.items
            cursor = part.next
            if cursor is None:
                break
        assert [one.row.id for one in walked] == ids(looked_up)
        assert len(walked) > 3
        assert [reasons(one) for one in walked] == [reasons(one) for one in looked_up.items]


async def test_filters_narrow_the_feed_and_reasons_stay_whole(
    session, me, other, publish, follows, feed
):
    group = await a_group(session, other, "Ausbildung")
    await follows("tag", "holz")
    await follows("kind", "offer")
    await publish(other, group_id=group.id)
    wood = await publish(other, tags=["holz"], group_id=group.id)
    offer = await publish(other, "offer", details=GOODS, tags=["holz"])
    assert ids(await feed(kind="offer")) == [offer.id]
    assert ids(await feed(thing=Thing(FollowTarget.TAG, "holz"))) == [offer.id, wood.id]
    assert ids(await feed(thing=Thing(FollowTarget.TAG, "stahl"))) == []
    assert ids(await feed(group_id=group.id)) == [wood.id]
    assert ids(await feed(since=offer.published_at)) == [offer.id]
    assert len((await feed()).items[0].because) == 2


async def test_what_is_muted_stays_away_by_whatever_it_would_come(
    session, me, other, publish, follows, feed
):
    kim = await a_person(session, "Nadine Rauhut")
    await follows("tag", "holz")
    await publish(other, tags=["holz"])
    kept = await publish(kim, tags=["holz"])
    for _ in range(2):
        muted = await mute(session, as_actor(me), FollowTarget.PERSON, str(other.id))
    assert muted.name == "Lena Oberste"
    assert ids(await feed()) == [kept.id]


async def test_the_read_position_moves_forward_only(
    session, reader, me, other, publish, follows, feed
):
    await follows("person", other.id)
    old, new = await publish(other), await publish(other)
    assert [item.is_new for item in (await feed()).items] == [True, True]
    for post in (old, new, old):
        await mark_read(
            session, as_actor(me), ReadTo(at=post.published_at, post_id=post.id)
        )  # fmt: skip
        if post is old:
            position = (await read_to(reader, as_actor(me))).position
    assert position.post_id == new.id
    assert [item.is_new for item in (await feed()).items] == [False, False]
    assert ids(await feed(only_unread=True)) == []
    newest = await publish(other)
    assert ids(await feed(only_unread=True)) == [newest.id]
    far = ReadTo(at=clock.now() + timedelta(days=900), post_id=new.id)
    await mark_read(session, as_actor(me), far)
    assert (await read_to(reader, as_actor(me))).position.at <= clock.now()


async def test_who_has_left_is_followed_no_more(session, me, other, publish, follows, feed):
    await follows("person", other.id)
    await publish(other)
    other.left_at = clock.now()
    await session.flush()
    assert ids(await feed()) == []


async def test_a_feed_takes_the_same_statements_for_one_and_for_a_hundred(
    session, client, queries, me, other, publish, follows
):
    api, page = await bearer(session, me), await signed_in(session, me)
    counts = []
    for number in range(100):
        await publish(other, tags=[f"holz{number}", "stahl"])
        if number == 0:
            await follows("tag", "stahl")
        if number < 50:
            await follows("tag", f"holz{number}")
        if number in {0, 99}:
            await session.commit()
            queries.clear()
            answer = await client.get("/api/v1/feed?limit=100", headers=api)
            assert len(answer.json()["items"]) == number + 1
            first = len(queries)
            shown = await client.get("/feed", headers=page)
            assert shown.text.count("<article") == min(number + 1, 20)
            counts.append((first, len(queries) - first))
    assert counts[0] == counts[1] == (3, 6)


async def test_nobody_has_a_feed(reader, client):
    with pytest.raises(SignInRequired):
        await read_feed(reader, ANONYMOUS, FeedFilters(), Paging())
    assert (await client.get("/feed")).headers["location"].startswith("/sign-in")
    for path in ("/feed/position", "/mutes"):
        assert (await client.get(f"/api/v1{path}")).status_code == 401


async def test_clients_follow_read_mark_and_mute(session, client, work, me, other):
    mine, theirs = await bearer(session, me), await bearer(session, other)
    await session.commit()
    await client.put(f"/api/v1/follows/person/{other.id}", headers=mine)
    draft = {"title": "Wer bildet aus?", "body": "Wir suchen.", "details": {"kind": "question"}}
    made = (await client.post("/api/v1/posts", headers=theirs, json=draft)).json()
    await work()
    [item] = (await client.get("/api/v1/feed", headers=mine)).json()["items"]
    assert (item["id"], item["about"], item["is_new"]) == (made["id"], "post", True)
    path = f"/people/{other.slug}"
    reason = {"target": "person", "key": str(other.id), "name": other.name, "path": path}
    assert item["because"] == [reason]
    position = {"at": item["at"], "post_id": item["id"], "about": "post"}
    for answer in (
        await client.put("/api/v1/feed/position", headers=mine, json=position),
        await client.get("/api/v1/feed/position", headers=mine),
    ):
        assert answer.json()["read_to"]["post_id"] == item["id"]
    assert (await client.get("/api/v1/feed?unread=true", headers=mine)).json()["items"] == []
    muted = await client.put(f"/api/v1/mutes/person/{other.id}", headers=mine)
    assert muted.status_code == 200
    assert (await client.get("/api/v1/feed", headers=mine)).json()["items"] == []
    assert (await client.get("/api/v1/mutes", headers=mine)).json()["items"] == [muted.json()]
    await client.delete(f"/api/v1/mutes/person/{other.id}", headers=mine)
    assert len((await client.get("/api/v1/feed", headers=mine)).json()["items"]) == 1
    never = await client.put(f"/api/v1/mutes/person/{made['id']}", headers=mine)
    assert never.json()["errors"][0]["code"] == "unknown_key"


async def test_the_page_says_why_marks_what_was_read_and_helps_who_follows_nothing(
    session, client, me, other, publish, follows
):
    headers = await signed_in(session, me)
    await session.commit()
    empty = (await client.get("/feed", headers=headers)).text
    assert "Ihr Verlauf ist noch leer." in empty
    assert ">Folgen<" in empty
    for tag in ("holz", "stahl", "glas"):
        await follows("tag", tag)
    old = await publish(other, tags=["holz", "stahl", "glas"], title="Alt und gelesen")
    await publish(other, tags=["glas"], title="Noch ungelesen")
    await session.commit()
    form = {"at": old.published_at.isoformat(), "post_id": str(old.id), "about": "post"}
    answer = await client.post("/feed/position", headers=headers, data=form)
    assert answer.headers["location"] == "/feed?notice=feed.read"
    shown = (await client.get("/feed", headers=headers)).text
    assert "weil Sie dem Schlagwort glas folgen" in shown
    assert "weil Sie dem Schlagwort glas, dem Schlagwort holz und 1 weiteren folgen" in shown
    parts = shown.index("Noch ungelesen"), shown.index("zuletzt gelesen"), shown.index("Alt und")
    assert list(parts) == sorted(parts)
    narrowed = (await client.get("/feed?thing=tag:holz&since=&kind=", headers=headers)).text
    assert "Noch ungelesen" not in narrowed
    assert (await client.get("/feed?since=gestern", headers=headers)).status_code == 422
    button = {"target": "tag", "key": "glas", "next": "/feed"}
    assert (await client.post("/mutes", headers=headers, data=button)).status_code == 303
    assert "Noch ungelesen" not in (await client.get("/feed", headers=headers)).text
    assert "Stummgeschaltet" in (await client.get("/follows", headers=headers)).text
    await client.post("/mutes/remove", headers=headers, data=button)
    assert "Noch ungelesen" in (await client.get("/feed", headers=headers)).text
