"""Each date notes whether it has room, and says what counting says, whatever happens to it."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import select

from app.core import clock
from app.features.events.answering import (
    cancel_registration,
    confirm_registration,
    decline_registration,
)
from app.features.events.deciding import (
    MoveDraft,
    OccurrencePatch,
    change_occurrence,
    move_occurrence,
)
from app.features.events.loading import AlreadyRegistered, RegistrationStepNotPossible
from app.features.events.registering import RegistrationDraft, register
from app.features.events.seating import DateFull, SlotTaken
from app.features.events.upkeep import lapse_offers
from app.features.posts.drafts import PostPatch, draft_of, restored
from app.features.posts.editing import edit_post
from app.features.posts.events.room import counted_room
from app.features.posts.publishing import publish_post
from app.models.occurrences import Occurrence, Registration
from app.models.posts import Post
from tests.makers import a_person, as_actor

TODAY = datetime(2026, 11, 22, 9, tzinfo=UTC)
SLOTS = {"participation": "slots", "slot_minutes": 60}
PLACES = {"participation": "registration", "capacity": 2}
STEPS = 40


async def whether_there_is_room(session):
    """What each date notes, and what counting says, the next date first."""
    query = select(Occurrence.has_room, counted_room()).join(Post, Post.id == Occurrence.post_id)
    return list(await session.execute(query.order_by(Occurrence.starts_at)))


async def published(session, owner, **details):
    said = {
        "starts_at": "2026-12-03T14:00", "ends_at": "2026-12-03T16:00", "repetition": "weekly",
        "repeats_until": "2026-12-10", "has_waiting_list": True, **details,
    }  # fmt: skip
    draft = draft_of("event").model_validate(
        {"title": "Sprechtag", "details": {"kind": "event", **said}}
    )
    post = await publish_post(session, owner, draft)
    found = select(Occurrence.id).where(Occurrence.post_id == post.id)
    return post, (await session.scalars(found.order_by(Occurrence.starts_at))).first()


class Walk:
    """What the keeper of a date and those who come may do to it, one step after another."""

    def __init__(self, session, numbers, post, date, keeper, crowd):
        self.session, self.numbers, self.post, self.date = session, numbers, post, date
        self.keeper, self.crowd = keeper, {one.person_id: one for one in crowd}

    async def come(self):
        actor = self.numbers.choice(list(self.crowd.values()))
        await register(self.session, actor, self.date, RegistrationDraft())

    async def one_of_them(self, act):
        found = select(Registration).where(Registration.occurrence_id == self.date)
        rows = list(await self.session.scalars(found.order_by(Registration.id)))
        if rows:
            one = self.numbers.choice(rows)
            await act(self.session, self.crowd[one.person_id], one.id)

    async def go(self):
        await self.one_of_them(cancel_registration)

    async def confirm(self):
        await self.one_of_them(confirm_registration)

    async def turn_away(self):
        await self.one_of_them(
            lambda session, _, its_id: decline_registration(session, self.keeper, its_id)
        )

    async def lapse(self):
        with clock.set_to(clock.now() + timedelta(days=3)):
            await lapse_offers(self.session)

    async def limit(self):
        patch = OccurrencePatch(capacity=self.numbers.choice([0, 1, 3]))
        await change_occurrence(self.session, self.keeper, self.date, patch)

    async def move(self):
        ends = self.numbers.choice(["15:00", "16:00", "18:00"])
        draft = MoveDraft(starts_at="2026-12-04T14:00", ends_at=f"2026-12-04T{ends}")
        await move_occurrence(self.session, self.keeper, self.date, draft)

    async def edit(self):
        capacity = self.numbers.choice([1, 2, 4])
        details = restored("event", {**self.post.details, "capacity": capacity})
        await edit_post(self.session, self.keeper, self.post.id, PostPatch(details=details))

    async def step(self):
        steps = (
            self.come, self.come, self.come, self.go, self.confirm, self.turn_away, self.lapse,
            self.limit, self.move, self.edit,
        )  # fmt: skip
        with suppress(AlreadyRegistered, DateFull, SlotTaken, RegistrationStepNotPossible):
            await self.numbers.choice(steps)()


@pytest.mark.parametrize("way", [SLOTS, PLACES], ids=["slots", "places"])
@pytest.mark.parametrize("seed", [1, 2])
async def test_what_a_date_notes_is_what_counting_says_after_every_step(session, way, seed):
    owner, *crowd = [as_actor(await a_person(session)) for _ in range(5)]
    post, date = await published(session, owner, **way)
    walk, full = Walk(session, Random(seed), post, date, owner, crowd), 0  # noqa: S311 - the same every time
    with clock.set_to(TODAY):
        for number in range(STEPS):
            await walk.step()
            rooms = await whether_there_is_room(session)
            assert [noted for noted, _ in rooms] == [counted for _, counted in rooms], number
            full += not rooms[0][0]
    assert 0 < full < STEPS  # both are met on the way


async def test_a_date_to_which_nobody_comes_has_no_room_and_an_open_one_always(session):
    owner = as_actor(await a_person(session))
    with clock.set_to(TODAY):
        await published(session, owner, participation="none", has_waiting_list=False)
        assert await whether_there_is_room(session) == [(False, False)] * 2
        await published(session, owner, participation="open", has_waiting_list=False)
        assert (
            sorted(await whether_there_is_room(session))
            == [(False, False)] * 2 + [(True, True)] * 2
        )
