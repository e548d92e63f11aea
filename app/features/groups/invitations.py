"""Invitations by mail, also for people who have no account yet.

An invitation is for one address, used once, and valid for fourteen days. Only the SHA-256 of its
link is kept; the link itself stands in the mail alone.
"""

from datetime import timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import (
    LargeBinary,
    Select,
    Uuid,
    func,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.addresses import canonical_email
from app.core.errors import Conflict, Forbidden, Gone, NotFound, SignInRequired
from app.core.events import Event, emit
from app.core.i18n import N_
from app.core.ids import fingerprint, new_secret
from app.core.limits import limiter
from app.core.mailing import send_mail
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, bound, prepared
from app.core.settings import settings
from app.features.groups import policy
from app.features.groups.loading import GroupArchived, hold_for, membership_of
from app.features.groups.membership import CharterNotAccepted, MemberJoined
from app.features.groups.reading import GroupPage
from app.models.accounts import Account
from app.models.groups import Group, GroupInvitation, Membership, Standing
from app.models.people import Person

VALID_FOR: Final = timedelta(days=14)
MAX_TOKEN: Final = 100  # characters; ours are shorter


class InvitationSent(Event):
    name: ClassVar[str] = "group.invitation_sent"
    group_id: UUID
    invitation_id: UUID
    by_id: UUID


class InvitationRevoked(Event):
    name: ClassVar[str] = "group.invitation_revoked"
    group_id: UUID
    invitation_id: UUID
    by_id: UUID


class InvitationGone(Gone):
    code: ClassVar[str] = "invitation_gone"
    text: ClassVar[str] = N_("Diese Einladung ist abgelaufen oder wurde zurückgezogen.")


class InvitationUsed(Conflict):
    code: ClassVar[str] = "invitation_used"
    text: ClassVar[str] = N_("Diese Einladung wurde schon angenommen.")


class InvitationForAnother(Forbidden):
    code: ClassVar[str] = "invitation_for_another"
    text: ClassVar[str] = N_(
        "Diese Einladung ging an eine andere E-Mail-Adresse. Bitte melden Sie sich mit dem Konto "
        "an, das zu ihr gehört."
    )


_SUBJECT = N_("Einladung in die Gruppe „%(group)s“")
_TEXT = N_(
    "Guten Tag,\n\n%(person)s lädt Sie ein, auf %(site)s der Gruppe „%(group)s“ beizutreten.\n\n"
    "%(summary)s\n\nHier sehen Sie die Einladung und können sie annehmen:\n%(link)s\n\n"
    "Die Einladung gilt 14 Tage und nur für diese E-Mail-Adresse. Haben Sie noch kein Konto, "
    "legen Sie mit dieser Adresse eines an. Möchten Sie nicht beitreten, brauchen Sie nichts zu "
    "tun.\n"
)


async def invite_by_email(
    session: Session, actor: Actor, group_id: UUID, email: str
) -> GroupInvitation:
    """Send an invitation to an address, whether or not somebody here has it.

    An earlier one to the same address ends. Refuses those who do not run the group, and more
    invitations than one may send, or one address may get.
    """
    held = await hold_for(session, actor, group_id, policy.Act.MODERATE)
    assert held.membership is not None  # noqa: S101 - who runs a group belongs to it
    key = canonical_email(email)
    await limiter().hit("invite", str(actor.account_id))
    await limiter().hit("mail_to", f"invitation:{key}")
    await session.execute(
        update(GroupInvitation)
        .where(
            GroupInvitation.group_id == group_id,
            GroupInvitation.email_key == key,
            GroupInvitation.accepted_at.is_(None),
            GroupInvitation.revoked_at.is_(None),
        )
        .values(revoked_at=clock.now())
    )
    token = new_secret()
    invitation = GroupInvitation(
        group_id=group_id,
        email=email,
        email_key=key,
        invited_by_id=held.membership.person_id,
        token_hash=fingerprint(token),
        expires_at=clock.now() + VALID_FOR,
    )
    session.add(invitation)
    await session.flush()
    sender = await session.get_one(Person, held.membership.person_id)
    await send_mail(
        session,
        email,
        subject=_SUBJECT,
        text=_TEXT,
        locale=actor.locale,
        person=sender.name,
        group=held.group.name,
        summary=held.group.summary,
        site=settings().site.name,
        link=f"{settings().base_url.rstrip('/')}/groups/invitations/{token}",
    )
    emit(
        session,
        InvitationSent(
            group_id=group_id, invitation_id=invitation.id, by_id=held.membership.person_id
        ),
    )
    return invitation


async def revoke_invitation(
    session: Session, actor: Actor, group_id: UUID, invitation_id: UUID
) -> None:
    """Take back an invitation that nobody has accepted. Twice changes nothing."""
    held = await hold_for(session, actor, group_id, policy.Act.MODERATE)
    assert held.membership is not None  # noqa: S101 - who runs a group belongs to it
    invitation = await session.scalar(
        select(GroupInvitation)
        .where(GroupInvitation.id == invitation_id, GroupInvitation.group_id == group_id)
        .execution_options(populate_existing=True)
    )
    if invitation is None:
        raise NotFound
    if invitation.accepted_at:
        raise InvitationUsed
    if invitation.revoked_at is None:
        invitation.revoked_at = clock.now()
        emit(
            session,
            InvitationRevoked(
                group_id=group_id,
                invitation_id=invitation_id,
                by_id=held.membership.person_id,
            ),
        )


async def accept_invitation(
    session: Session, actor: Actor, token: str, *, accepted_charter: int | None = None
) -> Membership:
    """Join by the link of a mail: at once, however the group admits.

    Refuses unknown, used, expired and revoked links, accounts with another address, the banned,
    and whoever does not accept the charter. The group stays locked until commit, so that a link
    that is used in two places at once is used once.
    """
    if actor.person_id is None:
        raise SignInRequired
    known = await session.scalar(
        select(GroupInvitation.group_id).where(GroupInvitation.token_hash == _hashed(token))
    )
    if known is None:
        raise NotFound
    group = await session.get_one(Group, known, with_for_update=True, populate_existing=True)
    invitation = (
        await session.scalars(
            select(GroupInvitation)
            .where(GroupInvitation.token_hash == _hashed(token))
            .execution_options(populate_existing=True)
        )
    ).one()
    await _check_address(session, actor, invitation.email_key)
    _check_state(invitation)
    if group.archived_at:
        raise GroupArchived
    membership = await membership_of(session, group.id, actor.person_id)
    if membership and membership.standing == Standing.BANNED:
        raise Forbidden
    if group.charter and accepted_charter != group.charter_version:
        raise CharterNotAccepted
    invitation.accepted_at = clock.now()
    if membership and membership.standing in policy.INSIDE:
        return membership
    if membership is None:
        membership = Membership(
            group_id=group.id,
            person_id=actor.person_id,
            standing=Standing.MEMBER,
            since=clock.now(),
        )
        session.add(membership)
    membership.standing, membership.since = Standing.MEMBER, clock.now()
    membership.charter_version = accepted_charter if group.charter else None
    emit(session, MemberJoined(group_id=group.id, person_id=actor.person_id))
    await session.flush()
    return membership


def _hashed(token: str) -> bytes:
    return fingerprint(token[:MAX_TOKEN])


async def _check_address(session: Session, actor: Actor, email_key: str) -> None:
    own = await session.scalar(select(Account.email_key).where(Account.id == actor.account_id))
    if own != email_key:
        raise InvitationForAnother


def _check_state(invitation: Any) -> None:
    if invitation.accepted_at:
        raise InvitationUsed
    if invitation.revoked_at or invitation.expires_at <= clock.now():
        raise InvitationGone


@prepared
def _by_token() -> Select[Any]:
    columns: list[Any] = [
        GroupInvitation.email_key,
        GroupInvitation.accepted_at,
        GroupInvitation.revoked_at,
        GroupInvitation.expires_at,
        Group.id.label("group_id"),
        Group.slug,
        Group.name,
        Group.summary,
        Group.description_html,
        Group.charter,
        Group.charter_html,
        Group.charter_version,
        Group.admission,
        Person.name.label("invited_by"),
        Account.email_key.label("own_key"),
    ]
    return (
        select(*columns)
        .join(Group, Group.id == GroupInvitation.group_id)
        .join(Person, Person.id == GroupInvitation.invited_by_id)
        .outerjoin(Account, Account.id == bound("account", Uuid()))
        .where(GroupInvitation.token_hash == bound("hash", LargeBinary()))
    )


async def invitation_page(reader: Reader, actor: Actor, token: str) -> Any:
    """Return what an invited person may see of the group before joining.

    Refuses unknown, used, expired and revoked links, and accounts with another address.
    """
    params = {"hash": _hashed(token), "account": actor.account_id}
    row = await reader.first(_by_token(), params)
    if row is None:
        raise NotFound
    if actor.is_signed_in and row.own_key != row.email_key:
        raise InvitationForAnother
    _check_state(row)
    return row


_OPEN = Order(
    "group_invitations",
    N_("Offene Einladungen einer Gruppe: die neuesten zuerst"),
    GroupInvitation.created_at,
    GroupInvitation.id,
    descending=True,
)


@prepared
def _open_invitations(*, after: bool) -> Select[Any]:
    columns: list[Any] = [
        GroupInvitation.id,
        GroupInvitation.email,
        GroupInvitation.created_at,
        GroupInvitation.expires_at,
        Person.name.label("invited_by"),
    ]
    listed = (
        select(*columns)
        .join(Person, Person.id == GroupInvitation.invited_by_id)
        .where(
            GroupInvitation.group_id == bound("group", Uuid()),
            GroupInvitation.accepted_at.is_(None),
            GroupInvitation.revoked_at.is_(None),
            GroupInvitation.expires_at > func.now(),
        )
    )
    return _OPEN.page(listed, after=after)


async def open_invitations(
    reader: Reader, actor: Actor, group: GroupPage, paging: Paging
) -> Page[Any]:
    """Return the invitations that can still be accepted, to those who run the group."""
    if not actor.is_signed_in:
        raise SignInRequired
    if group.standing not in policy.RUNNING:
        raise Forbidden
    read = _open_invitations(after=paging.cursor is not None)
    return await _OPEN.fetch(reader, read, paging, {"group": group.id})
