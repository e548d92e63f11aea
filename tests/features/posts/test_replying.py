import asyncio
import contextlib

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from app.core import clock
from app.core.db import sqlalchemy_url, transaction
from app.core.errors import Forbidden, NotFound, Stale
from app.features.posts.access import PostGone
from app.features.posts.ending import withdraw_post
from app.features.posts.replying import (
    ReplyChange,
    ReplyDraft,
    accept_answer,
    edit_reply,
    reply_to,
    unaccept_answer,
    withdraw_reply,
)
from app.models.companies import Staff, StaffRole
from app.models.events import EventRecord
from app.models.groups import Admission, Standing
from app.models.posts import Post, Reply, ReplyRevision
from tests.features.posts.arranging import a_post, a_reply
from tests.makers import a_company, a_group, a_membership, a_person, as_actor, bearer


async def test_a_reply_keeps_person_and_company(session, client):
    asker, helper = await a_person(session), await a_person(session, "Kim Jaspert")
    company = await a_company(session, owner=helper)
    post = await a_post(session, asker)
    headers = await bearer(session, helper)
    await session.commit()
    path = f"/api/v1/posts/{post.id}/replies"
    draft = {"body": "Wir **bilden** aus.", "company_id": str(company.id)}
    answer = await client.post(path, json=draft, headers=headers)
    made = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (
        201,
        f"/api/v1/replies/{made['id']}",
    )
    assert (made["company"]["name"], made["author"]["name"]) == (company.name, "Kim Jaspert")
    assert made["viewer_can"] == ["edit", "withdraw"]
    listed = (await client.get(path)).json()["items"]
    assert [one["body_html"] for one in listed] == ["<p>Wir <strong>bilden</strong> aus.</p>\n"]
    assert (await client.get(f"/api/v1/posts/{post.id}")).json()["replies"] == 1


async def test_a_changed_reply_keeps_its_history_and_a_stale_change_is_refused(session, client):
    asker = await a_person(session)
    post = await a_post(session, asker)
    reply = await a_reply(session, asker, post)
    headers = await bearer(session, asker)
    await session.commit()
    path = f"/api/v1/replies/{reply.id}"
    tag = (await client.get(path)).headers["etag"]
    for body, status in (("Zweite Fassung", 200), ("Dritte Fassung", 412)):
        answer = await client.patch(path, json={"body": body}, headers=headers | {"if-match": tag})
        assert answer.status_code == status
    assert (await client.get(path)).json()["body"] == "Zweite Fassung"
    revisions = (await client.get(f"{path}/revisions")).json()
    assert [(one["number"], one["body"]) for one in revisions] == [(1, "Fragen Sie uns.")]


async def test_a_withdrawn_reply_leaves_its_place_but_not_its_words(session, client):
    asker, helper = await a_person(session), await a_person(session, "Kim Jaspert")
    post = await a_post(session, asker)
    first = await a_reply(session, helper, post, "Das war voreilig.")
    await a_reply(session, asker, post, "Danke.")
    await edit_reply(session, as_actor(helper), first.id, ReplyChange(body="Das war geheim."))
    await accept_answer(session, as_actor(asker), post.id, first.id)
    headers = await bearer(session, helper)
    await session.commit()
    answer = await client.delete(f"/api/v1/replies/{first.id}", headers=headers)
    assert answer.status_code == 204
    listed = (await client.get(f"/api/v1/posts/{post.id}/replies")).text
    assert "voreilig" not in listed
    assert "geheim" not in listed
    assert "Kim Jaspert" not in listed
    assert (await client.get(f"/api/v1/replies/{first.id}/revisions")).json() == []
    read = (await client.get(f"/api/v1/posts/{post.id}")).json()
    assert (read["replies"], read["accepted_reply_id"]) == (1, None)
    page = (await client.get(f"/posts/{post.id}")).text
    assert "wurde zurückgezogen" in page
    assert "geheim" not in page
    again = await client.delete(f"/api/v1/replies/{first.id}", headers=headers)
    assert again.status_code == 404


async def test_only_who_asked_accepts_an_answer_and_only_of_a_question(session):
    asker, helper = await a_person(session), await a_person(session, "Kim Jaspert")
    question = await a_post(session, asker)
    talk = await a_post(session, asker, "discussion")
    first, second = [await a_reply(session, helper, question) for _ in range(2)]
    elsewhere = await a_reply(session, helper, talk)
    with pytest.raises(Forbidden):
        await accept_answer(session, as_actor(helper), question.id, first.id)
    with pytest.raises(Forbidden):
        await accept_answer(session, as_actor(asker), talk.id, elsewhere.id)
    with pytest.raises(NotFound):
        await accept_answer(session, as_actor(asker), question.id, elsewhere.id)
    for reply in (first, second, second):
        await accept_answer(session, as_actor(asker), question.id, reply.id)
        assert question.accepted_reply_id == reply.id
    names = [event.name for event in session.info["events"]]
    assert names.count("post.answer_accepted") == 2
    await unaccept_answer(session, as_actor(asker), question.id)
    assert question.accepted_reply_id is None


async def test_replies_in_a_group_are_for_members_and_unseen_posts_do_not_exist_t25(
    session, client
):
    founder, stranger = await a_person(session), await a_person(session, "Kim Jaspert")
    hidden = await a_group(session, founder, admission=Admission.HIDDEN)
    closed = await a_group(session, founder, admission=Admission.ON_REQUEST)
    open_ = await a_group(session, founder)
    posts = [await a_post(session, founder, group_id=group.id) for group in (hidden, closed)]
    seen = await a_post(session, founder, group_id=open_.id)
    reply = await a_reply(session, founder, posts[0])
    headers = await bearer(session, stranger)
    await session.commit()
    never = stranger.id
    before = await session.scalar(select(func.count()).select_from(EventRecord))
    attempts = [
        ("POST", "/posts/{}/replies", {"body": "Hallo"}),
        ("GET", "/posts/{}", None),
        ("GET", "/posts/{}/replies", None),
        ("GET", "/posts/{}/revisions", None),
        ("PUT", "/posts/{}/bookmark", None),
        ("PUT", "/posts/{}/reactions/helpful", None),
        ("DELETE", "/posts/{}/reactions/helpful", None),
        ("PUT", "/posts/{}/accepted-answer", {"reply_id": str(reply.id)}),
        ("PATCH", "/posts/{}", {"title": "Übernommen"}),
        ("DELETE", "/posts/{}", None),
    ]
    for method, path, body in attempts:
        answers = []
        for key in (posts[0].id, posts[1].id, never):
            answer = await client.request(
                method, f"/api/v1{path.format(key)}", json=body, headers=headers
            )
            problem = answer.json()
            problem.pop("request_id"), problem.pop("instance")
            answers.append((answer.status_code, problem))
        assert answers[0] == answers[1] == answers[2], (method, path)
        assert answers[0][0] == 404
    for method, path in (
        ("GET", f"/replies/{reply.id}"),
        ("PUT", f"/replies/{reply.id}/reactions/helpful"),
        ("GET", f"/replies/{reply.id}/revisions"),
    ):
        answer = await client.request(method, f"/api/v1{path}", headers=headers)
        assert answer.status_code == 404, path
    assert await session.scalar(select(func.count()).select_from(EventRecord)) == before
    refused = await client.post(
        f"/api/v1/posts/{seen.id}/replies", json={"body": "Hallo"}, headers=headers
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "members_only")


async def test_a_banned_member_neither_replies_nor_reacts(session, client):
    founder, banned = await a_person(session), await a_person(session, "Kim Jaspert")
    group = await a_group(session, founder)
    await a_membership(session, group, banned, Standing.BANNED)
    post = await a_post(session, founder, group_id=group.id)
    reply = await a_reply(session, founder, post)
    headers = await bearer(session, banned)
    await session.commit()
    for path in (f"posts/{post.id}", f"replies/{reply.id}"):
        answer = await client.put(f"/api/v1/{path}/reactions/helpful", headers=headers)
        assert answer.status_code == 403
    answer = await client.post(
        f"/api/v1/posts/{post.id}/replies", json={"body": "Hallo"}, headers=headers
    )
    assert answer.status_code == 403


async def test_a_colleague_keeps_the_reply_of_a_company(session):
    author, colleague = await a_person(session), await a_person(session, "Kim Jaspert")
    company = await a_company(session, owner=author)
    seat = Staff(company_id=company.id, person_id=colleague.id, role=StaffRole.EDITOR)
    session.add(seat)
    post = await a_post(session, author)
    reply = await a_reply(session, author, post, company_id=company.id)
    await edit_reply(session, as_actor(colleague), reply.id, ReplyChange(body="Ergänzt."))
    seat.ended_at = clock.now()
    await session.flush()
    with pytest.raises(Forbidden):
        await edit_reply(session, as_actor(colleague), reply.id, ReplyChange(body="Nochmals."))


@contextlib.asynccontextmanager
async def _connected(dsn, runtime):
    """Sessions with connections of their own."""
    engine = create_async_engine(sqlalchemy_url(dsn), pool_size=12)
    info = runtime.sessions.kw["info"]
    yield async_sessionmaker(engine, expire_on_commit=False, info=info)
    await engine.dispose()


async def test_two_changes_of_one_version_leave_one_history(runtime, own_database):
    """Real connections: the second change waits, then finds that it is stale."""
    async with _connected(own_database, runtime) as sessions:
        async with transaction(sessions) as session:
            author = await a_person(session)
            post = await a_post(session, author)
            reply = await a_reply(session, author, post)

        async def change(text):
            async with transaction(sessions) as session:
                await edit_reply(
                    session, as_actor(author), reply.id, ReplyChange(body=text), expected=1
                )

        outcomes = await asyncio.gather(*map(change, ("eins", "zwei")), return_exceptions=True)
        assert sorted(type(one).__name__ for one in outcomes) == ["NoneType", "Stale"]
        assert any(isinstance(one, Stale) for one in outcomes)
        async with sessions() as session:
            assert await session.scalar(select(func.count()).select_from(ReplyRevision)) == 1


async def test_replying_accepting_and_withdrawing_at_once_leave_nothing_crooked(
    runtime, own_database
):
    """Real connections: no deadlock, no reply under a withdrawn post, no withdrawn answer."""
    async with _connected(own_database, runtime) as sessions:
        async with transaction(sessions) as session:
            asker, helper = await a_person(session), await a_person(session, "Kim Jaspert")
            post = await a_post(session, asker)
            replies = [await a_reply(session, helper, post) for _ in range(4)]

        async def within(act):
            async with transaction(sessions) as session:
                await act(session)

        mine, theirs = as_actor(asker), as_actor(helper)
        acts = [lambda s, r=r: accept_answer(s, mine, post.id, r.id) for r in replies]
        acts += [lambda s, r=r: withdraw_reply(s, theirs, r.id) for r in replies[:3]]
        acts += [lambda s: reply_to(s, theirs, post.id, ReplyDraft(body="Noch eine."))] * 3
        outcomes = await asyncio.gather(*map(within, acts), return_exceptions=True)
        assert {type(one) for one in outcomes} <= {type(None), NotFound}
        async with sessions() as session:
            accepted = await session.scalar(
                select(Reply.withdrawn_at)
                .join(Post, Post.accepted_reply_id == Reply.id)
                .where(Post.id == post.id)
            )
            assert accepted is None
            assert await session.scalar(select(func.count()).select_from(Reply)) == 7
        outcomes = await asyncio.gather(
            within(lambda s: withdraw_post(s, mine, post.id)),
            within(lambda s: reply_to(s, theirs, post.id, ReplyDraft(body="Zu spät?"))),
            return_exceptions=True,
        )
        assert {type(one) for one in outcomes} <= {type(None), PostGone}
