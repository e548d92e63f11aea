"""Reminders the day before: once, to those who come, in their language, and as they wish."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.db import transaction
from app.features.events.nearing import remind_of_dates
from app.models.notifications import Notification
from app.models.occurrences import Occurrence, OccurrenceState, Registration, RegistrationState
from tests.features.events.test_on_the_day import an_event
from tests.makers import a_person


@pytest.fixture
async def evening(session):
    """In two days: Nadine and a guest come, Ole waits, and who decides late comes as well."""
    lena = await a_person(session, "Lena")
    people = {
        "Nadine": await a_person(session, "Nadine", locale="en"),
        "Ole": await a_person(session, "Ole"),
        "Spät": await a_person(session, "Spät"),
    }
    details = {"participation": "registration", "slot_minutes": None, "repetition": "once"}
    [date] = await an_event(session, lena, **details)
    for number, (name, person) in enumerate(people.items(), 1):
        confirmed = None if name == "Ole" else clock.now()
        if name == "Spät":
            confirmed = date.starts_at - timedelta(hours=20)
        session.add(
            Registration(
                occurrence_id=date.id,
                number=number,
                code=f"CODE{number}",
                person_id=person.id,
                state=RegistrationState.CONFIRMED if confirmed else RegistrationState.WAITING,
                registered_at=clock.now(),
                confirmed_at=confirmed,
            )
        )
    session.add(
        Registration(
            occurrence_id=date.id, number=9, code="CODE9", guest_key=b"g", guest_name="Ada",
            guest_email="ada@gast.example", state=RegistrationState.CONFIRMED,
            registered_at=clock.now(), confirmed_at=clock.now(),
        )
    )  # fmt: skip
    await session.commit()
    return date


@pytest.fixture
def look(runtime, work, outbox):
    async def looked(at):
        """What is mailed when the clock says so, by address."""
        outbox.outbox.clear()
        with clock.set_to(at):
            async with transaction(runtime.sessions) as session:
                await remind_of_dates(session)
            await work()
        return {mail["To"]: mail for _, mail in outbox.outbox}

    return looked


async def test_those_who_come_are_reminded_once_in_their_language(evening, look, session):
    starts = evening.starts_at
    assert await look(starts - timedelta(hours=25)) == {}
    mails = await look(starts - timedelta(hours=23))
    assert len(mails) == 2, list(mails)
    german = next(mail for to, mail in mails.items() if "ada@gast.example" in to)
    [english] = [mail for mail in mails.values() if mail is not german]
    assert "wir erinnern Sie an „Sprechstunde“" in german.get_body(("plain",)).get_content()
    assert "guest-registrations?key=" in german.get_body(("plain",)).get_content()
    assert "CODE9" in german.get_body(("plain",)).get_content()
    assert english["Subject"].startswith("Reminder")
    assert f"/occurrences/{evening.id}" in english.get_body(("plain",)).get_content()
    assert await look(starts - timedelta(hours=22)) == {}
    types = list(await session.scalars(select(Notification.type)))
    assert types == ["registration.near"]


async def test_nobody_is_reminded_of_what_is_cancelled_or_of_what_has_begun(evening, look, session):
    starts = evening.starts_at
    assert await look(starts + timedelta(minutes=1)) == {}
    date = await session.get(Occurrence, evening.id)
    date.state = OccurrenceState.CANCELLED
    await session.commit()
    assert await look(starts - timedelta(hours=23)) == {}


async def test_a_date_that_is_moved_is_reminded_of_again(evening, look, session):
    starts = evening.starts_at
    assert len(await look(starts - timedelta(hours=23))) == 2
    date = await session.get(Occurrence, evening.id)
    date.starts_at, date.ends_at = starts + timedelta(days=7), date.ends_at + timedelta(days=7)
    await session.commit()
    assert len(await look(starts + timedelta(days=6, hours=1))) == 3  # who was late is not now
