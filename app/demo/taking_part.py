"""Who takes part in the events of the demo region: registered, let in, certified in time."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.demo.content import Registered, WalkIn
from app.features.events.admitting import check_in
from app.features.events.certifying import issue_certificate
from app.features.events.registering import RegistrationDraft, register
from app.features.events.walking_in import WalkInDraft, walk_in
from app.models.occurrences import Occurrence


async def take_part(
    session: Session,
    keeper: Actor,
    post_id: UUID,
    said: Registered,
    participant: Actor,
    *,
    company_id: UUID | None,
    registered_at: datetime,
) -> None:
    """Register ``participant`` for a date of an event; have them let in, and certified, as said."""
    date = await _date(session, post_id, said.date)
    draft = RegistrationDraft(company_id=company_id, answers=list(said.answers))
    with clock.set_to(registered_at):
        registration = await register(session, participant, date.id, draft)
    if said.attended:
        with clock.set_to(date.starts_at + timedelta(minutes=5)):
            await check_in(session, keeper, registration.id)
    if said.certified:
        with clock.set_to(date.ends_at + timedelta(hours=1)):
            await issue_certificate(session, participant, registration.id)


async def come_unannounced(session: Session, keeper: Actor, post_id: UUID, said: WalkIn) -> None:
    """Have who keeps an event enter somebody at the door."""
    date = await _date(session, post_id, said.date)
    with clock.set_to(date.starts_at + timedelta(minutes=10)):
        draft = WalkInDraft(name=said.name, company=said.company)
        await walk_in(session, keeper, date.id, draft)


async def _date(session: Session, post_id: UUID, number: int) -> Occurrence:
    dates = select(Occurrence).where(Occurrence.post_id == post_id).order_by(Occurrence.starts_at)
    return (await session.scalars(dates.offset(number).limit(1))).one()
