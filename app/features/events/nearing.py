"""Reminding those who come of a date, the day before."""

from datetime import timedelta
from typing import ClassVar, Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.events import Event, emit, every
from app.models.occurrences import Occurrence, OccurrenceState, Registration, RegistrationState

_BEFORE: Final = timedelta(hours=24)
_AT_ONCE: Final = 2_000  # people in one tick


class DateNear(Event):
    """A date for which somebody has a place begins within a day, at ``starts_at``."""

    name: ClassVar[str] = "registration.date_near"
    registration_id: UUID
    starts_at: str


@every("*/5 * * * *")
async def remind_of_dates(session: Session) -> None:
    """Say who is to be reminded; once for a date, and again where it was moved meanwhile.

    Who got their place within the last day knows of it.
    """
    now = clock.now()
    near = (
        select(Registration.id, Occurrence.starts_at)
        .join(Occurrence, Occurrence.id == Registration.occurrence_id)
        .where(
            Occurrence.starts_at > now,
            Occurrence.starts_at <= now + _BEFORE,
            Occurrence.state != OccurrenceState.CANCELLED,
            Registration.state == RegistrationState.CONFIRMED,
            Registration.confirmed_at < Occurrence.starts_at - _BEFORE,
            Registration.reminded_for.is_distinct_from(Occurrence.starts_at),
        )
        .order_by(Occurrence.starts_at, Registration.id)
        .limit(_AT_ONCE)
        .with_for_update(of=Registration, skip_locked=True)
        .cte("near")
    )
    reminded = await session.execute(
        update(Registration)
        .where(Registration.id == near.c.id)
        .values(reminded_for=near.c.starts_at, updated_at=Registration.updated_at)
        .returning(Registration.id, near.c.starts_at)
        .execution_options(synchronize_session=False)
    )
    for registration_id, starts_at in reminded:
        emit(session, DateNear(registration_id=registration_id, starts_at=starts_at.isoformat()))
