"""Rating each other after a transport: once, blind, and told of a company only in sums."""

import itertools
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text, update

from app.core import clock
from app.core.actor import ANONYMOUS, Actor
from app.core.db import transaction
from app.core.errors import NotFound, SignInRequired
from app.core.ids import new_id
from app.features.deals import policy, rating
from app.features.deals.policy import Act, Standing
from app.features.deals.reading import ratings_of, read_deal
from app.features.inquiries.answering import move_inquiry
from app.features.inquiries.drafts import StateDraft
from app.models.companies import Staff, StaffRole
from app.models.deals import Deal, Rating
from app.models.inquiries import InquiryState
from app.models.messages import Side
from app.models.notifications import Notification
from app.models.posts import Audience, Post
from tests.features.freight.arranging import CAPACITY, REQUEST, a_freight, with_points
from tests.features.inquiries.arranging import an_inquiry
from tests.makers import a_company, a_person, as_actor, bearer, signed_in

GOOD = {"punctual": True, "as_agreed": True, "would_again": True, "text": "Alles heil angekommen."}


@pytest.fixture
async def world(session, client, work, runtime):
    await with_points(session)
    dilek, kim, stranger = [await a_person(session, one) for one in ("Dilek", "Kim", "Ole")]
    firm = await a_company(session, "Brandhoff Transporte GmbH", owner=dilek)
    lorry = await a_freight(session, dilek, CAPACITY, company_id=firm.id)
    load = await a_freight(session, kim, REQUEST)
    inquiry = await an_inquiry(session, lorry, kim, offered_post_id=load.id)
    tokens = {"dilek": await bearer(session, dilek), "kim": await bearer(session, kim)}
    tokens |= {"ole": await bearer(session, stranger), None: {}}
    await session.commit()
    async with transaction(runtime.sessions) as tx:
        await move_inquiry(tx, as_actor(dilek), inquiry.id, StateDraft(state=InquiryState.ACCEPTED))
    await work()

    async def call(method, path, by, status=200, body=None):
        answer = await client.request(
            method, f"/api/v1/inquiries/{inquiry.id}{path}", headers=tokens[by], json=body
        )
        assert answer.status_code == status, answer.text
        await work()
        return answer.json()

    call.inquiry, call.firm, call.kim, call.dilek = inquiry, firm, kim, dilek
    return call


async def delivered(session, days_ago=1):
    then = clock.now() - timedelta(days=days_ago)
    given = {"delivered_at": then, "closes_at": then + rating.OPEN_FOR}
    await session.execute(update(Deal).values(**given))
    await session.commit()


async def tick(runtime, work):
    async with transaction(runtime.sessions) as tx:
        await rating.ask_for_ratings(tx)
    await work()


async def test_it_is_shown_only_when_both_have_rated(world, session, runtime, work):
    early = await world("GET", "/ratings", "kim")
    assert early["viewer_can"] == []
    assert early["delivered_at"][:10] > CAPACITY["departs_from"][:10]
    await world("PUT", "/rating", "kim", 409, GOOD)
    await delivered(session)
    for _ in range(2):
        await tick(runtime, work)
    asked = select(Notification.person_id).where(Notification.type == "deal.please_rate")
    assert sorted(await session.scalars(asked)) == sorted([world.kim.id, world.dilek.id])
    mine = await world("PUT", "/rating", "kim", body=GOOD)
    assert mine["own"]["text"] == GOOD["text"]
    await world("PUT", "/rating", "kim", 409, GOOD)
    blind = await world("GET", "/ratings", "dilek")
    assert (blind["other"], blind["viewer_can"]) == (None, ["rate"])
    await world("PUT", "/rating/reply", "dilek", 404, {"reply": "Danke."})
    both = await world("PUT", "/rating", "dilek", body={**GOOD, "punctual": False, "text": ""})
    assert both["closed_at"]
    assert both["other"]["text"] == GOOD["text"]
    replied = await world("PUT", "/rating/reply", "dilek", body={"reply": "Danke."})
    assert replied["viewer_can"] == ["see"]
    seen = await world("GET", "/ratings", "kim")
    assert seen["own"]["reply"] == "Danke."
    assert seen["other"]["punctual"] is False
    await world("PUT", "/rating/reply", "dilek", 404, {"reply": "Noch etwas."})
    rated = (await session.scalars(select(Rating.rated_company_id).order_by(Rating.id))).all()
    assert rated == [world.firm.id, None]


async def test_after_fourteen_days_one_is_shown_and_nobody_rates_any_more(
    world, session, runtime, work
):
    await delivered(session)
    await world("PUT", "/rating", "kim", body=GOOD)
    await delivered(session, days_ago=15)
    await world("PUT", "/rating", "dilek", 409, GOOD)
    assert (await world("GET", "/ratings", "dilek"))["other"] is None
    await tick(runtime, work)
    shown = await world("GET", "/ratings", "dilek")
    assert shown["other"]["text"] == GOOD["text"]
    assert shown["viewer_can"] == ["reply", "see"]
    await world("PUT", "/rating", "dilek", 409, GOOD)


async def test_nobody_else_rates_or_reads(world, session):
    await delivered(session)
    for by, status in (("ole", 404), (None, 401)):
        await world("GET", "/ratings", by, status)
        await world("PUT", "/rating", by, status, GOOD)
        await world("PUT", "/rating/reply", by, status, {"reply": "Nein."})


async def test_pages_rate_and_answer(world, session, client):
    path = f"/deals/{world.inquiry.id}"
    kim, dilek = await signed_in(session, world.kim), await signed_in(session, world.dilek)
    await delivered(session)
    assert path in (await client.get(f"/inquiries/{world.inquiry.id}", headers=kim)).text
    for headers in (kim, dilek):
        assert "Bewertung abgeben" in (await client.get(path, headers=headers)).text
        form = {"punctual": "true", "text": "Gut verladen."}
        assert (await client.post(f"{path}/rate", data=form, headers=headers)).status_code == 303
    answered = await client.post(f"{path}/reply", data={"reply": "Gern."}, headers=dilek)
    assert answered.status_code == 303
    assert "Gern." in (await client.get(path, headers=kim)).text


async def test_a_company_tells_sums_from_three_people_on_and_of_open_posts_only(
    world, session, reader, client
):
    deal = (await session.scalars(select(Deal))).one()
    people = [await a_person(session) for _ in range(3)]
    post = await session.get_one(Post, world.inquiry.post_id)
    for number, person in enumerate(people):
        if number:
            inquiry = await an_inquiry(session, post, person)
            given = {"delivered_at": deal.delivered_at, "closes_at": deal.closes_at}
            deal = Deal(inquiry_id=inquiry.id, **given)
            session.add(deal)
        deal.closed_at = clock.now()
        await session.flush()
        answers = {**GOOD, "punctual": number > 0, "rated_company_id": world.firm.id}
        session.add(Rating(deal_id=deal.id, side=Side.OPENER, author_id=person.id, **answers))
        await session.commit()
        found = await ratings_of(reader, world.firm.id)
        assert (found is None) == (number < 2)
    told = (await client.get(f"/api/v1/companies/{world.firm.id}/ratings")).json()
    assert told == {
        "count": 3, "punctual_percent": 67, "as_agreed_percent": 100, "would_again_percent": 100,
    }  # fmt: skip
    assert "67 %" in (await client.get(f"/companies/{world.firm.slug}")).text
    post.audience = Audience.SIGNED_IN
    await session.commit()
    assert await ratings_of(reader, world.firm.id) is None


def test_the_policy_over_all_standings():
    yes_no = (True, False)
    for side, *rest in itertools.product((None, *Side), *[yes_no] * 5):
        names = ("is_rateable", "is_closed", "rated", "rated_me", "replied")
        here = Standing(side=side, **dict(zip(names, rest, strict=True)))
        assert policy.acts(ANONYMOUS, here) == frozenset()
        acts = policy.acts(somebody(), here)
        assert side is not None or not acts
        assert not (Act.RATE in acts and Act.SEE in acts)
        assert (Act.SEE in acts) == (side is not None and here.is_closed)
        assert Act.REPLY not in acts or (here.rated_me and not here.replied)


def somebody():
    return Actor(person_id=new_id())


async def test_the_policy_decides_the_same_for_reading_and_for_writing(world, session, reader):
    colleague = await a_person(session)
    session.add(Staff(company_id=world.firm.id, person_id=colleague.id, role=StaffRole.EDITOR))
    deal = (await session.scalars(select(Deal))).one()
    await session.commit()
    people = {"kim": world.kim, "dilek": world.dilek, "colleague": colleague}
    actors = {name: as_actor(one) for name, one in people.items()}
    actors |= {"stranger": as_actor(await a_person(session)), "nobody": ANONYMOUS}
    actors["operator"] = as_actor(await a_person(session), operator=True)
    await session.commit()
    now, met = clock.now(), set()
    times = [(now + timedelta(days=2), None), (now - timedelta(days=1), None)]
    times += [(now - timedelta(days=20), None), (now - timedelta(days=1), now)]
    for sides, replied in itertools.product([(), (Side.OPENER,), tuple(Side)], (None, now)):
        for delivered_at, closed_at in times:
            await session.execute(delete(Rating))
            for side in sides:
                author = world.kim if side == Side.OPENER else world.dilek
                said = {"author_id": author.id, "replied_at": replied}
                session.add(Rating(deal_id=deal.id, side=side, **GOOD, **said))
            deal.delivered_at, deal.closed_at = delivered_at, closed_at
            deal.closes_at = delivered_at + rating.OPEN_FOR
            await session.commit()
            for name, actor in actors.items():
                met |= {(name, await acts_of(session, reader, actor, world.inquiry.id))}
    outside = {name for name, acts in met if not acts} - {"kim", "dilek", "colleague"}
    assert outside == {"stranger", "nobody", "operator"}
    assert not {name for name, acts in met if acts} & outside
    assert {acts for name, acts in met if name == "dilek"} == {
        acts for name, acts in met if name == "colleague"
    }
    assert {Act.RATE} in [acts for _, acts in met]
    assert {Act.SEE, Act.REPLY} in [acts for _, acts in met]


async def acts_of(session, reader, actor, inquiry_id):
    """Return what both ways of loading a deal grant, which must be the same."""
    try:
        read = (await read_deal(reader, actor, inquiry_id)).acts
    except (NotFound, SignInRequired) as refused:
        with pytest.raises(type(refused)):
            await rating.open_deal(session, actor, inquiry_id)
        return frozenset()
    opened = await rating.open_deal(session, actor, inquiry_id)
    assert opened.acts == read
    return read


async def test_what_was_said_is_nowhere_but_with_the_two_sides(world, session, client, outbox):
    sentence, answer = "Wie ein Zitronenfalter", "Wie ein Schwalbenschwanz"
    await delivered(session)
    await world("PUT", "/rating", "kim", body={**GOOD, "text": sentence})
    await world("PUT", "/rating", "dilek", body=GOOD)
    await world("PUT", "/rating/reply", "dilek", body={"reply": answer})
    assert (await world("GET", "/ratings", "kim"))["own"]["reply"] == answer
    words = ("Zitronenfalter", "Schwalbenschwanz")
    for table in (await session.execute(text(TABLES))).scalars():
        found = [
            word
            for word in words
            if await session.scalar(
                text(f'SELECT 1 FROM "{table}" t WHERE t::text LIKE :word LIMIT 1'),
                {"word": f"%{word}%"},
            )
        ]
        assert found == (list(words) if table == "ratings" else []), table
    assert outbox.outbox  # the mails that ask for a rating and tell of it
    assert not [str(mail) for _, mail in outbox.outbox if any(word in str(mail) for word in words)]
    post, stranger = world.inquiry.post_id, await signed_in(session, await a_person(session))
    await session.commit()
    for path in (
        "/", f"/posts/{post}", f"/companies/{world.firm.slug}", "/search?q=Zitronenfalter",
        f"/api/v1/posts/{post}", f"/api/v1/companies/{world.firm.id}/ratings",
        "/api/v1/search?q=Schwalbenschwanz", "/api/v1/posts.atom", "/api/v1/feed",
    ):  # fmt: skip
        for headers in ({}, stranger):
            seen = await client.get(path, headers={} if "/api/" in path else headers)
            assert "Wie ein" not in seen.text, path


TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
