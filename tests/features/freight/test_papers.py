"""A haulier is reminded of an insurance or licence that ends while the lorry is on offer."""

from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import func, select

from app.core import clock
from app.core.db import transaction
from app.core.settings import settings
from app.features.posts import papers
from app.models.freight import PaperReminder
from app.models.notifications import Notification
from tests.features.freight.arranging import CAPACITY, a_freight, on, with_points
from tests.makers import a_person

FIRST = date.fromisoformat(on("2027-01-14"))
ENDS = FIRST + timedelta(days=40)
WEEKLY = {"recurrence": "weekly", "repeats_until": f"{FIRST + timedelta(days=80)}"}


@pytest.fixture
async def at(runtime, work):
    async def run(day):
        with clock.set_to(datetime.combine(day, time(6, 41), settings().zone)):
            async with transaction(runtime.sessions) as tx:
                await papers.remind_of_papers(tx)
            await work()

    return run


async def told(session):
    found = await session.scalars(select(Notification.type).order_by(Notification.id))
    return [one for one in found if one.startswith("paper.")]


async def test_it_is_told_two_weeks_before_and_on_the_day_each_once(session, at):
    await with_points(session)
    await a_freight(session, await a_person(session), CAPACITY, **WEEKLY, insured_until=f"{ENDS}")
    await session.commit()
    for days, count in ((-15, 0), (-14, 1), (-13, 1), (-1, 1), (0, 2), (0, 2), (1, 2)):
        await at(ENDS + timedelta(days=days))
        assert await told(session) == ["paper.insurance_ending"] * count


async def test_a_paper_that_outlives_its_post_is_nobodys_worry(session, at):
    await with_points(session)
    soon = FIRST + timedelta(days=3)
    person = await a_person(session)
    await a_freight(session, person, CAPACITY, insured_until=f"{soon}")
    await a_freight(session, person, CAPACITY, **WEEKLY, licence_valid_until=f"{ENDS}")
    await session.commit()
    await at(FIRST)
    assert await told(session) == []
    await at(ENDS)
    assert await told(session) == ["paper.licence_ending"]
    assert await session.scalar(select(func.count()).select_from(PaperReminder)) == 1


async def test_afterwards_the_offer_says_that_it_has_ended(session, client):
    await with_points(session)
    post = await a_freight(
        session, await a_person(session), CAPACITY, **WEEKLY, insured_until=f"{ENDS}"
    )
    await session.commit()
    path = f"/posts/{post.id}"
    assert "Versicherung abgelaufen" not in (await client.get(path)).text
    with clock.set_to(datetime.combine(ENDS + timedelta(days=1), time(9), settings().zone)):
        page = (await client.get(path)).text
        assert "Versicherung abgelaufen" in page
        assert f"{ENDS:%d.%m.%Y}" in page or f"{ENDS.day}." in page
        assert "Versicherung abgelaufen" in (await client.get("/posts?kind=freight_capacity")).text
