"""Blocking: who is blocked can no longer write; who blocks hears nothing of it."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Select, and_, delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.errors import Forbidden, NotFound, SignInRequired
from app.core.i18n import N_
from app.core.ids import new_id
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, prepared
from app.features.companies.policy import speaks_for
from app.features.people.policy import slug_seen
from app.models.companies import Company
from app.models.messages import Block
from app.models.people import Person

LATEST_BLOCK = Order(
    "blocks.latest",
    N_("Von Ihnen blockierte Personen: Die zuletzt blockierte steht oben."),
    Block.created_at,
    Block.id,
    descending=True,
)


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


async def block_person(
    session: Session, actor: Actor, person_id: UUID, company_id: UUID | None = None
) -> None:
    """Hear no more of a person, for oneself or a company. Twice changes nothing.

    They are not told; what they send is refused from now on.
    """
    await _check(session, actor, person_id, company_id)
    blocker = {"by_company_id": company_id} if company_id else {"by_person_id": actor.person_id}
    row = insert(Block).values(id=new_id(), person_id=person_id, **blocker)
    await session.execute(row.on_conflict_do_nothing())


async def unblock_person(
    session: Session, actor: Actor, person_id: UUID, company_id: UUID | None = None
) -> None:
    """Let a person write again. Twice changes nothing."""
    await _check(session, actor, person_id, company_id)
    blocker = (
        Block.by_company_id == company_id if company_id else Block.by_person_id == actor.person_id
    )
    await session.execute(delete(Block).where(Block.person_id == person_id, blocker))


async def _check(session: Session, actor: Actor, person_id: UUID, company_id: UUID | None) -> None:
    if actor.person_id is None:
        raise SignInRequired
    if await session.get(Person, person_id) is None:
        raise NotFound
    if person_id == actor.person_id:
        raise Forbidden
    if company_id and not await session.scalar(
        select(Company.id).where(Company.id == company_id, speaks_for(actor, Company.id))
    ):
        raise NotFound


@prepared
def _blocked(actor: Actor, *, after: bool) -> Select[Any]:
    columns: list[Any] = [
        Block.id,
        Block.person_id,
        Block.created_at,
        Person.name,
        slug_seen().label("slug"),
        Company.id.label("company_id"),
        Company.name.label("company_name"),
    ]
    query = (
        select(*columns)
        .join(Person, Person.id == Block.person_id)
        .outerjoin(Company, Company.id == Block.by_company_id)
        .where(or_(Block.by_person_id == actor.person_id, speaks_for(actor, Block.by_company_id)))
    )
    return LATEST_BLOCK.page(query, after=after)


async def list_blocked(reader: Reader, actor: Actor, paging: Paging) -> Page[Any]:
    """Return whom the actor, and the companies they speak for, have blocked; the latest first."""
    if not actor.is_signed_in:
        raise SignInRequired
    read = _blocked(actor.shape, after=paging.cursor is not None)
    return await LATEST_BLOCK.fetch(reader, read, paging, {"me": actor.person_id})
