from sqlalchemy import select

from app.core.db import transaction
from app.features.posts.replying import ReplyDraft, accept_answer, reply_to, withdraw_reply
from app.models.groups import Admission
from app.models.notifications import Notification
from tests.features.posts.arranging import a_post, a_reply
from tests.makers import a_company, a_group, a_membership, a_person, as_actor


async def told(session, person):
    rows = await session.scalars(
        select(Notification.type)
        .where(Notification.person_id == person.id)
        .order_by(Notification.id)
    )
    return list(rows)


async def test_the_author_hears_of_a_reply_and_the_helper_that_it_was_accepted(
    runtime, work, outbox
):
    async with transaction(runtime.sessions) as session:
        asker = await a_person(session, locale="en")
        helper = await a_person(session, "Kim Jaspert")
        company = await a_company(session, "Zimmerei Adler", owner=helper)
        post = await a_post(session, asker)
        reply = await a_reply(session, helper, post, company_id=company.id)
        await a_reply(session, asker, post, "Danke.")
        await accept_answer(session, as_actor(asker), post.id, reply.id)
    await work()
    assert await told(session, asker) == ["post.replied"]
    assert await told(session, helper) == ["post.answer_accepted"]
    (_, told_asker), (_, told_helper) = outbox.outbox
    assert told_asker["subject"] == "Reply to “Wer bildet Feinwerkmechaniker aus?”"
    text = told_asker.get_body(("plain",)).get_content()
    assert "Zimmerei Adler replied to “Wer bildet Feinwerkmechaniker aus?”." in text
    assert "hilfreichste Antwort" in told_helper["subject"]
    assert f"/posts/{post.id}#reply-{reply.id}" in told_asker.get_body(("plain",)).get_content()


async def test_a_withdrawn_reply_is_not_told(runtime, work):
    async with transaction(runtime.sessions) as session:
        asker, helper = await a_person(session), await a_person(session, "Kim Jaspert")
        post = await a_post(session, asker)
        reply = await a_reply(session, helper, post)
        await withdraw_reply(session, as_actor(helper), reply.id)
    await work()
    assert await told(session, asker) == []


async def test_only_those_who_may_see_a_post_hear_that_they_are_mentioned_t25(runtime, work):
    async with transaction(runtime.sessions) as session:
        founder, member, stranger = [await a_person(session) for _ in range(3)]
        editor = await a_person(session)
        company = await a_company(session, owner=editor)
        group = await a_group(session, founder, admission=Admission.HIDDEN)
        await a_membership(session, group, member)
        names = f"@{founder.slug} @{member.slug} @{stranger.slug} @{company.slug}"
        inside = await a_post(session, founder, group_id=group.id, body=f"Hallo {names}")
    await work()
    assert set(await told(session, member)) == {"post.mentioned", "group.posted"}
    for nobody in (founder, stranger, editor):
        assert await told(session, nobody) == []
    async with transaction(runtime.sessions) as session:
        await a_post(session, founder, body=f"Hallo {names}")
        await reply_to(
            session, as_actor(member), inside.id, ReplyDraft(body=f"Ja, @{founder.slug}.")
        )
    await work()
    assert await told(session, stranger) == ["post.mentioned"]
    assert await told(session, editor) == ["post.company_mentioned"]
    assert await told(session, founder) == ["post.replied"]


async def test_a_job_that_runs_twice_tells_once(runtime, connection, work):
    async with transaction(runtime.sessions) as session:
        asker, helper = await a_person(session), await a_person(session, "Kim Jaspert")
        post = await a_post(session, asker)
        await a_reply(session, helper, post)
    await work()
    raw = (await connection.get_raw_connection()).driver_connection
    await raw.execute("UPDATE procrastinate_jobs SET status = 'todo'")
    await work()
    assert await told(session, asker) == ["post.replied"]
