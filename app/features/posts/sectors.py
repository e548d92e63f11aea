"""Of which sectors a post is: those of its company, and those that it names to everybody itself."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.features.posts.drafts import KINDS
from app.features.posts.kinds import Disclosure
from app.models.companies import CompanySector
from app.reference.sectors import WZ_2008, section_of


async def sectors_of_post(
    session: Session, kind: str, details: dict[str, Any], company_id: UUID | None
) -> set[str]:
    """Return the sections and divisions of a post (``2008:C``, ``2008:25``).

    A concealed post has no company in its row, so it is of those sectors alone that it names.
    """
    own = await sectors_of_company(session, company_id) if company_id else set()
    return own | sectors_said(kind, details)


async def sectors_of_company(session: Session, company_id: UUID) -> set[str]:
    """Return the sections and divisions of a company."""
    rows = await session.execute(
        select(CompanySector.classification, CompanySector.section, CompanySector.division).where(
            CompanySector.company_id == company_id
        )
    )
    return {
        f"{row.classification}:{code}"
        for row in rows
        for code in (row.section, row.division)
        if code
    }


def sectors_said(kind: str, details: dict[str, Any]) -> set[str]:
    """Return the sectors that the details of a post name to every reader."""
    closed = KINDS[kind].kept_from(Disclosure.KEEPER, Disclosure.SIGNED_IN)
    codes: set[str] = set()
    for name, value in details.items():
        if name.startswith("wz2008_") and name not in closed and value:
            codes |= {value} if isinstance(value, str) else set(value)
    sections = {section_of(code, WZ_2008) for code in codes if code.isdigit()}
    return {f"{WZ_2008}:{code}" for code in codes | sections if code}
