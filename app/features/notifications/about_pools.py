"""Telling all who take part in a purchasing pool that it is enough, or that it is closed."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.events import on
from app.core.i18n import N_
from app.features.companies.speaking import speakers_of
from app.features.notifications import topics
from app.features.notifications.telling import tell
from app.features.notifications.wording import Matter, Wording
from app.features.pools.joining import PoolClosed, PoolReached
from app.features.posts.keeping import keepers_of
from app.models.pools import PoolShare
from app.models.posts import Post

REACHED = Wording(
    "pool.reached",
    topics.POOLS,
    N_("Die Mindestmenge der Einkaufsgemeinschaft „%(post)s“ ist erreicht."),
)
CLOSED = Wording(
    "pool.closed", topics.POOLS, N_("Die Einkaufsgemeinschaft „%(post)s“ ist geschlossen.")
)


@on(PoolReached)
async def tell_that_it_is_enough(session: Session, event: PoolReached) -> None:
    """Tell who keeps the pool and all who take part, once."""
    post = await session.get(Post, event.post_id)
    if post is not None:
        people = [*await keepers_of(session, post), *await _inside(session, post.id)]
        await _tell(session, REACHED, post, people)


@on(PoolClosed)
async def tell_that_it_is_closed(session: Session, event: PoolClosed) -> None:
    """Tell all who take part; who closed it knows."""
    post = await session.get(Post, event.post_id)
    if post is not None:
        keepers = await keepers_of(session, post)
        inside = [one for one in await _inside(session, post.id) if one not in keepers]
        await _tell(session, CLOSED, post, inside)


async def _inside(session: Session, post_id: UUID) -> list[UUID]:
    shares = await session.execute(
        select(PoolShare.person_id, PoolShare.company_id).where(PoolShare.post_id == post_id)
    )
    people: list[UUID] = []
    for person_id, company_id in shares:
        people += await speakers_of(session, company_id) if company_id else [person_id]
    return people


async def _tell(session: Session, wording: Wording, post: Post, people: list[UUID]) -> None:
    await tell(
        session,
        wording,
        people,
        params={"post": post.title},
        path=f"/posts/{post.id}/pool",
        dedup_key=f"{wording.type}:{post.id}",
        matter=Matter(f"post:{post.id}", post_id=post.id),
    )
