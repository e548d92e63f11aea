"""Asking for a company: by a code sent to it, or by word to those who decide."""

import hmac
import secrets
from datetime import timedelta
from typing import Annotated, ClassVar, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.addresses import canonical_email, read_address
from app.core.asking import Asked, label
from app.core.errors import Conflict, Forbidden, Invalid, NotFound, SignInRequired
from app.core.events import Event, emit, every
from app.core.i18n import N_
from app.core.limits import limiter
from app.core.mailing import send_mail
from app.core.secret import signing_key
from app.core.settings import settings
from app.core.text import Prose
from app.features.companies import policy as companies
from app.features.companies.claiming import policy
from app.features.companies.claiming.loading import claim_for
from app.features.companies.domains import is_at_domain, website_domain
from app.features.companies.keeping import present_role
from app.models.companies import (
    Claim,
    ClaimState,
    ClaimWay,
    Company,
    CompanyState,
    Staff,
    StaffRole,
)

CODE_DIGITS: Final = 8
CODE_LASTS: Final = timedelta(hours=24)
DECISION_TAKES: Final = timedelta(days=30)
LEAST_REASON: Final = 20  # characters

label(
    {
        ClaimWay.EMAIL_ON_FILE: N_("Code an die hinterlegte E-Mail-Adresse"),
        ClaimWay.WEBSITE_DOMAIN: N_("Code an eine Adresse der Website"),
        ClaimWay.OPERATOR: N_("Prüfung durch den Betreiber"),
        ClaimWay.OWNERS: N_("Entscheidung der Inhaberinnen und Inhaber"),
        ClaimState.OPEN: N_("offen"),
        ClaimState.GRANTED: N_("gewährt"),
        ClaimState.REFUSED: N_("abgelehnt"),
        ClaimState.WITHDRAWN: N_("zurückgezogen"),
        ClaimState.EXPIRED: N_("abgelaufen"),
    }
)


class ClaimMade(Event):
    name: ClassVar[str] = "company.claim_made"
    claim_id: UUID
    company_id: UUID


class ClaimWithdrawn(Event):
    name: ClassVar[str] = "company.claim_withdrawn"
    claim_id: UUID
    company_id: UUID


class AlreadyOwner(Conflict):
    code = "already_owner"
    text = N_("Dieses Unternehmensprofil gehört Ihnen schon.")


class ClaimAlreadyOpen(Conflict):
    code = "claim_already_open"
    text = N_(
        "Sie haben für dieses Unternehmen schon einen offenen Antrag. Für einen anderen Weg ziehen "
        "Sie ihn bitte zurück."
    )


class NoEmailOnFile(Conflict):
    code = "no_email_on_file"
    text = N_("Zu diesem Unternehmen ist keine E-Mail-Adresse hinterlegt.")


class ClaimDraft(BaseModel):
    """How a person shows that a company is theirs. A company with owners asks these, always."""

    model_config = ConfigDict(extra="forbid")

    way: Annotated[ClaimWay, Asked(N_("Weg"), widget="hidden")]
    address: Annotated[  # read by the rule itself: tidying up would make look-alikes equal
        str,
        Field(max_length=254, description="With `website_domain`: an address at that domain."),
        Asked(N_("E-Mail-Adresse"), widget="email", autocomplete="email"),
    ] = ""
    reason: Annotated[
        str,
        Prose(1_000, 0),
        Field(description="With `operator` and `owners`: why the company is yours to keep."),
        Asked(
            N_("Begründung"),
            N_("Wer sind Sie im Unternehmen, und wie lässt sich das nachprüfen?"),
            widget="textarea",
        ),
    ] = ""


async def request_claim(
    session: Session, actor: Actor, company_id: UUID, draft: ClaimDraft
) -> Claim:
    """Ask for a company: an imported one for oneself, one with owners for a place on its staff.

    A code goes to the address on file, or to one at exactly the domain of the company's website;
    else the operator, or the owners where there are any, decide on the reason given. One open
    claim for each person and company.
    """
    if actor.person_id is None:
        raise SignInRequired
    company = await _claimable(session, actor, company_id)
    await limiter().hit("claim", f"account:{actor.account_id}")
    await _check_none_open(session, actor, company_id)
    way = draft.way
    if company.state == CompanyState.ACTIVE:
        way = ClaimWay.OWNERS if await has_owners(session, company_id) else ClaimWay.OPERATOR
    recipient = _recipient(company, way, draft.address)
    if recipient is None and len(draft.reason) < LEAST_REASON:
        text = N_("Bitte begründen Sie Ihren Antrag mit mindestens %(least)s Zeichen.")
        refusal = Invalid.one("reason", "reason_too_short", text, least=LEAST_REASON)
        raise refusal
    claim = Claim(
        company_id=company_id,
        person_id=actor.person_id,
        way=way,
        reason=draft.reason,
        expires_at=clock.now() + (CODE_LASTS if recipient else DECISION_TAKES),
    )
    session.add(claim)
    if recipient:
        await _send_code(session, actor, company, claim, recipient)
    emit(session, ClaimMade(claim_id=claim.id, company_id=company_id))
    await session.flush()
    return claim


async def withdraw_claim(session: Session, actor: Actor, claim_id: UUID) -> None:
    """Take back one's own open claim; its code is worthless from then on."""
    claim, company = await claim_for(session, actor, claim_id, policy.Act.WITHDRAW)
    claim.state, claim.code_hash = ClaimState.WITHDRAWN, None
    emit(session, ClaimWithdrawn(claim_id=claim.id, company_id=company.id))
    await session.flush()


async def has_owners(session: Session, company_id: UUID) -> bool:
    """Whether anybody owns a company at this moment."""
    owner = exists().where(
        Staff.company_id == company_id, Staff.role == StaffRole.OWNER, Staff.ended_at.is_(None)
    )
    return bool(await session.scalar(select(owner)))


def code_hash(claim: Claim, code: str) -> bytes:
    """Return what is kept of a code; without the secret of this instance it cannot be tried."""
    return hmac.digest(signing_key().encode(), f"claim:{claim.id}:{code}".encode(), "sha256")


@every("23 * * * *")
async def expire_claims(session: Session) -> None:
    """Close the claims whose time is over."""
    await session.execute(
        update(Claim)
        .where(Claim.state == ClaimState.OPEN, Claim.expires_at <= clock.now())
        .values(state=ClaimState.EXPIRED, code_hash=None, version=Claim.version + 1),
        execution_options={"synchronize_session": False},
    )


async def _claimable(session: Session, actor: Actor, company_id: UUID) -> Company:
    """Return the company, locked until commit. An imported one can be claimed unseen."""
    company = await session.get(Company, company_id, with_for_update=True, populate_existing=True)
    if company is None or company.state == CompanyState.CLOSED:
        raise NotFound
    role = await present_role(session, actor, company_id)
    stubs = companies.stubs_are_public()
    if companies.Act.CLAIM not in companies.acts(actor, company.state, role, stubs=stubs):
        raise AlreadyOwner if role == StaffRole.OWNER else Forbidden
    return company


async def _check_none_open(session: Session, actor: Actor, company_id: UUID) -> None:
    earlier = await session.scalar(
        select(Claim).where(
            Claim.company_id == company_id,
            Claim.person_id == actor.person_id,
            Claim.state == ClaimState.OPEN,
        )
    )
    if earlier is None:
        return
    if earlier.expires_at > clock.now():
        raise ClaimAlreadyOpen
    earlier.state = ClaimState.EXPIRED
    await session.flush()


def _recipient(company: Company, way: ClaimWay, address: str) -> str | None:
    """Return where the code goes; None for the ways without one."""
    if company.state == CompanyState.STUB and way == ClaimWay.OWNERS:
        text = N_("Dieses Unternehmen hat noch keine Inhaberinnen oder Inhaber.")
        refusal = Invalid.one("way", "no_owners", text)
        raise refusal
    if way == ClaimWay.EMAIL_ON_FILE:
        if company.email_on_file is None:
            raise NoEmailOnFile
        return company.email_on_file
    if way != ClaimWay.WEBSITE_DOMAIN:
        return None
    domain = website_domain(company.website or "")
    if domain is None or not is_at_domain(address, domain):
        text = N_(
            "Das ist keine Adresse an der Domain der Website. Adressen an Unterdomains und bei "
            "allgemeinen Anbietern gelten nicht."
        )
        refusal = Invalid.one("address", "not_at_domain", text)
        raise refusal
    return read_address(address)


async def _send_code(
    session: Session, actor: Actor, company: Company, claim: Claim, recipient: str
) -> None:
    await limiter().hit("mail_to", f"claim:{canonical_email(recipient)}")
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    claim.code_hash = code_hash(claim, code)
    await send_mail(
        session,
        recipient,
        subject=N_("Ihr Code für %(company)s: %(code)s"),
        text=N_(
            "Guten Tag,\n\njemand möchte auf %(site)s das Profil von %(company)s übernehmen und "
            "hat diese Adresse angegeben. Wenn Sie das sind, geben Sie dort bitte diesen Code "
            "ein; er gilt 24 Stunden:\n\n%(code)s\n\nWenn Sie das nicht sind, geben Sie den Code "
            "bitte an niemanden weiter. Ohne ihn geschieht nichts."
        ),
        locale=actor.locale,
        company=company.name,
        site=settings().site.name,
        code=code,
    )
