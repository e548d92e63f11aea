"""Granting and refusing claims: by code, by the operator, by the owners."""

import hmac
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.asking import Asked, label
from app.core.errors import FieldError, Invalid
from app.core.events import Event, emit
from app.core.i18n import N_
from app.core.text import Prose
from app.features.companies.claiming import policy
from app.features.companies.claiming.loading import claim_for
from app.features.companies.claiming.requesting import DECISION_TAKES, code_hash
from app.features.companies.staff import StaffJoined, StaffRoleChanged
from app.models.companies import (
    Claim,
    ClaimState,
    ClaimWay,
    Company,
    CompanyState,
    Staff,
    StaffRole,
)

MOST_TRIES: Final = 5


class ClaimGranted(Event):
    name: ClassVar[str] = "company.claim_granted"
    claim_id: UUID
    company_id: UUID
    person_id: UUID


class ClaimRefused(Event):
    name: ClassVar[str] = "company.claim_refused"
    claim_id: UUID
    company_id: UUID
    person_id: UUID


class ClaimPassedToOwners(Event):
    name: ClassVar[str] = "company.claim_passed_to_owners"
    claim_id: UUID
    company_id: UUID


class CompanyClaimed(Event):
    name: ClassVar[str] = "company.claimed"
    company_id: UUID
    person_id: UUID


class CodeWrong(Invalid):
    """The code is not the one sent. Failed tries are kept."""

    code = "code_wrong"
    keeps_writes: ClassVar[bool] = True

    def __init__(self, remaining: int = 0) -> None:
        text = (
            N_("Dieser Code stimmt nicht. Sie haben noch %(remaining)s Versuche.")
            if remaining
            else N_("Dieser Code stimmt nicht. Er gilt nun nicht mehr; beginnen Sie bitte neu.")
        )
        super().__init__(FieldError(("code",), self.code, text, {"remaining": remaining}))


class CodeDraft(BaseModel):
    """The code from the mail."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[
        str,
        Field(max_length=20, pattern=r"^[0-9 ]{8,20}$", description="Eight digits."),
        Asked(N_("Code aus der E-Mail"), N_("Acht Ziffern."), autocomplete="one-time-code"),
    ]


class Verdict(StrEnum):
    """What is decided on a claim."""

    GRANT = "grant"
    REFUSE = "refuse"


label({Verdict.GRANT: N_("Gewähren"), Verdict.REFUSE: N_("Ablehnen")})


class DecisionDraft(BaseModel):
    """What is decided, and the word that goes to who asked."""

    model_config = ConfigDict(extra="forbid")

    verdict: Annotated[Verdict, Asked(N_("Entscheidung"), widget="radios")]
    role: Annotated[
        StaffRole,
        Field(description="The place on the staff that owners grant; operators grant `owner`."),
        Asked(N_("Rolle"), N_("Was die Person im Unternehmen wird.")),
    ] = StaffRole.EDITOR
    text: Annotated[
        str,
        Prose(1_000, 0),
        Field(description="Needed with `refuse`."),
        Asked(N_("Mitteilung"), N_("Eine Ablehnung braucht eine Begründung."), widget="textarea"),
    ] = ""


async def enter_code(session: Session, actor: Actor, claim_id: UUID, draft: CodeDraft) -> Claim:
    """Take over the company with the code from the mail; five tries, and the code is worthless.

    Of two who do so at the same moment one becomes owner; the claim of the other then goes to
    that owner.
    """
    claim, company = await claim_for(session, actor, claim_id, policy.Act.CONFIRM)
    assert claim.code_hash is not None  # noqa: S101 - an open claim by code has one
    typed = draft.code.replace(" ", "")
    if hmac.compare_digest(claim.code_hash, code_hash(claim, typed)):
        return await _grant(session, company, claim, StaffRole.OWNER)
    claim.code_tries += 1
    if claim.code_tries >= MOST_TRIES:
        claim.state, claim.code_hash = ClaimState.EXPIRED, None
    await session.flush()
    raise CodeWrong(MOST_TRIES - claim.code_tries)


async def decide_claim(
    session: Session, actor: Actor, claim_id: UUID, draft: DecisionDraft
) -> Claim:
    """Grant or refuse a claim, as an operator who was asked or as an owner of the company.

    Operators make who asked the owner; owners grant the role they choose. A refusal needs a word
    to who asked. Nobody decides on their own claim.
    """
    claim, company = await claim_for(session, actor, claim_id, policy.Act.DECIDE)
    claim.decided_by_id, claim.decision = actor.person_id, draft.text
    if draft.verdict == Verdict.GRANT:
        role = draft.role if claim.way == ClaimWay.OWNERS else StaffRole.OWNER
        return await _grant(session, company, claim, role)
    if not draft.text:
        text = N_("Bitte begründen Sie die Ablehnung.")
        refusal = Invalid.one("text", "missing", text)
        raise refusal
    claim.state = ClaimState.REFUSED
    emit(
        session,
        ClaimRefused(claim_id=claim.id, company_id=company.id, person_id=claim.person_id),
    )
    await session.flush()
    return claim


async def _grant(session: Session, company: Company, claim: Claim, role: StaffRole) -> Claim:
    claim.state, claim.code_hash = ClaimState.GRANTED, None
    had_owners = claim.way == ClaimWay.OWNERS
    company.state = CompanyState.ACTIVE
    await _take_on(session, claim, role)
    if not had_owners:
        emit(session, CompanyClaimed(company_id=company.id, person_id=claim.person_id))
        await _pass_to_owners(session, company.id, but=claim.id, now=clock.now())
    emit(
        session,
        ClaimGranted(claim_id=claim.id, company_id=company.id, person_id=claim.person_id),
    )
    await session.flush()
    return claim


async def _take_on(session: Session, claim: Claim, role: StaffRole) -> None:
    """Give the claimant the role; who works there already gets it in the present place."""
    staff = await session.scalar(
        select(Staff).where(
            Staff.company_id == claim.company_id,
            Staff.person_id == claim.person_id,
            Staff.ended_at.is_(None),
        )
    )
    if staff is None:
        session.add(Staff(company_id=claim.company_id, person_id=claim.person_id, role=role))
        emit(session, StaffJoined(company_id=claim.company_id, person_id=claim.person_id))
    elif staff.role != role:
        staff.role = role
        emit(
            session,
            StaffRoleChanged(
                company_id=claim.company_id,
                person_id=claim.person_id,
                by_id=claim.decided_by_id or claim.person_id,
                role=role,
            ),
        )


async def _pass_to_owners(session: Session, company_id: UUID, *, but: UUID, now: datetime) -> None:
    """Make the other claims on a company that has an owner now a matter of that owner."""
    others = await session.scalars(
        update(Claim)
        .where(
            Claim.company_id == company_id,
            Claim.state == ClaimState.OPEN,
            Claim.expires_at > now,
            Claim.id != but,
        )
        .values(
            way=ClaimWay.OWNERS,
            code_hash=None,
            expires_at=now + DECISION_TAKES,
            version=Claim.version + 1,
        )
        .returning(Claim.id),
        execution_options={"synchronize_session": False},
    )
    for claim_id in others.all():
        emit(session, ClaimPassedToOwners(claim_id=claim_id, company_id=company_id))
