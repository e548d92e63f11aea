"""Founding a company: one form, and who fills it in becomes its owner."""

from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.errors import SignInRequired
from app.core.events import Event, emit
from app.core.slugs import free_slug
from app.core.text import sort_key
from app.features.companies.profile import CompanyDraft, describe, sectors_of
from app.features.companies.sites import put_site
from app.models.companies import Company, Site, Staff, StaffRole


class CompanyFounded(Event):
    name: ClassVar[str] = "company.founded"
    company_id: UUID
    person_id: UUID


async def found_company(session: Session, actor: Actor, draft: CompanyDraft) -> Company:
    """Found a company; ``actor`` becomes its first owner.

    Names need not be unique: the address gets a number. Founding twice makes two companies.
    Refuses a postcode that is not known.
    """
    if actor.person_id is None:
        raise SignInRequired
    company = Company(
        slug=await free_slug(session, "company", draft.name, fallback="unternehmen"),
        name=draft.name,
        sort_name=sort_key(draft.name),
    )
    describe(company, dict(draft))
    session.add(company)
    await session.flush()
    site = Site(company_id=company.id, is_main=True)
    await put_site(session, site, draft.main_site, "main_site")
    owner = Staff(company_id=company.id, person_id=actor.person_id, role=StaffRole.OWNER)
    session.add_all([site, *sectors_of(company, draft.sectors), owner])
    emit(session, CompanyFounded(company_id=company.id, person_id=actor.person_id))
    await session.flush()
    return company
