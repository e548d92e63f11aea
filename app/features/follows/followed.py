"""What one follows, and whether one follows the thing at hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Select,
    Text,
    Uuid,
    any_,
    case,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
)

from app.core.actor import Actor
from app.core.errors import SignInRequired
from app.core.i18n import N_
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, bound, prepared
from app.features.companies import policy as companies_policy
from app.features.follows.targets import ROWS, Thing, name_of, path_of
from app.features.groups import policy as groups_policy
from app.features.people import policy as people_policy
from app.models.companies import Company
from app.models.follows import Follow, FollowTarget
from app.models.groups import Group
from app.models.people import Person
from app.models.places import Place

_NEWEST = Order(
    "follows_newest",
    N_("Wem und was Sie folgen: zuletzt Hinzugekommenes zuerst"),
    Follow.created_at,
    Follow.id,
    descending=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowSeen:
    """Something that is followed: its name, and the path of its page if it has one."""

    id: UUID
    target: FollowTarget
    key: str
    name: str
    path: str | None
    created_at: datetime


def with_names(wish: Any, shape: Actor, *, stubs: bool) -> Select[Any]:
    """Select what a signed-in actor follows (or mutes) and can still see, with names and slugs.

    ``wish`` is the table of one or the other.
    """
    return seen_things(wish, shape, stubs=stubs).where(wish.person_id == shape.person_id)


def seen_things(said: Any, shape: Actor, *, stubs: bool) -> Select[Any]:
    """Select those things that an actor can see, with names and slugs.

    ``said`` is a table that says them by target and key. Each thing is looked up by itself (a limit
    keeps the planner from reading whole tables), so that the cost is that of the things said.
    """
    tables: dict[FollowTarget, tuple[Any, Any, list[Any]]] = {
        FollowTarget.PERSON: (Person, Person.slug, [people_policy.visible_to(shape)]),
        FollowTarget.COMPANY: (
            Company,
            Company.slug,
            [companies_policy.visible_to(shape, stubs=stubs)],
        ),
        FollowTarget.GROUP: (Group, Group.slug, [groups_policy.visible_to(shape)]),
        FollowTarget.PLACE: (Place, null(), []),
    }
    rows = {
        target: select(table.id, table.name, slug.label("slug"))
        .where(table.id == cast(case((said.target == target, said.key)), Uuid()), *visible)
        .correlate(said)
        .limit(literal_column("1"))
        .lateral(target.value)
        for target, (table, slug, visible) in tables.items()
    }
    columns: list[Any] = [
        said.target,
        said.key,
        func.coalesce(*(row.c.name for row in rows.values())).label("name"),
        func.coalesce(*(row.c.slug for row in rows.values())).label("slug"),
    ]
    listed = select(*columns).select_from(said)
    for row in rows.values():
        listed = listed.outerjoin(row, true())
    return listed.where(
        or_(
            said.target.not_in(ROWS),
            func.coalesce(*(row.c.id for row in rows.values())).is_not(None),
        )
    )


@prepared
def _followed(shape: Actor, *, stubs: bool, one: bool, after: bool) -> Select[Any]:
    columns: list[Any] = [Follow.id, Follow.created_at]
    listed = with_names(Follow, shape, stubs=stubs).add_columns(*columns)
    if one:
        return listed.where(Follow.id == bound("follow", Uuid()))
    return _NEWEST.page(listed, after=after)


async def list_follows(reader: Reader, actor: Actor, paging: Paging) -> Page[FollowSeen]:
    """Return what the actor follows and can still see."""
    if not actor.is_signed_in:
        raise SignInRequired
    stubs = companies_policy.stubs_are_public()
    read = _followed(actor.shape, stubs=stubs, one=False, after=paging.cursor is not None)
    page = await _NEWEST.fetch(reader, read, paging, {"me": actor.person_id})
    return page.map(_seen)


async def follow_seen(reader: Reader, actor: Actor, follow_id: UUID) -> FollowSeen:
    """Return one thing that the actor has just followed."""
    stubs = companies_policy.stubs_are_public()
    read = _followed(actor.shape, stubs=stubs, one=True, after=False)
    row = await reader.first(read, {"me": actor.person_id, "follow": follow_id})
    return _seen(row)


def _seen(row: Any) -> FollowSeen:
    thing = Thing(row.target, row.key)
    return FollowSeen(
        id=row.id,
        target=row.target,
        key=row.key,
        name=name_of(thing, row.name),
        path=path_of(thing, row.slug),
        created_at=row.created_at,
    )


@dataclass(frozen=True, slots=True)
class Wish:
    """Something that is shown, and the id under which the reader follows it, or None."""

    thing: Thing
    name: str
    follow_id: UUID | None


@prepared
def _own(shape: Actor) -> Select[Any]:
    columns: list[Any] = [Follow.id, Follow.target, Follow.key]
    keys: Any = bound("keys", ARRAY(Text()))
    return select(*columns).where(Follow.person_id == shape.person_id, Follow.key == any_(keys))


async def wishes_about(
    reader: Reader, actor: Actor, things: Sequence[tuple[FollowTarget, UUID | str, str]]
) -> list[Wish]:
    """Return whether the actor follows each of ``things`` (target, key, name): for their buttons.

    There are no buttons for nobody.
    """
    if not actor.is_signed_in or not things:
        return []
    asked = [(Thing(target, str(key)), name) for target, key, name in things]
    params = {"me": actor.person_id, "keys": [thing.key for thing, _ in asked]}
    rows = await reader.all(_own(actor.shape), params)
    known = {Thing(row.target, row.key): row.id for row in rows}
    return [Wish(thing, name, known.get(thing)) for thing, name in asked]


async def follow_of(
    reader: Reader, actor: Actor, target: FollowTarget, key: UUID | str
) -> UUID | None:
    """Return the id under which the actor follows something, or None: for its button."""
    found = await wishes_about(reader, actor, [(target, key, "")])
    return found[0].follow_id if found else None
