"""The picture of a person."""

from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.errors import SignInRequired
from app.core.events import Event, emit
from app.features.media.describing import own_picture
from app.features.media.policy import used_in
from app.models.people import Person

used_in(Person.picture_id, lambda _: Person.left_at.is_(None))


class PictureChanged(Event):
    name: ClassVar[str] = "person.picture_changed"
    person_id: UUID


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
