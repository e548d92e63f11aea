"""What people are told about groups: in their inbox and by mail, once, and only what they may."""

import pytest
from sqlalchemy import func, select

from app.core.db import transaction
from app.features.groups.founding import GroupFounded
from app.features.groups.membership import JoinRequested
from app.features.notifications.about_groups import announce, ask_those_who_decide
from app.features.notifications.wording import WORDINGS
from app.models.follows import Follow, FollowTarget
from app.models.groups import Admission, GroupPlace, Standing
from app.models.mails import OutgoingMail
from app.models.notifications import Notification
from app.models.places import Place
from tests.makers import a_group, a_membership, a_person, bearer, signed_in


async def _told(session, person):
    rows = await session.scalars(
        select(Notification.type)
        .where(Notification.person_id == person.id)
        .order_by(Notification.id)
    )
    return list(rows)


async def _inbox(client, headers):
    items = (await client.get("/api/v1/notifications", headers=headers)).json()["items"]
    return [one["text"] for one in items]


async def test_a_request_is_told_to_those_who_decide_and_its_answer_to_the_person(
    session, client, work, outbox
):
    olga, moni, max_, anton = [
        await a_person(session, name) for name in ("Olga", "Moni", "Max", "Anton")
    ]
    group = await a_group(session, olga, "Mobilität", admission=Admission.ON_REQUEST)
    await a_membership(session, group, moni, Standing.MODERATOR)
    await a_membership(session, group, max_)
    headers = {p.name: await bearer(session, p) for p in (olga, moni, anton)}
    await session.commit()
    await client.put(f"/api/v1/groups/{group.id}/membership", headers=headers["Anton"])
    await work()
    assert await _inbox(client, headers["Moni"]) == [
        "Anton möchte der Gruppe „Mobilität“ beitreten."
    ]
    assert await _told(session, olga) == ["group.join_requested"]
    assert await _told(session, max_) == await _told(session, anton) == []
    await client.patch(
        f"/api/v1/groups/{group.id}/members/{anton.id}",
        headers=headers["Moni"],
        json={"standing": "refused", "reason": "Nur für Betriebe."},
    )
    await work()
    assert await _inbox(client, headers["Anton"]) == [
        "Ihre Anfrage an die Gruppe „Mobilität“ wurde abgelehnt. Begründung: Nur für Betriebe."
    ]
    assert len(outbox.outbox) == 3
    assert "Nur für Betriebe." in outbox.outbox[-1][1].get_body(("plain",)).get_content()


@pytest.mark.parametrize(
    ("standing", "path", "body", "expected"),
    [
        (Standing.REQUESTED, "", {"standing": "member"}, ["group.admitted"]),
        (Standing.REQUESTED, "", {"standing": "refused"}, ["group.refused"]),
        (Standing.MEMBER, "", {"standing": "banned", "reason": "x"}, ["group.banned_why"]),
        (Standing.MEMBER, "", {"standing": "moderator"}, ["group.moderates"]),
        (Standing.MEMBER, "", {"standing": "owner"}, ["group.owns"]),
        (Standing.MEMBER, "", None, ["group.removed"]),
        (Standing.INVITED, "", None, []),
        (Standing.BANNED, "", None, []),
    ],
)
async def test_a_decision_is_told_to_the_person(
    session, client, work, standing, path, body, expected
):
    owner, person = await a_person(session, "Olga"), await a_person(session, "Anton")
    group = await a_group(session, owner, admission=Admission.ON_REQUEST)
    await a_membership(session, group, person, standing)
    headers = await bearer(session, owner)
    await session.commit()
    url = f"/api/v1/groups/{group.id}/members/{person.id}"
    if body is None:
        assert (await client.delete(url, headers=headers)).status_code == 204
    else:
        assert (await client.patch(url, headers=headers, json=body)).status_code == 200
    await work()
    assert await _told(session, person) == expected
    assert await _told(session, owner) == []


async def test_an_invited_person_is_told(session, client, work, outbox):
    owner, guest = await a_person(session, "Olga"), await a_person(session, "Frida", locale="en")
    group = await a_group(session, owner, "Geheim", admission=Admission.HIDDEN)
    headers = await bearer(session, owner)
    await session.commit()
    await client.post(
        f"/api/v1/groups/{group.id}/members", headers=headers, json={"person_id": str(guest.id)}
    )
    await work()
    recipient, mail = outbox.outbox[0]
    assert recipient.startswith("person-")
    assert mail["Subject"] == "Olga has invited you to the group “Geheim”."
    assert f"/groups/{group.slug}" in mail.get_body(("plain",)).get_content()


async def test_a_new_group_is_told_to_who_follows_its_topic_or_place(session, client, work):
    founder = await a_person(session, "Jonas")
    fans = {name: await a_person(session, name) for name in ("Topic", "Town", "Country", "Other")}
    codes = {"Town": "05911", "Country": "DE", "Other": "05954016"}
    session.add(Follow(person_id=fans["Topic"].id, target=FollowTarget.TOPIC, key="funding"))
    session.add(Follow(person_id=founder.id, target=FollowTarget.TOPIC, key="funding"))
    for name, code in codes.items():
        place = await session.scalar(
            select(Place.id)
            .where(Place.code.startswith(code), Place.name != "")
            .order_by(func.length(Place.code))
        )
        session.add(Follow(person_id=fans[name].id, target=FollowTarget.PLACE, key=str(place)))
    headers = await bearer(session, founder)
    await session.commit()
    draft = {"name": "Neu", "topics": ["funding"], "places": ["44793"]}
    assert (await client.post("/api/v1/groups", headers=headers, json=draft)).status_code == 201
    await work()
    told = {name: await _told(session, fan) for name, fan in fans.items()}
    assert told == {
        "Topic": ["group.founded"],
        "Town": ["group.founded"],
        "Country": ["group.founded"],
        "Other": [],
    }
    assert await _told(session, founder) == []


async def test_a_hidden_group_is_announced_to_nobody_t28(session, client, work):
    founder, fan = await a_person(session, "Jonas"), await a_person(session, "Fan")
    session.add(Follow(person_id=fan.id, target=FollowTarget.TOPIC, key="funding"))
    headers = await bearer(session, founder)
    await session.commit()
    draft = {"name": "Neu", "topics": ["funding"]}
    await client.post("/api/v1/groups", headers=headers, json=draft | {"admission": "hidden"})
    made = (await client.post("/api/v1/groups", headers=headers, json=draft)).json()
    await client.patch(
        f"/api/v1/groups/{made['id']}", headers=headers, json={"admission": "hidden"}
    )
    await work()
    assert await _told(session, fan) == []
    assert await session.scalar(select(func.count()).select_from(OutgoingMail)) == 0


async def test_who_asked_a_group_that_hid_and_was_renamed_learns_nothing_t28(session, client, work):
    owner, asker = await a_person(session, "Olga"), await a_person(session, "Anton")
    group = await a_group(session, owner, admission=Admission.ON_REQUEST)
    await a_membership(session, group, asker, Standing.REQUESTED)
    headers = await bearer(session, owner)
    await session.commit()
    url = f"/api/v1/groups/{group.id}"
    await client.patch(url, headers=headers, json={"admission": "hidden", "name": "Übernahme X"})
    await client.patch(
        f"{url}/members/{asker.id}", headers=headers, json={"standing": "refused", "reason": "x"}
    )
    await work()
    assert await _told(session, asker) == []


async def test_another_charter_is_told_to_every_member_but_who_wrote_it(session, client, work):
    owner, member, asker = [await a_person(session, name) for name in ("Olga", "Max", "Anton")]
    group = await a_group(session, owner, charter="Alt")
    await a_membership(session, group, member)
    await a_membership(session, group, asker, Standing.REQUESTED)
    headers = await bearer(session, owner)
    await session.commit()
    for charter in ("Neu", "Noch neuer"):
        await client.patch(f"/api/v1/groups/{group.id}", headers=headers, json={"charter": charter})
    await work()
    assert await _told(session, member) == ["group.charter_changed"] * 2
    assert await _told(session, owner) == await _told(session, asker) == []


async def test_a_job_that_runs_twice_tells_once(session, runtime):
    owner, asker, fan = [await a_person(session, name) for name in ("Olga", "Anton", "Fan")]
    group = await a_group(session, owner, admission=Admission.ON_REQUEST, topics=["funding"])
    await a_membership(session, group, asker, Standing.REQUESTED)
    session.add(Follow(person_id=fan.id, target=FollowTarget.TOPIC, key="funding"))
    await session.commit()
    for _ in range(2):
        async with transaction(runtime.sessions) as working:
            await ask_those_who_decide(
                working, JoinRequested(group_id=group.id, person_id=asker.id)
            )
            await announce(working, GroupFounded(group_id=group.id, person_id=owner.id))
    assert await _told(session, owner) == ["group.join_requested"]
    assert await _told(session, fan) == ["group.founded"]
    assert await session.scalar(select(func.count()).select_from(OutgoingMail)) == 1


async def test_the_inbox_is_read_in_parts_and_marked_as_read(session, client):
    me, other = await a_person(session), await a_person(session, "Kim Jaspert")
    for number in range(3):
        for person in (me, other):
            session.add(
                Notification(
                    person_id=person.id,
                    type="group.admitted",
                    params={"group": f"Gruppe {number}"},
                    path="/groups/x",
                    dedup_key=str(number),
                )
            )
            await session.flush()
    headers = await bearer(session, me)
    await session.commit()
    url = "/api/v1/notifications"
    first = (await client.get(f"{url}?limit=2", headers=headers)).json()
    second = (await client.get(f"{url}?limit=2&cursor={first['next']}", headers=headers)).json()
    items = first["items"] + second["items"]
    assert len({one["id"] for one in items}) == 3
    english = {**headers, "accept-language": "en"}
    said = (await client.get(url, headers=english)).json()["items"][0]["text"]
    assert said.startswith("You have been admitted to the group “Gruppe")
    answer = await client.post(f"{url}/read", headers=headers, json={"ids": [items[0]["id"]]})
    assert answer.json() == {"unread": 2}
    assert (await client.post(f"{url}/read", headers=headers)).json() == {"unread": 0}
    unread = await session.scalar(
        select(func.count()).where(
            Notification.person_id == other.id, Notification.read_at.is_(None)
        )
    )
    assert unread == 3
    assert (await client.get(url)).status_code == 401


async def test_the_page_shows_what_is_new_and_the_masthead_counts_it(session, client):
    me = await a_person(session)
    session.add(
        Notification(
            person_id=me.id,
            type="group.invited",
            params={"group": "Ausbildung", "person": "Kim"},
            path="/groups/ausbildung",
            dedup_key="1",
        )
    )
    headers = await signed_in(session, me)
    await session.commit()
    page = await client.get("/notifications", headers=headers)
    assert "Kim lädt Sie in die Gruppe „Ausbildung“ ein." in page.text
    assert '">, 1 neue Benachrichtigung</span>' in page.text
    answer = await client.post("/notifications/read", headers=headers)
    page = await client.get(answer.headers["location"], headers=headers)
    assert '">, 0 neue Benachrichtigungen</span>' in page.text
    assert (await client.get("/notifications")).headers["location"].startswith("/sign-in")


async def test_an_empty_inbox_says_what_to_do(session, client):
    headers = await signed_in(session, await a_person(session))
    await session.commit()
    page = await client.get("/notifications", headers=headers)
    assert "Es gibt noch keine Benachrichtigungen." in page.text


def test_every_wording_is_of_a_type_of_its_own():
    assert {"group.join_requested", "group.founded", "group.refused_why"} <= WORDINGS.keys()
    assert all(wording.type == key for key, wording in WORDINGS.items())


async def test_a_place_in_a_followed_town_counts_as_the_town(session, runtime):
    founder, fan = await a_person(session, "Jonas"), await a_person(session, "Fan")
    group = await a_group(session, founder)
    area = await session.scalar(select(Place.id).where(Place.code == "45527"))
    town = await session.scalar(select(Place.id).where(Place.code == "05954016"))
    session.add(GroupPlace(group_id=group.id, place_id=area))
    session.add(Follow(person_id=fan.id, target=FollowTarget.PLACE, key=str(town)))
    await session.commit()
    async with transaction(runtime.sessions) as working:
        await announce(working, GroupFounded(group_id=group.id, person_id=founder.id))
    assert await _told(session, fan) == ["group.founded"]
