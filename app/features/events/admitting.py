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
from app.features.events.policy import ADMITTED, Act, RegistrationAct
from app.features.events.registrations import find_by_code
from app.features.events.seating import free_at_the_door, move_up
from app.features.posts.events.room import SEATED, note_room
from app.models.occurrences import Occurrence, Registration, RegistrationState
from app.models.posts import Post


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


class NoPlaceAtTheDoor(Conflict):
    """Who keeps the event may let people in all the same, and says so."""

    code: ClassVar[str] = "no_place_at_the_door"
    text: ClassVar[str] = N_(
        "Alle Plätze sind vergeben. Wenn Sie die Person trotzdem einlassen, bestätigen Sie bitte, "
        "dass sie über die Plätze hinaus dabei ist."
    )


EvenIfFull = Annotated[
    bool,
    Field(description="Let them in beyond the places of the date or slot."),
    Asked(N_("Über die Plätze hinaus einlassen"), widget="checkbox"),
]


class CheckInDraft(BaseModel):
    """What somebody shows at the door."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[
        str,
        Line(40),
        Field(description="Of a registration; small letters, spaces and hyphens do not matter."),
        Asked(N_("Code"), autocomplete="off"),
    ]
    even_if_full: EvenIfFull = False


async def check_in_by_code(
    session: Session, actor: Actor, occurrence_id: UUID, draft: CheckInDraft
) -> tuple[Registration, bool]:
    """Let somebody in who shows a code; return whether they were there already.

    Refuses what is no code for this date, a registration that does not hold, and somebody who
    waits while all places are given away, until the keeper says that it may be one more.
    """
    opened = await open_date(session, actor, occurrence_id)
    require_act(actor, opened, Act.CHECK_IN)
    found = await find_by_code(SessionReader(session), actor, opened.occurrence, draft.code)
    here = await open_registration(session, actor, found.row.id)
    was_there = here.registration.state == RegistrationState.ATTENDED
    return await _check_in(session, here, even_if_full=draft.even_if_full), was_there


async def check_in(session: Session, actor: Actor, registration_id: UUID) -> Registration:
    """Let somebody in from the list. Twice changes nothing, not even since when they are there."""
    opened = await open_registration(session, actor, registration_id)
    return await _check_in(session, opened, even_if_full=False)


async def _check_in(
    session: Session, opened: OpenedRegistration, *, even_if_full: bool
) -> Registration:
    registration = opened.registration
    if not opened.here.keeps:
        raise Forbidden
    if RegistrationAct.UNDO_CHECK_IN in opened.acts:
        return registration
    if RegistrationAct.CHECK_IN not in opened.acts:
        raise CheckInClosed if registration.state in ADMITTED else NotComing
    await let_in(session, registration, opened.occurrence, opened.post, even_if_full=even_if_full)
    emit(session, CheckedIn(registration_id=registration.id))
    await session.flush()
    return registration


async def let_in(
    session: Session,
    registration: Registration,
    occurrence: Occurrence,
    post: Post,
    *,
    even_if_full: bool,
) -> None:
    """Note on a locked date that somebody is there, with a place; refuse where there is none."""
    if registration.state not in SEATED:
        free = await free_at_the_door(session, registration, occurrence, post)
        if not free and not even_if_full:
            raise NoPlaceAtTheDoor
        registration.slot = free[0] if free else registration.slot
    registration.state, registration.offered_until = RegistrationState.ATTENDED, None
    registration.attended_at = clock.now()
    session.add(registration)
    await note_room(session, Occurrence.id == occurrence.id)


async def undo_check_in(session: Session, actor: Actor, registration_id: UUID) -> Registration:
    """Take back that somebody was there. Twice changes nothing.

    Who had no place before is off the date then, or waits again; the place goes to who waits.
    """
    opened = await open_registration(session, actor, registration_id)
    registration = opened.registration
    if not opened.here.keeps:
        raise Forbidden
    before = _before(registration)
    if registration.state == before and registration.attended_at is None:
        return registration
    require_step(opened, RegistrationAct.UNDO_CHECK_IN)
    registration.state, registration.attended_at = before, None
    emit(session, CheckInUndone(registration_id=registration.id))
    if registration.is_walk_in:
        registration.ended_at = clock.now()
    if before != RegistrationState.CONFIRMED:
        await session.flush()
        await note_room(session, Occurrence.id == opened.occurrence.id)
        await move_up(session, opened.occurrence, opened.post)
    await session.flush()
    return registration


def _before(registration: Registration) -> RegistrationState:
    """Return where somebody stood before they were let in."""
    if registration.is_walk_in:
        return RegistrationState.CANCELLED
    return RegistrationState.CONFIRMED if registration.confirmed_at else RegistrationState.WAITING
