"""Reminding those who keep a post: its time runs out, or it has long been reserved."""

from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.events import Event, emit, every
from app.features.posts.composing import kind_of
from app.features.posts.drafts import KINDS
from app.features.posts.kinds import Lifetime
from app.features.posts.policy import MET
from app.models.posts import Post, PostStatus

AT_ONCE = 500  # posts in one tick


class PostExpiring(Event):
    """A post will end within ``days``; ``number`` counts the reminders of this life of it."""

    name: ClassVar[str] = "post.expiring"
    post_id: UUID
    days: int
    number: int


class ReservationLasting(Event):
    """A post has been reserved for long, and ``asked_at`` its keeper was asked about it."""

    name: ClassVar[str] = "post.reservation_lasting"
    post_id: UUID
    asked_at: datetime


@every("7 * * * *")
async def remind_keepers(session: Session) -> None:
    """Remind of every post whose end has come near enough, once for each distance.

    A post too short-lived for a reminder, such as tomorrow's lorry, gets none.
    """
    now = clock.now()
    near = [
        and_(
            Post.kind == key,
            Post.reminders <= number,
            Post.expires_at <= now + timedelta(days=days),
        )
        for key, kind in KINDS.items()
        if kind.lifetime
        for number, days in enumerate(kind.lifetime.reminders)
    ]
    if not near:
        return
    posts = await session.scalars(
        select(Post)
        .where(Post.status.in_(MET), Post.expires_at > now, or_(*near))
        .order_by(Post.expires_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    for post in posts:
        lifetime = kind_of(post).lifetime
        if lifetime and post.expires_at:
            _remind(session, post, lifetime)


def _remind(session: Session, post: Post, lifetime: Lifetime) -> None:
    left = (post.expires_at or clock.now()) - clock.now()
    reached = [days for days in lifetime.reminders if left <= timedelta(days=days)]
    post.reminders = len(reached)
    lived = clock.now() - max(post.published_at, post.renewed_at or post.published_at)
    if lived >= timedelta(days=1):
        days = 1 + left.days
        emit(session, PostExpiring(post_id=post.id, days=days, number=post.reminders))


@every("22 * * * *")
async def ask_about_reservations(session: Session) -> None:
    """Have the keepers of posts that have long been reserved asked whether they still are."""
    now = clock.now()
    last = func.greatest(Post.reserved_at, Post.reservation_asked_at)
    long = [
        and_(Post.kind == key, last <= now - timedelta(days=kind.lifetime.ask_reserved_after_days))
        for key, kind in KINDS.items()
        if kind.lifetime and kind.lifetime.ask_reserved_after_days
    ]
    if not long:
        return
    posts = await session.scalars(
        select(Post)
        .where(Post.status == PostStatus.RESERVED, or_(*long))
        .order_by(Post.reserved_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    for post in posts:
        post.reservation_asked_at = now
        emit(session, ReservationLasting(post_id=post.id, asked_at=now))
