"""The picture of a person."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Select, Uuid, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.errors import SignInRequired
from app.core.events import Event, emit
from app.core.reads import Reader, bound, prepared
from app.features.media.describing import own_picture
from app.features.media.policy import used_in
from app.models.people import Person

used_in(Person.picture_id, lambda _: Person.left_at.is_(None))


class PictureChanged(Event):
    name: ClassVar[str] = "person.picture_changed"
    person_id: UUID


@prepared
def _picture() -> Select[Any]:
    me = bound("me", Uuid())
    columns: list[Any] = [Person.slug, Person.name, Person.picture_id]
    return select(*columns).where(Person.id == me)


async def person_with_picture(reader: Reader, actor: Actor) -> Any:
    """Return slug, name and picture_id of the actor's person."""
    if actor.person_id is None:
        raise SignInRequired
    return await reader.first(_picture(), {"me": actor.person_id})


async def set_picture(session: Session, actor: Actor, medium_id: UUID | None) -> Person:
    """Show one of one's own pictures in the profile, or none any more."""
    if actor.person_id is None:
        raise SignInRequired
    if medium_id is not None:
        await own_picture(session, actor, medium_id, field="medium_id")
    person = await session.get_one(Person, actor.person_id, with_for_update={"key_share": True})
    if person.picture_id != medium_id:
        person.picture_id = medium_id
        emit(session, PictureChanged(person_id=person.id))
        await session.flush()
    return person
