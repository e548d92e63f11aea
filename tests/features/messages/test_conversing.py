"""Conversations: first messages, answers, blocking, people under 18, and who sees what."""

import asyncio
import itertools

import pytest
from sqlalchemy import func, select

from app.core import clock
from app.core.actor import ANONYMOUS
from app.core.db import transaction
from app.core.errors import TooMany
from app.core.ids import new_id
from app.core.settings import settings
from app.features.messages import policy
from app.features.messages.blocking import NotContactable, block_person
from app.features.messages.conversing import (
    AnswerAwaited,
    AnswerDraft,
    ConversationDraft,
    answer_request,
    write_in_conversation,
    write_to,
)
from app.features.messages.policy import Act, Standing
from app.features.messages.threads import MessageDraft
from app.models.companies import Staff, StaffRole
from app.models.messages import Conversation, ConversationState, Message, Side
from app.models.notifications import Notification
from app.runtime import running
from tests.features.inquiries.arranging import an_inquiry, an_offer
from tests.features.media.files import a_pdf
from tests.makers import (
    a_company,
    a_group,
    a_membership,
    a_person,
    as_actor,
    bearer,
    signed_in,
)

HELLO = {"text": "Guten Tag, kennen wir uns vom Ausbildungssprechtag?"}


async def a_conversation(session, one, other, **fields):
    draft = ConversationDraft(text=HELLO["text"], **{"person_id": other.id, **fields})
    return await write_to(session, as_actor(one), draft)


async def test_a_strangers_first_message_is_a_request_that_can_be_accepted(session, client):
    kim, nadine = await a_person(session, "Kim Jaspert"), await a_person(session)
    of_kim, of_nadine = await bearer(session, kim), await bearer(session, nadine)
    await session.commit()
    begun = {**HELLO, "person_id": str(nadine.id)}
    made = await client.post("/api/v1/conversations", json=begun, headers=of_kim)
    assert made.status_code == 201, made.text
    assert (made.json()["state"], made.json()["viewer_can"]) == ("requested", ["block", "view"])
    where = made.headers["location"]
    again = await client.post("/api/v1/conversations", json=begun, headers=of_kim)
    assert (again.status_code, again.json()["code"]) == (409, "answer_awaited")
    seen = (await client.get("/api/v1/conversations", headers=of_nadine)).json()["items"]
    assert [(one["person"]["name"], one["unread"], one["side"]) for one in seen] == [
        ("Kim Jaspert", 1, "keeper")
    ]
    body = {"state": "accepted"}
    assert (await client.put(f"{where}/state", json=body, headers=of_kim)).status_code == 403
    assert (await client.put(f"{where}/state", json=body, headers=of_nadine)).is_success
    said = await client.post(f"{where}/messages", json={"text": "Ja."}, headers=of_kim)
    assert said.status_code == 201, said.text
    read = await client.put(f"{where}/read", headers=of_nadine)
    assert read.json()["unread"] == 0
    listed = (await client.get(f"{where}/messages", headers=of_nadine)).json()["items"]
    assert [one["body"] for one in listed] == ["Ja.", HELLO["text"]]


async def test_a_refusal_is_silent(session, client, work):
    kim, nadine = await a_person(session, "Kim Jaspert"), await a_person(session)
    of_kim, of_nadine = await bearer(session, kim), await bearer(session, nadine)
    await session.commit()
    begun = {**HELLO, "person_id": str(nadine.id)}
    made = await client.post("/api/v1/conversations", json=begun, headers=of_kim)
    where = made.headers["location"]
    before = (await client.get(where, headers=of_kim)).json()
    refused = await client.put(f"{where}/state", json={"state": "refused"}, headers=of_nadine)
    assert refused.json()["state"] == "refused"
    after = (await client.get(where, headers=of_kim)).json()
    assert {**after, "version": 0} == {**before, "version": 0}
    waiting = await client.get("/api/v1/conversations?state=requested", headers=of_kim)
    assert len(waiting.json()["items"]) == 1
    none = await client.get("/api/v1/conversations?state=refused", headers=of_kim)
    assert none.json()["items"] == []
    assert (await client.get("/api/v1/conversations", headers=of_nadine)).json()["items"] == []
    kept = await client.get("/api/v1/conversations?state=refused", headers=of_nadine)
    assert len(kept.json()["items"]) == 1
    await work()
    told = await session.scalars(select(Notification.person_id))
    assert set(told) <= {nadine.id}
    # Whoever refused may think again, and simply write.
    assert (
        await client.post(f"{where}/messages", json={"text": "Doch."}, headers=of_nadine)
    ).is_success
    assert (await client.get(where, headers=of_kim)).json()["state"] == "accepted"


async def test_who_shares_a_group_writes_at_once(session):
    kim, nadine = await a_person(session, "Kim Jaspert"), await a_person(session)
    group = await a_group(session, nadine)
    await a_membership(session, group, kim)
    conversation = await a_conversation(session, kim, nadine)
    assert conversation.state == ConversationState.ACCEPTED
    back = await a_conversation(session, nadine, kim)
    assert back.id == conversation.id, "there is one conversation for two people"


async def test_who_is_blocked_is_told_no_more_than_that_it_cannot_be_t91(session, client, work):
    kim, nadine = await a_person(session, "Kim Jaspert"), await a_person(session)
    of_kim, of_nadine = await bearer(session, kim), await bearer(session, nadine)
    conversation = await a_conversation(session, kim, nadine)
    await write_in_conversation(
        session, as_actor(nadine), conversation.id, MessageDraft(text="Ja, von dort.")
    )
    await session.commit()
    assert (await client.put(f"/api/v1/blocks/{kim.id}", headers=of_nadine)).status_code == 204
    assert (await client.put(f"/api/v1/blocks/{kim.id}", headers=of_nadine)).status_code == 204
    post = await an_offer(session, nadine)
    await session.commit()
    tried = [
        ("/api/v1/conversations", {**HELLO, "person_id": str(nadine.id)}),
        (f"/api/v1/conversations/{conversation.id}/messages", HELLO),
        (f"/api/v1/posts/{post.id}/inquiries", HELLO),
    ]
    for path, body in tried:
        answer = await client.post(path, json=body, headers=of_kim)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_contactable")
    await work()
    assert not list(await session.scalars(select(Notification)))
    seen = await client.get(f"/api/v1/conversations/{conversation.id}", headers=of_kim)
    assert seen.json()["is_blocked"] is False
    listed = (await client.get("/api/v1/blocks", headers=of_nadine)).json()["items"]
    assert [one["person"]["name"] for one in listed] == ["Kim Jaspert"]
    assert (await client.delete(f"/api/v1/blocks/{kim.id}", headers=of_nadine)).status_code == 204
    assert (await client.post(tried[1][0], json=HELLO, headers=of_kim)).status_code == 201


async def test_nobody_writes_to_people_under_18_but_about_their_applications(session):
    mika, nadine = await a_person(session, "Mika", is_minor=True), await a_person(session)
    for one, other in ((nadine, mika), (mika, nadine)):
        with pytest.raises(NotContactable):
            await a_conversation(session, one, other)
    group = await a_group(session, nadine)
    await a_membership(session, group, mika)
    with pytest.raises(NotContactable):
        await a_conversation(session, nadine, mika)
    grown = await a_person(session, "Jona")
    known = await a_conversation(session, nadine, grown)
    grown.is_minor = True
    await session.flush()
    for person in (nadine, grown):
        with pytest.raises(NotContactable):
            await write_in_conversation(
                session, as_actor(person), known.id, MessageDraft(text="Hallo.")
            )
    inquiry = await an_inquiry(session, await an_offer(session, nadine), mika)
    assert inquiry.number == 1


async def test_who_wants_no_strangers_and_who_has_left_gets_no_messages(session, client):
    kim, nadine = await a_person(session), await a_person(session, accepts_messages=False)
    gone = await a_person(session, left_at=clock.now())
    headers = await bearer(session, kim)
    await session.commit()
    for person, status in ((nadine, 403), (gone, 404), (kim, 403)):
        body = {**HELLO, "person_id": str(person.id)}
        answer = await client.post("/api/v1/conversations", json=body, headers=headers)
        assert answer.status_code == status
    both = {**HELLO, "person_id": str(nadine.id), "company_id": str(nadine.id)}
    for body in (HELLO, both):
        answer = await client.post("/api/v1/conversations", json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "one_addressee")


async def test_a_companys_inbox_is_shared_by_those_who_speak_for_it_now(session, client, work):
    kim, owner, colleague = [await a_person(session, name) for name in ("Kim", "Nadine", "Paul")]
    firm = await a_company(session, owner=owner)
    place = Staff(company_id=firm.id, person_id=colleague.id, role=StaffRole.EDITOR)
    session.add(place)
    headers = {
        name: await bearer(session, person)
        for name, person in (("kim", kim), ("owner", owner), ("colleague", colleague))
    }
    await session.commit()
    body = {**HELLO, "company_id": str(firm.id)}
    own = await client.post("/api/v1/conversations", json=body, headers=headers["owner"])
    assert own.status_code == 403
    made = await client.post("/api/v1/conversations", json=body, headers=headers["kim"])
    assert made.json()["company"]["name"] == firm.name
    where = made.headers["location"]
    said = await client.post(f"{where}/messages", json={"text": "Ja."}, headers=headers["owner"])
    assert said.status_code == 201
    listed = (await client.get(f"{where}/messages", headers=headers["colleague"])).json()["items"]
    assert [one["author"]["name"] for one in listed] == ["Nadine", "Kim"]
    await work()
    told = await session.execute(select(Notification.person_id, Notification.params))
    assert {(row.person_id, row.params["who"]) for row in told} == {
        (colleague.id, "Kim"), (kim.id, firm.name),
    }, "who has answered knows"  # fmt: skip
    place.ended_at = clock.now()
    await session.commit()
    assert (await client.get(where, headers=headers["colleague"])).status_code == 404
    await block_person(session, as_actor(owner), kim.id, firm.id)
    await session.commit()
    assert (
        await client.post(f"{where}/messages", json=HELLO, headers=headers["kim"])
    ).status_code == 403


async def test_both_faces_of_the_policy_agree(session):
    kim, nadine, stranger = [await a_person(session) for _ in range(3)]
    firm = await a_company(session, owner=nadine)
    with_person = await a_conversation(session, kim, nadine)
    with_firm = await a_conversation(session, kim, nadine, person_id=None, company_id=firm.id)
    actors = [ANONYMOUS, as_actor(stranger, operator=True), *map(as_actor, (kim, nadine))]
    states = itertools.product((with_person, with_firm), ConversationState, actors)
    seen = 0
    for conversation, state, actor in states:
        conversation.state = state
        await session.flush()
        row = (
            await session.execute(
                select(
                    policy.side_of(actor).label("side"), policy.visible_to(actor).label("seen")
                ).where(Conversation.id == conversation.id)
            )
        ).one()
        side = Side(row.side) if row.side else None
        acts = policy.acts(actor, Standing(side, state, conversation.company_id is not None))
        assert (Act.VIEW in acts) == bool(row.seen)
        seen += bool(row.seen)
    assert seen == 2 * 2 * 3


async def test_nobody_else_finds_a_conversation_t27(session, client):
    """Whatever is asked for, a conversation of others is answered as one that never was."""
    kim, nadine, stranger = [await a_person(session) for _ in range(3)]
    conversation = await a_conversation(session, kim, nadine)
    of_stranger, at_stranger = await bearer(session, stranger), await signed_in(session, stranger)
    await session.commit()
    for key in (conversation.id, new_id()):
        where, page = f"/api/v1/conversations/{key}", f"/messages/{key}"
        statuses = [
            (await client.request(method, path, headers=headers, **body)).status_code
            for method, path, headers, body in (
                ("GET", where, of_stranger, {}),
                ("GET", f"{where}/messages", of_stranger, {}),
                ("POST", f"{where}/messages", of_stranger, {"json": HELLO}),
                ("PUT", f"{where}/state", of_stranger, {"json": {"state": "accepted"}}),
                ("PUT", f"{where}/read", of_stranger, {}),
                ("GET", page, at_stranger, {}),
                ("POST", f"{page}/messages", at_stranger, {"data": HELLO}),
                ("POST", f"{page}/answer/accepted", at_stranger, {}),
                ("POST", f"{page}/read", at_stranger, {}),
                ("POST", f"{page}/block", at_stranger, {}),
                ("POST", f"{page}/unblock", at_stranger, {}),
            )
        ]
        assert set(statuses) == {404}


async def test_files_of_a_conversation_are_seen_by_its_two_sides_only(session, client):
    kim, nadine, stranger = [await a_person(session) for _ in range(3)]
    group = await a_group(session, nadine)
    await a_membership(session, group, kim)
    of_kim = await bearer(session, kim)
    at = {one: await signed_in(session, one) for one in (kim, nadine, stranger)}
    await session.commit()
    sent = {"file": ("Skizze.pdf", a_pdf(), "application/pdf")}
    medium = (await client.post("/api/v1/media", files=sent, headers=of_kim)).json()
    body = {**HELLO, "person_id": str(nadine.id), "files": [medium["id"]]}
    assert (await client.post("/api/v1/conversations", json=body, headers=of_kim)).is_success
    file = f"/media/{medium['id']}/original"
    found = [(await client.get(file, headers=at[one])).status_code for one in at]
    assert found == [200, 200, 404]
    assert (await client.get(file)).status_code == 404


async def test_pages_lead_from_a_profile_to_a_conversation(session, client):
    kim, nadine = await a_person(session, "Kim Jaspert"), await a_person(session)
    at_kim, at_nadine = await signed_in(session, kim), await signed_in(session, nadine)
    await session.commit()
    profile = await client.get(f"/people/{nadine.slug}", headers=at_kim)
    assert f"/people/{nadine.slug}/message" in profile.text
    assert (await client.get(f"/people/{nadine.slug}/message", headers=at_kim)).status_code == 200
    made = await client.post(f"/people/{nadine.slug}/message", data=HELLO, headers=at_kim)
    assert made.status_code == 303, made.text
    where = made.headers["location"].partition("?")[0]
    assert "wartet auf eine Antwort" in (await client.get(where, headers=at_kim)).text
    shown = (await client.get(where, headers=at_nadine)).text
    assert "möchte Ihnen schreiben" in shown
    accepted = await client.post(f"{where}/answer/accepted", headers=at_nadine)
    assert accepted.status_code == 303
    files = {"enclosed.0": ("Skizze.pdf", a_pdf(), "application/pdf")}
    said = await client.post(f"{where}/messages", data=HELLO, files=files, headers=at_nadine)
    assert said.status_code == 303, said.text
    assert "Skizze.pdf" in (await client.get(where, headers=at_kim)).text
    assert ">1 neue<" in (await client.get("/messages", headers=at_kim)).text
    assert (await client.post(f"{where}/read", headers=at_kim)).status_code == 303
    assert ">1 neue<" not in (await client.get("/messages", headers=at_kim)).text
    assert (await client.post(f"{where}/block", headers=at_kim)).status_code == 303
    assert "Nadine Rauhut" in (await client.get("/messages/blocked", headers=at_kim)).text
    refused = await client.post(f"{where}/messages", data=HELLO, headers=at_nadine)
    assert refused.status_code == 403
    assert "keine Nachricht senden" in refused.text
    assert (await client.post(f"{where}/unblock", headers=at_kim)).status_code == 303


async def test_strangers_are_written_to_only_so_often_p15(session, configure):
    configure(RATE_LIMITS="true")
    kim = await a_person(session)
    for _ in range(20):
        await a_conversation(session, kim, await a_person(session))
    with pytest.raises(TooMany):
        await a_conversation(session, kim, await a_person(session))


async def test_two_who_write_to_each_other_at_once_meet_in_one_conversation(own_database):
    async with running(settings(), own_database) as runtime:
        async with transaction(runtime.sessions) as session:
            kim, nadine = await a_person(session), await a_person(session)

        async def write(one, other):
            async with transaction(runtime.sessions) as session:
                return (await a_conversation(session, one, other)).id

        pairs = [(kim, nadine), (nadine, kim)] * 2
        done = await asyncio.gather(*(write(*pair) for pair in pairs), return_exceptions=True)
        assert len({one for one in done if not isinstance(one, AnswerAwaited)}) == 1
        async with transaction(runtime.sessions) as session:
            assert await session.scalar(select(func.count()).select_from(Conversation)) == 1
            assert (await session.scalar(select(func.count()).select_from(Message)) or 0) >= 2


async def test_answering_twice_changes_nothing(session):
    kim, nadine = await a_person(session), await a_person(session)
    conversation = await a_conversation(session, kim, nadine)
    for _ in range(2):
        draft = AnswerDraft(state="accepted")
        done = await answer_request(session, as_actor(nadine), conversation.id, draft)
        assert done.state == ConversationState.ACCEPTED
