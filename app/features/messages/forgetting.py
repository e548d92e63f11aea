"""How long private threads are kept: until long after their last message."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.events import every
from app.core.settings import settings
from app.features.messages.threads import delete_threads
from app.models.messages import Thread

AT_ONCE = 500  # threads in one tick


@every("33 3 * * *")
async def forget_old_threads(session: Session) -> None:
    """Delete threads in which nobody has written for as long as messages are kept."""
    before = clock.now() - timedelta(days=settings().retention.messages_days)
    old = await session.scalars(
        select(Thread.id)
        .where(Thread.last_message_at < before)
        .order_by(Thread.last_message_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    if threads := list(old):
        await delete_threads(session, threads)
