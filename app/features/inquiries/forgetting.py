"""How long inquiries are kept: files, and whole threads, each for its time."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.events import every
from app.features.inquiries.answering import forget_files
from app.features.messages.threads import delete_threads
from app.features.posts.drafts import KINDS
from app.models.inquiries import Inquiry
from app.models.messages import Thread
from app.models.posts import Post

AT_ONCE = 500  # inquiries in one tick


def _closed_at() -> ColumnElement[Any]:
    """Return, in a query, when an inquiry was closed; null while it goes on.

    What nobody has decided is closed when its post has ended and no one writes any more.
    """
    silent = func.greatest(Post.ended_at, Thread.last_message_at)
    return func.coalesce(Inquiry.ended_at, case((Post.ended_at.is_not(None), silent)))


@every("23 3 * * *")
async def forget_old_files(session: Session) -> None:
    """Delete files and answers of inquiries that ended longer ago than their kind keeps them.

    With a post that has ended, whoever was never answered has waited long enough as well.
    """
    now = clock.now()
    ended_at = func.least(Inquiry.ended_at, Post.ended_at)
    over = [
        (Post.kind == key) & (ended_at < now - timedelta(days=kind.inquiry_form.files_days))
        for key, kind in KINDS.items()
        if kind.inquiry_form is not None
    ]
    found = await session.scalars(
        select(Inquiry)
        .join(Post, Post.id == Inquiry.post_id)
        .join(Thread, Thread.id == Inquiry.thread_id)
        .where(Inquiry.files_deleted_at.is_(None), or_(*over))
        .order_by(ended_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True, of=Inquiry)
    )
    if inquiries := list(found):
        await forget_files(session, inquiries)


@every("27 3 * * *")
async def forget_old_inquiries(session: Session) -> None:
    """Delete threads of kinds that keep them for a time only; the rest goes as messages go."""
    now = clock.now()
    over = [
        (Post.kind == key) & (_closed_at() < now - timedelta(days=kind.inquiry_form.thread_days))
        for key, kind in KINDS.items()
        if kind.inquiry_form is not None and kind.inquiry_form.thread_days is not None
    ]
    if not over:
        return
    found = await session.scalars(
        select(Inquiry.thread_id)
        .join(Post, Post.id == Inquiry.post_id)
        .join(Thread, Thread.id == Inquiry.thread_id)
        .where(or_(*over))
        .order_by(Inquiry.id)
        .limit(AT_ONCE)
    )
    if threads := list(found):
        await delete_threads(session, threads)
