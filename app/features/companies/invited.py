"""Invitations to companies that wait for the reader: seen, accepted and declined without a mail."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import DateTime, Select, Uuid, exists, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotFound, SignInRequired
from app.core.events import Event, emit
from app.core.reads import Reader, bound, prepared
from app.features.companies.invitations import InvitationUsed, take_up
from app.models.accounts import Account
from app.models.companies import Company, CompanyState, Staff, StaffInvitation
from app.models.people import Person


class StaffInvitationDeclined(Event):
    name: ClassVar[str] = "company.staff_invitation_declined"
    company_id: UUID
    invitation_id: UUID


@prepared
def _waiting() -> Select[Any]:
    columns: list[Any] = [
        StaffInvitation.id,
        StaffInvitation.company_id,
        Company.name.label("company"),
        Company.slug.label("company_slug"),
        Person.name.label("invited_by"),
        StaffInvitation.role,
        StaffInvitation.created_at,
        StaffInvitation.expires_at,
    ]
    me = bound("me", Uuid())
    own_key = select(Account.email_key).join(Person, Person.account_id == Account.id)
    works_there = exists().where(
        Staff.company_id == Company.id, Staff.person_id == me, Staff.ended_at.is_(None)
    )
    return (
        select(*columns)
        .join(Company, Company.id == StaffInvitation.company_id)
        .join(Person, Person.id == StaffInvitation.invited_by_id)
        .where(
            StaffInvitation.email_key == own_key.where(Person.id == me).scalar_subquery(),
            StaffInvitation.accepted_at.is_(None),
            StaffInvitation.revoked_at.is_(None),
            StaffInvitation.expires_at > bound("now", DateTime(timezone=True)),
            Company.state == CompanyState.ACTIVE,
            ~works_there,
        )
        .order_by(StaffInvitation.created_at.desc(), StaffInvitation.id)
        .limit(50)
    )


async def invitations_to_me(reader: Reader, actor: Actor) -> list[Any]:
    """Return the invitations to the reader's address that can be accepted, the newest first."""
    if actor.person_id is None:
        raise SignInRequired
    return await reader.all(_waiting(), {"me": actor.person_id, "now": clock.now()})


async def accept_own_invitation(session: Session, actor: Actor, invitation_id: UUID) -> Staff:
    """Join a company's staff without the link: the account's address is proven."""
    return await take_up(session, actor, await _own(session, actor, invitation_id))


async def decline_invitation(session: Session, actor: Actor, invitation_id: UUID) -> None:
    """Make an invitation to oneself worthless; declining twice changes nothing."""
    invitation = await _own(session, actor, invitation_id)
    if invitation.accepted_at:
        raise InvitationUsed
    if invitation.revoked_at:
        return
    invitation.revoked_at = clock.now()
    emit(
        session,
        StaffInvitationDeclined(company_id=invitation.company_id, invitation_id=invitation.id),
    )
    await session.flush()


async def _own(session: Session, actor: Actor, invitation_id: UUID) -> StaffInvitation:
    """Return an invitation to the actor's address, locked; NotFound if it went to another."""
    if actor.person_id is None:
        raise SignInRequired
    own_key = select(Account.email_key).where(Account.id == actor.account_id)
    invitation: StaffInvitation | None = await session.scalar(
        select(StaffInvitation)
        .where(
            StaffInvitation.id == invitation_id,
            StaffInvitation.email_key == own_key.scalar_subquery(),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if invitation is None:
        raise NotFound
    return invitation
