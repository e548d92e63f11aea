"""Digests: what was kept for later, in one mail, once, and only what may still be seen."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select, update

from app.core import clock
from app.core.db import transaction
from app.features.notifications.gathering import MailsDue, announce_due, send_due
from app.features.notifications.letters import NAMED
from app.features.notifications.preferences import SettingsPatch, change_settings
from app.models.groups import Membership
from app.models.notifications import Notification
from app.models.posts import Post, PostStatus
from tests.features.posts.arranging import a_post, a_reply
from tests.makers import a_group, a_membership, a_person, as_actor, bearer

TUESDAY = datetime(2026, 12, 1, 11, tzinfo=UTC)
MONDAY = datetime(2026, 12, 7, 5, tzinfo=UTC)  # six in the morning in Berlin


@pytest.fixture
async def group(session):
    """Olga runs a hidden group; Max belongs to it, and reads English."""
    olga = await a_person(session, "Olga")
    max_ = await a_person(session, "Max", locale="en")
    group = await a_group(session, olga, "Netzwerk Ausbildung", admission="hidden")
    await a_membership(session, group, max_)
    await session.commit()
    return olga, max_, group


@pytest.fixture
def write(runtime, work):
    async def written(author, group, *titles):
        with clock.set_to(TUESDAY):
            async with transaction(runtime.sessions) as session:
                posts = [
                    await a_post(session, author, title=one, group_id=group.id) for one in titles
                ]
            await work()
        return posts

    return written


@pytest.fixture
def morning(runtime, work):
    """Let the clock of the worker tick at some moment, and the jobs run."""

    async def passed(moment=MONDAY):
        with clock.set_to(moment):
            async with transaction(runtime.sessions) as session:
                await announce_due(session)
            await work()

    return passed


@pytest.fixture
def wish(runtime):
    async def wished(person, **patch):
        with clock.set_to(TUESDAY):
            async with transaction(runtime.sessions) as session:
                draft = SettingsPatch.model_validate(patch)
                await change_settings(session, as_actor(person), draft)

    return wished


def text_of(mail):
    return mail.get_body(("plain",)).get_content()


async def test_a_weekly_digest_tells_everything_once_on_monday_in_the_language_of_its_reader(
    group, write, morning, outbox
):
    olga, _, network = group
    await write(olga, network, "Wer hat freie Plätze?", "Azubi-Speed-Dating")
    await morning(MONDAY - timedelta(minutes=1))
    assert outbox.outbox == []
    await morning()
    [(_, mail)] = outbox.outbox
    assert mail["Subject"] == "2 new posts in the group “Netzwerk Ausbildung”."
    text = text_of(mail)
    assert "Hello Max" in text
    assert "Groups" in text
    assert f"http://testserver/groups/{network.slug}" in text
    assert mail["List-Id"] == "<digest.kontor.example>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["References"] is None
    await morning()
    assert len(outbox.outbox) == 1


async def test_a_line_names_what_it_counts_as_far_as_there_is_room(group, write, morning, outbox):
    olga, _, network = group
    await write(olga, network, *(f"Frage {number}" for number in range(NAMED + 2)), "Frage 0")
    await morning()
    [(_, mail)] = outbox.outbox
    named = " · ".join(f"Frage {number}" for number in range(NAMED))
    assert f"({named} · and 2 more)" in text_of(mail)


async def test_where_nothing_is_new_nothing_is_sent(session, group, morning, outbox):
    await morning()
    assert outbox.outbox == []


@pytest.mark.parametrize("gone", ["left", "withdrawn", "read", "closed to strangers"])
async def test_what_was_read_or_may_not_be_seen_any_more_is_not_in_the_digest_t28_t33(
    session, client, group, write, morning, outbox, gone
):
    olga, max_, network = group
    await write(olga, network, "Wer hat freie Plätze?")
    if gone == "left":
        mine = delete(Membership).where(Membership.person_id == max_.id)
        await session.execute(mine)
    elif gone == "withdrawn":
        await session.execute(update(Post).values(status=PostStatus.WITHDRAWN))
    elif gone == "read":
        headers = await bearer(session, max_)
        await session.commit()
        await client.post("/api/v1/notifications/read", headers=headers)
    else:
        await session.execute(update(Membership).values(standing="banned"))
    await session.commit()
    await morning()
    assert outbox.outbox == []
    assert await session.scalar(select(func.count(Notification.mail_due_at))) == 0


async def test_daily_and_weekly_go_by_their_own_clock(session, group, wish, write, morning, outbox):
    olga, max_, network = group
    await wish(max_, topics={"group_posts": {"mail": "daily"}})
    await write(olga, network, "Wer hat freie Plätze?")
    await morning(TUESDAY + timedelta(hours=18))
    assert len(outbox.outbox) == 1


async def test_what_waited_for_quiet_hours_goes_by_itself_at_their_end(
    session, runtime, work, group, wish, morning, outbox
):
    olga, max_, _ = group
    await wish(max_, quiet_hours={"begins": "11:00", "ends": "14:00"})
    with clock.set_to(TUESDAY):
        async with transaction(runtime.sessions) as tx:
            post = await a_post(tx, max_)
            for _ in range(2):
                await a_reply(tx, olga, post)
        await work()
        await morning(TUESDAY)
    assert outbox.outbox == []
    await morning(datetime(2026, 12, 1, 13, tzinfo=UTC))
    [(_, mail)] = outbox.outbox
    assert f"2 new replies to “{post.title}”." in text_of(mail)
    assert mail["List-Id"] == "<replies.kontor.example>"


async def test_a_job_that_runs_twice_or_dies_tells_once(
    session, runtime, group, write, work, outbox
):
    olga, max_, network = group
    await write(olga, network, "Wer hat freie Plätze?")
    due = MailsDue(person_ids=(max_.id,), before=MONDAY)

    async def die():
        async with transaction(runtime.sessions) as tx:
            await send_due(tx, due)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await die()
    for _ in range(2):
        async with transaction(runtime.sessions) as tx:
            await send_due(tx, due)
    await work()
    assert len(outbox.outbox) == 1


async def test_a_batch_takes_as_many_queries_for_many_as_for_few(
    session, runtime, group, write, queries
):
    olga, max_, network = group
    people = [max_]
    for number in range(8):
        people.append(await a_person(session, f"Person {number}"))
        await a_membership(session, network, people[-1])
    await session.commit()
    await write(olga, network, "Wer hat freie Plätze?", "Azubi-Speed-Dating")
    counted = []
    for batch in (people[:1], people[1:2], people[2:]):
        queries.clear()
        async with transaction(runtime.sessions) as tx:
            due = MailsDue(person_ids=tuple(one.id for one in batch), before=MONDAY)
            await send_due(tx, due)
            counted.append(len(queries))
    assert len(set(counted)) == 1
