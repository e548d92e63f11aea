"""Letting people in to a date: by the code that they show, or from the list; and taken back."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.asking import Asked
from app.core.errors import Conflict, Forbidden
from app.core.events import Event, emit
from app.core.i18n import N_
from app.core.reads import SessionReader
from app.core.text import Line
from app.features.events.loading import (
    CheckInClosed,
    OpenedRegistration,
    open_date,
    open_registration,
    require_act,
    require_step,
)
from app.features.events.policy import Act, RegistrationAct
from app.features.events.registrations import find_by_code
from app.features.events.seating import move_up
from app.models.occurrences import Registration, RegistrationState


class CheckedIn(Event):
    """Somebody is there."""

    name: ClassVar[str] = "registration.checked_in"
    registration_id: UUID


class CheckInUndone(Event):
    """Somebody was noted as there by mistake."""

    name: ClassVar[str] = "registration.check_in_undone"
    registration_id: UUID


class NotComing(Conflict):
    code: ClassVar[str] = "check_in_not_coming"
    text: ClassVar[str] = N_(
        "Diese Anmeldung gilt nicht: Sie ist abgesagt, abgelehnt oder noch nicht bestätigt."
    )


class CheckInDraft(BaseModel):
    """What somebody shows at the door."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[
        str,
        Line(40),
        Field(description="Of a registration; small letters, spaces and hyphens do not matter."),
        Asked(N_("Code"), autocomplete="off"),
    ]


async def check_in_by_code(
    session: Session, actor: Actor, occurrence_id: UUID, draft: CheckInDraft
) -> tuple[Registration, bool]:
    """Let somebody in who shows a code; return whether they were there already.

    Refuses what is no code for this date, and a registration that does not hold.
    """
    opened = await open_date(session, actor, occurrence_id)
    require_act(actor, opened, Act.CHECK_IN)
    found = await find_by_code(SessionReader(session), actor, opened.occurrence, draft.code)
    here = await open_registration(session, actor, found.row.id)
    was_there = here.registration.state == RegistrationState.ATTENDED
    return await _check_in(session, here), was_there


async def check_in(session: Session, actor: Actor, registration_id: UUID) -> Registration:
    """Let somebody in from the list. Twice changes nothing, not even since when they are there."""
    return await _check_in(session, await open_registration(session, actor, registration_id))


async def _check_in(session: Session, opened: OpenedRegistration) -> Registration:
    registration = opened.registration
    if not opened.here.keeps:
        raise Forbidden
    if RegistrationAct.UNDO_CHECK_IN in opened.acts:
        return registration
    if RegistrationAct.CHECK_IN not in opened.acts:
        is_coming = registration.state == RegistrationState.CONFIRMED
        raise CheckInClosed if is_coming else NotComing
    registration.state = RegistrationState.ATTENDED
    registration.attended_at = clock.now()
    emit(session, CheckedIn(registration_id=registration.id))
    await session.flush()
    return registration


async def undo_check_in(session: Session, actor: Actor, registration_id: UUID) -> Registration:
    """Take back that somebody was there. Twice changes nothing.

    Who was entered at the door has no place then, which goes to who waits.
    """
    opened = await open_registration(session, actor, registration_id)
    registration = opened.registration
    if not opened.here.keeps:
        raise Forbidden
    walked_in = registration.is_walk_in
    before = RegistrationState.CANCELLED if walked_in else RegistrationState.CONFIRMED
    if registration.state == before and registration.attended_at is None:
        return registration
    require_step(opened, RegistrationAct.UNDO_CHECK_IN)
    registration.state, registration.attended_at = before, None
    emit(session, CheckInUndone(registration_id=registration.id))
    if walked_in:
        registration.ended_at = clock.now()
        await move_up(session, opened.occurrence, opened.post)
    await session.flush()
    return registration
