"""What every change of a group begins with: the group, and who asks, both held fast."""

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.errors import Conflict, Forbidden, NotFound, SignInRequired, Stale
from app.core.i18n import N_
from app.features.groups import policy
from app.models.groups import Group, Membership, Standing
from app.models.people import Person


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
    given = {"group_id": group_id, "me": actor.person_id}
    group: Group | None = await session.scalar(_holding(actor.shape), given)
    if group is None:
        raise NotFound
    if actor.person_id is None:
        raise SignInRequired
    held = Held(group, await membership_of(session, group_id, actor.person_id))
    if policy.Act.VIEW not in _acts(actor, held):  # it was hidden, or the actor put out, meanwhile
        raise NotFound
    return held


@cache
def _holding(actor: Actor) -> Select[Any]:
    return (
        select(Group)
        .where(Group.id == bindparam("group_id", type_=Uuid()), policy.visible_to(actor))
        .with_for_update(of=Group)
        .execution_options(populate_existing=True)
    )


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


@dataclass(frozen=True, slots=True)
class HeldPerson:
    """A held group, and how the person stands to it about whom something is decided."""

    group: Group
    own: Membership
    person_id: UUID
    membership: Membership | None


class StandingDoesNotFit(Conflict):
    code: ClassVar[str] = "standing_does_not_fit"
    text: ClassVar[str] = N_("Das passt nicht mehr dazu, wie diese Person zur Gruppe steht.")


async def hold_about(
    session: Session,
    actor: Actor,
    group_id: UUID,
    person_id: UUID,
    act: policy.MemberAct,
    *,
    expected: int | None = None,
) -> HeldPerson:
    """Lock a group that the actor runs, to ``act`` about one person.

    Refuses those who do not run it, unknown people, acts that do not fit the person's standing,
    and an ``expected`` version of the membership that is no longer the present one.
    """
    held = await hold_for(session, actor, group_id, policy.Act.MODERATE)
    assert held.membership is not None  # noqa: S101 - who runs a group belongs to it
    membership = await membership_of(session, group_id, person_id)
    if membership is None and not await _is_here(session, person_id):
        raise NotFound
    standing = membership.standing if membership else None
    if act not in policy.acts_that_fit(standing):
        raise StandingDoesNotFit
    may = policy.member_acts(
        actor, held.standing, standing, archived=False, is_self=person_id == actor.person_id
    )
    if act not in may:
        raise Forbidden
    if expected is not None and (membership is None or membership.version != expected):
        raise Stale
    return HeldPerson(held.group, held.membership, person_id, membership)


async def _is_here(session: Session, person_id: UUID) -> bool:
    found = select(Person.id).where(Person.id == person_id, Person.left_at.is_(None))
    return await session.scalar(found) is not None


async def membership_of(session: Session, group_id: UUID, person_id: UUID) -> Membership | None:
    """Return how a person stands to a group, as it is now."""
    given = {"group_id": group_id, "person_id": person_id}
    found: Membership | None = await session.scalar(_membership(), given)
    return found


@cache
def _membership() -> Select[Any]:
    return (
        select(Membership)
        .where(
            Membership.group_id == bindparam("group_id", type_=Uuid()),
            Membership.person_id == bindparam("person_id", type_=Uuid()),
        )
        .execution_options(populate_existing=True)
    )


def _acts(actor: Actor, held: Held) -> frozenset[policy.Act]:
    archived = held.group.archived_at is not None
    return policy.acts(actor, held.group.admission, held.standing, archived=archived)
