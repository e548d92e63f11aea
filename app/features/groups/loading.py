"""What every change of a group begins with: the group, and who asks, both held fast."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.errors import Conflict, Forbidden, NotFound, SignInRequired, Stale
from app.core.i18n import N_
from app.features.groups import policy
from app.models.groups import Group, Membership, Standing


class GroupArchived(Conflict):
    code: ClassVar[str] = "group_archived"
    text: ClassVar[str] = N_("Diese Gruppe ist archiviert. Sie kann nur noch gelesen werden.")


@dataclass(frozen=True, slots=True)
class Held:
    """A group that nobody else changes until commit, and the actor's own place in it."""

    group: Group
    membership: Membership | None

    @property
    def standing(self) -> Standing | None:
        """The actor's standing."""
        return self.membership.standing if self.membership else None


async def hold(session: Session, actor: Actor, group_id: UUID) -> Held:
    """Lock a group that the actor can see, and load the actor's membership.

    Everything that changes who belongs to a group takes this lock first, so that decisions about
    one group happen one after the other. Refuses invisible groups, and actors who are nobody.
    """
    group = await session.scalar(
        select(Group)
        .where(Group.id == group_id, policy.visible_to(actor))
        .with_for_update(of=Group)
        .execution_options(populate_existing=True)
    )
    if group is None:
        raise NotFound
    if actor.person_id is None:
        raise SignInRequired
    held = Held(group, await membership_of(session, group_id, actor.person_id))
    if policy.Act.VIEW not in _acts(actor, held):  # it was hidden, or the actor put out, meanwhile
        raise NotFound
    return held


async def hold_for(
    session: Session,
    actor: Actor,
    group_id: UUID,
    act: policy.Act,
    *,
    expected: int | None = None,
) -> Held:
    """Do as ``hold``, and refuse an actor who may not ``act``, or who saw another version."""
    held = await hold(session, actor, group_id)
    group = held.group
    if act not in _acts(actor, held):
        unarchived = policy.acts(actor, group.admission, held.standing, archived=False)
        raise GroupArchived if group.archived_at and act in unarchived else Forbidden
    if expected is not None and expected != group.version:
        raise Stale
    return held


async def membership_of(session: Session, group_id: UUID, person_id: UUID) -> Membership | None:
    """Return how a person stands to a group, as it is now."""
    found: Membership | None = await session.scalar(
        select(Membership)
        .where(Membership.group_id == group_id, Membership.person_id == person_id)
        .execution_options(populate_existing=True)
    )
    return found


def _acts(actor: Actor, held: Held) -> frozenset[policy.Act]:
    archived = held.group.archived_at is not None
    return policy.acts(actor, held.group.admission, held.standing, archived=archived)
