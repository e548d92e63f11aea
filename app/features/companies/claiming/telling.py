"""Telling by mail: who is asked to decide on a claim, and how it was decided."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.events import on
from app.core.i18n import DEFAULT_LOCALE, N_, as_locale
from app.core.mailing import send_mail
from app.core.settings import settings
from app.features.companies.claiming.deciding import (
    ClaimGranted,
    ClaimPassedToOwners,
    ClaimRefused,
)
from app.features.companies.claiming.requesting import ClaimMade
from app.models.accounts import Account
from app.models.companies import Claim, ClaimState, ClaimWay, Company, Staff, StaffRole
from app.models.people import Person

_ASKED = N_(
    "Guten Tag,\n\n%(person)s möchte auf %(site)s zu %(company)s gehören. Bitte entscheiden Sie "
    "darüber:\n\n%(link)s"
)


@on(ClaimMade)
async def ask_for_decision(session: Session, event: ClaimMade) -> None:
    """Ask the owners of a company, or the operators, to decide on a claim."""
    claim = await session.get_one(Claim, event.claim_id)
    if claim.way == ClaimWay.OWNERS:
        await _ask(session, claim, await _owners(session, claim.company_id))
    elif claim.way == ClaimWay.OPERATOR:
        operators = await session.scalars(
            select(Account).where(Account.is_operator, Account.closed_at.is_(None))
        )
        await _ask(session, claim, operators)


@on(ClaimPassedToOwners)
async def ask_new_owners(session: Session, event: ClaimPassedToOwners) -> None:
    """Ask the new owners about a claim that came second, and tell who made it."""
    claim = await session.get_one(Claim, event.claim_id)
    await _ask(session, claim, await _owners(session, claim.company_id))
    text = N_(
        "Guten Tag,\n\njemand anderes hat %(company)s auf %(site)s übernommen. Ihr Antrag ist "
        "nicht verloren: Über ihn entscheiden nun die Inhaberinnen und Inhaber.\n\n%(link)s"
    )
    await _tell_claimant(session, claim, text, "passed")


@on(ClaimGranted)
async def tell_of_grant(session: Session, event: ClaimGranted) -> None:
    """Tell the claimant, the other owners, and the address on file that a claim was granted."""
    claim = await session.get_one(Claim, event.claim_id)
    text = N_(
        "Guten Tag,\n\nIhr Antrag auf %(company)s ist gewährt: Sie gehören nun auf %(site)s dazu."
        "\n\n%(decision)s\n\n%(link)s"
    )
    await _tell_claimant(session, claim, text, "granted")
    if claim.way == ClaimWay.OWNERS:
        text = N_(
            "Guten Tag,\n\n%(person)s gehört auf %(site)s nun zu %(company)s. Der Antrag wurde von "
            "einer Inhaberin oder einem Inhaber gewährt.\n\n%(link)s"
        )
        await _tell(session, claim, await _owners(session, claim.company_id), text, "granted")
    elif claim.way != ClaimWay.EMAIL_ON_FILE:
        await _warn_address_on_file(session, claim)


@on(ClaimRefused)
async def tell_of_refusal(session: Session, event: ClaimRefused) -> None:
    """Tell the claimant why, and the owners that a claim was refused."""
    claim = await session.get_one(Claim, event.claim_id)
    text = N_(
        "Guten Tag,\n\nIhr Antrag auf %(company)s bei %(site)s ist abgelehnt. Die Begründung:\n\n"
        "%(decision)s\n\n%(link)s"
    )
    await _tell_claimant(session, claim, text, "refused")
    if claim.way == ClaimWay.OWNERS:
        text = N_(
            "Guten Tag,\n\nder Antrag von %(person)s auf %(company)s bei %(site)s ist abgelehnt. "
            "Die Begründung:\n\n%(decision)s\n\n%(link)s"
        )
        await _tell(session, claim, await _owners(session, claim.company_id), text, "refused")


async def _owners(session: Session, company_id: UUID) -> list[Account]:
    found = await session.scalars(
        select(Account)
        .join(Person, Person.account_id == Account.id)
        .join(Staff, Staff.person_id == Person.id)
        .where(
            Staff.company_id == company_id,
            Staff.role == StaffRole.OWNER,
            Staff.ended_at.is_(None),
            Account.closed_at.is_(None),
        )
    )
    return list(found)


async def _ask(session: Session, claim: Claim, accounts: Iterable[Account]) -> None:
    if claim.state == ClaimState.OPEN:
        await _tell(session, claim, accounts, _ASKED, "asked")


async def _tell_claimant(session: Session, claim: Claim, text: str, about: str) -> None:
    found = await session.scalars(
        select(Account)
        .join(Person, Person.account_id == Account.id)
        .where(Person.id == claim.person_id, Account.closed_at.is_(None))
    )
    await _tell(session, claim, found, text, about)


async def _tell(
    session: Session, claim: Claim, accounts: Iterable[Account], text: str, about: str
) -> None:
    params = await _params(session, claim)
    for account in accounts:
        await send_mail(
            session,
            account.email,
            subject=N_("Antrag auf %(company)s"),
            text=text,
            locale=as_locale(account.locale),
            dedup_key=f"claim:{claim.id}:{claim.way}:{about}:{account.id}",
            **params,
        )


async def _params(session: Session, claim: Claim) -> dict[str, Any]:
    company = await session.get_one(Company, claim.company_id)
    person = await session.get_one(Person, claim.person_id)
    return {
        "person": person.name,
        "company": company.name,
        "site": settings().site.name,
        "decision": claim.decision,
        "link": f"{settings().base_url.rstrip('/')}/claims/{claim.id}",
    }


async def _warn_address_on_file(session: Session, claim: Claim) -> None:
    """Tell the address in the members' list, which had no part in this, who took over."""
    company = await session.get_one(Company, claim.company_id)
    if company.email_on_file is None:
        return
    await send_mail(
        session,
        company.email_on_file,
        subject=N_("Ihr Unternehmensprofil bei %(site)s"),
        text=N_(
            "Guten Tag,\n\n%(person)s hat auf %(site)s das Profil von %(company)s übernommen. Wenn "
            "das nicht in Ihrem Sinn ist, schreiben Sie bitte an %(operator)s."
        ),
        locale=DEFAULT_LOCALE,
        dedup_key=f"claim:{claim.id}:on_file",
        operator=settings().operator.email,
        **await _params(session, claim),
    )
