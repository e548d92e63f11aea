"""The inbox: what one was told, and what of it one has read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession as Session
from sqlalchemy.orm import aliased

from app.core import clock
from app.core.actor import Actor
from app.core.errors import SignInRequired
from app.core.i18n import N_
from app.core.listening import announce
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
# One line in the inbox stands for all that is unread of one matter.
LINES = (Notification.in_inbox, not_(Notification.is_folded))


class ReadMark(BaseModel):
    """Which notifications have been read."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[UUID] | None, Field(max_length=100)] = Field(
        None, description="Each with all that became one line with it. Missing or null: all."
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
    count: int


@prepared
def _inbox(shape: Actor, *, after: bool) -> Select[Any]:
    columns: list[Any] = [
        Notification.id,
        Notification.type,
        Notification.params,
        Notification.path,
        Notification.created_at,
        Notification.read_at,
        Notification.count,
    ]
    mine = select(*columns).where(Notification.person_id == shape.person_id, *LINES)
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
        text=said(row.type, row.params, count=row.count),
        path=row.path,
        created_at=row.created_at,
        read_at=row.read_at,
        count=row.count,
    )


async def mark_read(session: Session, actor: Actor, mark: ReadMark) -> int:
    """Mark some or all of one's notifications as read; return how many are unread still.

    Those of others, and those read before, are left as they are.
    """
    if actor.person_id is None:
        raise SignInRequired
    unread = [Notification.person_id == actor.person_id, Notification.read_at.is_(None)]
    chosen = [] if mark.ids is None else [_in_line_with(actor.person_id, mark.ids)]
    await session.execute(update(Notification).where(*unread, *chosen).values(read_at=clock.now()))
    await announce(session, [actor.person_id])
    lines = select(func.count()).select_from(Notification).where(*unread, *LINES)
    return await session.scalar(lines) or 0


def _in_line_with(person_id: UUID, ids: Sequence[UUID]) -> ColumnElement[bool]:
    """Keep what has become one line with some of one's own notifications."""
    line = aliased(Notification)
    return exists().where(
        line.person_id == person_id,
        line.id.in_(ids),
        or_(
            line.id == Notification.id,
            and_(
                line.type == Notification.type,
                line.matter == Notification.matter,
                line.count > 1,
            ),
        ),
    )
