"""Muting: wishes to hear nothing of something, whatever else one follows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.errors import Conflict, SignInRequired
from app.core.i18n import N_
from app.core.ids import new_id
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, SessionReader, prepared
from app.features.companies.policy import stubs_are_public
from app.features.follows.followed import with_names
from app.features.follows.targets import Thing, as_id, name_of, path_of, thing_seen
from app.models.feed import Mute
from app.models.follows import FollowTarget

MOST_MUTED: Final = 200

_NEWEST = Order(
    "mutes_newest",
    N_("Was Sie stummgeschaltet haben: zuletzt Hinzugekommenes zuerst"),
    Mute.created_at,
    Mute.id,
    descending=True,
)


class MutesTooMany(Conflict):
    code: ClassVar[str] = "mutes_too_many"
    text: ClassVar[str] = N_("Sie haben schon sehr vieles stummgeschaltet.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Muted:
    """Something that is muted: its name, and the path of its page if it has one."""

    target: FollowTarget
    key: str
    name: str
    path: str | None
    created_at: datetime


@prepared
def _muted(shape: Actor, *, stubs: bool, after: bool) -> Select[Any]:
    return _NEWEST.page(
        with_names(Mute, shape, stubs=stubs).add_columns(Mute.created_at), after=after
    )


async def list_mutes(reader: Reader, actor: Actor, paging: Paging) -> Page[Muted]:
    """Return what the actor has muted and can still see."""
    if not actor.is_signed_in:
        raise SignInRequired
    read = _muted(actor.shape, stubs=stubs_are_public(), after=paging.cursor is not None)
    page = await _NEWEST.fetch(reader, read, paging, {"me": actor.person_id})
    return page.map(_seen)


def _seen(row: Any) -> Muted:
    thing = Thing(row.target, row.key)
    return Muted(
        target=row.target,
        key=row.key,
        name=name_of(thing, row.name),
        path=path_of(thing, row.slug),
        created_at=row.created_at,
    )


async def mute(session: Session, actor: Actor, target: FollowTarget, key: str) -> Muted:
    """Keep something that the actor can see out of their feed. Twice changes nothing.

    Nobody learns of it, and whether it is followed stays as it is.
    """
    if actor.person_id is None:
        raise SignInRequired
    thing = await thing_seen(session, actor, target, key)
    how_many = select(func.count()).where(Mute.person_id == actor.person_id)
    if (await session.scalar(how_many) or 0) >= MOST_MUTED:
        raise MutesTooMany
    await session.execute(
        insert(Mute)
        .values(id=new_id(), person_id=actor.person_id, target=thing.target, key=thing.key)
        .on_conflict_do_nothing()
    )
    page = await list_mutes(SessionReader(session), actor, Paging(MOST_MUTED))
    return next(one for one in page.items if Thing(one.target, one.key) == thing)


async def unmute(session: Session, actor: Actor, target: FollowTarget, key: str) -> None:
    """Let something into the feed again, whether or not it was muted."""
    if actor.person_id is None:
        raise SignInRequired
    await session.execute(
        delete(Mute).where(
            Mute.person_id == actor.person_id,
            Mute.target == target,
            Mute.key == str(as_id(key) or key),
        )
    )
