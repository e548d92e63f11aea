"""Never one place too many: many who register at the same moment, with connections of their own."""

import asyncio
from collections import Counter
from datetime import timedelta

from sqlalchemy import select

from app.core import clock
from app.core.db import transaction
from app.core.settings import settings
from app.features.events.answering import cancel_registration
from app.features.events.loading import AlreadyRegistered
from app.features.events.registering import RegistrationDraft, register
from app.features.events.seating import SlotTaken
from app.features.posts.drafts import draft_of
from app.features.posts.publishing import publish_post
from app.models.occurrences import Occurrence, Registration
from app.models.people import Person
from app.runtime import running
from tests.makers import a_person, as_actor

PLACES, AT_ONCE = 10, 200


async def a_date(session, **details):
    day = (clock.now() + timedelta(days=20)).date()
    said = {"starts_at": f"{day}T14:00", "ends_at": f"{day}T17:00", **details}
    draft = draft_of("event").model_validate(
        {"title": "Sprechtag", "details": {"kind": "event", **said}}
    )
    post = await publish_post(session, as_actor(await a_person(session)), draft)
    return await session.scalar(select(Occurrence.id).where(Occurrence.post_id == post.id))


def one_of_many(number):
    """A person without an account, for a crowd."""
    name = f"Nummer {number}"
    return Person(account_id=None, slug=f"nummer-{number}", name=name, sort_name=name.lower())


async def test_two_hundred_at_once_for_ten_places_are_ten_and_a_line_in_order(own_database):
    async with running(settings(), own_database) as runtime:
        async with transaction(runtime.sessions) as session:
            date = await a_date(session, participation="registration", capacity=PLACES)
            many = [one_of_many(number) for number in range(AT_ONCE)]
            session.add_all(many)
        hands = asyncio.Semaphore(settings().write_connections)

        async def come(person):
            async with hands, transaction(runtime.sessions) as session:
                return (await register(session, as_actor(person), date, RegistrationDraft())).id

        async def go(registration_id, person):
            async with hands, transaction(runtime.sessions) as session:
                await cancel_registration(session, as_actor(person), registration_id)

        made = await asyncio.gather(*map(come, many))
        async with transaction(runtime.sessions) as session:
            line = select(Registration).order_by(Registration.number)
            found = list(await session.scalars(line))
        assert [one.number for one in found] == list(range(1, AT_ONCE + 1))
        assert [one.state for one in found] == ["confirmed"] * PLACES + ["waiting"] * (
            AT_ONCE - PLACES
        )
        people = dict(zip(made, many, strict=True))
        seated = [one.id for one in found[:PLACES]]
        await asyncio.gather(*(go(one, people[one]) for one in seated))
        async with transaction(runtime.sessions) as session:
            states = [one.state for one in await session.scalars(line)]
        assert states == [
            *["cancelled"] * PLACES,
            *["offered"] * PLACES,
            *["waiting"] * (AT_ONCE - 2 * PLACES),
        ]


async def test_two_at_once_do_not_share_a_slot(own_database):
    async with running(settings(), own_database) as runtime:
        async with transaction(runtime.sessions) as session:
            date = await a_date(
                session, participation="slots", slot_minutes=20, has_waiting_list=False
            )
            two = [await a_person(session) for _ in range(2)]

        async def book(person):
            try:
                async with transaction(runtime.sessions) as session:
                    draft = RegistrationDraft(slot=2)
                    return (await register(session, as_actor(person), date, draft)).state
            except SlotTaken as refusal:
                return refusal.code

        told = Counter(await asyncio.gather(*map(book, two)))
        assert told == {"confirmed": 1, "slot_taken": 1}


async def test_somebody_who_presses_twice_is_registered_once(own_database):
    async with running(settings(), own_database) as runtime:
        async with transaction(runtime.sessions) as session:
            date = await a_date(session, participation="registration")
            person = await a_person(session)

        async def come(_):
            try:
                async with transaction(runtime.sessions) as session:
                    await register(session, as_actor(person), date, RegistrationDraft())
            except AlreadyRegistered as refusal:
                return refusal.code
            return "registered"

        told = Counter(await asyncio.gather(*map(come, range(4))))
        assert told == {"registered": 1, "already_registered": 3}
