"""Standings in a group: naming moderators and owners, handing the group over, inheriting it."""

from typing import ClassVar, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.events import Event, emit, on
from app.features.accounts.account import AccountClosed
from app.features.groups.loading import hold_about, hold_for, membership_of
from app.features.groups.membership import MemberLeft, keep_an_owner
from app.features.groups.policy import INSIDE, Act, MemberAct
from app.models.groups import Group, Membership, Standing

InsideStanding = Literal[Standing.MEMBER, Standing.MODERATOR, Standing.OWNER]
_HEIRS = {Standing.MODERATOR: 0, Standing.MEMBER: 1}


class StandingChanged(Event):
    name: ClassVar[str] = "group.standing_changed"
    group_id: UUID
    person_id: UUID
    by_id: UUID | None  # None: inherited
    standing: Standing


async def set_standing(
    session: Session,
    actor: Actor,
    group_id: UUID,
    person_id: UUID,
    standing: InsideStanding,
    *,
    expected: int | None = None,
) -> Membership:
    """Make a member an owner, a moderator, or a member without further tasks, as an owner.

    The standing one already has changes nothing. Refuses to leave a group without an owner.
    """
    held = await hold_about(
        session, actor, group_id, person_id, MemberAct.SET_STANDING, expected=expected
    )
    membership = held.membership
    assert membership is not None  # noqa: S101 - the act fits only members
    if membership.standing == standing:
        return membership
    await keep_an_owner(session, membership)
    membership.standing = standing
    emit(
        session,
        StandingChanged(
            group_id=group_id,
            person_id=person_id,
            by_id=held.own.person_id,
            standing=standing,
        ),
    )
    await session.flush()
    return membership


async def hand_over(session: Session, actor: Actor, group_id: UUID, person_id: UUID) -> Membership:
    """Hand a group over to a member, as an owner, who stays on as a moderator."""
    await hold_for(session, actor, group_id, Act.EDIT)
    heir = await set_standing(session, actor, group_id, person_id, Standing.OWNER)
    if actor.person_id is not None and person_id != actor.person_id:
        await set_standing(session, actor, group_id, actor.person_id, Standing.MODERATOR)
    return heir


async def leave_all_groups(session: Session, person_id: UUID) -> None:
    """Take a person whose account closes out of every group.

    Where nobody else owns a group, the longest-serving moderator inherits it, or else the
    longest-serving member. A group in which nobody is left is archived. Twice changes nothing.
    """
    group_ids = await session.scalars(
        select(Membership.group_id)
        .where(Membership.person_id == person_id, Membership.standing != Standing.BANNED)
        .order_by(Membership.group_id)
    )
    for group_id in list(group_ids):
        await _leave_behind(session, group_id, person_id)


@on(AccountClosed)
async def inherit_groups(session: Session, event: AccountClosed) -> None:
    """Let others go on with the groups of a person whose account is closed."""
    await leave_all_groups(session, event.person_id)


async def _leave_behind(session: Session, group_id: UUID, person_id: UUID) -> None:
    group = await session.get_one(Group, group_id, with_for_update=True, populate_existing=True)
    leaving = await membership_of(session, group_id, person_id)
    if leaving is None:
        return
    emit(
        session,
        MemberLeft(group_id=group_id, person_id=person_id, standing=leaving.standing),
    )
    was_owner = leaving.standing == Standing.OWNER
    await session.delete(leaving)
    await session.flush()
    if not was_owner:
        return
    others = list(
        await session.scalars(
            select(Membership)
            .where(Membership.group_id == group_id, Membership.standing.in_(INSIDE))
            .order_by(Membership.since, Membership.id)
        )
    )
    if any(other.standing == Standing.OWNER for other in others):
        return
    if not others:
        group.archived_at = group.archived_at or clock.now()
        return
    heir = min(others, key=lambda other: (_HEIRS[other.standing], other.since, other.id))
    heir.standing = Standing.OWNER
    emit(
        session,
        StandingChanged(
            group_id=group_id, person_id=heir.person_id, by_id=None, standing=Standing.OWNER
        ),
    )
