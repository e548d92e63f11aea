"""Asking about a post: who may, what is kept, and that asking again leads to the first."""

import asyncio

import pytest
from sqlalchemy import func, select

from app.core.db import transaction
from app.core.errors import Gone, Invalid, NotFound
from app.core.settings import settings
from app.features.inquiries.asking import OwnPost, TakesNoInquiries, ask_about
from app.features.inquiries.drafts import InquiryDraft
from app.models.companies import Staff, StaffRole
from app.models.inquiries import Inquiry
from app.models.posts import PostStatus
from app.runtime import running
from tests.features.inquiries.arranging import an_inquiry, an_offer
from tests.features.posts.arranging import a_post
from tests.makers import a_company, a_person, as_actor, bearer

ASK = {"text": "Wären Sie mit Abholung am Freitag einverstanden?"}


async def test_an_inquiry_is_made_read_and_answered_through_the_api(session, client):
    nadine, kim = await a_person(session), await a_person(session, "Kim Jaspert")
    mine, theirs = await bearer(session, nadine), await bearer(session, kim)
    post = await an_offer(session, nadine)
    await session.commit()
    seen = (await client.get(f"/api/v1/posts/{post.id}", headers=theirs)).json()
    assert "inquire" in seen["viewer_can"]
    asked = {**ASK, "fields": {"kind": "offer", "quantity": 2}}
    made = await client.post(f"/api/v1/posts/{post.id}/inquiries", json=asked, headers=theirs)
    assert made.status_code == 201, made.text
    path = made.headers["location"]
    inquiry = made.json()
    assert inquiry["fields"] == {"quantity": 2}
    assert (inquiry["state"], inquiry["state_label"]) == ("sent", "gesendet")
    assert inquiry["side"] == "opener"
    assert inquiry["opener"]["name"] == "Kim Jaspert"
    assert inquiry["keeper"]["person"]["slug"] == nadine.slug
    assert set(inquiry["viewer_can"]) == {"view", "write", "withdraw"}

    listed = (await client.get("/api/v1/inquiries?box=received", headers=mine)).json()["items"]
    assert [(one["id"], one["unread"], one["side"]) for one in listed] == [
        (inquiry["id"], 1, "keeper")
    ]
    assert (await client.get("/api/v1/inquiries?box=sent", headers=mine)).json()["items"] == []
    about = await client.get(f"/api/v1/posts/{post.id}/inquiries?state=sent", headers=mine)
    assert len(about.json()["items"]) == 1
    read = await client.put(f"{path}/read", headers=mine)
    assert (read.json()["state"], read.json()["unread"]) == ("seen", 0)
    answer = await client.post(f"{path}/messages", json={"text": "Gern."}, headers=mine)
    assert answer.status_code == 201, answer.text
    now = (await client.get(path, headers=theirs)).json()
    assert (now["state"], now["unread"]) == ("in_talks", 1)
    assert [step["state"] for step in now["steps"]] == ["sent", "seen", "in_talks"]
    said = (await client.get(f"{path}/messages", headers=theirs)).json()["items"]
    assert [one["body"] for one in said] == ["Gern.", ASK["text"]]
    assert [one["author"]["name"] for one in said] == ["Nadine Rauhut", "Kim Jaspert"]
    done = await client.put(f"{path}/state", json={"state": "accepted"}, headers=mine)
    assert done.json()["state"] == "accepted"
    wrong = await client.put(f"{path}/state", json={"state": "declined"}, headers=theirs)
    assert (wrong.status_code, wrong.json()["code"]) == (409, "inquiry_step_not_possible")


async def test_asking_again_leads_to_the_first_while_nothing_is_decided(session, client):
    nadine, kim = await a_person(session), await a_person(session, "Kim Jaspert")
    headers = await bearer(session, kim)
    post = await an_offer(session, nadine)
    first = await an_inquiry(session, post, kim)
    await session.commit()
    path = f"/api/v1/posts/{post.id}/inquiries"
    again = await client.post(path, json=ASK, headers=headers)
    assert (again.status_code, again.json()["id"]) == (200, str(first.id))
    left = {"state": "withdrawn"}
    await client.put(f"/api/v1/inquiries/{first.id}/state", json=left, headers=headers)
    anew = await client.post(path, json=ASK, headers=headers)
    assert (anew.status_code, anew.json()["number"]) == (201, 2)


async def test_a_company_asks_through_any_of_those_who_speak_for_it(session):
    nadine, kim, dilek = [await a_person(session, name) for name in ("Nadine", "Kim", "Dilek")]
    company = await a_company(session, owner=kim)
    session.add(Staff(company_id=company.id, person_id=dilek.id, role=StaffRole.EDITOR))
    post = await an_offer(session, nadine)
    first = await an_inquiry(session, post, kim, company_id=company.id)
    assert (await an_inquiry(session, post, dilek, company_id=company.id)).id == first.id
    own = await an_inquiry(session, post, dilek)
    assert own.id != first.id
    assert (first.number, own.number) == (1, 2)


async def test_nobody_asks_about_their_own_posts_or_those_of_their_company(session):
    nadine, kim = await a_person(session), await a_person(session, "Kim Jaspert")
    company = await a_company(session, owner=nadine)
    session.add(Staff(company_id=company.id, person_id=kim.id, role=StaffRole.EDITOR))
    for post in (await an_offer(session, nadine), await an_offer(session, nadine, company)):
        with pytest.raises(OwnPost):
            await an_inquiry(session, post, nadine)
    with pytest.raises(OwnPost):
        await an_inquiry(session, post, kim)


async def test_posts_that_are_over_unseen_or_answered_in_public_take_no_inquiries(session):
    nadine, kim = await a_person(session), await a_person(session, "Kim Jaspert")
    with pytest.raises(TakesNoInquiries):
        await an_inquiry(session, await a_post(session, nadine), kim)
    with pytest.raises(NotFound):
        await an_inquiry(session, await an_offer(session, nadine, status=PostStatus.DRAFT), kim)
    with pytest.raises(Gone):
        await an_inquiry(session, await an_offer(session, nadine, status=PostStatus.DONE), kim)


async def test_what_a_kind_does_not_ask_for_is_refused(session, client):
    nadine, kim = await a_person(session), await a_person(session, "Kim Jaspert")
    headers = await bearer(session, kim)
    post, foreign = await an_offer(session, nadine), await an_offer(session, nadine)
    await session.commit()
    path = f"/api/v1/posts/{post.id}/inquiries"
    for wrong in (
        {"fields": {"kind": "wanted", "quantity": 1}},
        {"fields": {"kind": "offer", "size": 1}},
        {"offered_post_id": str(foreign.id)},
        {"text": ""},
        {"files": [str(foreign.id)]},
    ):
        answer = await client.post(path, json={**ASK, **wrong}, headers=headers)
        assert answer.status_code == 422, wrong


async def test_a_post_of_ones_own_can_be_put_forward_where_the_kind_wants_it(session):
    nadine, kim = await a_person(session), await a_person(session, "Kim Jaspert")
    wanted = await an_offer(session, nadine)
    wanted.kind = "wanted"
    wanted.details = {"category": "tools", "price_type": "free"}
    offer, foreign = await an_offer(session, kim), await an_offer(session, nadine)
    await session.flush()
    with pytest.raises(Invalid):
        await an_inquiry(session, wanted, kim, offered_post_id=foreign.id)
    inquiry = await an_inquiry(session, wanted, kim, offered_post_id=offer.id)
    assert inquiry.offered_post_id == offer.id


async def test_an_inquiry_goes_on_when_the_post_ends(session, client):
    nadine, kim = await a_person(session), await a_person(session, "Kim Jaspert")
    mine, theirs = await bearer(session, nadine), await bearer(session, kim)
    post = await an_offer(session, nadine)
    inquiry = await an_inquiry(session, post, kim)
    post.status = PostStatus.DONE
    await session.commit()
    path = f"/api/v1/inquiries/{inquiry.id}/messages"
    for headers in (mine, theirs):
        assert (await client.post(path, json={"text": "Noch da?"}, headers=headers)).is_success
        assert (await client.get(path, headers=headers)).is_success


async def test_eight_clicks_make_one_inquiry(own_database):
    """The row of the post is locked, so that numbers stay in a row and none is made twice."""
    async with running(settings(), own_database) as runtime:
        async with transaction(runtime.sessions) as session:
            nadine, kim = await a_person(session), await a_person(session, "Kim Jaspert")
            post = await an_offer(session, nadine)

        async def click():
            async with transaction(runtime.sessions) as session:
                draft = InquiryDraft(text="Sind sie noch da?")
                return (await ask_about(session, as_actor(kim), post.id, draft)).inquiry.id

        made = await asyncio.gather(*(click() for _ in range(8)))
        assert len(set(made)) == 1
        async with transaction(runtime.sessions) as session:
            assert await session.scalar(select(func.count()).select_from(Inquiry)) == 1
