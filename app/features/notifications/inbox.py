"""The inbox: what one was told, and what of it one has read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import SignInRequired
from app.core.i18n import N_
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, prepared
from app.features.notifications.wording import said
from app.models.notifications import Notification

_NEWEST = Order(
    "notifications_newest",
    N_("Ihre Benachrichtigungen: die neuesten zuerst"),
    Notification.created_at,
    Notification.id,
    descending=True,
)


class ReadMark(BaseModel):
    """Which notifications have been read."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[UUID] | None, Field(max_length=100)] = Field(
        None, description="Missing or null: all."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One thing that a person was told, in the language of the reader."""

    id: UUID
    type: str
    text: str
    path: str
    created_at: datetime
    read_at: datetime | None


@prepared
def _inbox(shape: Actor, *, after: bool) -> Select[Any]:
    columns: list[Any] = [
        Notification.id,
        Notification.type,
        Notification.params,
        Notification.path,
        Notification.created_at,
        Notification.read_at,
    ]
    mine = select(*columns).where(Notification.person_id == shape.person_id)
    return _NEWEST.page(mine, after=after)


async def list_notifications(reader: Reader, actor: Actor, paging: Paging) -> Page[Told]:
    """Return what the actor was told."""
    if not actor.is_signed_in:
        raise SignInRequired
    read = _inbox(actor.shape, after=paging.cursor is not None)
    page = await _NEWEST.fetch(reader, read, paging, {"me": actor.person_id})
    return page.map(_told)


def _told(row: Any) -> Told:
    return Told(
        id=row.id,
        type=row.type,
        text=said(row.type, row.params),
        path=row.path,
        created_at=row.created_at,
        read_at=row.read_at,
    )


async def mark_read(session: Session, actor: Actor, mark: ReadMark) -> int:
    """Mark some or all of one's notifications as read; return how many are unread still.

    Those of others, and those read before, are left as they are.
    """
    if actor.person_id is None:
        raise SignInRequired
    unread = [Notification.person_id == actor.person_id, Notification.read_at.is_(None)]
    chosen = [] if mark.ids is None else [Notification.id.in_(mark.ids)]
    await session.execute(update(Notification).where(*unread, *chosen).values(read_at=clock.now()))
    return await session.scalar(select(func.count()).select_from(Notification).where(*unread)) or 0
