"""Speaking as a company: who may, and for which."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.errors import Conflict, Forbidden, NotFound, SignInRequired
from app.core.i18n import N_
from app.core.reads import Reader, prepared
from app.features.companies import policy
from app.models.companies import Company, CompanyState, Staff


class ImprintMissing(Conflict):
    code: ClassVar[str] = "imprint_missing"
    text: ClassVar[str] = N_(
        "Das Unternehmen braucht ein Impressum, bevor es veröffentlichen kann. Bitte ergänzen Sie "
        "es im Unternehmensprofil."
    )


@prepared
def _voices(actor: Actor) -> Select[Any]:
    columns: list[Any] = [
        Company.id,
        Company.slug,
        Company.name,
        Company.logo_id,
        or_(Company.imprint != "", Company.imprint_url.is_not(None)).label("may_publish"),
    ]
    return (
        select(*columns)
        .join(Staff, Staff.company_id == Company.id)
        .where(
            Staff.person_id == actor.person_id,
            Staff.ended_at.is_(None),
            Staff.role.in_(policy.SPEAKING),
            Company.state == CompanyState.ACTIVE,
        )
        .order_by(Company.sort_name, Company.id)
    )


async def voices_of(reader: Reader, actor: Actor) -> list[Any]:
    """Return the companies that ``actor`` speaks for, by name.

    Rows have id, slug, name, logo_id, and may_publish: whether there is an Impressum yet.
    """
    if not actor.is_signed_in:
        return []
    return await reader.all(_voices(actor.shape), {"me": actor.person_id})


async def require_voice(session: Session, actor: Actor, company_id: UUID) -> Company:
    """Return the company if ``actor`` may publish in its name now.

    The place on the staff stays locked until commit: who is removed at the same moment either
    spoke before or is refused. Refuses strangers, closed companies and those without Impressum.
    """
    if actor.person_id is None:
        raise SignInRequired
    stubs = policy.stubs_are_public()
    company = await session.scalar(
        select(Company).where(Company.id == company_id, policy.visible_to(actor, stubs=stubs))
    )
    if company is None:
        raise NotFound
    role = await session.scalar(
        select(Staff.role)
        .where(
            Staff.company_id == company_id,
            Staff.person_id == actor.person_id,
            Staff.ended_at.is_(None),
        )
        .with_for_update(read=True)
    )
    if policy.Act.SPEAK not in policy.acts(actor, company.state, role, stubs=stubs):
        raise Forbidden
    if not company.may_publish:
        raise ImprintMissing
    return company


async def speakers_of(session: Session, company_id: UUID) -> list[UUID]:
    """Return who speaks for an active company now."""
    found = await session.scalars(
        select(Staff.person_id)
        .join(Company, Company.id == Staff.company_id)
        .where(
            Staff.company_id == company_id,
            Staff.ended_at.is_(None),
            Staff.role.in_(policy.SPEAKING),
            Company.state == CompanyState.ACTIVE,
        )
    )
    return list(found)
