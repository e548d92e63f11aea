"""Closing a company's profile, and opening it again."""

from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.events import Event, emit
from app.features.companies import policy
from app.features.companies.keeping import company_for
from app.models.companies import Company, CompanyState


class CompanyClosed(Event):
    name: ClassVar[str] = "company.closed"
    company_id: UUID


class CompanyReopened(Event):
    name: ClassVar[str] = "company.reopened"
    company_id: UUID


async def close_company(
    session: Session, actor: Actor, company_id: UUID, *, expected: int | None = None
) -> Company:
    """Take a company out of every list; its page is gone for all but its staff.

    What was published in its name keeps the name. Only owners close, and they may reopen.
    """
    company = await company_for(session, actor, company_id, policy.Act.CLOSE, expected=expected)
    company.state = CompanyState.CLOSED
    emit(session, CompanyClosed(company_id=company.id))
    await session.flush()
    return company


async def reopen_company(session: Session, actor: Actor, company_id: UUID) -> Company:
    """Open a closed company again, as it was."""
    company = await company_for(session, actor, company_id, policy.Act.REOPEN)
    company.state = CompanyState.ACTIVE
    emit(session, CompanyReopened(company_id=company.id))
    await session.flush()
    return company
