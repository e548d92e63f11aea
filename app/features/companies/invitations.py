"""Inviting people to a company's staff by e-mail, with or without an account."""

from datetime import timedelta
from typing import Annotated, Any, ClassVar, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import DateTime, LargeBinary, Select, Uuid, select, update
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.addresses import EmailAddress, canonical_email
from app.core.asking import Asked
from app.core.errors import Conflict, Forbidden, Gone, NotFound, SignInRequired
from app.core.events import Event, emit
from app.core.i18n import N_
from app.core.ids import fingerprint, new_secret
from app.core.limits import limiter
from app.core.mailing import send_mail
from app.core.reads import Reader, bound, prepared
from app.core.settings import settings
from app.features.companies import policy
from app.features.companies.keeping import company_for
from app.features.companies.staff import StaffJoined
from app.models.accounts import Account
from app.models.companies import Company, CompanyState, Staff, StaffInvitation, StaffRole
from app.models.people import Person

LIFETIME: Final = timedelta(days=14)


class StaffInvited(Event):
    name: ClassVar[str] = "company.staff_invited"
    company_id: UUID
    invitation_id: UUID


class InvitationForOthers(Forbidden):
    code = "invitation_for_others"
    text = N_(
        "Diese Einladung gilt für eine andere E-Mail-Adresse als die, mit der Sie angemeldet sind."
    )


class InvitationOver(Gone):
    code = "invitation_over"
    text = N_("Diese Einladung gilt nicht mehr. Bitte lassen Sie sich neu einladen.")


class InvitationUsed(Conflict):
    code = "company_invitation_used"
    text = N_("Diese Einladung ist schon angenommen.")


class AlreadyOnStaff(Conflict):
    code = "already_on_staff"
    text = N_("Wer diese Adresse hat, gehört schon zum Unternehmen.")


class InvitationDraft(BaseModel):
    """Whom to invite, and as what."""

    model_config = ConfigDict(extra="forbid")

    email: Annotated[EmailAddress, Asked(N_("E-Mail-Adresse"), widget="email", autocomplete="off")]
    role: Annotated[StaffRole, Asked(N_("Rolle"))] = StaffRole.MEMBER


class InvitationToken(BaseModel):
    """The secret of the link in the mail."""

    model_config = ConfigDict(extra="forbid")

    token: Annotated[str, Field(min_length=20, max_length=200, pattern="^[A-Za-z0-9_-]+$")]


async def invite_staff(
    session: Session, actor: Actor, company_id: UUID, draft: InvitationDraft
) -> StaffInvitation:
    """Invite somebody by e-mail; the link in it serves once, for 14 days, for that address only.

    An earlier open invitation to the same address ends. Refuses who is on the staff already, but
    never says whether the address has an account.
    """
    company = await company_for(session, actor, company_id, policy.Act.MANAGE_STAFF)
    assert actor.person_id is not None  # noqa: S101 - the policy said so
    await limiter().hit("invite", f"account:{actor.account_id}")
    key = canonical_email(draft.email)
    if await _works_there(session, company.id, key):
        raise AlreadyOnStaff
    now, secret = clock.now(), new_secret()
    await session.execute(
        update(StaffInvitation)
        .where(
            StaffInvitation.company_id == company.id,
            StaffInvitation.email_key == key,
            StaffInvitation.accepted_at.is_(None),
            StaffInvitation.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    invitation = StaffInvitation(
        company_id=company.id,
        email=draft.email,
        email_key=key,
        role=draft.role,
        invited_by_id=actor.person_id,
        token_hash=fingerprint(secret),
        expires_at=now + LIFETIME,
    )
    session.add(invitation)
    inviter = await session.get_one(Person, actor.person_id)
    await send_mail(
        session,
        draft.email,
        subject=N_("Einladung zu %(company)s"),
        text=N_(
            "Guten Tag,\n\n%(inviter)s lädt Sie ein, auf %(site)s zu %(company)s zu gehören.\n\n"
            "Mit diesem Verweis nehmen Sie die Einladung an. Er gilt 14 Tage und nur für diese "
            "E-Mail-Adresse:\n\n%(link)s\n\nWenn Sie damit nichts anfangen können, brauchen Sie "
            "nichts zu tun."
        ),
        locale=actor.locale,
        company=company.name,
        inviter=inviter.name,
        site=settings().site.name,
        link=f"{settings().base_url.rstrip('/')}/companies/invitations/{secret}",
    )
    emit(session, StaffInvited(company_id=company.id, invitation_id=invitation.id))
    await session.flush()
    return invitation


async def revoke_invitation(
    session: Session, actor: Actor, company_id: UUID, invitation_id: UUID
) -> None:
    """Make an open invitation worthless; revoking twice changes nothing."""
    company = await company_for(session, actor, company_id, policy.Act.MANAGE_STAFF)
    invitation = await session.scalar(
        select(StaffInvitation)
        .where(StaffInvitation.id == invitation_id, StaffInvitation.company_id == company.id)
        .with_for_update()
    )
    if invitation is None:
        raise NotFound
    if invitation.accepted_at:
        raise InvitationUsed
    invitation.revoked_at = invitation.revoked_at or clock.now()
    await session.flush()


async def accept_invitation(session: Session, actor: Actor, token: str) -> Staff:
    """Join a company's staff by the link in an invitation.

    Only for who is signed in with the invited address, once, in time, and as long as the company
    is active. The invitation stays locked until commit, so it makes one place on the staff.
    """
    if actor.person_id is None:
        raise SignInRequired
    invitation = await session.scalar(
        select(StaffInvitation)
        .where(StaffInvitation.token_hash == fingerprint(token))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if invitation is None:
        raise NotFound
    own_key = await session.scalar(select(Account.email_key).where(Account.id == actor.account_id))
    if own_key != invitation.email_key:
        raise InvitationForOthers
    return await take_up(session, actor, invitation)


async def take_up(session: Session, actor: Actor, invitation: StaffInvitation) -> Staff:
    """Give the actor the place that a locked invitation to their address promises."""
    assert actor.person_id is not None  # noqa: S101 - both callers have asked
    if invitation.accepted_at:
        raise InvitationUsed
    company = await session.get_one(Company, invitation.company_id)
    over = invitation.revoked_at or invitation.expires_at <= clock.now()
    if over or company.state != CompanyState.ACTIVE:
        raise InvitationOver
    if await _works_there(session, company.id, invitation.email_key):
        raise AlreadyOnStaff
    invitation.accepted_at = clock.now()
    staff = Staff(company_id=company.id, person_id=actor.person_id, role=invitation.role)
    session.add(staff)
    emit(session, StaffJoined(company_id=company.id, person_id=actor.person_id))
    await session.flush()
    return staff


async def _works_there(session: Session, company_id: UUID, email_key: str) -> bool:
    found = await session.scalar(
        select(Staff.id)
        .join(Person, Person.id == Staff.person_id)
        .join(Account, Account.id == Person.account_id)
        .where(
            Staff.company_id == company_id,
            Staff.ended_at.is_(None),
            Account.email_key == email_key,
        )
    )
    return found is not None


def _open() -> Select[Any]:
    columns: list[Any] = [
        StaffInvitation.id,
        StaffInvitation.email,
        StaffInvitation.role,
        StaffInvitation.created_at,
        StaffInvitation.expires_at,
    ]
    return select(*columns).where(
        StaffInvitation.accepted_at.is_(None),
        StaffInvitation.revoked_at.is_(None),
        StaffInvitation.expires_at > bound("now", DateTime(timezone=True)),
    )


@prepared
def _open_of_company() -> Select[Any]:
    return (
        _open()
        .where(StaffInvitation.company_id == bound("company_id", Uuid()))
        .order_by(StaffInvitation.created_at.desc(), StaffInvitation.id)
        .limit(200)
    )


@prepared
def _by_token() -> Select[Any]:
    columns: list[Any] = [
        Company.name.label("company"),
        Company.slug.label("company_slug"),
        Person.name.label("invited_by"),
    ]
    return (
        _open()
        .add_columns(*columns)
        .join(Company, Company.id == StaffInvitation.company_id)
        .join(Person, Person.id == StaffInvitation.invited_by_id)
        .where(
            StaffInvitation.token_hash == bound("token", LargeBinary()),
            Company.state == CompanyState.ACTIVE,
        )
    )


async def open_invitations(reader: Reader, company_id: UUID) -> list[Any]:
    """Return the invitations of a company that can still be accepted, newest first."""
    return await reader.all(_open_of_company(), {"company_id": company_id, "now": clock.now()})


async def find_invitation(reader: Reader, token: str) -> Any:
    """Return what an invitation says to who holds its link; InvitationOver where it is none."""
    row = await reader.first(_by_token(), {"token": fingerprint(token), "now": clock.now()})
    if row is None:
        raise InvitationOver
    return row
