"""What is mailed at once: the first goes at once, more of the same soon after is one mail."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.core import clock
from app.core.db import transaction
from app.features.notifications.gathering import announce_due
from app.features.notifications.preferences import SettingsPatch, change_settings
from app.features.posts.replying import withdraw_reply
from app.models.notifications import Notification
from app.models.posts import Reply
from tests.features.posts.arranging import a_post, a_reply
from tests.makers import a_person, as_actor, bearer

NOON = datetime(2026, 12, 1, 11, tzinfo=UTC)
SHORTLY = timedelta(minutes=2)
LATER = timedelta(minutes=10)  # after the first, by default
EACH = ("Kim", "Ole", "Pia")


@pytest.fixture
async def asked(session):
    ada = await a_person(session, "Ada")
    helpers = {name: await a_person(session, name) for name in EACH}
    posts = await a_post(session, ada), await a_post(session, ada, title="Noch etwas?")
    await session.commit()
    return ada, helpers, posts


@pytest.fixture
def at(runtime, work, outbox):
    async def happens(moment, *replies, ticks=True):
        """What is mailed when people reply at a moment, and the clock of the worker ticks."""
        outbox.outbox.clear()
        with clock.set_to(moment):
            for helper, post in replies:
                async with transaction(runtime.sessions) as session:
                    await a_reply(session, helper, post)
                await work()
            if ticks:
                async with transaction(runtime.sessions) as session:
                    await announce_due(session)
                await work()
        return [
            (mail["Subject"], mail.get_body(("plain",)).get_content().split("\n\n")[1])
            for _, mail in outbox.outbox
        ]

    return happens


def one(name, post):
    return (f"Antwort auf „{post.title}“", f"{name} hat auf „{post.title}“ geantwortet.")


def several(count, names, post):
    said = f"{count} neue Antworten auf „{post.title}“.\n{names}"
    return (f"Antwort auf „{post.title}“", said)


async def test_the_first_reply_is_mailed_at_once_and_more_soon_after_are_one_mail(asked, at):
    _, people, (post, other) = asked
    kim, ole, pia = (people[name] for name in EACH)
    assert await at(NOON, (kim, post)) == [one("Kim", post)]
    soon = [(pia, post), (kim, post), (ole, post), (ole, other)]
    assert await at(NOON + SHORTLY, *soon) == [one("Ole", other)]
    assert await at(NOON + LATER - timedelta(seconds=1)) == []
    assert await at(NOON + LATER) == [several(3, "Pia · Kim · Ole", post)]
    assert await at(NOON + LATER) == []  # nothing twice
    # A lively thread is one mail in every ten minutes.
    assert await at(NOON + LATER + SHORTLY, (pia, post)) == []
    assert await at(NOON + 2 * LATER) == [one("Pia", post)]
    assert await at(NOON + 3 * LATER, (ole, post)) == [one("Ole", post)]


async def test_what_waits_is_there_when_the_worker_was_away_and_is_told_once(asked, at, session):
    _, people, (post, _) = asked
    await at(NOON, (people["Kim"], post))
    await at(NOON + SHORTLY, (people["Ole"], post), (people["Pia"], post), ticks=False)
    waiting = select(func.count(Notification.mail_due_at))
    assert await session.scalar(waiting) == 2
    hours = timedelta(hours=5)
    assert await at(NOON + hours) == [several(2, "Ole · Pia", post)]
    assert await session.scalar(waiting) == 0


@pytest.mark.parametrize("gone", ["read", "not wished any more"])
async def test_what_was_read_or_is_not_wished_any_more_is_not_mailed(
    asked, at, session, runtime, client, gone
):
    ada, people, (post, _) = asked
    await at(NOON, (people["Kim"], post))
    await at(NOON + SHORTLY, (people["Ole"], post))
    if gone == "read":
        headers = await bearer(session, ada)
        await session.commit()
        await client.post("/api/v1/notifications/read", headers=headers)
    else:
        patch = SettingsPatch.model_validate({"topics": {"replies": {"mail": "never"}}})
        async with transaction(runtime.sessions) as tx:
            await change_settings(tx, as_actor(ada), patch)
    assert await at(NOON + LATER) == []


async def test_a_reply_that_was_taken_back_meanwhile_is_neither_named_nor_counted(
    asked, at, session, runtime
):
    _, people, (post, _) = asked
    kim, ole, pia = (people[name] for name in EACH)
    await at(NOON, (kim, post))
    await at(NOON + SHORTLY, (kim, post), (ole, post), (pia, post))
    newest = await session.scalar(select(Reply).where(Reply.author_id == pia.id))
    async with transaction(runtime.sessions) as tx:
        await withdraw_reply(tx, as_actor(pia), newest.id)
    assert await at(NOON + LATER) == [several(2, "Kim · Ole", post)]


async def test_a_mention_that_was_taken_back_meanwhile_is_not_mailed(asked, at, session, runtime):
    _, people, (post, _) = asked
    kim, ole, pia = (people[name] for name in EACH)
    for moment, named in ((NOON, kim), (NOON + SHORTLY, ole)):
        async with transaction(runtime.sessions) as tx:
            made = await a_reply(tx, named, post, body=f"Fragen Sie @{pia.slug}.")
        told = await at(moment)
        assert (f"{named.name} hat Sie in „{post.title}“ erwähnt." in str(told)) == (named is kim)
    async with transaction(runtime.sessions) as tx:
        await withdraw_reply(tx, as_actor(ole), made.id)
    assert "erwähnt" not in str(await at(NOON + LATER))


async def test_quiet_hours_go_on_before_what_was_gathered_leaves(asked, at, runtime):
    ada, people, (post, _) = asked
    patch = SettingsPatch.model_validate({"quiet_hours": {"begins": "12:05", "ends": "14:00"}})
    async with transaction(runtime.sessions) as tx:
        await change_settings(tx, as_actor(ada), patch)
    assert len(await at(NOON, (people["Kim"], post))) == 1  # it is noon in Berlin
    assert await at(NOON + SHORTLY, (people["Ole"], post)) == []
    assert await at(NOON + LATER) == []
    assert await at(NOON + timedelta(hours=2)) == [one("Ole", post)]


async def test_an_operator_may_have_every_reply_mailed_at_once(asked, at, configure):
    configure(NOTIFICATIONS__GATHER_MINUTES="0")
    _, people, (post, _) = asked
    told = await at(NOON, *((person, post) for person in people.values()))
    assert told == [one(name, post) for name in EACH]
