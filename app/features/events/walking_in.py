"""Entering at the door who comes without having registered: there, and with a place of the date."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.addresses import EmailAddress, canonical_email
from app.core.asking import Asked
from app.core.events import Event, emit
from app.core.i18n import N_
from app.core.ids import new_secret
from app.core.text import Line, Name
from app.features.events.admitting import EvenIfFull, let_in
from app.features.events.loading import RegistrationClosed, open_date, require_act
from app.features.events.policy import IN_LINE, Act
from app.features.events.registering import (
    SlotNumber,
    check_wanted,
    company_key_of,
    key_of_equals,
    new_code,
)
from app.features.events.seating import give_number, lock_line
from app.features.posts.events.terms import Participation
from app.models.occurrences import Registration, RegistrationState


class WalkedIn(Event):
    """Somebody who had not registered is there."""

    name: ClassVar[str] = "registration.walked_in"
    registration_id: UUID


class WalkInDraft(BaseModel):
    """Who is there without having registered."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Name(120), Asked(N_("Name"), autocomplete="off")]
    company: Annotated[str, Line(160, 0), Asked(N_("Unternehmen"), autocomplete="off")] = ""
    email: Annotated[
        EmailAddress | None,
        Field(description="Whoever is in line with this address is let in, and not entered twice."),
        Asked(
            N_("E-Mail-Adresse"),
            hint=N_("Sie steht nur in Ihrer Liste; wir schreiben nicht dorthin."),
            widget="email",
            autocomplete="off",
        ),
    ] = None
    slot: SlotNumber = None
    even_if_full: EvenIfFull = False


async def walk_in(
    session: Session, actor: Actor, occurrence_id: UUID, draft: WalkInDraft
) -> Registration:
    """Enter somebody who is there; they count as one of the places, for who keeps the event.

    A guest who is in line with the same address is let in instead, once. Refuses where all places
    are given away, until who keeps the event says that it may be one more.
    """
    opened = await open_date(session, actor, occurrence_id)
    require_act(actor, opened, Act.CHECK_IN)
    if opened.post.details["participation"] == Participation.NONE:
        raise RegistrationClosed
    check_wanted(opened.post.details, opened.occurrence, draft.slot, [])
    await lock_line(session, occurrence_id)
    known = await _in_line_with(session, occurrence_id, draft.email)
    registration = known or _entered(actor, occurrence_id, draft)
    if registration.state == RegistrationState.ATTENDED:
        return registration
    if registration.number is None:
        registration.number = await give_number(session, occurrence_id)
        registration.is_walk_in, registration.guest_name = True, draft.name
    date, post = opened.occurrence, opened.post
    await let_in(session, registration, date, post, even_if_full=draft.even_if_full)
    emit(session, WalkedIn(registration_id=registration.id))
    return registration


async def _in_line_with(
    session: Session, occurrence_id: UUID, email: str | None
) -> Registration | None:
    """Return the guest who is in line with an address, or has not confirmed it yet."""
    if email is None:
        return None
    found: Registration | None = await session.scalar(
        select(Registration).where(
            Registration.occurrence_id == occurrence_id,
            Registration.guest_key == key_of_equals(canonical_email(email)),
            Registration.state.in_((*IN_LINE, RegistrationState.UNCONFIRMED)),
        )
    )
    return found


def _entered(actor: Actor, occurrence_id: UUID, draft: WalkInDraft) -> Registration:
    """Return somebody new; without an address nobody is taken for somebody else."""
    return Registration(
        occurrence_id=occurrence_id,
        state=RegistrationState.UNCONFIRMED,
        code=new_code(),
        slot=draft.slot,
        guest_key=key_of_equals(canonical_email(draft.email) if draft.email else new_secret()),
        guest_name=draft.name,
        guest_email=draft.email,
        guest_company=draft.company or None,
        company_key=company_key_of(draft.company),
        registered_at=clock.now(),
        locale=actor.locale,
    )
