"""How far somebody has read their feed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import Select, exists, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import SignInRequired
from app.core.reads import Reader, prepared
from app.models.feed import About, FeedPosition, Mute
from app.models.people import Person


class ReadTo(BaseModel):
    """An item of the feed: it and everything older has been read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: AwareDatetime = Field(description="`at` of the item.")
    post_id: UUID
    about: About = About.POST

    @property
    def key(self) -> tuple[datetime, UUID, About]:
        """Where it stands in the feed."""
        return self.at, self.post_id, self.about


@dataclass(frozen=True, slots=True)
class Reading:
    """How somebody reads their feed."""

    position: ReadTo | None
    is_muting: bool


@prepared
def _read_to(actor: Actor) -> Select[Any]:
    columns: list[Any] = [
        FeedPosition.at,
        FeedPosition.post_id,
        FeedPosition.about,
        exists().where(Mute.person_id == Person.id).label("is_muting"),
    ]
    return (
        select(*columns)
        .select_from(Person)
        .outerjoin(FeedPosition, FeedPosition.person_id == Person.id)
        .where(Person.id == actor.person_id)
    )


async def read_to(reader: Reader, actor: Actor) -> Reading:
    """Return how far the actor has read, and whether they have muted anything."""
    row = await reader.first(_read_to(actor.shape), {"me": actor.person_id})
    if row is None or row.at is None:
        return Reading(None, bool(row and row.is_muting))
    return Reading(ReadTo(at=row.at, post_id=row.post_id, about=row.about), row.is_muting)


async def mark_read(session: Session, actor: Actor, to: ReadTo) -> None:
    """Keep that an item and everything older has been read. What is older changes nothing."""
    if actor.person_id is None:
        raise SignInRequired
    at = min(to.at, clock.now())  # the future is not read yet
    written = insert(FeedPosition).values(
        person_id=actor.person_id, at=at, post_id=to.post_id, about=to.about
    )
    told = written.excluded
    names = ("at", "post_id", "about")
    await session.execute(
        written.on_conflict_do_update(
            index_elements=[FeedPosition.person_id],
            set_={name: told[name] for name in names},
            where=tuple_(*(getattr(FeedPosition, name) for name in names))
            < tuple_(*(told[name] for name in names)),
        )
    )
