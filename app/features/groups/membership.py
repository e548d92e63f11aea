"""Joining and leaving groups."""

from typing import ClassVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, Forbidden, NotFound, SignInRequired
from app.core.events import Event, emit
from app.core.i18n import N_
from app.features.groups import policy
from app.models.groups import Admission, Group, Membership, Standing


class MemberJoined(Event):
    name: ClassVar[str] = "group.member_joined"
    group_id: UUID
    person_id: UUID


class JoinRequested(Event):
    name: ClassVar[str] = "group.join_requested"
    group_id: UUID
    person_id: UUID


class CharterNotAccepted(Conflict):
    code: ClassVar[str] = "charter_not_accepted"
    text: ClassVar[str] = N_("Bitte stimmen Sie der Gruppenordnung zu, um beizutreten.")


async def join_group(
    session: Session,
    actor: Actor,
    group_id: UUID,
    *,
    accepted_charter: int | None = None,
    request_text: str = "",
) -> Membership:
    """Join an open group at once, or ask to join any other.

    Joining twice changes nothing. ``accepted_charter`` is the version of the charter that the
    newcomer agrees to; a group with a charter is not joined without. The group row stays locked
    until commit, so two clicks arriving together cannot create two memberships.
    """
    group = await session.scalar(
        select(Group)
        .where(Group.id == group_id, policy.visible_to(actor))
        .with_for_update(of=Group)
    )
    if group is None:
        raise NotFound
    if actor.person_id is None:
        raise SignInRequired
    membership = await session.scalar(
        select(Membership).where(
            Membership.group_id == group_id, Membership.person_id == actor.person_id
        )
    )
    standing = membership.standing if membership else None
    if membership and standing in policy.INSIDE | {Standing.REQUESTED}:
        return membership
    archived = group.archived_at is not None
    if policy.Act.JOIN not in policy.acts(actor, group.admission, standing, archived=archived):
        raise Forbidden
    if group.charter and accepted_charter != group.charter_version:
        raise CharterNotAccepted
    at_once = group.admission == Admission.OPEN or standing == Standing.INVITED
    if membership is None:
        membership = Membership(
            group_id=group.id,
            person_id=actor.person_id,
            standing=Standing.REQUESTED,
            since=clock.now(),
        )
        session.add(membership)
    membership.standing = Standing.MEMBER if at_once else Standing.REQUESTED
    membership.since = clock.now()
    membership.charter_version = accepted_charter
    membership.request_text = request_text
    happened = MemberJoined if at_once else JoinRequested
    emit(session, happened(group_id=group.id, person_id=actor.person_id))
    await session.flush()
    return membership
