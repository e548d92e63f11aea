"""Whoever leaves is told nothing any more, and what they were told is forgotten."""

from typing import Any, Final

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.events import on
from app.features.accounts.account import AccountClosed
from app.models.notifications import (
    FollowNews,
    GroupVolume,
    Notification,
    NotificationSetting,
    PushSubscription,
    QuietHours,
)

_OF_A_PERSON: Final[tuple[Any, ...]] = (
    PushSubscription,
    Notification,
    NotificationSetting,
    GroupVolume,
    QuietHours,
    FollowNews,
)


@on(AccountClosed)
async def forget_told(session: Session, event: AccountClosed) -> None:
    """Forget what a person was told and how they wished to be told, and their browsers."""
    for table in _OF_A_PERSON:
        await session.execute(delete(table).where(table.person_id == event.person_id))
