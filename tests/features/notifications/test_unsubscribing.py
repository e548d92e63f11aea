"""Mails carry what sorts, threads and stops them; a key stops one list and nothing else."""

import re

import pytest
from sqlalchemy import delete, select

from app.core.db import transaction
from app.features.notifications.preferences import SettingsPatch, change_settings
from app.features.notifications.topics import TOPICS
from app.features.notifications.unsubscribing import Kind, MailingList, unsubscribe
from app.models.groups import Membership
from app.models.notifications import GroupVolume, NotificationSetting
from tests.features.posts.arranging import a_post, a_reply
from tests.makers import a_group, a_membership, a_person, as_actor


@pytest.fixture
async def mails(session, runtime, work, outbox, configure):
    """Ada is told of two replies to her post and of a post in a group she wants to hear loudly."""
    configure(NOTIFICATIONS__GATHER_MINUTES="0")
    ada, kim = await a_person(session, "Ada <b>Vogt</b>"), await a_person(session, "Kim Jaspert")
    group = await a_group(session, kim, "Netzwerk Ausbildung")
    await a_membership(session, group, ada)
    post = await a_post(session, ada)
    await session.commit()
    async with transaction(runtime.sessions) as tx:
        loud = SettingsPatch(groups={group.id: "louder"})
        await change_settings(tx, as_actor(ada), loud)
        for _ in range(2):
            await a_reply(tx, kim, post)
        await a_post(tx, kim, title="Azubi-Speed-Dating", group_id=group.id)
    await work()
    return ada, group, [mail for _, mail in outbox.outbox]


def _link(mail):
    return re.search(r"<http://testserver(/[^>]+)>", mail["List-Unsubscribe"])[1]


async def test_a_mail_says_the_same_as_text_and_as_html_and_loads_nothing_t88(mails):
    _, _, sent = mails
    for mail in sent:
        assert mail.get_content_type() == "multipart/alternative"
        text = mail.get_body(("plain",)).get_content()
        html = mail.get_body(("html",)).get_content()
        assert "Ada <b>Vogt</b>" in text
        assert "Ada &lt;b&gt;Vogt&lt;/b&gt;" in html
        assert '<html lang="de">' in html
        for loading in ("<img", "src=", "url(", "@import", "<link", "<script"):
            assert loading not in html
        links = set(re.findall(r'href="([^"]+)"', html))
        assert {link.split("/")[2] for link in links} == {"testserver"}
        assert {link.replace("&amp;", "&") for link in links} >= set(
            re.findall(r"https?://\S+", text)
        )


async def test_mails_of_one_matter_are_one_thread_and_sorted_by_group(mails):
    _, group, (first, second, posted) = mails
    assert first["Message-ID"] != second["Message-ID"]
    assert first["References"] == first["In-Reply-To"] == second["References"]
    assert (
        first["Subject"] == second["Subject"] == "Antwort auf „Wer bildet Feinwerkmechaniker aus?“"
    )
    assert posted["References"] != first["References"]
    assert posted["List-Id"] == f"<group-{group.id.hex}.kontor.example>"
    assert first["List-Id"] == "<replies.kontor.example>"
    for mail in (first, posted):
        assert (mail["Auto-Submitted"], mail["Precedence"]) == ("auto-generated", "bulk")
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert "<mailto:betrieb@kontor.example?subject=" in mail["List-Unsubscribe"]


async def test_one_click_stops_one_topic_and_looking_stops_nothing_t85(session, client, mails):
    _, _, (first, _, posted) = mails

    async def kept():
        rows = await session.execute(
            select(NotificationSetting.topic, NotificationSetting.frequency)
        )
        return dict(map(tuple, rows))

    shown = await client.get(_link(first))
    assert shown.status_code == 200
    assert "Antworten auf Ihre Beiträge" in shown.text
    assert await kept() == {}
    for _ in range(2):
        stopped = await client.post(_link(first), data={"List-Unsubscribe": "One-Click"})
        assert stopped.status_code == 200
        assert "location" not in stopped.headers
        assert "set-cookie" not in stopped.headers
    assert await kept() == {"replies": "never"}
    assert await session.scalar(select(GroupVolume.volume)) == "louder"
    await client.post(_link(posted))
    assert await session.scalar(select(GroupVolume.volume)) == "quieter"
    assert await kept() == {"replies": "never"}
    key = _link(first).partition("key=")[2]
    for headers in ({"authorization": f"Bearer {key}"}, {"cookie": f"sid={key}"}):
        refused = await client.get("/api/v1/me/notification_settings", headers=headers)
        assert refused.status_code == 401


async def test_stopping_the_digest_stops_all_that_is_gathered_and_nothing_that_is_direct(
    session, runtime
):
    ada = await a_person(session)
    await session.commit()
    async with transaction(runtime.sessions) as tx:
        await unsubscribe(tx, MailingList(ada.id, Kind.DIGEST))
    found = set(await session.scalars(select(NotificationSetting.topic)))
    direct = {key for key, topic in TOPICS.items() if topic.mail in {None, "at_once", "never"}}
    assert found == TOPICS.keys() - direct
    assert found >= {"charters", "group_posts", "new_groups"}
    assert not found & {"messages", "replies"}


async def test_whoever_left_a_group_can_still_press_the_button(session, client, mails):
    _, group, (_, _, posted) = mails
    await session.execute(delete(Membership).where(Membership.group_id == group.id))
    await session.commit()
    assert (await client.post(_link(posted))).status_code == 200


async def test_mails_about_the_security_of_an_account_cannot_be_stopped(client, outbox, work):
    draft = {"email": "neu@kontor.example", "name": "Nora Neu"}
    draft |= {"is_old_enough": True, "accepts_terms": True}
    answer = await client.post("/api/v1/accounts/sign-ups", json=draft)
    assert answer.status_code == 202, answer.json()
    await work()
    [(_, mail)] = outbox.outbox
    assert mail["List-Unsubscribe"] is None
    assert mail.get_content_type() == "multipart/alternative"
    html = mail.get_body(("html",)).get_content()
    assert re.search(r'<a href="http://testserver/sign-up/confirm/', html)
