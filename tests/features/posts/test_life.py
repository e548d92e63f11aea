"""The life of a post: draft, active, reserved, done, expired, withdrawn, forgotten."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from app.core import clock
from app.core.db import transaction
from app.core.errors import Forbidden, Gone, Invalid, NotFound
from app.core.settings import settings
from app.features.posts import ending, reminding
from app.features.posts.composing import day_in_words
from app.features.posts.drafts import PostPatch, draft_of
from app.features.posts.editing import edit_post
from app.features.posts.ending import (
    ConclusionDraft,
    LongestReached,
    RenewalDraft,
    conclude_post,
    renew_post,
    reserve_post,
)
from app.features.posts.keeping import keeper_key
from app.features.posts.publishing import publish_post
from app.models.notifications import Notification
from app.models.posts import Conclusion, Post, PostStatus
from tests.makers import a_company, a_person, as_actor, bearer, signed_in

OFFER = {
    "details": {"kind": "offer", "category": "tools", "price_type": "free"},
    "title": "Zwei Schraubstöcke",
}


async def an_offer(session, author, **fields):
    draft = draft_of("offer").model_validate({**OFFER, **fields})
    return await publish_post(session, as_actor(author), draft)


async def the_status(session, post):
    return await session.scalar(select(Post.status).where(Post.id == post.id))


async def test_a_post_lives_as_long_as_its_kind_says_or_its_author_wants(session):
    author = await a_person(session)
    post = await an_offer(session, author)
    assert post.expires_at - post.published_at == timedelta(days=30)
    assert post.reference == f"BIE-{clock.now().year}-00001"
    until = clock.now().date() + timedelta(days=100)
    later = await an_offer(session, author, valid_until=until)
    assert later.reference.endswith("-00002")
    assert (later.expires_at - timedelta(hours=3)).date() == until
    for wrong in (date(2020, 1, 1), clock.now().date() + timedelta(days=300)):
        with pytest.raises(Invalid):
            await an_offer(session, author, valid_until=wrong)


async def test_a_draft_is_seen_by_its_keepers_only_and_published_later(session, client):
    author, stranger = await a_person(session), await a_person(session, "Kim Jaspert")
    mine, theirs = await bearer(session, author), await bearer(session, stranger)
    await session.commit()
    made = await client.post("/api/v1/posts", json={**OFFER, "as_draft": True}, headers=mine)
    assert made.status_code == 201
    path = made.headers["location"]
    assert made.json()["status"] == "draft"
    assert set(made.json()["viewer_can"]) == {"view", "edit", "publish", "withdraw"}
    assert (await client.get(path, headers=theirs)).status_code == 404
    assert (await client.get("/api/v1/posts?kind=offer")).json()["items"] == []
    own = (await client.get("/api/v1/me/posts?status=draft", headers=mine)).json()["items"]
    assert [one["id"] for one in own] == [made.json()["id"]]
    refused = await client.post(f"{path}/publish", json={}, headers=theirs)
    assert refused.status_code == 404
    published = await client.post(f"{path}/publish", json={}, headers=mine)
    assert published.json()["status"] == "active"
    assert (await client.get(path)).status_code == 200
    again = await client.post(f"{path}/publish", json={}, headers=mine)
    assert (again.status_code, again.json()["code"]) == (409, "step_not_possible")


async def test_a_post_is_reserved_released_and_concluded_through_the_api(session, client):
    author, stranger = await a_person(session), await a_person(session, "Kim Jaspert")
    mine, theirs = await bearer(session, author), await bearer(session, stranger)
    post = await an_offer(session, author)
    await session.commit()
    path = f"/api/v1/posts/{post.id}"
    for step, status in (("reserve", "reserved"), ("reserve", "reserved"), ("release", "active")):
        assert (await client.post(f"{path}/{step}", headers=theirs)).status_code == 403
        answer = await client.post(f"{path}/{step}", headers=mine)
        assert answer.json()["status"] == status, answer.json()
    done = await client.post(f"{path}/conclude", json={"conclusion": "here"}, headers=mine)
    assert done.json()["status"] == "done"
    assert (await client.get(path, headers=theirs)).status_code == 410
    assert (await client.get(path)).status_code == 410
    assert (await client.get(f"/posts/{post.id}")).status_code == 410
    assert (await client.get(path, headers=mine)).json()["viewer_can"] == ["view"]
    await session.refresh(post)
    assert post.conclusion == Conclusion.HERE


async def test_colleagues_who_speak_for_the_company_keep_its_posts(session):
    owner, stranger = await a_person(session), await a_person(session)
    company = await a_company(session, owner=owner)
    post = await an_offer(session, owner, company_id=company.id)
    with pytest.raises(Forbidden):
        await reserve_post(session, as_actor(stranger), post.id)
    await reserve_post(session, as_actor(owner), post.id)
    draft = ConclusionDraft(conclusion=Conclusion.OTHER)
    await conclude_post(session, as_actor(owner), post.id, draft)
    assert await the_status(session, post) == PostStatus.DONE


async def test_a_post_expires_by_itself_and_can_be_renewed(session, client):
    author = await a_person(session)
    mine = await bearer(session, author)
    post = await an_offer(session, author)
    await session.execute(update(Post).values(expires_at=clock.now() - timedelta(minutes=1)))
    await session.commit()
    assert (await client.get(f"/api/v1/posts/{post.id}")).status_code == 410
    await ending.expire_posts(session)
    await session.commit()
    assert await the_status(session, post) == PostStatus.EXPIRED
    seen = await client.get(f"/api/v1/posts/{post.id}", headers=mine)
    assert set(seen.json()["viewer_can"]) == {"view", "renew", "conclude"}
    renewed = await client.post(f"/api/v1/posts/{post.id}/renew", json={}, headers=mine)
    assert renewed.json()["status"] == "active"
    assert (await client.get(f"/api/v1/posts/{post.id}")).status_code == 200


async def test_no_renewal_goes_beyond_the_longest_time_since_the_first_publication(session):
    """An offer lives for 180 days at most; each renewal is for 30 days from its day."""
    author = await a_person(session)
    actor = as_actor(author)
    post = await an_offer(session, author)
    first = clock.now()
    longest = post.published_at + timedelta(days=180)
    for days in range(25, 151, 25):
        with clock.set_to(first + timedelta(days=days)):
            await renew_post(session, actor, post.id, RenewalDraft())
            wanted = clock.now() + timedelta(days=30)
            assert post.expires_at == min(wanted, longest)
    assert post.expires_at == longest
    with clock.set_to(first + timedelta(days=176)):
        with pytest.raises(LongestReached) as refused:
            await renew_post(session, actor, post.id, RenewalDraft())
        assert refused.value.params["day"] == day_in_words(longest)
        later = clock.today(settings().zone) + timedelta(days=20)
        with pytest.raises(LongestReached):
            await renew_post(session, actor, post.id, RenewalDraft(valid_until=later))
        draft = PostPatch(valid_until=later)
        with pytest.raises(Invalid) as invalid:
            await edit_post(session, actor, post.id, draft)
        assert [one.code for one in invalid.value.errors] == ["too_late"]


async def test_at_the_longest_time_no_front_offers_to_renew(session, client, runtime, work):
    author = await a_person(session)
    mine, browser = await bearer(session, author), await signed_in(session, author)
    post = await an_offer(session, author)
    end = clock.now() + timedelta(days=5)
    await session.execute(
        update(Post).values(published_at=end - timedelta(days=180), expires_at=end)
    )
    await session.commit()
    day = day_in_words(end)
    for path in (f"/api/v1/posts/{post.id}", f"/api/v1/posts/{post.id}/renew"):
        method = "POST" if path.endswith("renew") else "GET"
        given = {"json": {}} if method == "POST" else {}
        answer = await client.request(method, path, headers=mine, **given)
        if method == "GET":
            assert "renew" not in answer.json()["viewer_can"]
            assert answer.json()["latest_end"].startswith(end.date().isoformat())
        else:
            assert (answer.status_code, answer.json()["code"]) == (409, "longest_reached")
            assert day in answer.json()["detail"]
    assert (await client.get(f"/api/v1/posts/{post.id}")).json()["latest_end"] is None
    async with transaction(runtime.sessions) as tx:
        await reminding.remind_keepers(tx)
    await work()
    told = (await session.scalars(select(Notification))).one()
    assert (told.type, told.params["day"]) == ("post.expiring_for_good", day)
    for path, headers in ((f"/posts/{post.id}", browser), (told.path, {})):
        page = (await client.get(path, headers=headers)).text
        assert f"Länger als bis {day}" in page
        assert "/renew" not in page


async def test_keepers_are_reminded_twice_and_act_by_the_link_without_signing_in(
    session, client, runtime, work, outbox
):
    author = await a_person(session)
    post = await an_offer(session, author)
    await session.execute(
        update(Post).values(
            expires_at=clock.now() + timedelta(days=6),
            published_at=clock.now() - timedelta(days=24),
        )
    )
    await session.commit()
    for _ in range(2):  # the clock may strike twice
        async with transaction(runtime.sessions) as tx:
            await reminding.remind_keepers(tx)
    await work()
    told = (await session.scalars(select(Notification))).all()
    assert [one.type for one in told] == ["post.expiring"]
    assert "in 6 Tagen ab" in outbox.outbox[-1][1].get_body(("plain",)).get_content()
    path = told[0].path
    for _ in range(3):  # scanners open links; that changes nothing
        page = await client.get(path)
        assert page.status_code == 200
        assert "Verlängern" in page.text
    key = path.partition("key=")[2]
    answer = await client.post(f"/posts/{post.id}/keep/renew", data={"key": key})
    assert answer.status_code == 303, answer.text
    await session.refresh(post)
    assert post.expires_at > clock.now() + timedelta(days=29)
    await session.execute(update(Post).values(expires_at=clock.now() + timedelta(hours=20)))
    await session.execute(update(Post).values(renewed_at=clock.now() - timedelta(days=29)))
    await session.commit()
    async with transaction(runtime.sessions) as tx:
        await reminding.remind_keepers(tx)
    await work()
    told = (await session.scalars(select(Notification).order_by(Notification.created_at))).all()
    assert [one.type for one in told] == ["post.expiring", "post.expires_tomorrow"]


async def test_a_key_opens_one_post_for_one_person_and_no_other(session, client):
    author, stranger = await a_person(session), await a_person(session)
    post, other = await an_offer(session, author), await an_offer(session, author)
    await session.commit()
    wrong = keeper_key(other.id, author.id)
    assert (await client.get(f"/posts/{post.id}/keep?key={wrong}")).status_code == 404
    forged = keeper_key(post.id, author.id)[:-2] + "xx"
    assert (await client.get(f"/posts/{post.id}/keep?key={forged}")).status_code == 410
    theirs = keeper_key(post.id, stranger.id)
    answer = await client.post(f"/posts/{post.id}/keep/withdraw", data={"key": theirs})
    assert answer.status_code == 403
    assert await the_status(session, post) == PostStatus.ACTIVE


async def test_ended_posts_are_kept_for_a_year_and_then_deleted(session):
    author = await a_person(session)
    old, recent = await an_offer(session, author), await an_offer(session, author)
    for post in (old, recent):
        ending.end_post(session, post, PostStatus.WITHDRAWN)
    old.ended_at = clock.now() - timedelta(days=366)
    await session.flush()
    await ending.forget_ended_posts(session)
    left = await session.scalars(select(Post.id))
    assert list(left) == [recent.id]


async def test_pages_lead_through_the_life_of_a_post(session, client):
    author = await a_person(session)
    headers = await signed_in(session, author)
    await session.commit()
    form = {
        "details.kind": "offer",
        "details.category": "tools",
        "details.price_type": "free",
        "title": "Zwei Schraubstöcke",
        "audience": "public",
        "as_draft": "true",
        "company_id": "",
        "group_id": "",
    }
    made = await client.post("/posts/new", data=form, headers=headers)
    assert made.status_code == 303, made.text
    path = made.headers["location"].partition("?")[0]
    assert "Entwurf" in (await client.get(path, headers=headers)).text
    assert (await client.get(path)).status_code == 404
    assert (await client.get(f"{path}/publish", headers=headers)).status_code == 200
    for step, data in (
        ("publish", {}),
        ("reserve", {}),
        ("release", {}),
        ("renew", {}),
        ("conclude", {"conclusion": "elsewhere"}),
    ):
        answer = await client.post(f"{path}/{step}", data=data, headers=headers)
        assert answer.status_code == 303, (step, answer.text)
    own = await client.get("/me/posts", headers=headers)
    assert "Zwei Schraubstöcke" in own.text
    assert "erledigt" in own.text
    assert (await client.get(path)).status_code == 410


async def test_lists_are_ordered_by_distance_and_by_what_is_due(session, client):
    author = await a_person(session)
    far = await an_offer(session, author, place="44787 Bochum")
    near = await an_offer(session, author, place="45525 Hattingen")
    far.due_at = clock.now() + timedelta(days=1)
    await session.commit()
    items = (await client.get("/api/v1/posts?kind=offer&order=nearest&place=45525")).json()["items"]
    assert [one["id"] for one in items] == [str(near.id), str(far.id)]
    assert items[0]["distance_km"] == 0
    assert 5 < items[1]["distance_km"] < 15
    items = (await client.get("/api/v1/posts?kind=offer&order=soonest")).json()["items"]
    assert [one["id"] for one in items] == [str(far.id), str(near.id)]
    assert (await client.get("/api/v1/posts?order=nearest")).status_code == 422
    page = await client.get("/posts?kind=offer&order=nearest&place=45525")
    assert "km entfernt" in page.text


async def test_a_facet_narrows_a_list_and_is_counted(session, client):
    author = await a_person(session)
    details = {"kind": "offer", "category": "machines", "price_type": "fixed", "price_eur": 900}
    machine = await an_offer(session, author, details=details)
    await an_offer(session, author)
    await session.commit()
    query = "kind=offer&category=machines&price_to_eur=1000"
    found = (await client.get(f"/api/v1/posts?{query}")).json()["items"]
    assert [one["id"] for one in found] == [str(machine.id)]
    counts = (await client.get("/api/v1/posts/facets?kind=offer")).json()["counts"]
    assert counts["all"] == {"": 2}
    assert counts["category"] == {"machines": 1, "tools": 1}
    page = await client.get("/posts?kind=offer")
    assert "Werkzeuge (1)" in page.text
    assert (await client.get("/api/v1/posts?kind=question&category=tools")).status_code == 422


async def test_a_post_for_the_signed_in_is_hidden_from_everybody_else(session, client):
    author, reader = await a_person(session), await a_person(session)
    headers = await bearer(session, reader)
    post = await an_offer(session, author, audience="signed_in")
    await session.commit()
    assert (await client.get(f"/api/v1/posts/{post.id}")).status_code == 404
    assert (await client.get("/api/v1/posts?kind=offer")).json()["items"] == []
    assert (await client.get(f"/api/v1/posts/{post.id}", headers=headers)).status_code == 200


async def test_a_post_that_never_was_is_not_found(session):
    author = await a_person(session)
    post = await an_offer(session, author)
    await session.delete(post)
    await session.flush()
    with pytest.raises((NotFound, Gone)):
        await reserve_post(session, as_actor(author), post.id)


async def test_a_blocked_post_is_gone_for_readers_and_stands_still_for_its_keeper(session, client):
    """Nothing blocks a post yet; what that will mean holds already."""
    author = await a_person(session)
    mine, browser = await bearer(session, author), await signed_in(session, author)
    post = await an_offer(session, author)
    await session.execute(update(Post).values(status=PostStatus.BLOCKED, ended_at=clock.now()))
    await session.commit()
    path = f"/posts/{post.id}"
    assert (await client.get(path)).status_code == 410
    assert (await client.get(f"/api/v1{path}")).json()["code"] == "post_gone"
    assert (await client.get("/api/v1/posts?kind=offer")).json()["items"] == []
    seen = (await client.get(f"/api/v1{path}", headers=mine)).json()
    assert (seen["status"], seen["viewer_can"]) == ("blocked", ["view"])
    page = (await client.get(path, headers=browser)).text
    assert "gesperrt" in page
    assert "Die Begründung erhalten Sie mit der Entscheidung." in page
    for step in ("publish", "reserve", "release", "renew"):
        answer = await client.post(f"/api/v1{path}/{step}", json={}, headers=mine)
        assert answer.status_code == 409, step
    changed = await client.patch(f"/api/v1{path}", json={"body": "Anders"}, headers=mine)
    assert changed.status_code == 410
    listed = (await client.get("/api/v1/me/posts?status=blocked", headers=mine)).json()["items"]
    assert [one["id"] for one in listed] == [str(post.id)]
