"""Going on with an inquiry: states, files, words to decline with, and how long it is kept."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core import clock
from app.core.errors import Stale
from app.features.inquiries import forgetting
from app.features.inquiries.answering import (
    InquiryStepNotPossible,
    move_inquiry,
    read_inquiry_now,
    write_in_inquiry,
)
from app.features.inquiries.drafts import StateDraft
from app.features.media import removing
from app.features.messages.forgetting import forget_old_threads
from app.features.messages.threads import MessageDraft
from app.features.posts import ending
from app.models.events import EventRecord
from app.models.inquiries import Inquiry, InquiryState, InquiryStep
from app.models.media import Medium, ReleasedFile
from app.models.messages import Message, Thread
from app.models.notifications import Notification
from app.models.posts import Post, PostStatus
from tests.features.inquiries.arranging import an_inquiry, an_offer
from tests.features.media.files import a_pdf
from tests.makers import a_company, a_person, as_actor, bearer, signed_in

SENT, SEEN, TALKS, ACCEPTED, DECLINED, CLOSED, WITHDRAWN = InquiryState
OF_KEEPER = {
    SENT: {TALKS, ACCEPTED, DECLINED},
    SEEN: {TALKS, ACCEPTED, DECLINED},
    TALKS: {ACCEPTED, DECLINED, CLOSED},
    ACCEPTED: {CLOSED},
}
OF_OPENER = {
    SENT: {WITHDRAWN},
    SEEN: {WITHDRAWN},
    TALKS: {CLOSED, WITHDRAWN},
    ACCEPTED: {CLOSED, WITHDRAWN},
    DECLINED: {WITHDRAWN},
    CLOSED: {WITHDRAWN},
}


async def two_sides(session):
    keeper, asker = await a_person(session), await a_person(session, "Kim Jaspert")
    post = await an_offer(session, keeper)
    return keeper, asker, await an_inquiry(session, post, asker)


@pytest.mark.parametrize("side", ["keeper", "opener"])
@pytest.mark.parametrize("before", InquiryState)
async def test_each_side_takes_the_steps_that_are_its_own(session, side, before):
    keeper, asker, inquiry = await two_sides(session)
    actor = as_actor(keeper if side == "keeper" else asker)
    allowed = (OF_KEEPER if side == "keeper" else OF_OPENER).get(before, set())
    for wanted in InquiryState:
        inquiry.state = before
        await session.flush()
        if wanted in allowed or wanted == before:
            moved = await move_inquiry(session, actor, inquiry.id, StateDraft(state=wanted))
            assert moved.state == wanted
        else:
            with pytest.raises(InquiryStepNotPossible):
                await move_inquiry(session, actor, inquiry.id, StateDraft(state=wanted))


async def test_the_log_says_when_and_by_which_side(session):
    keeper, asker, inquiry = await two_sides(session)
    await read_inquiry_now(session, as_actor(keeper), inquiry.id)
    await write_in_inquiry(session, as_actor(keeper), inquiry.id, MessageDraft(text="Gern."))
    await move_inquiry(session, as_actor(asker), inquiry.id, StateDraft(state=CLOSED))
    steps = await session.execute(
        select(InquiryStep.state, InquiryStep.side).order_by(InquiryStep.id)
    )
    assert [tuple(step) for step in steps] == [
        ("sent", "opener"), ("seen", "keeper"), ("in_talks", "keeper"), ("closed", "opener"),
    ]  # fmt: skip
    with pytest.raises(InquiryStepNotPossible):
        await write_in_inquiry(session, as_actor(asker), inquiry.id, MessageDraft(text="Halt."))


async def test_a_state_is_not_changed_on_an_older_view_of_it(session):
    keeper, asker, inquiry = await two_sides(session)
    seen = inquiry.version
    await move_inquiry(session, as_actor(asker), inquiry.id, StateDraft(state=WITHDRAWN))
    draft = StateDraft(state=ACCEPTED)
    with pytest.raises(Stale):
        await move_inquiry(session, as_actor(keeper), inquiry.id, draft, expected=seen)


async def test_accepting_is_told_to_who_asked_and_to_features_above(session, client, work):
    keeper, asker, inquiry = await two_sides(session)
    headers = await bearer(session, keeper)
    await session.commit()
    body = {"state": "accepted", "text": "Kommen Sie am Freitag."}
    for _ in range(2):
        path = f"/api/v1/inquiries/{inquiry.id}/state"
        assert (await client.put(path, json=body, headers=headers)).status_code == 200
    await work()
    names = (await session.scalars(select(EventRecord.name))).all()
    assert names.count("inquiry.accepted") == 1
    told = await session.scalars(
        select(Notification.type).where(Notification.person_id == asker.id)
    )
    assert sorted(told) == ["inquiry.accepted", "inquiry.written"]


async def an_application(session, client):
    """An inquiry with a file; returns it, the medium, and headers of both sides."""
    keeper, asker = await a_person(session), await a_person(session, "Mika")
    mine, theirs = await bearer(session, keeper), await bearer(session, asker)
    post = await an_offer(session, keeper)
    await session.commit()
    sent = {"file": ("Lebenslauf.pdf", a_pdf(), "application/pdf")}
    medium = (await client.post("/api/v1/media", files=sent, headers=theirs)).json()
    asked = {
        "text": "Ich bewerbe mich.",
        "files": [medium["id"]],
        "fields": {"kind": "offer", "quantity": 1},
    }
    path = f"/api/v1/posts/{post.id}/inquiries"
    made = await client.post(path, json=asked, headers=theirs)
    assert made.status_code == 201, made.text
    return made.headers["location"], medium, mine, theirs, keeper


async def test_withdrawing_deletes_files_and_answers_at_once(session, client):
    where, medium, mine, theirs, keeper = await an_application(session, client)
    at_keeper = await signed_in(session, keeper)
    await session.commit()
    file = f"/media/{medium['id']}/original"
    assert (await client.get(file, headers=at_keeper)).status_code == 200
    body = {"state": "withdrawn"}
    left = (await client.put(f"{where}/state", json=body, headers=theirs)).json()
    assert left["fields"] == {}
    assert left["files_deleted_at"]
    assert (await client.get(file, headers=at_keeper)).status_code == 404
    said = (await client.get(f"{where}/messages", headers=mine)).json()["items"]
    assert said[0]["files"] == []
    assert await session.scalar(select(func.count()).select_from(Medium)) == 0
    assert await session.scalar(select(func.count()).select_from(ReleasedFile)) == 1


async def test_a_file_that_is_used_elsewhere_too_stays_there(session, client):
    where, medium, _, theirs, _ = await an_application(session, client)
    post = {
        "details": {"kind": "question"},
        "title": "Wer liest das?",
        "body": "Im Anhang.",
        "attachments": [medium["id"]],
    }
    assert (await client.post("/api/v1/posts", json=post, headers=theirs)).status_code == 201
    await client.put(f"{where}/state", json={"state": "withdrawn"}, headers=theirs)
    assert await session.scalar(select(func.count()).select_from(Medium)) == 1


async def test_files_are_deleted_half_a_year_after_the_end_and_threads_after_two_years(
    session, client
):
    where, _, mine, _, _ = await an_application(session, client)
    body = {"state": "declined", "text": "Leider nein."}
    assert (await client.put(f"{where}/state", json=body, headers=mine)).status_code == 200
    post = await session.scalar(select(Post))
    post.status, post.ended_at = PostStatus.DONE, clock.now()
    await session.flush()

    async def at_night(days):
        with clock.set_to(clock.now() + timedelta(days=days)):
            await forgetting.forget_old_files(session)
            await forgetting.forget_old_inquiries(session)
            await forget_old_threads(session)
            await ending.forget_ended_posts(session)
            await session.flush()
        return [
            await session.scalar(select(func.count()).select_from(table))
            for table in (Medium, Inquiry, Message, Post)
        ]

    assert await at_night(179) == [1, 1, 2, 1]
    assert await at_night(181) == [0, 1, 2, 1]
    assert await at_night(400) == [0, 1, 2, 1], "the post waits for its threads"
    assert await at_night(731) == [0, 0, 0, 0]
    assert await session.scalar(select(func.count()).select_from(Thread)) == 0
    with clock.set_to(clock.now() + timedelta(days=200)):
        await removing.drop_released(session)
    assert await session.scalar(select(func.count()).select_from(ReleasedFile)) == 0


async def test_pages_lead_from_a_post_to_a_friendly_refusal(session, client):
    keeper, asker = await a_person(session), await a_person(session, "Kim Jaspert")
    firm = await a_company(session, owner=keeper)
    post = await an_offer(session, keeper, firm)
    at_keeper, at_asker = await signed_in(session, keeper), await signed_in(session, asker)
    of_keeper = await bearer(session, keeper)
    await session.commit()
    page = await client.get(f"/posts/{post.id}", headers=at_asker)
    assert f"/posts/{post.id}/inquire" in page.text
    assert "freiwillig" in (await client.get(f"/posts/{post.id}/inquire", headers=at_asker)).text
    form = {
        "text": "Sind sie noch da?",
        "fields.kind": "offer",
        "fields.quantity": "2",
        "company_id": "",
    }
    wrong = await client.post(
        f"/posts/{post.id}/inquire", data={**form, "text": ""}, headers=at_asker
    )
    assert wrong.status_code == 422
    files = {"enclosed.0": ("Skizze.pdf", a_pdf(), "application/pdf")}
    made = await client.post(f"/posts/{post.id}/inquire", data=form, files=files, headers=at_asker)
    assert made.status_code == 303, made.text
    where = made.headers["location"].partition("?")[0]
    shown = (await client.get(where, headers=at_keeper)).text
    assert "Skizze.pdf" in shown
    assert "Menge, um die es Ihnen geht" in shown
    kept = {"title": "Werkbank", "body": "Unsere Werkbank ist vergeben."}
    path = f"/api/v1/companies/{firm.id}/reply-templates"
    assert (await client.post(path, json=kept, headers=of_keeper)).status_code == 201
    before = await client.get(f"{where}/decline", headers=at_keeper)
    assert "Werkbank" in before.text
    assert "Turning down an application" in before.text
    begun = await client.get(f"{where}/decline?template=thanks-de", headers=at_keeper)
    assert "anders entschieden" in begun.text
    done = await client.post(f"{where}/decline", data={"text": "Leider."}, headers=at_keeper)
    assert done.status_code == 303, done.text
    seen = (await client.get(where, headers=at_asker)).text
    assert "abgesagt" in seen
    assert "Leider." in seen
    assert "Schreiben</h2>" not in seen
    assert "Sind sie noch da?" in seen
    listed = (await client.get("/inquiries?box=received&state=declined", headers=at_keeper)).text
    assert "Kim Jaspert" in listed


async def test_a_company_keeps_its_words_for_those_who_speak_for_it(session, client):
    owner, stranger = await a_person(session), await a_person(session)
    firm = await a_company(session, owner=owner)
    mine, theirs = await bearer(session, owner), await bearer(session, stranger)
    await session.commit()
    path = f"/api/v1/companies/{firm.id}/reply-templates"
    draft = {"title": "Dank", "body": "Vielen Dank."}
    assert (await client.post(path, json=draft, headers=theirs)).status_code == 403
    made = await client.post(path, json=draft, headers=mine)
    assert made.status_code == 201, made.text
    assert (await client.post(path, json=draft, headers=mine)).status_code == 409
    assert [one["title"] for one in (await client.get(path, headers=mine)).json()["items"]] == [
        "Dank"
    ]
    assert (await client.get(path, headers=theirs)).status_code == 404
    one = f"/api/v1/reply-templates/{made.json()['id']}"
    assert (await client.delete(one, headers=theirs)).status_code == 404
    assert (await client.delete(one, headers=mine)).status_code == 204


async def test_pages_keep_and_drop_a_companys_words(session, client):
    owner, stranger = await a_person(session), await a_person(session)
    firm = await a_company(session, owner=owner)
    mine, theirs = await signed_in(session, owner), await signed_in(session, stranger)
    await session.commit()
    here = f"/companies/{firm.slug}/templates"
    assert (await client.get(here, headers=theirs)).status_code == 404
    draft = {"title": "Dank", "body": "Vielen Dank."}
    assert (await client.post(here, data=draft, headers=mine)).status_code == 303
    twice = await client.post(here, data=draft, headers=mine)
    assert (twice.status_code, "gibt es schon" in twice.text) == (409, True)
    shown = (await client.get(here, headers=mine)).text
    drop = re.search(rf"{here}/[0-9a-f-]+/drop", shown)
    assert drop
    assert (await client.post(drop[0], headers=theirs)).status_code == 404
    assert (await client.post(drop[0], headers=mine)).status_code == 303
    assert "Vielen Dank." not in (await client.get(here, headers=mine)).text


async def test_what_nobody_decided_is_closed_when_its_post_has_ended(session, client):
    """The firm filled the place and forgot to answer: the documents go all the same (R-DS-10)."""
    await an_application(session, client)

    async def media_after(days):
        with clock.set_to(clock.now() + timedelta(days=days)):
            await forgetting.forget_old_files(session)
        return await session.scalar(select(func.count()).select_from(Medium))

    assert await media_after(400) == 1, "the post is there, and so is the application"
    post = await session.scalar(select(Post))
    post.status, post.ended_at = PostStatus.DONE, clock.now()
    await session.flush()
    assert await media_after(179) == 1
    assert await media_after(181) == 0
