"""What people choose to hear of, on both fronts, and that it is kept to."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from app.core import clock
from app.core.db import transaction
from app.features.notifications.preferences import SettingsPatch, change_settings
from app.models.notifications import GroupVolume, Notification, NotificationSetting, QuietHours
from tests.features.posts.arranging import a_post, a_reply
from tests.makers import a_group, a_membership, a_person, as_actor, bearer, signed_in

URL = "/api/v1/me/notification_settings"
NOON = datetime(2026, 12, 1, 11, tzinfo=UTC)  # a Tuesday


@pytest.fixture
def wish(runtime):
    async def wished(person, **patch):
        async with transaction(runtime.sessions) as session:
            await change_settings(session, as_actor(person), SettingsPatch.model_validate(patch))

    return wished


@pytest.fixture
async def asked(session):
    asker, helper = await a_person(session, "Ada"), await a_person(session, "Kim Jaspert")
    post = await a_post(session, asker)
    await session.commit()
    return asker, helper, post


@pytest.fixture
def reply(runtime, work):
    async def replied(helper, post, at=NOON):
        with clock.set_to(at):
            async with transaction(runtime.sessions) as session:
                await a_reply(session, helper, post)
            await work()

    return replied


async def _line(session, person):
    found = await session.execute(
        select(Notification.in_inbox, Notification.mail_due_at).where(
            Notification.person_id == person.id
        )
    )
    return tuple(found.one())


async def test_wishes_are_read_and_changed_by_the_api_and_only_what_differs_is_kept(
    session, client
):
    person = await a_person(session)
    headers = await bearer(session, person)
    await session.commit()
    own = (await client.get(URL, headers=headers)).json()
    topics = {one["key"]: one for one in own["topics"]}
    assert (topics["replies"]["mail"], topics["replies"]["inbox"]) == ("at_once", True)
    assert topics["group_posts"]["mail"] == "weekly"
    assert (topics["searches"]["mail"], own["quiet_hours"], own["groups"]) == (None, None, [])
    patch = {
        "topics": {"replies": {"mail": "daily"}, "mentions": {"mail": "at_once", "inbox": False}},
        "quiet_hours": {"begins": "22:00", "ends": "07:00"},
    }
    changed = await client.patch(URL, headers=headers, json=patch)
    assert changed.status_code == 200, changed.json()
    topics = {one["key"]: one for one in changed.json()["topics"]}
    assert (topics["replies"]["mail"], topics["mentions"]["inbox"]) == ("daily", False)
    assert changed.json()["quiet_hours"] == {"begins": "22:00", "ends": "07:00"}
    kept = await session.execute(select(NotificationSetting.topic, NotificationSetting.channel))
    assert set(map(tuple, kept)) == {("replies", "mail"), ("mentions", "inbox")}
    back = {"topics": {"replies": {"mail": "at_once"}}, "quiet_hours": None}
    assert (await client.patch(URL, headers=headers, json=back)).json()["quiet_hours"] is None
    assert await session.scalar(select(func.count()).select_from(NotificationSetting)) == 1
    assert await session.scalar(select(QuietHours.begins)) is None


@pytest.mark.parametrize(
    "patch",
    [
        {"topics": {"unheard_of": {"mail": "daily"}}},
        {"topics": {"replies": {"mail": "hourly"}}},
        {"topics": {"searches": {"mail": "daily"}}},
        {"quiet_hours": {"begins": "22:00", "ends": "22:00"}},
        {"quiet_hours": {"begins": "22:00Z", "ends": "07:00"}},
        {"quiet_hours": {"begins": "22:00"}},
    ],
)
async def test_wishes_that_mean_nothing_are_refused(session, client, patch):
    headers = await bearer(session, await a_person(session))
    await session.commit()
    assert (await client.patch(URL, headers=headers, json=patch)).status_code == 422


async def test_nobody_turns_down_a_group_that_they_do_not_belong_to(session, client):
    person, owner = await a_person(session), await a_person(session)
    hidden = await a_group(session, owner, "Geheim", admission="hidden")
    headers = await bearer(session, person)
    await session.commit()
    for group_id in (hidden.id, "0198c1d2-0000-7000-8000-000000000000"):
        refused = await client.patch(
            URL, headers=headers, json={"groups": {str(group_id): "muted"}}
        )
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "not_a_member")
    assert "Geheim" not in (await client.get(URL, headers=headers)).text


async def test_the_page_shows_and_keeps_every_wish(session, client):
    person = await a_person(session)
    group = await a_group(session, person, "Netzwerk Ausbildung")
    headers = await signed_in(session, person)
    await session.commit()
    page = (await client.get("/settings/notifications", headers=headers)).text
    assert "Antworten auf Ihre Beiträge" in page
    assert "Netzwerk Ausbildung" in page
    form = dict(re.findall(r'name="(topics\.[a-z_]+\.inbox)" value="(true)" checked', page))
    for select_ in re.findall(r'<select[^>]*name="(topics[^"]+)".*?</select>', page, re.DOTALL):
        form[select_] = "weekly"
    form |= {"topics.replies.mail": "never", "quiet_hours.begins": "21:30"}
    del form["topics.mentions.inbox"]
    refused = await client.post("/settings/notifications", headers=headers, data=form)
    assert refused.status_code == 422
    form["quiet_hours.ends"] = "06:45"
    saved = await client.post("/settings/notifications", headers=headers, data=form)
    assert saved.status_code == 303
    found = await session.execute(
        select(
            NotificationSetting.topic, NotificationSetting.channel, NotificationSetting.frequency
        )
    )
    kept = {(row.topic, row.channel): row.frequency for row in found}
    assert kept[("replies", "mail")] == kept[("mentions", "inbox")] == "never"
    assert kept[("messages", "mail")] == "weekly"
    assert ("group_posts", "mail") not in kept
    page = (await client.get("/settings/notifications", headers=headers)).text
    assert 'value="21:30"' in page
    loud = {str(group.id): "muted"}
    saved = await client.post("/settings/notifications/groups", headers=headers, data=loud)
    assert saved.status_code == 303
    assert await session.scalar(select(GroupVolume.volume)) == "muted"
    page = (await client.get("/settings/notifications", headers=headers)).text
    assert 'value="muted" selected' in page
    wrong = {str(group.id): "deafening"}
    refused = await client.post("/settings/notifications/groups", headers=headers, data=wrong)
    assert refused.status_code == 422


async def test_a_topic_is_told_as_often_as_wished(session, asked, wish, reply, outbox):
    asker, helper, post = asked
    await wish(asker, topics={"replies": {"mail": "daily"}})
    await reply(helper, post)
    assert outbox.outbox == []
    assert await _line(session, asker) == (True, datetime(2026, 12, 2, 5, tzinfo=UTC))


async def test_what_is_never_told_is_neither_shown_nor_mailed(
    session, client, asked, wish, reply, outbox
):
    asker, helper, post = asked
    headers = await bearer(session, asker)
    await session.commit()
    await wish(asker, topics={"replies": {"mail": "never", "inbox": False}})
    await reply(helper, post)
    assert outbox.outbox == []
    assert await _line(session, asker) == (False, None)
    assert (await client.get("/api/v1/notifications", headers=headers)).json()["items"] == []
    marked = await client.post("/api/v1/notifications/read", headers=headers)
    assert marked.json() == {"unread": 0}


async def test_in_quiet_hours_a_mail_waits_for_their_end(session, asked, wish, reply, outbox):
    asker, helper, post = asked
    await wish(asker, quiet_hours={"begins": "11:00", "ends": "14:00"})
    await reply(helper, post)
    assert outbox.outbox == []
    assert await _line(session, asker) == (True, datetime(2026, 12, 1, 13, tzinfo=UTC))


async def test_what_waits_follows_a_changed_wish(session, asked, wish, reply):
    asker, helper, post = asked
    await wish(asker, topics={"replies": {"mail": "weekly"}})
    await reply(helper, post)
    with clock.set_to(NOON):
        await wish(asker, topics={"replies": {"mail": "daily"}})
        assert await _line(session, asker) == (True, datetime(2026, 12, 2, 5, tzinfo=UTC))
        await wish(asker, topics={"replies": {"mail": "never"}})
    assert await _line(session, asker) == (True, None)


@pytest.mark.parametrize(
    ("volume", "told"),
    [
        (None, {"inbox", "digest"}),
        ("louder", {"inbox", "mail"}),
        ("quieter", {"inbox"}),
        ("muted", set()),
    ],
)
async def test_a_group_is_heard_as_loud_as_wished(
    session, runtime, wish, work, outbox, volume, told
):
    owner, member = await a_person(session, "Olga"), await a_person(session, "Max")
    group = await a_group(session, owner, "Mobilität")
    await a_membership(session, group, member)
    await session.commit()
    await wish(member, groups={str(group.id): volume})
    async with transaction(runtime.sessions) as tx:
        await a_post(tx, owner, group_id=group.id)
        personal = await a_post(tx, member, group_id=group.id)
        await a_reply(tx, owner, personal)
    await work()
    found = await session.execute(
        select(Notification.type, Notification.in_inbox, Notification.mail_due_at).where(
            Notification.person_id == member.id
        )
    )
    rows = {row.type: row for row in found}
    assert rows["group.posted"].in_inbox == ("inbox" in told)
    assert (rows["group.posted"].mail_due_at is not None) == ("digest" in told)
    assert rows["post.replied"].in_inbox  # what is personal is told all the same
    texts = [mail.get_body(("plain",)).get_content() for _, mail in outbox.outbox]
    assert len([text for text in texts if "Max" in text]) == 1 + ("mail" in told)
