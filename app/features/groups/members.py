"""Who belongs to a group, and for those who run it: who waits, was refused, or is banned."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Select, Text, Uuid, select

from app.core.actor import Actor
from app.core.asking import label
from app.core.errors import Forbidden, NotFound, SignInRequired
from app.core.i18n import N_
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, bound, prepared
from app.features.groups import policy
from app.features.groups.policy import MemberAct
from app.features.groups.reading import RANK, GroupPage
from app.models.groups import Group, Membership, Standing
from app.models.people import Person
from app.models.places import Place


class MemberOrder(StrEnum):
    """How members are ordered."""

    STANDING = "standing"
    NAME = "name"


label({MemberOrder.STANDING: N_("Aufgabe"), MemberOrder.NAME: N_("Name")})

ORDERS: dict[MemberOrder, Order] = {
    MemberOrder.STANDING: Order(
        "group_members_by_standing",
        N_("Mitglieder einer Gruppe: Inhaberschaft, Moderation, Mitglieder; jeweils nach Namen"),
        RANK,
        Person.sort_name,
        Membership.id,
    ),
    MemberOrder.NAME: Order(
        "group_members_by_name",
        N_("Mitglieder einer Gruppe nach Namen"),
        Person.sort_name,
        Membership.id,
    ),
}
_WAITING = Order(
    "group_requests",
    N_("Anfragen an eine Gruppe: die ältesten zuerst"),
    Membership.since,
    Membership.id,
)


class MembersNotShown(Forbidden):
    code: ClassVar[str] = "members_not_shown"
    text: ClassVar[str] = N_("Die Mitglieder dieser Gruppe sehen nur Mitglieder.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody in a group; what is None is for those who run it."""

    person_id: UUID
    name: str
    slug: str
    headline: str
    place_name: str | None
    standing: Standing
    since: datetime
    version: int
    charter_version: int | None
    request_text: str | None
    reason: str | None
    viewer_can: frozenset[MemberAct]


def _columns() -> Select[Any]:
    columns: list[Any] = [
        Membership.person_id,
        Membership.standing,
        Membership.since,
        Membership.charter_version,
        Membership.request_text,
        Membership.reason,
        Membership.version,
        Person.name,
        Person.slug,
        Person.headline,
        Place.name.label("place_name"),
    ]
    return (
        select(*columns)
        .join(Person, Person.id == Membership.person_id)
        .outerjoin(Place, Place.id == Person.place_id)
        .where(Membership.group_id == bound("group", Uuid()))
    )


@prepared
def _members(order: MemberOrder, *, after: bool) -> Select[Any]:
    return ORDERS[order].page(_columns().where(Membership.standing.in_(policy.INSIDE)), after=after)


@prepared
def _outside(*, after: bool) -> Select[Any]:
    standing = bound("standing", Text())
    return _WAITING.page(_columns().where(Membership.standing == standing), after=after)


@prepared
def _one() -> Select[Any]:
    return _columns().where(Membership.person_id == bound("person", Uuid()))


async def members_of(
    reader: Reader,
    actor: Actor,
    group: GroupPage,
    paging: Paging,
    *,
    standing: Standing | None = None,
    order: MemberOrder = MemberOrder.STANDING,
) -> Page[Member]:
    """Return who belongs to a group, to those who may read there.

    With ``standing``, those who are outside with it: requested, invited, refused or banned; only
    to those who run the group. Refuses everybody else.
    """
    if standing is None:
        if policy.Act.READ not in group.viewer_can:
            raise MembersNotShown if actor.is_signed_in else SignInRequired
        by, read = ORDERS[order], _members(order, after=paging.cursor is not None)
    else:
        if group.standing not in policy.RUNNING:
            raise Forbidden if actor.is_signed_in else SignInRequired
        by, read = _WAITING, _outside(after=paging.cursor is not None)
    page = await by.fetch(reader, read, paging, {"group": group.id, "standing": standing})
    return page.map(lambda row: _seen(row, actor, group))


async def member_of(reader: Reader, actor: Actor, group: GroupPage, person_id: UUID) -> Member:
    """Return how one person stands to a group, to those who run it."""
    row = await reader.first(_one(), {"group": group.id, "person": person_id})
    if row is None or group.standing not in policy.RUNNING:
        raise NotFound
    return _seen(row, actor, group)


def _seen(row: Any, actor: Actor, group: GroupPage) -> Member:
    runs = group.standing in policy.RUNNING
    can = policy.member_acts(
        actor,
        group.standing,
        row.standing,
        archived=group.archived_at is not None,
        is_self=row.person_id == actor.person_id,
    )
    return Member(
        person_id=row.person_id,
        name=row.name,
        slug=row.slug,
        headline=row.headline,
        place_name=row.place_name,
        standing=row.standing,
        since=row.since,
        version=row.version,
        charter_version=row.charter_version if runs else None,
        request_text=row.request_text if runs else None,
        reason=row.reason if runs else None,
        viewer_can=can,
    )


@prepared
def _own(shape: Actor) -> Select[Any]:
    columns: list[Any] = [
        Membership.group_id,
        Membership.standing,
        Membership.since,
        Membership.charter_version,
        Membership.request_text,
        Membership.reason,
    ]
    return (
        select(*columns)
        .join(Group, Group.id == Membership.group_id)
        .where(
            Group.id == bound("group", Uuid()),
            Membership.person_id == shape.person_id,
            policy.visible_to(shape),
        )
    )


async def own_membership(reader: Reader, actor: Actor, group_id: UUID) -> Any:
    """Return how the reader stands to a group; NotFound for who has nothing to do with it."""
    if not actor.is_signed_in:
        raise SignInRequired
    row = await reader.first(_own(actor.shape), {"group": group_id, "me": actor.person_id})
    if row is None:
        raise NotFound
    return row
