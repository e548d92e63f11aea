"""The logo of a company."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Select, Text, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.errors import Forbidden, NotFound, SignInRequired
from app.core.events import Event, emit
from app.core.reads import Reader, bound, prepared
from app.features.companies import policy
from app.features.media.describing import own_picture
from app.features.media.policy import used_in
from app.models.companies import Company, Staff

used_in(
    Company.logo_id,
    lambda actor: policy.visible_to(actor, stubs=policy.stubs_are_public()),
)


class LogoChanged(Event):
    name: ClassVar[str] = "company.logo_changed"
    company_id: UUID
    person_id: UUID


@prepared
def _with_logo(shape: Actor) -> Select[Any]:
    columns: list[Any] = [Company.id, Company.slug, Company.name, Company.logo_id, Company.state]
    role = (
        select(Staff.role)
        .where(
            Staff.company_id == Company.id,
            Staff.person_id == shape.person_id,
            Staff.ended_at.is_(None),
        )
        .scalar_subquery()
    )
    return select(*columns, role.label("role")).where(
        Company.slug == bound("slug", Text()),
        policy.visible_to(shape, stubs=policy.stubs_are_public()),
    )


async def company_with_logo(reader: Reader, actor: Actor, slug: str) -> Any:
    """Return id, slug, name and logo_id of a company whose logo the actor may change."""
    if not actor.is_signed_in:
        raise SignInRequired
    row = await reader.first(_with_logo(actor.shape), {"slug": slug, "me": actor.person_id})
    if row is None:
        raise NotFound
    stubs = policy.stubs_are_public()
    if policy.Act.EDIT not in policy.acts(actor, row.state, row.role, stubs=stubs):
        raise Forbidden
    return row


async def set_logo(
    session: Session, actor: Actor, company_id: UUID, medium_id: UUID | None
) -> Company:
    """Show a picture that the actor has uploaded as the company's logo, or none any more.

    A logo that is there already may stay, whoever uploaded it.
    """
    stubs = policy.stubs_are_public()
    company = await session.scalar(
        select(Company)
        .where(Company.id == company_id, policy.visible_to(actor, stubs=stubs))
        .with_for_update(of=Company, key_share=True)
    )
    if company is None:
        raise NotFound
    if actor.person_id is None:
        raise SignInRequired
    role = await session.scalar(
        select(Staff.role).where(
            Staff.company_id == company_id,
            Staff.person_id == actor.person_id,
            Staff.ended_at.is_(None),
        )
    )
    if policy.Act.EDIT not in policy.acts(actor, company.state, role, stubs=stubs):
        raise Forbidden
    if medium_id == company.logo_id:
        return company
    if medium_id is not None:
        await own_picture(session, actor, medium_id, field="medium_id")
    company.logo_id = medium_id
    emit(session, LogoChanged(company_id=company.id, person_id=actor.person_id))
    await session.flush()
    return company
