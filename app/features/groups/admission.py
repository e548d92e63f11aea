"""Who gets in and who does not: inviting, admitting, refusing, removing, banning."""

from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.events import Event, emit
from app.core.limits import limiter
from app.features.groups import policy
from app.features.groups.loading import HeldPerson, hold_about, hold_for, membership_of
from app.features.groups.membership import MemberJoined, keep_an_owner
from app.features.groups.policy import MemberAct
from app.models.groups import Membership, Standing


class _Decision(Event):
    group_id: UUID
    person_id: UUID
    by_id: UUID


class PersonInvited(_Decision):
    name: ClassVar[str] = "group.person_invited"


class MemberAdmitted(_Decision):
    name: ClassVar[str] = "group.member_admitted"


class RequestRefused(_Decision):
    name: ClassVar[str] = "group.request_refused"


class MemberRemoved(_Decision):
    name: ClassVar[str] = "group.member_removed"
    standing: Standing


class MemberBanned(_Decision):
    name: ClassVar[str] = "group.member_banned"
    standing: Standing | None


class BanLifted(_Decision):
    name: ClassVar[str] = "group.ban_lifted"


async def invite_person(
    session: Session, actor: Actor, group_id: UUID, person_id: UUID
) -> Membership:
    """Invite a person who has an account; whoever has asked to join is admitted by it.

    Inviting twice, or a member, changes nothing. Refuses the banned, and more invitations than
    one may send.
    """
    await hold_for(session, actor, group_id, policy.Act.MODERATE)
    membership = await membership_of(session, group_id, person_id)
    if membership and membership.standing in policy.INSIDE | {Standing.INVITED}:
        return membership
    if membership and membership.standing == Standing.REQUESTED:
        return await admit(session, actor, group_id, person_id)
    held = await hold_about(session, actor, group_id, person_id, MemberAct.INVITE)
    await limiter().hit("invite", str(actor.account_id))
    membership = _stands(session, held, Standing.INVITED)
    emit(session, PersonInvited(**_decided(held)))
    await session.flush()
    return membership


async def admit(
    session: Session,
    actor: Actor,
    group_id: UUID,
    person_id: UUID,
    *,
    expected: int | None = None,
) -> Membership:
    """Admit a person who asked to join. Admitting a member changes nothing."""
    await hold_for(session, actor, group_id, policy.Act.MODERATE)
    membership = await membership_of(session, group_id, person_id)
    if membership and membership.standing in policy.INSIDE:
        return membership
    held = await hold_about(session, actor, group_id, person_id, MemberAct.ADMIT, expected=expected)
    membership = _stands(session, held, Standing.MEMBER)
    emit(session, MemberAdmitted(**_decided(held)))
    emit(session, MemberJoined(group_id=group_id, person_id=person_id))
    await session.flush()
    return membership


async def refuse(
    session: Session,
    actor: Actor,
    group_id: UUID,
    person_id: UUID,
    *,
    reason: str = "",
    expected: int | None = None,
) -> Membership:
    """Refuse a person who asked to join; they are told the reason, and may ask again."""
    held = await hold_about(
        session, actor, group_id, person_id, MemberAct.REFUSE, expected=expected
    )
    membership = _stands(session, held, Standing.REFUSED, reason)
    emit(session, RequestRefused(**_decided(held)))
    await session.flush()
    return membership


async def ban(
    session: Session,
    actor: Actor,
    group_id: UUID,
    person_id: UUID,
    *,
    reason: str = "",
    expected: int | None = None,
) -> Membership:
    """Shut a person out for good, also from an open group; they are told the reason.

    Moderators do not ban owners and moderators, and nobody bans the last owner.
    """
    held = await hold_about(session, actor, group_id, person_id, MemberAct.BAN, expected=expected)
    before = held.membership.standing if held.membership else None
    if held.membership:
        await keep_an_owner(session, held.membership)
    membership = _stands(session, held, Standing.BANNED, reason)
    emit(session, MemberBanned(**_decided(held), standing=before))
    await session.flush()
    return membership


async def dismiss(
    session: Session,
    actor: Actor,
    group_id: UUID,
    person_id: UUID,
    *,
    expected: int | None = None,
) -> None:
    """End whatever ties a person to the group, without keeping them out.

    A request is refused, an invitation taken back, a member removed, a ban lifted.
    """
    await hold_for(session, actor, group_id, policy.Act.MODERATE)
    membership = await membership_of(session, group_id, person_id)
    standing = membership.standing if membership else None
    if standing == Standing.REQUESTED:
        await refuse(session, actor, group_id, person_id, expected=expected)
        return
    act = MemberAct.LIFT_BAN if standing == Standing.BANNED else MemberAct.REMOVE
    held = await hold_about(session, actor, group_id, person_id, act, expected=expected)
    assert held.membership is not None  # noqa: S101 - neither act fits somebody unknown
    await keep_an_owner(session, held.membership)
    if act == MemberAct.LIFT_BAN:
        emit(session, BanLifted(**_decided(held)))
    else:
        emit(session, MemberRemoved(**_decided(held), standing=held.membership.standing))
    await session.delete(held.membership)
    await session.flush()


def _stands(session: Session, held: HeldPerson, standing: Standing, reason: str = "") -> Membership:
    membership = held.membership
    if membership is None:
        membership = Membership(
            group_id=held.group.id,
            person_id=held.person_id,
            standing=standing,
            since=clock.now(),
        )
        session.add(membership)
    membership.standing, membership.since, membership.reason = standing, clock.now(), reason
    return membership


def _decided(held: HeldPerson) -> dict[str, UUID]:
    return {
        "group_id": held.group.id,
        "person_id": held.person_id,
        "by_id": held.own.person_id,
    }
