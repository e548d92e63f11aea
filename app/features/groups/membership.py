"""Joining and leaving groups."""

from typing import ClassVar
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, Forbidden, NotFound
from app.core.events import Event, emit
from app.core.i18n import N_
from app.features.groups import policy
from app.features.groups.loading import GroupArchived, hold
from app.models.groups import Admission, Group, Membership, Standing


class MemberJoined(Event):
    name: ClassVar[str] = "group.member_joined"
    group_id: UUID
    person_id: UUID


class JoinRequested(Event):
    name: ClassVar[str] = "group.join_requested"
    group_id: UUID
    person_id: UUID


class MemberLeft(Event):
    name: ClassVar[str] = "group.member_left"
    group_id: UUID
    person_id: UUID
    standing: Standing


class CharterNotAccepted(Conflict):
    code: ClassVar[str] = "charter_not_accepted"
    text: ClassVar[str] = N_("Bitte stimmen Sie der Gruppenordnung zu, um beizutreten.")


class LastOwner(Conflict):
    code: ClassVar[str] = "last_owner"
    text: ClassVar[str] = N_(
        "Eine Gruppe braucht eine Inhaberin oder einen Inhaber. Bitte übergeben Sie die Gruppe "
        "zuerst an ein anderes Mitglied."
    )


async def join_group(
    session: Session,
    actor: Actor,
    group_id: UUID,
    *,
    accepted_charter: int | None = None,
    request_text: str = "",
) -> Membership:
    """Join an open group at once, or ask to join any other; the invited join at once.

    Joining twice changes nothing, but a member may agree to a newer charter. ``accepted_charter``
    is the version of the charter that the newcomer agrees to; a group with a charter is not
    joined without. The group row stays locked until commit, so two clicks arriving together
    cannot create two memberships.
    """
    held = await hold(session, actor, group_id)
    group, membership = held.group, held.membership
    if membership and (
        held.standing in policy.INSIDE
        or (held.standing == Standing.REQUESTED and group.admission != Admission.OPEN)
    ):
        if accepted_charter == group.charter_version and group.charter:
            membership.charter_version = accepted_charter
        await session.flush()
        return membership
    standing = None if held.standing == Standing.REQUESTED else held.standing
    if policy.Act.JOIN not in policy.acts(actor, group.admission, standing, archived=False):
        raise Forbidden
    if group.archived_at:
        raise GroupArchived
    if group.charter and accepted_charter != group.charter_version:
        raise CharterNotAccepted
    at_once = group.admission == Admission.OPEN or held.standing == Standing.INVITED
    membership = await _enter(session, actor, held.group, membership)
    membership.standing = Standing.MEMBER if at_once else Standing.REQUESTED
    membership.charter_version = accepted_charter if group.charter else None
    membership.request_text = "" if at_once else request_text
    happened = MemberJoined if at_once else JoinRequested
    emit(session, happened(group_id=group.id, person_id=membership.person_id))
    await session.flush()
    return membership


async def _enter(
    session: Session, actor: Actor, group: Group, membership: Membership | None
) -> Membership:
    assert actor.person_id is not None  # noqa: S101 - hold refuses nobody
    if membership is None:
        membership = Membership(
            group_id=group.id,
            person_id=actor.person_id,
            standing=Standing.REQUESTED,
            since=clock.now(),
        )
        session.add(membership)
    membership.since = clock.now()
    return membership


async def leave_group(session: Session, actor: Actor, group_id: UUID) -> None:
    """Leave a group, withdraw a request, or decline an invitation.

    Refuses the last owner, who hands the group over first. Whoever is not in the group finds
    nothing to leave.
    """
    held = await hold(session, actor, group_id)
    if held.membership is None:
        raise NotFound
    if policy.Act.LEAVE not in policy.acts(
        actor, held.group.admission, held.standing, archived=held.group.archived_at is not None
    ):
        raise Forbidden
    await keep_an_owner(session, held.membership)
    emit(
        session,
        MemberLeft(
            group_id=group_id,
            person_id=held.membership.person_id,
            standing=held.membership.standing,
        ),
    )
    await session.delete(held.membership)
    await session.flush()


async def keep_an_owner(session: Session, leaving: Membership) -> None:
    """Refuse to let the only owner go. The group must be held, so that no two go at once."""
    if leaving.standing != Standing.OWNER:
        return
    owners = await session.scalar(
        select(func.count()).where(
            Membership.group_id == leaving.group_id, Membership.standing == Standing.OWNER
        )
    )
    if owners == 1:
        raise LastOwner
