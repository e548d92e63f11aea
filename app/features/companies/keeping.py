"""Loading a company in order to change it."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.errors import Forbidden, NotFound, SignInRequired, Stale
from app.features.companies import policy
from app.models.companies import Company, Staff, StaffRole


async def present_role(session: Session, actor: Actor, company_id: UUID) -> StaffRole | None:
    """Return what ``actor`` is on the staff of a company at this moment."""
    if actor.person_id is None:
        return None
    role: StaffRole | None = await session.scalar(
        select(Staff.role).where(
            Staff.company_id == company_id,
            Staff.person_id == actor.person_id,
            Staff.ended_at.is_(None),
        )
    )
    return role


async def company_for(
    session: Session,
    actor: Actor,
    company_id: UUID,
    act: policy.Act,
    *,
    expected: int | None = None,
) -> Company:
    """Return the company, locked until commit, if ``actor`` may do ``act`` with it.

    The lock makes decisions about its staff and its sites wait for each other. Refuses an
    ``expected`` version that is no longer the present one.
    """
    stubs = policy.stubs_are_public()
    company = await session.scalar(
        select(Company)
        .where(Company.id == company_id, policy.visible_to(actor, stubs=stubs))
        .with_for_update(of=Company)
        .execution_options(populate_existing=True)
    )
    if company is None:
        raise NotFound
    if actor.person_id is None:
        raise SignInRequired
    role = await present_role(session, actor, company.id)
    if act not in policy.acts(actor, company.state, role, stubs=stubs):
        raise Forbidden
    if expected is not None and expected != company.version:
        raise Stale
    return company
