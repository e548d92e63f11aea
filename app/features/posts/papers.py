"""Reminding hauliers that the licence or the insurance they named ends while they offer a lorry."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.events import Event, emit, every
from app.core.settings import settings
from app.features.posts.policy import MET
from app.models.freight import PaperReminder
from app.models.posts import Post

AHEAD_DAYS: Final = 14
AT_ONCE: Final = 2_000  # posts in one tick
PAPERS: Final = ("insured_until", "licence_valid_until")  # details that are days, as ISO writes


class PaperEnding(Event):
    """A paper of a lorry on offer ends in ``days`` or fewer: 14, or none any more."""

    name: ClassVar[str] = "post.paper_ending"
    post_id: UUID
    paper: str
    valid_until: date
    days: int


@every("41 6 * * *")
async def remind_of_papers(session: Session) -> None:
    """Remind of each paper that ends while its post is on offer: 14 days before, and on the day.

    Each is told once; of one that is named with less than 14 days left, at the next run.
    """
    today = clock.today(settings().zone)
    soon = (today.isoformat(), (today + timedelta(days=AHEAD_DAYS)).isoformat())
    near = [Post.details[paper].astext.between(*soon) for paper in PAPERS]
    posts = await session.scalars(
        select(Post)
        .where(Post.kind == "freight_capacity", Post.status.in_(MET), or_(*near))
        .order_by(Post.id)
        .limit(AT_ONCE)
    )
    for post in posts:
        for reminder in _due(post, today):
            added = (
                insert(PaperReminder)
                .values(**reminder)
                .on_conflict_do_nothing()
                .returning(PaperReminder.post_id)
            )
            if await session.scalar(added):
                emit(session, PaperEnding(**reminder))


def _due(post: Post, today: date) -> Iterator[dict[str, Any]]:
    """Yield what is to be told of a post; a paper that outlives it is nobody's worry."""
    last = post.expires_at.astimezone(settings().zone).date() if post.expires_at else date.max
    for paper in PAPERS:
        until = date.fromisoformat(post.details.get(paper) or date.max.isoformat())
        if today <= until <= min(last, today + timedelta(days=AHEAD_DAYS)):
            days = 0 if until == today else AHEAD_DAYS
            yield {"post_id": post.id, "paper": paper, "valid_until": until, "days": days}
