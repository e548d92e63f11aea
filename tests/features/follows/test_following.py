"""Following people, companies, groups, places and topics."""

import asyncio
import re

import pytest
from sqlalchemy import func, select

from app.core.db import transaction
from app.core.settings import settings
from app.features.follows.following import FollowDraft, follow
from app.models.companies import CompanyState
from app.models.follows import Follow, FollowTarget
from app.models.groups import Admission, Standing
from app.models.places import Place
from app.runtime import running
from tests.features.posts.arranging import a_post
from tests.makers import a_company, a_group, a_membership, a_person, as_actor, bearer, signed_in

URL = "/api/v1/follows"
GOODS = {"kind": "offer", "category": "storage", "price_type": "negotiable"}


async def test_a_person_follows_all_sorts_of_things_and_sees_them_by_name(session, client):
    me, kim = await a_person(session), await a_person(session, "Kim Jaspert")
    company = await a_company(session, "Jaspert Maschinenbau GmbH")
    group = await a_group(session, kim, "Ausbildung")
    place = await session.scalar(select(Place).where(Place.code == "05954016"))
    headers = await bearer(session, me)
    await session.commit()
    wishes = [
        ("person", kim.id, f"/people/{kim.slug}"),
        ("company", company.id, f"/companies/{company.slug}"),
        ("group", group.id, f"/groups/{group.slug}"),
        ("place", place.id, f"/places/{place.id}"),
        ("topic", "succession", "/groups?topic=succession"),
        ("sector", "2008:25", "/sectors/2008:25"),
        ("sector", "2008:C", "/sectors/2008:C"),
        ("kind", "apprenticeship", "/posts?kind=apprenticeship"),
        ("tag", "stahlbau", "/posts?tag=stahlbau"),
    ]
    for target, key, path in wishes:
        answer = await client.post(URL, headers=headers, json={"target": target, "key": str(key)})
        assert answer.status_code == 201, answer.text
        made = answer.json()
        assert (made["key"], made["path"]) == (str(key), path)
        assert answer.headers["location"] == f"{URL}/{made['id']}"
    names = [one["name"] for one in (await client.get(URL, headers=headers)).json()["items"]]
    assert set(names) == {
        "Kim Jaspert",
        "Jaspert Maschinenbau GmbH",
        "Ausbildung",
        "Hattingen",
        "Unternehmensnachfolge",
        "Herstellung von Metallerzeugnissen",
        "Verarbeitendes Gewerbe",
        "Ausbildungsplätze",
        "stahlbau",
    }


async def test_a_place_is_followed_by_name_and_twice_changes_nothing(session, client):
    headers = await bearer(session, await a_person(session))
    await session.commit()
    ids = [
        (await client.post(URL, headers=headers, json={"target": "place", "key": key})).json()["id"]
        for key in ("Hattingen", "hattingen")
    ]
    assert ids[0] == ids[1]
    assert (await client.delete(f"{URL}/{ids[0]}", headers=headers)).status_code == 204
    assert (await client.delete(f"{URL}/{ids[0]}", headers=headers)).status_code == 404
    assert (await client.get(URL, headers=headers)).json()["items"] == []


async def test_what_cannot_be_seen_is_followed_as_little_as_what_never_was_t25(session, client):
    owner, me = await a_person(session), await a_person(session, "Kim Jaspert")
    hidden = await a_group(session, owner, "Geheim", admission=Admission.HIDDEN)
    stub = await a_company(session, "Still", state=CompanyState.STUB)
    headers = await bearer(session, me)
    await session.commit()
    answers = [
        await client.post(URL, headers=headers, json={"target": target, "key": str(key)})
        for target, key in (
            ("group", hidden.id),
            ("group", me.id),
            ("company", stub.id),
            ("person", hidden.id),
            ("topic", "keines"),
            ("kind", "keine"),
            ("sector", "25"),
            ("sector", "2008:25.62"),
            ("tag", "!"),
            ("group", "kein-uuid"),
        )
    ]
    assert {answer.status_code for answer in answers} == {422}
    assert len({answer.json()["errors"][0]["code"] for answer in answers}) == 1
    assert await session.scalar(select(func.count()).select_from(Follow)) == 0


async def test_a_hidden_group_is_followed_by_its_members_only_t25(session, client):
    owner, kim = await a_person(session), await a_person(session, "Kim Jaspert")
    group = await a_group(session, owner, "Geheim", admission=Admission.HIDDEN)
    await a_membership(session, group, kim, Standing.INVITED)
    never = f"{URL}/group/{kim.id}"
    invited, member = await bearer(session, kim), await bearer(session, owner)
    await session.commit()
    refused = await client.put(f"{URL}/group/{group.id}", headers=invited)
    unknown = await client.put(never, headers=invited)
    assert refused.status_code == unknown.status_code == 422
    assert refused.json()["errors"] == unknown.json()["errors"]
    assert (await client.put(f"{URL}/group/{group.id}", headers=member)).status_code == 200


async def test_what_has_a_key_is_followed_and_unfollowed_by_it(session, client):
    me, kim = await a_person(session), await a_person(session, "Kim Jaspert")
    headers = await bearer(session, me)
    await session.commit()
    for target, key in (("person", kim.id), ("tag", "Stahlbau"), ("sector", "2008:43")):
        made = [await client.put(f"{URL}/{target}/{key}", headers=headers) for _ in range(2)]
        assert [one.status_code for one in made] == [200, 200]
        assert made[0].json() == made[1].json()
        kept = made[0].json()["key"]
        for _ in range(2):
            gone = await client.delete(f"{URL}/{target}/{kept}", headers=headers)
            assert gone.status_code == 204
    assert (await client.get(URL, headers=headers)).json()["items"] == []
    assert (await client.put(f"{URL}/tag/stahlbau")).status_code == 401


async def test_there_is_an_end_to_following(session, client, monkeypatch):
    monkeypatch.setattr("app.features.follows.following.MOST_FOLLOWED", 1)
    headers = await bearer(session, await a_person(session))
    await session.commit()
    answers = [
        await client.put(f"{URL}/tag/{tag}", headers=headers) for tag in ("holz", "stahl", "holz")
    ]
    assert [one.status_code for one in answers] == [200, 409, 200]
    assert answers[1].json()["code"] == "follows_too_many"


async def test_a_post_and_a_list_of_posts_offer_to_follow_what_they_are_about(session, client):
    me, kim = await a_person(session), await a_person(session, "Kim Jaspert")
    headers = await signed_in(session, me)
    post = await a_post(session, kim, "offer", details=GOODS, place="Hattingen", tags=["stahlbau"])
    await session.commit()
    for path, things in (
        (f"/posts/{post.id}", {"person", "place", "kind", "tag"}),
        ("/posts?kind=offer&tag=stahlbau&place=Hattingen", {"place", "kind", "tag"}),
    ):
        page = (await client.get(path, headers=headers)).text
        assert set(re.findall('name="target" value="([a-z]+)"', page)) == things, path
        assert 'name="target"' not in (await client.get(path)).text


async def test_a_group_that_hides_leaves_the_lists_of_its_followers_t28(session, client):
    owner, me = await a_person(session), await a_person(session, "Kim Jaspert")
    group = await a_group(session, owner, "Bald geheim")
    mine, theirs = await bearer(session, me), await bearer(session, owner)
    await session.commit()
    await client.post(URL, headers=mine, json={"target": "group", "key": str(group.id)})
    await client.patch(f"/api/v1/groups/{group.id}", headers=theirs, json={"admission": "hidden"})
    assert (await client.get(URL, headers=mine)).json()["items"] == []


async def test_nobody_follows_nothing(client):
    assert (await client.get(URL)).status_code == 401
    assert (await client.get("/follows")).headers["location"].startswith("/sign-in")


async def test_others_follows_are_not_mine_to_end(session, client):
    me, kim = await a_person(session), await a_person(session, "Kim Jaspert")
    session.add(Follow(person_id=kim.id, target=FollowTarget.TOPIC, key="funding"))
    headers = await bearer(session, me)
    await session.commit()
    follow_id = await session.scalar(select(Follow.id))
    assert (await client.delete(f"{URL}/{follow_id}", headers=headers)).status_code == 404


async def test_the_buttons_follow_and_unfollow_and_come_back(session, client):
    owner, me = await a_person(session), await a_person(session, "Kim Jaspert")
    group = await a_group(session, owner)
    await a_membership(session, group, me)
    headers = await signed_in(session, me)
    await session.commit()
    here = f"/groups/{group.slug}"
    assert ">Folgen<" in (await client.get(here, headers=headers)).text
    form = {"target": "group", "key": str(group.id), "next": here}
    answer = await client.post("/follows", headers=headers, data=form)
    assert answer.headers["location"] == f"{here}?notice=follow.followed"
    assert ">Entfolgen<" in (await client.get(here, headers=headers)).text
    page = await client.get("/follows", headers=headers)
    assert group.name in page.text
    follow_id = await session.scalar(select(Follow.id))
    answer = await client.post(
        f"/follows/{follow_id}/remove", headers=headers, data={"next": "//evil.example"}
    )
    assert answer.headers["location"].startswith("/?notice=")


async def test_people_companies_and_topics_are_followed_where_they_are_shown(session, client):
    me, kim = await a_person(session), await a_person(session, "Kim Jaspert")
    company = await a_company(session, owner=kim)
    headers = await signed_in(session, me)
    theirs = await signed_in(session, kim)
    await session.commit()
    for target, key, here in (
        ("person", kim.id, f"/people/{kim.slug}"),
        ("company", company.id, f"/companies/{company.slug}"),
        ("topic", "succession", "/groups?topic=succession"),
    ):
        assert ">Folgen<" in (await client.get(here, headers=headers)).text, here
        assert ">Folgen<" not in (await client.get(here)).text, here
        form = {"target": target, "key": str(key), "next": here}
        assert (await client.post("/follows", headers=headers, data=form)).status_code == 303
        assert ">Entfolgen<" in (await client.get(here, headers=headers)).text, here
    for own in (f"/people/{kim.slug}", f"/companies/{company.slug}"):
        assert ">Folgen<" not in (await client.get(own, headers=theirs)).text
    assert (await client.get("/groups?topic=nonsense", headers=headers)).status_code < 500


async def test_a_place_that_is_unknown_comes_back_in_the_form(session, client):
    headers = await signed_in(session, await a_person(session))
    await session.commit()
    answer = await client.post(
        "/follows", headers=headers, data={"target": "place", "key": "Entenhausen"}
    )
    assert answer.status_code == 422
    assert "Diesen Ort kennen wir nicht." in answer.text
    assert "Entenhausen" in answer.text


async def test_the_list_takes_the_same_statements_for_one_and_for_thirty(session, client, queries):
    me, owner = await a_person(session), await a_person(session, "Kim Jaspert")
    headers = await bearer(session, me)
    counts = []
    for number in range(30):
        group = await a_group(session, owner, f"Gruppe {number}")
        session.add(Follow(person_id=me.id, target=FollowTarget.GROUP, key=str(group.id)))
        if number in {0, 29}:
            await session.commit()
            queries.clear()
            answer = await client.get(f"{URL}?limit=100", headers=headers)
            assert len(answer.json()["items"]) == number + 1
            counts.append(len(queries))
    assert counts[0] == counts[1] == 2


@pytest.mark.parametrize("crowd", [12])
async def test_many_clicks_make_one_follow_f12(own_database, crowd):
    configured = settings().model_copy(update={"write_connections": 8})
    async with running(configured, own_database) as house:
        async with transaction(house.sessions) as session:
            me = as_actor(await a_person(session))

        async def click():
            async with transaction(house.sessions) as session:
                draft = FollowDraft(target=FollowTarget.TOPIC, key="funding")
                return (await follow(session, me, draft)).id

        made = await asyncio.gather(*[click() for _ in range(crowd)])
    assert len(set(made)) == 1
