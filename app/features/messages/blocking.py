"""Blocking: who is blocked can no longer write; who blocks hears nothing of it."""

from typing import ClassVar
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.errors import Forbidden
from app.core.i18n import N_
from app.models.messages import Block


class NotContactable(Forbidden):
    """Whether blocked, under age or not willing: the sender is told the same."""

    code: ClassVar[str] = "not_contactable"
    text: ClassVar[str] = N_("Hier können Sie keine Nachricht senden.")


async def is_blocked(
    session: Session, person_id: UUID, *, by_person_id: UUID | None, by_company_id: UUID | None
) -> bool:
    """Whether a company, or where none is given a person, has blocked ``person_id``."""
    blocker = (
        Block.by_company_id == by_company_id
        if by_company_id
        else and_(Block.by_person_id.is_not(None), Block.by_person_id == by_person_id)
    )
    found = await session.scalar(select(Block.id).where(Block.person_id == person_id, blocker))
    return found is not None


async def refuse_if_blocked(
    session: Session, actor: Actor, person_id: UUID | None, company_id: UUID | None
) -> None:
    """Refuse an actor whom the addressee has blocked: the company, where one is addressed."""
    if actor.person_id and await is_blocked(
        session, actor.person_id, by_person_id=person_id, by_company_id=company_id
    ):
        raise NotContactable
