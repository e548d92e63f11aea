"""What becomes of a registration: confirmed, cancelled, approved, declined; by key or signed in."""

from typing import ClassVar, Final
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Gone
from app.core.i18n import N_
from app.core.secret import signing_key
from app.features.events.loading import (
    OpenedRegistration,
    RegistrationClosed,
    open_registration,
    registration_of_guest,
    require_step,
)
from app.features.events.policy import RegistrationAct, is_open
from app.features.events.seating import (
    change_state,
    check_company,
    give_number,
    move_up,
    take_place,
)
from app.models.occurrences import Registration, RegistrationState

_SALT: Final = "registration"
_SETTLED: Final = {
    RegistrationState.CONFIRMED,
    RegistrationState.WAITING,
    RegistrationState.REQUESTED,
}


class RegistrationKeyInvalid(Gone):
    code: ClassVar[str] = "registration_key_invalid"
    text: ClassVar[str] = N_("Dieser Verweis gilt nicht. Bitte nehmen Sie den aus unserer E-Mail.")


def key_of(registration_id: UUID) -> str:
    """Return the key by which a guest decides about their registration; it is only ever mailed."""
    return str(URLSafeSerializer(signing_key(), salt=_SALT).dumps(registration_id.hex))


def registration_id_of(key: str) -> UUID:
    """Return which registration a key is for."""
    try:
        return UUID(URLSafeSerializer(signing_key(), salt=_SALT).loads(key))
    except (BadData, ValueError, AttributeError, TypeError):
        raise RegistrationKeyInvalid from None


async def confirm_registration(
    session: Session, actor: Actor, registration_id: UUID
) -> Registration:
    """Take the place that was offered. A second time changes nothing."""
    return await _confirm(session, await open_registration(session, actor, registration_id))


async def confirm_by_key(session: Session, key: str) -> Registration:
    """Confirm a guest's address, which enters them into the line, or take the place offered."""
    return await _confirm(session, await registration_of_guest(session, registration_id_of(key)))


async def _confirm(session: Session, opened: OpenedRegistration) -> Registration:
    registration = opened.registration
    if registration.state in _SETTLED:
        return registration
    require_step(opened, RegistrationAct.CONFIRM)
    if registration.state == RegistrationState.OFFERED:
        change_state(session, registration, RegistrationState.CONFIRMED)
    else:
        details, occurrence = opened.post.details, opened.occurrence
        if not is_open(details, occurrence.state, occurrence.starts_at, clock.now()):
            raise RegistrationClosed
        await check_company(session, details, occurrence.id, registration.company_key)
        registration.number = await give_number(session, occurrence.id)
        if details.get("needs_approval"):
            change_state(session, registration, RegistrationState.REQUESTED)
        else:
            await take_place(session, registration, occurrence, opened.post)
    await session.flush()
    return registration


async def cancel_registration(
    session: Session, actor: Actor, registration_id: UUID
) -> Registration:
    """Take part no more; the first who waits gets the place. Twice changes nothing."""
    return await _cancel(session, await open_registration(session, actor, registration_id))


async def cancel_by_key(session: Session, key: str) -> Registration:
    """Take part no more, as a guest. Twice changes nothing."""
    return await _cancel(session, await registration_of_guest(session, registration_id_of(key)))


async def _cancel(session: Session, opened: OpenedRegistration) -> Registration:
    if opened.registration.state != RegistrationState.CANCELLED:
        require_step(opened, RegistrationAct.CANCEL)
        change_state(session, opened.registration, RegistrationState.CANCELLED)
        await move_up(session, opened.occurrence, opened.post)
        await session.flush()
    return opened.registration


async def approve_registration(
    session: Session, actor: Actor, registration_id: UUID
) -> Registration:
    """Say yes to somebody who asked; on a full date they wait."""
    opened = await open_registration(session, actor, registration_id)
    if opened.registration.state == RegistrationState.CONFIRMED:
        return opened.registration
    require_step(opened, RegistrationAct.APPROVE)
    await take_place(
        session, opened.registration, opened.occurrence, opened.post, by_organiser=True
    )
    await session.flush()
    return opened.registration


async def decline_registration(
    session: Session, actor: Actor, registration_id: UUID
) -> Registration:
    """Say no to somebody, also after a yes; the first who waits gets the place."""
    opened = await open_registration(session, actor, registration_id)
    if opened.registration.state != RegistrationState.DECLINED:
        require_step(opened, RegistrationAct.DECLINE)
        change_state(session, opened.registration, RegistrationState.DECLINED, by_organiser=True)
        await move_up(session, opened.occurrence, opened.post)
        await session.flush()
    return opened.registration
