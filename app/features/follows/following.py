"""Following and unfollowing."""

from typing import Annotated, Any, ClassVar, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, and_, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.asking import Asked
from app.core.errors import Conflict, NotFound, SignInRequired
from app.core.events import Event, emit
from app.core.i18n import N_
from app.core.ids import new_id
from app.core.text import Line
from app.features.follows.targets import Thing, as_id, thing_seen
from app.models.follows import Follow, FollowTarget

MOST_FOLLOWED: Final = 1_000


class FollowsTooMany(Conflict):
    code: ClassVar[str] = "follows_too_many"
    text: ClassVar[str] = N_("Sie folgen schon sehr vielem. Bitte entfolgen Sie zuerst etwas.")


class FollowDraft(BaseModel):
    """What is followed."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"target": "place", "key": "45527 Hattingen"}]},
    )

    target: Annotated[FollowTarget, Asked(N_("Art"), widget="hidden")]
    key: Annotated[
        str,
        Line(120),
        Asked(
            N_("Ort oder Postleitzahl"),
            hint=N_("Neues aus diesem Ort steht dann in Ihrem Verlauf."),
        ),
    ]


class Followed(Event):
    name: ClassVar[str] = "follow.followed"
    follow_id: UUID
    person_id: UUID


class Unfollowed(Event):
    name: ClassVar[str] = "follow.unfollowed"
    follow_id: UUID
    person_id: UUID


async def follow(session: Session, actor: Actor, draft: FollowDraft) -> Follow:
    """Follow something the actor can see. Following twice changes nothing.

    ``key`` is the id of a person, company, group or place (places also by name or postcode), the
    code of a sector (``2008:25``), topic or kind, or a tag. Refuses what is unknown or invisible,
    both in the same way.
    """
    if actor.person_id is None:
        raise SignInRequired
    thing = await thing_seen(session, actor, draft.target, draft.key)
    followed = select(Follow).where(Follow.person_id == actor.person_id)
    known = await session.scalar(followed.where(is_thing(Follow, thing)))
    if known:
        return known
    how_many = select(func.count()).select_from(followed.subquery())
    if (await session.scalar(how_many) or 0) >= MOST_FOLLOWED:
        raise FollowsTooMany
    made = await session.scalar(
        insert(Follow)
        .values(id=new_id(), person_id=actor.person_id, target=thing.target, key=thing.key)
        .on_conflict_do_nothing()
        .returning(Follow.id)
    )
    if made:
        emit(session, Followed(follow_id=made, person_id=actor.person_id))
    return (await session.scalars(followed.where(is_thing(Follow, thing)))).one()


async def unfollow(session: Session, actor: Actor, follow_id: UUID) -> None:
    """Follow something no more."""
    if actor.person_id is None:
        raise SignInRequired
    known = await session.scalar(
        select(Follow).where(Follow.id == follow_id, Follow.person_id == actor.person_id)
    )
    if known is None:
        raise NotFound
    await session.delete(known)
    emit(session, Unfollowed(follow_id=follow_id, person_id=actor.person_id))
    await session.flush()


async def unfollow_thing(session: Session, actor: Actor, target: FollowTarget, key: str) -> None:
    """Follow a thing no more, whether or not it was followed, or is still to be seen."""
    if actor.person_id is None:
        raise SignInRequired
    thing = Thing(target, str(as_id(key) or key))
    ended = await session.scalar(
        delete(Follow)
        .where(Follow.person_id == actor.person_id, is_thing(Follow, thing))
        .returning(Follow.id)
    )
    if ended:
        emit(session, Unfollowed(follow_id=ended, person_id=actor.person_id))


def is_thing(table: Any, thing: Thing) -> ColumnElement[bool]:
    """Match what is about a thing, in any table by target and key."""
    return and_(table.target == thing.target, table.key == thing.key)
