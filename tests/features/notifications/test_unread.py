"""What the head of every page counts as unread agrees with what the lists show."""

import re
from datetime import timedelta

from app.core import clock
from app.features.inquiries.answering import read_inquiry_now, write_in_inquiry
from app.features.messages.conversing import (
    AnswerDraft,
    ConversationDraft,
    answer_request,
    write_to,
)
from app.features.messages.threads import MessageDraft
from app.features.notifications.unread import Unread, read_unread
from app.models.companies import Staff, StaffRole
from tests.features.inquiries.arranging import a_concealed_offer, an_inquiry, an_offer
from tests.makers import a_company, a_person, as_actor, bearer, signed_in

HELLO = MessageDraft(text="Guten Tag")


async def arranged(session):
    """A keeper, a colleague in the same company, and somebody who asks and writes everywhere."""
    keeper, colleague, asker = [await a_person(session) for _ in range(3)]
    company = await a_company(session, owner=keeper)
    session.add(Staff(company_id=company.id, person_id=colleague.id, role=StaffRole.EDITOR))
    await session.flush()
    posts = [
        await an_offer(session, keeper),
        await an_offer(session, keeper, company),
        await a_concealed_offer(session, keeper, reference="NAC-1"),
        await a_concealed_offer(session, keeper, company, reference="NAC-2"),
    ]
    inquiries = [await an_inquiry(session, post, asker) for post in posts]
    for other in ({"person_id": keeper.id}, {"company_id": company.id}):
        draft = ConversationDraft(text="Guten Tag", **other)
        await write_to(session, as_actor(asker), draft)
    return keeper, colleague, asker, inquiries


async def listed(client, headers, what):
    answer = await client.get(f"/api/v1/{what}?limit=100", headers=headers)
    return sum(one["unread"] for one in answer.json()["items"])


async def test_the_numbers_are_those_of_the_lists_whosever_they_are(session, client, reader):
    keeper, colleague, asker, inquiries = await arranged(session)
    stranger = await a_person(session)
    expected = {keeper: (4, 2), colleague: (2, 1), asker: (0, 0), stranger: (0, 0)}
    later = clock.now() + timedelta(minutes=1)
    for round_ in range(3):
        headers = {person: await bearer(session, person) for person in expected}
        await session.commit()
        for person, numbers in expected.items():
            counted = await read_unread(reader, as_actor(person))
            assert (counted.inquiries, counted.conversations) == numbers, (round_, person.name)
            told = (
                await client.get("/api/v1/notifications/unread", headers=headers[person])
            ).json()
            assert told == {
                "notifications": 0,
                "inquiries": numbers[0],
                "conversations": numbers[1],
            }
            for what, number in zip(("inquiries", "conversations"), numbers, strict=True):
                assert await listed(client, headers[person], what) == number
        with clock.set_to(later + timedelta(minutes=round_)):
            if round_ == 0:
                await write_in_inquiry(session, as_actor(keeper), inquiries[1].id, HELLO)
                expected |= {keeper: (3, 2), asker: (1, 0)}
            else:
                await read_inquiry_now(session, as_actor(asker), inquiries[1].id)
                expected |= {asker: (0, 0)}


async def test_a_refused_first_message_is_counted_no_more(session, reader):
    one, other = await a_person(session), await a_person(session)
    draft = ConversationDraft(text="Guten Tag", person_id=other.id)
    conversation = await write_to(session, as_actor(one), draft)
    await session.commit()
    assert await read_unread(reader, as_actor(other)) == Unread(conversations=1)
    refusal = AnswerDraft(state="refused")
    await answer_request(session, as_actor(other), conversation.id, refusal)
    await session.commit()
    assert await read_unread(reader, as_actor(other)) == Unread()


async def test_every_page_says_it_in_its_head_with_no_query_more(session, client, queries):
    keeper, _, asker, _ = await arranged(session)
    hers, his = await signed_in(session, keeper), await signed_in(session, asker)
    await session.commit()
    spent = []
    for headers, said in ((hers, "6 ungelesene Nachrichten"), (his, None)):
        queries.clear()
        page = await client.get("/settings", headers=headers)
        spent.append(len(queries))
        head = page.text.partition("</header>")[0]
        assert (said in head) if said else re.search('data-unread="messages"[^>]* hidden>', head)
    assert spent[0] == spent[1]
