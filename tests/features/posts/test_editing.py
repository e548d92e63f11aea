import pytest
from sqlalchemy import select

from app.core.errors import Forbidden
from app.features.posts.access import PostGone
from app.features.posts.drafts import PostPatch
from app.features.posts.editing import edit_post
from app.features.posts.ending import withdraw_post
from app.features.posts.mentions import Mentioned
from app.models.posts import Mention
from tests.features.posts.arranging import a_post, a_reply
from tests.makers import a_company, a_person, as_actor, bearer


async def test_a_change_keeps_how_the_post_read_before(session, client):
    author = await a_person(session)
    post = await a_post(session, author, tags=["metall"], place="Hattingen")
    headers = await bearer(session, author)
    await session.commit()
    path = f"/api/v1/posts/{post.id}"
    tag = (await client.get(path)).headers["etag"]
    answer = await client.patch(
        path, json={"title": "Wer bildet jetzt aus?"}, headers=headers | {"if-match": tag}
    )
    changed = answer.json()
    assert (answer.status_code, changed["title"], changed["tags"]) == (
        200,
        "Wer bildet jetzt aus?",
        ["metall"],
    )
    assert changed["edited_at"]
    assert changed["place"]["name"] == "Hattingen"
    stale = await client.patch(path, json={"title": "Anders"}, headers=headers | {"if-match": tag})
    assert stale.status_code == 412
    await client.patch(path, json={"body": "Neu.", "place": "Bochum"}, headers=headers)
    revisions = (await client.get(f"{path}/revisions")).json()["items"]
    assert [(one["number"], one["title"], one["body"]) for one in revisions] == [
        (2, "Wer bildet jetzt aus?", "Wir suchen einen Betrieb."),
        (1, "Wer bildet Feinwerkmechaniker aus?", "Wir suchen einen Betrieb."),
    ]


async def test_a_change_that_changes_nothing_leaves_no_trace(session):
    author = await a_person(session)
    post = await a_post(session, author, place="Hattingen")
    await edit_post(
        session,
        as_actor(author),
        post.id,
        PostPatch(title=post.title, body=post.body, tags=[], place="Hattingen"),
    )
    assert post.edited_at is None


async def test_a_post_keeps_its_kind_and_nobody_else_changes_it(session, client):
    author, other = await a_person(session), await a_person(session)
    post = await a_post(session, author)
    own, foreign = await bearer(session, author), await bearer(session, other)
    await session.commit()
    path = f"/api/v1/posts/{post.id}"
    answer = await client.patch(path, json={"details": {"kind": "discussion"}}, headers=own)
    assert answer.json()["errors"][0]["code"] == "kind_is_fixed"
    for change in ({"group_id": None}, {"company_id": None}, {"author_id": None}, {"status": "x"}):
        assert (await client.patch(path, json=change, headers=own)).status_code == 422
    assert (await client.patch(path, json={"title": "Meins"}, headers=foreign)).status_code == 403


async def test_a_withdrawn_post_is_gone_for_all_but_its_author(session, client):
    author, other = await a_person(session), await a_person(session)
    post = await a_post(session, author)
    reply = await a_reply(session, other, post)
    own, foreign = await bearer(session, author), await bearer(session, other)
    await session.commit()
    path = f"/api/v1/posts/{post.id}"
    assert (await client.delete(path, headers=foreign)).status_code == 403
    assert (await client.delete(path, headers=own)).status_code == 204
    assert (await client.get(path)).status_code == 410
    assert (await client.get(f"{path}/replies", headers=foreign)).status_code == 410
    assert (await client.get(f"/api/v1/replies/{reply.id}", headers=foreign)).status_code == 410
    mine = (await client.get(path, headers=own)).json()
    assert (mine["status"], mine["viewer_can"]) == ("withdrawn", ["view"])
    with pytest.raises(PostGone):
        await withdraw_post(session, as_actor(author), post.id)
    with pytest.raises((Forbidden, PostGone)):
        await edit_post(session, as_actor(author), post.id, PostPatch(title="Doch noch"))


async def test_mentions_are_linked_kept_and_told_once(session):
    author, friend = await a_person(session), await a_person(session, "Kim Jaspert")
    company = await a_company(session)
    body = f"Frage an @{friend.slug}, @[{company.slug}] und @niemand."
    post = await a_post(session, author, body=body)
    assert f'href="/people/{friend.slug}"' in post.body_html
    assert f'href="/companies/{company.slug}"' in post.body_html
    assert "@niemand" in post.body_html
    assert 'href="/people/niemand"' not in post.body_html
    told = [event for event in session.info["events"] if isinstance(event, Mentioned)]
    assert len(told) == 2
    patch = PostPatch(body=f"Nur noch @{friend.slug}.")
    await edit_post(session, as_actor(author), post.id, patch)
    kept = (await session.execute(select(Mention.person_id, Mention.company_id))).all()
    assert [tuple(one) for one in kept] == [(friend.id, None)]
    told = [event for event in session.info["events"] if isinstance(event, Mentioned)]
    assert len(told) == 2
