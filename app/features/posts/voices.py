"""Speaking as oneself, or as a company."""

from typing import ClassVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.errors import Conflict, Forbidden
from app.core.i18n import N_
from app.features.posts import policy
from app.models.companies import Company


class MayNotSpeak(Forbidden):
    code: ClassVar[str] = "may_not_speak"
    text: ClassVar[str] = N_(
        "Für dieses Unternehmen können Sie nicht schreiben. Das dürfen Personen, die es als "
        "Inhaberin, Inhaber oder Redaktion führen."
    )


class ImprintMissing(Conflict):
    code: ClassVar[str] = "imprint_missing"
    text: ClassVar[str] = N_(
        "Bevor das Unternehmen etwas veröffentlicht, braucht es ein Impressum. Bitte ergänzen Sie "
        "es im Unternehmensprofil."
    )


async def speaking(session: Session, actor: Actor, company_id: UUID | None) -> Company | None:
    """Return the company that ``actor`` speaks for, None for the person's own voice.

    Refuses companies that the actor is no owner or editor of, that are not active, and that have
    no Impressum. The answer for a company that does not exist is the same as for a foreign one.
    """
    if company_id is None:
        return None
    company = await session.scalar(
        select(Company).where(Company.id == company_id, policy.speaks_for(actor, Company.id))
    )
    if company is None:
        raise MayNotSpeak
    if not company.may_publish:
        raise ImprintMissing
    return company
