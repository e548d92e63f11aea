"""What becomes of claims on companies, in the inbox; their mails say more (claiming/telling.py)."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.events import on
from app.core.i18n import N_
from app.features.companies.claiming.deciding import (
    ClaimGranted,
    ClaimPassedToOwners,
    ClaimRefused,
)
from app.features.companies.claiming.requesting import ClaimMade
from app.features.notifications import topics
from app.features.notifications.telling import tell
from app.features.notifications.wording import Wording
from app.models.accounts import Account
from app.models.companies import Claim, ClaimState, ClaimWay, Company, Staff, StaffRole
from app.models.people import Person

ASKED = Wording(
    "claim.asked",
    topics.CLAIMS,
    N_("%(person)s möchte zu „%(company)s“ gehören. Bitte entscheiden Sie darüber."),
)
PASSED = Wording(
    "claim.passed",
    topics.CLAIMS,
    N_("Über Ihren Antrag auf „%(company)s“ entscheiden nun die Inhaberinnen und Inhaber."),
)
GRANTED = Wording("claim.granted", topics.CLAIMS, N_("Ihr Antrag auf „%(company)s“ ist gewährt."))
REFUSED = Wording("claim.refused", topics.CLAIMS, N_("Ihr Antrag auf „%(company)s“ ist abgelehnt."))
REFUSED_ANOTHER = Wording(
    "claim.refused_another",
    topics.CLAIMS,
    N_("Der Antrag von %(person)s auf „%(company)s“ ist abgelehnt."),
)


@on(ClaimMade)
async def show_who_decides(session: Session, event: ClaimMade) -> None:
    """Tell the owners, or the operators, that a claim waits for their decision."""
    claim = await session.get_one(Claim, event.claim_id)
    if claim.way == ClaimWay.OWNERS:
        await _ask(session, claim, await _owners(session, claim))
    elif claim.way == ClaimWay.OPERATOR:
        operators = await session.scalars(
            select(Person.id)
            .join(Account, Account.id == Person.account_id)
            .where(Account.is_operator)
        )
        await _ask(session, claim, operators)


@on(ClaimPassedToOwners)
async def show_new_owners(session: Session, event: ClaimPassedToOwners) -> None:
    """Tell the new owners of a claim that came second, and its maker who decides now."""
    claim = await session.get_one(Claim, event.claim_id)
    await _ask(session, claim, await _owners(session, claim))
    await _tell(session, claim, PASSED, [claim.person_id])


@on(ClaimGranted)
async def show_grant(session: Session, event: ClaimGranted) -> None:
    """Tell the claimant; the owners learn from the staff list who has joined."""
    claim = await session.get_one(Claim, event.claim_id)
    await _tell(session, claim, GRANTED, [claim.person_id])


@on(ClaimRefused)
async def show_refusal(session: Session, event: ClaimRefused) -> None:
    """Tell the claimant, and the owners who did not decide themselves."""
    claim = await session.get_one(Claim, event.claim_id)
    await _tell(session, claim, REFUSED, [claim.person_id])
    if claim.way == ClaimWay.OWNERS:
        others = set(await _owners(session, claim)) - {claim.decided_by_id}
        await _tell(session, claim, REFUSED_ANOTHER, others)


async def _owners(session: Session, claim: Claim) -> list[UUID]:
    found = await session.scalars(
        select(Staff.person_id).where(
            Staff.company_id == claim.company_id,
            Staff.role == StaffRole.OWNER,
            Staff.ended_at.is_(None),
        )
    )
    return list(found)


async def _ask(session: Session, claim: Claim, people: Iterable[UUID]) -> None:
    if claim.state == ClaimState.OPEN:
        await _tell(session, claim, ASKED, set(people) - {claim.person_id})


async def _tell(session: Session, claim: Claim, wording: Wording, people: Iterable[UUID]) -> None:
    company = await session.get_one(Company, claim.company_id)
    person = await session.get_one(Person, claim.person_id)
    await tell(
        session,
        wording,
        people,
        params={"person": person.name, "company": company.name},
        path=f"/claims/{claim.id}",
        dedup_key=f"{wording.type}:{claim.id}:{claim.way}",
    )
